from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerValueOrderApproval(models.TransientModel):
    """Ask a sales manager to approve orders, or, as a sales manager, refuse such a request: both with a reason."""

    _name = "customer.value.order.approval"
    _description = "Request Order Approval"

    order_ids = fields.Many2many("sale.order", string="Orders", readonly=True)
    approval_id = fields.Many2one("customer.value.approval", readonly=True)
    purpose = fields.Selection(
        [("confirm", "Confirm"), ("send", "Send"), ("refuse", "Refuse")],
        default="confirm",
        required=True,
        readonly=True,
    )
    reasons = fields.Text(string="Approval Reason", compute="_compute_reasons")
    reason = fields.Text(required=True)

    @api.depends("order_ids", "purpose", "approval_id")
    def _compute_reasons(self):
        for wizard in self:
            if wizard.approval_id:
                wizard.reasons = wizard.approval_id.reasons
                continue
            # needs are found with sudo, and a form can name any orders
            orders = wizard.order_ids._origin._filtered_access("read")
            needs = orders._get_approval_needs(gates=wizard.purpose == "confirm")
            several = len(needs) > 1
            wizard.reasons = "\n".join(
                f"{order.name}: {reason}" if several else reason
                for order, need in needs.items()
                for reason in need.reasons
            )

    def action_request(self):
        """Ask for all of them; what needs no approval any more is confirmed.

        :raise UserError: no user could approve
        """
        self.ensure_one()
        orders = self.order_ids
        if not orders:
            raise UserError(self.env._("There is no order to approve."))
        orders.check_access("write")
        needs = orders._get_approval_needs(gates=self.purpose == "confirm")
        for order, need in needs.items():
            order._request_approval(need, "send" if self.purpose == "send" else "confirm", self.reason)
        free = orders.filtered(lambda order: order not in needs)
        if free and self.purpose == "confirm":
            free.action_confirm()
        if not needs:
            return {"type": "ir.actions.act_window_close"}
        return orders._notify_waiting(orders.filtered(lambda order: order in needs))

    def action_refuse(self):
        self.ensure_one()
        self.approval_id.action_refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
