from odoo import models
from odoo.exceptions import UserError


class ProductTemplate(models.Model):
    """Campaigns that sell a product to customers who never bought it."""

    _inherit = "product.template"

    def action_make_cross_sell_campaign(self):
        """A campaign for customers who buy associated products, and never bought this one.

        :raise UserError: nothing is known to go with it
        """
        self.ensure_one()
        rules = self.env["customer.retention.association"].search(
            [("consequent_id", "=", self.id), ("company_id", "=", self.env.company.id)]
        )
        if not rules:
            raise UserError(
                self.env._(
                    "No products are known to be bought together with %s. Open Retention / Cross-sell and press Find "
                    "Associations, or choose the customers when creating a campaign.",
                    self.display_name,
                )
            )
        return self._get_cross_sell_campaign_action(rules.antecedent_id)

    def _get_cross_sell_campaign_action(self, antecedents):
        """The wizard of campaigns, filled in.

        :raise AccessError: not a manager
        :raise UserError: the product has no variant that can be sold
        """
        self.ensure_one()
        self.env["customer.retention.campaign"].check_access("create")
        product = self.product_variant_ids[:1]
        if not product:
            raise UserError(
                self.env._("%s has no variant yet. Create one, then start the campaign.", self.display_name)
            )
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_wizard")
        return action | {
            "context": {
                "default_company_id": self.env.company.id,
                "default_purpose": "cross_sell",
                "default_product_id": product.id,
                "default_audience_model": "res.partner",
                "default_audience_domain": repr(self._get_cross_sell_domain(antecedents)),
            }
        }
