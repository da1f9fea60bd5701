from dataclasses import dataclass

from odoo import api, models
from odoo.tools import ormcache


@dataclass(frozen=True)
class OrderRules:
    """What the active policy of a company asks of orders.

    :param tuple gates: ids of the gates that hold orders
    :param bool limited: whether a tier limits discounts, or did
    :param tuple old: (id of the user who relaxed them, limits before) of what nobody has confirmed
    :param int policy: id of the policy to which these limits belong, if any
    """

    gates: tuple = ()
    limited: bool = False
    old: tuple = ()
    policy: int | None = None


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
        # sudo: as above
        pending = self.env["customer.value.relaxation"]._get_pending(policy.company_id.browse(company_id))
        pending = pending.filtered(lambda relaxation: relaxation.limits.keys() & {"discount", "orders"})
        return OrderRules(
            tuple(policy._get_holding_gates().ids),
            any(policy.tier_ids.mapped("limit_discount"))
            or any("discount" in relaxation.limits for relaxation in pending),
            tuple((relaxation.create_uid.id, relaxation.limits) for relaxation in pending),
            (policy or pending.policy_id[:1]).id,
        )

    def _get_holding_gates(self):
        return self.gate_ids.filtered(lambda gate: gate.effect == "at_most" and gate.hold_orders)

    @api.model
    def _get_limiting_fields(self):
        return super()._get_limiting_fields() | {"gate_ids", "window_months"}
