from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang
from odoo.tools.translate import LazyTranslate

from ...analytics.effect import reading
from ...analytics.effect.comparing import CONFIDENCE
from ...analytics.effect.windows import DAY, find_windows
from ..core.groups import VALUE_MANAGER, check_group
from .customer_effect_measure import FOLLOW_DAYS, SECTIONS, SIDES, EffectScope

_lt = LazyTranslate(__name__)

BY_BUTTON = _lt("Figures cannot be entered: press Measure Now.")

# Fewer days tell of nothing but the week that they happen to lie in.
LEAST_DAYS = 14

# First and last days of both windows
WINDOWS = ("before_from", "before_until", "after_from", "after_until")


class CustomerEffect(models.Model):
    """A day on which something changed in how a company works, and what has been different since.

    Figures are compared over two windows of equal length: one that begins on the day, and the same days a year earlier
    or as many days directly before. The day itself belongs to the window after. Measured by button, and every night as
    long as the window after is not over.
    """

    _name = "customer.effect"
    _description = "Before and After"
    _inherit = ["customer.value.company.record", "customer.value.workflow.record"]
    _order = "date desc, id desc"

    name = fields.Char(string="What Changed", required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Since",
        required=True,
        help="First day of the new way. It counts as after.",
        default=lambda self: self.env.company._get_value_today(),
    )
    months = fields.Selection(
        [("3", "3 months"), ("6", "6 months"), ("12", "12 months")], string="Length", required=True, default="6"
    )
    comparison = fields.Selection(
        [("season", "The same days a year earlier"), ("adjacent", "The days directly before")],
        string="Compared With",
        required=True,
        compute="_compute_comparison",
        store=True,
        readonly=False,
        precompute=True,
        help="The same days of the year leave the season out. They are proposed where orders reach back far enough.",
    )
    measured_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    before_from = fields.Date(readonly=True, copy=False, workflow=BY_BUTTON)
    before_until = fields.Date(readonly=True, copy=False, workflow=BY_BUTTON)
    after_from = fields.Date(readonly=True, copy=False, workflow=BY_BUTTON)
    after_until = fields.Date(readonly=True, copy=False, workflow=BY_BUTTON)
    is_full = fields.Boolean(
        string="Complete", readonly=True, copy=False, workflow=BY_BUTTON, help="The window after is over."
    )
    figure_ids = fields.One2many(
        "customer.effect.figure", "effect_id", string="Figures", readonly=True, copy=False, workflow=BY_BUTTON
    )
    better_count = fields.Integer(string="Better", compute="_compute_counts")
    worse_count = fields.Integer(string="Worse", compute="_compute_counts")

    @api.depends("company_id", "date", "months")
    def _compute_comparison(self):
        # sudo: the day of the first order, and nothing of it
        Order = self.env["sale.order"].sudo()
        begun = {}
        kinds = [(Order, Domain("state", "=", "sale"))]
        if self.env["customer.value.source"]._has_tills():
            sold = Domain("state", "in", ("paid", "done")) & Domain("partner_id", "!=", False)
            kinds.append((self.env["pos.order"].sudo(), sold))
        for company in self.company_id:
            books = Domain("company_id", "in", company._get_value_books().ids)
            found = [
                Orders.search_fetch(books & counted, ["date_order"], order="date_order, id", limit=1).date_order
                for Orders, counted in kinds
            ]
            begun[company] = min(filter(None, found), default=False)
        for effect in self:
            first = begun.get(effect.company_id)
            first = first and effect.company_id._get_value_day(first)
            # as many days before the window are looked at as well, to see which customers were kept
            needed = effect.date and effect.date - relativedelta(years=1, months=int(effect.months or 0))
            effect.comparison = "season" if first and needed and first <= needed else "adjacent"

    @api.depends("figure_ids.verdict")
    def _compute_counts(self):
        counts = {
            (effect, verdict): count
            for effect, verdict, count in self.env["customer.effect.figure"]._read_group(
                [("effect_id", "in", self.ids)], ["effect_id", "verdict"], ["__count"]
            )
        }
        for effect in self:
            effect.better_count = counts.get((effect, "better"), 0)
            effect.worse_count = counts.get((effect, "worse"), 0)

    def write(self, vals):
        """Figures of other windows are none of these."""
        result = super().write(vals)
        if {"date", "months", "comparison", "company_id"} & vals.keys():
            # sudo: figures belong to the workflow
            sudo = self.sudo()
            sudo.figure_ids.unlink()
            sudo.write(dict.fromkeys(("measured_on", *WINDOWS, "is_full"), False))
        return result

    # -- measuring -----------------------------------------------------------------------------------------------------

    def action_measure(self):
        """Measure the figures anew.

        :raise AccessError: the user is no manager
        :raise UserError: too few days have passed since the date
        """
        check_group(self.env, VALUE_MANAGER)
        self.check_access("write")
        for effect in self:
            # sudo: it is about all documents of the company, and figures belong to the workflow
            if not effect.sudo()._measure():
                raise UserError(
                    self.env._(
                        "There is too little to compare yet: %(days)s full days have to pass first. Measure again from "
                        "%(date)s on.",
                        days=LEAST_DAYS,
                        date=format_date(self.env, effect.date + LEAST_DAYS * DAY),
                    )
                )
        return True

    @api.model
    def _cron_measure(self):
        """Every night: those whose window after is not over, or was not when they were measured last."""
        waiting = self.search([("is_full", "=", False), ("date", "<=", fields.Date.today() - LEAST_DAYS * DAY)])
        self.env["ir.cron"]._value_do_each(waiting, "_measure")

    def _get_scope(self, side):
        """:param str side: one of ``SIDES``"""
        return EffectScope.between(
            self.company_id, self[f"{side}_from"], self[f"{side}_until"], self.measured_on or fields.Datetime.now()
        )

    def _measure(self):
        """One statement for each figure, whatever the number of documents.

        :return: whether enough days have passed; nothing is measured before
        """
        self.ensure_one()
        today = self.company_id._get_value_today()
        windows = find_windows(self.date, int(self.months), self.comparison == "season", today)
        if not windows or windows.days < LEAST_DAYS:
            return False
        self.write(
            dict(zip(WINDOWS, windows.before + windows.after, strict=True))
            | {"measured_on": fields.Datetime.now(), "is_full": windows.full}
        )
        self.env.flush_all()
        self.env["ir.config_parameter"]._use_sort_memory()
        Registry = self.env["customer.effect.measure"].sudo().with_company(self.company_id)
        begun = Registry._read_beginnings(self.company_id)
        scopes = {side: self._get_scope(side) for side in SIDES}
        known = {figure.code: figure for figure in self.figure_ids}
        found = {}
        for code, measure in Registry._get_measures().items():
            values = self._find_obstacle(measure, scopes["before"], begun)
            if not values["obstacle"]:
                self.env.cr.execute(
                    reading.read_sql(measure.kind, *(Registry._rows_sql(code, scope) for scope in scopes.values()))
                )
                values |= self._describe_change(reading.compare(measure.kind, self.env.cr.fetchall()), measure.higher)
            found[code] = self.env["customer.effect.figure"]._get_unknown() | values
        self._keep_figures(Registry, known, found)
        return True

    def _find_obstacle(self, measure, before, begun):
        """Why a measure cannot be compared: ``since``, it is recorded only from a day on; or ``short``, the windows
        leave no days in which something could follow."""
        values = {"obstacle": False, "known_since": False}
        first = before.preceding().window_start if measure.looks_back else before.window_start
        if measure.since and (not begun[measure.since] or begun[measure.since] > first):
            values = {"obstacle": "since", "known_since": begun[measure.since] or False}
        elif measure.follows and before.days <= FOLLOW_DAYS:
            values["obstacle"] = "short"
        return values

    @api.model
    def _describe_change(self, change, higher):
        """:param change: ``analytics.effect.comparing.Change``
        :return: values of a figure"""
        return {
            "has_before": change.before is not None,
            "has_after": change.after is not None,
            "before": change.before or 0.0,
            "after": change.after or 0.0,
            "change": change.change or 0.0,
            "has_interval": change.low is not None,
            "low": change.low or 0.0,
            "high": change.high or 0.0,
            "count_before": change.count_before,
            "count_after": change.count_after,
            "verdict": change.judge(higher),
        }

    def _keep_figures(self, Registry, known, found):
        sections = [code for code, _label in SECTIONS]
        measures = Registry._get_measures()
        order = sorted(found, key=lambda code: sections.index(measures[code].section))
        new = []
        for sequence, code in enumerate(order):
            values = found[code] | {"section": measures[code].section, "sequence": sequence}
            if code in known:
                known[code].write(values)
            else:
                new.append(values | {"effect_id": self.id, "code": code})
        self.env["customer.effect.figure"].create(new)
        # the addon that measured it is gone
        self.env["customer.effect.figure"].union(*(known[code] for code in known.keys() - found.keys())).unlink()

    # -- what is shown -------------------------------------------------------------------------------------------------

    @api.readonly
    def get_page(self):
        """What the form shows of the figures, in the user's language.

        :return: dict of ``notes`` (sentences) and ``sections``: dicts of ``code``, ``label`` and ``figures``, see
            ``customer.effect.figure._describe``
        """
        self.ensure_one()
        self.check_access("read")
        if not self.measured_on:
            return {"notes": [], "sections": []}
        labels = dict(self.env["customer.effect.figure"]._fields["section"]._description_selection(self.env))
        figures = self.figure_ids.grouped("section")
        return {
            "notes": self._get_notes(),
            "sections": [
                {"code": code, "label": labels[code], "figures": [figure._describe() for figure in figures[code]]}
                for code, _label in SECTIONS
                if code in figures
            ],
        }

    def _get_notes(self):
        """What has to be known to read the figures, as a list of sentences."""
        days = {name: format_date(self.env, self[name]) for name in WINDOWS}
        notes = [
            self.env._(
                "Before: %(before_from)s to %(before_until)s. After: %(after_from)s to %(after_until)s. "
                "%(days)s days each.",
                days=(self.after_until - self.after_from).days + 1,
                **days,
            )
        ]
        if not self.is_full:
            notes.append(
                self.env._(
                    "The time after is not over yet: both windows were shortened to the days that have passed. "
                    "They are measured again every night."
                )
            )
        judged = len(self.figure_ids.filtered("has_interval"))
        notes.append(
            self.env._(
                "A difference is no proof that the change caused it: prices, people and markets have changed as well. "
                "At %(confidence)s%% confidence, about %(number)s of %(judged)s figures would differ by chance alone.",
                confidence=formatLang(self.env, 100 * CONFIDENCE, digits=0),
                number=formatLang(self.env, (1 - CONFIDENCE) * judged, digits=1),
                judged=judged,
            )
        )
        if self.comparison == "adjacent" and self.months != "12":
            notes.append(
                self.env._("The seasons of both windows differ. Compare with the same days a year earlier if you can.")
            )
        return notes

    def action_view_figures(self):
        """The figures as a list, to be exported or compared with those of others."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Figures"),
            "res_model": "customer.effect.figure",
            "views": [(False, "list"), (False, "pivot")],
            "domain": [("effect_id", "in", self.ids)],
        }
