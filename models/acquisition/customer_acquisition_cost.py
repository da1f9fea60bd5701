from odoo import api, fields, models
from odoo.fields import Domain


class CustomerAcquisitionCost(models.Model):
    """What a channel cost in a period and is booked nowhere: an amount that was entered, in company currency."""

    _name = "customer.acquisition.cost"
    _description = "Acquisition Cost"
    _inherit = ["customer.value.company.record"]
    _order = "date_from desc, id desc"
    _rec_name = "channel_id"

    channel_id = fields.Many2one(
        "customer.acquisition.channel",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("role", "!=", "unknown")],
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", required=True, default=lambda self: self._default_day("month"))
    date_to = fields.Date(
        string="To", required=True, help="The amount is spread evenly over the days of the period, both ends included."
    )
    amount = fields.Monetary(required=True)
    note = fields.Char()
    booked = fields.Monetary(
        compute="_compute_booked",
        help="What bills and analytic accounts of the channel say for the same days. It is counted as well: enter only "
        "what is not among it.",
    )

    _period = models.Constraint("CHECK(date_from <= date_to)", "The first day of the period is after the last one.")
    _amount = models.Constraint("CHECK(amount >= 0)", "A cost cannot be below zero.")

    @api.model
    def _default_day(self, unit):
        return fields.Date.start_of(self.env.company._get_value_today(), unit)

    @api.onchange("date_from")
    def _onchange_date_from(self):
        if self.date_from and (not self.date_to or self.date_to < self.date_from):
            self.date_to = fields.Date.end_of(self.date_from, "month")

    @api.depends("channel_id", "company_id", "date_from", "date_to")
    def _compute_booked(self):
        """The days of all rows are read at once, and summed up for each."""
        self.booked = 0.0
        rows = self.filtered(lambda row: row.channel_id and row.company_id and row.date_from and row.date_to)
        if not rows:
            return
        domain = (
            Domain("origin", "!=", "entered")
            & Domain("channel_id", "in", rows.channel_id.ids)
            & Domain("company_id", "in", rows.company_id.ids)
            & Domain("date", ">=", min(rows.mapped("date_from")))
            & Domain("date", "<=", max(rows.mapped("date_to")))
        )
        booked = self.env["customer.acquisition.booking"]._read_group(
            domain, ["channel_id", "company_id", "date:day"], ["amount:sum"]
        )
        for row in rows:
            row.booked = sum(
                amount
                for channel, company, day, amount in booked
                if (channel, company) == (row.channel_id._origin, row.company_id._origin)
                and row.date_from <= day <= row.date_to
            )
