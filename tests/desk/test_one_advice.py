"""What to do next is said in one way: on customer, quotation, list and dashboard, and on what is planned there."""

import math
from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from .retention_desk_case import TODAY, DeskCase


@tagged("post_install", "-at_install")
class TestOneAdvice(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Risk = cls.env["customer.retention.risk"]
        cls.Offer = cls.env["customer.retention.offer"]
        cls.Offer.search([("company_id", "=", cls.company.id)]).active = False
        cls.rhythm = cls.env.ref("customer_value.retention_reason_rhythm")
        cls.complaint = cls.env.ref("customer_value.retention_reason_complaint")
        for number in range(4):
            cls.order(cls.firm, TODAY - timedelta(days=41 + 10 * number), 100.0, cost=60.0)
        # others order once in ten months: who is late is not lost
        for days in (0, 300):
            cls.order(cls.person, TODAY - timedelta(days=days), 100.0)
        cls.run_policy(as_of=TODAY)
        policy = cls.env["customer.value.policy"]._get_active(cls.company)
        champion = policy.segment_ids[:1]
        champion.description = "Reward them, and sell the most expensive."
        # as scored before they grew quiet
        cls.env.cr.execute(
            "UPDATE customer_value_score SET segment_id = %s, lifecycle = 'loyal' WHERE partner_id = %s",
            [champion.id, cls.firm.id],
        )
        cls.env.invalidate_all()

    def refresh(self):
        self.Risk._refresh(self.company, as_of=TODAY)
        self.env.invalidate_all()

    def places(self, user=None):
        """What each place says, as one user reads it: sentences by place."""
        user = user or self.anna
        desk = self.desk(user)
        item = next((item for item in desk["at_risk"]["items"] if item["partner_id"] == self.firm.id), None)
        partner = self.as_user(self.firm, user)
        contact = self.as_user(self.contact, user)
        score = self.as_user(self.score(self.firm), user)
        panel = self.as_user(self.env["sale.order"], user).get_value_panel(self.contact.id, self.company.id)
        risk = self.as_user(self.Risk.search([("partner_id", "=", self.firm.id)]), user)
        return {
            "customer": partner.get_value_explanation()["next_step"]["sentence"],
            "contact": contact.get_value_explanation()["next_step"]["sentence"],
            "score": score.get_value_explanation()["next_step"]["sentence"],
            "quotation": panel["next_step"]["sentence"],
            **({"list": risk.remedy} if risk else {}),
            **({"dashboard": item["step"]["sentence"]} if item else {}),
        }

    def step(self):
        return self.as_user(self.firm, self.anna)._get_next_steps(self.company)[self.firm.id]

    def test_risk_comes_before_the_segment(self):
        """A champion who has grown quiet is asked back, not sold more, wherever somebody looks."""
        before = set(self.places().values())
        self.assertEqual(len(before), 1)
        self.assertIn("Reward them", before.pop())
        self.refresh()
        said = self.places()
        self.assertEqual(len(said), 6, said)
        self.assertEqual(set(said.values()), {self.rhythm.advice})

    def test_a_complaint_comes_first_at_once(self):
        """It is seen before the next refresh, in all places."""
        self.refresh()
        self.ticket(self.contact, TODAY, is_complaint=True)
        self.assertEqual(set(self.places().values()), {self.complaint.advice})
        self.complaint.active = False
        self.assertEqual(set(self.places().values()), {self.rhythm.advice})

    def test_order_is_the_manager_s(self):
        """With an open complaint that is known, whatever the order of the reasons is."""
        self.ticket(self.contact, TODAY, is_complaint=True)
        self.rhythm.sequence = 1
        self.refresh()
        self.assertEqual(set(self.places().values()), {self.complaint.advice})

    def test_lost_customer(self):
        self.env.cr.execute("UPDATE customer_value_score SET lifecycle = 'lost'")
        self.env.invalidate_all()
        self.env["customer.retention.loss"]._refresh(self.company, as_of=TODAY)
        loss = self.env["customer.retention.loss"].search([("partner_id", "=", self.firm.id)])
        self.assertTrue(loss.remedy)
        self.assertEqual(set(self.places().values()), {loss.remedy})
        self.assertEqual(self.step()["title"], loss.reason_id.name)

    def planned(self):
        """The activity that the dashboard plans: its button opens this wizard with these values."""
        item = self.desk()["at_risk"]["items"][0]
        step = item["step"]
        wizard = Form(
            self.as_user(self.env["mail.activity.schedule"], self.anna).with_context(
                active_model="res.partner",
                active_id=item["partner_id"],
                active_ids=[item["partner_id"]],
                default_summary=step["title"],
                default_activity_type_id=step["activity_type_id"],
                default_note=f"{item['explanation']}\n{step['sentence']}",
                default_activity_user_id=self.anna.id,
            )
        ).save()
        wizard.action_schedule_activities()
        return self.firm.activity_ids.sorted("id")[-1:]

    def test_advice_that_is_accepted(self):
        """From the list of customers at risk as from the dashboard; it has worked with an order in their usual gap."""
        self.refresh()
        risk = self.Risk.search([("partner_id", "=", self.firm.id)])
        action = self.as_user(risk, self.anna).action_plan_step()
        self.assertEqual(action["context"]["default_note"], self.rhythm.advice)
        self.assertEqual(action["context"]["value_advice_company_id"], self.desk()["company_id"])
        wizard = Form(
            self.as_user(self.env["mail.activity.schedule"], self.anna).with_context(**action["context"])
        ).save()
        wizard.action_schedule_activities()
        advice = self.env["customer.value.advice"].search([("partner_id", "=", self.firm.id)])
        self.assertRecordValues(
            advice, [{"kind": "risk", "promise": self.rhythm.advice, "user_id": self.anna.id, "outcome": "waiting"}]
        )
        days = min(max(math.ceil(risk.usual_gap_days), 14), 180)
        self.assertEqual(advice.until - TODAY, timedelta(days=days))
        self.order(self.firm, fields.Datetime.now())
        advice.invalidate_recordset()
        self.assertEqual(advice.outcome, "worked")

    def test_days_to_order(self):
        """The usual gap, within sense; where there is none, as for any advice."""
        self.refresh()
        risk = self.Risk.search([("partner_id", "=", self.firm.id)])
        for gap, days in ((0, 60), (2, 14), (14, 14), (20.2, 21), (400, 180)):
            self.env.flush_all()
            self.env.cr.execute("UPDATE customer_retention_risk SET usual_gap_days = %s WHERE id = %s", [gap, risk.id])
            self.env.invalidate_all()
            self.assertEqual(self.step()["days"], days, gap)

    def test_title_type_and_offer_agree(self):
        self.refresh()
        activity = self.planned()
        self.assertEqual(activity.summary, self.rhythm.name)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertIn(self.rhythm.advice, activity.note)
        meeting = self.env.ref("mail.mail_activity_data_meeting")
        letter = self.env["mail.template"].search([("model", "=", "customer.retention.member")], limit=1)
        kinds = {
            "visit": ({}, meeting),
            "letter": ({"template_id": letter.id}, self.env.ref("mail.mail_activity_data_email")),
            "coupon": ({"amount": 5.0}, self.env.ref("mail.mail_activity_data_todo")),
        }
        for kind, (values, planned) in kinds.items():
            with self.subTest(kind):
                self.Offer.search([("company_id", "=", self.company.id)]).active = False
                offer = self.Offer.create(
                    {
                        "name": f"A {kind}",
                        "kind": kind,
                        "company_id": self.company.id,
                        "reason_ids": self.rhythm.ids,
                        **values,
                    }
                )
                risk = self.Risk.search([("partner_id", "=", self.firm.id)])
                risk.invalidate_recordset()
                self.assertEqual(risk.offer_id, offer)
                step = self.step()
                self.assertEqual((step["title"], step["offer"]), (offer.name, offer.name))
                activity = self.planned()
                self.assertEqual((activity.summary, activity.activity_type_id), (offer.name, planned))
                self.assertEqual(set(self.places().values()), {self.rhythm.advice})

    def test_no_offer_beside_a_running_campaign(self):
        """Who has its offer is not promised a second one, and who is in its control group none at all."""
        offer = self.Offer.create(
            {"name": "A call", "kind": "call", "company_id": self.company.id, "reason_ids": self.rhythm.ids}
        )
        self.refresh()
        risk = self.Risk.search([("partner_id", "=", self.firm.id)])
        self.assertEqual((risk.offer_id, self.step()["offer"]), (offer, offer.name))
        campaign = self.env["customer.retention.campaign"].create(
            {
                "name": "Calls",
                "company_id": self.company.id,
                "offer_id": offer.id,
                "user_id": self.boss.id,
                "audience_model": "res.partner",
                "audience_domain": repr([("id", "=", self.firm.id)]),
                "seed": "seed",
                "holdout_percent": 0.0,
                "without_holdout": True,
            }
        )
        campaign.action_start()
        self.assertEqual(campaign.member_ids.partner_id, self.firm)
        self.env.invalidate_all()
        self.assertFalse(risk.offer_id)
        self.assertEqual(self.as_user(risk, self.plain).offer_id, self.Offer)
        step = self.step()
        self.assertEqual((step["title"], step.get("offer")), (self.rhythm.name, ""))
        self.assertEqual(set(self.places().values()), {self.rhythm.advice})
        campaign.action_end()
        self.env.invalidate_all()
        self.assertEqual((risk.offer_id, self.step()["offer"]), (offer, offer.name))

    def test_queries_do_not_grow(self):
        def ask(partners):
            self.env.invalidate_all()
            return self.count_queries(lambda: partners._get_next_steps(self.company))

        def late(count):
            partners = self.customers(count, "Late")
            for partner in partners:
                for number in range(4):
                    self.order(partner, TODAY - timedelta(days=41 + 10 * number))
            self.refresh()
            return partners

        few = late(3)
        more = few + late(3)
        ask(few)
        self.assertEqual(ask(few), ask(more))
        self.assertEqual(len(more._get_next_steps(self.company)), 6)

    def test_another_company(self):
        self.refresh()
        self.assertFalse(self.firm._get_next_steps(self.other))
