from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...analytics.core.memory import give_back
from ...analytics.lifetime.amounts import MarginRate
from ...analytics.lifetime.backtest import WEEK, compare, find_missing, hold_out
from ...analytics.lifetime.forecasting import learn
from ...analytics.lifetime.judging import LEAST_CUSTOMERS, LEAST_DAYS
from ...analytics.lifetime.seen import Seen
from ..core.groups import VALUE_MANAGER
from ..core.locking import LOCK_LIFETIME, lock_company

CHAMPIONS = [
    ("mbg", "MBG/NBD and Gamma-Gamma"),
    ("pareto", "Pareto/NBD and Gamma-Gamma"),
    ("same", "Rule: same again"),
    ("average", "Rule: average per month, retained"),
    ("window", "Rule: revenue of the last 12 months"),
]

GRADES = [("good", "Good"), ("fair", "Fair"), ("poor", "Poor")]

# What may be calibrated again by the job after so long.
MONTHS = relativedelta(months=1)


class CustomerLifetimeCalibration(models.Model):
    """How a company's forecasts were made on a day, and how good they were: all models and rules learn from what was
    known some weeks before, and are judged on what came since. The champion forecasts until the next calibration.
    """

    _name = "customer.lifetime.calibration"
    _description = "Calibration of Lifetime Values"
    _order = "company_id, as_of desc, id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(required=True, readonly=True)
    missing = fields.Selection(
        [("days", "One year of orders"), ("customers", "100 customers")],
        readonly=True,
        help="What is missing for a forecast. Empty if there is one.",
    )
    customers = fields.Integer(readonly=True, help="Customers known on the day from which the forecast was tested.")
    days = fields.Integer(string="Days of History", readonly=True)
    weeks = fields.Integer(string="Weeks Tested", readonly=True)
    champion = fields.Selection(
        CHAMPIONS,
        readonly=True,
        help="The model or rule that puts customers in the best order; of those about as good, the one whose total is "
        "nearest to what came.",
    )
    grade = fields.Selection(GRADES, readonly=True)
    results = fields.Json(readonly=True, help="See analytics/lifetime/backtest.py.")
    learned = fields.Json(readonly=True, help="Parameters of all models and rules, and margin rates.")

    @api.depends("as_of", "company_id")
    def _compute_display_name(self):
        for calibration in self:
            calibration.display_name = f"{calibration.company_id.name}, {calibration.as_of}"

    @api.model
    def _get_latest(self, company):
        """The calibration that forecasts are made with; an empty one where there is none, or too little was known."""
        return self.search([("company_id", "=", company.id)], limit=1, order="as_of desc, id desc")

    # -- calibrate -----------------------------------------------------------------------------------------------------

    @api.model
    def action_calibrate(self):
        """Learn and judge anew for the current company, and forecast with the result.

        :raise AccessError: not a manager
        :raise UserError: it is running already
        """
        if not self.env.user.has_group(VALUE_MANAGER):
            raise AccessError(self.env._("Only managers can calibrate forecasts."))
        company = self.env.company
        if not lock_company(company, LOCK_LIFETIME, wait=False):
            raise UserError(
                self.env._("The forecasts of %s are currently being calculated. Try again later.", company.name)
            )
        # sudo: nobody writes calibrations but this
        return self.sudo()._calibrate(company)

    @api.model
    def _calibrate(self, company, as_of=None):
        """:param date as_of: what is known at the end of that day counts; today if not given
        :return: the new calibration; the forecasts of the company follow it
        """
        lock_company(company, LOCK_LIFETIME)
        as_of = as_of or company._get_value_today()
        # sudo: it is about all documents, for all users
        past = self.env["customer.lifetime.value"].sudo()._collect(company, as_of, archived=True)
        calibration = self._calibrate_from(company, as_of, past)
        # a process that forecasts once a day would keep it until then
        del past
        give_back()
        return calibration

    @api.model
    def _calibrate_from(self, company, as_of, past):
        """:param Past past: of all customers up to the day"""
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        # sudo: it is about all documents, for all users
        Value = self.env["customer.lifetime.value"].sudo()
        values, ready = self._learn_from(company, as_of, past, policy, lambda: Value._make_ready(company, as_of, past))
        calibration = self.create(values)
        Value._store(company, as_of, calibration, past, ready=ready)
        return calibration

    @api.model
    def _learn_from(self, company, as_of, past, policy, meanwhile=None):
        """Let all contestants learn and be judged by what was known at the end of a day. Nothing is stored.

        :param Past past: of all customers up to the day
        :param policy: ``customer.value.policy`` that says how long forecasts are tested, or none
        :param meanwhile: function that asks the database for something while others learn
        :return: tuple of the values of a calibration, and what ``meanwhile`` has found; None where something is missing
        """
        wanted = (policy or policy.new({})).lifetime_holdout_weeks
        history = (as_of - past.first).days if past.first else 0
        weeks = hold_out(history, wanted)
        then = Seen(past, as_of - timedelta(days=weeks * WEEK), weeks, margins=False)
        values = {
            "company_id": company.id,
            "as_of": as_of,
            "customers": len(then),
            "days": history,
            "weeks": weeks,
            "missing": find_missing(len(then), history) or self._find_unpaid(then),
        }
        if values["missing"]:
            return values, None
        # each takes half of the time, and neither needs what the other finds, nor the database
        with ThreadPoolExecutor(2) as others:
            learned = others.submit(self._learn_now, past, as_of, weeks)
            compared = others.submit(compare, then, then.came, weeks)
            found = meanwhile() if meanwhile else None
            compared, learned = compared.result(), learned.result()
        give_back()
        return values | {
            "champion": compared["champion"],
            "grade": compared["grade"],
            "results": compared,
            "learned": learned,
        }, found

    @staticmethod
    def _learn_now(past, as_of, weeks):
        now = Seen(past, as_of, weeks, came=False)
        prior = now.margins.prior if np.isfinite(now.margins.prior) else None
        return learn(now, weeks) | {"margin_rate": now.margins.rate, "margin_prior": prior}

    @api.model
    def _find_unpaid(self, seen):
        """Customers of whom all orders were free say nothing of money."""
        return "customers" if seen.payers < LEAST_CUSTOMERS else None

    def _get_margin_rate(self):
        """:return: ``MarginRate``"""
        prior = self.learned["margin_prior"]
        return MarginRate(self.learned["margin_rate"], np.inf if prior is None else prior)

    # -- scheduled -----------------------------------------------------------------------------------------------------

    @api.model
    def _cron_calibrate(self):
        """Calibrate companies whose last calibration is a month old, and renew the forecasts of the others."""
        companies = self.env["customer.value.policy"].search([("state", "=", "active")]).company_id
        self.env["ir.cron"]._value_do_each(companies, lambda company: self.with_company(company)._renew(company))

    @api.model
    def _renew(self, company):
        latest = self._get_latest(company)
        today = company._get_value_today()
        if not latest or latest.missing or latest.as_of + MONTHS <= today:
            self._calibrate(company)
        else:
            self.env["customer.lifetime.value"]._refresh(company)

    # -- in words ------------------------------------------------------------------------------------------------------

    def _explain_missing(self):
        """What is missing for a forecast; False if there is one."""
        self.ensure_one()
        if self.missing == "days":
            return self.env._(
                "There is no forecast yet: orders of %(needed)s days are needed, and there are %(days)s days.",
                needed=LEAST_DAYS,
                days=self.days,
            )
        if self.missing:
            return self.env._(
                "There is no forecast yet: %(needed)s customers with orders that cost something before %(date)s are "
                "needed, and there are %(count)s.",
                needed=LEAST_CUSTOMERS,
                date=fields.Date.to_string(self.as_of - timedelta(days=self.weeks * WEEK)),
                count=self.customers,
            )
        return False
