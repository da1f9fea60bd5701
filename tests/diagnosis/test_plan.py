"""Plans are drawn from findings, measured anew, and move when a step is late."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .diagnosis_case import NOON, TODAY, DiagnosisCase


@tagged("post_install", "-at_install")
class TestPlan(DiagnosisCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.env["res.partner"].union(*(cls.sound(f"Good {number}", seller=number) for number in range(4)))
        cls.Plan = cls.env["customer.plan"]

    def draw(self):
        self.good[:2].email = False
        self.good[2].phone = False
        return self.Plan._draw(self.diagnose())

    def measure(self, plan, code):
        return plan.measure_ids.filtered(lambda measure: measure.code == code)

    def night(self, days):
        self.clock.move_to(NOON + timedelta(days=days))
        self.addCleanup(self.clock.move_to, NOON)
        return self.diagnose()

    def test_drawn_from_findings(self):
        plan = self.draw()
        steps = plan.step_ids
        self.assertEqual(steps.mapped("code"), ["score", "complaint", "retention", "departments"])
        self.assertEqual(
            [(step.date_start - TODAY).days for step in steps] + [(plan.date_end - TODAY).days], [0, 100, 200, 300, 399]
        )
        # two of four customers have no email, one no phone; no more than that is wrong
        self.assertEqual(set(steps[0].measure_ids.mapped("code")), {"scored", "no_email", "no_phone"})
        email = self.measure(plan, "no_email")
        self.assertEqual((email.baseline, email.value, email.target), (50.0, 50.0, 12.5))
        self.assertFalse(email.is_reached)
        self.assertEqual(self.measure(plan, "net_margin").unit, "money")
        self.assertEqual([(step.activity_ids.user_id, step.activity_ids.date_deadline) for step in steps],
                         [(self.env.user, step.date_end) for step in steps])  # fmt: skip
        self.assertFalse(self.measure(plan, "complaints_on_time").is_known)
        self.assertEqual(plan.step_id, steps[0])

    def test_of_a_shop_without_customers(self):
        """Nothing to aim from is no aim of 0, which would be reached at once: a target is proposed when there is."""
        empty = self.make_company("Empty Shop", "USD")
        self.env.user.company_ids += empty
        self.env = self.env(context={**self.env.context, "allowed_company_ids": (empty + self.company).ids})
        plan = self.Plan.with_env(self.env)._draw(self.diagnose(empty))
        margin, contact = self.measure(plan, "net_margin"), self.measure(plan, "no_contact")
        for measure in (margin, contact):
            self.assertEqual(
                (measure.has_baseline, measure.is_open, measure.is_reached, measure.target_text),
                (False, True, False, "open"),
                measure.code,
            )
            self.assertFalse(measure._get_chart(self.Diagnosis.browse())["line"])
        self.assertTrue(margin.step_id.has_open)
        self.assertEqual(self.measure(plan, "scored").target, 95.0)
        partner = self.customer("First")
        order = self.order(partner, TODAY - timedelta(days=300), 200.0, company=empty)
        self.invoice(partner, TODAY - timedelta(days=300), 200.0, company=empty, order=order)
        self.diagnose(empty)
        self.assertEqual(
            (margin.baseline, margin.target, margin.is_open, margin.is_reached),
            (margin.value, round(1.05 * margin.value), False, False),
        )
        self.assertGreater(margin.value, 0)
        self.assertEqual((contact.baseline, contact.target, contact.is_open), (100.0, 50.0, False))

    def test_target_that_somebody_enters(self):
        plan = self.draw()
        step = plan.step_ids[1]
        measure = self.env["customer.plan.measure"].create({"step_id": step.id, "code": "net_margin", "target": 0.0})
        self.assertFalse(measure.is_open, "there is a margin: that is proposed")
        measure.sudo().write({"is_open": True, "has_baseline": False, "target": 0.0})
        measure.target = 500.0
        self.assertFalse(measure.is_open)
        self.assertEqual(measure.target_text, "$\xa0500.00")

    def test_one_at_a_time(self):
        plan = self.draw()
        diagnosis = self.diagnose()
        with self.assertRaises(UserError):
            self.Plan._draw(diagnosis)
        self.assertEqual(diagnosis.action_open_plan()["res_id"], plan.id)
        plan.action_cancel()
        self.assertFalse(plan.step_ids.activity_ids)
        self.assertNotEqual(diagnosis.action_open_plan()["res_id"], plan.id)

    def test_measured_every_night(self):
        plan = self.draw()
        self.good[:2].email = "known@example.com"
        self.night(1)
        email = self.measure(plan, "no_email")
        self.assertEqual((email.baseline, email.value, email.is_reached), (50.0, 0.0, True))
        with self.reading_only():
            charts = plan.get_charts()
        [chart] = [measure for step in charts for measure in step["measures"] if measure["id"] == email.id]
        self.assertEqual([point["y"] for point in chart["points"]], [50.0, 0.0])
        self.assertEqual([point["y"] for point in chart["line"]], [50.0, 12.5])
        self.assertTrue(chart["reached"])

    def test_late_steps_move(self):
        plan = self.draw()
        first, second, third, fourth = plan.step_ids
        self.night(99)
        self.assertEqual(second.date_start, TODAY + timedelta(days=100))
        posted = len(plan.message_ids)
        # on its last day it was not late; a day later the steps after it begin a week later
        self.night(100)
        self.assertEqual((first.state, plan.is_late), ("late", True))
        self.assertEqual(
            [step.date_start for step in (second, third, fourth)],
            [TODAY + timedelta(days=days) for days in (107, 207, 307)],
        )
        self.assertEqual(second.activity_ids.date_deadline, second.date_end)
        self.assertEqual(len(plan.message_ids), posted + 1)
        self.assertIn("7 days later", plan.message_ids[0].body)
        self.night(106)
        self.assertEqual(second.date_start, TODAY + timedelta(days=107))
        self.night(107)
        self.assertEqual(second.date_start, TODAY + timedelta(days=114))
        first.action_done()
        self.assertEqual((first.state, plan.step_id), ("done", second))
        self.night(113)
        self.assertEqual(second.date_start, TODAY + timedelta(days=114))
        (second | third | fourth).action_done()
        self.assertEqual(plan.state, "done")

    def test_only_managers(self):
        plan = self.draw()
        user = self.make_user("plan_reader", "sales_team.group_sale_manager,customer_value.group_customer_value_user")
        for record in (plan, plan.step_ids[0], plan.measure_ids[0]):
            with self.assertRaises(AccessError):
                record.with_user(user).read(["display_name"])
        foreign = self.make_company("Foreign Company", "USD")
        stranger = self.make_user("plan_stranger", "customer_value.group_customer_value_manager", foreign)
        self.assertFalse(
            self.Plan.with_user(stranger).with_context(allowed_company_ids=foreign.ids).search([("id", "=", plan.id)])
        )
        manager = self.make_user("plan_manager", "customer_value.group_customer_value_manager")
        with self.assertRaises(AccessError):
            plan.measure_ids[0].with_user(manager).value = 0.0
        plan.measure_ids[1].with_user(manager).target = 5.0
        plan.step_ids[0].with_user(manager).action_done()
        self.assertEqual(plan.step_ids[0].done_on, TODAY)
