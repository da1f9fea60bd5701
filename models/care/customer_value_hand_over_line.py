from odoo import fields, models


class CustomerValueHandOverLine(models.Model):
    """A customer, or a lead or ticket without one, that was handed over, and what came with it."""

    _name = "customer.value.hand.over.line"
    _description = "Reassigned Customer"
    _order = "receiver_id, tier_id, revenue desc, id"

    hand_over_id = fields.Many2one(
        "customer.value.hand.over",
        string="Reassignment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    receiver_id = fields.Many2one(
        "customer.value.hand.over.receiver", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Assigned To", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="hand_over_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    # kept as it was then, whatever becomes of the customer
    name = fields.Char(string="Customer", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer Record", readonly=True, index="btree_not_null", ondelete="set null"
    )
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="set null")
    revenue = fields.Monetary(readonly=True)
    customer_count = fields.Integer(
        string="Account Manager",
        readonly=True,
        help="1 if the account manager of the customer or one of their contacts changed.",
    )
    quotation_count = fields.Integer(string="Quotations", readonly=True)
    lead_count = fields.Integer(string="Leads", readonly=True)
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    activity_count = fields.Integer(string="Activities", readonly=True)

    def action_open_partner(self):
        """Open the customer, where there still is one."""
        self.ensure_one()
        return self.partner_id._get_records_action() if self.partner_id else None
