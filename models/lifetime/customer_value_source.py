from odoo import api, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Metric

# Metric: column where results are stored.
LIFETIME = {"lifetime_value": "lifetime_value", "p_active": "100 * p_active", "expected_margin": "expected_margin"}


class CustomerValueSource(models.AbstractModel):
    """What customers will bring, as a metric of policies and gates."""

    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "lifetime_value": Metric("lifetime", self.env._("Lifetime value"), "money", additive=False, windowed=False),
            "p_active": Metric("lifetime", self.env._("Probability active"), "percent", additive=False, windowed=False),
            "expected_margin": Metric(
                "lifetime", self.env._("Expected margin (12 months)"), "money", additive=False, windowed=False
            ),
        }

    @api.model
    def _source_lifetime(self, scope, metrics):
        """The stored forecasts. What was forecast later than ``as_of`` was not known then."""
        return SQL(
            """
            SELECT partner_id, %(columns)s FROM customer_lifetime_value
             WHERE company_id = %(company)s AND as_of <= %(as_of)s AND %(among)s
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", SQL(column), SQL.identifier(metric)) for metric, column in LIFETIME.items()
            ),
            company=scope.company_id,
            as_of=scope.as_of,
            among=scope.among(SQL("partner_id")),
        )

    @api.model
    def _get_passive_sources(self):
        return super()._get_passive_sources() | {"lifetime"}
