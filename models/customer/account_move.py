from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # those that are not posted as well: what is said on them is part of the timeline
    _value_page_idx = models.Index(
        "(commercial_partner_id) WHERE move_type IN ('out_invoice', 'out_refund', 'out_receipt')"
    )
    # of very many invoices few are open
    _value_unpaid_idx = models.Index(
        "(commercial_partner_id) WHERE move_type IN ('out_invoice', 'out_receipt') AND state = 'posted'"
        " AND payment_state IN ('not_paid', 'partial')"
    )
