from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # one customer is rescored in the time their own invoices take
    _value_customer_idx = models.Index(
        "(commercial_partner_id) WHERE move_type IN ('out_invoice', 'out_refund', 'out_receipt')"
    )
