from odoo import api, models
from odoo.tools import SQL

from ...models.lifetime.customer_lifetime_part import Part
from .customer_profit import COSTS
from .customer_retention_profit_customer import CUSTOMERS
from .customer_retention_profit_period import Period


class CustomerLifetimePart(models.AbstractModel):
    """What customers cost beside their margin: as the profit of each customer says, of the whole past."""

    _inherit = "customer.lifetime.part"

    @api.model
    def _get_parts(self):
        fields = self.env["customer.profit"].fields_get(COSTS, ["string"])
        return super()._get_parts() | {
            name: Part("cost", fields[name]["string"], setting=f"lifetime_{name}", sequence=50 + place)
            for place, name in enumerate(COSTS)
        }

    @api.model
    def _cost_sql(self, name, scope, **options):
        company = self.env["res.company"].browse(scope.company_id)
        Profit = self.env["customer.profit"].with_company(company)
        return getattr(Profit, f"_{name}_sql")(Period(scope.window_start, scope.as_of), **options)

    @api.model
    def _part_service_sql(self, scope):
        return self._cost_sql("service", scope)

    @api.model
    def _part_campaigns_sql(self, scope):
        return self._cost_sql("campaigns", scope)

    @api.model
    def _part_care_sql(self, scope):
        return self._cost_sql("care", scope)

    @api.model
    def _part_late_payment_sql(self, scope):
        return self._cost_sql("late_payment", scope, among=scope)

    @api.model
    def _part_redress_sql(self, scope):
        """What redress cost beyond what it took from the margin already: credit notes, goods and coupons."""
        company = self.env["res.company"].browse(scope.company_id)
        return SQL(
            """
            SELECT partner_id, sum(amount) AS amount
              FROM (SELECT partner_id, amount FROM (%s) spent
                     UNION ALL
                    SELECT partner_id, -margin FROM (%s) taken) redress
             GROUP BY partner_id
            """,
            self._cost_sql("redress", scope),
            self.env[CUSTOMERS].with_company(company)._redress_sql(scope),
        )

    @api.model
    def _cost_records(self, name, scope, partner):
        company = self.env["res.company"].browse(scope.company_id)
        Profit = self.env["customer.profit"].with_company(company)
        return Profit._get_figure_records(name, partner, Period(scope.window_start, scope.as_of))

    @api.model
    def _part_service_records(self, scope, partner):
        return self._cost_records("service", scope, partner)

    @api.model
    def _part_campaigns_records(self, scope, partner):
        return self._cost_records("campaigns", scope, partner)

    @api.model
    def _part_care_records(self, scope, partner):
        return self._cost_records("care", scope, partner)

    @api.model
    def _part_late_payment_records(self, scope, partner):
        return self._cost_records("late_payment", scope, partner)

    @api.model
    def _part_redress_records(self, scope, partner):
        return self._cost_records("redress", scope, partner)
