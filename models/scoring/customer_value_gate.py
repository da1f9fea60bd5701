from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CustomerValueGate(models.Model):
    """A one-vote rule: a metric beyond a value puts the customer in a tier, whatever the rest says.

    All gates that apply act together: the highest *at least* first, then the lowest *at most*, which has the last word.
    """

    _name = "customer.value.gate"
    _description = "Customer Value Override Rule"
    _inherit = ["customer.value.metric.mixin"]
    _order = "policy_id, sequence, id"

    operator = fields.Selection([(">=", "is at least"), ("<=", "is at most")], default=">=", required=True)
    value = fields.Float(required=True)
    effect = fields.Selection([("at_least", "At least"), ("at_most", "At most")], default="at_least", required=True)
    tier_id = fields.Many2one(
        "customer.value.tier",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('policy_id', '=', policy_id)]",
    )
    hold_orders = fields.Boolean(
        string="Require Approval",
        default=True,
        help="While this applies, a sales manager has to approve each order of the customer. Only for rules with "
        "“At most”.",
    )
    # a rule as it was before the policy's window was changed has a window of its own
    window_months = fields.Integer(compute="_compute_window_months")

    @api.depends("policy_id.window_months")
    def _compute_window_months(self):
        for gate in self:
            gate.window_months = gate.policy_id.window_months

    @api.constrains("metric", "operator", "effect")
    def _check_harmless(self):
        metrics = self.env["customer.value.source"]._get_metrics()
        for gate in self:
            metric = metrics.get(gate.metric)
            # much of it holds down, or little of it lifts up
            against = (gate.effect == "at_most") == (gate.operator == ">=")
            if metric and metric.harmless and against:
                raise ValidationError(
                    self.env._(
                        "An override rule cannot use %(name)s against a customer: customers who complain want to stay. "
                        "Use “Abusive complaints” instead.",
                        name=metric.label,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_forget(self):
        """A score decided by a gate that is no more says so no longer; its tier follows at the next run.

        The history goes on saying that it was a gate.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_value_score SET gate_id = NULL, fingerprint = NULL WHERE gate_id IN %s",
                tuple(self.ids),
            )
        )
        self.env.cr.execute(
            SQL("UPDATE customer_value_history SET gate_id = NULL WHERE gate_id IN %s", tuple(self.ids))
        )
        self.env["customer.value.score"].invalidate_model(["gate_id"])
        self.env["customer.value.history"].invalidate_model(["gate_id"])

    @api.depends("metric", "operator", "value", "effect", "tier_id", "company_id.currency_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        effects = dict(self._fields["effect"]._description_selection(self.env))
        for gate in self:
            gate.display_name = self.env._(
                "%(condition)s: %(effect)s %(tier)s",
                condition=gate._describe_condition(),
                effect=effects.get(gate.effect, ""),
                tier=gate.tier_id.name or "",
            )

    def _describe_condition(self):
        self.ensure_one()
        Source = self.env["customer.value.source"]
        metric = Source._get_metrics().get(self.metric)
        operators = dict(self._fields["operator"]._description_selection(self.env))
        return self.env._(
            "%(metric)s %(operator)s %(value)s",
            metric=metric.label if metric else self.metric,
            operator=operators.get(self.operator, ""),
            value=Source._format_raw(
                metric.unit if metric else "count", self.value, self.policy_id.company_id.currency_id
            ),
        )

    def _key(self):
        """What makes two gates the same rule, in whatever version of a policy."""
        return f"{self.metric} {self.operator} {self.value:g}"

    def _get_customers_beyond(self, partners):
        """Which of the gates ``partners`` are beyond on the books of this moment, whatever the last run found.

        :param partners: commercial entities
        :return: ``{partner id: {key of gate: sentence}}``
        """
        beyond = {}
        for (policy, months), gates in self.grouped(lambda gate: (gate.policy_id, gate.window_months)).items():
            Source = self.env["customer.value.source"]
            codes = set(gates.mapped("metric"))
            values = Source._read_now(policy.company_id, partners, codes, months)
            metrics = Source._get_metrics()
            for partner_id, numbers in values.items():
                for gate in gates:
                    number = numbers.get(gate.metric)
                    if number is None or not (number >= gate.value if gate.operator == ">=" else number <= gate.value):
                        continue
                    unit, currency = metrics[gate.metric].unit, policy.company_id.currency_id
                    text = self.env._(
                        "%(metric)s: %(number)s; orders require approval from %(limit)s.",
                        metric=metrics[gate.metric].label,
                        number=Source._format_raw(unit, number, currency),
                        limit=Source._format_raw(unit, gate.value, currency),
                    )
                    beyond.setdefault(partner_id, {})[gate._key()] = text
        return beyond
