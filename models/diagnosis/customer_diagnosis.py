import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.translate import LazyTranslate
from psycopg2 import OperationalError
from psycopg2.errors import QueryCanceled

from ...analytics.diagnosis import grading, measuring, validity
from ..core.customer_value_workflow_record import NOT_ENTERED
from ..core.groups import VALUE_MANAGER, check_group
from ..core.locking import LOCK_DIAGNOSIS, Busy, lock_company
from ..core.progress import ask_sessions, read_progress, report_progress
from ..core.temporary import drop_temporary, make_temporary
from ..scoring.customer_value_source import Scope
from .customer_diagnosis_check import PILLARS

_lt = LazyTranslate(__name__)
_logger = logging.getLogger(__name__)

GRADES = [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")]

# So many distinct values are looked at between two writes.
BATCH = 5000

# Percent of the time that collecting the customers takes, where they are many.
COLLECTED = 40

# What the work is called while it goes on.
PROGRESS_NAME = "customer_diagnosis"


class CustomerDiagnosis(models.Model):
    """What was wrong with data, processes, people and readiness of a company on a day.

    It is measured for today, from what stands in the database: there is none of a past day. ``figures`` has each check
    and measure by its code: ``count``, ``total``, ``share`` (percent), ``customers``, ``amount`` (company currency),
    ``severity``, ``tiers`` and ``details``; or ``value``. ``customer.diagnosis.finding`` tells what is found today.
    """

    _name = "customer.diagnosis"
    _description = "Diagnosis"
    _inherit = ["customer.value.workflow.record"]
    _order = "as_of desc, id desc"
    _rec_name = "as_of"
    _workflow = NOT_ENTERED

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(string="Date", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Run By", readonly=True)
    duration = fields.Float(string="Duration (s)", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator=None)
    revenue = fields.Monetary(readonly=True, aggregator=None, help="Of all customers, in the window of the policy.")
    finding_count = fields.Integer(string="Findings", readonly=True, aggregator=None)
    data_score = fields.Float(string="Data", digits=(5, 1), readonly=True, aggregator="avg")
    process_score = fields.Float(string="Processes", digits=(5, 1), readonly=True, aggregator="avg")
    people_score = fields.Float(string="People", digits=(5, 1), readonly=True, aggregator="avg")
    readiness_score = fields.Float(string="Readiness", digits=(5, 1), readonly=True, aggregator="avg")
    data_grade = fields.Selection(GRADES, readonly=True)
    process_grade = fields.Selection(GRADES, string="Processes Grade", readonly=True)
    people_grade = fields.Selection(GRADES, readonly=True)
    readiness_grade = fields.Selection(GRADES, readonly=True)
    figures = fields.Json(readonly=True)
    limits = fields.Json(readonly=True, help="Limits beyond which something was wrong on that day.")
    failures = fields.Json(readonly=True, help="Codes of the checks that could not be measured on that day.")

    _once = models.UniqueIndex("(company_id, as_of)", "A company has one diagnosis a day.")

    @api.depends("as_of")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for diagnosis in self:
            diagnosis.display_name = self.env._("Diagnosis of %s", format_date(self.env, diagnosis.as_of) or "")

    # -- what the user presses -----------------------------------------------------------------------------------------

    @api.model
    def action_diagnose(self):
        """Measure the current company now.

        :return: id of the diagnosis of today
        :raise AccessError: the user is no manager
        :raise UserError: a diagnosis of the company is in progress, or somebody has canceled this one
        """
        check_group(self.env, VALUE_MANAGER)
        # in words now: nothing can be read any more once a statement was canceled
        canceled = self.env._("The diagnosis was canceled. Nothing was changed.")
        try:
            # sudo: it is about all records of the company, and only this writes what was found
            return self.sudo()._diagnose(self.env.company).id
        except QueryCanceled as error:
            raise UserError(canceled) from error

    @api.model
    def action_cancel(self):
        """Cancel the diagnosis of the current company that is in progress, whoever has started it.

        It ends with the statement that it is at; where it is between two, nothing happens: ask again.

        :return: whether there is one
        :raise AccessError: the user is no manager
        """
        check_group(self.env, VALUE_MANAGER)
        return bool(ask_sessions(self.env, PROGRESS_NAME, self.env.company.id, SQL("pg_cancel_backend(pid)")))

    @api.model
    def get_progress(self):
        """How far the diagnosis of the current company has come, seen from another database session.

        :return: percent, or False while none is in progress
        """
        check_group(self.env, VALUE_MANAGER)
        progress = read_progress(self.env, PROGRESS_NAME, self.env.company.id)
        return int(progress[0]) if progress else False

    @api.model
    def _cron_diagnose(self):
        """Every night, company by company: those that were diagnosed before, or whose customers are scored."""
        scored = self.env["customer.value.policy"].search(
            [("state", "=", "active"), ("calibration_run_id", "!=", False)]
        )
        companies = scored.company_id.union(*(company for (company,) in self._read_group([], ["company_id"])))
        self.env["ir.cron"]._value_do_each(companies, lambda company: self.with_company(company)._diagnose(company))

    # -- how it is measured --------------------------------------------------------------------------------------------

    @api.model
    def _diagnose(self, company):
        """Measure ``company`` today, and write what is different. One statement for each check of records.

        A check that fails leaves its finding as it was, and stands in ``failures``; the others go on.

        :raise Busy: a diagnosis of the company is in progress
        """
        if not lock_company(company, LOCK_DIAGNOSIS, wait=False):
            raise Busy(
                self.env._(
                    "A diagnosis of %(company)s is in progress. Wait until it has finished, then try again.",
                    company=company.name,
                )
            )
        clock = time.monotonic()
        self.env.flush_all()
        self.env["ir.config_parameter"]._use_sort_memory()
        Check = self.env["customer.diagnosis.check"].with_company(company)
        checks = Check._get_checks()
        scope = self._get_scope(company)
        self._report_progress(company, 0)
        customers, revenue = self._collect_customers(scope)
        self._report_progress(company, COLLECTED)
        self._find_invalid(company)
        findings = self._get_findings(company, checks)
        figures, failures = {}, []
        for number, (code, check) in enumerate(checks.items(), start=1):
            try:
                with self.env.cr.savepoint():
                    figures[code] = self._measure_check(Check, check, findings[code], scope)
            except OperationalError:
                # somebody has canceled it, or the database asks to begin again
                raise
            except Exception:
                _logger.exception("The check %s of %s failed, and the diagnosis goes on", code, company.name)
                failures.append(code)
            self._report_progress(company, COLLECTED + (100 - COLLECTED) * number // (len(checks) + 1))
        for figure in figures.values():
            self._judge(figure, revenue, company)
        self._write_findings(findings, checks, figures, scope.as_of)
        measures = {code: {"value": value} for code, value in Check._measure(scope).items()}
        values = self._grade(checks, figures) | {
            "user_id": self.env.uid,
            "duration": time.monotonic() - clock,
            "customer_count": customers,
            "revenue": revenue,
            "finding_count": sum(bool(figure["count"]) for figure in figures.values()),
            "figures": figures | measures,
            "limits": Check._get_limits(),
            "failures": failures,
        }
        diagnosis = self.search([("company_id", "=", company.id), ("as_of", "=", scope.as_of)])
        if diagnosis:
            diagnosis.write(values)
        else:
            diagnosis = self.create(values | {"company_id": company.id, "as_of": scope.as_of})
        self.env["customer.plan"]._follow(diagnosis)
        return diagnosis

    @api.model
    def _get_scope(self, company):
        policy = self.env["customer.value.policy"]._get_active(company)
        return Scope.make(company, company._get_value_today(), policy.window_months if policy else 12)

    @api.model
    def _report_progress(self, company, percent):
        report_progress(self.env.cr, PROGRESS_NAME, company.id, percent)

    @api.model
    def _collect_customers(self, scope):
        """:return: how many customers the company has, and their revenue in the window"""
        table = SQL.identifier(measuring.CUSTOMERS)
        Source = self.env["customer.value.source"]
        read, joins, _evidence = Source._read_once(
            {
                "sale": Source._source_query("sale", scope, {"margin"}),
                "invoice": Source._source_query("invoice", scope, {"revenue", "margin"}),
            },
            {"sale": ["order_margin"], "invoice": ["revenue", "changed_margin"]},
        )
        query = measuring.customers_sql(scope, read, joins, Source._margin_sql())
        make_temporary(self.env.cr, measuring.CUSTOMERS, query)
        self.env.cr.execute(SQL("CREATE UNIQUE INDEX ON %s (partner_id)", table))
        self.env.cr.execute(SQL("SELECT count(*), COALESCE(sum(revenue), 0)::float8 FROM %s", table))
        return self.env.cr.fetchone()

    @api.model
    def _find_invalid(self, company):
        """Look at each phone number and tax number once, and note those that cannot be right.

        Numbers that Odoo has read as they are written need not be read again, which takes long: those with a prefix,
        and those of the customer's own country.
        """
        read = SQL(
            """CASE WHEN rp.phone LIKE '+%%'
                    THEN rp.phone_sanitized = regexp_replace(rp.phone, '[^0-9+]', '', 'g')
                    WHEN rp.phone NOT LIKE '00%%' AND rp.country_id IS NOT NULL
                    THEN rp.phone_sanitized
                         LIKE '+%%_' || NULLIF(ltrim(regexp_replace(rp.phone, '[^0-9]', '', 'g'), '0'), '') END"""
        )
        judges = {"phone": (validity.is_phone, read), "vat": (validity.is_tax_number, SQL("FALSE"))}
        table, home = SQL.identifier(measuring.INVALID), company.country_id.code or ""
        cr = self.env.cr
        drop_temporary(cr, measuring.INVALID)
        cr.execute(SQL("CREATE TEMPORARY TABLE %s (kind text, value text, country_id int) ON COMMIT DROP", table))
        for kind, (judge, known) in judges.items():
            cr.execute(
                SQL(
                    """SELECT DISTINCT %(value)s, COALESCE(rp.country_id, 0), COALESCE(country.code, %(home)s)
                         FROM %(customers)s c
                         JOIN res_partner rp ON rp.id = c.partner_id
                         LEFT JOIN res_country country ON country.id = rp.country_id
                        WHERE btrim(%(value)s) <> '' AND (%(known)s) IS NOT TRUE""",
                    known=known,
                    value=SQL.identifier("rp", kind),
                    customers=SQL.identifier(measuring.CUSTOMERS),
                    home=home,
                )
            )
            wrong = []
            while rows := cr.fetchmany(BATCH):
                wrong += [(value, country_id) for value, country_id, code in rows if not judge(value, code)]
            cr.execute(
                SQL(
                    "INSERT INTO %s (kind, value, country_id) SELECT %s, * FROM unnest(%s::text[], %s::int[])",
                    table,
                    kind,
                    [value for value, _country in wrong],
                    [country for _value, country in wrong],
                )
            )
        cr.execute(SQL("CREATE INDEX ON %s (kind, value)", table))
        cr.execute(SQL("ANALYZE %s", table))

    @api.model
    def _get_findings(self, company, checks):
        """:return: ``{code: finding}`` of all checks; those of checks that are gone are deleted"""
        Finding = self.env["customer.diagnosis.finding"].with_context(active_test=False, tracking_disable=True)
        known = {finding.code: finding for finding in Finding.search([("company_id", "=", company.id)])}
        Finding.union(*(finding for code, finding in known.items() if code not in checks)).unlink()
        new = [
            {
                "company_id": company.id,
                "code": code,
                "pillar": check.pillar,
                "record_model": check.model,
                "active": False,
            }
            for code, check in checks.items()
            if code not in known
        ]
        created = Finding.create(new)
        self.env.flush_all()
        return {finding.code: finding for finding in [*known.values(), *created] if finding.code in checks}

    @api.model
    def _measure_check(self, Check, check, finding, scope):
        """:return: dict of the numbers of a check: ``count``, ``total`` and, of records, what follows from them"""
        if not check.model:
            details = Check._get_ready(finding.code, scope)
            return {"count": int(bool(details.get("missing"))), "total": 1, "details": details}
        self.env.cr.execute(measuring.record_sql(finding.id, Check._population_sql(finding.code, scope)))
        [row] = self.env.cr.dictfetchall()
        return row

    @api.model
    def _judge(self, figure, revenue, company):
        """Add what follows from the numbers of ``figure``."""
        total = figure["total"]
        figure["share"] = round(100 * figure["count"] / total, 1) if total else 0.0
        figure["severity"] = grading.severity(
            figure["count"],
            total,
            figure.get("amount", 0.0),
            revenue,
            (company.diagnosis_high_share, company.diagnosis_high_revenue),
            (company.diagnosis_medium_share, company.diagnosis_medium_revenue),
        )

    @api.model
    def _write_findings(self, findings, checks, figures, today):
        for code, figure in figures.items():
            finding, found = findings[code], bool(figure["count"])
            values = {
                "active": found,
                "as_of": today,
                "pillar": checks[code].pillar,
                "record_model": checks[code].model,
                "count": figure["count"],
                "total": figure["total"],
                "share": figure["share"],
                "customer_count": figure.get("customers", 0),
                "amount": figure.get("amount", 0.0),
                "severity": figure["severity"],
                "tiers": figure.get("tiers"),
                "details": figure.get("details"),
            }
            if found and not finding.active:
                values |= {"since": today, "deadline": today + timedelta(days=checks[code].days)}
            finding.write(values)
            if not found:
                finding._close()

    @api.model
    def _grade(self, checks, figures):
        """:return: scores and grades of the pillars, as values of the diagnosis"""
        values = {}
        for pillar, _label in PILLARS:
            score = grading.pillar_score(self._get_parts(pillar, checks, figures))
            values[f"{pillar}_score"] = score or 0.0
            values[f"{pillar}_grade"] = grading.letter(score)
        return values

    @api.model
    def _get_parts(self, pillar, checks, figures):
        return [
            (check.weight, figures[code]["count"], figures[code]["total"])
            for code, check in checks.items()
            if check.pillar == pillar and code in figures
        ]

    # -- what is shown -------------------------------------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_page(self):
        """The latest diagnosis of the current company.

        :return: dict of ``company``, ``diagnosis`` (id, or False), ``date``, ``summary``, ``failures`` (what could not
            be measured, as a sentence, or empty), ``pillars`` (see ``_describe_pillars``), ``findings`` (dicts, the
            most money first), ``readiness`` and ``history`` (grades over time)
        :raise AccessError: the user is no manager
        """
        check_group(self.env, VALUE_MANAGER)
        company = self.env.company
        latest = self.search([("company_id", "=", company.id)], limit=1)
        if not latest:
            return {"company": company.name, "diagnosis": False}
        findings = self.env["customer.diagnosis.finding"].search([("company_id", "=", company.id)])
        return {
            "company": company.name,
            "diagnosis": latest.id,
            "date": format_date(self.env, latest.as_of),
            "summary": latest._get_summary(),
            "failures": latest._describe_failures(),
            "pillars": latest._describe_pillars(),
            "findings": [latest._describe_finding(finding) for finding in findings],
            "readiness": self._describe_readiness(company),
            "history": latest._get_history(),
            "plan": bool(
                self.env["customer.plan"].search_count(
                    [("company_id", "=", company.id), ("state", "=", "running")], limit=1
                )
            ),
        }

    def _get_summary(self):
        self.ensure_one()
        return self.env._(
            "%(customers)s customers with a revenue of %(revenue)s; %(findings)s findings.",
            customers=formatLang(self.env, self.customer_count, digits=0),
            revenue=self.currency_id.format(self.revenue),
            findings=self.finding_count,
        )

    def _describe_failures(self):
        self.ensure_one()
        if not self.failures:
            return ""
        checks = self.env["customer.diagnosis.check"]._get_checks_of(self)
        return self.env._(
            "These checks failed, and the grades are without them: %(checks)s. Their findings, if there are any, are "
            "of an earlier day. Ask your administrator for the reason in the log of the server, then diagnose again.",
            checks=", ".join(checks[code].label for code in self.failures if code in checks),
        )

    def _describe_finding(self, finding):
        labels = dict(finding._fields["severity"]._description_selection(self.env))
        pillars = dict(finding._fields["pillar"]._description_selection(self.env))
        return {
            "id": finding.id,
            "code": finding.code,
            "pillar": finding.pillar,
            "pillar_label": pillars[finding.pillar],
            "name": finding.name,
            "figures": finding.figures,
            "money": finding.currency_id.format(finding.amount) if finding.amount else "",
            "customers": finding.customer_count,
            "reason": finding.reason,
            "advice": finding.advice,
            "owner": finding.user_id.name or finding.owner,
            "deadline": format_date(self.env, finding.deadline),
            "late": bool(finding.deadline and finding.deadline < self.company_id._get_value_today()),
            "severity": finding.severity,
            "severity_label": labels[finding.severity],
            "tiers": finding.tier_text,
            "lists": bool(finding.record_model),
            "planned": len(finding.activity_ids),
        }

    @api.model
    def _describe_readiness(self, company):
        """What each capability has or lacks, also where nothing is missing.

        :return: list of dicts of ``id`` (finding), ``code``, ``label``, ``text`` and ``ready``
        """
        checks = self.env["customer.diagnosis.check"]._get_checks()
        findings = self.env["customer.diagnosis.finding"].with_context(active_test=False)
        found = findings.search([("company_id", "=", company.id), ("pillar", "=", "readiness")])
        order = list(checks)
        return [
            {
                "id": finding.id,
                "code": finding.code,
                "label": finding.name,
                "text": finding.figures,
                "ready": not finding.active,
            }
            for finding in found.filtered(lambda finding: finding.code in checks).sorted(
                lambda finding: order.index(finding.code)
            )
        ]

    def _describe_pillars(self):
        """:return: dicts of ``code``, ``label``, ``grade``, ``score`` and ``formula``, see ``_describe_formula``"""
        self.ensure_one()
        checks = self.env["customer.diagnosis.check"]._get_checks_of(self)
        labels = dict(self.env["customer.diagnosis.finding"]._fields["pillar"]._description_selection(self.env))
        return [
            {
                "code": pillar,
                "label": labels[pillar],
                "grade": (self[f"{pillar}_grade"] or "").upper() or "–",
                "score": formatLang(self.env, self[f"{pillar}_score"], digits=1) if self[f"{pillar}_grade"] else "–",
                "formula": self._describe_formula(pillar, checks),
            }
            for pillar, _label in PILLARS
        ]

    def _describe_formula(self, pillar, checks):
        """The rows that the score of a pillar is worked out from.

        :return: list of dicts of ``label``, ``count``, ``total``, ``share``, ``weight`` and ``lost`` (points)
        """
        figures = self.figures or {}
        known = [
            (code, check)
            for code, check in checks.items()
            if check.pillar == pillar and figures.get(code, {}).get("total")
        ]
        weights = sum(check.weight for _code, check in known)
        return [
            {
                "code": code,
                "label": check.label,
                "count": formatLang(self.env, figures[code]["count"], digits=0),
                "total": formatLang(self.env, figures[code]["total"], digits=0),
                "share": formatLang(self.env, figures[code]["share"], digits=1),
                "weight": check.weight,
                "lost": formatLang(
                    self.env, 100 * check.weight * figures[code]["count"] / figures[code]["total"] / weights, digits=1
                ),
            }
            for code, check in known
        ]

    def _get_history(self):
        """:return: dicts of ``label``, ``code`` and ``points``: dicts of ``x``, ``y`` and ``text``, oldest first"""
        self.ensure_one()
        days = self.search([("company_id", "=", self.company_id.id)], limit=400)[::-1]
        labels = dict(self.env["customer.diagnosis.finding"]._fields["pillar"]._description_selection(self.env))
        return [
            {
                "code": pillar,
                "label": labels[pillar],
                "points": [
                    {
                        "x": format_date(self.env, day.as_of),
                        "y": round(day[f"{pillar}_score"], 1),
                        "text": self.env._(
                            "%(day)s, %(pillar)s: grade %(grade)s, %(score)s of 100 points",
                            day=format_date(self.env, day.as_of),
                            pillar=labels[pillar],
                            grade=day[f"{pillar}_grade"].upper(),
                            score=formatLang(self.env, day[f"{pillar}_score"], digits=1),
                        ),
                    }
                    for day in days
                    if day[f"{pillar}_grade"]
                ],
            }
            for pillar, _label in PILLARS
        ]

    def action_open_plan(self):
        """The running plan of the company; without one, a plan drawn from this diagnosis."""
        self.ensure_one()
        check_group(self.env, VALUE_MANAGER)
        Plan = self.env["customer.plan"]
        plan = Plan.search([("company_id", "=", self.company_id.id), ("state", "=", "running")], limit=1)
        plan = plan or Plan._draw(self)
        return plan._get_records_action(name=plan.name)

    def action_print(self):
        """The report that is handed over.

        :raise UserError: there is no diagnosis yet
        """
        if not self:
            raise UserError(self.env._("Run a diagnosis first."))
        return self.env.ref("customer_value.action_report_diagnosis").report_action(self)
