from odoo import api, fields, models
from odoo.tools import format_amount, format_date, formatLang

LEVELS = [("watch", "Watch"), ("serious", "Serious"), ("urgent", "Urgent")]


class CustomerRetentionRisk(models.Model):
    """A customer who is slipping, in one company, and the facts that say so.

    Written in SQL by ``_refresh`` alone, and only where something changed. Amounts are in company currency, untaxed;
    margins and stake are for twelve months. Who has never ordered, or is lost, is not slipping.
    """

    _name = "customer.retention.risk"
    _inherit = ["customer.retention.finding"]
    _description = "Slipping Customer"
    _order = "stake desc, id"
    _rec_name = "partner_id"
    # It is recomputed every day, by nobody.
    _log_access = False

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    since = fields.Date(string="Slipping Since", readonly=True, help="The day on which it was first noticed.")
    as_of = fields.Date(readonly=True, help="The day since which this has been the state.")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, index="btree_not_null", ondelete="set null")
    reason_id = fields.Many2one(
        "customer.retention.reason",
        readonly=True,
        index=True,
        ondelete="restrict",
        group_expand="_read_group_reason_id",
        help="The most urgent of the reasons that hold, in the order of the reasons.",
    )
    level = fields.Selection(LEVELS, readonly=True, group_expand=True)
    factors = fields.Char(string="Reasons Found", readonly=True, help="Codes of all that hold, the most urgent first.")
    stake = fields.Monetary(
        string="At Stake per Year",
        readonly=True,
        help="The margin that the customer brought in the better of the last two years, and no more than that.",
    )

    # Rhythm
    gap_days = fields.Integer(string="Days Since Last Order", readonly=True, aggregator="avg")
    usual_gap_days = fields.Float(
        string="Usual Gap (days)",
        digits=(10, 1),
        readonly=True,
        aggregator="avg",
        help="Mean number of days between days with orders; from three of them on.",
    )
    gap_ratio = fields.Float(
        string="Times the Usual Gap", digits=(10, 2), readonly=True, aggregator="avg", help="0: too few orders to tell."
    )

    # Score
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    score_fall = fields.Float(
        string="Points Lost", digits=(5, 2), readonly=True, aggregator="avg", help="Points within the look-back."
    )
    fallen_metric = fields.Selection(
        selection="_selection_metric",
        string="Fell Most",
        readonly=True,
        help="What lost most points; empty if the history does not tell.",
    )

    # Margin
    margin_before = fields.Monetary(
        string="Margin a Year Ago", readonly=True, help="Of the twelve months before the last twelve."
    )
    margin_now = fields.Monetary(readonly=True, help="Of the last twelve months.")
    margin_lost = fields.Monetary(string="Margin Lost per Year", readonly=True)

    # What is unsettled
    complaint_count = fields.Integer(
        string="Open Complaints", readonly=True, help="Those found to be made in bad faith do not count."
    )
    complaint_since = fields.Date(string="Oldest Complaint", readonly=True)
    disputed_amount = fields.Monetary(
        string="Overdue in Dispute",
        readonly=True,
        help="Overdue on invoices that an open complaint is about; all that is overdue, where one is about invoices in "
        "general.",
    )
    disputed_days = fields.Integer(
        string="Days Overdue", readonly=True, aggregator="max", help="Of the oldest disputed item."
    )
    fingerprint = fields.Char(readonly=True)

    explanation = fields.Text(compute="_compute_explanation")
    remedy = fields.Text(related="reason_id.advice", string="Advice")

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer is slipping once in each company."
    )

    @api.model
    def _selection_metric(self):
        return self.env["customer.value.source"]._selection_metric()

    @api.model
    def _read_group_reason_id(self, reasons, domain):
        """All that can be found, so that it shows where nobody is slipping."""
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
            risk.explanation = " ".join(
                sentence
                for factor in (risk.factors or "").split()
                if (sentence := getattr(risk, f"_explain_{factor}")(metrics))
            )

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _explain_dispute(self, metrics):
        return self.env._(
            "%(amount)s is overdue and in dispute, the oldest of it for %(days)s days.",
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
            return self.env._("The score fell from %(before)s to %(now)s.", **terms)
        return self.env._(
            "The score fell from %(before)s to %(now)s, most of it in “%(metric)s”.",
            metric=metrics.get(self.fallen_metric, self.fallen_metric),
            **terms,
        )

    def _explain_rhythm(self, metrics):
        usual = round(self.usual_gap_days)
        if usual < 2:
            return self.env._("Orders almost every day, the last one was %s days ago.", self.gap_days)
        return self.env._(
            "Orders about every %(usual)s days, the last one was %(days)s days ago.", usual=usual, days=self.gap_days
        )
