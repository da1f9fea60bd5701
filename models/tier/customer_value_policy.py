from dataclasses import dataclass

from odoo import api, models
from odoo.tools import ormcache


@dataclass(frozen=True)
class OrderRules:
    """What the active policy of a company asks of orders.

    :param tuple gates: ids of the gates that hold orders
    :param bool limited: whether a tier limits discounts
    """

    gates: tuple = ()
    limited: bool = False


class CustomerValuePolicy(models.Model):
    """What a policy asks of orders is remembered: most ask nothing, and orders then cost no query."""

    _name = "customer.value.policy"
    _inherit = ["customer.value.policy", "customer.value.remembered"]

    _remembered = frozenset({"state", "company_id"})

    @api.model
    @ormcache("company_id")
    def _get_order_rules(self, company_id):
        """:return: OrderRules of the company"""
        # sudo: the rules hold for all users who confirm, also if they may not see policies
        policy = self.sudo().search([("company_id", "=", company_id), ("state", "=", "active")], limit=1)
        holding = policy.gate_ids.filtered(lambda gate: gate.effect == "at_most" and gate.hold_orders)
        return OrderRules(tuple(holding.ids), any(policy.tier_ids.mapped("limit_discount")))
