import math

from odoo import api, models


class CustomerValueRelaxation(models.Model):
    """Limits that hold orders: maximum discounts of tiers, and rules by which orders need approval.

    They bind whoever stands behind an order: see ``_get_order_rules`` of the policy, where they are remembered.
    """

    _name = "customer.value.relaxation"
    _inherit = ["customer.value.relaxation", "customer.value.remembered"]

    _remembered = frozenset({"state", "company_id", "limits"})

    @api.model
    def _read_limits(self, company):
        limits = super()._read_limits(company)
        policy = self.env["customer.value.policy"]._get_active(company)
        limits["discount"] = {
            str(tier.id): tier.maximum_discount for tier in policy.tier_ids.filtered("limit_discount")
        }
        for gate in policy._get_holding_gates():
            case, number = gate._get_limit()
            limits["orders"][case] = min(number, limits["orders"].get(case, math.inf))
        # no limits themselves: whose place a new tier takes
        limits["ladder"] = {str(tier.id): tier.entry_score for tier in policy.tier_ids}
        return limits

    @api.model
    def _find_relaxed(self, before, after):
        """A new tier takes the place of the one that customers of its entry score had."""
        before, after = before.copy(), after.copy()
        old, new = before.pop("ladder", {}), after.pop("ladder", {})
        relaxed = super()._find_relaxed(before, after)
        limits = before.get("discount", {})
        for case in new.keys() - old.keys() if old else ():
            reached = [earlier for earlier in old if old[earlier] <= new[case]]
            place = max(reached, key=old.get) if reached else min(old, key=old.get)
            if place in limits and self._is_above(after["discount"].get(case, math.inf), limits[place]):
                relaxed["discount"][case] = limits[place]
        return relaxed

    @api.model
    def _note(self, company, relaxed):
        """A window that nobody has confirmed is no limit: in place of it stands the one that it took the place of."""

        def rule(case):
            return case.split(" ")[:2]

        now, pending = self._read_limits(company)["orders"], self._get_pending(company).sorted("id")
        orders = {}
        for case, number in relaxed.get("orders", {}).items():
            others = [
                (confirmed, old)
                for relaxation in pending
                for confirmed, old in relaxation.limits.get("orders", {}).items()
                if confirmed != case and rule(confirmed) == rule(case)
            ]
            if not others:
                orders[case] = number
                continue
            confirmed, old = others[0]
            mine = pending.filtered(lambda relaxation: relaxation.create_uid == self.env.user)
            known = any(confirmed in relaxation.limits.get("orders", {}) for relaxation in mine)
            if not known and self._is_above(now.get(confirmed, math.inf), old):
                orders[confirmed] = old
        relaxed = {kind: cases for kind, cases in (relaxed | {"orders": orders}).items() if cases}
        if not relaxed:
            return None
        return super()._note(company, relaxed)

    def _describe_limits(self):
        words = super()._describe_limits()
        limits = self.limits.get("discount", {})
        for tier in self._get_tiers("discount"):
            words.append(
                self.env._(
                    "%(tier)s: at most %(percent)s%% discount", tier=tier.name, percent=f"{limits[str(tier.id)]:g}"
                )
            )
        policy = self.policy_id or self.policy_id._get_active(self.company_id)
        for gate in self.env["customer.value.gate"]._restore(policy, self.limits.get("orders", {})):
            words.append(self._describe_rule(gate, policy))
        return words

    def _describe_rule(self, gate, policy):
        condition = gate._describe_condition()
        if gate.window_months == policy.window_months:
            return self.env._("orders need approval if: %s", condition)
        if not gate.window_months:
            return self.env._("orders need approval if: %s, of the entire history", condition)
        return self.env._(
            "orders need approval if: %(condition)s, of %(months)s months",
            condition=condition,
            months=gate.window_months,
        )
