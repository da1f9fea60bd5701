from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date, formatLang

from ..core.customer_value_workflow_record import NOT_ENTERED
from .customer_effect_measure import FOLLOW_DAYS, SECTIONS, SIDES

VERDICTS = [
    ("better", "Better"),
    ("worse", "Worse"),
    ("same", "No clear difference"),
    ("few", "Too few to say"),
    ("missing", "Not known"),
]


class CustomerEffectFigure(models.Model):
    """A figure before and after the day of an effect.

    ``before``, ``after`` and the interval of the change are percent, hours, days, company currency or a number, as
    ``unit`` says; shares change by percentage points. The interval has 95% confidence, see
    ``analytics/effect/comparing.py``.
    """

    _name = "customer.effect.figure"
    _description = "Figure Before and After"
    _inherit = ["customer.value.workflow.record", "customer.value.evidence"]
    _order = "effect_id, sequence, id"
    _rec_name = "label"
    _workflow = NOT_ENTERED

    effect_id = fields.Many2one(
        "customer.effect", string="What Changed", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="effect_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(related="effect_id.date", string="Since")
    code = fields.Selection(selection="_selection_code", string="Figure Code", required=True, readonly=True)
    section = fields.Selection(SECTIONS, required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    label = fields.Char(string="Figure", compute="_compute_words")
    why = fields.Char(string="How It Is Measured", compute="_compute_words")
    unit = fields.Selection(
        [("percent", "%"), ("hours", "Hours"), ("days", "Days"), ("money", "Amount"), ("number", "Number")],
        compute="_compute_words",
    )
    has_before = fields.Boolean(readonly=True)
    has_after = fields.Boolean(readonly=True)
    before = fields.Float(digits=(16, 2), readonly=True, aggregator=None)
    after = fields.Float(digits=(16, 2), readonly=True, aggregator=None)
    change = fields.Float(digits=(16, 2), readonly=True, aggregator=None)
    has_interval = fields.Boolean(readonly=True)
    low = fields.Float(string="Change (Lower)", digits=(16, 2), readonly=True, aggregator=None)
    high = fields.Float(string="Change (Upper)", digits=(16, 2), readonly=True, aggregator=None)
    count_before = fields.Integer(string="Records Before", readonly=True, aggregator=None)
    count_after = fields.Integer(string="Records After", readonly=True, aggregator=None)
    verdict = fields.Selection(VERDICTS, readonly=True)
    obstacle = fields.Selection(
        [("since", "Not recorded for long enough"), ("short", "Windows too short")], readonly=True
    )
    known_since = fields.Date(string="Recorded Since", readonly=True)
    before_text = fields.Char(string="Before (Text)", compute="_compute_texts")
    after_text = fields.Char(string="After (Text)", compute="_compute_texts")
    change_text = fields.Char(string="Change (Text)", compute="_compute_texts")
    interval_text = fields.Char(string="Change by Chance", compute="_compute_texts")

    _once = models.UniqueIndex("(effect_id, code)", "This figure exists already.")

    @api.model
    def _selection_code(self):
        measures = self.env["customer.effect.measure"]._get_measures()
        return [(code, measure.label) for code, measure in measures.items()]

    @api.model
    def _get_unknown(self):
        """Values of a figure of which nothing is known."""
        return {
            **dict.fromkeys(("has_before", "has_after", "has_interval", "obstacle", "known_since"), False),
            **dict.fromkeys(("before", "after", "change", "low", "high", "count_before", "count_after"), 0),
            "verdict": "missing",
        }

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_words(self):
        measures = self.env["customer.effect.measure"]._get_measures()
        for figure in self:
            measure = measures.get(figure.code)
            figure.label = measure.label if measure else figure.code
            figure.why = measure.why if measure else False
            figure.unit = measure.unit if measure else "number"

    @api.depends("before", "after", "change", "low", "high", "has_before", "has_after", "has_interval", "code")
    @api.depends_context("lang")
    def _compute_texts(self):
        for figure in self:
            figure.before_text = figure._format(figure.before) if figure.has_before else "–"
            figure.after_text = figure._format(figure.after) if figure.has_after else "–"
            known = figure.has_before and figure.has_after
            figure.change_text = figure._format_change(figure.change) if known else "–"
            figure.interval_text = figure.has_interval and self.env._(
                "%(low)s to %(high)s",
                low=figure._format_change(figure.low),
                high=figure._format_change(figure.high),
            )

    def _format(self, value):
        if self.unit == "money":
            return self.currency_id.format(value)
        text = formatLang(self.env, value, digits=2 if self.unit == "number" else 1)
        return {
            "percent": f"{text}%",
            "hours": self.env._("%s h", text),
            "days": self.env._("%s days", text),
        }.get(self.unit, text)

    def _format_change(self, value):
        sign = "+" if value > 0 else "−" if value < 0 else ""
        if self.unit == "percent":
            return sign + self.env._("%s points", formatLang(self.env, abs(value), digits=1))
        return sign + self._format(abs(value))

    # -- what is shown -------------------------------------------------------------------------------------------------

    def _describe(self):
        """:return: dict of what the form shows of the figure"""
        self.ensure_one()
        verdicts = dict(self._fields["verdict"]._description_selection(self.env))
        opens = self._may_open()
        # of the figure before, so that figures of all units have one scale
        scale = abs(self.before) if self.has_interval and self.before else 0
        return {
            "id": self.id,
            "code": self.code,
            "label": self.label,
            "why": self.why,
            "before": self.before_text,
            "after": self.after_text,
            "change": self.change_text,
            "interval": self.interval_text or "",
            "count_before": formatLang(self.env, self.count_before, digits=0),
            "count_after": formatLang(self.env, self.count_after, digits=0),
            "opens_before": bool(opens and self.count_before),
            "opens_after": bool(opens and self.count_after),
            "verdict": self.verdict,
            "verdict_label": verdicts[self.verdict],
            "obstacle": self._explain_obstacle() or "",
            "relative": {name: 100 * self[name] / scale for name in ("change", "low", "high")} if scale else False,
        }

    def _explain_obstacle(self):
        """Why it is not known, and what to do; False where it is."""
        if self.obstacle == "short":
            return self.env._(
                "The windows are too short: %s days have to follow each case. Choose a longer time.", FOLLOW_DAYS
            )
        if self.obstacle == "since" and self.known_since:
            return self.env._(
                "Recorded only since %s: the time before would be cut off. Choose a later date or a shorter time.",
                format_date(self.env, self.known_since),
            )
        if self.obstacle == "since":
            return self.env._("Nothing of this has been recorded yet.")
        return False

    def _get_measure(self):
        return self.env["customer.effect.measure"]._get_measures().get(self.code)

    def _may_open(self):
        measure = self._get_measure()
        return bool(measure) and self.env[measure.model].has_access("read")

    def _find_subjects(self, model, part):
        """:param str part: one of ``SIDES``"""
        measure = self._get_measure()
        if not measure or measure.model != model or part not in SIDES or self.obstacle:
            return None
        self.env.flush_all()
        effect = self.effect_id
        # sudo: which records it rests on; lists show those that their reader may read
        Registry = self.env["customer.effect.measure"].sudo().with_company(effect.company_id)
        return SQL("(SELECT id FROM (%s) found)", Registry._rows_sql(self.code, effect._get_scope(part)))

    def action_view_before(self):
        """The records that the figure before rests on."""
        return self._open_records("before")

    def action_view_after(self):
        """The records that the figure after rests on."""
        return self._open_records("after")

    def _open_records(self, side):
        """
        :raise UserError: the measure is gone, as with the addon that added it
        :raise AccessError: the user may not read such records
        """
        self.ensure_one()
        self.check_access("read")
        measure = self._get_measure()
        if not measure:
            raise UserError(self.env._("This figure is no longer measured. Measure again."))
        if not self.env[measure.model].has_access("read"):
            raise AccessError(self.env._("You are not allowed to read the records behind “%s”.", self.label))
        titles = {
            "before": self.env._("%s: before", self.label),
            "after": self.env._("%s: after", self.label),
        }
        return {
            "type": "ir.actions.act_window",
            "name": titles[side],
            "res_model": measure.model,
            "views": [(False, "list"), (False, "form")],
            "domain": self._get_subjects_domain(side),
            "context": {"create": False, "active_test": False},
        }
