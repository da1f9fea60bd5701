from odoo import models


class ProductTemplate(models.Model):
    """Customers who buy associated products, and never bought this one."""

    _inherit = "product.template"

    def _get_cross_sell_domain(self, antecedents):
        """Customers, of the company of the environment, who buy one of ``antecedents`` and never had this product."""
        self.ensure_one()
        return [
            ("retention_buys_product_id", "in", antecedents.ids),
            ("retention_lacks_product_id", "in", self.ids),
        ]
