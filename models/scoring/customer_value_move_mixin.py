from odoo import api, fields, models
from odoo.tools import formatLang

CAUSES = [
    ("run", "Score"),
    ("gate", "Override Rule"),
    ("gate_off", "End of override rule"),
    ("grace", "End of grace period"),
    ("hold", "End of minimum stay"),
    ("override", "Set manually"),
    ("expiry", "End of manual tier"),
]

# So many contributions are named as reasons.
NAMED = 2


class CustomerValueMoveMixin(models.AbstractModel):
    """A customer who would change tier, and why. Written by runs in SQL."""

    _name = "customer.value.move.mixin"
    _description = "Tier Change"
    _order = "revenue desc, id"
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="cascade", string="To")
    previous_tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="cascade", string="From")
    tier_move = fields.Selection(
        [("entered", "New"), ("up", "Up"), ("down", "Down"), ("left", "Leaving")], readonly=True, string="Tier Change"
    )
    cause = fields.Selection(CAUSES, readonly=True)
    gate_id = fields.Many2one("customer.value.gate", readonly=True, ondelete="set null", string="Deciding Rule")
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    previous_score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    revenue = fields.Monetary(readonly=True)
    contributions = fields.Json(readonly=True)
    previous_contributions = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")

    @api.depends("tier_move", "cause", "gate_id", "score", "tier_id", "contributions", "previous_contributions")
    @api.depends_context("lang")
    def _compute_reason(self):
        labels = dict(self.env["customer.value.source"]._selection_metric())
        for move in self:
            parts = [move._describe_cause(), move._describe_contributions(labels)]
            move.reason = " ".join(part for part in parts if part)

    def _get_entry_score(self):
        """The score from which on the new tier is entered."""
        return self.tier_id.entry_score

    def _describe_cause(self):
        """A sentence on what decided the move."""
        if self.tier_move == "entered":
            return self.env._("New customer.")
        if self.tier_move == "left":
            return self.env._("No longer a customer: there are no relevant documents, or the contact is archived.")
        gate = self.gate_id.display_name or ""
        sentences = {
            "override": self.env._("The tier is set manually."),
            "expiry": self.env._("The manual tier has ended; the score applies again."),
            "gate": self.env._("Override rule: %s.", gate),
            "gate_off": self.env._("An override rule no longer applies: %s.", gate),
            "grace": self.env._("The grace period has ended."),
            "hold": self.env._("The minimum stay has ended."),
        }
        return sentences.get(self.cause) or self._describe_score()

    def _describe_score(self):
        score = formatLang(self.env, self.score, digits=2)
        if self.tier_id.policy_id.tier_method == "grid":
            return self.env._("The points in the grid lead to %(tier)s.", tier=self.tier_id.name or "")
        if self.tier_move == "up":
            entry = formatLang(self.env, self._get_entry_score(), digits=2)
            return self.env._(
                "The score %(score)s reaches %(tier)s (from %(entry)s).",
                score=score,
                tier=self.tier_id.name or "",
                entry=entry,
            )
        return self.env._(
            "The score %(score)s is too low to keep %(tier)s.", score=score, tier=self.previous_tier_id.name or ""
        )

    def _describe_contributions(self, labels):
        """The contributions that rose or fell most, in the direction of the move.

        :param dict labels: of metrics
        """
        if self.tier_move not in ("up", "down") or self.cause in ("override", "gate"):
            return ""
        sign = 1 if self.tier_move == "up" else -1
        before, after = self.previous_contributions or {}, self.contributions or {}
        changes = {
            code: round(after.get(code, {}).get("contribution", 0.0) - before.get(code, {}).get("contribution", 0.0), 2)
            for code in before | after
        }
        ranked = sorted(
            (code for code in changes if sign * changes[code] > 0), key=lambda code: (-sign * changes[code], code)
        )
        if not ranked and self.cause == "run":
            return self.env._("The tier limits have changed.") if not any(changes.values()) else ""
        return ", ".join(
            self.env._(
                "%(label)s %(sign)s%(points)s",
                label=labels.get(code, code),
                sign="+" if sign > 0 else "−",
                points=formatLang(self.env, abs(changes[code]), digits=2),
            )
            for code in ranked[:NAMED]
        )
