"""Where customers come from: channels, costs, cohorts, margins and payback, against pandas."""

from datetime import date

import pandas as pd
from dateutil.relativedelta import relativedelta
from lxml import etree
from odoo import Command, api
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .acquisition_case import TODAY, AcquisitionCase


def months_between(first, day):
    """Whole months by the calendar of another library than PostgreSQL's."""
    months = 0
    while pd.Timestamp(first) + pd.DateOffset(months=months + 1) <= pd.Timestamp(day):
        months += 1
    return months


@tagged("post_install", "-at_install")
class TestAcquisitionReport(AcquisitionCase):
    # -- channels --------------------------------------------------------------------------------------------------

    def test_a_source_is_in_one_channel(self):
        with self.assertRaises(ValidationError) as caught:
            self.online.source_ids = [Command.link(self.fair_source.id)]
        self.assertIn("Book fair", str(caught.exception))
        with self.assertRaises(ValidationError):
            self.env["customer.acquisition.channel"].create({"name": "Third", "medium_ids": self.banner.ids})
        with self.assertRaises(ValidationError):
            self.other.source_ids = [Command.link(self.stray_source.id)]
        with self.assertRaises(UserError):
            self.unknown.unlink()

    def test_samples_are_no_first_order(self):
        """They cost what they cost, and that of whoever has bought nothing else is nobody's."""
        partner, sampled = self.customers(2)
        for who in (partner, sampled):
            free = self.order(who, date(2024, 1, 10), lines=[{"price_unit": 9, "purchase_price": 5, "discount": 100}])
            free.source_id = self.search_source
        self.order(partner, date(2024, 3, 1), 0, cost=4)
        first = self.order(partner, date(2024, 3, 1), 50, cost=20)
        first.source_id = self.fair_source
        row = self.customer_row(partner)
        self.assertEqual((row.first_order, row.order_id, row.channel_id), (date(2024, 3, 1), first, self.fair))
        self.assertEqual((row.cohort, row.margin), (date(2024, 3, 1), 30 - 5 - 4))
        self.assertFalse(self.customer_row(sampled))

    def test_where_a_customer_came_from(self):
        """The lead of the first order, else the first lead won, else the first order, else nobody knows."""
        led, won, bought, none, stray, both = self.customers(6)
        lead = self.lead(led, day="2024-01-05", source_id=self.fair_source.id)
        order = self.order(led, date(2024, 1, 10), confirm=False)
        order.write({"opportunity_id": lead.id, "source_id": self.search_source.id})
        order.action_confirm()
        order.date_order = "2024-01-10 12:00:00"
        self.won_lead(won, "2024-02-01", source_id=self.fair_source.id, expected_revenue=500.0)
        self.won_lead(won, "2024-02-02", source_id=self.search_source.id)
        self.order(won, date(2024, 2, 3)).source_id = self.search_source
        # a lead of later years has not brought them
        self.order(bought, date(2024, 2, 3)).medium_id = self.banner
        self.won_lead(bought, "2025-02-01", source_id=self.fair_source.id)
        self.won_lead(none, "2024-02-01")
        self.order(none, date(2024, 2, 3))
        self.order(stray, date(2024, 2, 3)).source_id = self.stray_source
        # a source counts before a medium
        self.order(both, date(2024, 2, 3)).write({"source_id": self.fair_source.id, "medium_id": self.banner.id})
        expected = {
            led: (self.fair, "first_lead"),
            won: (self.fair, "won_lead"),
            bought: (self.online, "order"),
            none: (self.unknown, "unknown"),
            stray: (self.other, "order"),
            both: (self.fair, "order"),
        }
        for partner, (channel, origin) in expected.items():
            with self.subTest(partner.name):
                self.assertRecordValues(self.customer_row(partner), [{"channel_id": channel.id, "origin": origin}])

    # -- margins ---------------------------------------------------------------------------------------------------

    def trade(self):
        """Documents made by hand, and what each earned on which day, in dollars.

        :return: list of (partner, first order, day, margin)
        """
        euro = self.currency("EUR", d2024_01_01=0.5)
        plain, credited, abroad, late = self.customers(4, "Buyer")
        firsts = {
            plain: date(2024, 1, 31),
            credited: date(2024, 1, 10),
            abroad: date(2024, 1, 20),
            late: date(2025, 2, 28),
        }
        earned = []

        def bought(partner, day, amount, cost, rate=1.0, **options):
            order = self.order(partner, day, amount, cost=cost, **options)
            order.source_id = self.fair_source if partner != late else self.search_source
            earned.append((partner, firsts[partner], pd.Timestamp(day).date(), (amount - cost) / rate))
            return order

        bought(plain, date(2024, 1, 31), 100.0, 60.0)
        # the second month of somebody who came on January 31 begins on February 29
        bought(plain, date(2024, 2, 28), 50.0, 20.0)
        bought(plain, date(2024, 2, 29), 70.0, 20.0)
        bought(plain, date(2025, 3, 1), 300.0, 100.0)
        order = bought(credited, date(2024, 1, 10), 200.0, 50.0)
        self.invoice(credited, date(2024, 1, 12), 200.0, order=order)
        self.credit_note(credited, date(2024, 6, 1), 200.0, order=order)
        # all of the order is given back: so is its margin
        earned.append((credited, firsts[credited], date(2024, 6, 1), -150.0))
        bought(abroad, date(2024, 1, 20), 40.0, 10.0, rate=0.5, currency=euro)
        bought(abroad, date(2024, 12, 20), 90.0, 40.0)
        bought(late, date(2025, 2, 28), 500.0, 100.0)
        return earned

    def test_margins_against_pandas(self):
        earned = self.trade()
        frame = pd.DataFrame(earned, columns=["partner", "first", "day", "margin"])
        frame["month"] = [
            months_between(first, day) + 1 for first, day in zip(frame["first"], frame["day"], strict=True)
        ]
        for partner, rows in frame.groupby("partner"):
            row = self.customer_row(partner)
            passed = months_between(rows["first"].iloc[0], TODAY)
            self.assertEqual(row.months, passed)
            self.assertAlmostEqual(row.margin, rows["margin"].sum(), 2)
            for months in (3, 12, 24):
                expected = rows["margin"][rows["month"] <= months].sum() if passed >= months else 0.0
                self.assertAlmostEqual(row[f"margin_{months}"], expected, 2, (partner.name, months))
        # the same margin as the metric of scores
        now = self.Source._read_now(
            self.company, self.env["res.partner"].browse(p.id for p, *_rest in earned), ["margin"], 0
        )
        for partner, rows in frame.groupby("partner"):
            self.assertAlmostEqual(now[partner.id]["margin"], rows["margin"].sum(), 2)

    def test_report_against_pandas(self):
        earned = self.trade()
        self.cost(self.fair, date(2024, 1, 1), date(2024, 1, 31), 180.0)
        self.cost(self.online, date(2025, 2, 1), date(2025, 2, 28), 1000.0)
        self.lead(self.customer("Asks"), day="2024-01-15", source_id=self.fair_source.id)
        # who had ordered before is not acquired again
        self.lead(earned[0][0], day="2024-05-15", source_id=self.fair_source.id)
        rows = self.report_rows()
        frame = pd.DataFrame(earned, columns=["partner", "first", "day", "margin"])
        frame["month"] = [
            months_between(first, day) + 1 for first, day in zip(frame["first"], frame["day"], strict=True)
        ]
        frame["cohort"] = [first.replace(day=1) for first in frame["first"]]
        for (channel, cohort), cost in (
            (("Fairs", date(2024, 1, 1)), 180.0),
            (("Online", date(2025, 2, 1)), 1000.0),
        ):
            row, mine = rows[channel, cohort], frame[frame["cohort"] == cohort]
            youngest = cohort + relativedelta(months=1, days=-1)
            passed = months_between(youngest, TODAY)
            self.assertEqual((row["months"], row["cost"], row["customers"]), (passed, cost, mine["partner"].nunique()))
            for months in (3, 12, 24):
                known = passed >= months
                expected = mine["margin"][mine["month"] <= months].sum() if known else None
                found = row[f"margin_{months}"]
                self.assertEqual(found is not None, known)
                if known:
                    self.assertAlmostEqual(float(found), expected, 2)
            curve = [mine["margin"][mine["month"] <= month].sum() for month in range(1, passed + 1)]
            payback = next((month for month, total in enumerate(curve, 1) if total >= cost), None)
            self.assertEqual(row["payback"], payback)
        fairs = rows["Fairs", date(2024, 1, 1)]
        self.assertEqual((fairs["leads"], fairs["payback"]), (1, 1))
        self.assertEqual(rows["Online", date(2025, 2, 1)]["payback"], None)
        self.assertNotIn(("Fairs", date(2024, 5, 1)), rows)

    def test_payback_comes_late_and_groups_are_taken_together(self):
        """The margin of the third month covers the cost; cohorts that are younger say nothing of later months."""
        old, young = self.customers(2)
        for day, amount in ((date(2024, 1, 15), 10.0), (date(2024, 3, 20), 90.0)):
            self.order(old, day, amount).source_id = self.fair_source
        self.order(young, date(2025, 5, 1), 5.0).source_id = self.fair_source
        self.cost(self.fair, date(2024, 1, 1), date(2024, 1, 31), 100.0)
        self.cost(self.fair, date(2025, 5, 1), date(2025, 5, 31), 50.0)
        self.assertEqual(self.report_rows()["Fairs", date(2024, 1, 1)]["payback"], 3)
        with self.at():
            [row] = self.Report._read_group(
                [("company_id", "=", self.company.id)],
                ["channel_id"],
                [
                    "cost:sum", "customers:sum", "margin_12:sum", "return_12:avg", "payback:avg", "margin_24:sum",
                    "cost_per_customer:avg",
                ],
            )  # fmt: skip
        self.assertEqual(row, (self.fair, 150.0, 2, 100.0, 1.0, 3, False, 75.0))

    def test_days_are_those_of_the_company(self):
        """23:30 UTC on the last day of the month is the first of the next one in Shanghai."""
        self.company.value_tz = "Asia/Shanghai"
        buyer = self.customer()
        self.order(buyer, "2024-01-31 23:30:00").source_id = self.fair_source
        self.assertRecordValues(
            self.customer_row(buyer), [{"first_order": date(2024, 2, 1), "cohort": date(2024, 2, 1)}]
        )

    # -- costs -----------------------------------------------------------------------------------------------------

    def booked(self, channel):
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            (row.origin, row.date): row.amount
            for row in self.env["customer.acquisition.booking"].search(
                [("channel_id", "=", channel.id), ("company_id", "=", self.company.id)]
            )
        }

    def test_what_is_entered_is_spread_over_its_months(self):
        self.cost(self.fair, date(2024, 1, 11), date(2024, 3, 10), 100.0)
        found = self.booked(self.fair)
        days = {date(2024, 1, 11): 21, date(2024, 2, 1): 29, date(2024, 3, 1): 10}
        self.assertEqual({day for _origin, day in found}, set(days))
        self.assertAlmostEqual(sum(found.values()), 100.0, 2)
        for day, number in days.items():
            self.assertAlmostEqual(found["entered", day], 100.0 * number / 60, delta=0.011)

    def test_nothing_is_counted_twice(self):
        """A bill line names its channel, and is booked on the account of the same one, on two plans even."""
        plans = self.env["account.analytic.plan"].create([{"name": "Plan 1"}, {"name": "Plan 2"}])
        accounts = self.env["account.analytic.account"].create(
            [{"name": plan.name, "plan_id": plan.id, "company_id": self.company.id} for plan in plans]
        )
        self.fair.account_ids = accounts
        key = ",".join(str(account.id) for account in accounts)
        vendor = self.customer("Organizer")
        day = date(2024, 4, 5)
        self.invoice(
            vendor,
            day,
            move_type="in_invoice",
            lines=[
                {"price_unit": 70.0, "acquisition_channel_id": self.fair.id, "analytic_distribution": {key: 100}},
                {"price_unit": 30.0, "analytic_distribution": {key: 100}},
            ],
        )
        self.invoice(
            vendor, date(2024, 4, 6), move_type="in_refund",
            lines=[{"price_unit": 20.0, "acquisition_channel_id": self.fair.id}],
        )  # fmt: skip
        self.invoice(
            vendor, day, move_type="in_invoice", post=False,
            lines=[{"price_unit": 500.0, "acquisition_channel_id": self.fair.id}],
        )  # fmt: skip
        self.assertEqual(
            self.booked(self.fair), {("bill", day): 70.0, ("analytic", day): 30.0, ("bill", date(2024, 4, 6)): -20.0}
        )
        entered = self.cost(self.fair, date(2024, 4, 1), date(2024, 4, 30), 5.0)
        self.assertEqual(entered.booked, 80.0)
        self.assertEqual(float(self.report_rows()["Fairs", date(2024, 4, 1)]["cost"]), 85.0)
        row = self.env["customer.acquisition.booking"].search([("origin", "=", "bill")], limit=1)
        self.assertEqual(row.action_open_document()["res_model"], "account.move")

    def test_bills_in_another_currency(self):
        euro = self.currency("EUR", d2024_01_01=0.5)
        self.invoice(
            self.customer("Organizer"), date(2024, 4, 5), move_type="in_invoice", currency=euro,
            lines=[{"price_unit": 70.0, "acquisition_channel_id": self.fair.id}],
        )  # fmt: skip
        self.assertEqual(self.booked(self.fair), {("bill", date(2024, 4, 5)): 140.0})

    @mute_logger("odoo.sql_db")
    def test_wrong_costs_are_refused(self):
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self.cost(self.fair, date(2024, 2, 1), date(2024, 1, 1), 10.0)
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self.cost(self.fair, date(2024, 1, 1), date(2024, 2, 1), -10.0)

    # -- companies, drill-down, queries ----------------------------------------------------------------------------

    def test_companies_do_not_mix(self):
        other = self.make_company("Other Company", "USD")
        buyer = self.customer()
        self.order(buyer, date(2024, 1, 5), 100.0).source_id = self.fair_source
        self.order(buyer, date(2024, 3, 5), 30.0, company=other).source_id = self.search_source
        self.cost(self.fair, date(2024, 1, 1), date(2024, 1, 31), 10.0)
        self.cost(self.fair, date(2024, 1, 1), date(2024, 1, 31), 7.0, company=other)
        Report = self.Report.with_context(allowed_company_ids=[self.company.id, other.id])
        self.refresh()
        self.refresh(company=other)
        with self.at():
            found = {
                (row.company_id, row.channel_id.name, row.cohort): (row.cost, row.margin)
                for row in Report.search([("company_id", "in", [self.company.id, other.id])])
            }
        self.assertEqual(
            found,
            {
                (self.company, "Fairs", date(2024, 1, 1)): (10.0, 100.0),
                (other, "Fairs", date(2024, 1, 1)): (7.0, 0.0),
                (other, "Online", date(2024, 3, 1)): (0.0, 30.0),
            },
        )

    def test_a_row_opens_its_customers_and_costs(self):
        buyer, older = self.customers(2)
        self.order(buyer, date(2024, 1, 5), 100.0).source_id = self.fair_source
        self.order(older, date(2023, 1, 5), 100.0).source_id = self.fair_source
        self.cost(self.fair, date(2024, 1, 1), date(2024, 2, 29), 60.0)
        self.refresh()
        with self.at():
            row = self.Report.search([("company_id", "=", self.company.id), ("cohort", "=", date(2024, 1, 1))])
            self.assertEqual(row.as_of, TODAY)
            action = row.action_open_customers()
            self.assertEqual(self.env[action["res_model"]].search(action["domain"]).partner_id, buyer)
            action = row.action_open_costs()
            costs = self.env[action["res_model"]].search(action["domain"])
            self.assertAlmostEqual(sum(costs.mapped("amount")), row.cost, 2)

    def test_queries_do_not_grow(self):
        def read():
            with self.at():
                self.env.invalidate_all()
                self.Report.search([("company_id", "=", self.company.id)]).mapped("payback")

        for partner in self.customers(3):
            self.order(partner, date(2024, 1, 5))
        self.refresh()
        read()
        few = self.count_queries(read)
        for partner in self.customers(6, "More"):
            self.order(partner, date(2024, 5, 5))
        self.refresh()
        self.assertEqual(self.count_queries(read), few)

    def test_a_list_is_calculated_once(self):
        """Every reading of a report calculates it: what rules ask for is read with the rest."""
        user = new_test_user(
            self.env, "acquisition_list", "customer_value.group_customer_value_manager",
            company_id=self.company.id, company_ids=self.company.ids,
        )  # fmt: skip
        for partner in self.customers(3):
            self.order(partner, date(2024, 1, 5))
        self.refresh()
        asked, execute = [], api.Environment.execute_query

        def listen(env, query):
            asked.append(query.code)
            return execute(env, query)

        self.patch(api.Environment, "execute_query", listen)
        for name in ("report", "customer"):
            Report = self.env[f"customer.acquisition.{name}"].with_user(user)
            arch = etree.fromstring(Report.get_views([(False, "list")])["views"]["list"]["arch"])
            names = [node.get("name") for node in arch.iter("field")]
            self.env.invalidate_all()
            asked.clear()
            with self.at():
                found = Report.web_search_read([], {name: {} for name in names}, limit=1000)
            self.assertTrue(found["records"], name)
            self.assertEqual(sum(f'"{Report._table}"."id"' in code for code in asked), 1, name)
