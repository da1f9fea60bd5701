import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_MANAGER, check_group
from ..core.locking import lock_for_step

_lt = LazyTranslate(__name__)

BY_BUTTON = _lt("Use the buttons of the plan: the app records by itself what has been reached.")

STEP_DAYS = 100

# Of the findings of a pillar so many become measures, those that touch the most money.
FINDINGS = 3

# A step moves by whole weeks, so that nobody is told of it every day.
WEEK = 7


class CustomerPlan(models.Model):
    """Four steps of 100 days, each with something running at its end, drawn up from the findings of a diagnosis.

    Measures are figures of diagnoses, so they are measured anew every night. Where a step is late, the steps after it
    move.
    """

    _name = "customer.plan"
    _description = "Plan of 100-Day Steps"
    _inherit = ["customer.value.company.record", "customer.value.workflow.record", "mail.thread", "mail.activity.mixin"]
    _order = "state, date_start desc, id desc"

    name = fields.Char(required=True, translate=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    date_start = fields.Date(
        string="Start", required=True, default=lambda self: self.env.company._get_value_today(), tracking=True
    )
    date_end = fields.Date(string="End", compute="_compute_date_end", store=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("cancelled", "Canceled")],
        default="running",
        required=True,
        readonly=True,
        copy=False,
        workflow=BY_BUTTON,
        tracking=True,
    )
    step_ids = fields.One2many("customer.plan.step", "plan_id", string="Steps", copy=True)
    measure_ids = fields.One2many("customer.plan.measure", "plan_id", string="Measures")
    step_id = fields.Many2one("customer.plan.step", string="Current Step", compute="_compute_step_id")
    is_late = fields.Boolean(string="Late", compute="_compute_step_id")

    _one_running = models.UniqueIndex(
        "(company_id) WHERE state = 'running'", "This company has a running plan. Finish or cancel it first."
    )

    @api.depends("step_ids.date_end")
    def _compute_date_end(self):
        for plan in self:
            plan.date_end = max(plan.step_ids.filtered("date_end").mapped("date_end"), default=False)

    @api.depends("step_ids.done_on", "step_ids.date_end", "step_ids.sequence", "state")
    def _compute_step_id(self):
        for plan in self:
            plan.step_id = plan._get_open_steps()[:1]
            today = plan.company_id._get_value_today()
            plan.is_late = plan.state == "running" and bool(plan.step_id.date_end and plan.step_id.date_end < today)

    def _get_open_steps(self):
        """Those that are not done, in order."""
        return self.step_ids.filtered(lambda step: not step.done_on).sorted(lambda step: (step.sequence, step.id))

    # -- drawn from a diagnosis ----------------------------------------------------------------------------------------

    @api.model
    def _get_step_texts(self):
        """What the steps of a new plan are called, and what runs at their end, in the language of the environment."""
        return {
            "score": (
                self.env._("Clean data and score"),
                self.env._("All customers are scored every night, and the findings of the data are fixed."),
            ),
            "complaint": (
                self.env._("Handle complaints"),
                self.env._("Each complaint is registered, answered in time, and its cause is known."),
            ),
            "retention": (
                self.env._("Retention with a control group"),
                self.env._("A retention campaign runs with a control group that shows its effect."),
            ),
            "departments": (
                self.env._("Value in every department"),
                self.env._("Sales, service and accounting work by tier, and each customer has an account manager."),
            ),
        }

    @api.model
    def _get_step_measures(self):
        """By step: the pillar whose findings it fixes, and other measures; their target is a function of the baseline.

        A finding that is a measure of one step is none of another.
        """
        return {
            "score": ("data", {"scored": lambda value: max(value, 95.0)}),
            "complaint": ("process", {"complaints_on_time": lambda value: max(value, 90.0)}),
            "retention": (
                None,
                {
                    "retention_controlled": lambda value: max(value, 150.0),
                    "no_contact": lambda value: round(value / 2, 1),
                },
            ),
            "departments": (
                "people",
                {"managed": lambda value: 100.0, "net_margin": lambda value: round(value + 0.05 * abs(value))},
            ),
        }

    @api.model
    def _draw(self, diagnosis):
        """A plan that begins today, from what ``diagnosis`` has found.

        :raise UserError: the company has a running plan
        """
        company = diagnosis.company_id
        if self.search_count([("company_id", "=", company.id), ("state", "=", "running")], limit=1):
            raise UserError(self.env._("This company has a running plan. Finish or cancel it first."))
        figures, start = diagnosis.figures or {}, company._get_value_today()
        checks = self.env["customer.diagnosis.check"]._get_checks()
        english = self.with_context(lang="en_US")
        texts, wanted = english._get_step_texts(), self._get_step_measures()
        taken = {code for _pillar, measures in wanted.values() for code in measures}
        candidates = {
            code: check.pillar
            for code, check in checks.items()
            if check.model and code not in taken and figures.get(code, {}).get("count")
        }
        steps = [
            fields.Command.create(
                {
                    "sequence": number,
                    "code": code,
                    "name": texts[code][0],
                    "goal": texts[code][1],
                    "user_id": self.env.user.id,
                    "date_start": start + timedelta(days=STEP_DAYS * number),
                    "date_end": start + timedelta(days=STEP_DAYS * (number + 1) - 1),
                    "measure_ids": [
                        fields.Command.create(values)
                        for values in self._draw_measures(figures, candidates, pillar, measures)
                    ],
                }
            )
            for number, (code, (pillar, measures)) in enumerate(wanted.items())
        ]
        # sudo: baselines are the workflow's
        plan = english.sudo().create(
            {
                "name": english.env._("100-day plan"),
                "company_id": company.id,
                "user_id": self.env.user.id,
                "date_start": start,
                "step_ids": steps,
            }
        )
        plan._translate_texts()
        plan.step_ids._plan_activities()
        return plan.with_env(self.env)

    @api.model
    def _draw_measures(self, figures, candidates, pillar, measures):
        """What a step is measured by; findings are brought down to a quarter.

        :param dict candidates: pillars of the findings that may be measures, by code
        :return: list of values
        """
        found = sorted(
            (code for code, of_pillar in candidates.items() if of_pillar == pillar),
            key=lambda code: (-figures[code].get("amount", 0.0), -figures[code]["share"], code),
        )[:FINDINGS]
        targets = measures | dict.fromkeys(found, self._quarter)
        values = []
        for code, target in targets.items():
            if code not in figures:
                continue
            value = self._get_value(figures[code])
            known = value is not None
            values.append(
                {
                    "code": code,
                    "baseline": value or 0.0,
                    "has_baseline": known,
                    "value": value or 0.0,
                    "is_known": known,
                    "target": target(value or 0.0),
                    # what is not known yet, or 0, is nothing to aim from
                    "is_open": not value and not target(0.0),
                }
            )
        return values

    @api.model
    def _quarter(self, value):
        return round(value / 4, 1)

    @api.model
    def _propose_target(self, code, value):
        """What a measure is to become that is known since today, when it is ``value``."""
        measures = {}
        for _pillar, of_step in self._get_step_measures().values():
            measures |= of_step
        finding = self.env["customer.diagnosis.check"]._get_checks().get(code)
        propose = measures.get(code, self._quarter if finding else lambda value: value)
        return propose(value)

    @api.model
    def _get_value(self, figure):
        """What a figure of a diagnosis is for a plan: percent of a finding, or the value of a measure.

        :return: None where it is not known: of no records nobody can tell a share
        """
        if "share" in figure:
            return figure["share"] if figure["total"] else None
        return figure["value"]

    def _translate_texts(self):
        """Give what we have written ourselves in every language that is installed."""
        for code, _name in self.env["res.lang"].get_installed():
            if code == "en_US":
                continue
            texts = self.with_context(lang=code)
            words = texts._get_step_texts()
            for plan in self:
                plan.update_field_translations("name", {code: texts.env._("100-day plan")})
                for step in plan.step_ids:
                    name, goal = words[step.code]
                    step.update_field_translations("name", {code: name})
                    step.update_field_translations("goal", {code: goal})

    # -- every night ---------------------------------------------------------------------------------------------------

    @api.model
    def _follow(self, diagnosis):
        """Measure the running plan of the company anew, and move what is late."""
        plans = self.search([("company_id", "=", diagnosis.company_id.id), ("state", "=", "running")])
        for measure in plans.measure_ids:
            figure = (diagnosis.figures or {}).get(measure.code)
            measure._measure(self._get_value(figure) if figure else None)
        plans._move_late(diagnosis.as_of)

    def _move_late(self, today):
        """Steps after a late one do not begin before it ends: they move by whole weeks, and the chatter says so."""
        for plan in self:
            late, *later = plan._get_open_steps() or [plan.step_ids.browse()]
            if not late or late.date_end >= today or not later:
                continue
            days = (today - later[0].date_start).days + 1
            if days <= 0:
                continue
            days = math.ceil(days / WEEK) * WEEK
            for step in later:
                step.write(
                    {
                        "date_start": step.date_start + timedelta(days=days),
                        "date_end": step.date_end + timedelta(days=days),
                    }
                )
            # the night speaks the language of the owner
            told = plan.with_context(lang=plan.user_id.lang)
            told.message_post(
                body=told.env._(
                    "%(step)s is late: it was to end on %(date)s. The steps after it begin %(days)s days later.",
                    step=late.with_env(told.env).name,
                    date=format_date(told.env, late.date_end),
                    days=days,
                )
            )

    # -- what the user presses -----------------------------------------------------------------------------------------

    def action_cancel(self):
        """Give the plan up; its measures stand still."""
        check_group(self.env, VALUE_MANAGER)
        self.check_access("write")
        # sudo: the state is the workflow's
        sudo = self.sudo()
        lock_for_step(sudo, "state")
        sudo.filtered(lambda plan: plan.state == "running").state = "cancelled"
        sudo.step_ids._end_activities()

    def action_print(self):
        """The page for the board."""
        self.ensure_one()
        return self.env.ref("customer_value.action_report_plan").report_action(self)

    # -- what is shown -------------------------------------------------------------------------------------------------

    @api.readonly
    def get_charts(self):
        """Each measure against its line from baseline to target.

        :return: list of dicts of ``step``, and ``measures``: dicts as of ``customer.plan.measure._get_chart``
        """
        self.ensure_one()
        self.check_access("read")
        days = self._get_history()
        return [
            {
                "id": step.id,
                "step": step.name,
                "state": step.state,
                "measures": [measure._get_chart(days) for measure in step.measure_ids],
            }
            for step in self.step_ids.sorted(lambda step: (step.sequence, step.id))
        ]

    def _get_history(self):
        """The diagnoses since the plan began, oldest first."""
        return self.env["customer.diagnosis"].search(
            [("company_id", "=", self.company_id.id), ("as_of", ">=", self.date_start)], order="as_of"
        )
