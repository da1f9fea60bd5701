"""The headline of the profit center: what was gained beyond expectation, less cost, nobody twice; and the years."""

from datetime import date, datetime

from freezegun import freeze_time
from odoo import Command
from odoo.tests import tagged

from .retention_profit_case import BEFORE, PERIOD, ProfitCase

# days of the second quarter over those of the first
LONGER = 91 / 90


@tagged("post_install", "-at_install")
class TestProfitResult(ProfitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of two customers one was kept and left 100 in the time before; in the period there are four, three were kept.
        cls.old = cls.customers(2, "Old")
        for partner in cls.old:
            cls.order(partner, datetime(2024, 12, 1), 10.0)
        cls.order(cls.old[0], datetime(2025, 3, 20), 100.0)
        cls.order(cls.old[0], datetime(2025, 5, 5), 150.0)
        cls.met = cls.customers(2, "Met")
        for partner in cls.met:
            # which brought nothing
            cls.order(partner, datetime(2025, 3, 20), 100.0, cost=100.0)
            cls.order(partner, datetime(2025, 5, 5), 500.0)

    def experiment(
        self, start=date(2025, 3, 1), until=date(2025, 5, 31), final=True, control=True, members=None, **values
    ):
        """A campaign in which the customers were met, and what is known of its result."""
        campaign = self.campaign(measure_until=until)
        campaign.sudo().write(
            {"date_start": start, "date_end": start, "measure_until": until, "state": "ended"}
            | (
                {
                    "result_state": "better" if control else "underpowered", "is_effect_known": control,
                    "result_treated": 1, "effect": 70.0 * control, "effect_low": 50.0 * control,
                    "effect_high": 90.0 * control, "effect_total": 70.0 * control, "cost_total": 20.0,
                    "profit": 50.0 * control,
                }
                if final
                else {"result_state": "early"}
            )
            | values
        )  # fmt: skip
        treated, left = members or self.met
        self.offered(campaign, treated, datetime(2025, 3, 5), cost=20.0, is_open=False)
        if control:
            self.env["customer.retention.member"].sudo().create(
                {
                    "campaign_id": campaign.id, "company_id": self.company.id, "partner_id": left.id,
                    "arm": "holdout", "state": "holdout",
                }
            )  # fmt: skip
        return campaign

    def headline(self, period=PERIOD):
        values = self.values(period)
        return [values[key] for key in ("effect_total", "margin_above", "campaigns", "profit")]

    def above(self, margin, customers):
        """Margin beyond what was expected of so many customers, each as the two of the time before: 100 in all."""
        return margin - customers * 100.0 / 2 * LONGER

    def check(self, expected, period=PERIOD):
        for found, amount in zip(self.headline(period), expected, strict=True):
            if amount is None:
                self.assertIsNone(found)
            else:
                self.assertAlmostEqual(found, amount, 2)

    def test_without_campaigns(self):
        """One of the four is past the dormant limit; of her kind nobody was there before, so all are compared."""
        above = self.above(1150.0, 4)
        self.check([None, above, 0.0, above])
        self.company.retention_ticket_cost = 25.0
        self.closed_ticket(self.old[0], datetime(2025, 5, 1))
        self.check([None, above, 0.0, above - 25.0])
        self.assertEqual(self.values()["margin_kept"], 1150.0)

    def test_measured_campaign(self):
        """Its customers, those of the control group too, are told by its effect and by nothing else."""
        campaign = self.experiment()
        above = self.above(150.0, 2)
        self.check([70.0, above, 20.0, above + 70.0 - 20.0])
        self.assertEqual(self.records("margin_above").partner_id, self.old)
        self.assertEqual(self.records("measured"), campaign)
        self.assertEqual(sum(self.records("campaigns").mapped("cost")), 20.0)

    def test_months_of_a_measured_campaign(self):
        """It began in the quarter before: those months are part of its effect, and of no expectation."""
        self.experiment()
        page = self.page()["figures"]
        # the margin of 100 in the time before was old customers' alone, and nothing was known of a time before that
        self.assertEqual(page["margin_above"]["before"], None)
        self.assertEqual(page["campaigns"]["before"], 0.0)
        self.check([None, None, 0.0, None], BEFORE)
        rows = self.Rows.with_context(retention_from=BEFORE[0], retention_to=BEFORE[1]).search([("measured", "=", 1)])
        self.assertEqual(rows.partner_id, self.met)

    def test_campaign_still_being_measured(self):
        """Neither effect nor cost nor customers are in it, and the page says so."""
        campaign = self.experiment(final=False)
        above = self.above(150.0, 2)
        self.check([None, above, 0.0, above])
        self.assertEqual(self.values()["pending"], 1)
        self.assertEqual(self.records("pending"), campaign)

    def test_campaign_without_control_group(self):
        """What it did can only be told by expectation; its offers count on their day."""
        self.experiment(control=False)
        above = self.above(1150.0, 4)
        self.check([None, above, 0.0, above])
        self.assertEqual(self.values(BEFORE)["campaigns"], 20.0)

    def test_campaign_measured_at_another_time(self):
        """Over before the period began: its customers are compared again."""
        self.experiment(until=date(2025, 3, 31))
        above = self.above(1150.0, 4)
        self.check([None, above, 0.0, above])
        self.check([70.0, None, 20.0, 50.0], BEFORE)

    def test_excluded_members_are_compared(self):
        campaign = self.experiment()
        campaign.member_ids.filtered(lambda member: member.arm == "treatment").sudo().excluded = "Merged"
        above = self.above(650.0, 3)
        self.check([70.0, above, 20.0, above + 50.0])

    def test_each_customer_once(self):
        """Two campaigns, one with an order of the same customer: a row of the customer is one row."""
        self.experiment()
        self.experiment(members=self.met[::-1])
        rows = self.Rows.with_context(retention_from=PERIOD[0], retention_to=PERIOD[1]).search([])
        self.assertEqual(len(rows), len(rows.partner_id))
        self.assertEqual(self.headline()[0], 140.0)

    def test_neither_can_be_said(self):
        self.company.retention_ticket_cost = 25.0
        other = self.make_company("Sister Company", "EUR")
        both = self.make_user("profit_result", "customer_value.group_customer_value_manager", self.company + other)
        self.order(self.customer("First"), datetime(2025, 5, 1), 10.0, company=other)
        page = self.page(user=both, company=other)
        self.assertFalse(page["empty"])
        for key in ("profit", "margin_above", "effect_total"):
            self.assertIsNone(page["figures"][key]["value"], key)

    # -- winning over keeping ------------------------------------------------------------------------------------------

    def years(self, day=date(2025, 6, 30), user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        Profit = self.Profit.with_user(user or self.manager).with_context(allowed_company_ids=self.company.ids)
        with self.reading_only():
            return {row["year"]: row for row in Profit.get_years(day, day)}

    def activity(self, record, day, done=True):
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name), "res_id": record.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_call").id, "user_id": self.env.uid,
            }
        )  # fmt: skip
        if done:
            activity.action_done()
            self.stamp(activity, date_done=day)
        return activity

    def test_years_without_records(self):
        years = self.years()
        self.assertEqual(list(years), [2025, 2024, 2023])
        for row in years.values():
            for key in ("acquisition", "per_new", "keeping", "per_kept", "ratio"):
                self.assertIsNone(row[key], (row["year"], key))
        self.assertEqual([years[year]["new"] for year in (2025, 2024, 2023)], [2, 2, 0])

    def test_years(self):
        """Campaigns, sources and sales work over the customers won; service over those kept."""
        fair, work = self.analytic_account("Fair"), self.analytic_account("Sales team")
        unrelated = self.analytic_account("Rent")
        self.company.write(
            {
                "retention_acquisition_account_ids": (fair + work).ids, "retention_sales_activity_cost": 5.0,
                "retention_ticket_cost": 10.0,
            }
        )  # fmt: skip
        for account, day, amount in (
            (fair, date(2025, 1, 1), -60.0), (work, date(2025, 12, 31), -30.0), (work, date(2025, 6, 1), 10.0),
            (fair, date(2024, 12, 31), -500.0), (unrelated, date(2025, 6, 1), -999.0),
        ):  # fmt: skip
            self.booked(account, day, amount)
        known, stranger = self.old[0], self.customer("Stranger")
        for partner, day, done in (
            (stranger, date(2025, 2, 1), True), (self.met[0], date(2025, 3, 1), True), (known, date(2025, 3, 1), True),
            (stranger, date(2025, 2, 1), False), (stranger, date(2024, 2, 1), True),
        ):  # fmt: skip
            self.activity(self.lead(partner, day=day), day, done)
        nameless = self.env["crm.lead"].create({"name": "Nobody yet", "company_id": self.company.id})
        self.activity(nameless, date(2025, 4, 1))
        quotation = self.order(stranger, datetime(2025, 5, 1), 10.0, confirm=False)
        self.activity(quotation, date(2025, 5, 2))
        self.closed_ticket(known, datetime(2025, 5, 1))
        self.closed_ticket(known, datetime(2025, 6, 1))
        row = self.years()[2025]
        # booked 60 + 30 - 10; four activities: two for the stranger, one for nobody yet, one before the first order
        self.assertEqual(row["acquisition"], 80.0 + 4 * 5.0)
        self.assertEqual((row["new"], row["per_new"]), (2, 50.0))
        self.assertEqual((row["keeping"], row["kept"], row["per_kept"]), (20.0, 1, 20.0))
        self.assertEqual(row["ratio"], 2.5)
        before = self.years()[2024]
        self.assertEqual(before["acquisition"], 505.0)
        self.assertEqual((before["keeping"], before["ratio"]), (None, None))
        year = (date(2025, 1, 1), date(2025, 12, 31))
        self.assertEqual(-sum(self.records("acquisition_booked", year).mapped("amount")), 80.0)
        self.assertEqual(len(self.records("acquisition_work", year)), 4)

    def test_years_up_to_now(self):
        """The present year ends today, and another company has no part in it."""
        other = self.make_company("Sister Company", "EUR")
        account = self.analytic_account("Fair")
        self.company.retention_acquisition_account_ids = [Command.link(account.id)]
        self.booked(account, date(2025, 6, 1), -30.0)
        self.order(self.customer("Theirs"), datetime(2025, 5, 1), 10.0, company=other)
        with freeze_time("2025-07-01 12:00:00"):
            rows = self.years()
        self.assertEqual((rows[2025]["new"], rows[2025]["acquisition"]), (2, 30.0))
        self.assertEqual((rows[2025]["from"], rows[2025]["to"]), ("2025-01-01", "2025-07-01"))
