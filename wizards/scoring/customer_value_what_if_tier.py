from odoo import api, fields, models


class CustomerValueWhatIfTier(models.TransientModel):
    """From which score on a tier of the active policy would be entered and kept."""

    _name = "customer.value.what.if.tier"
    _description = "What If: Tier"

    # What can be changed, in the order in which it is written.
    _TERMS = ("entry_share", "keep_share", "entry_score", "keep_score", "hold_months", "grace_days")

    what_if_id = fields.Many2one("customer.value.what.if", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="what_if_id.company_id")
    tier_id = fields.Many2one("customer.value.tier", required=True, readonly=True, ondelete="cascade")
    entry_basis = fields.Selection(related="tier_id.entry_basis")
    entry_share = fields.Float(string="Best (%)", help="Share that this tier and those above it hold together.")
    keep_share = fields.Float(string="Kept Within (%)", help="Share within which customers keep the tier.")
    entry_score = fields.Float(required=True)
    keep_score = fields.Float()
    hold_months = fields.Integer(string="Min. Stay (months)", help="Months for which customers keep the tier.")
    grace_days = fields.Integer(
        string="Grace Period (days)", help="Number of days in which a customer can regain the tier."
    )
    is_changed = fields.Boolean(compute="_compute_is_changed")

    _entry_score = models.Constraint(
        "CHECK(entry_score BETWEEN 0 AND 100)", "The entry score of a tier must be between 0 and 100."
    )
    _keep_score = models.Constraint(
        "CHECK(keep_score BETWEEN 0 AND entry_score)",
        "The keep score of a tier must be between 0 and its entry score.",
    )
    _durations = models.Constraint(
        "CHECK(hold_months BETWEEN 0 AND 1200 AND grace_days BETWEEN 0 AND 36500)",
        "The minimum stay must be 0 to 1,200 months, and the grace period 0 to 36,500 days.",
    )

    @api.depends(*_TERMS, "tier_id")
    def _compute_is_changed(self):
        for line in self:
            line.is_changed = any(line[name] != line.tier_id[name] for name in self._TERMS)

    @api.onchange("entry_share")
    def _onchange_entry_share(self):
        """As on the policy: it cannot be harder to stay than to enter."""
        self.keep_share = max(self.keep_share, self.entry_share)

    @api.onchange("entry_score")
    def _onchange_entry_score(self):
        """As on the policy: it cannot be harder to stay than to enter."""
        if self.keep_score > self.entry_score:
            self.keep_score = self.entry_score

    def _get_terms(self):
        return {name: self[name] for name in self._TERMS}

    def _get_changes(self):
        """:return: list of (what, before, after)"""
        labels = self.fields_get(self._TERMS, ["string"])
        return [
            (f"{self.tier_id.name} – {labels[name]['string']}", self.tier_id[name], self[name]) for name in self._TERMS
        ]
