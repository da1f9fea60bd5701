from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from ...analytics.scoring import ageing
from ..core.fields_bulk import BulkCustomer, BulkMany2one, PackedJson
from ..core.together import search_ahead
from .customer_value_source import Scope

ABC_BASES = [("revenue", "Revenue"), ("margin", "Margin")]

ABC_CLASSES = [("A", "A"), ("B", "B"), ("C", "C")]

LIFECYCLES = [
    ("prospect", "Prospect"),
    ("new", "New"),
    ("growing", "Growing"),
    ("loyal", "Loyal"),
    ("won_back", "Won back"),
    ("declining", "Declining"),
    ("dormant", "Dormant"),
    ("lost", "Lost"),
]

RELATIONSHIP_CLASSES = [
    ("cash_flow", "Relationship: cash flow"),
    ("near_cash_flow", "Relationship: near cash flow"),
    ("no_action", "Relationship: dormant"),
    ("transactional", "Transactional"),
]

# Fields that count days which pass while nothing happens.
AGEING = {"recency_days", "metrics", "contributions"}

# Percent of a page that new scores take: of a tenth of them something changes each day.
FILLED = 85

# Changes of the score that its line shows.
TREND = 24

# Points of score from which on the next tier is within reach.
NEAR = 5.0


class CustomerValueScore(models.Model):
    """The current value of a customer for a company. Written by runs only, in SQL, and only where something changed."""

    _name = "customer.value.score"
    _description = "Customer Value Score"
    _inherit = ["customer.value.customer.row"]
    _order = "score desc, id"
    _rec_name = "partner_id"
    # User and time are those of the run.
    _log_access = False

    partner_id = BulkCustomer("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    run_id = BulkMany2one("customer.value.run", readonly=True, help="The last run that changed this record.")
    policy_id = fields.Many2one(related="run_id.policy_id")
    as_of = fields.Date(
        string="Last Change",
        readonly=True,
        help="Day of the run that last changed anything here: score, tier, segment, class, stage or figures.",
    )
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    score_change = fields.Float(
        digits=(5, 2),
        compute="_compute_score_change",
        search="_search_score_change",
        aggregator="avg",
        string="Change",
        help="The present score compared with the one before it.",
    )
    score_since = fields.Date(readonly=True, help="Day of the run that changed the score; before it was another one.")
    recorded_score = fields.Float(digits=(5, 2), readonly=True, help="Score at the last entry in the history.")
    computed_tier_id = BulkMany2one(
        "customer.value.tier", readonly=True, help="Tier based only on score or grid, and override rules."
    )
    tier_id = BulkMany2one("customer.value.tier", string="Tier", readonly=True, index=True)
    tier_since = fields.Date(readonly=True)
    grace_until = fields.Date(
        readonly=True, help="Last day on which the customer can still regain the tier.", string="Grace Period Until"
    )
    gate_id = BulkMany2one("customer.value.gate", string="Deciding Rule", readonly=True)
    override_id = BulkMany2one("customer.value.override", string="Manual Tier", readonly=True)
    recency_days = fields.Integer(readonly=True, aggregator="avg", string="Days Since Order")
    order_count = fields.Integer(readonly=True, string="Orders")
    revenue = fields.Monetary(readonly=True)
    margin = fields.Monetary(readonly=True)
    rfm_code = fields.Char(string="RFM", size=3, readonly=True)
    segment_id = BulkMany2one("customer.value.segment", readonly=True)
    abc_class = fields.Selection(ABC_CLASSES, string="ABC", readonly=True)
    lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    relationship_class = fields.Selection(RELATIONSHIP_CLASSES, string="Relationship", readonly=True)
    metrics = fields.Json(readonly=True, help="Metric: raw number.")
    contributions = PackedJson(
        readonly=True, help="Dimension: raw value, points, weight and contribution to the score."
    )
    fingerprint = fields.Char(readonly=True)
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    country_id = fields.Many2one(related="partner_id.country_id")

    # A constraint, not a unique index: Odoo's merge wizard looks for constraints before it moves foreign keys, and
    # drops the merged customer's row where both have one.
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer can have only one score per company."
    )

    def init(self):
        """Leave room in each page, so that what changes from day to day is written beside what it was, and no index
        has to follow."""
        self.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = %s)", SQL.identifier(self._table), FILLED))

    @api.depends("score", "previous_score")
    def _compute_score_change(self):
        for score in self:
            score.score_change = score.score - score.previous_score

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr in AGEING:
            return self._aged_to_sql(super()._field_to_sql(alias, field_expr, query), alias, field_expr, query)
        if field_expr != "score_change":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "%s - %s",
            super()._field_to_sql(alias, "score", query),
            super()._field_to_sql(alias, "previous_score", query),
        )

    def _aged_to_sql(self, stored, alias, name, query):
        """What is ``stored`` as of the day of the row, on the day up to which it holds: see ``ageing``."""
        counted = f"{alias}__counted" if query is None else query.make_alias(alias, "counted")
        table = SQL("%s", ageing.COUNTED, to_flush=self.env["customer.value.policy"]._fields["calibration_run_id"])
        days, ages = ageing.days_sql(alias, counted), self.env["customer.value.source"]._get_ages()
        if name == "recency_days":
            value = SQL("(%s + %s)", stored, days)
        elif name == "metrics":
            value = ageing.aged_metrics(stored, days, ages)
        else:
            value = ageing.aged_contributions(alias, counted, ages)
        on = SQL("%s = %s", SQL.identifier(counted, "run_id"), SQL.identifier(alias, "run_id"))
        if query is None:
            # expressions over a row of which nothing but the alias is known
            return SQL(
                "(SELECT %s FROM (SELECT) one LEFT JOIN %s %s ON %s)",
                value,
                table,
                SQL.identifier(counted),
                on,
            )
        query.add_join("LEFT JOIN", counted, table, on)
        return value

    @api.model
    def _search_score_change(self, operator, value):
        if operator not in ("<", ">", "<=", ">="):
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s", model._field_to_sql(alias, "score_change", query), SQL(operator), value
            )
        )

    def _get_scope(self):
        """The ``Scope`` whose documents explain this score: up to the day up to which it holds."""
        self.ensure_one()
        # sudo: readers of a score need no access to runs
        counted = self.sudo().policy_id.calibration_run_id.as_of
        return Scope.make(
            self.company_id, max(self.as_of, counted or self.as_of), self.policy_id.window_months, self.partner_id
        )

    def get_explanation(self):
        """What the picture of the contributions shows, in the user's language.

        :return: dict with ``score``, ``previous_score`` and ``score_since`` (day of the change from one to the other),
            ``tier``, ``grace_until`` (False outside grace), ``currency_id`` and ``lines``, one for each dimension in
            the order of the policy: ``metric``, ``label``, ``unit``, ``raw`` (None if missing), ``points`` and
            ``weight`` (0-100), ``contribution`` and ``maximum`` (points of score), ``note`` (why there are no points),
            ``documents`` (whether there is something to open, of a kind that the user may read)
        """
        self.ensure_one()
        self.check_access("read")
        Source = self.env["customer.value.source"]
        metrics = Source._get_metrics()
        contributions = self.contributions or {}
        total = sum(line["weight"] for line in contributions.values())
        scope = self._get_scope()
        dimensions = {dimension.metric: dimension for dimension in self.policy_id.sudo().dimension_ids}
        lines = []
        for code, line in contributions.items():
            metric = metrics.get(code)
            action = metric and Source._documents_action(code, scope, self.partner_id)
            lines.append(
                {
                    "metric": code,
                    "label": metric.label if metric else code,
                    "unit": metric.unit if metric else "count",
                    "unit_label": Source._unit_label(metric.unit, self.currency_id) if metric else "",
                    "raw": line["raw"],
                    "points": line["points"],
                    "weight": line["weight"],
                    "contribution": line["contribution"],
                    "maximum": round(100 * line["weight"] / total, 2),
                    "note": self._describe_no_points(line, metric, dimensions.get(code)),
                    "documents": bool(action) and self.env[action["res_model"]].has_access("read"),
                }
            )
        sequence = {code: index for index, code in enumerate(dimensions)}
        lines.sort(key=lambda line: sequence.get(line["metric"], len(sequence)))
        return {
            "score": self.score,
            "previous_score": self.previous_score,
            "score_since": fields.Date.to_string(self.score_since),
            "tier": self.tier_id.sudo().name or "",
            "tier_color": self.tier_id.sudo().color,
            "grace_until": fields.Date.to_string(self._get_grace()),
            "gate": self.gate_id.sudo().display_name or "",
            "currency_id": self.currency_id.id,
            "lines": lines,
        }

    def _describe_no_points(self, line, metric, dimension):
        """Why a contribution is zero where that does not follow from comparing customers; empty where it does."""
        if line["points"] or line["raw"] is None:
            return ""
        if metric and metric.by_trade and not line["raw"] and not self.order_count and not self.revenue:
            return self.env._("No points without orders or sales in the period.")
        compared = dimension and dimension.scale == "quantile" and dimension.direction == "lower"
        limit = dimension.nothing_from if compared else 0
        if limit and line["raw"] >= limit:
            unit = metric.unit if metric else "count"
            amount = self.env["customer.value.source"]._format_raw(unit, limit, self.currency_id)
            return self.env._("No points from %s on.", amount)
        return ""

    def _get_grace(self):
        """The last day of a grace that is not over; False outside grace."""
        today = self.company_id._get_value_today()
        return self.grace_until if self.grace_until and self.grace_until >= today else False

    @api.readonly
    def get_value_explanation(self):
        """What the form shows of a customer's value: the explanation, what follows from it, and how it came about.

        :return: dict as of ``res.partner.get_value_explanation``
        """
        self.ensure_one()
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("abc_class", "lifecycle", "relationship_class")
        }
        segment = self.segment_id.sudo()
        advice = self._get_keep_advice()
        step = self.partner_id._get_next_steps(self.company_id).get(self.partner_id.id)
        return {
            "score_id": self.id,
            "customer": self.partner_id.display_name,
            "is_contact": False,
            "can_run": self.env["customer.value.run"].has_access("create"),
            "explanation": self.get_explanation(),
            "trend": self._get_trend(),
            "next_step": step or False,
            "facts": {
                "segment": segment.name or "",
                "segment_color": segment.color,
                "rfm_code": self.rfm_code or "",
                "as_of": fields.Date.to_string(self.as_of),
                "tier_since": fields.Date.to_string(self.tier_since),
                "grace_until": fields.Date.to_string(self.grace_until),
                **{name: label.get(self[name], "") for name, label in labels.items()},
            },
            "timeline": self._get_timeline(),
            "keep": {name: advice[name] for name in ("amount", "sentence", "hint")} if advice else False,
        }

    def _get_trend(self, limit=TREND):
        """The scores that were recorded, and those that the change of the score compares.

        :return: list of [date, score, tier], oldest first; the last one is the present score, and the one before it
            the score before the change, on its last day
        """
        History = self.env["customer.value.history"]
        scored = History._get_scored_domain(self.partner_id, self.company_id)
        entries = search_ahead(History, scored, ("date", "score", "tier_id"), limit)
        points = [[entry.date, entry.score, entry.tier_id.sudo().name or ""] for entry in reversed(entries)]
        tier = self.tier_id.sudo().name or ""
        # scored before the day of the change was kept
        since = self.score_since or self.as_of
        # an entry can be younger than the score: of a change of segment or class
        later = [point for point in points if point[0] > since]
        that_day = [point for point in points if point[0] == since]
        points = [point for point in points if point[0] < since]
        if self.previous_score != self.score:
            eve = since - relativedelta(days=1)
            if not points or (points[-1][1] != self.previous_score and points[-1][0] < eve):
                before = points[-1][2] if points else tier
                points.append([eve, self.previous_score, before])
        known = that_day or (points if later else [])
        points.append([since, self.score, known[-1][2] if known else tier])
        points += [point for point in later if point[1] == self.score]
        return [[fields.Date.to_string(day), score, tier] for day, score, tier in points]

    def action_open_documents(self, metric):
        """Open the documents from which ``metric`` was computed.

        :raise UserError: the metric is entered manually and has no documents
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["customer.value.source"]._documents_action(metric, self._get_scope(), self.partner_id)
        if not action:
            raise UserError(
                self.env._("This value is entered manually on the customer. There are no documents for it.")
            )
        return action

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_view_history(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_history")
        domain = [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)]
        return action | {"domain": domain, "context": {"search_default_tier_changes": 1, "search_default_entered": 1}}

    # -- A tier as people see it: until when it lasts, what keeps it, and how it came about ---------------------------

    def _get_tier_until(self):
        """How long the customer has the present tier for certain.

        Extended by others, where something else than the score holds a tier.

        :return: tuple (kind, date): ``grace`` and the last day of grace; ``override`` and the last day of a manual
            tier, None until further notice; ``hold`` and the last day of the minimum hold; ``open`` and None, until
            further notice; kinds of others, and their day
        """
        self.ensure_one()
        today = self.company_id._get_value_today()
        # sudo: customers ask as well, and have no access to tiers
        override, tier = self.override_id.sudo(), self.tier_id.sudo()
        if override:
            return ("override", override.date_until) if override.date_until else ("open", None)
        if self._get_grace():
            return "grace", self.grace_until
        if tier.hold_months and self.tier_since:
            last = self.tier_since + relativedelta(months=tier.hold_months, days=-1)
            if last >= today:
                return "hold", last
        return "open", None

    def _get_keep_advice(self):
        """What keeps the tier of a customer in grace: the purchase after which the next run lets them keep it.

        Nothing of it is stored. It assumes the cut points of the last calibration, one purchase, ordered and invoiced
        at once on the customer's usual margin and discount, and that what falls due is paid.

        :return: dict; empty where the customer is not in grace, or the next run will calibrate anew. Else ``amount``
            (whole units of ``currency``, untaxed; 0: nothing more is needed; None: no purchase is enough by itself),
            ``currency`` (code), ``currency_id``, ``date`` (last day), ``tier`` (name), ``sentence`` (may be shown to
            the customer) and ``hint`` (what stands in the way, for colleagues only; empty if nothing does)
        """
        self.ensure_one()
        self.check_access("read")
        kind, until = self._get_tier_until()
        # sudo: readers of a customer's value need no access to runs; the one made here is never saved
        score = self.sudo()
        policy = score.env["customer.value.policy"]._get_active(score.company_id)
        if kind != "grace" or score.tier_id.policy_id != policy:
            return {}
        run = score.env["customer.value.run"].new(
            {"policy_id": policy.id, "as_of": score.company_id._get_value_today()}
        )
        purchase = run._least_purchase(score.partner_id, until)
        if purchase is None:
            return {}
        return {
            "amount": purchase.amount,
            "currency": score.currency_id.name,
            "currency_id": score.currency_id.id,
            "date": until,
            "tier": score.tier_id.name,
            "sentence": score._describe_purchase(purchase, until),
            "hint": score._describe_obstacle(purchase) if purchase.amount is None else "",
        }

    def _describe_purchase(self, purchase, until):
        terms = {"tier": self.tier_id.name, "date": format_date(self.env, until)}
        if purchase.amount is None:
            return self.env._("Orders alone cannot keep %(tier)s beyond %(date)s.", **terms)
        if not purchase.amount:
            return self.env._("%(tier)s has been regained: nothing more is needed to keep it.", **terms)
        if purchase.amount == 1 and purchase.from_there:
            return self.env._("Place any order by %(date)s to keep %(tier)s.", **terms)
        terms["amount"] = self.currency_id.format(purchase.amount)
        if purchase.from_there:
            return self.env._("Order %(amount)s more by %(date)s to keep %(tier)s.", **terms)
        return self.env._("Order for %(amount)s by %(date)s to keep %(tier)s.", **terms)

    def _describe_obstacle(self, purchase):
        """Why no purchase is enough, and what would help most."""
        gate = self.env["customer.value.gate"].browse(purchase.gate_id or [])
        if gate:
            return self.env._("An override rule prevents it: %(gate)s.", gate=gate.display_name)
        moved = self.env["customer.value.source"]._get_purchase_effects()
        lines = self.get_explanation()["lines"]
        missing = [
            (line["maximum"] - line["contribution"], line["label"]) for line in lines if line["metric"] not in moved
        ]
        missing = sorted((item for item in missing if item[0] >= 0.01), reverse=True)[:3]
        sentences = []
        if self.tier_id.policy_id.tier_method == "score":
            sentences.append(
                self.env._(
                    "An order can raise the score to %(best)s at most, but %(tier)s requires %(keep)s.",
                    best=formatLang(self.env, purchase.score),
                    tier=self.tier_id.name,
                    keep=formatLang(self.env, self.tier_id.keep_score),
                )
            )
        if missing:
            sentences.append(
                self.env._(
                    "Largest shortfall: %s.",
                    ", ".join(
                        self.env._("%(label)s (%(points)s points)", label=label, points=formatLang(self.env, points))
                        for points, label in missing
                    ),
                )
            )
        return " ".join(sentences)

    def _get_timeline(self, limit=12):
        """The last changes of the customer's tier, latest first; the contributions are fetched when asked for.

        :return: list of dicts ``id`` (of the history), ``date``, ``event``, ``move``, ``from`` and ``to`` (dict of
            name and color, or False), ``cause`` and ``who`` (text), ``score`` (None for customers who left),
            ``policy``, ``comparable`` (whether contributions are known)
        """
        self.ensure_one()
        entries = self.env["customer.value.history"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("cause", "!=", False),
            ],
            limit=limit,
        )
        causes = dict(entries._fields["cause"]._description_selection(self.env))

        def tier(record):
            # sudo: the tier of a version that is no longer one's own to read
            return {"name": record.sudo().name, "color": record.sudo().color} if record else False

        return [
            {
                "id": entry.id,
                "date": fields.Date.to_string(entry.date),
                "event": entry.event,
                "move": entry.tier_move or "",
                "from": tier(entry.previous_tier_id),
                "to": tier(entry.tier_id),
                "cause": causes.get(entry.cause, ""),
                # sudo: the user may be a colleague of another company or that of a job
                "who": entry.user_id.sudo().name or "",
                "score": None if entry.event == "left" else entry.score,
                "policy": entry.policy_id.sudo().display_name or "",
                "comparable": bool(entry.contributions or entry.previous_contributions),
            }
            for entry in entries
        ]

    # -- The next best step with a customer, by rules that anybody can read. The first one that holds wins ------------

    def _get_next_step(self, unsettled=None):
        """What the score and what is unsettled advise to do next with this customer, and why.

        Ask ``res.partner._get_next_steps`` for what is shown: others know what is more urgent. What is unsettled comes
        first, then what is about to be lost, then what can be won; where nothing stands out, the advice of the segment
        counts.

        :param list unsettled: as of ``res.partner._get_unsettled``, if known already
        :return: (code, sentence in the user's language)
        """
        self.ensure_one()
        if unsettled is None:
            unsettled = self.partner_id._get_unsettled(self.company_id)
        return (
            next(((item["code"], item["step"]) for item in unsettled if item["step"]), None)
            or self._get_step_at_risk()
            or self._get_step_to_win()
            or self._get_step_by_segment()
        )

    def _get_step_at_risk(self):
        tier = self.tier_id.sudo()
        if self._get_grace():
            return "grace", self.env._(
                "Make an offer that raises the score from %(score).1f back to %(keep).1f: otherwise %(tier)s ends "
                "after %(date)s.",
                score=self.score,
                keep=tier.keep_score,
                tier=tier.name,
                date=format_date(self.env, self.grace_until),
            )
        days = self.recency_days
        if self.lifecycle == "declining":
            return "declining", self.env._("Ask what has changed: the customer buys less, or later, than before.")
        if self.lifecycle == "dormant":
            return "dormant", self.env._("Contact the customer again: the last order was %s days ago.", days)
        if self.lifecycle == "lost":
            return "lost", self.env._("Make an offer to win the customer back: the last order was %s days ago.", days)
        return None

    def _get_step_to_win(self):
        if self.lifecycle == "prospect":
            return "prospect", self.env._("Win the first order: the customer has not bought yet.")
        if self.lifecycle == "new":
            return "new", self.env._("Ask how the first purchase went, and suggest the second.")
        if self.lifecycle == "won_back":
            return "won_back", self.env._("Secure the won-back customer: arrange the next order now.")
        above = self._get_next_tier()
        if above and above.entry_score - self.score <= NEAR:
            return "next_tier", self.env._(
                "Point out the benefits of %(tier)s: only %(points).1f points are missing.",
                tier=above.name,
                points=above.entry_score - self.score,
            )
        return None

    def _get_next_tier(self):
        """The lowest tier above the present one that the score does not reach; none where a grid decides."""
        # sudo: users who may read the score may read the names of its tiers
        policy = self.policy_id.sudo()
        if policy.tier_method != "score":
            return policy.tier_ids.browse()
        higher = policy.tier_ids.filtered(
            lambda tier: tier.entry_score > max(self.score, self.tier_id.sudo().entry_score)
        )
        return higher.sorted("entry_score")[:1]

    def _get_step_by_segment(self):
        segment = self.segment_id.sudo()
        if segment.description:
            return "segment", self.env._(
                "%(advice)s (%(segment)s)", advice=segment.description.strip(), segment=segment.name
            )
        if self.lifecycle == "growing":
            return "growing", self.env._("Offer more of the range: the customer is buying more than before.")
        return "keep", self.env._("Stay in touch: orders arrive as usual, and there are no open issues.")
