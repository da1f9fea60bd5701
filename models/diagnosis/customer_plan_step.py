from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.groups import VALUE_MANAGER, check_group
from ..core.locking import lock_for_step
from .customer_plan import BY_BUTTON

ACTIVITY = "customer_value.mail_activity_plan_step"


class CustomerPlanStep(models.Model):
    """Some 100 days, and what runs at their end."""

    _name = "customer.plan.step"
    _description = "Step of a Plan"
    _inherit = ["customer.value.company.record", "customer.value.workflow.record", "mail.thread", "mail.activity.mixin"]
    _order = "plan_id, sequence, id"
    _company_given_by = frozenset({"company_id", "plan_id"})

    plan_id = fields.Many2one("customer.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(readonly=True, workflow=BY_BUTTON)
    name = fields.Char(string="Step", required=True, translate=True)
    goal = fields.Text(string="Running at the End", translate=True)
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user, domain=[("share", "=", False)], tracking=True
    )
    date_start = fields.Date(string="Start", required=True)
    date_end = fields.Date(string="End", required=True, tracking=True)
    done_on = fields.Date(readonly=True, copy=False, workflow=BY_BUTTON, tracking=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("current", "In progress"), ("late", "Late"), ("done", "Done")],
        compute="_compute_state",
    )
    measure_ids = fields.One2many("customer.plan.measure", "step_id", string="Measures", copy=True)
    has_open = fields.Boolean(compute="_compute_reached")
    reached_text = fields.Char(string="Targets Reached", compute="_compute_reached")

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for step in self:
            if step.date_end < step.date_start:
                raise ValidationError(self.env._("%s ends before it begins: correct the dates.", step.name))

    @api.depends("date_start", "date_end", "done_on")
    def _compute_state(self):
        for step in self:
            today = (step.company_id or self.env.company)._get_value_today()
            if step.done_on:
                step.state = "done"
            elif step.date_end and step.date_end < today:
                step.state = "late"
            else:
                step.state = "current" if step.date_start and step.date_start <= today else "waiting"

    @api.depends("measure_ids.value", "measure_ids.target", "measure_ids.is_open", "measure_ids.code")
    @api.depends_context("lang")
    def _compute_reached(self):
        for step in self:
            step.has_open = any(step.measure_ids.mapped("is_open"))
            step.reached_text = self.env._(
                "%(reached)s of %(all)s",
                reached=len(step.measure_ids.filtered("is_reached")),
                all=len(step.measure_ids),
            )

    def write(self, vals):
        result = super().write(vals)
        if {"user_id", "date_end"} & vals.keys():
            self._plan_activities()
        return result

    # -- who does it ---------------------------------------------------------------------------------------------------

    def _plan_activities(self):
        """The owner of each step that is open has one activity, due at its end."""
        for step in self.filtered(lambda step: not step.done_on and step.plan_id.state == "running"):
            present = step.activity_search([ACTIVITY])
            if not step.user_id:
                present.unlink()
            elif present:
                present.write({"user_id": step.user_id.id, "date_deadline": step.date_end})
            else:
                step.activity_schedule(
                    ACTIVITY, date_deadline=step.date_end, summary=step.name, note=step.goal, user_id=step.user_id.id
                )

    def _end_activities(self):
        self.activity_unlink([ACTIVITY])

    # -- what the user presses -----------------------------------------------------------------------------------------

    def action_done(self):
        """What the step was for is running. The plan is done with its last step."""
        check_group(self.env, VALUE_MANAGER)
        self.check_access("write")
        # sudo: what is done is the workflow's
        sudo = self.sudo()
        lock_for_step(sudo, "done_on")
        for step in sudo.filtered(lambda step: not step.done_on):
            step.done_on = step.company_id._get_value_today()
            step.activity_feedback([ACTIVITY])
            step.plan_id.message_post(
                body=self.env._("%(step)s is done: %(goal)s", step=step.name, goal=step.goal or "")
            )
            if not step.plan_id._get_open_steps():
                step.plan_id.state = "done"
