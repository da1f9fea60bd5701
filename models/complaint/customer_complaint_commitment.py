from odoo import api, fields, models

from .customer_complaint_type import SEVERITIES


class CustomerComplaintCommitment(models.Model):
    """How soon a complaint of a tier and severity is answered, and how far redress may go.

    The closest match counts: tier and severity, then severity, then tier, then the one for everybody.
    """

    _name = "customer.complaint.commitment"
    _description = "Complaint Commitment"
    _order = "company_id, tier_id, severity desc, id"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    tier_id = fields.Many2one(
        "customer.value.tier",
        ondelete="cascade",
        domain="[('policy_id.state', '=', 'active'), ('company_id', '=', company_id)]",
        help="Empty: customers of every tier.",
    )
    severity = fields.Selection(SEVERITIES, help="Empty: complaints of every severity.")
    answer_hours = fields.Float(
        string="Answer Within (working hours)",
        required=True,
        default=40.0,
        help="Stands still while we wait for him.",
    )
    redress_cap = fields.Monetary(
        string="Most per Complaint",
        help="Redress is never worth more. 0: only the share of the loss limits it.",
    )
    redress_percent = fields.Float(
        string="Most of the Loss (%)", default=150.0, help="Redress is never worth more than this share of the loss."
    )
    approval_amount = fields.Monetary(
        string="Approval Above", help="Redress worth more than this is approved by a second person."
    )

    _unique_match = models.UniqueIndex(
        "(company_id, COALESCE(tier_id, 0), COALESCE(severity, ''))",
        "There is a commitment for this tier and severity already. Change that one.",
    )
    _amounts = models.Constraint(
        "CHECK(answer_hours > 0 AND redress_cap >= 0 AND approval_amount >= 0)",
        "The time to answer must be above zero, and amounts cannot be negative.",
    )
    _percent = models.Constraint(
        "CHECK(redress_percent >= 0 AND redress_percent <= 150)",
        "Redress is worth 150% of the loss at most: enter a share between 0 and 150.",
    )

    @api.depends("tier_id", "severity")
    def _compute_display_name(self):
        severities = dict(self._fields["severity"]._description_selection(self.env))
        for commitment in self:
            parts = [commitment.tier_id.name, severities.get(commitment.severity)]
            commitment.display_name = ", ".join(filter(None, parts)) or self.env._("Every complaint")

    @api.model
    def _match(self, company, tier, severity):
        """The commitment for a complaint; empty if the company has none that fits."""
        candidates = self.search(
            [
                ("company_id", "=", company.id),
                ("tier_id", "in", [tier.id, False]),
                ("severity", "in", [severity, False]),
            ]
        )
        return candidates.sorted(lambda found: (bool(found.severity), bool(found.tier_id)), reverse=True)[:1]

    @api.model
    def _prepare_defaults(self, company):
        """What a company starts with: the more severe, the sooner."""
        hours = {False: 40.0, "3": 16.0, "4": 8.0}
        return [
            {"company_id": company.id, "severity": severity, "answer_hours": time} for severity, time in hours.items()
        ]
