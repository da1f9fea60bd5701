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
        """What is counted in another window is another case: nobody knows which of the two is stricter.

        :return: tuple of the case and the number of this rule as a limit, the smaller the stricter
        """
        self.ensure_one()
        metric = self.env["customer.value.source"]._get_metrics().get(self.metric)
        window = f" {self.window_months}" if metric and metric.windowed else ""
        return f"{self.metric} {self.operator}{window}", self.value if self.operator == ">=" else -self.value

    @api.model
    def _restore(self, policy, limits):
        """Rules as they were; none without a policy, which says what a metric means.

        :param limits: dict from case to number, as of :meth:`_get_limit`
        :return: new records
        """
        gates = self.browse()
        for case, number in limits.items() if policy else ():
            metric, operator, *window = case.split(" ")
            gates |= self.new(
                {
                    "policy_id": policy.id,
                    "metric": metric,
                    "operator": operator,
                    "value": number if operator == ">=" else -number,
                    "effect": "at_most",
                    "window_months": int(window[0]) if window else policy.window_months,
                }
            )
        return gates
