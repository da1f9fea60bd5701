from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, formatLang

from ..core.customer_value_workflow_record import NOT_ENTERED
from .customer_diagnosis_check import PILLARS

SEVERITIES = [("high", "High"), ("medium", "Medium"), ("low", "Low")]


class CustomerDiagnosisFinding(models.Model):
    """What the last diagnosis of a company found by one check. It is archived when nothing is wrong any more.

    One row for each check and company, so that activities, the person in charge and the day since which it has been
    known survive the nights; what it was on earlier days is kept by ``customer.diagnosis``. Amounts are the revenue of
    the customers concerned in the window of the policy, in company currency.
    """

    _name = "customer.diagnosis.finding"
    _description = "Finding of a Diagnosis"
    _inherit = ["customer.value.workflow.record", "customer.value.evidence", "mail.thread", "mail.activity.mixin"]
    _order = "amount desc, share desc, id"
    _workflow = NOT_ENTERED

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    code = fields.Char(required=True, readonly=True)
    pillar = fields.Selection(PILLARS, required=True, readonly=True)
    active = fields.Boolean(readonly=True, help="Fixed findings are archived.")
    as_of = fields.Date(string="Measured On", readonly=True)
    since = fields.Date(string="Known Since", readonly=True)
    deadline = fields.Date(string="Fix By", readonly=True)
    record_model = fields.Char(readonly=True)
    count = fields.Integer(string="Records", readonly=True, aggregator=None)
    total = fields.Integer(string="Of", readonly=True, aggregator=None)
    share = fields.Float(string="Share (%)", digits=(5, 1), readonly=True, aggregator=None)
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator=None)
    # customers stand in several findings: sums of these would count them more than once
    amount = fields.Monetary(
        string="Revenue Touched",
        readonly=True,
        aggregator=None,
        help="Revenue of the customers concerned, in the window of the policy.",
    )
    severity = fields.Selection(SEVERITIES, readonly=True)
    tiers = fields.Json(readonly=True)
    details = fields.Json(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Owner", workflow=False, domain=[("share", "=", False)], tracking=True
    )
    name = fields.Char(compute="_compute_words", string="Finding")
    reason = fields.Char(compute="_compute_words", string="Why It Matters")
    advice = fields.Char(compute="_compute_words", string="What to Do")
    owner = fields.Char(compute="_compute_words", string="Who")
    subject = fields.Char(compute="_compute_words", string="Counted")
    figures = fields.Char(compute="_compute_words")
    tier_text = fields.Char(compute="_compute_words", string="By Tier")

    _once = models.UniqueIndex("(company_id, code)", "The company has this finding already.")

    @api.depends("code", "count", "total", "details", "tiers")
    @api.depends_context("lang")
    def _compute_words(self):
        checks = {company: self._get_worded_checks(company) for company in self.company_id}
        tiers = {int(tier) for finding in self for tier in finding.tiers or {}}
        # sudo: names of tiers, also of earlier policies
        known = self.env["customer.value.tier"].sudo().with_context(active_test=False).browse(tiers - {0}).exists()
        names = {tier.id: tier.name for tier in known.sorted(lambda tier: (-tier.entry_score, tier.id))}
        for finding in self:
            check = checks.get(finding.company_id, {}).get(finding.code)
            finding.name = check.label if check else finding.code
            finding.reason = check.why if check else False
            finding.advice = check.advice if check else False
            finding.owner = check.owner if check else False
            finding.subject = check.subject if check else False
            finding.figures = finding._describe_figures(check) if check else False
            finding.tier_text = finding._describe_tiers(names)

    @api.model
    def _get_worded_checks(self, company):
        """Checks in the words of the last diagnosis: limits that were changed since are those of the next one."""
        # sudo: the limits of the day, for those who may read the finding
        latest = self.env["customer.diagnosis"].sudo().search([("company_id", "=", company.id)], limit=1)
        Check = self.env["customer.diagnosis.check"]
        return Check._get_checks_of(latest) if latest else Check.with_company(company)._get_checks()

    def _describe_figures(self, check):
        if check.pillar == "readiness":
            Check = self.env["customer.diagnosis.check"]
            return Check._describe_ready(self.code, self.details or {}, self.company_id)
        return self.env._(
            "%(count)s of %(total)s %(subject)s (%(share)s%%)",
            count=formatLang(self.env, self.count, digits=0),
            total=formatLang(self.env, self.total, digits=0),
            subject=check.subject,
            share=formatLang(self.env, self.share, digits=1),
        )

    def _describe_tiers(self, names):
        """:param dict names: of tiers by id, the best first"""
        found = {int(tier): numbers for tier, numbers in (self.tiers or {}).items()}
        labels = names | {0: self.env._("no tier")}

        def said(number):
            return formatLang(self.env, number, digits=0)

        return ", ".join(
            f"{label} {said(found[tier][0])}/{said(found[tier][1])}"
            for tier, label in labels.items()
            if tier in found and found[tier][0]
        )

    # -- what the user opens -------------------------------------------------------------------------------------------

    def action_view_records(self):
        """The records behind the figure, or where it can be fixed.

        :raise UserError: the check is gone, as with the addon that added it
        """
        self.ensure_one()
        check = self.env["customer.diagnosis.check"]._get_checks().get(self.code)
        if not check:
            raise UserError(self.env._("This finding is no longer measured. Run the diagnosis again."))
        if check.model:
            self.env[check.model].check_access("read")
        else:
            return self.env["ir.actions.actions"]._for_xml_id(check.opens)
        return {
            "type": "ir.actions.act_window",
            "name": check.label,
            "res_model": check.model,
            "views": [(False, "list"), (False, "form")],
            "domain": self._get_subjects_domain(),
            "context": {"create": False, "active_test": False},
        }

    def _find_subjects(self, model, part):
        if self.record_model != model:
            return None
        self.env["customer.diagnosis.record"].flush_model()
        return SQL("(SELECT record_id FROM customer_diagnosis_record WHERE finding_id = %s)", self.id)

    def action_schedule(self):
        """Ask somebody to fix it: the dialog for activities, filled in."""
        self.ensure_one()
        user = self.user_id or self.env.user
        today = self.company_id._get_value_today()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Schedule Activity"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": self._name,
                "active_id": self.id,
                "active_ids": self.ids,
                "default_summary": self.name,
                "default_note": self.advice,
                "default_activity_user_id": user.id,
                "default_date_deadline": max(self.deadline or today, today + timedelta(days=1)),
            },
        }

    def _close(self):
        """Nothing is wrong any more: activities are done."""
        # those that are done already are archived
        for finding in self.with_context(active_test=True).filtered("activity_ids"):
            told = finding.with_context(lang=finding.activity_ids.user_id[:1].lang)
            told.activity_ids.action_feedback(
                feedback=told.env._(
                    "Fixed: the diagnosis of %s found nothing any more.", format_date(told.env, finding.as_of)
                )
            )
