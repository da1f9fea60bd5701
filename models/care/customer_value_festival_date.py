from odoo import api, fields, models


class CustomerValueFestivalDate(models.Model):
    """The date of a festival in one year."""

    _name = "customer.value.festival.date"
    _description = "Date of a Festival"
    _inherit = ["customer.value.company.record"]
    _order = "date"
    _rec_name = "date"
    _company_given_by = frozenset({"company_id", "festival_id"})

    festival_id = fields.Many2one("customer.value.festival", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="festival_id.company_id", store=True, index=True)
    date = fields.Date(required=True)
    year = fields.Integer(compute="_compute_year", store=True)

    _once_a_year = models.Constraint("UNIQUE(festival_id, year)", "A festival can have only one date per year.")

    @api.depends("date")
    def _compute_year(self):
        for line in self:
            line.year = line.date.year if line.date else 0
