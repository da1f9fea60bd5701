from odoo import models
from odoo.exceptions import UserError

from .sale_order_approval import OPEN


class SaleOrder(models.Model):
    """Where orders are stopped: at their confirmation, when they are sent, and when a customer accepts them online."""

    _inherit = "sale.order"

    def action_confirm(self):
        """Confirm the orders that need no approval; for the others, open the dialog that asks for it.

        :return: what Odoo returns, or the action of that dialog while some orders wait
        """
        if self.env.su:
            return super().action_confirm()
        # what cannot be confirmed anyway gets Odoo's own message
        needs = self.filtered(lambda order: order.state in OPEN)._get_approval_needs()
        if not needs:
            return super().action_confirm()
        self.check_access("write")
        for order in needs:
            if message := order._confirmation_error_message():
                raise UserError(message)
        waiting, action = self._stop_for_approval(needs, "confirm")
        confirming = self - waiting
        result = super(SaleOrder, confirming).action_confirm() if confirming else True
        return action or result

    def _action_confirm(self):
        result = super()._action_confirm()
        self._withdraw_approvals()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self._withdraw_approvals()
        return result

    def _withdraw_approvals(self):
        """Nobody has to decide any more on orders that were confirmed (paid, for instance) or cancelled."""
        # sudo: approvals are written by this workflow alone, whoever confirms or cancels
        Approval = self.env["customer.value.approval"].sudo()
        Approval.search([("order_id", "in", self.ids), ("state", "=", "pending")])._withdraw()

    def action_quotation_send(self):
        """A discount is approved before the customer reads it, so that what he then accepts stands."""
        offered = self.filtered(lambda order: order.state in OPEN)
        if not self.env.su and offered:
            self.check_access("write")
            _waiting, action = self._stop_for_approval(offered._get_approval_needs(gates=False), "send")
            if action:
                return action
            offered._keep_offer()
        return super().action_quotation_send()

    def action_quotation_sent(self):
        if not self.env.su:
            needs = self._get_approval_needs(gates=False)
            waiting, _action = self._stop_for_approval(needs, "send")
            if waiting:
                raise UserError(
                    self.env._(
                        "The discount of %s needs a sales manager's approval. Ask for it with Send on the quotation.",
                        ", ".join(waiting.mapped("name")),
                    )
                )
            self._keep_offer()
        return super().action_quotation_sent()

    def _keep_offer(self):
        """Remember what these quotations give away: nobody has to approve it again if the tier falls meanwhile."""
        # sudo: the field is closed to everybody
        orders = self.sudo()
        policies = self.env["customer.value.policy"].sudo()
        policies = policies.search([("company_id", "in", orders.company_id.ids), ("state", "=", "active")])
        limited = policies.filtered(lambda policy: any(policy.tier_ids.mapped("limit_discount"))).company_id
        for order in orders.filtered(lambda order: order.company_id in limited):
            given = order.order_line._get_given_discounts()
            # as of Need; what was offered says nothing about the customer's debts
            terms = {
                "customer": order.partner_id.commercial_partner_id.id,
                "currency": order.currency_id.id,
                "discount": max((percent for _line, percent, _amount in given), default=0.0),
                "given": sum(amount for _line, _percent, amount in given),
            }
            if order.offered_terms != terms:
                order.offered_terms = terms

    def _validate_order(self):
        """What a customer accepts online: the signature is kept, and the order waits where it needs approval.

        Orders without an amount have nothing at risk, and Odoo invoices some of them right after.
        """
        needs = self.filtered(lambda order: order.state in OPEN and order.amount_total > 0)._get_approval_needs()
        for order, need in needs.items():
            order._wait_for_approval(need)
        orders = self.filtered(lambda order: order not in needs)
        return super(SaleOrder, orders)._validate_order() if orders else None

    def _wait_for_approval(self, need):
        """Ask for approval of what a customer has accepted online, once."""
        if not self._is_asked(need):
            name = self.signed_by or self.partner_id.name
            reason = self.env._("Accepted online by %s", name)
            # sudo: the customer asks without knowing
            self.sudo()._request_approval(need, "confirm", reason, online=True)
