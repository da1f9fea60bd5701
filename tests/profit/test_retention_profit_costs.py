"""What keeping and winning cost: counted once, in its own period, and never guessed."""

import random
from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .retention_profit_case import BEFORE, PERIOD, ProfitCase, day_of

# Shanghai is eight hours ahead: the last moment before and the first one of the second quarter, and those of its end
EDGES = {
    datetime(2025, 3, 31, 15, 59, 59): False,
    datetime(2025, 3, 31, 16): True,
    datetime(2025, 6, 30, 15, 59, 59): True,
    datetime(2025, 6, 30, 16): False,
}


@tagged("post_install", "-at_install")
class TestProfitCosts(ProfitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer("Customer")

    def test_everything_at_random(self):
        """Each cost against a plain sum over what was made, in two periods at once, and against its own records."""
        dice = random.Random(7)
        self.company.write(
            {"retention_ticket_cost": 7.5, "retention_activity_cost": 20.0, "retention_letter_cost": 1.25}
        )
        campaign, complaint = self.campaign(), self.closed_complaint(self.partner, datetime(2024, 1, 1))
        made = []
        for _number in range(60):
            moment = datetime(2024, 12, 20) + timedelta(minutes=dice.randrange(60 * 24 * 210))
            kind = dice.choice(["ticket", "complaint", "redress", "offer", "activity", "letter"])
            amount, day = dice.choice([3.0, 12.5, 40.0]), day_of(moment)
            if kind == "ticket":
                self.closed_ticket(dice.choice([self.partner, self.env["res.partner"]]), moment)
            elif kind == "complaint":
                self.closed_complaint(self.partner, moment)
            elif kind == "redress":
                self.redress(complaint, moment, amount, kind="apology")
            elif kind == "offer":
                self.offered(campaign, self.customer("Member"), moment, cost=amount, face_value=2 * amount)
            else:
                self.care(self.partner, day, action=kind)
            made.append((kind, day, amount))
        figures = self.page()["figures"]

        def total(period, kinds, price):
            return sum(
                amount if price is None else price
                for kind, day, amount in made
                if kind in kinds and period[0] <= day <= period[1]
            )

        for when, period in (("value", PERIOD), ("before", BEFORE)):
            expected = {
                "tickets": total(period, ("ticket", "complaint"), 1),
                "service": total(period, ("ticket", "complaint"), 7.5),
                "redress": total(period, ("redress",), None),
                "campaigns": total(period, ("offer",), None),
                "face_value": 2 * total(period, ("offer",), None),
                "care": total(period, ("activity",), 20.0) + total(period, ("letter",), 1.25),
            }
            expected["keeping"] = sum(expected[key] for key in ("service", "redress", "campaigns", "care"))
            for key, amount in expected.items():
                self.assertTrue(amount, key)
                self.assertAlmostEqual(figures[key][when], amount, 2, (key, when))
            for key, column in (("redress", "cost"), ("campaigns", "cost"), ("face_value", "face_value")):
                self.assertAlmostEqual(sum(self.records(key, period).mapped(column)), expected[key], 2)
            self.assertEqual(len(self.records("tickets", period)), expected["tickets"])
            self.assertEqual(7.5 * len(self.records("service", period)), expected["service"])
            care = self.records("care", period)
            self.assertEqual(sum(20.0 if one.action == "activity" else 1.25 for one in care), expected["care"])

    def test_edges_of_the_period(self):
        """A day is the company's: what ends it in Shanghai is still the afternoon in Greenwich."""
        self.company.retention_ticket_cost = 1.0
        complaint = self.closed_complaint(self.partner, datetime(2024, 1, 1))
        for number, (moment, inside) in enumerate(EDGES.items()):
            before = self.values()
            self.closed_ticket(self.partner, moment)
            self.closed_complaint(self.partner, moment)
            self.redress(complaint, moment, 10.0, kind="apology")
            self.offered(self.campaign(), self.customer(f"Member {number}"), moment, cost=100.0, is_open=False)
            self.order(self.customer(f"Buyer {number}"), moment, 50.0)
            after = self.values()
            with self.subTest(moment=moment):
                self.assertEqual(after["service"] - before["service"], 2.0 * inside)
                self.assertEqual(after["redress"] - before["redress"], 10.0 * inside)
                self.assertEqual(after["campaigns"] - before["campaigns"], 100.0 * inside)
                self.assertEqual(after["new"] - before["new"], inside)

    def test_nothing_is_guessed(self):
        self.closed_ticket(self.partner, datetime(2025, 5, 1))
        self.care(self.partner, date(2025, 5, 1))
        page = self.page()
        for key in ("service", "care", "acquisition", "per_new", "ratio"):
            self.assertIsNone(page["figures"][key]["value"], key)
            self.assertFalse(page["figures"][key]["records"], key)
        self.assertEqual([entry["code"] for entry in page["missing"]], ["service", "care", "acquisition"])
        self.assertEqual(page["figures"]["tickets"]["value"], 1)
        self.company.write({"retention_ticket_cost": 3, "retention_letter_cost": 1, "retention_sales_activity_cost": 5})
        page = self.page()
        self.assertEqual(page["missing"], [])
        # no activities were done: nothing recorded is not the same as nothing spent
        self.assertEqual(
            [page["figures"][key]["value"] for key in ("service", "care", "acquisition")], [3.0, 1.0, None]
        )

    def test_accounts_go_before(self):
        service, acquisition = self.analytic_account("Service"), self.analytic_account("Fairs")
        self.company.write(
            {
                "retention_ticket_cost": 99, "retention_service_account_id": service.id,
                "retention_acquisition_account_ids": acquisition.ids,
            }
        )  # fmt: skip
        self.closed_ticket(self.partner, datetime(2025, 5, 1))
        self.order(self.partner, datetime(2025, 5, 1), 50.0)
        for day, amount in (
            (date(2025, 3, 31), -1000.0), (date(2025, 4, 1), -40.0), (date(2025, 6, 30), -60.0),
            (date(2025, 5, 5), 25.0), (date(2025, 7, 1), -1000.0),
        ):  # fmt: skip
            self.booked(service, day, amount)
        self.booked(acquisition, date(2025, 5, 1), -300.0)
        values = self.values()
        self.assertEqual(values["service"], 75.0)
        self.assertEqual(values["acquisition"], 300.0)
        self.assertEqual(values["per_new"], 300.0)
        self.assertEqual(-sum(self.records("service").mapped("amount")), 75.0)
        self.assertEqual(-sum(self.records("acquisition_booked").mapped("amount")), 300.0)

    def test_winning_and_keeping_one_customer(self):
        account = self.analytic_account("Advertising")
        self.company.write({"retention_ticket_cost": 30.0, "retention_acquisition_account_ids": account.ids})
        self.booked(account, date(2025, 6, 1), -300.0)
        for number in range(3):
            partner = self.customer(f"Old {number}")
            self.order(partner, datetime(2025, 2, 1), 10.0)
            self.order(partner, datetime(2025, 5, 1), 10.0)
        self.closed_ticket(self.partner, datetime(2025, 5, 1))
        for number in range(2):
            self.order(self.customer(f"New {number}"), datetime(2025, 5, 2), 10.0)
        values = self.values()
        self.assertEqual([values[key] for key in ("new", "kept", "acquisition", "keeping")], [2, 3, 300.0, 30.0])
        self.assertEqual([values[key] for key in ("per_new", "per_kept", "ratio")], [150.0, 10.0, 15.0])

    # -- counted once --------------------------------------------------------------------------------------------------

    def bought(self, **options):
        """A retained customer with a margin of 400; another one has gone since."""
        other = self.customer("Before")
        self.order(other, datetime(2024, 3, 1), 10.0)
        self.order(other, datetime(2025, 1, 1), 90.0)
        self.order(self.partner, datetime(2025, 2, 1), 10.0)
        return self.order(self.partner, datetime(2025, 5, 1), 1000.0, cost=600.0, **options)

    def check_once(self, margin, cost=80.0):
        values = self.values()
        self.assertEqual(values["redress"], cost)
        self.assertAlmostEqual(values["margin_kept"], margin)
        # the one customer of the 90 days before left 90, and each of the two there are now is expected to leave as much
        self.assertAlmostEqual(values["margin_above"], margin - 2 * 90.0 * 91 / 90)
        self.assertAlmostEqual(values["profit"], margin - 2 * 90.0 * 91 / 90 - cost)

    def test_refund_is_no_lost_margin_too(self):
        self.bought()
        complaint = self.closed_complaint(self.partner, datetime(2025, 5, 3))
        credit = self.credit_note(self.partner, date(2025, 5, 4), 80.0)
        self.check_once(320.0, cost=0.0)
        self.redress(complaint, datetime(2025, 5, 4), 80.0, move_id=credit)
        self.check_once(400.0)
        # another credit note is lost margin, and nothing else
        self.credit_note(self.partner, date(2025, 5, 5), 50.0)
        self.check_once(350.0)

    def test_refund_posted_in_another_period(self):
        self.bought()
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        credit = self.credit_note(self.partner, date(2025, 5, 4), 80.0)
        self.redress(complaint, datetime(2025, 3, 20), 80.0, move_id=credit)
        self.check_once(400.0, cost=0.0)
        self.assertEqual(self.values(BEFORE)["redress"], 80.0)

    def test_replacement_is_no_lost_margin_too(self):
        self.bought()
        complaint = self.closed_complaint(self.partner, datetime(2025, 5, 3))
        goods = self.order(self.partner, datetime(2025, 5, 6), 0.0, cost=80.0)
        self.check_once(320.0, cost=0.0)
        self.redress(complaint, datetime(2025, 5, 4), 80.0, kind="replacement", replacement_id=goods)
        self.check_once(400.0)

    def test_coupon_is_no_lost_margin_too(self):
        program = self.env["loyalty.program"].create(
            {"name": "Redress", "program_type": "coupons", "company_id": self.company.id}
        )
        cards = self.env["loyalty.card"].create([{"program_id": program.id, "points": 1.0} for _number in range(2)])
        order = self.bought(
            lines=[
                {"price_unit": 1000.0, "purchase_price": 600.0},
                {"price_unit": -80.0, "coupon_id": cards[0].id, "reward_id": program.reward_ids[:1].id},
                {"price_unit": -30.0, "coupon_id": cards[1].id, "reward_id": program.reward_ids[:1].id},
            ]
        )
        self.assertAlmostEqual(order.margin, 290.0)
        complaint = self.closed_complaint(self.partner, datetime(2025, 3, 3))
        self.redress(complaint, datetime(2025, 5, 4), 80.0, kind="coupon", card_id=cards[0])
        # the other coupon is a campaign's: it has lowered the margin and is no cost besides
        self.offered(self.campaign(), self.partner, datetime(2025, 4, 20), face_value=30.0)
        self.check_once(370.0)
        self.assertEqual(self.values()["face_value"], 30.0)
        self.assertEqual(self.values()["campaigns"], 0.0)

    def test_ticket_that_a_campaign_has_booked(self):
        self.company.retention_ticket_cost = 10.0
        booked, free = (self.closed_ticket(self.partner, datetime(2025, 5, 1)) for _number in range(2))
        self.offered(self.campaign(), self.partner, datetime(2025, 4, 20), cost=45.0, ticket_id=booked.id)
        self.offered(self.campaign(), self.customer("Other"), datetime(2025, 4, 20), ticket_id=free.id)
        values = self.values()
        self.assertEqual([values[key] for key in ("tickets", "service", "campaigns", "keeping")], [2, 10.0, 45.0, 55.0])
        self.assertEqual(self.records("service"), free)

    def test_refund_on_the_account_of_service(self):
        account = self.analytic_account("Service")
        self.company.retention_service_account_id = account
        invoice = self.invoice(self.partner, date(2025, 4, 2), 100.0)
        credit = self.credit_note(
            self.partner, date(2025, 5, 4), lines=[{"price_unit": 80.0, "analytic_distribution": {account.id: 100}}]
        )
        self.booked(account, date(2025, 5, 5), -20.0)
        self.assertEqual(self.values()["service"], 100.0)
        complaint = self.closed_complaint(self.partner, datetime(2025, 5, 3), complaint_move_id=invoice.id)
        self.redress(complaint, datetime(2025, 5, 4), 80.0, move_id=credit)
        values = self.values()
        self.assertEqual([values[key] for key in ("service", "redress", "keeping")], [20.0, 80.0, 100.0])
        self.assertEqual(-sum(self.records("service").mapped("amount")), 20.0)

    # -- campaigns and effects -----------------------------------------------------------------------------------------

    def measured(self, until, effect, low, high, treated, cost, state="better", known=True):
        campaign = self.campaign(measure_until=until)
        campaign.sudo().write(
            {
                "result_state": state, "is_effect_known": known, "result_treated": treated, "effect": effect,
                "effect_low": low, "effect_high": high, "effect_total": effect * treated, "cost_total": cost,
                "profit": effect * treated - cost,
            }
        )  # fmt: skip
        return campaign

    def test_measured_effect(self):
        self.assertIsNone(self.values()["effect_total"])
        won = self.measured(date(2025, 4, 1), 10.0, 7.0, 13.0, 100, 200.0)
        lost = self.measured(date(2025, 6, 30), -2.0, -6.0, 2.0, 100, 50.0, state="underpowered")
        self.measured(date(2025, 6, 30), 500.0, 1.0, 999.0, 10, 0.0, state="early")
        self.measured(date(2025, 7, 1), 500.0, 1.0, 999.0, 10, 0.0)
        self.measured(date(2025, 5, 1), 0.0, 0.0, 0.0, 1, 10.0, state="underpowered", known=False)
        values = self.values()
        # half widths 300 and 400: together 500, for they are at right angles
        keys = ("measured", "effect_total", "effect_low", "effect_high", "effect_cost", "effect_profit")
        self.assertEqual([values[key] for key in keys], [2, 800.0, 300.0, 1300.0, 250.0, 550.0])
        self.assertAlmostEqual(values["effect_return"], 220.0)
        for key, column in (
            ("effect_total", "effect_total"),
            ("effect_cost", "cost_total"),
            ("effect_profit", "profit"),
        ):
            self.assertEqual(self.records(key), lost + won)
            self.assertAlmostEqual(sum(self.records(key).mapped(column)), values[key])

    def test_effects(self):
        values = self.values()
        for key in ("answer_days", "on_time", "satisfaction", "loyalty", "effect_return"):
            self.assertIsNone(values[key], key)
        Clock = self.env["customer.complaint.clock"].sudo()
        for received, answered, in_time in (
            (datetime(2025, 4, 5), datetime(2025, 4, 7), True),
            (datetime(2025, 4, 5), datetime(2025, 4, 11), False),
            (datetime(2025, 3, 1), datetime(2025, 3, 3), True),
        ):
            complaint = self.closed_complaint(self.partner, answered + timedelta(days=1))
            self.stamp(complaint, complaint_received_on=received)
            clock = Clock.search([("ticket_id", "=", complaint.id), ("kind", "=", "answer"), ("cause", "=", "intake")])
            due = answered + timedelta(hours=1 if in_time else -1)
            self.stamp(clock, started=received, due=due, stopped=answered)
        # nobody has answered, and the deadline is over: missed, and no days to an answer
        open_one = self.ticket(self.partner, datetime(2025, 4, 20), is_complaint=True)
        clock = Clock.search([("ticket_id", "=", open_one.id), ("kind", "=", "answer"), ("cause", "=", "intake")])
        self.stamp(clock, started=datetime(2025, 4, 20), due=datetime(2025, 4, 23))
        for rating, moment, consumed in (
            (5, datetime(2025, 4, 2), True), (2, datetime(2025, 6, 1), True), (1, datetime(2025, 6, 1), False),
            (1, datetime(2025, 7, 2), True),
        ):  # fmt: skip
            ticket = self.ticket(self.partner, datetime(2025, 4, 1))
            given = self.env["rating.rating"].sudo().create(
                {"res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"), "res_id": ticket.id, "rating": rating,
                 "consumed": consumed}
            )  # fmt: skip
            self.stamp(given, rated_on=moment)
        page = self.page()
        values = {key: figure["value"] for key, figure in page["figures"].items()}
        self.assertAlmostEqual(values["answer_days"], 4.0)
        self.assertAlmostEqual(values["on_time"], 100 / 3)
        self.assertAlmostEqual(values["satisfaction"], 3.5)
        self.assertAlmostEqual(page["figures"]["answer_days"]["before"], 2.0)
        self.assertEqual(len(self.records("on_time")), 3)
        self.assertEqual(len(self.records("answer_days")), 2)
        self.assertEqual(sorted(self.records("satisfaction").mapped("rating")), [2.0, 5.0])

    # -- periods and settings ------------------------------------------------------------------------------------------

    def test_period_before(self):
        """Whole months are compared with as many whole months, other days with as many days."""
        for first, last, expected in (
            ("2025-03-01", "2025-03-31", {"from": "2025-02-01", "to": "2025-02-28"}),
            ("2024-01-01", "2024-12-31", {"from": "2023-01-01", "to": "2023-12-31"}),
            ("2025-03-01", "2025-03-30", {"from": "2025-01-30", "to": "2025-02-28"}),
            ("2025-03-31", "2025-03-31", {"from": "2025-03-30", "to": "2025-03-30"}),
        ):
            self.assertEqual(self.page((first, last))["before"], expected)

    @freeze_time("2025-05-10 12:00:00")
    def test_what_lies_ahead(self):
        self.assertEqual(self.page(PERIOD)["period"], {"from": "2025-04-01", "to": "2025-05-10"})
        self.assertTrue(self.page(PERIOD)["after_open"])
        self.assertFalse(self.page(("2024-01-01", "2024-03-31"))["after_open"])
        with self.assertRaisesRegex(UserError, "is in the future"):
            self.page(("2025-05-11", "2025-06-30"))

    def test_no_period(self):
        for period, message in (
            (("2025-05-02", "2025-05-01"), "is after the last one"),
            ((False, "2025-05-01"), "Enter the first and the last day"),
            (("yesterday", "today"), "Enter the first and the last day"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.page(period)

    def test_unknown_figure(self):
        for key in ("profit", "unlink", "__class__", "tickets_counted", ""):
            with self.assertRaisesRegex(UserError, "no records for this figure"):
                self.records(key)

    def test_empty(self):
        page = self.page()
        self.assertTrue(page["empty"])
        self.assertEqual(page["tiers"], [])
        self.assertIsNone(page["figures"]["kept_expected"]["value"])
        self.order(self.partner, datetime(2025, 5, 1), 10.0)
        self.assertFalse(self.page()["empty"])

    def test_nobody_before(self):
        """Customers there are, but none in the time before: nothing is expected of them."""
        self.order(self.partner, datetime(2025, 3, 30), 10.0)
        page = self.page()
        self.assertEqual(page["figures"]["base"]["value"], 1)
        self.assertIsNone(page["figures"]["kept_expected"]["value"])
        self.assertIsNone(page["tiers"][0]["expected_share"])

    @mute_logger("odoo.sql_db")
    def test_costs_are_not_negative(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.company.retention_ticket_cost = -1.0
            self.env.flush_all()
