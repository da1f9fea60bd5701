"""What a tier gives and takes back, whatever happened in between."""

from odoo.tests import tagged

from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestBenefits(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        Pricelist, Term = cls.env["product.pricelist"], cls.env["account.payment.term"]
        cls.gold, cls.silver, cls.own, cls.later = (
            Pricelist.create({"name": name, "company_id": cls.company.id})
            for name in ("Gold", "Silver", "Own", "Later")
        )
        cls.term = Term.create({"name": "60 days for members", "company_id": cls.company.id})
        cls.tier("Top").write({"pricelist_id": cls.gold.id, "payment_term_id": cls.term.id})
        cls.tier("Middle").pricelist_id = cls.silver
        cls.partner = cls.customer()
        cls.day = 0

    def amount(self, amount):
        """Bring the customer's revenue to ``amount`` and let a run judge it."""
        present = self.score(self.partner).revenue
        self.day += 1
        document = self.invoice if amount > present else self.credit_note
        document(self.partner, f"2025-01-{self.day:02}", abs(amount - present))
        self.run_policy()

    @property
    def pricelist(self):
        self.env.invalidate_all()
        return self.partner.specific_property_product_pricelist

    @property
    def notes(self):
        return "\n".join(str(message.body) for message in self.partner.message_ids)

    def test_given_on_the_first_tier(self):
        self.amount(90)
        self.assertEqual((self.pricelist, self.partner.property_payment_term_id), (self.gold, self.term))

    def test_changes_with_the_tier_and_ends_with_it(self):
        self.amount(90)
        self.amount(50)
        self.assertEqual((self.pricelist, self.partner.property_payment_term_id.ids), (self.silver, []))
        self.amount(10)
        self.assertFalse(self.pricelist)
        self.assertFalse(self.env["customer.value.grant"].search([("partner_id", "=", self.partner.id)]))

    def test_what_was_there_before_comes_back(self):
        self.partner.specific_property_product_pricelist = self.own
        self.amount(90)
        self.assertEqual(self.pricelist, self.gold)
        self.assertIn("Own", self.notes, "a value entered by hand is not replaced in silence")
        self.amount(50)
        self.amount(10)
        self.assertEqual(self.pricelist, self.own)

    def test_contacts_do_not_take_it_along(self):
        """Odoo copies a contact's benefits to their new company: it would keep them for good, without a reason."""
        self.partner.specific_property_product_pricelist = self.own
        self.amount(90)
        for target in (self.customer("Elsewhere"), self.env["res.partner"]):
            with self.subTest(target=target.name):
                contact = self.customer("Contact", parent_id=self.partner.id)
                self.assertEqual(contact.specific_property_product_pricelist, self.gold)
                contact.parent_id = target
                self.env.invalidate_all()
                for partner in contact | target:
                    self.assertNotEqual(partner.specific_property_product_pricelist, self.gold)
                    self.assertNotEqual(partner.property_payment_term_id, self.term)
                self.assertEqual((self.pricelist, self.partner.property_payment_term_id), (self.gold, self.term))
        self.amount(10)
        self.assertEqual(self.pricelist, self.own)

    def test_contacts_leave_what_was_changed_since(self):
        self.amount(90)
        self.partner.specific_property_product_pricelist = self.later
        self.customer("Contact", parent_id=self.partner.id).parent_id = False
        self.assertEqual(self.pricelist, self.later)
        self.amount(10)
        self.assertEqual(self.pricelist, self.later)

    def test_what_was_changed_since_stays(self):
        self.partner.specific_property_product_pricelist = self.own
        self.amount(90)
        self.partner.specific_property_product_pricelist = self.later
        self.amount(10)
        self.assertEqual(self.pricelist, self.later)
        self.assertIn("in the meantime", self.notes)

    def test_changed_since_and_replaced_by_the_next_tier(self):
        """What comes back at the end is what somebody entered last, not what was there at first."""
        self.partner.specific_property_product_pricelist = self.own
        self.amount(90)
        self.partner.specific_property_product_pricelist = self.later
        self.amount(50)
        self.assertEqual(self.pricelist, self.silver)
        self.amount(10)
        self.assertEqual(self.pricelist, self.later)

    def test_entered_by_hand_what_the_tier_gives_anyway(self):
        """The tier gave nothing, so there is nothing to take back."""
        self.partner.specific_property_product_pricelist = self.gold
        self.amount(90)
        self.amount(10)
        self.assertEqual(self.pricelist, self.gold)

    def test_an_undone_run_takes_its_benefits_back(self):
        self.partner.specific_property_product_pricelist = self.own
        self.amount(10)
        self.amount(90)
        self.assertEqual(self.pricelist, self.gold)
        self.Run.search([("company_id", "=", self.company.id)], order="id desc", limit=1).action_undo()
        self.assertEqual(self.pricelist, self.own)

    def test_companies_have_their_own(self):
        other = self.make_company("Other Company", "EUR")
        self.amount(90)
        self.assertFalse(self.partner.with_company(other).specific_property_product_pricelist)

    def test_a_simulation_gives_nothing(self):
        self.invoice(self.partner, "2025-01-10", 90)
        self.run_policy(simulate=True)
        self.assertFalse(self.pricelist)

    def test_tickets_of_the_tier(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "First class", "company_id": self.company.id})
        self.tier("Top").write({"helpdesk_team_id": team.id, "helpdesk_priority": "2"})
        self.amount(90)
        contact = self.customer("Contact", parent_id=self.partner.id)
        values = {"name": "Question", "description": "How?", "company_id": self.company.id, "partner_id": contact.id}
        ticket, urgent, stranger = self.env["helpdesk.ticket"].create(
            [
                values | {"priority": False},
                values | {"priority": "3"},
                values | {"partner_id": self.customer("Stranger").id},
            ]
        )
        self.assertEqual((ticket.team_id, ticket.priority), (team, "2"))
        self.assertEqual(urgent.priority, "3")
        self.assertEqual((stranger.team_id.ids, stranger.priority), ([], "1"))

    def test_an_order_keeps_the_tier_it_was_confirmed_in(self):
        self.amount(90)
        order = self.order(self.partner, "2025-06-01")
        self.assertEqual(order.confirmed_tier_id, self.tier("Top"))
        self.amount(10)
        order.invalidate_recordset()
        self.assertEqual((order.confirmed_tier_id, order.value_tier_id), (self.tier("Top"), self.tier("Base")))
        groups = self.env["sale.report"]._read_group(
            [("partner_id", "=", self.partner.id)], ["confirmed_tier_id"], ["price_subtotal:sum"]
        )
        self.assertEqual(groups, [(self.tier("Top"), order.amount_untaxed)])

    def test_queries_do_not_grow_with_the_customers(self):
        """Benefits and chatter of many cost the statements of few, but for the rows themselves."""

        def queries(count):
            for partner in self.customers(count, f"Member {count} "):
                self.invoice(partner, "2025-01-10", 90)
            return self.count_queries(self.run_policy)

        queries(2)
        few, many = queries(10), queries(20)
        self.assertLessEqual(many - few, 3)
