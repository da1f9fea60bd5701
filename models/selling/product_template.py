from odoo import models


class ProductTemplate(models.Model):
    """Who buys what goes with a product, and lacks it."""

    _inherit = "product.template"

    def _get_cross_sell_domain(self, antecedents):
        """Customers, of the company of the environment, who buy one of ``antecedents`` and never had this product."""
        self.ensure_one()
        return [
            ("retention_buys_product_id", "in", antecedents.ids),
            ("retention_lacks_product_id", "in", self.ids),
        ]
