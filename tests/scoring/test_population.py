"""Which partners are customers: merged, archived, moved to another company, our own people."""

from datetime import date

from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...analytics.scoring.customers import is_customer_sql
from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase
from .run_case import RunCase


@tagged("post_install", "-at_install")
class TestPopulation(RunCase):
    def test_company_without_orders(self):
        company = self.make_company("Quiet", "USD")
        policy = self.Policy._get_active(company)
        run = policy._run(as_of=AS_OF)
        self.assertEqual((run.state, run.customer_count), ("done", 0))
        self.assertFalse(run.matrix)
        self.assertEqual(policy.calibration["customers"], 0)
        # the first customer comes before anything could be learned from others
        partner = self.customer()
        self.order(partner, company=company)
        self.invoice(partner, company=company)
        run = policy._run(as_of=AS_OF, partners=partner)
        self.assertEqual(run.customer_count, 1)
        self.assertEqual((self.score(partner, company).order_count, self.score(partner, company).abc_class), (1, "C"))
        self.assertEqual(policy._run(as_of=AS_OF).customer_count, 1)
        self.assertEqual(self.score(partner, company).abc_class, "A", "now the largest customer")

    def test_own_companies_and_internal_users_are_no_customers(self):
        internal = new_test_user(self.env, "value_internal", "base.group_user").partner_id
        portal = new_test_user(self.env, "value_portal", "base.group_portal").partner_id
        former = new_test_user(self.env, "value_former", "base.group_user")
        other = self.make_company("Sister", "USD")
        advice = [{"product_id": self.service.id, "price_unit": 100.0}]
        for partner in (internal, portal, former.partner_id, other.partner_id, self.company.partner_id):
            # nothing to deliver: goods for an own company take routes between warehouses where there is stock
            self.order(partner, lines=advice)
        former.active = False
        self.run_policy()
        self.assertFalse(self.score(internal))
        self.assertFalse(self.score(other.partner_id))
        self.assertFalse(self.score(self.company.partner_id))
        self.assertTrue(self.score(portal), "a customer with access to the portal")
        self.assertTrue(self.score(former.partner_id), "a former employee who buys is a customer")

    def test_one_rule(self):
        """The condition of all queries and this test, which asks partners one by one, agree on all odd cases."""
        internal, portal, former = (
            new_test_user(self.env, f"odd_{name}", group)
            for name, group in (
                ("internal", "base.group_user"),
                ("portal", "base.group_portal"),
                ("former", "base.group_user"),
            )
        )
        former.active = False
        firm = self.customer("Firm", is_company=True)
        odd = {
            "customer": self.customer(),
            "firm": firm,
            "contact": self.customer("Contact", parent_id=firm.id),
            "branch": self.customer("Branch", parent_id=firm.id, is_company=True),
            "archived": self.customer("Archived", active=False),
            "archived contact": self.customer("Archived", active=False, parent_id=firm.id),
            "internal": internal.partner_id,
            "contact of internal": self.customer("Contact", parent_id=internal.partner_id.id),
            "portal": portal.partner_id,
            "former": former.partner_id,
            "own company": self.company.partner_id,
            "contact of own company": self.customer("Contact", parent_id=self.company.partner_id.id),
            "branch of own company": self.customer("Branch", parent_id=self.company.partner_id.id, is_company=True),
        }
        companies = self.env["res.company"].sudo().search([]).partner_id
        self.env.flush_all()
        for archived in (False, True):
            found = {
                partner_id
                for (partner_id,) in self.env.execute_query(
                    SQL("SELECT x.id FROM res_partner x WHERE %s", is_customer_sql("x", archived))
                )
            }
            for name, partner in odd.items():
                users = partner.with_context(active_test=False).user_ids.filtered("active")
                expected = (
                    partner.commercial_partner_id == partner
                    and (partner.active or archived)
                    and partner not in companies
                    and not any(user._is_internal() for user in users)
                )
                self.assertEqual(partner.id in found, expected, (name, archived))
        names = {name for name, partner in odd.items() if partner.id in found}
        self.assertEqual(names, {"customer", "firm", "branch", "archived", "portal", "former", "branch of own company"})

    def test_archived_customer_leaves(self):
        for partners in (None, self.top):
            with self.subTest(partners=partners), self.env.cr.savepoint() as savepoint:
                self.run_policy()
                self.top.active = False
                run = self.run_policy(partners=partners)
                self.assertEqual(run.left_count, 1)
                self.assertFalse(self.score(self.top))
                entry = self.history(self.top)[-1]
                self.assertEqual(
                    (entry.event, entry.previous_tier_id, entry.previous_score, entry.tier_move),
                    ("left", self.tier("Top"), 90, "down"),
                )
                self.top.active = True
                self.run_policy(partners=partners)
                self.assertEqual(self.score(self.top).score, 90)
                self.assertEqual(self.history(self.top).mapped("event"), ["entered", "left", "entered"])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_contact_moved_under_another_company(self):
        self.run_policy()
        for partners in (None, self.low):
            with self.subTest(partners=partners), self.env.cr.savepoint() as savepoint:
                self.low.parent_id = self.middle
                self.run_policy(partners=partners)
                self.assertFalse(self.score(self.low), "the contact's own row is gone")
                self.assertEqual(self.score(self.middle).score, 60)
                self.assertEqual(self.history(self.low)[-1].event, "left")
                self.assertEqual(self.low.value_score, 60, "the contact shows the value of the company")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_contact_becomes_independent(self):
        contact = self.customer("Contact", parent_id=self.low.id)
        self.invoice(contact, "2025-06-01", 30)
        self.run_policy()
        self.assertEqual((self.score(self.low).score, self.score(contact).score), (40, 0))
        contact.parent_id = False
        self.run_policy()
        self.assertEqual((self.score(self.low).score, self.score(contact).score), (40, 0), "the documents were theirs")
        self.invoice(contact, "2025-06-02", 20)
        self.run_policy()
        self.assertEqual((self.score(self.low).score, self.score(contact).score), (40, 20))

    def test_customer_whose_documents_leave_the_window_stays_one(self):
        self.run_policy()
        run = self.run_policy(as_of=date(2027, 1, 1))
        self.assertEqual((run.customer_count, run.left_count), (3, 0))
        self.assertEqual(self.score(self.top).score, 0)
        self.assertEqual(self.score(self.top).lifecycle, "lost")


@tagged("post_install", "-at_install")
class TestMerge(ValueCase):
    """Odoo's wizard for merging contacts, between runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.source, cls.destination = cls.customers(2)
        cls.invoice(cls.source, "2025-06-01", 30)

    def merge(self):
        source = self.source.id
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [(6, 0, (self.source + self.destination).ids)], "dst_partner_id": self.destination.id}
        )
        wizard.action_merge()
        self.env.invalidate_all()
        self.assertFalse(self.source.exists())
        rows = self.Score.search([("partner_id", "in", (source, self.destination.id))])
        self.assertEqual(rows.partner_id, self.destination)
        self.assertEqual(len(rows), 1)
        return rows

    def test_both_have_a_score(self):
        self.invoice(self.destination, "2025-06-01", 40)
        self.run_policy()
        row = self.score(self.destination)
        self.assertEqual(self.merge(), row, "the remaining customer's row stays")
        self.assertEqual(row.score, 40)
        self.assertEqual(len(self.history(self.destination)), 2, "the histories of both are joined")
        self.run_policy()
        self.assertEqual(row.score, 70)

    def test_only_the_source_has_a_score(self):
        self.run_policy()
        row = self.score(self.source)
        self.assertEqual(self.merge(), row, "the row moves along")
        self.assertEqual(self.destination.value_score, 30)
        self.assertEqual(self.destination.value_tier_id, self.tier("Base"))
        run = self.run_policy()
        self.assertEqual((run.entered_count, run.left_count), (0, 0))
        self.assertEqual(self.score(self.destination), row)

    def test_selected_customer_is_merged(self):
        """A run that waits for a customer who is merged meanwhile scores the one they were merged into."""
        self.invoice(self.destination, "2025-06-01", 40)
        self.run_policy()
        run = self.Run.create(
            {"policy_id": self.policy.id, "as_of": AS_OF, "scope": "some", "partner_ids": [(6, 0, self.source.ids)]}
        )
        self.merge()
        run.action_apply()
        self.assertEqual(run.partner_ids, self.destination)
        self.assertEqual(self.score(self.destination).score, 70)
