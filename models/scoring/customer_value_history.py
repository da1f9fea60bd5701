from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..core.fields_bulk import BulkCustomer, BulkMany2one
from .customer_value_reason_mixin import CAUSES
from .customer_value_score import ABC_CLASSES, LIFECYCLES


class CustomerValueHistory(models.Model):
    """What changed for a customer, and when. Entries are added, never changed."""

    _name = "customer.value.history"
    _description = "Customer Value History"
    _inherit = ["customer.value.reason.mixin"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    # User and time are those of the run.
    _log_access = False

    partner_id = BulkCustomer(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    run_id = BulkMany2one("customer.value.run", readonly=True, index="btree_not_null")
    policy_id = fields.Many2one(related="run_id.policy_id")
    policy_version = fields.Integer(related="run_id.policy_id.version")
    user_id = fields.Many2one(
        "res.users",
        compute="_compute_user_id",
        compute_sudo=True,
        help="The user who ran it, set the tier manually, or undid the run.",
    )
    date = fields.Date(required=True, readonly=True)
    event = fields.Selection(
        [("entered", "Became a customer"), ("changed", "Changed"), ("left", "No longer a customer")],
        required=True,
        readonly=True,
    )
    cause = fields.Selection([*CAUSES, ("undo", "Run undone")], readonly=True)
    gate_id = BulkMany2one("customer.value.gate", readonly=True, string="Deciding Rule", index="btree_not_null")
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue = fields.Monetary(readonly=True)
    tier_id = BulkMany2one("customer.value.tier", readonly=True)
    previous_tier_id = BulkMany2one("customer.value.tier", readonly=True)
    tier_move = fields.Selection(
        [("up", "Up"), ("down", "Down"), ("same", "Same tier")], readonly=True, string="Tier Changed"
    )
    segment_id = BulkMany2one("customer.value.segment", readonly=True)
    previous_segment_id = BulkMany2one("customer.value.segment", readonly=True)
    abc_class = fields.Selection(ABC_CLASSES, string="ABC", readonly=True)
    previous_abc_class = fields.Selection(ABC_CLASSES, string="Previous ABC", readonly=True)
    lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    previous_lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    contributions = fields.Json(readonly=True)
    previous_contributions = fields.Json(readonly=True)

    @api.model
    def _get_scored_domain(self, customers, companies):
        """Entries that tell of a score."""
        return [
            ("partner_id", "in", customers.ids),
            ("company_id", "in", companies.ids),
            ("event", "!=", "left"),
        ]

    def _fetch_query(self, query, fields):
        """An entry whose run is gone is read without it: no foreign key empties the column."""
        entries = super()._fetch_query(query, fields)
        run = self._fields["run_id"]
        if run in fields:
            # sudo: whether there is such a run, not what it says
            runs = self.env["customer.value.run"].sudo().browse(set(entries.sudo().run_id.ids))
            missing = runs - runs.exists()
            if missing:
                run._update_cache(entries.filtered(lambda entry: entry.run_id.id in missing._ids), None)
        return entries

    @api.depends("run_id.user_id", "run_id.undone_user_id", "cause")
    def _compute_user_id(self):
        for entry in self:
            run = entry.run_id
            entry.user_id = run.undone_user_id if entry.cause == "undo" else run.user_id

    @api.depends("tier_move", "event", "cause", "gate_id", "score", "tier_id", "contributions")
    def _compute_reason(self):
        return super()._compute_reason()

    def _get_kind(self):
        return self.tier_move if self.event == "changed" else self.event

    def _describe_cause(self):
        if self.cause == "undo":
            # sudo: the user may be a colleague of another company
            return self.env._("%s undid the run that had changed the tier.", self.user_id.sudo().name or "")
        if self.cause == "override" and self.event == "changed":
            override = self._get_override()
            if override:
                return self.env._(
                    "Set manually by %(user)s: %(reason)s", user=override.user_id.name, reason=override.reason.strip()
                )
        if self.event == "changed" and not self.cause:
            return self._describe_change()
        return super()._describe_cause()

    def _get_override(self):
        """The manual tier that was in force on the day of the entry."""
        # sudo: why a tier was given is part of the history of a customer whom the user may read
        return (
            self.env["customer.value.override"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("tier_id", "=", self.tier_id.id),
                    ("state", "in", ["active", "ended"]),
                    ("date_from", "<=", self.date),
                ],
                order="date_from desc, id desc",
                limit=1,
            )
        )

    def _describe_change(self):
        """What changed while the tier stayed."""
        names = {
            "segment_id": (self.previous_segment_id, self.segment_id),
            "abc_class": (self.previous_abc_class, self.abc_class),
            "lifecycle": (self.previous_lifecycle, self.lifecycle),
        }
        parts = []
        for name, (before, after) in names.items():
            if before != after:
                field = self._fields[name]
                if field.type == "many2one":
                    # sudo: the segment of a version that is no longer one's own to read
                    words = [record.sudo().name or "–" for record in (before, after)]
                else:
                    labels = dict(field._description_selection(self.env))
                    words = [labels.get(value, "–") for value in (before, after)]
                parts.append((field._description_string(self.env), *words))
        if not parts:
            parts = [
                (
                    self._fields["score"]._description_string(self.env),
                    *(formatLang(self.env, value, digits=2) for value in (self.previous_score, self.score)),
                )
            ]
        return ", ".join(
            self.env._("%(what)s: %(before)s → %(after)s", what=what, before=before, after=after)
            for what, before, after in parts
        )

    @api.readonly
    def get_comparison(self):
        """:return: list of dicts ``label``, ``before`` and ``after`` (points of score, None if it did not count)"""
        self.ensure_one()
        self.check_access("read")
        before, after = self.previous_contributions or {}, self.contributions or {}
        labels = dict(self.env["customer.value.source"]._selection_metric())
        return [
            {
                "label": labels.get(metric, metric),
                "before": before.get(metric, {}).get("contribution"),
                "after": after.get(metric, {}).get("contribution"),
            }
            for metric in sorted(
                before | after, key=lambda metric: -(after.get(metric) or before[metric])["contribution"]
            )
        ]

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The history of a customer's value cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of a customer's value cannot be deleted."))

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = f"{entry.partner_id.display_name} {fields.Date.to_string(entry.date)}"
