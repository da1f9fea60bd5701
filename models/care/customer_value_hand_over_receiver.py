from odoo import api, fields, models


class CustomerValueHandOverReceiver(models.Model):
    """What one person received in a reassignment; the letter to them is about this."""

    _name = "customer.value.hand.over.receiver"
    _description = "Reassignment Recipient"
    _order = "hand_over_id desc, id"

    hand_over_id = fields.Many2one(
        "customer.value.hand.over",
        string="Reassignment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="hand_over_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Recipient", required=True, readonly=True, ondelete="restrict")
    line_ids = fields.One2many("customer.value.hand.over.line", "receiver_id", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    quotation_count = fields.Integer(string="Quotations", readonly=True)
    lead_count = fields.Integer(string="Leads", readonly=True)
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    activity_count = fields.Integer(string="Activities", readonly=True)

    @api.depends("user_id", "hand_over_id.date")
    def _compute_display_name(self):
        for receiver in self:
            receiver.display_name = f"{receiver.hand_over_id.display_name} → {receiver.user_id.sudo().name}"
