from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .customer_value_care_rule import ACTIONS

# Cancelled by the plan itself: taken up again if the reason falls away before the day.
AUTOMATIC = ("tier", "rule", "partner", "date")


class CustomerValueCare(models.Model):
    """One occasion on which one customer is thought of: planned ahead, carried out once, never twice in a year.

    Planned and carried out by the daily job, never entered by hand. Who is responsible moves or skips it.
    """

    _name = "customer.value.care"
    _description = "Customer Care"
    _inherit = ["customer.value.workflow.record", "mail.thread"]
    _order = "planned_date, id"
    _mail_post_access = "read"

    rule_id = fields.Many2one("customer.value.care.rule", required=True, readonly=True, index=True, ondelete="cascade")
    occasion = fields.Selection(related="rule_id.occasion")
    festival_id = fields.Many2one(related="rule_id.festival_id")
    note = fields.Text(related="rule_id.note")
    partner_id = fields.Many2one(
        "res.partner", string="For", required=True, readonly=True, index=True, ondelete="cascade",
        help="The person whose birthday it is; else the customer.",
    )  # fmt: skip
    customer_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, ondelete="set null", index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True, index="btree_not_null")
    action = fields.Selection(ACTIONS, required=True, readonly=True)
    occasion_date = fields.Date(string="Day", required=True, readonly=True)
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    planned_date = fields.Date(string="Planned", required=True, index=True)
    postponed = fields.Boolean(readonly=True, string="Moved by Hand")
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Carried out"), ("cancelled", "Cancelled"), ("failed", "Failed")],
        default="planned",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Selection(
        [
            ("tier", "The customer has left the tiers of the rule"),
            ("rule", "The rule is not in use any more"),
            ("partner", "The contact is archived or belongs to another company"),
            ("date", "There is no such day any more"),
            ("skipped", "Skipped by hand"),
            ("passed", "The day had passed before the letter could be sent"),
            ("no_email", "No e-mail address"),
            ("blacklisted", "Wants no e-mail"),
            ("nobody", "No account manager, and the rule names nobody instead"),
            ("error", "Error"),
        ],
        readonly=True,
    )
    error = fields.Text(readonly=True)
    done_on = fields.Date(readonly=True, string="Carried Out On")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null", index="btree_not_null")
    mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null", index="btree_not_null")
    event_id = fields.Many2one("calendar.event", readonly=True, ondelete="set null", index="btree_not_null")

    # A constraint, not an index: it is what the plan relies on when two jobs plan at the same time
    _once_a_year = models.Constraint("UNIQUE(rule_id, partner_id, year)", "A rule thinks of a customer once in a year.")

    @api.depends("rule_id.name", "partner_id.name")
    def _compute_display_name(self):
        for care in self:
            care.display_name = f"{care.rule_id.name}: {care.partner_id.display_name}"

    def _check_responsible(self):
        """:raise AccessError: neither responsible nor a manager; :raise UserError: it is past planning"""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("customer_value.group_customer_value_manager"):
            if self.filtered(lambda care: care.user_id != self.env.user):
                raise AccessError(self.env._("Only who is responsible, or a manager, moves or skips planned care."))

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if vals.keys() - {"planned_date"}:
            raise AccessError(self.env._("Of planned care only the day can be changed."))
        self._check_responsible()
        if self.filtered(lambda care: care.state != "planned"):
            raise UserError(self.env._("Only what is planned can be moved."))
        day = fields.Date.to_date(vals["planned_date"])
        if not day or day < fields.Date.context_today(self):
            raise UserError(self.env._("Choose today or a later day."))
        # sudo: everything else of it is closed to users
        self.sudo().write({"planned_date": day, "postponed": True})
        self.sudo()._sync_own_events()
        return True

    def action_postpone(self):
        """A week later, counted from today at least."""
        today = fields.Date.context_today(self)
        for care in self:
            care.write({"planned_date": max(care.planned_date, today) + timedelta(days=7)})

    def action_skip(self):
        self._check_responsible()
        if self.filtered(lambda care: care.state not in ("planned", "failed")):
            raise UserError(self.env._("Only what is planned can be skipped."))
        # sudo: as in write
        self.sudo().write({"state": "cancelled", "reason": "skipped"})
        self.sudo()._sync_own_events()

    def action_retry(self):
        """Plan again what failed or was skipped; the job of the next day carries it out."""
        self._check_responsible()
        if self.filtered(lambda care: care.state not in ("failed", "cancelled")):
            raise UserError(self.env._("Only what failed or was cancelled can be planned again."))
        today = fields.Date.context_today(self)
        for care in self.sudo():  # sudo: as in write
            care.write(
                {
                    "state": "planned",
                    "reason": False,
                    "error": False,
                    # moved by hand: the letter goes out though the day may have passed
                    "postponed": care.postponed or care.planned_date < today,
                    "planned_date": max(care.planned_date, today),
                }
            )
        self.sudo()._sync_own_events()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    @api.model
    def _create_sample(self, rule, partner):
        """Care of year 0, for a letter to be tried: the caller deletes it."""
        today = fields.Date.context_today(self)
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
    def _prepare_merge(self, partner_ids):
        """Of care by one rule in one year for partners about to be merged, one stays: rather what was given."""
        rank = {"done": 0, "planned": 1, "failed": 2, "cancelled": 3}
        cares = self.search([("partner_id", "in", partner_ids)], order="id")
        surplus = self.browse()
        for rivals in cares.grouped(lambda care: (care.rule_id, care.year)).values():
            surplus |= rivals.sorted(lambda care: rank[care.state])[1:]
        surplus.event_id.unlink()
        surplus.unlink()
        self.env.flush_all()
