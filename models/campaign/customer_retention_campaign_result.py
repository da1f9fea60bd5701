import math
from dataclasses import dataclass, replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.translate import LazyTranslate

from ...analytics.campaign import arms, experiment
from ..scoring.customer_value_source import Scope, are_many

_lt = LazyTranslate(__name__)

MEASURED = _lt("Results are measured automatically and cannot be entered. Press Measure Now.")

RESULT_STATES = [
    ("early", "Not enough data yet"),
    ("underpowered", "Not enough data"),
    ("better", "Better"),
    ("worse", "Worse"),
    ("no_difference", "No effect"),
]

# Those that say something
CONCLUDED = ("better", "worse", "no_difference")

# Why the interval of the effect is not known, where there is more to say than that there is too little.
OBSTACLES = [("buyers", "Too few customers with margin")]

# An effect smaller than this share of what a customer leaves anyway is not worth a campaign, even if it is free.
WORTHWHILE_SHARE = 0.05

# The picture has no more points than this for each of the two times.
MOST_POINTS = 13


@dataclass(frozen=True)
class MemberScope(Scope):
    """Documents of the members of a campaign."""

    campaign_id: int = 0

    def among(self, column):
        return SQL(
            "%s IN (SELECT partner_id FROM customer_retention_member WHERE campaign_id = %s)", column, self.campaign_id
        )


class CustomerRetentionCampaign(models.Model):
    """What came out: margin per customer against the control group.

    By intention to treat: a customer counts in the arm they were drawn into, whether or not the offer reached them.
    """

    _inherit = "customer.retention.campaign"

    result_date = fields.Date(string="Measured Up To", readonly=True, copy=False, workflow=MEASURED)
    result_state = fields.Selection(
        RESULT_STATES, string="Conclusion", readonly=True, copy=False, index=True, workflow=MEASURED
    )
    is_effect_known = fields.Boolean(
        readonly=True, copy=False, help="The interval of the effect is known.", workflow=MEASURED
    )
    result_obstacle = fields.Selection(
        OBSTACLES,
        string="No Interval Because",
        readonly=True,
        copy=False,
        help="Why it cannot be said how far the effect may be due to chance.",
        workflow=MEASURED,
    )
    effect = fields.Monetary(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Additional margin per customer with the offer compared with the control group, adjusted for the "
        "prior period.",
        workflow=MEASURED,
    )
    effect_low = fields.Monetary(string="Effect (Lower)", readonly=True, copy=False, aggregator=None, workflow=MEASURED)
    effect_high = fields.Monetary(
        string="Effect (Upper)", readonly=True, copy=False, aggregator=None, workflow=MEASURED
    )
    effect_total = fields.Monetary(
        string="Additional Margin",
        readonly=True,
        copy=False,
        help="The effect for all customers with the offer.",
        workflow=MEASURED,
    )
    cost_total = fields.Monetary(
        string="Cost",
        readonly=True,
        copy=False,
        help="Time, postage and the like; what coupons and discounts took is in the margin of the orders.",
        workflow=MEASURED,
    )
    profit = fields.Monetary(readonly=True, copy=False, help="Additional margin minus cost.", workflow=MEASURED)
    profit_low = fields.Monetary(string="Profit (Lower)", readonly=True, copy=False, aggregator=None, workflow=MEASURED)
    profit_high = fields.Monetary(
        string="Profit (Upper)", readonly=True, copy=False, aggregator=None, workflow=MEASURED
    )
    # what lists add up: an amount that chance alone may have made is no result
    concluded_effect = fields.Monetary(
        string="Additional Margin, Concluded",
        compute="_compute_concluded",
        store=True,
        help="Of campaigns with a conclusion. The profit center adds up all campaigns, with the range.",
    )
    concluded_profit = fields.Monetary(
        string="Profit, Concluded",
        compute="_compute_concluded",
        store=True,
        help="Of campaigns with a conclusion. The profit center adds up all campaigns, with the range.",
    )
    return_rate = fields.Float(
        string="Return",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Profit per unit of cost.",
        workflow=MEASURED,
    )
    margin_treated = fields.Monetary(
        string="Margin: Offer",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Per customer in the offer group.",
        workflow=MEASURED,
    )
    margin_holdout = fields.Monetary(
        string="Margin: Control",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Per customer in the control group.",
        workflow=MEASURED,
    )
    retained_treated = fields.Float(
        string="Retained: Offer",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of customers with the offer who ordered.",
        workflow=MEASURED,
    )
    retained_holdout = fields.Float(
        string="Retained: Control",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of the control group who ordered.",
        workflow=MEASURED,
    )
    retained_low = fields.Float(
        readonly=True, copy=False, aggregator=None, workflow=MEASURED, string="Retained (Lower)"
    )
    retained_high = fields.Float(
        readonly=True, copy=False, aggregator=None, workflow=MEASURED, string="Retained (Upper)"
    )
    retained_p_value = fields.Float(
        readonly=True, copy=False, aggregator=None, digits=(6, 5), workflow=MEASURED, string="Retained P-Value"
    )
    result_treated = fields.Integer(string="Offer Group Size", readonly=True, copy=False, workflow=MEASURED)
    result_holdout = fields.Integer(string="Control Group Size", readonly=True, copy=False, workflow=MEASURED)
    result_excluded = fields.Integer(string="Excluded Customers", readonly=True, copy=False, workflow=MEASURED)
    result_detectable = fields.Monetary(
        string="Detectable Effect (Actual)",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Smallest effect that these data can detect; 0: none.",
        workflow=MEASURED,
    )
    result_worthwhile = fields.Monetary(
        string="Minimum Worthwhile Effect",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Minimum effect per customer that makes the campaign worthwhile: its cost, but at least 5% of the "
        "margin of the control group.",
        workflow=MEASURED,
    )
    result_correlation = fields.Float(
        string="Correlation with Before",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Correlation with the margin of the prior period, within the groups.",
        workflow=MEASURED,
    )
    attributed_amount = fields.Monetary(
        string="Attributed Revenue",
        readonly=True,
        copy=False,
        help="Amount of orders linked to the campaign, those at tills included. It is unknown how much of it would "
        "have come anyway.",
        workflow=MEASURED,
    )
    attributed_rate = fields.Float(
        string="Attributed Share",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of the orders of customers with the offer.",
        workflow=MEASURED,
    )
    checkpoint_ids = fields.One2many(
        "customer.retention.checkpoint", "campaign_id", readonly=True, copy=False, workflow=MEASURED
    )

    @api.depends("result_state", "effect_total", "profit")
    def _compute_concluded(self):
        for campaign in self:
            concluded = campaign.result_state in CONCLUDED
            campaign.concluded_effect = campaign.effect_total if concluded else 0.0
            campaign.concluded_profit = campaign.profit if concluded else 0.0

    @api.model
    def _unknown_result(self):
        return {
            "is_effect_known": False,
            "result_obstacle": False,
            **dict.fromkeys(
                (
                    *("effect", "effect_low", "effect_high", "effect_total", "cost_total"),
                    *("profit", "profit_low", "profit_high", "return_rate"),
                    *("margin_treated", "margin_holdout", "retained_treated", "retained_holdout"),
                    *("retained_low", "retained_high", "retained_p_value"),
                    *("result_treated", "result_holdout", "result_excluded"),
                    *("result_detectable", "result_worthwhile", "result_correlation"),
                    *("attributed_amount", "attributed_rate"),
                ),
                0,
            ),
        }

    # -- measuring -----------------------------------------------------------------------------------------------------

    def action_measure(self):
        """
        :raise AccessError: for managers only
        :raise UserError: it has not begun
        """
        self.check_access("write")
        for campaign in self:
            if campaign.state != "draft" and campaign.date_start and campaign._get_day() < campaign.date_start:
                raise UserError(
                    self.env._(
                        "Orders count from %s: there is nothing to measure before that date.",
                        format_date(self.env, campaign.date_start),
                    )
                )
        self._measure()

    @api.model
    def _cron_measure(self):
        """Measure what has begun and has no verdict yet, until its whole time has been measured."""
        campaigns = self.search(
            [
                ("state", "!=", "draft"),
                ("date_start", "<=", fields.Date.add(fields.Date.today(), days=1)),
                ("result_state", "in", (False, "early")),
                ("member_ids", "!=", False),
            ],
            order="id",
        )
        # a campaign that somebody is working on is measured the next time
        self.env["ir.cron"]._value_do_each(
            campaigns, lambda campaign: campaign.try_lock_for_update(allow_referencing=True)._measure()
        )

    def _measure(self, as_of=None):
        """Work out the result and store it, with the picture up to then.

        The margin of each member from the first day to the last day that is measured, or to ``as_of`` if that is
        earlier, against that of the control group. Before the last day has passed there is an interval, but no
        conclusion.

        :param date as_of: last day whose orders count; None: today. Days are those of the company, by whose clock
            orders are counted. Before the first day nothing is stored.
        """
        self.env.flush_all()
        for campaign in self:
            if not campaign.date_start or not campaign.measure_until:
                continue
            today = campaign._get_day()
            until = min(as_of or today, campaign.measure_until)
            if until < campaign.date_start:
                continue
            rows = campaign._read_arms(campaign.date_start, until)
            if not rows:
                continue
            is_over = until == campaign.measure_until and until < today
            values = campaign._get_result_values(rows, until, is_over)
            # sudo: only this method writes results
            sudo = campaign.sudo()
            verdict_before = sudo.result_state
            sudo.write(values)
            sudo._keep_checkpoints(until)
            if is_over and verdict_before in (False, "early"):
                sudo._announce_result()

    def _get_result_values(self, rows, until, is_over):
        """What is stored of a result.

        :param rows: from ``_read_arms``
        :param bool is_over: the whole time has been measured
        """
        confidence, power = self.confidence / 100, self.power / 100
        counted = [row for row in rows if not row["is_excluded"]]
        treated = [row for row in counted if row["arm"] == "treatment"]
        holdout = [row for row in counted if row["arm"] == "holdout"]
        treated_count, holdout_count = (sum(row["customers"] for row in side) for side in (treated, holdout))
        means = [self._mean(side) for side in (treated, holdout)]
        cost = sum(row["cost"] for row in rows)
        strata = self._pair_strata(counted)
        found = experiment.measured_difference(strata, confidence)
        worthwhile = max(cost / treated_count if treated_count else 0.0, WORTHWHILE_SHARE * abs(means[1]))
        shares = experiment.proportions(
            sum(row["retained"] for row in treated),
            treated_count,
            sum(row["retained"] for row in holdout),
            holdout_count,
            confidence,
        )
        values = self._unknown_result() | {
            "result_date": until,
            "result_state": experiment.verdict(
                found, is_over, min(treated_count, holdout_count), worthwhile, confidence, power
            ),
            "cost_total": cost,
            "margin_treated": means[0],
            "margin_holdout": means[1],
            "retained_treated": sum(row["retained"] for row in treated) / (treated_count or 1),
            "retained_holdout": sum(row["retained"] for row in holdout) / (holdout_count or 1),
            "retained_low": max(shares.low, -1.0),
            "retained_high": min(shares.high, 1.0),
            "retained_p_value": shares.p_value,
            "result_treated": treated_count,
            "result_holdout": holdout_count,
            "result_excluded": sum(row["customers"] for row in rows if row["is_excluded"]),
            "result_worthwhile": worthwhile,
            "result_correlation": arms.correlation(
                arms.cells_of([(offered.arm, control.arm) for offered, control in strata])
            ),
            "result_obstacle": found.obstacle or False,
            **self._read_attribution(until),
        }
        if found.is_known:
            profit = found.effect * treated_count - cost
            values |= {
                "is_effect_known": True,
                "effect": found.effect,
                "effect_low": found.low,
                "effect_high": found.high,
                "effect_total": found.effect * treated_count,
                "profit": profit,
                "profit_low": found.low * treated_count - cost,
                "profit_high": found.high * treated_count - cost,
                "return_rate": profit / cost if cost > 0 else 0.0,
                "result_detectable": found.detectable(confidence, power),
            }
        return values

    @api.model
    def _mean(self, rows):
        count = sum(row["customers"] for row in rows)
        mean = sum(row["customers"] * row["mean"] for row in rows) / count if count else 0.0
        # a margin that is not a number is not known, and could not be stored or sent to a browser
        return mean if math.isfinite(mean) else 0.0

    @api.model
    def _pair_strata(self, rows):
        """:return: pairs of ``arms.Customers``, those with the offer and the control group, one for each stratum"""
        strata = {}
        for row in rows:
            pair = strata.setdefault(row["stratum"], [arms.Customers.of(), arms.Customers.of()])
            pair[row["arm"] == "holdout"] = arms.Customers.of(row["margins"], row["margins_before"])
        # in the order of their names: the interval depends on the order of strata, and databases sort differently
        return [tuple(pair) for _name, pair in sorted(strata.items())]

    # -- reading -------------------------------------------------------------------------------------------------------

    def _result_scope(self, first, until):
        year = MemberScope.make(self.company_id, until, 12)
        return replace(
            year,
            window_start=first,
            trend_start=first,
            campaign_id=self.id,
            many=are_many(self.company_id, self.member_count),
        )

    def _read_arms(self, first, until):
        """The margin of each member kept from ``first`` to ``until``, both included; one query.

        Members without orders count with 0. The time before is that stored when they were drawn.

        :return: list of dicts, one for each arm, stratum and ``is_excluded``: ``customers``, ``mean`` of the margin,
            ``margins`` and ``margins_before`` (lists of float, one number a customer, in the same order), ``retained``
            (who ordered), ``cost``
        """
        self.ensure_one()
        Source = self.env["customer.value.source"]
        scope = self._result_scope(first, until)
        queries = {name: Source._source_query(name, scope, {"margin", "order_count"}) for name in ("sale", "invoice")}
        read, joins, _evidence = Source._read_once(
            queries, {"sale": ["order_margin", "order_count"], "invoice": ["changed_margin"]}
        )
        metrics = Source._get_metrics()
        self.env["ir.config_parameter"]._use_sort_memory()
        self.env.cr.execute(
            SQL(
                """
                WITH %(read)s
                SELECT member.arm, COALESCE(member.stratum, '') AS stratum,
                       COALESCE(member.excluded, '') <> '' AS is_excluded,
                       count(*) AS customers, avg(member.margin) AS mean, array_agg(member.margin) AS margins,
                       array_agg(member.margin_before) AS margins_before,
                       count(*) FILTER (WHERE member.order_count > 0) AS retained,
                       COALESCE(sum(member.cost), 0)::float8 AS cost
                  FROM (
                        SELECT m.arm, m.stratum, m.excluded, m.cost, %(orders)s AS order_count,
                               COALESCE(%(margin)s, 0)::float8 AS margin,
                               COALESCE(m.margin_before, 0)::float8 AS margin_before
                          FROM customer_retention_member m
                          JOIN res_partner rp ON rp.id = m.partner_id
                          %(joins)s
                         WHERE m.campaign_id = %(campaign)s
                       ) member
                 GROUP BY 1, 2, 3
                 ORDER BY 1, 2, 3
                """,
                read=read,
                margin=Source._metric_sql("margin", metrics["margin"]),
                orders=Source._metric_sql("order_count", metrics["order_count"]),
                joins=joins,
                campaign=self.id,
            )
        )
        return self.env.cr.dictfetchall()

    def _read_attribution(self, until):
        """What orders of members with the offer say of where they came from: attribution, not effect.

        :return: dict of ``attributed_amount`` (untaxed, company currency) and ``attributed_rate`` (share of all they
            ordered)
        """
        scope = self._result_scope(self.date_start, until)
        Source, tills = self.env["customer.value.source"], SQL()
        if Source._has_tills():
            tills = SQL(
                """UNION ALL
                        SELECT bought.own_amount, bought.campaign_id = %(campaign)s FROM (%(tills)s) bought""",
                campaign=self.id,
                tills=self._result_tills_sql(self.date_start, until),
            )
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(sum(ordered.amount) FILTER (WHERE ordered.is_attributed), 0)::float8,
                       COALESCE(sum(ordered.amount), 0)::float8
                  FROM (
                        SELECT so.amount_untaxed / COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS amount,
                               so.campaign_id = %(utm)s AS is_attributed
                          FROM customer_retention_member m
                          JOIN res_partner rp ON rp.commercial_partner_id = m.partner_id
                          JOIN sale_order so ON so.value_customer_id = rp.id
                         WHERE m.campaign_id = %(campaign)s AND m.arm = 'treatment' AND COALESCE(m.excluded, '') = ''
                           AND so.company_id = %(company)s AND so.state = 'sale'
                           AND so.date_order >= %(opens)s AND so.date_order < %(until)s
                        %(tills)s
                       ) ordered
                """,
                utm=self.utm_campaign_id.id or 0,
                campaign=self.id,
                company=scope.books,
                opens=scope.window_opens,
                until=scope.until,
                tills=tills,
            )
        )
        [(attributed, ordered)] = self.env.cr.fetchall()
        return {"attributed_amount": attributed, "attributed_rate": attributed / ordered if ordered > 0 else 0.0}

    def _result_tills_sql(self, first, until, arm="treatment"):
        """What members of an arm bought at tills from ``first`` to ``until``, see ``_till_campaigns_sql``."""
        scope = self._result_scope(first, until)
        return SQL(
            """SELECT bought.*
                 FROM (%s) bought
                 JOIN customer_retention_member counted ON counted.partner_id = bought.partner_id
                  AND counted.campaign_id = %s AND counted.arm = %s AND COALESCE(counted.excluded, '') = ''
                WHERE bought.moment >= %s""",
            self.env["customer.value.source"]._till_campaigns_sql(scope),
            self.id,
            arm,
            scope.window_opens,
        )

    # -- the picture over time: the result at the end of each week, and what was before the start ----------------------

    def _get_day(self, moment=None):
        """The day of a moment, None: of now, by the clock that documents are counted by, whoever looks."""
        return self.company_id._get_value_day(moment or fields.Datetime.now())

    def _get_time_before(self):
        """First and last day of the time before the start, as long as the one measured: see ``_get_scope``."""
        drawn = self._get_day(self.started_on) if self.started_on else self.date_start
        last = min(self.date_start, drawn) - timedelta(days=1)
        return last - (self.measure_until - self.date_start), last

    def _get_checkpoint_days(self, first, last):
        """Ends of weeks, or of more weeks where there would be too many, and the last day."""
        length = (last - first).days + 1
        step = 7 * max(1, math.ceil(length / 7 / MOST_POINTS))
        days = [first + timedelta(days=number - 1) for number in range(step, length, step)]
        return [*days, last]

    def _keep_checkpoints(self, until):
        """Add what is missing of the picture, of days that are over. Call with sudo.

        :param date until: the last day that may be looked at
        """
        self.ensure_one()
        kept = set(self.checkpoint_ids.mapped("date"))
        today = self._get_day()
        before, last = self._get_time_before()
        self.env["customer.retention.checkpoint"].create(
            [
                self._get_checkpoint(first, day)
                for first, final in ((before, last), (self.date_start, self.measure_until))
                for day in self._get_checkpoint_days(first, final)
                if day <= until and day < today and day not in kept
            ]
        )

    def _get_checkpoint(self, first, day):
        rows = [row for row in self._read_arms(first, day) if not row["is_excluded"]]
        is_before = day < self.date_start
        found = experiment.Estimate()
        # adjusted for the time before, the time before itself has no difference left
        if not is_before:
            found = experiment.measured_difference(self._pair_strata(rows), self.confidence / 100)
        margins = [self._mean([row for row in rows if row["arm"] == arm]) for arm in ("treatment", "holdout")]
        return {
            "campaign_id": self.id,
            "company_id": self.company_id.id,
            "date": day,
            "is_before": is_before,
            "margin_treated": margins[0],
            "margin_holdout": margins[1],
            "is_effect_known": found.is_known,
            "effect": found.effect if found.is_known else 0.0,
            "effect_low": found.low if found.is_known else 0.0,
            "effect_high": found.high if found.is_known else 0.0,
        }
