from odoo import api, models


class CustomerValueGate(models.Model):
    """Some hold orders, see ``_get_order_rules`` of the policy."""

    _name = "customer.value.gate"
    _inherit = ["customer.value.gate", "customer.value.remembered"]

    _remembered = frozenset({"effect", "hold_orders", "policy_id"})

    # -- what holds orders is a limit, see customer.value.relaxation ---------------------------------------------------

    def write(self, vals):
        if not {"metric", "operator", "value", "effect", "hold_orders", "policy_id"} & vals.keys():
            return super().write(vals)
        with self.policy_id._watch_limits() as policies:
            return super(CustomerValueGate, self.with_env(policies.env)).write(vals)

    def unlink(self):
        with self.policy_id._watch_limits() as policies:
            return super(CustomerValueGate, self.with_env(policies.env)).unlink()

    def _get_limit(self):
        """:return: tuple of the case and the number of this rule as a limit, the smaller the stricter"""
        self.ensure_one()
        return f"{self.metric} {self.operator}", self.value if self.operator == ">=" else -self.value

    @api.model
    def _restore(self, policy, limits):
        """Rules as they were; none without a policy, which says what a metric means.

        :param limits: dict from case to number, as of :meth:`_get_limit`
        :return: new records
        """
        gates = self.browse()
        for case, number in limits.items() if policy else ():
            metric, operator = case.rsplit(" ", 1)
            gates |= self.new(
                {
                    "policy_id": policy.id,
                    "metric": metric,
                    "operator": operator,
                    "value": number if operator == ">=" else -number,
                    "effect": "at_most",
                }
            )
        return gates
