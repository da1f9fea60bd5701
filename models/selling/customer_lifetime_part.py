from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.selling import association
from ..lifetime.customer_lifetime_part import Part
from ..scoring.customer_value_source import Scope

# Suggestions for each customer.
LIMIT = 5


class CustomerLifetimePart(models.AbstractModel):
    """What customers like this one buy and this one does not: the margin of each product suggested, times the share of
    customers who buy it.
    """

    _inherit = "customer.lifetime.part"

    @api.model
    def _get_parts(self):
        label = self.env._("Products not bought yet")
        return super()._get_parts() | {"range": Part("potential", label, sequence=20, is_habit=True)}

    @api.model
    def _suggestions_sql(self, scope):
        company = self.env["res.company"].browse(scope.company_id)
        window = Scope.make(company, scope.as_of, company.retention_association_months)
        if scope.partner_ids is not None:
            window = Scope(**(vars(window) | {"partner_ids": scope.partner_ids}))
        Source = self.env["customer.value.source"]
        return association.suggestions_sql(
            window,
            company._get_product_companies(),
            Source._has_delivery(),
            [],
            LIMIT,
            Source._till_goods_sql(window),
        )

    @api.model
    def _part_range_sql(self, scope):
        return SQL(
            """SELECT partner_id, sum(confidence * expected_margin) AS amount
                 FROM (%s) suggestion WHERE expected_margin > 0 GROUP BY partner_id""",
            self._suggestions_sql(scope),
        )

    @api.model
    def _part_range_records(self, scope, partner):
        rows = self.env.execute_query(
            SQL(
                "SELECT association_id FROM (%s) suggestion WHERE partner_id = %s",
                self._suggestions_sql(scope),
                partner.id,
            )
        )
        return "customer.retention.association", Domain("id", "in", [row for (row,) in rows])
