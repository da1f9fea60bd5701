from odoo import models


class CustomerRetentionAssociation(models.Model):
    """A campaign follows from what is bought together."""

    _inherit = "customer.retention.association"

    def action_make_campaign(self):
        """A campaign for customers who bought the one product and never bought the other.

        :raise AccessError: not a manager
        """
        self.ensure_one()
        self.check_access("read")
        return self.consequent_id.with_company(self.company_id)._get_cross_sell_campaign_action(self.antecedent_id)
