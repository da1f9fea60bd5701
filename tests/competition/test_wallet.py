"""Shares of wallet: by budget, rank and customers alike, against an independent reckoning."""

from datetime import timedelta

import numpy as np
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..core.value_case import AS_OF, ValueCase


class WalletCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Wallet = cls.env["customer.wallet"]
        cls.industry = cls.env["res.partner.industry"].create({"name": "Test Trade"})
        cls.country = cls.env.ref("base.be")

    def refresh(self, as_of=AS_OF):
        counts = self.Wallet._refresh(self.company, as_of)
        self.env.invalidate_all()
        return counts

    def wallet(self, partner):
        return self.Wallet.search([("partner_id", "=", partner.id), ("company_id", "=", self.company.id)])


@tagged("post_install", "-at_install")
class TestWallet(WalletCase):
    def test_rule(self):
        """The published shares of the Wallet Allocation Rule, by rank among two to four suppliers."""
        published = {2: [66.67, 33.33], 3: [50, 33.33, 16.67], 4: [40, 30, 20, 10]}
        cases = [(count, rank, share) for count, shares in published.items() for rank, share in enumerate(shares, 1)]
        for count, rank, share in cases:
            partner = self.customer()
            self.invoice(partner, amount=1000.0)
            self.refresh()
            wallet = self.wallet(partner)
            self.assertFalse(wallet.basis)
            wallet.write({"supplier_rank": rank, "supplier_count": count})
            self.assertEqual((wallet.basis, wallet.share), ("rank", share), (count, rank))
            self.assertAlmostEqual(wallet.wallet, 1000.0 / (share / 100), delta=2)
            self.assertAlmostEqual(wallet.gap, wallet.wallet - 1000.0)

    def test_budget(self):
        """Comes before the rank; nobody spends less than with us; what is entered stays."""
        partner = self.customer()
        self.invoice(partner, amount=1000.0)
        self.refresh()
        wallet = self.wallet(partner)
        wallet.write({"supplier_rank": 1, "supplier_count": 2, "budget": 4000.0})
        self.assertRecordValues(wallet, [{"basis": "budget", "wallet": 4000.0, "share": 25.0, "gap": 3000.0}])
        self.assertIn("4,000.00", wallet.explanation)
        wallet.budget = 500.0
        self.assertRecordValues(wallet, [{"wallet": 1000.0, "share": 100.0, "gap": 0.0}])
        # no revenue in the last twelve months: the customer may still have a budget
        wallet.budget = 500.0
        self.assertEqual(self.refresh(AS_OF.replace(year=AS_OF.year + 3))["removed"], 0)
        self.assertRecordValues(wallet, [{"revenue": 0.0, "wallet": 500.0, "share": 0.0, "gap": 500.0}])
        wallet.write({"budget": 0, "supplier_rank": 0, "supplier_count": 0})
        self.assertEqual(self.refresh(AS_OF.replace(year=AS_OF.year + 3))["removed"], 1)

    def test_customers_alike(self):
        """The upper quartile of the same industry and country, by numpy; of 19 customers nothing is learned."""
        amounts = [100.0 + 37 * n % 500 for n in range(20)]
        values = {"industry_id": self.industry.id, "country_id": self.country.id, "is_company": True}
        partners = [self.customer(f"Alike {n}", **values) for n in range(20)]
        for partner, amount in zip(partners[:19], amounts, strict=False):
            self.invoice(partner, amount=amount)
        self.refresh()
        self.assertFalse(self.wallet(partners[0]).basis)
        self.invoice(partners[19], amount=amounts[19])
        person = self.customer("Person", industry_id=self.industry.id, country_id=self.country.id)
        self.invoice(person, amount=10.0)
        self.refresh()
        quartile = round(float(np.quantile(amounts, 0.75)), 2)
        for partner, amount in zip(partners, amounts, strict=True):
            wallet = self.wallet(partner)
            self.assertRecordValues(wallet, [{"basis": "alike", "alike_count": 20, "alike_wallet": quartile}])
            self.assertAlmostEqual(wallet.wallet, max(quartile, amount))
            self.assertAlmostEqual(wallet.share, 100 * amount / max(quartile, amount), 1)
        self.assertFalse(self.wallet(person).basis, "a person is not like a company")
        # another country: the industry as a whole
        abroad = self.customer("Abroad", **(values | {"country_id": self.env.ref("base.fr").id}))
        self.invoice(abroad, amount=10.0)
        self.refresh()
        self.assertEqual(self.wallet(abroad).alike_count, 21)
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 0, "total": 22})

    def test_metric(self):
        """A policy can judge it; who has none is no customer because of it, and gets the points for missing."""
        policy = self.make_policy({"share_of_wallet": {"scale": "linear", "floor": 0.0, "cap": 100.0}})
        known, unknown = self.customer(), self.customer()
        for partner in (known, unknown):
            self.invoice(partner, amount=1000.0)
        self.refresh()
        self.wallet(known).budget = 4000.0
        policy.dimension_ids.missing_points = 10
        self.run_policy()
        scores = {score.partner_id: score for score in self.Score.search([("company_id", "=", self.company.id)])}
        self.assertEqual((scores[known].score, scores[unknown].score), (25.0, 10.0))

    def test_metric_of_an_earlier_day(self):
        """What was bought after the day tells nothing in a run as of it: that would be a look into the future."""
        self.make_policy({"share_of_wallet": {"scale": "linear", "floor": 0.0, "cap": 100.0}})
        partner = self.customer()
        self.invoice(partner, AS_OF - timedelta(days=40), amount=1000.0)
        self.invoice(partner, AS_OF, amount=1000.0)
        self.refresh()
        self.wallet(partner).budget = 4000.0
        self.run_policy()
        self.assertEqual(self.score(partner).metrics["share_of_wallet"], 50.0)
        self.run_policy(as_of=AS_OF - timedelta(days=30))
        self.assertIsNone(self.score(partner).metrics.get("share_of_wallet"))

    def test_what_is_refused(self):
        partner = self.customer()
        self.invoice(partner, amount=10.0)
        self.refresh()
        wallet = self.wallet(partner)
        for values in ({"supplier_rank": 3, "supplier_count": 2}, {"supplier_rank": 1}, {"budget": -1.0}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                wallet.write(values)
                self.env.flush_all()

    def test_merge_keeps_what_is_known(self):
        partner, twin, third = self.customers(3)
        for customer in (partner, twin, third):
            self.invoice(customer, amount=10.0)
        self.refresh()
        self.wallet(twin).budget = 800.0
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((partner + twin + third).ids, partner)
        self.env.invalidate_all()
        self.assertEqual(self.wallet(partner).budget, 800.0)
        self.assertEqual(self.Wallet.search_count([("company_id", "=", self.company.id)]), 1)

    def test_contact_has_the_wallet_of_the_company(self):
        firm = self.customer("Firm", is_company=True)
        contact = self.customer("Contact", parent_id=firm.id)
        action = contact.action_view_wallet()
        self.assertEqual(action["context"]["default_partner_id"], firm.id)
        wallet = self.Wallet.with_context(**action["context"]).create({"budget": 100.0})
        self.assertEqual((contact.wallet_id, contact.wallet_share), (wallet, 0.0))
        user = new_test_user(
            self.env,
            "wallet_user",
            "customer_value.group_customer_value_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaisesRegex(AccessError, "belongs to Firm"):
            self.Wallet.with_user(user).create({"partner_id": contact.id, "company_id": self.company.id})
