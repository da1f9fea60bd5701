from odoo import api, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _compute_team_id(self):
        """A new lead of a customer goes to the sales team of their tier, unless a team is given."""
        result = super()._compute_team_id()
        for lead in self.filtered(lambda lead: not lead._origin.id):
            lead.team_id = lead._get_tier_team() or lead.team_id
        return result

    @api.onchange("partner_id")
    def _onchange_partner_tier(self):
        """The form has a team before it has a customer."""
        if self.partner_id != self._origin.partner_id:
            self.team_id = self._get_tier_team() or self.team_id

    def _get_tier_team(self):
        company = self.company_id or self.env.company
        # sudo: the customer's tier counts whichever user enters the lead
        return self.partner_id.sudo().with_company(company).value_tier_id._giving().team_id.sudo(False)
