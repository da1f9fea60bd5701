from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

OCCASIONS = [
    ("birthday", "Birthday"),
    ("first_order", "Anniversary of the first order"),
    ("festival", "Festival"),
]

ACTIONS = [("activity", "Activity"), ("letter", "Letter by email")]

TEMPLATES = {
    "birthday": "customer_value.mail_template_care_birthday",
    "first_order": "customer_value.mail_template_care_anniversary",
    "festival": "customer_value.mail_template_care_festival",
}


class CustomerValueCareRule(models.Model):
    """Which customers are thought of on which occasion, and how.

    Birthdays are those of people: the contacts of a customer, and customers who are people. Anniversaries and festivals
    are kept with the customer, once, whatever contacts they have.
    """

    _name = "customer.value.care.rule"
    _description = "Care Rule"
    _inherit = ["customer.value.company.record"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    occasion = fields.Selection(OCCASIONS, default="birthday", required=True)
    festival_id = fields.Many2one("customer.value.festival", ondelete="restrict", index="btree_not_null")
    festival_missing_year = fields.Integer(related="festival_id.missing_year")
    tier_ids = fields.Many2many(
        "customer.value.tier",
        string="Tiers",
        required=True,
        ondelete="restrict",
        domain="[('policy_id.state', '=', 'active'), ('company_id', '=', company_id)]",
        help="Tiers whose customers receive care.",
    )
    days_before = fields.Integer(
        help="Number of days before the occasion when the activity is created or the letter is sent."
    )
    horizon_days = fields.Integer(
        string="Plan Ahead (days)", default=60, help="Care is planned, and shown in the calendar, this many days ahead."
    )
    action = fields.Selection(ACTIONS, default="activity", required=True)
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="[('res_model', 'in', [False, 'res.partner'])]",
        default=lambda self: self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False),
        help="Created on the customer and assigned to the account manager.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Fallback User",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Responsible for customers without an active account manager.",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        domain="[('model', '=', 'customer.value.care')]",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        help="Written in the language of the recipient.",
    )
    note = fields.Text(
        translate=True, help="Notes for the assigned user: a suitable gift or message. Shown on the activity."
    )
    care_ids = fields.One2many("customer.value.care", "rule_id")
    planned_count = fields.Integer(compute="_compute_planned_count", string="Planned")
    failed_count = fields.Integer(compute="_compute_planned_count", string="Failed")

    _days = models.Constraint(
        "CHECK(days_before BETWEEN 0 AND 180 AND horizon_days BETWEEN 1 AND 365)",
        "Care can start 0 to 180 days before the occasion and be planned 1 to 365 days ahead.",
    )

    @api.constrains("occasion", "festival_id", "action", "template_id", "activity_type_id", "tier_ids", "company_id")
    def _check_complete(self):
        for rule in self:
            message = False
            if rule.occasion == "festival" and not rule.festival_id:
                message = self.env._("Choose a festival for the rule %s.", rule.name)
            elif rule.festival_id.company_id not in (rule.company_id, self.env["res.company"]):
                message = self.env._("The festival of the rule %s belongs to another company.", rule.name)
            elif rule.action == "letter" and not rule.template_id:
                message = self.env._("Choose a letter for the rule %s.", rule.name)
            elif rule.action == "letter" and rule.template_id.model != "customer.value.care":
                message = self.env._(
                    "The letter of the rule %s is not intended for customer care. Choose another one.", rule.name
                )
            elif rule.action == "activity" and not rule.activity_type_id:
                message = self.env._("Choose an activity type for the rule %s.", rule.name)
            elif not rule.tier_ids:
                message = self.env._("Choose tiers for the rule %s.", rule.name)
            elif rule.tier_ids.company_id != rule.company_id:
                message = self.env._("The tiers of the rule %s belong to another company.", rule.name)
            if message:
                raise ValidationError(message)

    @api.depends("occasion", "action")
    def _compute_template_id(self):
        defaults = {xmlid: self.env.ref(xmlid, raise_if_not_found=False) for xmlid in TEMPLATES.values()}
        for rule in self:
            ours = [template.id for template in defaults.values() if template]
            if rule.action == "letter" and (not rule.template_id or rule.template_id.id in ours):
                rule.template_id = defaults[TEMPLATES[rule.occasion]]
            else:
                rule.template_id = rule.template_id

    def _compute_planned_count(self):
        groups = self.env["customer.value.care"]._read_group(
            [("rule_id", "in", self.ids), ("state", "in", ("planned", "failed"))], ["rule_id", "state"], ["__count"]
        )
        counts = {(rule.id, state): count for rule, state, count in groups}
        for rule in self:
            rule.planned_count = counts.get((rule.id, "planned"), 0)
            rule.failed_count = counts.get((rule.id, "failed"), 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_carried_out(self):
        # sudo: care of customers whom the manager may not see counts, too
        done = self.env["customer.value.care"].sudo().search([("rule_id", "in", self.ids), ("state", "=", "done")])
        if done:
            raise UserError(
                self.env._(
                    "The rule %s has already been used. Archive it instead; its records are kept.", done[0].rule_id.name
                )
            )

    def action_plan(self):
        """Plan now what the daily job would plan tonight, for the companies of these rules. Nothing is carried out."""
        self.check_access("write")
        # sudo: users do not write planned care
        Care = self.env["customer.value.care"].sudo()
        for company in self.company_id:
            Care._plan(company)
            Care._sync_events(company)
        return self.action_view_care()

    def action_view_care(self):
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_care")
        return action | {"domain": [("rule_id", "in", self.ids)], "context": {}}

    def action_send_test(self):
        """Send the letter to the user, in their language, as if they were the customer.

        :raise UserError: the rule has no letter, or the user no email address
        """
        self.ensure_one()
        self.check_access("write")
        user = self.env.user
        if self.action != "letter":
            raise UserError(self.env._("This rule creates activities. There is no letter to send."))
        if not user.email:
            raise UserError(self.env._("Enter your email address in your preferences first."))
        # sudo: a sample for the letter to be written from, which is gone in a moment
        sample = self.env["customer.value.care"].sudo()._create_sample(self, user.partner_id)
        self.template_id.sudo().send_mail(
            sample.id, email_values={"email_to": user.email, "recipient_ids": [], "model": False, "res_id": False}
        )
        sample.unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The letter is being sent to %s.", user.email),
            },
        }
