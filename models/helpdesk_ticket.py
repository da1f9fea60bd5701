from odoo import api, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    @api.model_create_multi
    def create(self, vals_list):
        """The customer's tier chooses the team, unless somebody did, and the least priority."""
        Partner = self.env["res.partner"]
        Company = self.env["res.company"]
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id") or self.env.context.get("default_partner_id"))
            company = Company.browse(vals.get("company_id")) or self.env.company
            if not partner:
                continue
            # sudo: whoever opens a ticket, a portal user too, the tier of the customer counts
            tier = partner.sudo().with_company(company).value_tier_id._giving()
            if tier.helpdesk_team_id and not vals.get("team_id"):
                vals["team_id"] = tier.helpdesk_team_id.id
            if tier.helpdesk_priority and tier.helpdesk_priority > (vals.get("priority") or "0"):
                vals["priority"] = tier.helpdesk_priority
        return super().create(vals_list)
