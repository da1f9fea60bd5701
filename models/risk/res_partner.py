from odoo import api, fields, models

from ..core.groups import VALUE_USER
from ..core.together import Search, search_ahead
from .customer_retention_risk import LEVELS

# Where a step comes from, the most urgent first.
FINDINGS = ("customer.retention.risk", "customer.retention.loss")


class ResPartner(models.Model):
    """A contact shows whether their commercial entity is at risk, in the current company."""

    _inherit = "res.partner"

    retention_risk_id = fields.Many2one(
        "customer.retention.risk",
        string="At Risk",
        compute="_compute_beside",
        search="_search_retention_risk_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    retention_risk_level = fields.Selection(
        LEVELS, string="Risk Level", compute="_compute_retention_risk", compute_sudo=True, groups=VALUE_USER
    )
    retention_risk_explanation = fields.Char(
        string="Risk Reason", compute="_compute_retention_risk", compute_sudo=True, groups=VALUE_USER
    )

    def _get_beside(self):
        return super()._get_beside() | {"retention_risk_id": self._kept_beside("customer.retention.risk")}

    @api.depends("retention_risk_id")
    @api.depends_context("company", "lang")
    def _compute_retention_risk(self):
        for partner in self:
            risk = partner.retention_risk_id
            partner.retention_risk_level = risk.level
            partner.retention_risk_explanation = risk._explain_with_stake() if risk else False

    def _get_next_steps(self, company, unsettled=None):
        """Customers at risk, and lost ones: their reason comes before tier, lifecycle and segment.

        Nothing is advised for those who cannot return, and less so by their lifecycle.
        """
        found = {}
        for finding, step in self._get_finding_steps(company):
            found.setdefault(finding.partner_id, step)
        urgent = self.filtered(lambda partner: partner.commercial_partner_id in found)
        steps = super(ResPartner, self - urgent)._get_next_steps(company, unsettled)
        return steps | {
            partner.id: step for partner in urgent if (step := found[partner.commercial_partner_id]) is not None
        }

    def _get_finding_steps(self, company):
        """:return: pairs of a risk or loss of these customers, and its step or None; the most urgent first"""
        for model in FINDINGS:
            # sudo: see the method of the score
            findings = search_ahead(self.env[model].sudo(), self._get_kept_domain(company))
            yield from findings._get_steps().items()

    def _get_searches_ahead(self, company):
        findings = [
            # sudo: see the method of the score
            Search(self.env[model].sudo(), self._get_kept_domain(company), ("*", "reason_id.*", "competitor_id.*"))
            for model in FINDINGS
        ]
        Reason = self.env["customer.retention.reason"].sudo()
        return [*super()._get_searches_ahead(company), *findings, Search(Reason, Reason._get_code_domain("complaint"))]

    def action_view_retention_risk(self):
        """Open the risk of the customer in the current company."""
        self.ensure_one()
        return self.retention_risk_id._get_records_action()

    @api.model
    def _search_retention_risk_id(self, operator, value):
        """Partners whose commercial entity has this risk; with an empty value, those at no risk, too."""
        return self._search_by_kept("retention_risk_id", "customer.retention.risk", "id", operator, value)
