from odoo import api, fields, models
from odoo.tools import formatLang

CAUSES = [
    ("run", "Score"),
    ("gate", "Override Rule"),
    ("gate_off", "End of override rule"),
    ("lost", "Customer lost"),
    ("grace", "End of grace period"),
    ("hold", "End of minimum stay"),
    ("override", "Set manually"),
    ("expiry", "End of manual tier"),
]

# So many contributions are named as reasons.
NAMED = 2


class CustomerValueReasonMixin(models.AbstractModel):
    """Why a customer changes tier, in words.

    Heirs have ``tier_id``, ``previous_tier_id``, ``tier_move``, ``cause``, ``gate_id``, ``score``, ``previous_score``,
    ``contributions`` and ``previous_contributions``.
    """

    _name = "customer.value.reason.mixin"
    _description = "Reason of a Tier Change"

    reason = fields.Char(compute="_compute_reason")

    @api.depends_context("lang")
    def _compute_reason(self):
        labels = dict(self.env["customer.value.source"]._selection_metric())
        for move in self:
            parts = [move._describe_cause(), move._describe_contributions(labels)]
            move.reason = " ".join(part for part in parts if part)

    def _get_kind(self):
        """:return: ``entered``, ``left``, ``up``, ``down``, or what else ``tier_move`` says"""
        return self.tier_move

    def _get_entry_score(self):
        """The score from which on the new tier is entered."""
        return self.tier_id.entry_score

    def _describe_cause(self):
        """A sentence on what decided the move."""
        if self._get_kind() == "entered":
            return self.env._("New customer.")
        if self._get_kind() == "left":
            return self.env._("No longer a customer: there are no relevant documents, or the contact is archived.")
        gate = self.gate_id.display_name
        sentences = {
            "override": self.env._("The tier is set manually."),
            "expiry": self.env._("The manual tier has ended; the score applies again."),
            "gate": self.env._("Override rule: %s.", gate) if gate else self.env._("An override rule applies."),
            "gate_off": self.env._("An override rule no longer applies: %s.", gate)
            if gate
            else self.env._("An override rule no longer applies."),
            "lost": self.env._("The customer is lost, and %s is not for lost customers.", self.previous_tier_id.name),
            "grace": self.env._("The grace period has ended."),
            "hold": self.env._("The minimum stay has ended."),
        }
        return sentences.get(self.cause) or self._describe_score()

    def _describe_score(self):
        score = formatLang(self.env, self.score, digits=2)
        if self.tier_id.policy_id.tier_method == "grid":
            return self.env._("The points in the grid lead to %(tier)s.", tier=self.tier_id.name or "")
        if self._get_kind() == "up":
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
        if self._get_kind() not in ("up", "down") or self.cause in ("override", "gate"):
            return ""
        sign = 1 if self._get_kind() == "up" else -1
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
