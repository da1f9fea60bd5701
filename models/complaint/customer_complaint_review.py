from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.customer_value_workflow_record import without_suggestions
from ..core.locking import lock_for_step
from .groups import COMPLAINT_MANAGER

# Set by the workflow alone; a form, an import or a remote call cannot.
GUARDED = {
    "state",
    "company_id",
    "claimed_by_id",
    "claimed_on",
    "decided_by_id",
    "decided_on",
    "decision",
    "reversed_by_id",
    "reversed_on",
    "reversal",
}


class CustomerComplaintReview(models.Model):
    """Whether a complaint was made in bad faith: claimed with evidence by one person, confirmed by another, reversible.

    Nothing claims or confirms by itself, and no customer ever sees it: neither on his ticket, nor by mail.
    """

    _name = "customer.complaint.review"
    _description = "Good Faith Review"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Complaint",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("is_complaint", "=", True)],
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(related="ticket_id.commercial_partner_id", string="Customer")
    evidence = fields.Text(required=True, help="Facts that can be checked, and where they are found.")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments", copy=False)
    state = fields.Selection(
        [
            ("claimed", "To decide"),
            ("confirmed", "Abuse confirmed"),
            ("refused", "Refused"),
            ("reversed", "Reversed"),
        ],
        default="claimed",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    claimed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    claimed_on = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    decision = fields.Text(string="Reason of the Decision", readonly=True, copy=False)
    reversed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reversed_on = fields.Datetime(readonly=True, copy=False)
    reversal = fields.Text(string="Reason of the Reversal", readonly=True, copy=False)

    _one_in_force = models.UniqueIndex(
        "(ticket_id) WHERE state IN ('claimed', 'confirmed')",
        "There is a review of this complaint already. Decide or reverse that one.",
    )

    @api.model
    def default_get(self, fields_list):
        return without_suggestions(self, super().default_get(fields_list), GUARDED)

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: the ticket is no complaint, or no evidence is given"""
        for vals in vals_list:
            self._check_guarded(vals)
            vals |= {"claimed_by_id": self.env.uid, "claimed_on": fields.Datetime.now()}
        reviews = super().create(vals_list)
        reviews.ticket_id.check_access("write")
        for review in reviews:
            if not review.ticket_id.is_complaint:
                raise UserError(self.env._("%s is no complaint.", review.ticket_id.display_name))
            if not (review.evidence or "").strip():
                raise UserError(self.env._("Say what the evidence is: without it nothing is claimed."))
        reviews._own_attachments()
        reviews._log(self.env._("Bad faith claimed"))
        reviews._ask_for_decision()
        return reviews

    def write(self, vals):
        self._check_guarded(vals)
        if not self.env.su and {"ticket_id", "evidence", "attachment_ids"} & vals.keys():
            if "ticket_id" in vals or self.filtered(
                lambda review: review.state != "claimed" or review.claimed_by_id != self.env.user
            ):
                raise UserError(
                    self.env._("Evidence is given by whoever claims, until it is decided. Make another review.")
                )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_attachments()
        return result

    def _check_guarded(self, vals):
        if not self.env.su and GUARDED & vals.keys():
            raise AccessError(self.env._("Good faith is decided with the buttons of the review."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("A review is kept. Refuse or reverse it."))

    def _own_attachments(self):
        """Those who may see the review see its files, and nobody else."""
        for review in self:
            # sudo: only the one who uploaded them may read them so far
            loose = review.sudo().attachment_ids.filtered(
                lambda file: not file.res_id and file.create_uid == self.env.user
            )
            loose.write({"res_model": self._name, "res_id": review.id})

    def _log(self, note):
        # sudo: the record of a complaint is written by the workflow alone
        for review in self.sudo():
            review.ticket_id._log_complaint("assessment", note)

    def _ask_for_decision(self):
        """An activity for every manager of the company but the one who claims; on the review, not on the ticket."""
        for review in self.sudo():
            for user in review.company_id._get_group_users(COMPLAINT_MANAGER) - review.claimed_by_id:
                review.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Decide on good faith of complaint %s", review.ticket_id.complaint_number),
                )

    def _lock(self, state):
        """The reviews, with sudo and as they are now.

        :raise AccessError: the user is no manager
        :raise UserError: they are in another state, or somebody else works on them
        """
        self.check_access("write")
        self.ticket_id._check_complaint_role(COMPLAINT_MANAGER)
        # sudo: the workflow alone writes these fields
        sudo = self.sudo()
        lock_for_step(sudo.ticket_id)
        sudo.invalidate_recordset()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for review in sudo:
            if review.state != state:
                raise UserError(self.env._("This review is in the state %s.", labels[review.state]))
        return sudo

    def _decide(self, state, reason=""):
        sudo = self._lock("claimed")
        if self.filtered(lambda review: review.sudo().claimed_by_id == self.env.user):
            raise UserError(self.env._("You claimed this yourself. Another complaint manager decides."))
        sudo.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "decision": reason,
            }
        )
        sudo.activity_unlink(["mail.mail_activity_data_todo"])
        # another may be claimed in the next statement
        sudo.flush_recordset(["state"])
        sudo.ticket_id._show_abuse()
        return sudo

    def action_confirm(self):
        """:raise UserError: decided already, or claimed by the one who confirms"""
        self._decide("confirmed")._log(self.env._("Bad faith confirmed"))

    def action_refuse(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("refuse_review", self)

    def _refuse(self, reason):
        self._decide("refused", reason)._log(self.env._("Bad faith not confirmed. %s", reason))

    def action_reverse(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("reverse_review", self)

    def _reverse(self, reason):
        """The complaint counts as made in good faith again. Any manager may do so, in the customer's favour."""
        sudo = self._lock("confirmed")
        sudo.write(
            {
                "state": "reversed",
                "reversed_by_id": self.env.uid,
                "reversed_on": fields.Datetime.now(),
                "reversal": reason,
            }
        )
        # as in _decide
        sudo.flush_recordset(["state"])
        sudo.ticket_id._show_abuse()
        sudo._log(self.env._("Finding of bad faith reversed. %s", reason))
