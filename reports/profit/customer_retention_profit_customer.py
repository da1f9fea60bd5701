from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.scoring.charged import earned_sql
from ...analytics.scoring.customers import is_customer_sql
from ...analytics.scoring.purchases import is_purchase_sql
from ...models.complaint.customer_complaint_followup import RECOVERY_DAYS
from ...models.core.side_by_side import SideBySide
from ...models.scoring.customer_value_run_pipeline import DEFAULT_LIMITS
from ...models.scoring.customer_value_source import CustomerScope, Scope, Span
from .customer_retention_profit_period import Period

CUSTOMERS = "customer.retention.profit.customer"

# Figures about customers: the flag of the customers they count
FLAGS = {
    "base": "was_active",
    "kept": "kept",
    "margin_kept": "kept",
    "new": "is_new",
    "contacted": "contacted",
    "ordered_after": "ordered_after",
    "margin_after": "ordered_after",
    "won_after": "won_after",
    "won_margin": "won_after",
    "bought_before": "bought_before",
    "bought_again": "bought_again",
}

# Partners who ordered in so many months before a period were customers when it began.
ACTIVE_MONTHS = 12

FATES = [
    ("kept", "Customer retained"),
    ("missed", "Not retained"),
    ("new", "New"),
    ("back", "Returned"),
    ("other", "Neither"),
]

LOOPS = [
    ("contacted", "Contacted"),
    ("ordered", "Ordered afterwards"),
    ("won", "New business afterwards"),
]


@dataclass(frozen=True)
class RedressScope(Scope):
    """Documents of the customers whose redress has documents."""

    def among(self, column):
        return SQL(
            """%(column)s IN (
                SELECT rp.commercial_partner_id
                  FROM customer_complaint_redress redress
                  JOIN account_move am ON am.id = redress.move_id
                  JOIN res_partner rp ON rp.id = am.commercial_partner_id
                 WHERE %(done)s
                 UNION
                SELECT rp.commercial_partner_id
                  FROM customer_complaint_redress redress
                  JOIN account_move_line aml ON aml.move_id = redress.move_id
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                  JOIN sale_order_line sol ON sol.id = rel.order_line_id
                  JOIN sale_order so ON so.id = sol.order_id
                  JOIN res_partner rp ON rp.id = so.value_customer_id
                 WHERE %(done)s
                 UNION
                SELECT rp.commercial_partner_id
                  FROM customer_complaint_redress redress
                  JOIN sale_order so ON so.id = redress.replacement_id
                  JOIN res_partner rp ON rp.id = so.value_customer_id
                 WHERE %(done)s
                 UNION
                SELECT rp.commercial_partner_id
                  FROM customer_complaint_redress redress
                  JOIN sale_order_line sol ON sol.coupon_id = redress.card_id
                  JOIN sale_order so ON so.id = sol.order_id
                  JOIN res_partner rp ON rp.id = so.value_customer_id
                 WHERE %(done)s
            )""",
            column=column,
            done=self.done,
        )

    @property
    def done(self):
        """Redress of the company and its branches that was carried out, whenever."""
        return SQL("redress.company_id = %s AND redress.state = 'done'", self.books)


class CustomerRetentionProfitCustomer(models.Model):
    """One row for each customer of the company, seen in the period that the context names.

    ``retention_from`` and ``retention_to`` in the context are the days; without them it is the month up to today. The
    figures of the profit center are sums over these rows, so that what a figure opens adds up to it. Money is in
    company currency. Archived customers are part of it: those who left are what it is about.
    """

    _name = "customer.retention.profit.customer"
    _inherit = ["customer.value.calculated"]
    _description = "Customer in the Profit Center"
    _auto = False
    _order = "margin desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    tier_id = fields.Many2one("customer.value.tier", readonly=True, help="At the start of the period.")
    last_order = fields.Date(readonly=True, help="Last order up to the end of the period.")
    last_order_before = fields.Date(readonly=True, help="Last order before the period.")
    fate = fields.Selection(FATES, string="Result", readonly=True)
    loop = fields.Selection(LOOPS, readonly=True)
    contacted_on = fields.Datetime(string="First Contact", readonly=True)

    was_active = fields.Integer(
        string="Previously Active", readonly=True, help=f"Ordered in the {ACTIVE_MONTHS} months before the period."
    )
    slipping = fields.Integer(string="Previously Overdue for Order", readonly=True)
    measured = fields.Integer(
        string="In a Measured Campaign",
        readonly=True,
        help="In a campaign with a control group that is measured in the period: what it did is its measured effect.",
    )
    kept = fields.Integer(
        string="Retained Customer",
        readonly=True,
        help="Was active, and ordered in the period or did not exceed the dormant limit at its end.",
    )
    is_new = fields.Integer(string="New", readonly=True, help="The customer's first order was in the period.")
    bought_before = fields.Integer(string="Ordered in Previous Period", readonly=True)
    bought_again = fields.Integer(string="Ordered in Both Periods", readonly=True)
    contacted = fields.Integer(readonly=True)
    ordered_after = fields.Integer(string="Ordered Afterwards", readonly=True)
    won_after = fields.Integer(string="New Business Afterwards", readonly=True)

    margin = fields.Monetary(
        readonly=True, help="Margin of orders in the period minus credit notes. Redress is not deducted."
    )
    kept_margin = fields.Monetary(string="Margin if Retained", readonly=True)
    margin_after = fields.Monetary(
        string="Margin Afterwards",
        readonly=True,
        help=f"Margin of orders within {RECOVERY_DAYS} days after the first contact, before credit notes.",
    )
    won_margin = fields.Monetary(string="Margin of New Business", readonly=True)

    _depends = {
        "sale.order": [
            "value_customer_id", "value_payer_id", "company_id", "state", "date_order", "amount_untaxed",
            "currency_rate", "margin",
        ],
        "sale.order.line": [
            "order_id", "product_id", "margin", "price_subtotal", "price_unit", "discount", "purchase_price",
            "product_uom_qty", "qty_delivered", "qty_invoiced", "untaxed_amount_invoiced", "coupon_id", "reward_id",
            "is_downpayment",
        ],
        "account.move": [
            "commercial_partner_id", "company_id", "state", "move_type", "date", "invoice_date",
            "amount_untaxed_signed", "reversed_entry_id",
        ],
        "account.move.line": ["move_id", "balance", "display_type"],
        "customer.complaint.redress": ["company_id", "state", "move_id", "replacement_id", "card_id"],
        "helpdesk.ticket": [
            "partner_id", "company_id", "stage_id", "closed_date", "active", "duplicate_id", "is_complaint",
            "complaint_state", "complaint_closed_on",
        ],
        "customer.retention.member": ["campaign_id", "partner_id", "company_id", "arm", "excluded", "offered_on"],
        "customer.retention.campaign": [
            "company_id", "state", "date_start", "measure_until", "result_state", "is_effect_known",
        ],
        "customer.value.care": ["customer_id", "company_id", "state", "done_on"],
        "customer.value.history": ["partner_id", "company_id", "date", "event", "tier_id"],
        "crm.lead": ["partner_id", "company_id", "team_id", "user_id", "type", "create_date", "won_status"],
        "res.partner": ["commercial_partner_id", "user_id"],
    }  # fmt: skip

    @api.model
    def _get_period(self):
        context, today = self.env.context, self.env.company._get_value_today()
        return Period.make(
            self.env,
            context.get("retention_from") or fields.Date.start_of(today, "month"),
            context.get("retention_to") or today,
            # the time before a period that begins there, too
            earliest=date.min,
        )

    @api.model
    def _get_dormant_days(self):
        """Days since the last order after which a customer of the company counts as dormant."""
        policy = self.env["customer.value.policy"].sudo()._get_active(self.env.company)
        return (policy.calibration or {}).get("dormant_days") or policy.dormant_days or DEFAULT_LIMITS[0]

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT r.*, r.partner_id AS id,
                   CASE WHEN r.kept = 1 THEN 'kept' WHEN r.was_active = 1 THEN 'missed' WHEN r.is_new = 1 THEN 'new'
                        WHEN r.ordered = 1 THEN 'back' ELSE 'other' END AS fate,
                   CASE WHEN r.won_after = 1 THEN 'won' WHEN r.ordered_after = 1 THEN 'ordered'
                        WHEN r.contacted = 1 THEN 'contacted' END AS loop
              FROM (%s) r
            """,
            self._rows_sql([self._get_period()]),
        )

    @api.model
    def _read_sums(self, periods, keys, amounts):
        """Sums over the customers of several periods, in one statement that reads the documents once.

        :param periods: list of ``Period``
        :param keys: columns to group by
        :param amounts: columns to add up
        :return: for each period a list of tuples, the keys and then the sums
        """
        self.env.flush_all()
        query = SQL(
            """SELECT number, %(keys)s, %(sums)s FROM (%(rows)s) r
                GROUP BY number, %(keys)s ORDER BY number, %(keys)s""",
            keys=SQL(", ").join(SQL.identifier(key) for key in keys),
            sums=SQL(", ").join(SQL("sum(%s)", SQL.identifier(amount)) for amount in amounts),
            rows=self._rows_sql(periods, for_sums=True),
        )
        with self.env["ir.config_parameter"]._reading_indexes():
            rows = self.env.execute_query(query)
        sums = [[] for _period in periods]
        for number, *row in rows:
            sums[number].append(tuple(row))
        return sums

    @api.model
    def _rows_sql(self, periods, for_sums=False):
        """The customers of each period; its ``number`` in ``periods`` tells them apart. Documents are read once,
        whatever the number of periods.

        :param periods: list of ``Period``
        :param bool for_sums: whether it is only to be added up: then those are left out who were only invoiced, and
            count nowhere, and orders and invoices are read at the same time
        """
        company = self.env.company
        Source = self.env["customer.value.source"]
        spans = {}
        for period in periods:
            for first, last in ((period.first, period.last), (period.before.first, period.eve)):
                spans.setdefault((first, last), Span(f"span{len(spans)}", first, last))
        last = max(period.last for period in periods)
        scope = replace(Period(min(first for first, _last in spans), last).scope(company), spans=tuple(spans.values()))
        kinds = {
            "sale": {"first_order": "date"}
            | {
                span.column(column): kind
                for span in scope.spans
                for column, kind in {"last_order": "date", "order_count": "int8", "order_margin": "numeric"}.items()
            },
            "invoice": {
                span.column(column): "numeric" for span in scope.spans for column in ("revenue", "changed_margin")
            },
            "redress": {span.column("margin"): "numeric" for span in scope.spans},
        }
        read, joins = self._read_sql(
            {
                "sale": self._orders_sql(scope),
                "invoice": Source._source_query("invoice", scope, {"margin"} if for_sums else set()),
                "redress": self._redress_sql(scope),
            },
            kinds,
            ("sale", "invoice") if for_sums else (),
        )
        columns = [
            SQL("%s AS %s", value, SQL.identifier(span.column(name)))
            for span in scope.spans
            for name, value in {
                "last_order": SQL.identifier("sale", span.column("last_order")),
                "order_count": SQL("COALESCE(%s, 0)", SQL.identifier("sale", span.column("order_count"))),
                "margin": SQL(
                    "%s + COALESCE(%s, 0)", Source._margin_sql(span), SQL.identifier("redress", span.column("margin"))
                ),
                # goods for nothing are told of as well, by their cost
                "told": SQL(
                    "(%s IS NOT NULL OR %s IS NOT NULL OR %s IS NOT NULL OR %s IS NOT NULL)",
                    SQL.identifier("sale", span.column("order_margin")),
                    SQL.identifier("invoice", span.column("revenue")),
                    SQL.identifier("invoice", span.column("changed_margin")),
                    SQL.identifier("redress", span.column("margin")),
                ),
            }.items()
        ]
        rows = [
            self._period_sql(number, period, spans[period.first, period.last], spans[period.before.first, period.eve])
            for number, period in enumerate(periods)
        ]
        return SQL(
            """
            WITH %(read)s, trade AS MATERIALIZED (
                SELECT rp.id AS partner_id, rp.user_id, sale.first_order, %(columns)s
                  FROM res_partner rp
                  %(joins)s
                 -- they bought in the period, whatever has become of them
                 WHERE %(customer)s
            )
            %(rows)s
            """,
            read=read,
            columns=SQL(", ").join(columns),
            joins=joins,
            customer=is_customer_sql("rp", archived=True),
            rows=SQL(" UNION ALL ").join(rows),
        )

    @api.model
    def _read_sql(self, queries, kinds, together):
        """
        :param dict queries: name: SQL with the column ``partner_id``
        :param dict kinds: name: ``{column: type}`` of what is used of each
        :param together: names of those that are read at the same time
        :return: tuple of SQL: common table expressions for ``WITH``, and the joins on ``rp.id``
        """
        Source = self.env["customer.value.source"]
        alone = {name: query for name, query in queries.items() if name not in together}
        read, joins, _evidence = Source._read_once(alone, kinds)
        if not together:
            return read, joins
        beside = SideBySide(self.env.cr)
        reading = {name: beside.add(name, queries[name], {"partner_id": "int4"} | kinds[name]) for name in together}
        return SQL("%s, %s", beside.get_cte(), read), SQL("%s %s", Source._join_queries(reading)[0], joins)

    @api.model
    def _orders_sql(self, scope):
        """What customers ordered: ``partner_id``, ``first_order``, and of each span ``last_order_<span>`` (up to its
        end), ``order_count_<span>`` and ``order_margin_<span>``, as the source of orders has them.
        """
        day, customer = SQL("bought.day"), SQL("bought.partner_id")
        figures = {"first_order": SQL("min(bought.day) FILTER (WHERE bought.is_order)")}
        margins = {}
        for span in scope.spans:
            holds, ends = span.holds(day, customer), span.ends(day, customer)
            figures |= {
                span.column("last_order"): SQL("max(bought.day) FILTER (WHERE bought.is_order AND %s)", ends),
                span.column("order_count"): SQL("count(*) FILTER (WHERE bought.is_order AND %s)", holds),
            }
            margins[span.column("order_margin")] = holds
        return self.env["customer.value.source"]._orders_by_customer_sql(scope, figures, margins)

    @api.model
    def _period_sql(self, number, period, now, before):
        """The rows of one period, from ``trade``.

        :param Span now: the period; ``before``: the time before of the same length
        """
        company = self.env.company
        scope = period.scope(company)
        ordered = SQL("trade.%s", SQL.identifier(now.column("order_count")))
        last_order = SQL("trade.%s", SQL.identifier(now.column("last_order")))
        last_before = SQL("trade.%s", SQL.identifier(before.column("last_order")))
        margin = SQL("round(trade.%s, %s)", SQL.identifier(now.column("margin")), company.currency_id.decimal_places)
        return SQL(
            """
            SELECT r.*, CASE WHEN r.kept = 1 THEN r.margin ELSE 0 END AS kept_margin,
                   CASE WHEN r.won_after = 1 THEN r.margin_after ELSE 0 END AS won_margin
              FROM (
            SELECT %(number)s AS number, trade.partner_id, trade.user_id,
                   %(company)s AS company_id, %(currency)s AS currency_id,
                   rung.tier_id, %(last_order)s AS last_order, %(last_before)s AS last_order_before,
                   (%(ordered)s > 0)::int AS ordered,
                   %(active)s::int AS was_active,
                   (%(active)s AND %(eve)s::date - %(last_before)s > %(dormant)s)::int AS slipping,
                   (experiment.partner_id IS NOT NULL)::int AS measured,
                   (%(active)s AND (%(ordered)s > 0 OR %(last)s::date - %(last_order)s <= %(dormant)s))::int AS kept,
                   COALESCE(trade.first_order BETWEEN %(first)s AND %(last)s, FALSE)::int AS is_new,
                   (%(ordered_before)s > 0)::int AS bought_before,
                   (%(ordered_before)s > 0 AND %(ordered)s > 0)::int AS bought_again,
                   after.moment AS contacted_on, (after.moment IS NOT NULL)::int AS contacted,
                   COALESCE(after.orders > 0, FALSE)::int AS ordered_after,
                   COALESCE(after.orders > 0 AND after.something_new, FALSE)::int AS won_after,
                   %(margin)s AS margin,
                   round(COALESCE(after.margin, 0), %(digits)s) AS margin_after
              FROM trade
              LEFT JOIN (%(after)s) after ON after.partner_id = trade.partner_id
              LEFT JOIN (%(rung)s) rung ON rung.partner_id = trade.partner_id
              LEFT JOIN (%(measured)s) experiment ON experiment.partner_id = trade.partner_id
             WHERE %(last_order)s IS NOT NULL OR trade.%(told)s OR after.partner_id IS NOT NULL
                   OR rung.partner_id IS NOT NULL) r
            """,
            number=number,
            company=company.id,
            currency=company.currency_id.id,
            last_order=last_order,
            last_before=last_before,
            ordered=ordered,
            ordered_before=SQL("trade.%s", SQL.identifier(before.column("order_count"))),
            active=SQL("COALESCE(%s >= %s, FALSE)", last_before, period.first - relativedelta(months=ACTIVE_MONTHS)),
            eve=period.eve,
            first=period.first,
            last=period.last,
            dormant=self._get_dormant_days(),
            margin=margin,
            digits=company.currency_id.decimal_places,
            told=SQL.identifier(now.column("told")),
            after=self._after_sql(scope),
            rung=self._tier_sql(period),
            measured=self._measured_sql(period),
        )

    # -- parts of the query --------------------------------------------------------------------------------------------

    @api.model
    def _rate_sql(self):
        return SQL("COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric")

    @api.model
    def _tier_sql(self, period):
        """The tier of each customer when the period began, from the history."""
        return SQL(
            """SELECT DISTINCT ON (history.partner_id) history.partner_id,
                      CASE WHEN history.event <> 'left' THEN history.tier_id END AS tier_id
                 FROM customer_value_history history
                WHERE history.company_id = %s AND history.date < %s
                ORDER BY history.partner_id, history.date DESC, history.id DESC""",
            self.env.company.id,
            period.first,
        )

    @api.model
    def _measured_sql(self, period):
        """Customers of campaigns with a control group that are measured in the period: ``partner_id``.

        Both groups are told by the effect of the campaign, or will be, when its result is final. To hold them against
        expectation as well would count them twice.
        """
        return SQL(
            """
            SELECT DISTINCT rp.commercial_partner_id AS partner_id
              FROM customer_retention_member member
              JOIN customer_retention_campaign campaign ON campaign.id = member.campaign_id
              JOIN res_partner rp ON rp.id = member.partner_id
             WHERE campaign.company_id = %(books)s AND COALESCE(member.excluded, '') = ''
               AND campaign.date_start <= %(last)s AND campaign.measure_until >= %(first)s
               AND CASE WHEN COALESCE(campaign.result_state, 'early') <> 'early' THEN campaign.is_effect_known IS TRUE
                        ELSE campaign.state <> 'draft'
                             AND EXISTS (SELECT FROM customer_retention_member control
                                          WHERE control.campaign_id = campaign.id AND control.arm = 'holdout') END
            """,
            books=period.scope(self.env.company).books,
            first=period.first,
            last=period.last,
        )

    @api.model
    def _redress_sql(self, scope):
        """What redress of complaints took from the margin, to be put back.

        Redress counts once, as cost on the day it was carried out. Its credit note, the goods it replaced and the
        orders in which its coupon was used have lowered the margin as well, perhaps in another period. What comes back
        is what the margin has lost to each of them, no more: a credit note that took back goods, an invoice without an
        order or a gift card that was bought has lowered it by less than its amount, or by nothing.

        :return: SQL of ``partner_id``, ``margin`` in the window of ``scope``, and ``margin_<span>`` of each span
        """
        Source = self.env["customer.value.source"]
        scope = RedressScope(**vars(scope))
        spans = SQL().join(
            SQL(
                ", sum(taken.amount) FILTER (WHERE %s) AS %s",
                span.holds(SQL("taken.day"), SQL("rp.commercial_partner_id")),
                SQL.identifier(span.column("margin")),
            )
            for span in scope.spans
        )
        lines = SQL(
            """
            SELECT sol.id
              FROM customer_complaint_redress redress
              JOIN sale_order_line sol ON sol.order_id = redress.replacement_id AND sol.display_type IS NULL
             WHERE %(done)s
             UNION
            SELECT sol.id
              FROM customer_complaint_redress redress
              JOIN sale_order_line sol ON sol.coupon_id = redress.card_id AND sol.display_type IS NULL
             WHERE %(done)s
            """,
            done=scope.done,
        )
        coupons = SQL()
        if Source._has_till_coupons():
            coupons = SQL(
                """UNION ALL
                    SELECT code.partner_id, %(day)s, -code.amount
                      FROM (%(codes)s) code
                      JOIN customer_complaint_redress redress ON redress.card_id = code.card_id AND %(done)s
                     WHERE code.company_id = %(company)s AND code.moment < %(until)s AND %(day)s >= %(window)s""",
                codes=Source._till_codes_sql(),
                done=scope.done,
                company=scope.books,
                until=scope.until,
                day=scope.day(SQL("code.moment")),
                window=scope.window_start,
            )
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, sum(taken.amount) AS margin %(spans)s
              FROM (
                    SELECT so.value_customer_id AS partner_id, %(day)s AS day, -(%(earned)s) / %(rate)s AS amount
                      FROM sale_order_line sol
                      JOIN sale_order so ON so.id = sol.order_id
                      LEFT JOIN product_product pp ON pp.id = sol.product_id
                      LEFT JOIN product_template pt ON pt.id = pp.product_tmpl_id
                     WHERE sol.id IN (%(lines)s) AND so.company_id = %(company)s AND so.state = 'sale'
                       AND so.date_order < %(until)s AND %(day)s >= %(window)s
                     UNION ALL
                    SELECT change.partner_id, change.day, -change.earned
                      FROM (%(changes)s) change
                     WHERE change.day BETWEEN %(window)s AND %(as_of)s
                       AND (change.line_id IN (%(lines)s)
                            OR change.move_id IN (SELECT redress.move_id FROM customer_complaint_redress redress
                                                   WHERE %(done)s AND redress.move_id IS NOT NULL))
                    %(coupons)s
                   ) taken
              JOIN res_partner rp ON rp.id = taken.partner_id
             GROUP BY rp.commercial_partner_id
            """,
            spans=spans,
            earned=earned_sql(Source._money_sql()),
            rate=self._rate_sql(),
            lines=lines,
            company=scope.books,
            until=scope.until,
            day=scope.day(SQL("so.date_order")),
            window=scope.window_start,
            as_of=scope.as_of,
            changes=Source._margin_changes_sql(scope),
            coupons=coupons,
            done=scope.done,
        )

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    # -- customers contacted by service, and their orders afterwards ---------------------------------------------------

    @api.model
    def _contact_sql(self, scope):
        """First service contact of each customer in the period: something closed, offered or thought of.

        Care is known by the day: what is ordered from the next day on comes after it.
        """
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, min(contact.moment) AS moment
              FROM (
                    SELECT ticket.partner_id, ticket.complaint_closed_on AS moment
                      FROM helpdesk_ticket ticket
                     WHERE ticket.company_id = %(books)s AND ticket.active AND ticket.duplicate_id IS NULL
                       AND ticket.is_complaint IS TRUE AND ticket.complaint_state = 'closed'
                     UNION ALL
                    SELECT ticket.partner_id, ticket.closed_date
                      FROM helpdesk_ticket ticket
                      JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id AND stage.closed
                     WHERE ticket.company_id = %(books)s AND ticket.active AND ticket.duplicate_id IS NULL
                       AND ticket.is_complaint IS NOT TRUE
                     UNION ALL
                    SELECT member.partner_id, member.offered_on
                      FROM customer_retention_member member WHERE member.company_id = %(books)s
                   ) contact
              JOIN res_partner rp ON rp.id = contact.partner_id
             WHERE contact.moment >= %(opens)s AND contact.moment < %(until)s
             GROUP BY rp.commercial_partner_id
             UNION ALL
            SELECT rp.commercial_partner_id,
                   min((care.done_on + 1)::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')
              FROM customer_value_care care
              JOIN res_partner rp ON rp.id = care.customer_id
             WHERE care.company_id = %(books)s AND care.state = 'done'
               AND care.done_on BETWEEN %(first)s AND %(last)s
             GROUP BY rp.commercial_partner_id
            """,
            books=scope.books,
            opens=scope.window_opens,
            until=scope.until,
            first=scope.window_start,
            last=scope.as_of,
            tz=scope.tz,
        )

    @api.model
    def _after_sql(self, scope):
        """What customers with a contact ordered in the time afterwards, and whether something was new.

        New is an opportunity (not lost) entered afterwards, or a product that the customer had never ordered before.
        Goods given free of charge were not bought. What was bought at tills counts as well.
        """
        Source = self.env["customer.value.source"]
        until = replace(scope, as_of=scope.as_of + timedelta(days=RECOVERY_DAYS + 1))
        tills = goods = SQL()
        if Source._has_tills():
            theirs = CustomerScope(**vars(until), customer=SQL("ANY(ARRAY(SELECT partner_id FROM contact))"))
            tills = SQL(
                """UNION ALL
                SELECT till.partner_id, NULL, till.moment, till.own_margin FROM (%s) till""",
                Source._till_purchases_sql(theirs),
            )
            goods = SQL(
                """UNION ALL
                                    SELECT till.partner_id, till.product_id, till.moment FROM (%s) till
                                     WHERE till.is_bought""",
                Source._till_goods_sql(theirs),
            )
        return SQL(
            """
            WITH contact AS MATERIALIZED (
                SELECT partner_id, min(moment) AS moment FROM (%(contact)s) contacts GROUP BY partner_id
            ), bought AS (
                SELECT rp.commercial_partner_id AS partner_id, so.id, so.date_order,
                       (so.margin + COALESCE(lines.corrected, 0)) / %(rate)s AS margin
                  FROM sale_order so
                  JOIN res_partner rp ON rp.id = so.value_customer_id
                  LEFT JOIN (%(lines)s) lines ON lines.order_id = so.id
                 WHERE so.company_id = %(company)s AND so.state = 'sale' AND so.amount_untaxed >= 0 AND %(is_purchase)s
                   AND rp.commercial_partner_id IN (SELECT partner_id FROM contact)
                %(tills)s
            )
            SELECT contact.partner_id, contact.moment, orders.orders, orders.margin,
                   (products.partner_id IS NOT NULL OR leads.partner_id IS NOT NULL) AS something_new
              FROM contact
              LEFT JOIN (
                    SELECT contact.partner_id, count(*) AS orders, sum(bought.margin) AS margin
                      FROM contact
                      JOIN bought ON bought.partner_id = contact.partner_id AND %(bought_after)s
                     GROUP BY contact.partner_id
                   ) orders ON orders.partner_id = contact.partner_id
              LEFT JOIN (
                    SELECT DISTINCT contact.partner_id
                      FROM (
                            SELECT line.partner_id, product.product_tmpl_id, min(line.date_order) AS date_order
                              FROM (SELECT bought.partner_id, sol.product_id, bought.date_order
                                      FROM bought
                                      JOIN sale_order_line sol ON sol.order_id = bought.id AND sol.display_type IS NULL
                                       AND sol.price_subtotal > 0 AND sol.reward_id IS NULL
                                       AND sol.is_downpayment IS NOT TRUE
                                    %(goods)s) line
                              JOIN product_product product ON product.id = line.product_id
                             GROUP BY line.partner_id, product.product_tmpl_id
                           ) bought
                      JOIN contact ON contact.partner_id = bought.partner_id AND %(bought_after)s
                   ) products ON products.partner_id = contact.partner_id
              LEFT JOIN (
                    SELECT DISTINCT contact.partner_id
                      FROM crm_lead lead
                      JOIN res_partner rp ON rp.id = lead.partner_id
                      JOIN contact ON contact.partner_id = rp.commercial_partner_id
                      LEFT JOIN crm_team team ON team.id = lead.team_id
                      LEFT JOIN res_users seller ON seller.id = lead.user_id
                     WHERE COALESCE(lead.company_id, team.company_id, seller.company_id) = %(company)s
                       AND lead.type = 'opportunity' AND lead.won_status <> 'lost'
                       AND lead.create_date > contact.moment
                       AND lead.create_date <= contact.moment + %(days)s * interval '1 day'
                   ) leads ON leads.partner_id = contact.partner_id
            """,
            contact=self._contact_sql(scope),
            company=scope.books,
            rate=self._rate_sql(),
            is_purchase=is_purchase_sql(),
            # without what is no sale, and of what is earned by delivery what was delivered, as in any margin
            lines=Source._order_lines_sql(until, False),
            tills=tills,
            goods=goods,
            days=RECOVERY_DAYS,
            bought_after=SQL(
                "bought.date_order > contact.moment AND bought.date_order <= contact.moment + %s * interval '1 day'",
                RECOVERY_DAYS,
            ),
        )
