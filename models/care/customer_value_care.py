import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, split_every
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_MANAGER
from .customer_value_care_rule import ACTIONS

_logger = logging.getLogger(__name__)

# Canceled by the plan itself: planned again if the reason no longer holds before the day.
AUTOMATIC = ("tier", "rule", "partner", "date")

_lt = LazyTranslate(__name__)

# Small enough that a crash repeats little, large enough that letters are written in batches.
CARE_BATCH = 100


class CustomerValueCare(models.Model):
    """One occasion on which one customer is thought of: planned ahead, carried out once, never twice in a year.

    Planned and carried out by the daily job, never entered manually. The responsible moves or skips it.
    """

    _name = "customer.value.care"
    _description = "Customer Care"
    _inherit = ["customer.value.workflow.record", "customer.succession.participant", "mail.thread"]
    _order = "planned_date, id"
    _succession_layer = 60
    _mail_post_access = "read"
    _workflow = _lt("Only the date of planned care can be changed.")

    rule_id = fields.Many2one("customer.value.care.rule", required=True, readonly=True, index=True, ondelete="cascade")
    occasion = fields.Selection(related="rule_id.occasion")
    festival_id = fields.Many2one(related="rule_id.festival_id")
    note = fields.Text(related="rule_id.note")
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, readonly=True, index=True, ondelete="cascade",
        help="The person whose birthday it is; otherwise the customer.",
    )  # fmt: skip
    customer_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="set null", index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Owner", readonly=True, index="btree_not_null")
    action = fields.Selection(ACTIONS, required=True, readonly=True)
    occasion_date = fields.Date(string="Day", required=True, readonly=True)
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    planned_date = fields.Date(string="Planned", required=True, index=True, workflow=False)
    postponed = fields.Boolean(readonly=True, string="Moved Manually")
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Executed"), ("cancelled", "Canceled"), ("failed", "Failed")],
        default="planned",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Selection(
        [
            ("tier", "The customer is no longer in the tiers of the rule"),
            ("rule", "The rule is no longer in use"),
            ("partner", "The contact is archived or belongs to another company"),
            ("date", "The date no longer exists"),
            ("skipped", "Skipped manually"),
            ("passed", "The date had passed before the letter could be sent"),
            ("no_email", "No email address"),
            ("blacklisted", "Opted out of emails"),
            ("nobody", "No account manager, and no fallback user on the rule"),
            ("error", "Error"),
        ],
        readonly=True,
    )
    error = fields.Text(readonly=True)
    done_on = fields.Date(readonly=True, string="Executed On")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null", index="btree_not_null")
    mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null", index="btree_not_null")
    event_id = fields.Many2one("calendar.event", readonly=True, ondelete="set null", index="btree_not_null")

    # A constraint, not an index: it is what the plan relies on when two jobs plan at the same time
    _once_a_year = models.Constraint(
        "UNIQUE(rule_id, partner_id, year)", "A rule can plan care for a customer only once a year."
    )

    @api.depends("rule_id.name", "partner_id.name")
    def _compute_display_name(self):
        for care in self:
            care.display_name = f"{care.rule_id.name}: {care.partner_id.display_name}"

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        self._check_workflow(vals)
        self._check_responsible()
        if self.filtered(lambda care: care.state != "planned"):
            raise UserError(self.env._("Only planned care can be moved."))
        day = fields.Date.to_date(vals["planned_date"])
        if not day or any(day < company._get_value_today() for company in self.company_id):
            raise UserError(self.env._("Choose today or a later day."))
        # sudo: everything else of it is closed to users
        self.sudo().write({"planned_date": day, "postponed": True})
        self.sudo()._sync_own_events()
        return True

    # -- what users press ----------------------------------------------------------------------------------------------

    def action_postpone(self):
        """A week later, counted from today at least."""
        for care in self:
            care.write({"planned_date": max(care.planned_date, care.company_id._get_value_today()) + timedelta(days=7)})

    def action_skip(self):
        self._check_responsible()
        if self.filtered(lambda care: care.state not in ("planned", "failed")):
            raise UserError(self.env._("Only planned care can be skipped."))
        # sudo: as in write
        self.sudo().write({"state": "cancelled", "reason": "skipped"})
        self.sudo()._sync_own_events()

    def action_retry(self):
        """Plan again what failed or was skipped; the job of the next day carries it out."""
        self._check_responsible()
        if self.filtered(lambda care: care.state not in ("failed", "cancelled")):
            raise UserError(self.env._("Only failed or canceled care can be planned again."))
        for care in self.sudo():  # sudo: as in write
            today = care.company_id._get_value_today()
            care.write(
                {
                    "state": "planned",
                    "reason": False,
                    "error": False,
                    # moved manually: the letter goes out though the day may have passed
                    "postponed": care.postponed or care.planned_date < today,
                    "planned_date": max(care.planned_date, today),
                }
            )
        self.sudo()._sync_own_events()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def _check_responsible(self):
        """:raise AccessError: neither responsible nor a manager"""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(VALUE_MANAGER):
            if self.filtered(lambda care: care.user_id != self.env.user):
                raise AccessError(self.env._("Only the responsible user or a manager can move or skip planned care."))

    # -- what is due: made an activity or sent as a letter, exactly once -----------------------------------------------

    @api.model
    def _cron_care(self):
        """Plan ahead in every company, keep the calendars in step, carry out what is due, report missing dates."""
        rules = self.env["customer.value.care.rule"].with_context(active_test=False)
        companies = rules.search([("active", "in", (True, False))]).company_id

        def plan(company):
            self._plan(company)
            self._sync_events(company)

        self.env["ir.cron"]._value_do_each(companies, plan)
        self.env["customer.value.festival"]._report_missing()
        batches = [self.browse(ids) for ids in split_every(CARE_BATCH, self._search_due().ids)]
        self.env["ir.cron"]._value_do_each(batches, lambda cares: cares._carry_out_due())

    @api.model
    def _search_due(self):
        # no company is further ahead than a day
        latest = fields.Date.add(fields.Date.today(), days=1)
        found = self.search([("state", "=", "planned"), ("planned_date", "<=", latest)])
        today = {company: company._get_value_today() for company in found.company_id}
        return found.filtered(lambda care: care.planned_date <= today[care.company_id])

    def _carry_out_due(self):
        """Carry out care that is not yet carried out, and that no other transaction works on."""
        due = self.try_lock_for_update().filtered(lambda care: care.state == "planned")
        for company, cares in due.grouped("company_id").items():
            self.env["ir.cron"]._value_do_together(
                cares.with_company(company),
                lambda cares: cares._carry_out(),
                lambda care, error: care._note_failure(error),
            )

    def _note_failure(self, error):
        _logger.info("Customer care %s failed", self.id, exc_info=error)
        self.write({"state": "failed", "reason": "error", "error": str(error)})
        self._sync_own_events()

    def _carry_out(self):
        today = self.company_id._get_value_today()
        for care in self:
            reason = care._get_hindrance(today)
            if reason:
                care.write({"state": "cancelled" if reason == "passed" else "failed", "reason": reason})
        ready = self.filtered(lambda care: care.state == "planned")
        for rule, cares in ready.grouped("rule_id").items():
            getattr(cares, f"_do_{rule.action}")(rule)
        ready.write({"state": "done", "done_on": today})
        (self - ready)._sync_own_events()
        self.flush_recordset()

    def _get_hindrance(self, today):
        """:return: code of the reason why this cannot be carried out, or False"""
        self.ensure_one()
        if self.rule_id.action == "activity":
            return False if self.user_id else "nobody"
        if self.occasion_date < today and not self.postponed:
            return "passed"
        if not self.partner_id.email_normalized:
            return "no_email"
        return "blacklisted" if self.partner_id._is_any_address_blacklisted() else False

    def _do_activity(self, rule):
        """An activity on the customer for each, due on the day itself."""
        model_id = self.env["ir.model"]._get_id("res.partner")
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": model_id,
                        "res_id": care.partner_id.id,
                        "activity_type_id": rule.activity_type_id.id,
                        "user_id": care.user_id.id,
                        "date_deadline": max(care.occasion_date, care.planned_date),
                        "summary": care._in_language_of(care.user_id).rule_id.name,
                        "note": care._in_language_of(care.user_id).note,
                    }
                    for care in self
                ]
            )
        )
        for care, activity in zip(self, activities, strict=True):
            care.activity_id = activity

    def _in_language_of(self, user):
        return self.with_context(lang=user.lang or self.env.lang)

    def _do_letter(self, rule):
        """A letter in the mail queue for each, in the language of its reader."""
        mails = rule.template_id.send_mail_batch(self.ids)
        for care, mail in zip(self, mails, strict=True):
            care.mail_id = mail

    # -- the calendar --------------------------------------------------------------------------------------------------

    @api.model
    def _sync_events(self, company):
        """Bring the events of planned activities in line with the plan, for the responsible."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM customer_value_care c LEFT JOIN calendar_event e ON e.id = c.event_id
                    WHERE c.company_id = %s
                      AND (c.state = 'planned' AND c.action = 'activity' AND c.user_id IS NOT NULL
                           AND (e.start_date IS DISTINCT FROM c.planned_date OR e.user_id IS DISTINCT FROM c.user_id)
                           OR e.id IS NOT NULL
                              AND (c.state IN ('cancelled', 'failed') OR c.state = 'planned' AND
                                   (c.action <> 'activity' OR c.user_id IS NULL)))
                    ORDER BY c.id""",
                company.id,
            )
        )
        for ids in split_every(1000, [care_id for (care_id,) in rows]):
            self.browse(ids)._sync_own_events()
            self.env.flush_all()
            self.env.invalidate_all(flush=False)

    def _sync_own_events(self):
        """Make, move or delete the event of each."""
        wanted = self.filtered(lambda care: care.state == "planned" and care.action == "activity" and care.user_id)
        (self - wanted).filtered(lambda care: care.state != "done").event_id._quietly().unlink()
        new = wanted.filtered(lambda care: not care.event_id)
        for care in wanted - new:
            care.event_id._quietly().write(care._prepare_event())
        events = self.env["calendar.event"]._quietly().create([care._prepare_event() for care in new])
        for care, event in zip(new, events, strict=True):
            care.event_id = event

    def _prepare_event(self):
        """:return: values of an all-day event in the calendar of the responsible"""
        care = self._in_language_of(self.user_id)
        return {
            "name": care.display_name,
            "allday": True,
            "start": fields.Datetime.to_datetime(care.planned_date).replace(hour=8),
            "stop": fields.Datetime.to_datetime(care.planned_date).replace(hour=18),
            "start_date": care.planned_date,
            "stop_date": care.planned_date,
            "user_id": care.user_id.id,
            "partner_ids": [fields.Command.set(care.user_id.partner_id.ids)],
            "show_as": "free",
            "description": care.note or False,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": care.id,
        }

    # -- samples, and merged customers ---------------------------------------------------------------------------------

    @api.model
    def _create_sample(self, rule, partner):
        """Care of year 0, for a letter to be tried: the caller deletes it."""
        today = rule.company_id._get_value_today()
        return self.create(
            {
                "rule_id": rule.id,
                "partner_id": partner.id,
                "customer_id": partner.id,
                "company_id": rule.company_id.id,
                "tier_id": rule.tier_ids[:1].id,
                "user_id": self.env.uid,
                "action": rule.action,
                "occasion_date": today,
                "year": 0,
                "planned_date": today,
                "state": "cancelled",
            }
        )

    @api.model
    def _before_merge(self, partners):
        """Of care by one rule in one year for partners about to be merged, one stays: rather what was given."""
        rank = {"done": 0, "planned": 1, "failed": 2, "cancelled": 3}
        cares = self.search([("partner_id", "in", partners.ids)], order="id")
        surplus = self.browse()
        for rivals in cares.grouped(lambda care: (care.rule_id, care.year)).values():
            surplus |= rivals.sorted(lambda care: rank[care.state])[1:]
        surplus.event_id.unlink()
        surplus.unlink()
        self.env.flush_all()
