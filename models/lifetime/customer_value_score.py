from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

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


def _search_by(name):
    """Search by a column of the lifetime value; who has none is found by zero, or by no date."""

    def search(records, operator, value):
        if operator not in ("<", ">", "<=", ">=", "in"):
            return NotImplemented

        def to_sql(model, alias, query):
            column = model._field_to_sql(alias, name, query)
            if model._fields[name].type != "date":
                column = SQL("COALESCE(%s, 0)", column)
            if operator != "in":
                return SQL("%s %s %s", column, SQL(operator), value)
            wanted = [item or 0 for item in value] if model._fields[name].type != "date" else [v for v in value if v]
            found = SQL("%s IN %s", column, tuple(wanted)) if wanted else SQL("FALSE")
            return found if len(wanted) == len(list(value)) else SQL("(%s OR %s IS NULL)", found, column)

        return Domain.custom(to_sql=to_sql)

    return search


class CustomerValueScore(models.Model):
    """What the customer of a score will bring: read from the lifetime value, and never stored here."""

    _inherit = "customer.value.score"

    lifetime_value = fields.Monetary(
        compute="_compute_lifetime",
        search=_search_by("lifetime_value"),
        help="Historical, current and potential value.",
    )
    lifetime_historical = fields.Monetary(
        string="Historical Value", compute="_compute_lifetime", search=_search_by("lifetime_historical")
    )
    lifetime_current = fields.Monetary(
        string="Current Value", compute="_compute_lifetime", search=_search_by("lifetime_current")
    )
    lifetime_potential = fields.Monetary(
        string="Potential Value", compute="_compute_lifetime", search=_search_by("lifetime_potential")
    )
    p_active = fields.Float(
        string="Probability Active",
        digits=(5, 4),
        compute="_compute_lifetime",
        search=_search_by("p_active"),
        aggregator="avg",
        help="How likely it is, by a model of purchases, that the customer still buys at all. A low one means seldom, "
        "not never. The probability of customers at risk is another one: that of no order within a number of days.",
    )
    expected_orders = fields.Float(
        digits=(10, 2), compute="_compute_lifetime", search=_search_by("expected_orders"), aggregator="sum"
    )
    expected_margin = fields.Monetary(compute="_compute_lifetime", search=_search_by("expected_margin"))
    next_order_date = fields.Date(
        string="Next Order", compute="_compute_lifetime", search=_search_by("next_order_date")
    )
    keep_budget = fields.Monetary(
        string="Most to Spend on Keeping", compute="_compute_lifetime", search=_search_by("keep_budget")
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
        lifetime = query.make_alias(alias, "lifetime")
        query.add_join(
            "LEFT JOIN",
            lifetime,
            "customer_lifetime_value",
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(lifetime, "partner_id"),
                super()._field_to_sql(alias, "partner_id", query),
                SQL.identifier(lifetime, "company_id"),
                super()._field_to_sql(alias, "company_id", query),
            ),
        )
        return SQL.identifier(lifetime, field_expr)
