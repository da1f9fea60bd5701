from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.selling.association import Limits


class ResCompany(models.Model):
    """From when on two products count as bought together."""

    _inherit = "res.company"

    # everyday: every customer page and quotation asks for suggestions
    retention_association_months = fields.Integer(
        string="Cross-sell Window (months)", default=12, required=True, everyday=True
    )
    retention_association_customers = fields.Integer(string="Min. Customers Who Bought Both", default=5, required=True)
    retention_association_support = fields.Float(string="Share Buying Both (%)", default=0.5, required=True)
    retention_association_lift = fields.Float(string="Minimum Lift", default=1.2, required=True)
    retention_association_products = fields.Integer(string="Max. Products Analyzed", default=500, required=True)
    retention_association_basket = fields.Integer(string="Max. Products per Customer", default=200, required=True)

    _retention_association_limits = models.Constraint(
        "CHECK(retention_association_months BETWEEN 1 AND 120 AND retention_association_customers >= 2"
        " AND retention_association_support BETWEEN 0 AND 100 AND retention_association_lift >= 1"
        " AND retention_association_products BETWEEN 2 AND 5000 AND retention_association_basket BETWEEN 2 AND 2000)",
        "Cross-sell: the window must be 1 to 120 months, at least 2 customers must have bought both "
        "products, their share must be between 0 and 100%, the lift at least 1, the maximum number of "
        "products 2 to 5,000, and 2 to 2,000 per customer.",
    )

    def _get_association_limits(self):
        self.ensure_one()
        return Limits(
            min_customers=self.retention_association_customers,
            min_support=self.retention_association_support,
            min_lift=self.retention_association_lift,
            max_products=self.retention_association_products,
            max_basket=self.retention_association_basket,
        )

    def _get_product_companies(self):
        """Ids of the companies whose products this one sells: its own and, for a branch, those above it."""
        self.ensure_one()
        # sudo: a branch sells what is of the company above it, which its users need not have chosen
        return self.sudo().parent_ids.ids

    @api.ondelete(at_uninstall=False)
    def _unlink_retention_associations(self):
        """Associations refer to the company without a foreign key."""
        self.env.cr.execute(SQL("DELETE FROM customer_retention_association WHERE company_id IN %s", tuple(self.ids)))
