"""Customers are found by their phone number in any notation, of any country."""

import phonenumbers
from odoo.tests import tagged
from phonenumbers import PhoneNumberFormat

from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestPhones(ValueCase):
    def country(self, code):
        return self.env["res.country"].search([("code", "=", code)])

    def test_every_region(self):
        """The library's example of every country, stored as it is written there, found as it is dialed anywhere."""
        Partner = self.env["res.partner"]
        countries = {country.code: country for country in self.env["res.country"].search([])}
        examples = {
            region: phonenumbers.example_number(region)
            for region in sorted(phonenumbers.SUPPORTED_REGIONS)
            if region in countries
        }
        self.assertGreater(len(examples), 200)

        def written(example, notation):
            return phonenumbers.format_number(example, notation)

        partners = Partner.create(
            [
                {
                    "name": f"Customer of {region}",
                    "country_id": countries[region].id,
                    "phone": written(example, PhoneNumberFormat.NATIONAL),
                }
                for region, example in examples.items()
            ]
        )
        self.env.flush_all()
        for partner, (region, example) in zip(partners, examples.items(), strict=True):
            self.assertEqual(partner.value_phone_e164, written(example, PhoneNumberFormat.E164), region)
            for notation in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164):
                found = Partner._find_by_phone(written(example, notation), 100)
                self.assertIn(partner, found, (region, notation))

    def test_kept_with_phone_and_country(self):
        partner = self.customer("Mover", phone="02 290 34 90", country_id=self.country("BE").id)
        self.assertEqual(partner.value_phone_e164, "+3222903490")
        partner.country_id = self.country("IT")
        self.assertEqual(partner.value_phone_e164, "+39022903490")
        partner.phone = "+32 2 290 34 91"
        self.assertEqual(partner.value_phone_e164, "+3222903491")
        partner.phone = "201"
        self.assertEqual(partner.value_phone_e164, "201", "an extension fits no country")
        partner.phone = False
        self.assertFalse(partner.value_phone_e164)

    def test_fill(self):
        """What the column is filled with at installation is what the ORM computes."""
        self.customer("A", phone="02 290 34 90", country_id=self.country("BE").id)
        self.customer("B", phone="00 44 20 7946 0958")
        self.customer("C", phone="extension 12")
        self.customer("D")
        partners = self.env["res.partner"].with_context(active_test=False).search([("phone", "!=", False)])
        # without a country of their own, they are of the first company's
        own = partners.filtered(lambda partner: partner.country_id or partner.phone.startswith(("+", "00")))
        expected = {partner.id: partner.value_phone_e164 for partner in own}
        self.env.cr.execute("UPDATE res_partner SET value_phone_e164 = NULL")
        partners.invalidate_recordset()
        self.env["res.partner"]._fill_phones()
        self.assertEqual({partner.id: partner.value_phone_e164 for partner in own}, expected)

    def test_all_candidates(self):
        """Everybody with the number is shown, and no one twice."""
        firm = self.customer("Shared Line", is_company=True, phone="+32 2 290 34 90")
        first = self.customer("First", parent_id=firm.id, phone="+32 2 290 34 90")
        other = self.customer("Neighbor", phone="0032 2 290 34 90")
        found = self.env["customer.page"].find("02/290.34.90")
        self.assertEqual({row["id"] for row in found}, {firm.id, other.id})
        self.assertEqual({row["contact_id"] for row in found}, {firm.id, other.id}, "of two in a firm, the firm")
        firm.phone = False
        found = self.env["customer.page"].find("+3222903490")
        self.assertEqual({row["contact_id"] for row in found}, {first.id, other.id})
        self.assertEqual(self.env["customer.page"].find("903490"), [], "an ending that short belongs to half the town")

    def test_partial(self):
        """The last digits, where nobody has such a number as a whole; by an index."""
        partner = self.customer("Partial", phone="+32 2 290 34 90")
        self.assertEqual([row["id"] for row in self.env["customer.page"].find("2903490")], partner.ids)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        # in a table this small the planner takes whichever comes first
        self.env.cr.execute("DROP INDEX res_partner__value_phone_e164_index")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM res_partner WHERE value_phone_e164 IS NOT NULL"
            " AND reverse(value_phone_e164) LIKE '0943092%'"
        )
        self.assertIn("value_phone_ending", str(self.env.cr.fetchall()))
