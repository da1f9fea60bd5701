from odoo import models


class CustomerValueGate(models.Model):
    """Some hold orders, see ``_get_order_rules`` of the policy."""

    _name = "customer.value.gate"
    _inherit = ["customer.value.gate", "customer.value.remembered"]

    _remembered = frozenset({"effect", "hold_orders", "policy_id"})
