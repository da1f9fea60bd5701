from contextlib import contextmanager

from odoo import api, fields, models

from .customer_complaint_relaxation import LIMITING
from .customer_complaint_type import SEVERITIES


class CustomerComplaintCommitment(models.Model):
    """How soon a complaint of a tier and severity is answered, and how far redress may go.

    The closest match counts: tier and severity, then severity, then tier, then the one for everybody.
    """

    _name = "customer.complaint.commitment"
    _description = "Complaint Commitment"
    _inherit = ["customer.value.company.record"]
    _order = "company_id, tier_id, severity desc, id"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    tier_id = fields.Many2one(
        "customer.value.tier",
        ondelete="cascade",
        domain="[('policy_id.state', '=', 'active'), ('company_id', '=', company_id)]",
        help="Leave empty for every tier.",
    )
    severity = fields.Selection(SEVERITIES, help="Leave empty for every severity.")
    answer_hours = fields.Float(
        string="Answer Within (h)",
        required=True,
        default=40.0,
        help="Working hours. Paused while waiting for the customer.",
    )
    redress_cap = fields.Monetary(
        string="Max. per Complaint",
        help="Maximum amount of redress. 0: limited only by the share of the loss.",
    )
    redress_percent = fields.Float(
        string="Max. of Loss (%)", default=150.0, help="Maximum redress as a share of the loss."
    )
    approval_amount = fields.Monetary(
        string="Approval Above",
        help="Redress above this amount has to be approved by a second person. 0: every redress.",
    )

    is_relaxed = fields.Boolean(
        string="To Confirm",
        compute="_compute_is_relaxed",
        help="Somebody relaxed limits. Another manager has to confirm.",
    )

    _unique_match = models.UniqueIndex(
        "(company_id, COALESCE(tier_id, 0), COALESCE(severity, ''))",
        "A commitment for this tier and severity already exists. Change the existing one.",
    )
    _amounts = models.Constraint(
        "CHECK(answer_hours > 0 AND redress_cap >= 0 AND approval_amount >= 0)",
        "The time to answer must be above zero, and amounts cannot be negative.",
    )
    _percent = models.Constraint(
        "CHECK(redress_percent >= 0 AND redress_percent <= 150)",
        "Redress is limited to 150% of the loss: enter a share between 0 and 150.",
    )

    @api.depends("company_id", "tier_id", "severity", "redress_cap", "redress_percent", "approval_amount")
    def _compute_is_relaxed(self):
        for company, commitments in self.grouped("company_id").items():
            relaxed = self.env["customer.complaint.relaxation"]._get_relaxed(company)
            for commitment in commitments:
                commitment.is_relaxed = commitment._origin.id in relaxed

    @api.depends("tier_id", "severity")
    def _compute_display_name(self):
        severities = dict(self._fields["severity"]._description_selection(self.env))
        for commitment in self:
            parts = [commitment.tier_id.name, severities.get(commitment.severity)]
            commitment.display_name = ", ".join(filter(None, parts)) or self.env._("All complaints")

    # -- what limits redress, see customer.complaint.relaxation --------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        usual = self.default_get(["company_id"]).get("company_id")
        company_ids = {vals.get("company_id") or usual for vals in vals_list} - {None, False}
        with self._watch_limits(self.env["res.company"].browse(company_ids)) as watched:
            return super(CustomerComplaintCommitment, watched).create(vals_list).with_env(self.env)

    def write(self, vals):
        if not {"company_id", "tier_id", "severity", *LIMITING} & vals.keys():
            return super().write(vals)
        companies = self.company_id | self.company_id.browse(vals.get("company_id") or ())
        with self._watch_limits(companies) as watched:
            return super(CustomerComplaintCommitment, watched).write(vals)

    def unlink(self):
        with self._watch_limits(self.company_id) as watched:
            return super(CustomerComplaintCommitment, watched).unlink()

    @contextmanager
    def _watch_limits(self, companies):
        """:return: these, to be changed in the environment of which nobody looks at them a second time"""
        with self.env["customer.complaint.relaxation"]._watch(companies) as context:
            yield self.with_context(**context)

    def action_open_relaxation(self):
        """Open the change that has to be confirmed; if there are several, one that the user may confirm."""
        self.ensure_one()
        relaxed = self.env["customer.complaint.relaxation"]._get_relaxed(self.company_id)
        pending = relaxed.get(self.id, self.env["customer.complaint.relaxation"]).sudo(False)
        first = pending.sorted(lambda relaxation: not relaxation._may_decide())[:1]
        return first._get_records_action(target="new", name=self.env._("Change to Confirm"))

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
        return candidates._get_closest(tier, severity)

    def _get_closest(self, tier, severity):
        """Which of these, of one company, counts for a complaint of ``tier`` and ``severity``; empty if none fits."""
        fitting = self.filtered(lambda found: found.tier_id <= tier and found.severity in (severity, False))
        return fitting.sorted(lambda found: (bool(found.severity), bool(found.tier_id)), reverse=True)[:1]

    @api.model
    def _prepare_defaults(self, company):
        """What a company starts with: the more severe, the sooner."""
        hours = {False: 40.0, "3": 16.0, "4": 8.0}
        return [
            {"company_id": company.id, "severity": severity, "answer_hours": time} for severity, time in hours.items()
        ]
