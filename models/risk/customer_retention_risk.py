import math
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date, formatLang

from ...analytics.risk import at_risk
from ..core.locking import LOCK_RISKS, lock_company
from ..core.shared_rows import drop_rows, share_rows
from ..core.side_by_side import SideBySide
from ..core.together import search_ahead
from ..scoring.customer_value_advice import FOLLOW_DAYS
from ..scoring.customer_value_run_pipeline import DEFAULT_LIMITS
from ..scoring.customer_value_source import Scope, Span

LEVELS = [("watch", "Watch"), ("serious", "Serious"), ("urgent", "Urgent")]

MONTHS = 12

# Advice worked if the customer orders within their usual gap: but in less time nobody may have called them yet, and
# after more the order would not come of it.
LEAST_DAYS, MOST_DAYS = 14, 180


# What is read of those who have ordered, one row each, for the statements of a refresh.
TRADE = "customer_retention_trade"

# Of so many customers, one half is compared with what is stored by a process of its own.
DIVIDED = 5000


@dataclass(frozen=True)
class PartScope(Scope):
    """Customers with numbers above ``after``, up to ``last``; null where there is no such end."""

    after: int | None = None
    last: int | None = None

    def among(self, column):
        ends = ((">", self.after), ("<=", self.last))
        return SQL(" AND ").join(SQL("%s %s %s", column, SQL(sign), end) for sign, end in ends if end is not None)


@dataclass(frozen=True)
class DisputeScope(Scope):
    """Documents of those with an open complaint: ``complaint`` in the statement of a refresh."""

    def among(self, column):
        return SQL("%s IN (SELECT partner_id FROM complaint)", column)


class CustomerRetentionRisk(models.Model):
    """A customer at risk, in one company, and the facts that show it.

    Written in SQL by ``_refresh`` alone, and only where something changed. Amounts are in company currency, untaxed;
    margins and stake are for twelve months. Customers who never ordered, or are lost, are not at risk.
    """

    _name = "customer.retention.risk"
    _inherit = ["customer.retention.finding", "customer.value.customer.row"]
    _description = "Customer at Risk"
    _order = "expected_loss desc nulls last, stake desc, id"
    _rec_name = "partner_id"
    # It is recomputed every day by the system, not by a user.
    _log_access = False

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    since = fields.Date(string="At Risk Since", readonly=True, help="Date when it was first detected.")
    as_of = fields.Date(readonly=True, help="Date since which this state has been valid.")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, index="btree_not_null", ondelete="set null")
    reason_id = fields.Many2one(
        "customer.retention.reason",
        readonly=True,
        index=True,
        ondelete="restrict",
        group_expand="_read_group_reason_id",
        help="The most urgent matching reason, by the order of the reasons.",
    )
    level = fields.Selection(LEVELS, readonly=True, group_expand=True)
    factors = fields.Char(
        string="Reasons Found", readonly=True, help="Codes of all matching reasons, most urgent first."
    )
    stake = fields.Monetary(
        string="At Stake per Year",
        readonly=True,
        help="The margin of the customer in the better of the last two years; the average of both if it has grown.",
    )
    probability = fields.Float(
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        help="How likely the customer is to place no order within the next days, learned from your own customers. "
        "Empty while too little is known.",
    )
    horizon_days = fields.Integer(
        string="Days Ahead", readonly=True, aggregator=False, help="Number of days for which the probability holds."
    )
    expected_loss = fields.Monetary(
        string="Expected Loss per Year", readonly=True, help="Amount at stake, times the probability."
    )
    probability_note = fields.Text(compute="_compute_probability_note")

    # Rhythm
    gap_days = fields.Integer(string="Days Since Order", readonly=True, aggregator="avg")
    usual_gap_days = fields.Float(
        string="Usual Gap (days)",
        digits=(10, 1),
        readonly=True,
        aggregator="avg",
        help="Average number of days between order days; at least three are needed.",
    )
    gap_ratio = fields.Float(digits=(10, 2), readonly=True, aggregator="avg", help="0: not enough orders to calculate.")

    # Score
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    score_fall = fields.Float(
        string="Lost Points",
        digits=(5, 2),
        readonly=True,
        aggregator="avg",
        help="Points lost within the look-back period.",
    )
    fallen_metric = fields.Selection(
        selection="_selection_metric",
        string="Largest Drop",
        readonly=True,
        help="Metric with the largest loss of points; empty if there is not enough history.",
    )

    # Margin
    margin_before = fields.Monetary(
        string="Margin a Year Ago", readonly=True, help="In the twelve months before the last twelve."
    )
    margin_now = fields.Monetary(readonly=True, help="In the last twelve months.")
    margin_lost = fields.Monetary(string="Annual Margin Loss", readonly=True)

    # What is unsettled
    complaint_count = fields.Integer(
        string="Open Complaints", readonly=True, help="Abusive complaints are not counted."
    )
    complaint_since = fields.Date(string="Oldest Complaint", readonly=True)
    disputed_amount = fields.Monetary(
        string="Disputed Overdue",
        readonly=True,
        help="Overdue amount of invoices concerned by an open complaint; the total overdue amount, if the "
        "complaint is about invoices in general.",
    )
    disputed_days = fields.Integer(
        string="Days Overdue", readonly=True, aggregator="max", help="Days overdue of the oldest disputed item."
    )

    # A deal lost
    competitor_id = fields.Many2one("res.partner", string="Lost a Deal To", readonly=True, ondelete="set null")
    competitor_on = fields.Date(string="Deal Lost On", readonly=True)

    # Activity
    p_active = fields.Float(
        string="Probability Active",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        help="How likely it is, by a model of purchases, that the customer still buys at all. The probability of "
        "staying away is another one: it counts how many customers like them placed no order within a number of days.",
    )
    p_usual = fields.Float(
        string="Usual Probability Active",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        help="How likely it is when a usual gap has passed since the last order.",
    )
    forecast_loss = fields.Monetary(
        string="Forecast Margin Lost",
        readonly=True,
        help="The margin forecast for the next twelve months if the customer stays, times the probability of staying "
        "away. Empty without a forecast.",
    )
    fingerprint = fields.Char(readonly=True)

    explanation = fields.Char(compute="_compute_explanation")
    brief = fields.Char(
        string="Main Reason",
        compute="_compute_explanation",
        help="What shows the main reason, and how many other reasons there are.",
    )
    remedy = fields.Text(compute="_compute_remedy", string="Next Step")

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer can have only one risk record per company."
    )

    @api.model
    def _selection_metric(self):
        return self.env["customer.value.source"]._selection_metric()

    @api.model
    def _read_group_reason_id(self, reasons, domain):
        """All that can be found, so that reasons without customers at risk are shown, too."""
        return reasons.search(self._get_reasons_domain())

    @api.model
    def _get_reasons_domain(self):
        return [("kind", "=", "slipping"), ("code", "!=", False)]

    # -- in words ----------------------------------------------------------------------------------------------------

    @api.depends("factors")
    @api.depends_context("lang")
    def _compute_explanation(self):
        metrics = dict(self._selection_metric())
        for risk in self:
            factors = (risk.factors or "").split()
            found = {factor: getattr(risk, f"_explain_{factor}")(metrics) for factor in factors}
            found = {factor: sentence for factor, sentence in found.items() if sentence}
            risk.explanation = " ".join(found.values())
            main = next(iter(found), None)
            # a reason of another addon may have a sentence only
            brief = getattr(risk, f"_brief_{main}")() if hasattr(risk, f"_brief_{main}") else found.get(main, "")
            risk.brief = f"{brief} (+{len(found) - 1})" if len(found) > 1 else brief

    @api.depends("reason_id", "reason_id.advice")
    @api.depends_context("lang")
    def _compute_remedy(self):
        reasons = self._get_step_reasons()
        for risk in self:
            risk.remedy = reasons[risk].advice

    def _get_step_reasons(self):
        """The reason whose advice is the next step: the main one; but a complaint comes first, also one that has come
        in since the last refresh.

        :return: dict of ``customer.retention.reason`` by risk
        """
        # sudo: whether there is a complaint, and nothing of it
        Ticket = self.env["helpdesk.ticket"].sudo()
        books = {company: company._get_value_books() for company in self.company_id.sudo()}
        tickets = search_ahead(
            Ticket,
            Ticket._get_open_complaints_domain(self.partner_id, self.company_id.sudo().union(*books.values())),
            ("commercial_partner_id", "company_id"),
        )
        waiting = {
            (ticket.commercial_partner_id, company)
            for ticket in tickets
            for company, companies in books.items()
            if ticket.company_id in companies
        }
        Reason = self.env["customer.retention.reason"]
        complaint = search_ahead(Reason, Reason._get_code_domain("complaint"))
        return {
            risk: complaint
            if complaint
            and (risk.partner_id.sudo(), risk.company_id.sudo()) in waiting
            and risk.reason_id.code not in ("complaint", "dispute")
            else risk.reason_id
            for risk in self
        }

    def _get_steps(self):
        """:return: dict by risk, see ``res.partner._get_next_steps``"""
        Partner = self.env["res.partner"]
        return {
            risk: Partner._prepare_next_step("risk", reason.advice, reason.name, risk._get_days_to_order())
            for risk, reason in self._get_step_reasons().items()
            if reason.advice
        }

    def _get_days_to_order(self):
        """In how many days an order shows that advice worked: the usual gap, as far as there is one."""
        if not self.usual_gap_days:
            return FOLLOW_DAYS
        return min(max(math.ceil(self.usual_gap_days), LEAST_DAYS), MOST_DAYS)

    def action_plan_step(self):
        """Plan an activity as advised."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.action_plan_next_step(self.company_id.id)

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _explain_dispute(self, metrics):
        return self.env._(
            "%(amount)s is overdue and disputed; the oldest item is %(days)s days overdue.",
            amount=self._money(self.disputed_amount),
            days=self.disputed_days,
        )

    def _explain_complaint(self, metrics):
        since = format_date(self.env, self.complaint_since)
        if self.complaint_count == 1:
            return self.env._("A complaint has been open since %s.", since)
        return self.env._(
            "%(count)s complaints are open, the oldest since %(date)s.", count=self.complaint_count, date=since
        )

    def _explain_competitor(self, metrics):
        return self.env._(
            "A deal was lost to %(competitor)s on %(date)s, and nothing was ordered since.",
            competitor=self.competitor_id.sudo().display_name,
            date=format_date(self.env, self.competitor_on),
        )

    def _explain_margin(self, metrics):
        return self.env._(
            "Margin fell from %(before)s to %(now)s a year.",
            before=self._money(self.margin_before),
            now=self._money(self.margin_now),
        )

    def _explain_decline(self, metrics):
        terms = {
            "before": formatLang(self.env, self.score + self.score_fall, digits=1),
            "now": formatLang(self.env, self.score, digits=1),
        }
        if not self.fallen_metric:
            return self.env._("The score decreased from %(before)s to %(now)s.", **terms)
        return self.env._(
            "The score decreased from %(before)s to %(now)s, mainly because of “%(metric)s”.",
            metric=metrics.get(self.fallen_metric, self.fallen_metric),
            **terms,
        )

    def _explain_rhythm(self, metrics):
        usual = round(self.usual_gap_days)
        if usual < 2:
            return self.env._("Orders almost every day; the last order was %s days ago.", self.gap_days)
        return self.env._(
            "Orders about every %(usual)s days; the last order was %(days)s days ago.", usual=usual, days=self.gap_days
        )

    def _explain_activity(self, metrics):
        # relative, as the limits are: two probabilities that mean different things side by side would contradict
        return self.env._(
            "The chance that they still buy at all is %(share)s%% lower than after their usual gap.",
            share=round(100 * (1 - self.p_active / self.p_usual)),
        )

    def _explain_alike(self, metrics):
        return self.env._(
            "%(share)s%% of customers like them placed no order within %(days)s days.",
            share=round(100 * self.probability),
            days=self.horizon_days,
        )

    # -- in brief, for a column of a list ------------------------------------------------------------------------------

    def _brief_dispute(self):
        return self.env._(
            "%(amount)s disputed, %(days)s days overdue",
            amount=self._money(self.disputed_amount),
            days=self.disputed_days,
        )

    def _brief_complaint(self):
        since = format_date(self.env, self.complaint_since)
        if self.complaint_count == 1:
            return self.env._("Complaint open since %s", since)
        return self.env._("%(count)s complaints open since %(date)s", count=self.complaint_count, date=since)

    def _brief_competitor(self):
        return self.env._("Deal lost to %s", self.competitor_id.sudo().display_name)

    def _brief_margin(self):
        return self.env._(
            "Margin from %(before)s to %(now)s",
            before=self._money(self.margin_before),
            now=self._money(self.margin_now),
        )

    def _brief_decline(self):
        return self.env._(
            "Score from %(before)s to %(now)s",
            before=formatLang(self.env, self.score + self.score_fall, digits=1),
            now=formatLang(self.env, self.score, digits=1),
        )

    def _brief_rhythm(self):
        usual = round(self.usual_gap_days)
        if usual < 2:
            return self.env._("Last order %s days ago, usually daily", self.gap_days)
        return self.env._("Last order %(days)s days ago, usually every %(usual)s", days=self.gap_days, usual=usual)

    def _brief_activity(self):
        return self.env._("%s%% less likely to buy at all", round(100 * (1 - self.p_active / self.p_usual)))

    def _brief_alike(self):
        return self.env._("%s%% of customers like them stay away", round(100 * self.probability))

    @api.depends("horizon_days", "company_id")
    @api.depends_context("lang")
    def _compute_probability_note(self):
        for risk in self:
            # sudo: what is missing may be known to users who may see the risk
            risk.probability_note = not risk.horizon_days and risk.company_id.sudo().retention_learned_note

    # -- What opens from a customer at risk ---------------------------------------------------------------------------

    def _explain_with_stake(self):
        """The explanation, and what is at stake."""
        self.ensure_one()
        if not self.stake:
            return self.explanation
        return self.env._(
            "%(explanation)s At stake: %(stake)s a year.", explanation=self.explanation, stake=self._money(self.stake)
        )

    # -- documents -----------------------------------------------------------------------------------------------------

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_view_complaints(self):
        """Open the complaints that count here: those not found abusive."""
        self.ensure_one()
        self.check_access("read")
        Source = self.env["customer.value.source"]
        # sudo: the system knows which ones are abusive, and the list does not show those
        abusive = Source.sudo()._abusive_tickets(Scope.make(self.company_id, self.company_id._get_value_today(), 12))
        books = self.company_id._get_value_books()
        domain = self.env["helpdesk.ticket"]._get_open_complaints_domain(self.partner_id, books)
        return Source._list_action(
            self.env._("Open Complaints of %s", self.partner_id.display_name),
            "helpdesk.ticket",
            [*domain, ("duplicate_id", "=", False), ("id", "not in", abusive.ids)],
        )

    def action_view_overdue(self):
        """Open the overdue invoices of the customer, disputed or not."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.with_company(self.company_id).action_view_overdue()

    def action_view_orders(self):
        """Open the confirmed orders of the customer, the latest first."""
        self.ensure_one()
        self.check_access("read")
        scope = Scope.make(self.company_id, self.company_id._get_value_today(), 24, self.partner_id)
        return self.env["customer.value.source"]._documents_action("recency_days", scope, self.partner_id)

    # -- How the risks are brought in line with the documents: one statement for each company -------------------------

    @api.model
    def _refresh(self, company, as_of=None, partners=None, learn=False):
        """Bring the risks of ``company`` in line with its documents.

        :param date as_of: the state of the books at the end of that day, today if not given. The score is the present
            one, unless it began later: then it is not known. Tier and account manager are those of the score and today
        :param partners: ``res.partner`` whose commercial entities are looked at; all customers if not given
        :param bool learn: whether the probability is learned anew from all customers, though it was lately
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_RISKS)
        return self._refresh_locked(company, as_of, partners, learn)

    @api.model
    def _look_anew(self, company):
        return self._refresh(company, learn=True)

    @api.model
    def _refresh_locked(self, company, as_of=None, partners=None, learn=False):
        as_of = as_of or company._get_value_today()
        if partners is not None:
            # a contact that has become part of a company may have been a customer of their own
            partners |= partners.commercial_partner_id
        self.env.flush_all()
        scope = Scope.make(company, as_of, MONTHS, partners)
        watch = self._get_watch(company, as_of)
        if partners is not None:
            # what is learned from all customers serves until then for these, too
            counts = self._store(watch, self._differing_sql(scope, watch, self._orders_sql(company, scope)))
        else:
            counts = self._refresh_all(company, scope, watch, learn)
        if any(counts.values()):
            self.env["customer.retention.risk"].invalidate_model(flush=False)
            self.env["res.partner"].invalidate_model(["retention_risk_id"], flush=False)
        return counts

    @api.model
    def _refresh_all(self, company, scope, watch, learn):
        """Read orders and margins once, learn from them where that is due or asked for, and store the risks of all
        customers.
        """
        cr = self.env.cr
        self.env["ir.config_parameter"]._use_sort_memory()
        with self.env["ir.config_parameter"]._reading_indexes():
            orders = share_rows(cr, TRADE, self._orders_sql(company, scope, side_by_side=True))
            cr.execute(SQL("ANALYZE %s (partner_id)", orders))
            orders = SQL("SELECT * FROM %s", orders)
            learned = None if learn else company._get_young_learning(watch.as_of)
            learned = learned or company._learn_staying_away(orders, watch.lost_days, watch.as_of)
            watch = replace(watch, learned=learned)
            counts = self._store(watch, self._differing_side_by_side_sql(scope, watch, orders))
        drop_rows(cr, TRADE)
        return counts

    @api.model
    def _differing_sql(self, scope, watch, orders):
        """Query of the risks that are not stored as they were found, see ``at_risk.differing_sql``.

        :param SQL orders: see ``_orders_sql``
        """
        # sudo: it is about all documents, for all users
        Source = self.env["customer.value.source"].sudo()
        plain = {field.name: getattr(scope, field.name) for field in dataclass_fields(Scope)}
        return at_risk.differing_sql(
            watch,
            scope,
            trade=self._trade_sql(scope, orders),
            overdue=Source._overdue_items_sql(DisputeScope(**plain)),
            abusive=Source._abusive_sql(scope),
        )

    @api.model
    def _differing_side_by_side_sql(self, scope, watch, orders):
        """The same of everybody. Where they are many, either half of them is looked at by a process of its own."""
        query = SQL("SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY partner_id) FROM (%s) sale", orders)
        [(count, middle)] = self.env.execute_query(query)
        if count < DIVIDED:
            return self._differing_sql(scope, watch, orders)
        beside = SideBySide(self.env.cr)
        parts = [
            beside.add(name, self._differing_sql(part, watch, orders), at_risk.DIFFERING)
            for name, part in (
                ("upper", PartScope(**vars(scope), after=middle)),
                ("lower", PartScope(**vars(scope), last=middle)),
            )
        ]
        return SQL("WITH %s %s", beside.get_cte(), SQL(" UNION ALL ").join(parts))

    @api.model
    def _store(self, watch, differing):
        """
        :param SQL differing: see ``_differing_sql``
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        self.env.cr.execute(at_risk.store_sql(watch, differing))
        return dict(zip(("added", "changed", "removed"), self.env.cr.fetchone(), strict=True))

    @api.model
    def _get_years(self, company, scope):
        """:return: ``scope`` with the spans ``now``, its window, and ``before``, as many months before that"""
        eve = scope.window_start - timedelta(days=1)
        now = Span("now", scope.window_start, scope.as_of)
        before = Span("before", Scope.make(company, eve, MONTHS).window_start, eve)
        return replace(scope, window_start=before.first, spans=(now, before))

    @api.model
    def _orders_sql(self, company, scope, side_by_side=False):
        """Query of those in ``scope`` who have ordered: ``partner_id`` (commercial entity), ``ago`` (days since each
        day with an order, ascending; null where nothing was bought), ``margin`` of the window of ``scope``
        and ``margin_before`` of as many months before that (company currency).

        :param bool side_by_side: whether orders, and what documents changed in their margins, are read at the same time
        """
        years = self._get_years(company, scope)
        now, before = years.spans
        ago = SQL("(%s::date - bought.day)", scope.as_of)
        # sudo: as in _differing_sql
        Source = self.env["customer.value.source"].sudo()
        queries = {
            "sale": Source._orders_by_customer_sql(
                years,
                {"ago": SQL("array_agg(DISTINCT %s ORDER BY %s) FILTER (WHERE bought.is_order)", ago, ago)},
                {
                    span.column("order_margin"): span.holds(SQL("bought.day"), SQL("bought.partner_id"))
                    for span in years.spans
                },
            ),
            "invoice": Source._source_query("invoice", years, {"margin"}),
        }
        kinds = {
            "sale": {"ago": "int4[]"} | {span.column("order_margin"): "numeric" for span in years.spans},
            "invoice": {span.column("changed_margin"): "numeric" for span in years.spans},
        }
        if side_by_side:
            beside = SideBySide(self.env.cr)
            queries = {
                name: beside.add(name, query, {"partner_id": "int4"} | kinds[name]) for name, query in queries.items()
            }
            read = beside.get_cte()
        else:
            # materialized: a planner that takes a table for empty would read it anew for each customer
            read = SQL("changed AS MATERIALIZED (%s)", queries["invoice"])
            queries["invoice"] = SQL("SELECT * FROM changed")
        return SQL(
            """
            WITH %(read)s
            SELECT sale.partner_id, sale.ago, %(now)s AS margin, %(before)s AS margin_before
              FROM (%(sale)s) sale
              LEFT JOIN (%(invoice)s) invoice ON invoice.partner_id = sale.partner_id
            """,
            read=read,
            now=Source._margin_sql(now),
            before=Source._margin_sql(before),
            **queries,
        )

    @api.model
    def _trade_sql(self, scope, orders):
        """Query of those who have ordered, as ``at_risk.differing_sql`` asks for it.

        :param SQL orders: see ``_orders_sql``
        """
        return SQL(
            """
            SELECT sale.partner_id, %(as_of)s::date - sale.ago[cardinality(sale.ago)] AS first_order,
                   %(as_of)s::date - sale.ago[1] AS last_order, cardinality(sale.ago) AS order_days,
                   sale.ago[1] AS gap_days, sale.margin, sale.margin_before
              FROM (%(orders)s) sale
             WHERE sale.ago IS NOT NULL AND %(among)s
            """,
            as_of=scope.as_of,
            orders=orders,
            among=scope.among(SQL("sale.partner_id")),
        )

    @api.model
    def _get_watch(self, company, as_of):
        """The ``at_risk.Watch`` of a company: its settings, and the reasons in use in their order."""
        # sudo: policy and reasons are the same for all users
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        reasons = self.env["customer.retention.reason"].sudo().search(self._get_reasons_domain())
        calibration = policy.calibration or {}
        return at_risk.Watch(
            as_of=as_of,
            company_id=company.id,
            lost_days=calibration.get("lost_days") or policy.lost_days or DEFAULT_LIMITS[1],
            policy_id=policy.id or None,
            fall_start=as_of - timedelta(days=company.retention_fall_days),
            digits=company.currency_id.decimal_places,
            reasons=tuple((reason.code, reason.id) for reason in reasons if reason.code in at_risk.FACTORS),
            gaps=company._get_retention_limits("gap"),
            falls=company._get_retention_limits("fall"),
            losses=company._get_retention_limits("margin"),
            complaint_days=(company.retention_complaint_serious, company.retention_complaint_urgent),
            dispute_days=company.retention_dispute_urgent,
            activities=company._get_retention_limits("activity"),
            shares=company._get_retention_limits("probability"),
            # sudo: learned by the system
            learned=company.sudo().retention_learned or None,
        )

    # -- scheduled -----------------------------------------------------------------------------------------------------

    @api.model
    def _get_refresh_companies(self):
        # complaints and margins show risks before there is any policy
        return self.env["res.company"].search([("active", "=", True)])
