from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_value_source import Scope
from .fields_bulk import BulkMany2one

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
    ("cash_flow", "Relational: cash flow"),
    ("near_cash_flow", "Relational: near cash flow"),
    ("no_action", "Relational: no action"),
    ("transactional", "Transactional"),
]


class CustomerValueScore(models.Model):
    """The current value of a customer for a company. Written by runs only, in SQL, and only where something changed."""

    _name = "customer.value.score"
    _description = "Customer Value Score"
    _order = "score desc, id"
    _rec_name = "partner_id"
    # Who and when stand on the run.
    _log_access = False

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    run_id = BulkMany2one("customer.value.run", readonly=True, help="The run that last changed anything here.")
    policy_id = fields.Many2one(related="run_id.policy_id")
    as_of = fields.Date(readonly=True, help="The day since which this has been the state.")
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    score_change = fields.Float(
        digits=(5, 2), compute="_compute_score_change", search="_search_score_change", aggregator="avg"
    )
    recorded_score = fields.Float(digits=(5, 2), readonly=True, help="Score at the last entry in the history.")
    computed_tier_id = BulkMany2one(
        "customer.value.tier", readonly=True, help="Tier by score or grid, and gates, alone."
    )
    tier_id = BulkMany2one("customer.value.tier", string="Tier", readonly=True, index=True)
    tier_since = fields.Date(readonly=True)
    grace_until = fields.Date(readonly=True, help="Last day on which the customer may still earn the tier back.")
    gate_id = BulkMany2one("customer.value.gate", string="Decided by Gate", readonly=True)
    override_id = BulkMany2one("customer.value.override", string="Set by Hand", readonly=True)
    recency_days = fields.Integer(readonly=True, aggregator="avg", string="Days Since Last Order")
    order_count = fields.Integer(readonly=True, string="Orders")
    revenue = fields.Monetary(readonly=True)
    margin = fields.Monetary(readonly=True)
    rfm_code = fields.Char(string="RFM", size=3, readonly=True)
    segment_id = BulkMany2one("customer.value.segment", readonly=True)
    abc_class = fields.Selection(ABC_CLASSES, string="ABC", readonly=True)
    lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    relationship_class = fields.Selection(RELATIONSHIP_CLASSES, string="Relationship", readonly=True)
    metrics = fields.Json(readonly=True, help="Metric: raw number.")
    contributions = fields.Json(
        readonly=True, help="Dimension: raw number, points, weight, and contribution to the score."
    )
    fingerprint = fields.Char(readonly=True)
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    country_id = fields.Many2one(related="partner_id.country_id")

    # A constraint, not a unique index: Odoo's merge wizard looks for constraints before it moves foreign keys, and
    # drops the merged customer's row where both have one.
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer has one score in each company."
    )

    @api.depends("score", "previous_score")
    def _compute_score_change(self):
        for score in self:
            score.score_change = score.score - score.previous_score

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "score_change":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "%s - %s",
            super()._field_to_sql(alias, "score", query),
            super()._field_to_sql(alias, "previous_score", query),
        )

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
        """The ``Scope`` whose documents explain this score."""
        self.ensure_one()
        return Scope.make(self.company_id, self.as_of, self.policy_id.window_months, self.partner_id)

    def get_explanation(self):
        """What the picture of the contributions shows, in the user's language.

        :return: dict with ``score``, ``tier``, ``currency_id`` and ``lines``, one for each dimension in the order of
            the policy: ``metric``, ``label``, ``unit``, ``raw`` (None if missing), ``points`` and ``weight`` (0-100),
            ``contribution`` and ``maximum`` (points of score), ``documents`` (whether there is something to open)
        """
        self.ensure_one()
        self.check_access("read")
        Source = self.env["customer.value.source"]
        metrics = Source._get_metrics()
        contributions = self.contributions or {}
        total = sum(line["weight"] for line in contributions.values())
        scope = self._get_scope()
        lines = []
        for code, line in contributions.items():
            metric = metrics.get(code)
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
                    "documents": bool(metric and Source._documents_action(code, scope, self.partner_id)),
                }
            )
        sequence = {dimension.metric: index for index, dimension in enumerate(self.policy_id.sudo().dimension_ids)}
        lines.sort(key=lambda line: sequence.get(line["metric"], len(sequence)))
        return {
            "score": self.score,
            "previous_score": self.previous_score,
            "tier": self.tier_id.sudo().name or "",
            "tier_color": self.tier_id.sudo().color,
            "gate": self.gate_id.sudo().display_name or "",
            "currency_id": self.currency_id.id,
            "lines": lines,
        }

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
        return {
            "score_id": self.id,
            "customer": self.partner_id.display_name,
            "is_contact": False,
            "can_run": self.env["customer.value.run"].has_access("create"),
            "explanation": self.get_explanation(),
            "trend": self._get_trend(),
            "facts": {
                "segment": segment.name or "",
                "segment_color": segment.color,
                "advice": segment.description or "",
                "rfm_code": self.rfm_code or "",
                "as_of": fields.Date.to_string(self.as_of),
                "tier_since": fields.Date.to_string(self.tier_since),
                "grace_until": fields.Date.to_string(self.grace_until),
                **{name: label.get(self[name], "") for name, label in labels.items()},
            },
        }

    def _get_trend(self, limit=24):
        """:return: list of [date, score, tier] of the last history entries, oldest first, then the present state"""
        entries = self.env["customer.value.history"].search_fetch(
            [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id), ("event", "!=", "left")],
            ["date", "score", "tier_id"],
            limit=limit,
        )
        points = [[entry.date, entry.score, entry.tier_id.sudo().name or ""] for entry in reversed(entries)]
        present = [self.as_of, self.score, self.tier_id.sudo().name or ""]
        if not points or points[-1][:2] != present[:2]:
            points.append(present)
        return [[fields.Date.to_string(day), score, tier] for day, score, tier in points]

    def action_open_documents(self, metric):
        """Open the documents from which ``metric`` was computed.

        :raise UserError: the metric is set by hand and has no documents
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["customer.value.source"]._documents_action(metric, self._get_scope(), self.partner_id)
        if not action:
            raise UserError(
                self.env._("This number is entered on the customer by hand. There are no documents behind it.")
            )
        return action

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_view_history(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_history")
        domain = [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)]
        return action | {"domain": domain, "context": {}}
