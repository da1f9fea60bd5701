from odoo import api, models
from odoo.exceptions import UserError


class CustomerValuePolicy(models.Model):
    """Versions: a copy is made, changed, simulated, and takes the place of the one it was made from."""

    _inherit = "customer.value.policy"

    def copy(self, default=None):
        copies = super().copy(default)
        for policy, copied in zip(self, copies, strict=True):
            copied._copy_rules_from(policy)
        return copies

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            # a grid needs cells and dimensions of its own: see _copy_rules_from
            vals["tier_method"] = "score"
        if not (default or {}).get("origin_id"):
            for policy, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", policy.name)
        return vals_list

    def _copy_rules_from(self, policy):
        """Copy what refers to tiers and dimensions, pointing at the copies of those."""
        tiers = {tier.entry_score: tier for tier in self.tier_ids}
        dimensions = {dimension.metric: dimension for dimension in self.dimension_ids}
        for gate in policy.gate_ids:
            gate.copy({"policy_id": self.id, "tier_id": tiers[gate.tier_id.entry_score].id})
        for cell in policy.grid_cell_ids:
            cell.copy({"policy_id": self.id, "tier_id": tiers[cell.tier_id.entry_score].id})
        self.approval_tier_id = tiers.get(policy.approval_tier_id.entry_score)
        if policy.grid_x_id and policy.grid_y_id:
            self.write(
                {
                    "tier_method": policy.tier_method,
                    "grid_x_id": dimensions[policy.grid_x_id.metric].id,
                    "grid_y_id": dimensions[policy.grid_y_id.metric].id,
                }
            )

    def action_new_version(self):
        """Copy into a draft that, once activated, replaces this policy."""
        self.ensure_one()
        last = self.with_context(active_test=False).search(
            [("company_id", "=", self.company_id.id)], order="version desc", limit=1
        )
        draft = self.copy({"origin_id": self.id, "version": last.version + 1})
        for model in ("tier_ids", "segment_ids"):
            for record, copied in zip(self[model].sorted(), draft[model].sorted(), strict=True):
                copied.origin_id = record
        return draft._get_records_action(name=self.env._("New Version"))

    def action_what_if(self):
        """Try other weights and limits of this policy."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_what_if")
        return action | {"context": {"active_model": self._name, "active_ids": self.ids}}

    @api.model
    def _get_required(self, company):
        """The active policy of ``company``.

        :raise UserError: it has none
        """
        policy = self._get_active(company)
        if not policy:
            raise UserError(
                self.env._(
                    "%(company)s has no active policy. Activate one in the configuration first.", company=company.name
                )
            )
        return policy

    def action_activate(self):
        for policy in self:
            policy._check_runnable()
            current = self.search([("company_id", "=", policy.company_id.id), ("state", "=", "active")])
            if current == policy:
                continue
            if current:
                policy._take_over_identities(current)
                current.state = "archived"
                current.flush_recordset(["state"])
            policy.state = "active"

    def action_archive(self):
        self.state = "archived"

    def action_unarchive(self):
        self.filtered(lambda policy: policy.state == "archived").state = "draft"

    def _take_over_identities(self, current):
        """Swap each of our tiers and segments with the one in ``current`` it was copied from.

        Scores, orders and filters go on pointing at the same record, which now carries our values; the archived
        version keeps its old values in the records that were ours.
        """
        for own in [*self.tier_ids, *self.segment_ids]:
            if own.origin_id.policy_id == current:
                own._swap_with(own.origin_id)
