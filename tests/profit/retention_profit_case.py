"""Documents for the profit center, and what it should show of them, counted one customer at a time."""

from collections import Counter, defaultdict
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.tests import new_test_user
from odoo.tools import SQL

from ..core.value_case import ValueCase

PERIOD = (date(2025, 4, 1), date(2025, 6, 30))

BEFORE = (date(2025, 1, 1), date(2025, 3, 31))

EARLIER = (date(2024, 10, 1), date(2024, 12, 31))

ZONE = "Asia/Shanghai"

DORMANT = 60

AFTERWARDS = timedelta(days=90)

MANAGER = "customer_value.group_customer_value_manager"

COLUMNS = (
    "was_active", "slipping", "kept", "is_new", "bought_before", "bought_again", "contacted", "ordered_after",
    "won_after",
)  # fmt: skip


def day_of(moment, zone=ZONE):
    """The company's day of a moment in UTC."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


class Book:
    """What happened, as plain numbers in company currency; customers are ids of commercial entities."""

    def __init__(self):
        self.orders = []  # (customer, moment, amount, margin, products bought)
        self.credits = []  # (customer, day, margin lost)
        self.taken = []  # (customer, day, what redress took from the margin)
        self.contacts = []  # (customer, moment)
        self.leads = []  # (customer, moment, lost)
        self.tiers = defaultdict(list)  # customer: (day, tier)

    @property
    def customers(self):
        return sorted(
            {row[0] for rows in (self.orders, self.credits, self.contacts) for row in rows},
        )

    def row(self, customer, period):
        """What the profit center should say of a customer in a period."""
        first, last = period
        before = {PERIOD: BEFORE, BEFORE: EARLIER}[period]
        # what was given away costs its margin, and was not bought
        days = sorted(day_of(moment) for who, moment, amount, *_rest in self.orders if who == customer and amount > 0)
        earlier = [day for day in days if day < first]
        within = [day for day in days if first <= day <= last]
        year_before = date(first.year - 1, first.month, first.day)
        active = bool(earlier) and earlier[-1] >= year_before
        known = [day for day in days if day <= last]
        late = active and (first - timedelta(days=1) - earlier[-1]).days > DORMANT
        kept = active and (bool(within) or (last - known[-1]).days <= DORMANT)
        margin = sum(m for who, moment, _a, m, _p in self.orders if who == customer and first <= day_of(moment) <= last)
        margin -= sum(lost for who, day, lost in self.credits if who == customer and first <= day <= last)
        margin += sum(taken for who, day, taken in self.taken if who == customer and first <= day <= last)
        moments = [
            moment for who, moment in self.contacts if who == customer and first <= self.contact_day(moment) <= last
        ]
        row = {
            "was_active": active, "slipping": late, "kept": kept,
            "is_new": bool(within) and days[0] >= first,
            "bought_before": any(before[0] <= day <= before[1] for day in days),
            "contacted": bool(moments), "ordered_after": False, "won_after": False,
            "margin": round(margin, 2), "margin_after": 0.0,
            "tier": next((tier for day, tier in sorted(self.tiers[customer], reverse=True) if day < first), False),
        }  # fmt: skip
        row["bought_again"] = row["bought_before"] and bool(within)
        if moments:
            start = min(moments)

            def after(moment):
                return start < moment <= start + AFTERWARDS

            paid = [order for order in self.orders if order[0] == customer and order[2] > 0]
            then = [order for order in paid if after(order[1])]
            row["ordered_after"] = bool(then)
            row["margin_after"] = round(sum(order[3] for order in then), 2)
            had = {product for order in paid if order[1] <= start for product in order[4]}
            new = any(product not in had for order in then for product in order[4])
            lead = any(who == customer and after(moment) and not lost for who, moment, lost in self.leads)
            row["won_after"] = bool(then) and (new or lead)
        return row

    @staticmethod
    def contact_day(moment):
        # care is known by the day and counts from the next midnight on
        return day_of(moment - timedelta(microseconds=1))


class ProfitCase(ValueCase):
    """A company in Shanghai whose customers are dormant after 60 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.value_tz = ZONE
        cls.policy.write({"calibration": {"dormant_days": DORMANT, "lost_days": 120}})
        cls.user = cls.make_user("profit_user", "customer_value.group_customer_value_user")
        cls.manager = cls.make_user("profit_manager", MANAGER)
        cls.Profit = cls.env["customer.retention.profit"]
        cls.Rows = cls.env["customer.retention.profit.customer"]
        cls.closed = cls.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        cls.book = Book()

    @classmethod
    def make_user(cls, login, groups, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env, login, f"base.group_user,{groups}", company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )  # fmt: skip

    # -- documents -----------------------------------------------------------------------------------------------------

    @classmethod
    def stamp(cls, record, **columns):
        """Columns that users cannot set."""
        cls.env.flush_all()
        for name, value in columns.items():
            cls.env.cr.execute(
                SQL("UPDATE %s SET %s = %s WHERE id = %s", SQL.identifier(record._table), SQL.identifier(name), value,
                    record.id)
            )  # fmt: skip
        record.invalidate_recordset()
        return record

    @classmethod
    def closed_ticket(cls, partner, moment, company=None, **values):
        ticket = cls.ticket(partner, moment - timedelta(hours=3), company=company, stage_id=cls.closed.id, **values)
        return cls.stamp(ticket, closed_date=moment)

    @classmethod
    def closed_complaint(cls, partner, moment, **values):
        complaint = cls.ticket(partner, moment - timedelta(days=3), is_complaint=True, **values)
        return cls.stamp(complaint, complaint_state="closed", complaint_closed_on=moment, complaint_received_on=moment)

    @classmethod
    def redress(cls, complaint, moment, cost, kind="refund", **documents):
        """Redress carried out, with the document that came of it."""
        redress = cls.env["customer.complaint.redress"].sudo().create({"ticket_id": complaint.id, "kind": "apology"})
        links = {name: record.id for name, record in documents.items()}
        # the document first: redress that was carried out has one
        amount = 0.0 if kind == "apology" else cost
        return cls.stamp(redress, kind=kind, amount=amount, **links, state="done", cost=cost, done_on=moment)

    @classmethod
    def campaign(cls, company=None, **values):
        company = company or cls.company
        if values:
            values |= {"date_start": date(2025, 1, 1), "date_end": date(2025, 1, 31)}
        offer = cls.env["customer.retention.offer"].create({"name": "Call", "kind": "call", "company_id": company.id})
        return cls.env["customer.retention.campaign"].create(
            {"name": "Campaign", "offer_id": offer.id, "company_id": company.id} | values
        )

    @classmethod
    def offered(cls, campaign, partner, moment, cost=0.0, face_value=0.0, **values):
        return cls.env["customer.retention.member"].sudo().create(
            {
                "campaign_id": campaign.id, "company_id": campaign.company_id.id, "partner_id": partner.id,
                "arm": "treatment", "state": "offered", "offered_on": moment, "cost": cost, "face_value": face_value,
            }
            | values
        )  # fmt: skip

    @classmethod
    def care(cls, partner, day, action="letter"):
        rule = cls.env["customer.value.care.rule"].search([("company_id", "=", cls.company.id)], limit=1) or cls.env[
            "customer.value.care.rule"
        ].create(
            {
                "name": "Birthday", "company_id": cls.company.id, "occasion": "birthday",
                "tier_ids": [Command.set(cls.policy.tier_ids[:1].ids)], "user_id": cls.manager.id,
            }
        )  # fmt: skip
        count = cls.env["customer.value.care"].search_count([])
        return cls.env["customer.value.care"].sudo().create(
            {
                "rule_id": rule.id, "partner_id": partner.id, "customer_id": partner.commercial_partner_id.id,
                "company_id": cls.company.id, "action": action, "occasion_date": day, "planned_date": day,
                "year": 1000 + count, "state": "done", "done_on": day,
            }
        )  # fmt: skip

    @classmethod
    def tier_entry(cls, partner, day, tier, event="changed"):
        cls.env.cr.execute(
            SQL(
                "INSERT INTO customer_value_history (partner_id, company_id, date, event, tier_id)"
                " VALUES (%s, %s, %s, %s, %s)",
                partner.id, cls.company.id, day, event, tier.id or None,
            )
        )  # fmt: skip

    @classmethod
    def analytic_account(cls, name="Account", company=None):
        plan = cls.env["account.analytic.plan"].search([], limit=1) or cls.env["account.analytic.plan"].create(
            {"name": "Plan"}
        )
        return cls.env["account.analytic.account"].create(
            {"name": name, "plan_id": plan.id, "company_id": (company or cls.company).id}
        )

    @classmethod
    def booked(cls, account, day, amount, company=None, **values):
        return cls.env["account.analytic.line"].create(
            {
                "name": "Work", account.plan_id._column_name(): account.id, "date": day, "amount": amount,
                "company_id": (company or cls.company).id,
            }
            | values
        )  # fmt: skip

    # -- looking -------------------------------------------------------------------------------------------------------

    def page(self, period=PERIOD, user=None, company=None):
        self.env.flush_all()
        self.env.invalidate_all()
        company = company or self.company
        Profit = self.Profit.with_user(user or self.manager).with_context(allowed_company_ids=company.ids)
        with self.reading_only():
            return Profit.get_profit_center(*period)

    def values(self, period=PERIOD, **options):
        return {key: figure["value"] for key, figure in self.page(period, **options)["figures"].items()}

    def records(self, key, period=PERIOD, user=None, **options):
        """The records behind a figure, as the web client finds them."""
        self.env.invalidate_all()
        user = user or self.env.user
        Profit = self.Profit.with_user(user).with_context(allowed_company_ids=self.company.ids)
        with self.reading_only():
            action = Profit.get_records_action(key, *period, **options)
        return (
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(allowed_company_ids=self.company.ids, **action["context"])
            .search(action["domain"])
        )

    def totals(self, period=PERIOD):
        """What the figures about customers should be."""
        rows = [self.book.row(customer, period) for customer in self.book.customers]
        totals = Counter()
        for row in rows:
            totals.update({name: int(row[name]) for name in COLUMNS})
            totals["margin_kept"] += row["margin"] if row["kept"] else 0
            totals["margin_after"] += row["margin_after"]
            totals["won_margin"] += row["margin_after"] if row["won_after"] else 0
        return totals
