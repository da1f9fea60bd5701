from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, formatLang

from .customer_plan import BY_BUTTON


class CustomerPlanMeasure(models.Model):
    """A figure of the diagnosis that a step is to change: the share of a finding, or a figure of the addon.

    ``baseline``, ``target`` and ``value`` are percent, a number or company currency, as ``unit`` says.
    """

    _name = "customer.plan.measure"
    _description = "Measure of a Plan"
    _inherit = ["customer.value.company.record", "customer.value.workflow.record"]
    _order = "step_id, id"
    _rec_name = "label"
    _company_given_by = frozenset({"step_id", "plan_id"})

    step_id = fields.Many2one("customer.plan.step", required=True, index=True, ondelete="cascade")
    plan_id = fields.Many2one(related="step_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="step_id.company_id")
    code = fields.Selection(selection="_selection_code", string="Measure", required=True)
    label = fields.Char(compute="_compute_words")
    unit = fields.Char(compute="_compute_words")
    higher = fields.Boolean(string="More Is Better", compute="_compute_words")
    baseline = fields.Float(digits=(16, 1), readonly=True, workflow=BY_BUTTON)
    has_baseline = fields.Boolean(readonly=True, workflow=BY_BUTTON)
    target = fields.Float(digits=(16, 1), required=True)
    # nothing was there to aim from when the measure was chosen, and nobody has entered an aim yet
    is_open = fields.Boolean(string="No Target Yet", readonly=True, copy=False, workflow=BY_BUTTON)
    value = fields.Float(string="Today", digits=(16, 1), readonly=True, workflow=BY_BUTTON)
    is_known = fields.Boolean(readonly=True, workflow=BY_BUTTON)
    is_reached = fields.Boolean(string="Reached", compute="_compute_is_reached")
    baseline_text = fields.Char(string="At the Start", compute="_compute_texts")
    value_text = fields.Char(string="Now", compute="_compute_texts")
    target_text = fields.Char(string="Aim", compute="_compute_texts")

    _once = models.UniqueIndex("(step_id, code)", "The step has this measure already.")

    @api.model
    def _selection_code(self):
        Check = self.env["customer.diagnosis.check"]
        found = [(code, check.label) for code, check in Check._get_checks().items() if check.model]
        return found + [(code, measure.label) for code, measure in Check._get_measures().items()]

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_words(self):
        labels = dict(self._selection_code())
        measures = self.env["customer.diagnosis.check"]._get_measures()
        for row in self:
            measure = measures.get(row.code)
            row.label = labels.get(row.code, row.code)
            row.unit = measure.unit if measure else "percent"
            row.higher = bool(measure and measure.higher)

    @api.depends("value", "target", "is_open", "is_known", "code")
    def _compute_is_reached(self):
        for row in self:
            reached = row.value >= row.target if row.higher else row.value <= row.target
            row.is_reached = row.is_known and not row.is_open and reached

    @api.depends("baseline", "has_baseline", "value", "target", "is_open", "is_known", "code")
    @api.depends_context("lang")
    def _compute_texts(self):
        for row in self:
            row.baseline_text = row._format(row.baseline) if row.has_baseline else self.env._("not known")
            row.value_text = row._format(row.value) if row.is_known else self.env._("not known")
            row.target_text = self.env._("open") if row.is_open else row._format(row.target)

    def _format(self, value):
        if self.unit == "money":
            return self.company_id.currency_id.format(value)
        text = formatLang(self.env, value, digits=0 if self.unit == "count" else 1)
        return f"{text}%" if self.unit == "percent" else text

    @api.constrains("target", "code")
    def _check_target(self):
        for row in self:
            if row.unit == "percent" and not 0 <= row.target <= 100:
                raise ValidationError(self.env._("%s: the target is a share from 0 to 100 percent.", row.label))

    @api.model_create_multi
    def create(self, vals_list):
        """A measure begins with what the last diagnosis found."""
        measures = super().create(vals_list)
        # sudo: whether there is a target yet is the app's to say
        measures.sudo().filtered(lambda measure: measure.higher and not measure.target).is_open = True
        for measure in measures:
            if not measure.is_known:
                measure._begin()
        return measures

    def write(self, vals):
        """Whoever enters a target has decided, be it 0."""
        result = super().write(vals)
        if "target" in vals and "is_open" not in vals:
            # sudo: as in create
            self.sudo().filtered("is_open").is_open = False
        return result

    def _begin(self):
        latest = self.env["customer.diagnosis"].sudo().search([("company_id", "=", self.company_id.id)], limit=1)
        figure = (latest.figures or {}).get(self.code)
        # sudo: the app measures, whoever chooses what
        self.sudo()._measure(self.env["customer.plan"]._get_value(figure) if figure else None)

    def _measure(self, value):
        """Note today's value; the first that is known is where the measure begins.

        :param float value: None where it is not known
        """
        self.ensure_one()
        if value is None:
            self.is_known = False
        else:
            self.write({"value": value, "is_known": True})
            if not self.has_baseline:
                target = self.env["customer.plan"]._propose_target(self.code, value) if self.is_open else self.target
                # nobody aims at less than there was
                target = max(target, value) if self.higher else min(target, value)
                # an amount of 0 to begin with is nothing to aim from
                is_open = self.is_open and self.higher and not target
                self.write({"baseline": value, "has_baseline": True, "target": target, "is_open": is_open})

    def _get_chart(self, days):
        """The measure on each day, and the line from the baseline at the start of the step to the target at its end.

        :param days: diagnoses, oldest first
        :return: dict of ``id``, ``label``, the texts, ``reached``, ``points`` and ``line``: dicts of ``day``, ``x``,
            ``y`` and ``text``
        """
        self.ensure_one()
        Plan = self.env["customer.plan"]

        def point(day, value):
            text = self.env._(
                "%(label)s on %(day)s: %(value)s",
                label=self.label,
                day=format_date(self.env, day),
                value=self._format(value),
            )
            return {"day": day, "x": fields.Date.to_string(day), "y": round(value, 1), "text": text}

        values = [(day.as_of, (day.figures or {}).get(self.code)) for day in days]
        known = [(day, Plan._get_value(figure)) for day, figure in values if figure]
        step = self.step_id
        return {
            "id": self.id,
            "label": self.label,
            "baseline": self.baseline_text,
            "value": self.value_text,
            "target": self.target_text,
            "reached": self.is_reached,
            "points": [point(day, value) for day, value in known if value is not None],
            "line": ([point(step.date_start, self.baseline)] if self.has_baseline else [])
            + ([] if self.is_open else [point(step.date_end, self.target)]),
        }
