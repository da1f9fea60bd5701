from odoo import api, fields, models
from odoo.tools import SQL

from .customer_value_source import Scope


class AccountMove(models.Model):
    _inherit = "account.move"

    value_is_overdue = fields.Boolean(
        string="Overdue after Credits",
        compute="_compute_value_is_overdue",
        search="_search_value_is_overdue",
        help="Something is overdue, after what the customer has paid on account and their open credit notes have"
        " settled what is oldest.",
    )

    # one customer is rescored in the time their own invoices take, and all without opening the wide rows of invoices
    _value_customer_idx = models.Index(
        "(commercial_partner_id, invoice_date) INCLUDE (company_id, move_type, amount_untaxed_signed, id)"
        " WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')"
    )

    _value_refund_idx = models.Index(
        "(commercial_partner_id, invoice_date) INCLUDE (company_id, reversed_entry_id, amount_untaxed_signed, id)"
        " WHERE state = 'posted' AND move_type = 'out_refund'"
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._note_other_payers()
        posted._note_credited()
        return posted

    def _note_other_payers(self):
        """Orders of which an invoice goes to somebody else than their customer, because that was entered on it or the
        contact has moved on, are paid by another: the sale stays as a whole with who ordered.
        """
        for move in self.filtered(lambda move: move.is_sale_document(include_receipts=True)):
            payer = move.commercial_partner_id
            # sudo: whose sale it is does not depend on who posts the invoice
            for order in move.sudo().invoice_line_ids.sale_line_ids.order_id:
                customer = order.value_customer_id
                if customer == order.value_payer_id and payer and customer.commercial_partner_id != payer:
                    order.value_payer_id = payer

    def _note_credited(self):
        """Orders with lines on a posted credit note are marked, once and for all."""
        if notes := self.filtered(lambda move: move.move_type == "out_refund" and move.state == "posted"):
            self.env.flush_all()
            orders = self.env["sale.order"]
            orders._note_credited(notes)
            orders.invalidate_model(["value_is_credited"], flush=False)

    @api.depends("partner_id", "state", "payment_state", "line_ids.date_maturity", "line_ids.amount_residual")
    def _compute_value_is_overdue(self):
        overdue = self.search([("id", "in", self.ids), ("value_is_overdue", "=", True)])
        for move in self:
            move.value_is_overdue = move in overdue

    @api.model
    def _search_value_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: which customers have paid on account, for users who see their invoices
        Source = self.env["customer.value.source"].sudo()
        self.env.flush_all()
        overdue = [
            Source._overdue_items_sql(Scope.make(company, company._get_value_today(), 0))
            for company in self.env.companies
        ]
        moves = SQL("(SELECT item.move_id FROM (%s) item)", SQL(" UNION ALL ").join(overdue))
        return [("id", "in", moves)]
