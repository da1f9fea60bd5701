from odoo import api, fields, models
from odoo.tools import SQL

from ..scoring.kept_columns import join_kept, search_by
from .customer_referral_value import QUADRANTS

COLUMNS = {"referral_quadrant": "quadrant", "referral_value": "referral_value"}


class CustomerValueScore(models.Model):
    """What the customer of a score brings by referrals: read from the referral value, and never stored here."""

    _inherit = "customer.value.score"

    referral_value = fields.Monetary(
        compute="_compute_referral",
        search=search_by("referral_value"),
        help="Value of the customers who came because of this one.",
    )
    referral_quadrant = fields.Selection(
        QUADRANTS, string="Referral Group", compute="_compute_referral", search=search_by("referral_quadrant")
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
        return SQL.identifier(join_kept(self, alias, query, "customer_referral_value"), COLUMNS[field_expr])
