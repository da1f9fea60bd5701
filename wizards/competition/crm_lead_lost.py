from odoo import api, fields, models

from ...models.core.groups import VALUE_USER


class CrmLeadLost(models.TransientModel):
    """Asks to whom an opportunity was lost, along with why."""

    _inherit = "crm.lead.lost"

    competitor_id = fields.Many2one(
        "res.partner",
        string="Lost To",
        domain=[("is_competitor", "=", True)],
        context={"default_is_competitor": True, "default_is_company": True},
        groups=VALUE_USER,
    )
    competitor_price = fields.Monetary(string="Their Price", groups=VALUE_USER, help="Untaxed, if you heard it.")
    competitor_incumbent = fields.Boolean(
        string="They Are the Incumbent", groups=VALUE_USER, help="The customer buys this from them today."
    )
    competition_asked = fields.Boolean(compute="_compute_competition_asked")
    is_single = fields.Boolean(compute="_compute_competition_asked")
    currency_id = fields.Many2one("res.currency", compute="_compute_competition_asked")

    @api.depends("lead_ids")
    def _compute_competition_asked(self):
        for wizard in self:
            company = wizard.lead_ids.company_id[:1] or self.env.company
            wizard.competition_asked = company.competition_ask
            wizard.is_single = len(wizard.lead_ids) == 1
            wizard.currency_id = company.currency_id

    def action_lost_reason_apply(self):
        leads = self.lead_ids
        result = super().action_lost_reason_apply()
        if self.env.user.has_group(VALUE_USER) and self.competitor_id:
            values = {"is_winner": True, "is_incumbent": self.competitor_incumbent}
            if len(leads) == 1:
                values["price"] = self.competitor_price
            self.env["customer.competition.line"]._note(leads, self.competitor_id, values)
        return result
