from odoo import api, models
from odoo.tools import SQL


class CustomerValueSource(models.AbstractModel):
    """The net margin of customers day by day, to follow cohorts through their months."""

    _inherit = "customer.value.source"

    @api.model
    def _margin_days_sql(self, scope):
        """What the metric ``margin`` is the sum of: ``partner_id`` (commercial entity), ``day``, ``margin`` (company
        currency) and ``is_order`` (an order that counts), a row for each order and each change by a document.

        The window of ``scope`` has to be all of the past.
        """
        queries = [
            SQL(
                "SELECT partner_id, day, margin, is_order FROM (%s) ordered WHERE is_order OR margin IS NOT NULL",
                self._order_margins_sql(scope),
            ),
            SQL(
                "SELECT partner_id, day, earned, FALSE FROM (%s) changed WHERE day <= %s AND earned IS NOT NULL",
                self._margin_changes_sql(scope),
                scope.as_of,
            ),
        ]
        if self._has_tills():
            tills = self._till_orders_sql(scope)
            # a credit note counts as lost in full: of what was sold at a till only the margin is
            queries.append(
                SQL(
                    """SELECT partner_id, billed_on, margin - CASE WHEN is_undone THEN 0 ELSE amount + tips END, FALSE
                         FROM (%s) tills WHERE bill_type = 'out_refund'""",
                    tills,
                )
            )
        return SQL(" UNION ALL ").join(queries)
