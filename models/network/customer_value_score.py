from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_referral_value import QUADRANTS

COLUMNS = {"referral_quadrant": "quadrant", "referral_value": "referral_value"}


def _search_by(name):
    """Search by a column of the referral value; who has none is found by nothing, or by an amount of zero."""

    def search(records, operator, value):
        amount = name == "referral_value"
        if operator not in (("<", ">", "<=", ">=") if amount else ("in",)):
            return NotImplemented

        def to_sql(model, alias, query):
            column = model._field_to_sql(alias, name, query)
            if amount:
                return SQL("COALESCE(%s, 0) %s %s", column, SQL(operator), value)
            wanted = [item for item in value if item]
            found = SQL("%s IN %s", column, tuple(wanted)) if wanted else SQL("FALSE")
            return found if len(wanted) == len(list(value)) else SQL("(%s OR %s IS NULL)", found, column)

        return Domain.custom(to_sql=to_sql)

    return search


class CustomerValueScore(models.Model):
    """What the customer of a score brings by referrals: read from the referral value, and never stored here."""

    _inherit = "customer.value.score"

    referral_value = fields.Monetary(
        compute="_compute_referral",
        search=_search_by("referral_value"),
        help="Value of the customers who came because of this one.",
    )
    referral_quadrant = fields.Selection(
        QUADRANTS, string="Referral Group", compute="_compute_referral", search=_search_by("referral_quadrant")
    )

    @api.depends("partner_id", "company_id")
    def _compute_referral(self):
        values = self.env["customer.referral.value"].search_fetch(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)],
            ["partner_id", "company_id", "referral_value", "quadrant"],
        )
        found = {(value.partner_id, value.company_id): value for value in values}
        for score in self:
            value = found.get((score.partner_id, score.company_id), values.browse())
            score.referral_value = value.referral_value
            score.referral_quadrant = value.quadrant

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in COLUMNS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        referral = query.make_alias(alias, "referral")
        query.add_join(
            "LEFT JOIN",
            referral,
            "customer_referral_value",
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(referral, "partner_id"),
                super()._field_to_sql(alias, "partner_id", query),
                SQL.identifier(referral, "company_id"),
                super()._field_to_sql(alias, "company_id", query),
            ),
        )
        return SQL.identifier(referral, COLUMNS[field_expr])
