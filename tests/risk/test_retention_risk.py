"""Customers at risk, the reasons, levels, and what is at stake."""

from datetime import datetime, time

from freezegun import freeze_time
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ...analytics.risk import at_risk
from ..core.value_case import ONE_TO_ONE
from .retention_risk_case import TODAY, RiskCase, days_ago


@tagged("post_install", "-at_install")
class TestRetentionRisk(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer("Firm")

    # -- not at risk -----------------------------------------------------------------------------------------------

    def test_nobody(self):
        self.rhythm(self.partner)
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 0})

    def test_neither_prospects_nor_the_lost(self):
        """Customers who never ordered cannot be lost, and lost ones need another kind of offer."""
        self.policy.lost_days = 200
        prospect = self.customer("Prospect")
        self.complaint(prospect)
        self.invoice(prospect, days_ago(50), 100)
        self.complaint(self.partner)
        order = self.order(self.partner, days_ago(200))
        self.assertTrue(self.risk(self.partner))
        self.assertFalse(self.stored(prospect))
        order.date_order = self._moment(days_ago(201))
        self.assertFalse(self.risk(self.partner))

    def test_limit_of_lost_by_calibration(self):
        """The run has derived it; where no run has been applied, it is a year."""
        self.complaint(self.partner)
        order = self.order(self.partner, days_ago(365))
        self.assertTrue(self.risk(self.partner))
        order.date_order = self._moment(days_ago(366))
        self.assertFalse(self.risk(self.partner))
        self.policy.calibration = {"lost_days": 366}
        self.assertTrue(self.risk(self.partner))

    def test_our_own_people_and_companies(self):
        colleague = new_test_user(self.env, "colleague", company_id=self.company.id, company_ids=self.company.ids)
        for partner in (self.company.partner_id, colleague.partner_id):
            # goods do not go to ourselves
            self.order(partner, days_ago(10), lines=[{"product_id": self.service.id, "price_unit": 100.0}])
            self.complaint(partner)
            self.assertFalse(self.risk(partner))

    # -- rhythm ----------------------------------------------------------------------------------------------------

    def test_later_than_usual(self):
        """More than two, three, four times the usual gap of ten days."""
        orders = self.rhythm(self.partner, last=20)

        def move(days):
            for number, order in enumerate(orders):
                order.date_order = self._moment(days_ago(days + 10 * number))

        self.levels(
            move, {20: False, 21: "watch", 30: "watch", 31: "serious", 40: "serious", 41: "urgent", 300: "urgent"}
        )
        move(41)
        risk = self.risk(self.partner)
        self.assertRecordValues(risk, [{"gap_days": 41, "usual_gap_days": 10, "gap_ratio": 4.1, "factors": "rhythm"}])
        self.assertEqual(risk.reason_id, self.reason("rhythm"))
        self.assertEqual(risk.explanation, "Orders about every 10 days; the last order was 41 days ago.")
        self.assertEqual(risk.brief, "Last order 41 days ago, usually every 10")

    def test_rhythm_is_known_from_three_days_on(self):
        """Days, not orders: two on a day are one occasion."""
        for days in (100, 110, 110):
            self.order(self.partner, days_ago(days))
        self.assertFalse(self.risk(self.partner))
        self.order(self.partner, days_ago(120))
        self.assertEqual(self.risk(self.partner).gap_ratio, 10)

    def test_every_day(self):
        for days in (30, 31, 32):
            self.order(self.partner, days_ago(days))
        self.assertEqual(
            self.risk(self.partner).explanation, "Orders almost every day; the last order was 30 days ago."
        )

    def test_in_brief(self):
        """Each reason says what shows it in less than a sentence, and how many others there are."""
        values = {
            "company_id": self.company.id,
            "partner_id": self.partner.id,
            "disputed_amount": 1200,
            "disputed_days": 30,
            "complaint_count": 1,
            "complaint_since": "2025-06-12",
            "competitor_id": self.customer("Rival").id,
            "competitor_on": "2025-06-13",
            "margin_before": 200,
            "margin_now": 100,
            "score": 50.2,
            "score_fall": 20,
            "gap_days": 45,
            "usual_gap_days": 3,
            "p_active": 0.4,
            "p_usual": 0.8,
            "probability": 0.625,
            "horizon_days": 60,
        }
        expected = {
            "dispute": "$ 1,200.00 disputed, 30 days overdue",
            "complaint": "Complaint open since 06/12/2025",
            "competitor": "Deal lost to Rival",
            "margin": "Margin from $ 200.00 to $ 100.00",
            "decline": "Score from 70.2 to 50.2",
            "rhythm": "Last order 45 days ago, usually every 3",
            "activity": "50% less likely to buy at all",
            "alike": "62% of customers like them stay away",
        }
        self.assertEqual(set(expected), set(at_risk.FACTORS))
        for factor, brief in expected.items():
            for more, count in (("", ""), (" rhythm" if factor != "rhythm" else " margin", " (+1)")):
                risk = self.Risk.new(values | {"factors": factor + more})
                self.assertEqual(risk.brief.replace("\xa0", " "), brief + count)
        self.assertEqual(
            self.Risk.new(values | {"factors": "rhythm", "usual_gap_days": 1.2}).brief,
            "Last order 45 days ago, usually daily",
        )
        self.assertEqual(
            self.Risk.new(values | {"factors": "complaint", "complaint_count": 3}).brief,
            "3 complaints open since 06/12/2025",
        )

    # -- margin ----------------------------------------------------------------------------------------------------

    def test_margin_lost(self):
        """20, 40 and 60 per cent less than in the twelve months before."""
        self.order(self.partner, days_ago(400), 1000, cost=800)

        self.levels(
            lambda margin: self.order(self.partner, days_ago(20), 1000, cost=1000 - margin),
            {161: False, 160: "watch", 121: "watch", 120: "serious", 80: "urgent", -50: "urgent", 300: False},
        )
        self.order(self.partner, days_ago(20), 1000, cost=900)
        risk = self.risk(self.partner)
        self.assertRecordValues(
            risk,
            [
                {
                    "margin_before": 200,
                    "margin_now": 100,
                    "margin_lost": 100,
                    "stake": 200,
                    "factors": "margin",
                    "reason_id": self.reason("margin").id,
                    "level": "serious",
                }
            ],
        )
        self.assertEqual(risk.explanation.replace("\xa0", " "), "Margin fell from $ 200.00 to $ 100.00 a year.")

    def test_first_and_last_day_of_each_year(self):
        """The 30th of June ends one year of twelve months, and the one before ends with the 30th of June, too."""
        self.order(self.partner, "2024-07-01", 1000, cost=900)
        self.order(self.partner, "2024-06-30", 1000, cost=700)
        self.order(self.partner, "2023-07-01", 1000, cost=970)
        self.order(self.partner, "2023-06-30", 1000, cost=0)
        self.policy.lost_days = 400
        self.assertRecordValues(self.risk(self.partner), [{"margin_before": 330, "margin_now": 100}])

    def test_margin_is_money_kept(self):
        """What was credited has not been kept."""
        self.order(self.partner, days_ago(400), 1000, cost=800)
        self.order(self.partner, days_ago(20), 1000, cost=800)
        self.assertFalse(self.risk(self.partner))
        self.credit_note(self.partner, days_ago(10), 70)
        self.assertRecordValues(self.risk(self.partner), [{"margin_now": 130, "level": "watch"}])

    def test_nothing_to_lose(self):
        """No share can be lost of a margin that was not there."""
        self.order(self.partner, days_ago(400), 1000, cost=1000)
        self.order(self.partner, days_ago(20), 1000, cost=1500)
        self.assertFalse(self.risk(self.partner))
        self.complaint(self.partner)
        self.assertEqual(self.risk(self.partner).stake, 0, "never less than nothing")

    def test_stake_is_the_better_of_two_years(self):
        """Of a margin that has grown it is the mean of both, once there was one."""
        self.complaint(self.partner)
        self.order(self.partner, days_ago(20), 1000, cost=700)
        self.assertEqual(self.risk(self.partner).stake, 300)
        self.order(self.partner, days_ago(400), 1000, cost=950)
        self.assertEqual(self.risk(self.partner).stake, 175)
        self.order(self.partner, days_ago(390), 1000, cost=700)
        self.assertEqual(self.risk(self.partner).stake, 350)

    # -- score -----------------------------------------------------------------------------------------------------

    def falling(self, points, days=90):
        """A customer whose score, their revenue of the last months, has fallen from 80 by so many points."""
        self.invoice(self.partner, days_ago(120), 80)
        self.run_policy(as_of=days_ago(days + 5))
        if points:
            self.credit_note(self.partner, days_ago(20), points)
        self.run_policy(as_of=TODAY)

    def test_score_lost(self):
        self.make_policy(ONE_TO_ONE, window_months=0)
        self.order(self.partner, days_ago(20))
        self.levels(
            self.falling,
            {0: False, 9.99: False, 10: "watch", 19.99: "watch", 20: "serious", 29.99: "serious", 30: "urgent"},
        )
        self.falling(25)
        risk = self.risk(self.partner)
        self.assertRecordValues(
            risk, [{"score": 55, "score_fall": 25, "factors": "decline", "fallen_metric": "revenue"}]
        )
        self.assertEqual(
            risk.explanation, "The score decreased from 80.0 to 55.0, mainly because of “Revenue net of credit notes”."
        )
        self.assertEqual(risk.tier_id, self.tier("Middle"))

    def test_what_fell_most(self):
        """Also where the tier stood; what rose meanwhile does not hide it."""
        scale = {"scale": "linear", "floor": 0.0, "cap": 100.0}
        self.make_policy(
            {
                "revenue": scale | {"weight": 30},
                "margin": scale | {"weight": 20},
                "order_count": scale | {"weight": 50, "cap": 10.0},
            },
            {"Only": 0.0},
            window_months=0,
        )
        self.order(self.partner, days_ago(120), 100, cost=0)
        self.invoice(self.partner, days_ago(120), 100)
        self.run_policy(as_of=days_ago(100))
        self.credit_note(self.partner, days_ago(50), 60)
        self.order(self.partner, days_ago(30), 1, cost=1)
        self.run_policy(as_of=TODAY)
        risk = self.risk(self.partner)
        before, after = 30 + 20 + 50 * 0.1, 12 + 8 + 50 * 0.2
        self.assertRecordValues(risk, [{"score_fall": before - after, "fallen_metric": "revenue"}])
        self.assertIn("decline", risk.factors)

    def test_beginning_of_the_look_back(self):
        """The score at its beginning counts, not what came before, nor the best in it."""
        self.make_policy(ONE_TO_ONE, window_months=0)
        self.order(self.partner, days_ago(20))
        self.invoice(self.partner, days_ago(300), 90)
        self.run_policy(as_of=days_ago(299))
        self.credit_note(self.partner, days_ago(200), 30)
        self.run_policy(as_of=days_ago(199))
        self.invoice(self.partner, days_ago(50), 30)
        self.run_policy(as_of=days_ago(49))
        self.credit_note(self.partner, days_ago(10), 45)
        self.run_policy(as_of=TODAY)
        self.assertRecordValues(self.risk(self.partner), [{"score": 45, "score_fall": 15, "level": "watch"}])
        self.company.retention_fall_days = 250
        self.assertRecordValues(self.risk(self.partner), [{"score_fall": 45, "level": "urgent"}])

    def test_customer_of_late(self):
        """Customers who are new within the look-back are compared with their first score."""
        self.make_policy(ONE_TO_ONE, window_months=0)
        self.order(self.partner, days_ago(20))
        self.invoice(self.partner, days_ago(50), 70)
        self.run_policy(as_of=days_ago(49))
        self.credit_note(self.partner, days_ago(10), 25)
        self.run_policy(as_of=TODAY)
        self.assertEqual(self.risk(self.partner).score_fall, 25)

    def test_another_policy_is_another_yardstick(self):
        self.make_policy(ONE_TO_ONE, window_months=0)
        self.order(self.partner, days_ago(20))
        self.invoice(self.partner, days_ago(120), 80)
        self.run_policy(as_of=days_ago(100))
        self.make_policy({"revenue": {"scale": "linear", "floor": 0.0, "cap": 1000.0}}, window_months=0)
        self.run_policy(as_of=TODAY)
        self.assertEqual(self.score(self.partner).score, 8)
        self.assertFalse(self.risk(self.partner))

    # -- reason, level, settings -------------------------------------------------------------------------------------

    def test_the_first_reason_and_the_highest_level(self):
        """Reasons are in the order of their sequence, which managers may change; the level is that of the worst."""
        self.rhythm(self.partner, last=41)
        self.complaint(self.partner)
        risk = self.risk(self.partner)
        self.assertEqual(
            (risk.reason_id, risk.level, risk.factors), (self.reason("complaint"), "urgent", "complaint rhythm")
        )
        self.assertEqual(risk.remedy, self.reason("complaint").advice)
        self.assertIn("open since", risk.explanation)
        self.assertIn("every 10 days", risk.explanation)
        self.reason("rhythm").sequence = 1
        risk = self.risk(self.partner)
        self.assertEqual((risk.reason_id, risk.factors), (self.reason("rhythm"), "rhythm complaint"))
        self.reason("rhythm").active = False
        risk = self.risk(self.partner)
        self.assertEqual((risk.reason_id, risk.level), (self.reason("complaint"), "watch"))
        self.env["customer.retention.reason"].search([]).active = False
        self.assertFalse(self.risk(self.partner))

    def test_default_order_of_urgency(self):
        reasons = self.env["customer.retention.reason"].search(self.Risk._get_reasons_domain())
        order = ["dispute", "complaint", "competitor", "margin", "decline", "rhythm", "activity", "alike"]
        self.assertEqual(reasons.mapped("code"), order)

    def test_settings(self):
        """Each company has its own limits, and they act at the next refresh."""
        self.rhythm(self.partner, last=15)
        self.assertFalse(self.risk(self.partner))
        settings = self.env["res.config.settings"].create({})
        settings.write({"retention_gap_watch": 1.2, "retention_gap_serious": 1.4, "retention_gap_urgent": 1.5})
        self.assertEqual(self.risk(self.partner).level, "serious")

    def test_settings_in_order(self):
        for values in (
            {"retention_gap_watch": 5.0},
            {"retention_gap_watch": 0.5},
            {"retention_margin_serious": 70.0},
            {"retention_margin_watch": 0.0},
            {"retention_fall_urgent": 15.0},
            {"retention_fall_days": 0},
            {"retention_complaint_serious": 30},
            {"retention_dispute_urgent": -1},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company.write(values)
                self.env.flush_all()

    def test_partner(self):
        """The customer and their contacts show it, in the current company."""
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.order(self.partner, days_ago(400), 1000, cost=800)
        self.order(self.partner, days_ago(20), 1000, cost=900)
        risk = self.risk(self.partner)
        for partner in (self.partner, contact):
            self.assertRecordValues(partner, [{"retention_risk_id": risk.id, "retention_risk_level": "serious"}])
            self.assertEqual(
                partner.retention_risk_explanation.replace("\xa0", " "),
                "Margin fell from $ 200.00 to $ 100.00 a year. At stake: $ 200.00 a year.",
            )
        Partner = self.env["res.partner"]
        self.assertEqual(Partner.search([("retention_risk_id", "!=", False)]), self.partner | contact)
        self.assertNotIn(contact, Partner.search([("retention_risk_id", "=", False)]))
        self.assertEqual(Partner.search([("retention_risk_id.level", "=", "serious")]), self.partner | contact)
        self.assertFalse(Partner.search([("retention_risk_id.level", "=", "urgent")]))
        self.assertEqual(self.partner.action_view_retention_risk()["res_id"], risk.id)

    def test_day_of_the_company(self):
        """An order late in the evening UTC is one of tomorrow in Shanghai."""
        self.company.value_tz = "Asia/Shanghai"
        self.complaint(self.partner)
        self.order(self.partner, datetime.combine(days_ago(10), time(20)))
        self.assertEqual(self.risk(self.partner).gap_days, 9)

    def test_documents(self):
        self.rhythm(self.partner, last=41)
        move = self.invoice(self.partner, days_ago(40), 100, due=days_ago(5))
        self.complaint(self.partner, complaint_move_id=move.id)
        risk = self.risk(self.partner)
        self.assertEqual(self.env["sale.order"].search_count(risk.action_view_orders()["domain"]), 4)
        self.assertEqual(self.env["account.move"].search(risk.action_view_overdue()["domain"]), move)
        self.assertEqual(risk.action_open_partner()["res_id"], self.partner.id)

    def test_known_by_then(self):
        """As of a past day: neither later documents, nor later payments, closings and scores."""
        self.make_policy(ONE_TO_ONE, window_months=0)
        self.order(self.partner, "2025-03-01", 100)
        move = self.invoice(self.partner, "2025-03-01", 100, due="2025-03-15")
        with freeze_time("2025-03-20 10:00:00"):
            complaint = self.ticket(self.partner, is_complaint=True, complaint_move_id=move.id).sudo()
        self.pay(move, "2025-05-02")
        complaint.write({"complaint_state": "closed", "complaint_closed_on": "2025-05-01 10:00:00"})
        self.order(self.partner, "2025-06-01", 100)
        self.run_policy(as_of=TODAY)
        self.assertFalse(self.risk(self.partner))
        april = self._moment("2025-04-10").date()
        self.refresh(april)
        self.assertRecordValues(
            self.stored(self.partner),
            [
                {
                    "as_of": april,
                    "gap_days": 40,
                    "complaint_count": 1,
                    "disputed_amount": 100,
                    "disputed_days": 26,
                    "tier_id": False,
                    "score": 0,
                    "level": "urgent",
                }
            ],
        )
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 1})
