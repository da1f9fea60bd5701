import time
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL, float_is_zero

from ...analytics.scoring import recording
from ...analytics.scoring.scoring import METRICS
from ...models.core.shared_rows import drop_rows
from ...models.scoring.customer_value_source import Scope


class CustomerValueWhatIf(models.TransientModel):
    """Change weights and limits of the active policy and see the expected tier changes at once.

    Documents are not read again: points are computed anew from the numbers stored with the scores, with the frozen
    calibration, by the statement that runs use. A simulated run of a draft with these values, as of the day of the last
    run, gives the same matrix as long as no documents were added since.
    """

    _name = "customer.value.what.if"
    _description = "What If"
    _inherit = ["customer.value.matrix.mixin"]

    policy_id = fields.Many2one("customer.value.policy", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    tier_method = fields.Selection(related="policy_id.tier_method")
    as_of = fields.Date(readonly=True, help="Date of the last run, whose values are used.")
    partner_ids = fields.Many2many("res.partner", string="Customers", help="Contacts are represented by their company.")
    partner_count = fields.Integer(compute="_compute_partner_count", string="Selected Customers")
    weight_ids = fields.One2many("customer.value.what.if.weight", "what_if_id")
    tier_ids = fields.One2many("customer.value.what.if.tier", "what_if_id")
    gate_ids = fields.One2many("customer.value.what.if.gate", "what_if_id", string="Override Rules")

    is_current = fields.Boolean(help="The effect shown corresponds to the current values.")
    shown_count = fields.Integer(readonly=True)
    customer_count = fields.Integer(readonly=True, string="Customers Scored")
    up_count = fields.Integer(readonly=True, string="Moving Up")
    down_count = fields.Integer(readonly=True, string="Moving Down")
    up_revenue = fields.Monetary(readonly=True, string="Revenue Moving Up")
    revenue_at_stake = fields.Monetary(
        readonly=True, help="Revenue of customers who would move down.", string="Revenue at Stake"
    )
    duration = fields.Float(readonly=True, string="Duration (s)")

    @api.model
    def default_get(self, fields_list):
        """Today's values of the active policy, for all customers or those selected in a list.

        :raise UserError: there is no active policy, no customer is scored yet, or the policy is not the active one
        """
        values = super().default_get(fields_list)
        if "policy_id" not in fields_list:
            return values
        policy, partners = self._get_subject()
        return values | {
            "policy_id": policy.id,
            "as_of": self._get_as_of(policy),
            "partner_ids": [Command.set(partners.ids)],
            "weight_ids": [
                Command.create({"dimension_id": dimension.id, "weight": dimension.weight})
                for dimension in policy.dimension_ids
            ],
            "tier_ids": [
                Command.create(
                    {"tier_id": tier.id} | {name: tier[name] for name in self.env["customer.value.what.if.tier"]._TERMS}
                )
                for tier in policy.tier_ids
            ],
            "gate_ids": [Command.create({"gate_id": gate.id, "value": gate.value}) for gate in policy.gate_ids],
        }

    @api.model
    def _get_subject(self):
        """:return: the policy, and the customers selected (none: everybody)"""
        Policy, nobody = self.env["customer.value.policy"], self.env["res.partner"]
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids") or []
        if model == "customer.value.policy" and ids:
            policy = Policy.browse(ids[0])
            if policy.state != "active":
                raise UserError(
                    self.env._(
                        "Only the active policy has scores for a what-if analysis. Simulate %s instead.", policy.name
                    )
                )
            return policy, nobody
        if model in ("res.partner", "customer.value.score") and ids:
            company, partners = self.env["customer.value.run"]._split_selection(
                self.env[model].browse(ids), self.env.company
            )
            return Policy._get_required(company), partners
        return Policy._get_required(self.env.company), nobody

    @api.model
    def _get_as_of(self, policy):
        applied = Domain("company_id", "=", policy.company_id.id) & Domain("simulate", "=", False)
        applied &= Domain("state", "in", ("done", "undone"))
        [(last,)] = self.env["customer.value.run"]._read_group(applied, [], ["as_of:max"])
        if not last or not policy.calibration:
            raise RedirectWarning(
                self.env._("No customers have been scored yet. Run the policy for all customers first."),
                self.env.ref("customer_value.action_customer_value_run").id,
                self.env._("Go to Runs"),
            )
        return last

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard.partner_ids)

    @api.depends("policy_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("What-if: %s", wizard.policy_id.display_name or "")

    @api.onchange("weight_ids", "tier_ids", "gate_ids", "partner_ids")
    def _onchange_values(self):
        self.is_current = False

    # -- what the user presses -----------------------------------------------------------------------------------

    def action_show_effect(self):
        """Compute the expected tier changes with the values entered.

        :raise UserError: the values make no policy, or the scores lack numbers that the policy uses by now
        :raise ValidationError: tiers overlap
        """
        self.ensure_one()
        self._check_values()
        clock = time.monotonic()
        self.env.flush_all()
        plan = self._plan()
        by_share = {
            line.tier_id.id: (line.entry_basis, line.entry_share, line.keep_share)
            for line in self.tier_ids
            if line.entry_basis != "score" and self.tier_method == "score"
        }
        chosen = self.partner_ids.commercial_partner_id.ids
        among = SQL("TRUE")
        if chosen and not by_share:
            among = SQL("s.partner_id = ANY(%s)", chosen)
        cr = self.env.cr
        cr.execute(SQL("DELETE FROM customer_value_what_if_move WHERE what_if_id = %s", self.id))
        self.env["ir.config_parameter"]._use_sort_memory()
        drop_rows(cr, METRICS)
        cr.execute(recording.stored_metrics_sql(plan, among))
        self._check_stored()
        cr.execute("ANALYZE customer_value_metric")
        if by_share:
            # a share is one of all customers, whoever is looked at
            plan = self._set_limits(plan, by_share)
            if chosen:
                cr.execute(SQL("DELETE FROM customer_value_metric WHERE partner_id <> ALL(%s)", chosen))
        cr.execute(recording.simulate_sql(plan, ("customer_value_what_if_move", "what_if_id", self.id)))
        rows = cr.fetchall()
        drop_rows(cr, METRICS)
        self.env["customer.value.what.if.move"].invalidate_model()

        def total(column, *moves):
            return sum(row[column] for row in rows if not moves or row[2] in moves)

        self.write(
            {
                "matrix": [
                    [before, after, customers, float(revenue)] for before, after, _m, customers, _c, revenue in rows
                ],
                "customer_count": total(3),
                "up_count": total(3, "up"),
                "down_count": total(3, "down"),
                "up_revenue": total(5, "up"),
                "revenue_at_stake": total(5, "down"),
                "duration": time.monotonic() - clock,
                "is_current": True,
                "shown_count": self.shown_count + 1,
            }
        )

    def action_keep(self):
        """Make a draft version of the policy with the values entered and open it."""
        self.ensure_one()
        self._check_values()
        action = self.policy_id.action_new_version()
        draft = self.env["customer.value.policy"].browse(action["res_id"])
        weights = {line.dimension_id.metric: line.weight for line in self.weight_ids}
        for dimension in draft.dimension_ids:
            dimension.weight = weights[dimension.metric]
        terms = {line.tier_id: line._get_terms() for line in self.tier_ids}
        draft.tier_ids = [Command.update(tier.id, terms[tier.origin_id]) for tier in draft.tier_ids]
        limits = {line.gate_id: line.value for line in self.gate_ids}
        # gates are copied one by one, in their order
        for gate, copied in zip(self.policy_id.gate_ids.sorted(), draft.gate_ids.sorted("id"), strict=True):
            copied.value = limits[gate]
        changes = self._describe_changes()
        draft.message_post(body=self.env._("Created from a what-if analysis. %s", changes))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Saved as the draft %(draft)s. Customers are not affected until you activate it.",
                    draft=draft.display_name,
                ),
                "next": action,
            },
        }

    def action_reset(self):
        """Back to the values of the active policy."""
        self.ensure_one()
        for line in self.weight_ids:
            line.weight = line.dimension_id.weight
        for line in self.tier_ids:
            line.write({name: line.tier_id[name] for name in line._TERMS})
        for line in self.gate_ids:
            line.value = line.gate_id.value
        self.is_current = False

    def action_view_moves(self):
        """The customers whose tier would change."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_what_if_move")
        return action | {"domain": [("what_if_id", "=", self.id)], "context": {}}

    # -- checks and numbers --------------------------------------------------------------------------------------

    def _check_values(self):
        """:raise UserError: what is wrong with the values entered, and what to do"""
        # the statements read by company: it has to be one of the user's
        self.check_access("write")
        self.policy_id.check_access("read")
        policy = self.policy_id
        if policy.state != "active":
            raise UserError(
                self.env._("%s is no longer the active policy. Open a new what-if analysis.", policy.display_name)
            )
        if (
            self.weight_ids.dimension_id != policy.dimension_ids
            or self.tier_ids.tier_id != policy.tier_ids
            or self.gate_ids.gate_id != policy.gate_ids
        ):
            raise UserError(self.env._("The policy has been changed in the meantime. Open a new what-if analysis."))
        if not any(line.weight > 0 for line in self.weight_ids):
            raise UserError(self.env._("All weights are zero. Set a weight for at least one dimension."))
        order = self.tier_ids.sorted(lambda line: (line.entry_score, line.id)).tier_id
        Tier = self.env["customer.value.tier"]
        Tier.union(
            *(
                Tier.new(
                    {"name": line.tier_id.name, "policy_id": policy.id, "entry_basis": line.entry_basis}
                    | line._get_terms()
                )
                for line in self.tier_ids
            )
        )._check_ladder()
        if order.ids != policy.tier_ids.sorted("entry_score").ids:
            raise UserError(
                self.env._(
                    "The order of the tiers would change. Keep their order here; to change it, create a new version."
                )
            )

    def _check_stored(self):
        """:raise UserError: customers were scored before the policy was changed in what its numbers depend on"""
        self.env.cr.execute("SELECT EXISTS (SELECT FROM customer_value_metric WHERE is_lacking)")
        [lacking] = self.env.cr.fetchone()
        run = self.env["customer.value.run"].new({"policy_id": self.policy_id.id})
        if lacking or self.policy_id.calibration["key"] != run._calibration_key():
            raise UserError(
                self.env._(
                    "The policy has been changed since customers were scored. Run it for all customers first, so that "
                    "the what-if analysis uses its values."
                )
            )

    def _plan(self):
        """The plan of the active policy with the values entered."""
        policy = self.policy_id
        run = self.env["customer.value.run"].new({"policy_id": policy.id, "as_of": self.as_of, "simulate": True})
        plan = run._plan(policy.calibration, Scope.make(policy.company_id, self.as_of, policy.window_months))
        weights = {line.dimension_id: line.weight for line in self.weight_ids}
        terms = {line.tier_id.id: line for line in self.tier_ids}
        limits = {line.gate_id.id: line.value for line in self.gate_ids}
        by_score = policy.tier_method == "score"
        return replace(
            plan,
            dimensions=run._plan_dimensions(weights, policy.calibration),
            tiers=tuple(
                replace(
                    tier,
                    entry=round(terms[tier.id].entry_score * 100),
                    keep=round(terms[tier.id].keep_score * 100) if by_score else tier.keep,
                    hold_months=terms[tier.id].hold_months,
                    grace_days=terms[tier.id].grace_days,
                )
                for tier in plan.tiers
            ),
            gates=tuple(replace(gate, value=limits[gate.id]) for gate in plan.gates),
        )

    def _set_limits(self, plan, by_share):
        """Show the scores that shares mean with the values entered.

        :return: the plan with these limits
        """
        run = self.env["customer.value.run"].new({"policy_id": self.policy_id.id})
        tiers = run._find_limits(plan, by_share) or plan.tiers
        found = {tier.id: tier for tier in tiers}
        for line in self.tier_ids.filtered(lambda line: line.tier_id.id in by_share):
            tier = found[line.tier_id.id]
            line.write({"entry_score": tier.entry / 100, "keep_score": tier.keep / 100})
        return replace(plan, tiers=tiers)

    def _describe_changes(self):
        """What differs from the active policy, in words."""
        changes = [
            self.env._("%(what)s: %(before)g → %(after)g", what=what, before=before, after=after)
            for line in [*self.weight_ids, *self.tier_ids, *self.gate_ids]
            for what, before, after in line._get_changes()
            if not float_is_zero(before - after, precision_digits=6)
        ]
        return ", ".join(changes) or self.env._("No changes were made.")
