from odoo import api, fields, models

from ..core.groups import VALUE_MANAGER


class CustomerValueRelaxation(models.Model):
    """Limits of a policy that somebody has relaxed: from which tier on manual tiers need approval.

    Until that is confirmed, every manual tier of the user who took an approval away needs one.
    """

    _name = "customer.value.relaxation"
    _description = "Relaxed Limits of a Policy"
    _inherit = ["customer.relaxation"]
    _rec_name = "policy_id"
    _decision_group = VALUE_MANAGER

    # kept where a draft that was in force for a moment is deleted
    policy_id = fields.Many2one("customer.value.policy", readonly=True, ondelete="set null")

    @api.model_create_multi
    def create(self, vals_list):
        relaxations = super().create(vals_list)
        self._show()
        return relaxations

    def write(self, vals):
        result = super().write(vals)
        self._show()
        return result

    @api.model
    def _show(self):
        """What policies say of it does not depend on any of their fields."""
        for model in ("customer.value.policy", "customer.value.tier"):
            self.env[model].invalidate_model(["relaxation_text", "can_confirm_relaxation"])

    @api.model
    def _read_limits(self, company):
        limits = super()._read_limits(company)
        policy = self.env["customer.value.policy"]._get_active(company)
        guarded = policy.tier_ids.filtered(lambda tier: tier._is_guarded())
        limits["approval"] = {str(tier.id): 0.0 for tier in guarded}
        return limits

    @api.model
    def _prepare_noted(self, company):
        policies = self.env["customer.value.policy"].with_context(active_test=False)
        policy = policies._get_active(company)
        # archived just now
        policy = policy or policies.search([("company_id", "=", company.id)], order="write_date desc, id desc", limit=1)
        return super()._prepare_noted(company) | {"policy_id": policy.id}

    def _get_standing(self):
        """A deleted tier cannot need approval again; where all are deleted, only a manager can settle it."""
        limits = super()._get_standing()
        tiers = self._get_tiers("approval")
        known = {case: number for case, number in limits.get("approval", {}).items() if int(case) in tiers.ids}
        return limits | ({"approval": known} if known else {})

    def _get_tiers(self, kind):
        """:return: the tiers that are cases of ``kind``, as far as they exist"""
        cases = self.limits.get(kind, {})
        return self.env["customer.value.tier"].browse(map(int, cases)).exists().sorted("entry_score", reverse=True)

    @api.model
    def _binds(self, company):
        """Whether the user took an approval away in ``company`` that nobody has confirmed."""
        return bool(self._get_binding(company, self.env.user)["approval"])

    def _tell_noted(self):
        self.policy_id.message_post(
            body=self.env._("Limits were relaxed. Another manager has to confirm this. Before: %s.", self._word())
        )

    def _tell_confirmed(self):
        self.policy_id.message_post(
            body=self.env._(
                "Confirmed: the limits changed by %(user)s. Before: %(limits)s.",
                user=self.create_uid.name,
                limits=self._word(),
            )
        )

    def _word(self):
        return "; ".join(self._describe_limits())

    def _describe_limits(self):
        words = super()._describe_limits()
        if "approval" in self.limits:
            names = ", ".join(self._get_tiers("approval").mapped("name")) or self.env._("deleted tiers")
            words.append(self.env._("manual tiers need approval (%s)", names))
        return words

    def _get_asked_on(self):
        return self.policy_id

    def _stop_asking(self):
        """Activities are those of the policy: they stay while others are to be confirmed there."""
        settled = self.filtered(lambda relaxation: not self._get_pending(relaxation.company_id))
        return super(CustomerValueRelaxation, settled)._stop_asking()
