from odoo import api, fields, models
from odoo.tools import SQL

from ..scoring.kept_columns import join_kept, search_by

COLUMNS = (
    "lifetime_value",
    "lifetime_historical",
    "lifetime_current",
    "lifetime_potential",
    "p_active",
    "expected_orders",
    "expected_margin",
    "next_order_date",
    "keep_budget",
)


class CustomerValueScore(models.Model):
    """What the customer of a score will bring: read from the lifetime value, and never stored here."""

    _inherit = "customer.value.score"

    lifetime_value = fields.Monetary(
        compute="_compute_lifetime",
        search=search_by("lifetime_value"),
        help="Historical, current and potential value.",
    )
    lifetime_historical = fields.Monetary(
        string="Historical Value", compute="_compute_lifetime", search=search_by("lifetime_historical")
    )
    lifetime_current = fields.Monetary(
        string="Current Value", compute="_compute_lifetime", search=search_by("lifetime_current")
    )
    lifetime_potential = fields.Monetary(
        string="Potential Value", compute="_compute_lifetime", search=search_by("lifetime_potential")
    )
    p_active = fields.Float(
        string="Probability Active",
        digits=(5, 4),
        compute="_compute_lifetime",
        search=search_by("p_active"),
        aggregator="avg",
        help="How likely it is, by a model of purchases, that the customer still buys at all. A low one means seldom, "
        "not never. The probability of customers at risk is another one: that of no order within a number of days.",
    )
    expected_orders = fields.Float(
        digits=(10, 2), compute="_compute_lifetime", search=search_by("expected_orders"), aggregator="sum"
    )
    expected_margin = fields.Monetary(compute="_compute_lifetime", search=search_by("expected_margin"))
    next_order_date = fields.Date(string="Next Order", compute="_compute_lifetime", search=search_by("next_order_date"))
    keep_budget = fields.Monetary(
        string="Most to Spend on Keeping", compute="_compute_lifetime", search=search_by("keep_budget")
    )
    lifetime_id = fields.Many2one("customer.lifetime.value", compute="_compute_lifetime")

    @api.depends("partner_id", "company_id")
    def _compute_lifetime(self):
        values = self.env["customer.lifetime.value"].search_fetch(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)],
            ["partner_id", "company_id", *COLUMNS],
        )
        found = {(value.partner_id, value.company_id): value for value in values}
        for score in self:
            value = found.get((score.partner_id, score.company_id), values.browse())
            score.lifetime_id = value
            for name in COLUMNS:
                score[name] = value[name]

    def action_view_lifetime(self):
        """Open the lifetime value of the customer."""
        self.ensure_one()
        return self.lifetime_id._get_records_action()

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in COLUMNS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        return SQL.identifier(join_kept(self, alias, query, "customer_lifetime_value"), field_expr)
