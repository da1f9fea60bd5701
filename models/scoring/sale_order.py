from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Their commercial entities as of the confirmation. Contacts move on to other companies, what they ordered does not.
    value_customer_id = fields.Many2one(
        "res.partner",
        string="Customer at Confirmation",
        compute="_compute_value_customer_id",
        store=True,
        precompute=True,
        index=True,
        ondelete="restrict",
        help="The company whose order this is, whatever becomes of the contact who placed it.",
    )
    value_payer_id = fields.Many2one(
        "res.partner",
        string="Payer at Confirmation",
        compute="_compute_value_customer_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        help="The company that was to be invoiced when the order was confirmed.",
    )

    _value_payer_idx = models.Index("(company_id) WHERE value_customer_id <> value_payer_id")

    @api.depends("partner_id", "partner_invoice_id", "state", "company_id")
    def _compute_value_customer_id(self):
        """Depends on values of the order alone: nothing that happens to partners comes back to it."""
        for order in self:
            if order.state == "cancel" and order.value_customer_id:
                order.value_customer_id, order.value_payer_id = order.value_customer_id, order.value_payer_id
                continue
            buyer = order.partner_id.commercial_partner_id
            payer = order.partner_invoice_id.commercial_partner_id or buyer
            order.value_payer_id = payer
            order.value_customer_id = payer if order.company_id.value_order_customer == "payer" else buyer
