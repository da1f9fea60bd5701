import math

from odoo import api, fields, models
from odoo.tools import groupby

from .customer_complaint_type import SEVERITIES
from .groups import COMPLAINT_MANAGER

# Redress is never worth more of the loss
HIGHEST_PERCENT = 150.0

# Fields of a commitment that limit redress, each a kind of limit
LIMITING = ("approval_amount", "redress_cap", "redress_percent")


class CustomerComplaintRelaxation(models.Model):
    """Limits of redress that somebody has relaxed, for each tier and severity: cases are ``id of tier/severity``.

    Read is what follows from all commitments together: a closer one that is added or removed relaxes as well.
    """

    _name = "customer.complaint.relaxation"
    _description = "Relaxed Limits of Redress"
    _inherit = ["customer.relaxation", "mail.thread", "mail.activity.mixin"]
    _decision_group = COMPLAINT_MANAGER

    text = fields.Text(compute="_compute_text", string="Change to Confirm")
    can_confirm = fields.Boolean(compute="_compute_text")

    @api.depends("state", "limits")
    @api.depends_context("uid", "lang")
    def _compute_text(self):
        for relaxation in self:
            # sudo: the user need not see all tiers
            relaxation.text = relaxation.sudo()._describe()
            relaxation.can_confirm = relaxation._may_decide()

    @api.depends("company_id", "create_uid", "create_date")
    def _compute_display_name(self):
        for relaxation in self:
            relaxation.display_name = self.env._("Limits of redress changed by %s", relaxation.create_uid.sudo().name)

    @api.model
    def _read_limits(self, company):
        limits = super()._read_limits(company)
        for case, commitment in self._match_cases(company).items():
            limits["approval_amount"][case] = commitment.approval_amount
            if commitment.redress_cap:
                limits["redress_cap"][case] = commitment.redress_cap
            limits["redress_percent"][case] = commitment.redress_percent if commitment else HIGHEST_PERCENT
        return limits

    @api.model
    def _match_cases(self, company):
        """:return: dict from case to the commitment that counts for it, which may be empty. Call with sudo."""
        commitments = self.env["customer.complaint.commitment"].search([("company_id", "=", company.id)])
        none = self.env["customer.value.tier"]
        return {
            self._get_case(tier, severity): commitments._get_closest(tier, severity)
            for tier in [none, *none.search([("company_id", "=", company.id)])]
            for severity in [False, *dict(SEVERITIES)]
        }

    @api.model
    def _get_relaxed(self, company):
        """:return: dict from the id of a commitment to what is pending of the cases for which it counts, with sudo"""
        pending = self._get_pending(company)
        relaxed = {}
        for case, commitment in pending._match_cases(company).items() if pending else ():
            for relaxation in pending:
                if any(case in cases for cases in relaxation.limits.values()):
                    relaxed[commitment.id] = relaxed.get(commitment.id, pending.browse()) | relaxation
        return relaxed

    @api.model
    def _get_case(self, tier, severity):
        return f"{tier.id or 0}/{severity or ''}"

    @api.model
    def _get_bound(self, company, users, tier, severity):
        """:return: dict from kind to the old number to which ``users`` are held for such complaints"""
        case = self._get_case(tier, severity)
        limits = self._get_binding(company, users)
        return {kind: limits[kind].get(case, math.inf) for kind in LIMITING}

    # -- confirming ----------------------------------------------------------------------------------------------------

    def _describe_limits(self):
        words = super()._describe_limits()
        for kind in LIMITING:
            cases = sorted(self.limits.get(kind, {}).items(), key=lambda case: case[1])
            for number, equal in groupby(cases, key=lambda case: case[1]):
                names = self._describe_cases([case for case, _number in equal])
                words.append(f"{self._describe_limit(kind, number)} ({names})")
        return words

    def _describe_limit(self, kind, number):
        money = self.company_id.currency_id.format(number)
        if kind == "approval_amount":
            return self.env._("redress above %s needs approval", money)
        if kind == "redress_cap":
            return self.env._("at most %s per complaint", money)
        return self.env._("at most %s%% of the loss", f"{number:g}")

    def _describe_cases(self, cases):
        pairs = [case.split("/") for case in cases]
        tiers = self.env["customer.value.tier"].browse({int(tier) for tier, _severity in pairs} - {0}).exists()
        everyone = self.env._("every tier")
        severities = dict(self.env["helpdesk.ticket"]._fields["complaint_severity"]._description_selection(self.env))
        every = {severity for _tier, severity in pairs}
        names = [everyone] if any(tier == "0" for tier, _severity in pairs) else tiers.mapped("name")
        levels = [self.env._("every severity")] if "" in every else [severities[level] for level in sorted(every)]
        return f"{', '.join(names)}: {', '.join(levels)}"

    def action_confirm(self):
        """:raise UserError: see ``_confirm``"""
        self._confirm()
