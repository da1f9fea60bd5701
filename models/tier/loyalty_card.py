from odoo import models
from odoo.exceptions import AccessError

# Stands in the context while orders move the points that they give and take. It is an object of this process, which
# nobody can send from outside.
BY_ORDER = object()

BY_ORDER_KEY = "customer_value_points_by_order"


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def write(self, vals):
        """What a card gives is no discount of a salesperson, so salespeople put nothing on cards where discounts are
        limited.

        :raise AccessError: somebody who is no sales manager adds points, or makes a card one of another program
        """
        if not self.env.su and self.env.context.get(BY_ORDER_KEY) is not BY_ORDER:
            self.filtered(lambda card: card._gives_more(vals))._check_giver()
        return super().write(vals)

    def _gives_more(self, vals):
        points, program_id = vals.get("points", self.points), vals.get("program_id", self.program_id.id)
        return points > self.points or program_id != self.program_id.id

    def _check_giver(self):
        if not self or self.env["res.partner"]._sets_prices():
            return
        # sudo: a card of no company is used in all of them
        companies = self.sudo().company_id
        if len(self.filtered("company_id")) < len(self):
            companies = companies.search([("active", "=", True)])
        rules = self.env["customer.value.policy"]._get_order_rules
        if any(rules(company.id).limited for company in companies):
            raise AccessError(
                self.env._(
                    "Discounts are limited here, and what a card gives is none: only sales managers (Sales: "
                    "Administrator) add points to cards. Ask one of them, or give a discount on the order."
                )
            )
