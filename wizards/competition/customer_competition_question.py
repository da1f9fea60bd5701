from odoo import fields, models


class CustomerCompetitionQuestion(models.TransientModel):
    """Asks who else was in the running for an opportunity that was won."""

    _name = "customer.competition.question"
    _description = "Competitors of a Won Opportunity"

    lead_id = fields.Many2one("crm.lead", string="Opportunity", required=True, readonly=True, ondelete="cascade")
    competitor_id = fields.Many2one(
        "res.partner",
        domain=[("is_competitor", "=", True)],
        context={"default_is_competitor": True, "default_is_company": True},
    )
    price = fields.Monetary(string="Their Price", help="Untaxed, if you heard it.")
    is_incumbent = fields.Boolean(string="They Were the Incumbent", help="The customer bought this from them.")
    currency_id = fields.Many2one(related="lead_id.company_currency")
    effect = fields.Json()

    def action_save(self):
        """Keep the answer, and celebrate as Odoo does."""
        self.ensure_one()
        if self.competitor_id:
            self.env["customer.competition.line"]._note(
                self.lead_id, self.competitor_id, {"price": self.price, "is_incumbent": self.is_incumbent}
            )
        return self.action_skip()

    def action_skip(self):
        return {"type": "ir.actions.act_window_close", **({"effect": self.effect} if self.effect else {})}
