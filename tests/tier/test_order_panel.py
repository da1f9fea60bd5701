"""What a quotation shows of its customer, and the next best step."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..core.value_case import ONE_TO_ONE, ValueCase

USER = "customer_value.group_customer_value_user"

SELLER = "sales_team.group_sale_salesman_all_leads"


class PanelCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.policy.segment_ids.description = False
        cls.partner = cls.customer()
        cls.order(cls.partner, "2025-01-10", amount=50)
        cls.today = fields.Date.today()
        paid = cls.invoice(cls.partner, "2025-01-10", 50)
        cls.pay(paid, "2025-01-10")
        companies = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.user = new_test_user(cls.env, "panel_user", f"{USER},{SELLER}", **companies)
        cls.seller = new_test_user(cls.env, "panel_seller", SELLER, **companies)

    def panel(self, partner=None, company=None, user=None):
        self.env.invalidate_all()
        Order = self.env["sale.order"].with_user(user or self.user)
        with self.reading_only():
            return Order.get_value_panel((partner or self.partner).id, (company or self.company).id)

    def unsettled(self, panel):
        return {item["code"]: item["value"] for item in panel["unsettled"]}


@tagged("post_install", "-at_install")
class TestPanel(PanelCase):
    def test_what_it_says(self):
        self.run_policy()
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.invoice(contact, "2025-01-10", 30, due=self.today - timedelta(days=40))
        self.invoice(self.partner, "2025-01-10", 12.5, due=self.today - timedelta(days=3))
        self.invoice(self.partner, "2025-01-10", 1000, due=self.today)
        self.ticket(contact, self.today, is_complaint=True)
        self.ticket(self.partner, self.today, is_complaint=True)
        self.ticket(self.partner, self.today)
        closed = self.ticket(self.partner, self.today, is_complaint=True)
        # sudo: the steps that lead there are tested elsewhere
        closed.sudo().complaint_state = "closed"
        for partner in (self.partner, contact):
            panel = self.panel(partner)
            self.assertEqual((panel["score"], panel["tier"], panel["is_contact"]), (50, "Middle", partner == contact))
            self.assertEqual(self.unsettled(panel), {"complaint": 2, "overdue": 42.5})
            self.assertIn("40 days", panel["unsettled"][1]["text"])
            self.assertEqual(panel["currency_id"], self.company.currency_id.id)
            self.assertEqual(panel["next_step"]["code"], "complaint")
            self.assertEqual(panel["trend"][-1][1:], [50, "Middle"])

    def test_no_score(self):
        panel = self.panel(self.customer("Nobody yet"))
        self.assertFalse(panel["score_id"])
        self.assertEqual(self.unsettled(panel), {"complaint": 0, "overdue": 0})
        self.assertNotIn("next_step", panel)

    def test_what_it_opens(self):
        """The lists behind the numbers hold what was counted, and the right to open them decides on the links."""
        reader = new_test_user(
            self.env,
            "reader_of_all",
            f"{USER},account.group_account_invoice,helpdesk_mgmt.group_helpdesk_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        late = self.invoice(self.partner, "2025-01-10", 30, due=self.today - timedelta(days=40))
        self.invoice(self.partner, "2025-01-10", 30, due=self.today)
        ticket = self.ticket(self.partner, self.today, is_complaint=True)
        panel = self.panel(user=reader)
        self.assertEqual(
            [item["action"] for item in panel["unsettled"]], ["action_view_open_complaints", "action_view_overdue"]
        )
        partner = self.partner.with_user(reader).with_company(self.company)
        for method, found in (("action_view_overdue", late), ("action_view_open_complaints", ticket)):
            action = getattr(partner, method)()
            self.assertEqual(self.env[action["res_model"]].with_user(reader).search(action["domain"]), found)
        outsider = new_test_user(
            self.env, "knows_numbers", f"{USER},base.group_user", company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        panel = self.panel(user=outsider)
        self.assertEqual(self.unsettled(panel)["overdue"], 30)
        self.assertEqual([item["action"] for item in panel["unsettled"] if item["code"] == "overdue"], [False])

    def test_who_may_not(self):
        with self.assertRaises(AccessError):
            self.panel(user=self.seller)
        other = self.make_company("Elsewhere", "EUR")
        with self.assertRaises(AccessError):
            self.panel(company=other)
        theirs = self.customer("Theirs", company_id=other.id)
        with self.assertRaises(AccessError):
            self.panel(theirs)

    def test_two_companies(self):
        other = self.make_company("Elsewhere", "EUR")
        self.make_policy(ONE_TO_ONE, company=other, window_months=0)
        self.invoice(self.partner, "2025-01-10", 90, company=other)
        self.run_policy()
        self.Policy._get_active(other)._run()
        self.user.company_ids += other
        Order = self.env["sale.order"].with_user(self.user).with_context(allowed_company_ids=(self.company + other).ids)
        here = Order.get_value_panel(self.partner.id, self.company.id)
        there = Order.get_value_panel(self.partner.id, other.id)
        self.assertEqual((here["score"], self.unsettled(here)["overdue"]), (50, 0))
        self.assertEqual((there["score"], self.unsettled(there)["overdue"]), (90, 90))
        self.assertEqual(there["currency_id"], other.currency_id.id)

    def test_queries_do_not_grow_with_documents(self):
        self.run_policy()
        counts = []
        for _repetition in range(3):
            for _number in range(4):
                self.invoice(self.partner, "2025-01-10", 30, due=self.today - timedelta(days=40))
                self.ticket(self.partner, self.today, is_complaint=True)
            self.panel()
            counts.append(self.count_queries(self.panel))
        self.assertLessEqual(counts[2], counts[0])
        self.assertLess(counts[0], 40)

    def test_only_for_value_users(self):
        """Users who may not see values have no panel, and so no request."""
        for user, shown in ((self.user, True), (self.seller, False)):
            arch = self.env["sale.order"].with_user(user).get_view(view_type="form")["arch"]
            self.assertEqual("customer_value_order_panel" in arch, shown)
        with Form(self.env["sale.order"].with_user(self.seller)) as form:
            form.partner_id = self.partner


@tagged("post_install", "-at_install")
class TestNextStep(PanelCase):
    def step(self, **values):
        """The step for a score with ``values``."""
        self.run_policy()
        score = self.score(self.partner)
        self.env.cr.execute("UPDATE customer_value_score SET lifecycle = 'loyal' WHERE id = %s", [score.id])
        for name, value in values.items():
            self.env.cr.execute(f'UPDATE customer_value_score SET "{name}" = %s WHERE id = %s', [value, score.id])
        self.env.invalidate_all()
        return score.with_user(self.user)._get_next_step()

    def test_first_rule_wins(self):
        tomorrow = self.today + timedelta(days=1)
        self.assertEqual(self.step()[0], "keep")
        self.policy.segment_ids.description = "Send the catalogue"
        code, sentence = self.step()
        self.assertEqual(code, "segment")
        self.assertIn("Send the catalogue", sentence)
        code, sentence = self.step(score=76)
        self.assertEqual(code, "next_tier")
        self.assertIn("4.0 points", sentence)
        for lifecycle in ("prospect", "new", "won_back", "declining", "dormant", "lost"):
            self.assertEqual(self.step(lifecycle=lifecycle, score=76)[0], lifecycle)
        code, sentence = self.step(grace_until=tomorrow, lifecycle="declining", score=38)
        self.assertEqual(code, "grace")
        self.assertIn("38.0", sentence)
        self.assertEqual(self.step(grace_until=self.today - timedelta(days=1), lifecycle="lost")[0], "lost")
        self.invoice(self.partner, "2025-01-10", 30, due=self.today - timedelta(days=40))
        code, sentence = self.step(grace_until=tomorrow)
        self.assertEqual(code, "overdue")
        self.assertIn("40 days", sentence)
        self.ticket(self.partner, self.today, is_complaint=True)
        self.assertEqual(self.step(grace_until=tomorrow)[0], "complaint")

    def test_others_may_add_rules(self):
        """The facts may be given, so that a caller with the facts does not read them twice."""
        self.run_policy()
        score = self.score(self.partner)
        late = {"code": "overdue", "value": 10.0, "step": "Talk about it"}
        waiting = {"code": "complaint", "value": 2, "step": "Settle it"}
        self.assertEqual(score._get_next_step([waiting | {"step": ""}, late]), ("overdue", "Talk about it"))
        self.assertEqual(score._get_next_step([waiting, late]), ("complaint", "Settle it"))
        settled = [waiting | {"step": ""}, late | {"step": ""}]
        self.assertNotIn(score._get_next_step(settled)[0], ("overdue", "complaint"))
