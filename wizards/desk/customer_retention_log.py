from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html


class CustomerRetentionLog(models.TransientModel):
    """A call or visit, written down in half a minute, and what follows from it.

    It becomes what it would have been had it been planned: an activity of the customer that is done, with its result.
    """

    _name = "customer.retention.log"
    _description = "Log a Call or Visit"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain="[('commercial_partner_id.user_id', '=', desk_user_id), ('company_id', 'in', [company_id, False])]",
    )
    desk_user_id = fields.Many2one(
        "res.users", string="Account Manager", required=True, readonly=True, default=lambda self: self.env.user
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Details",
        required=True,
        domain="[('res_model', 'in', [False, 'res.partner'])]",
        default=lambda self: self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False),
    )
    result = fields.Text(required=True)
    next_summary = fields.Char(string="Next Step")
    next_date = fields.Date(string="Date", help="Leave empty for today, if there is a next step.")
    next_type_id = fields.Many2one(
        "mail.activity.type",
        string="Next Step Type",
        domain="[('res_model', 'in', [False, 'res.partner'])]",
        default=lambda self: self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False),
    )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        # opened from a customer, it shows the account manager of that customer
        manager = self.partner_id.commercial_partner_id.user_id
        if manager:
            self.desk_user_id = manager

    def action_log(self):
        """Write down what was done, and plan what follows.

        :raise AccessError: another user's customer, unless the user is a manager
        :raise UserError: the result is empty, or the next step lies in the past
        """
        self.ensure_one()
        desk = self.env["customer.retention.desk"]
        desk._check_user()
        partner = self.partner_id
        partner.check_access("read")
        if partner.commercial_partner_id.user_id != self.env.user and not desk._is_manager():
            raise AccessError(
                self.env._(
                    "%s is assigned to another account manager. Only managers can log entries here.",
                    partner.display_name,
                )
            )
        if not (self.result or "").strip():
            raise UserError(self.env._("Please enter the result."))
        today = self.env.company._get_value_today()
        if self.next_date and self.next_date < today:
            raise UserError(self.env._("The next step is in the past. Choose today or a later date."))
        if self.next_date and not (self.next_summary or "").strip():
            raise UserError(self.env._("Enter the next step, or leave its date empty."))
        self._log_contact(today)
        return {"type": "ir.actions.act_window_close", "infos": {"logged": True}}

    def _log_contact(self, today):
        # sudo: account managers log what they did for a customer whom they may not edit
        partner = self.partner_id.sudo()
        done = partner.activity_schedule(
            activity_type_id=self.activity_type_id.id, user_id=self.env.uid, date_deadline=today
        )
        done.action_feedback(feedback=Markup("%s") % plaintext2html(self.result.strip()))
        if self.next_summary:
            partner.activity_schedule(
                activity_type_id=(self.next_type_id or self.activity_type_id).id,
                summary=self.next_summary.strip(),
                user_id=self.env.uid,
                date_deadline=self.next_date or today,
            )
