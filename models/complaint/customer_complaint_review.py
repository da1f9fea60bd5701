from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ..core.customer_decision import REFUSED

_lt = LazyTranslate(__name__)

BY_BUTTON = _lt("Use the buttons of the review to decide.")


class CustomerComplaintReview(models.Model):
    """Whether a complaint was abusive: reported with evidence by one person, confirmed by another, reversible.

    Only people report and confirm abuse, and no customer ever sees it: neither on their ticket, nor by mail.
    """

    _name = "customer.complaint.review"
    _description = "Abuse Review"
    _inherit = ["customer.complaint.proposal"]
    _order = "id desc"
    _rec_name = "ticket_id"
    _decision_states = {"pending": "claimed", "approved": "confirmed", "refused": "refused"}
    _decided_by = "decided_by_id"
    _own_proposal = _lt("You reported this yourself. Another complaint manager has to decide.")

    evidence = fields.Text(required=True, help="Verifiable facts and their source.")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments", copy=False)
    state = fields.Selection(
        [
            ("claimed", "To decide"),
            ("confirmed", "Abuse confirmed"),
            ("refused", REFUSED),
            ("reversed", "Reversed"),
        ],
        default="claimed",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        workflow=BY_BUTTON,
    )
    claimed_by_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, readonly=True, copy=False, workflow=BY_BUTTON
    )
    claimed_on = fields.Datetime(
        default=fields.Datetime.now, readonly=True, copy=False, workflow=BY_BUTTON, string="Reported On"
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False, workflow=BY_BUTTON)
    decided_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    decision = fields.Text(string="Decision Reason", readonly=True, copy=False, workflow=BY_BUTTON)
    reversed_by_id = fields.Many2one("res.users", readonly=True, copy=False, workflow=BY_BUTTON)
    reversed_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    reversal = fields.Text(string="Reversal Reason", readonly=True, copy=False, workflow=BY_BUTTON)

    _one_in_force = models.UniqueIndex(
        "(ticket_id) WHERE state IN ('claimed', 'confirmed')",
        "A review of this complaint already exists. Decide or reverse the existing one.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: the ticket is no complaint, or no evidence is given"""
        reviews = super().create(vals_list)
        reviews.ticket_id.check_access("write")
        for review in reviews:
            if not review.ticket_id.is_complaint:
                raise UserError(self.env._("%s is not a complaint.", review.ticket_id.display_name))
            if not (review.evidence or "").strip():
                raise UserError(self.env._("Enter the evidence: it is required to report abuse."))
        reviews._own_attachments()
        reviews._log(self.env._("Abuse reported"))
        reviews._ask_for_decision()
        return reviews

    def write(self, vals):
        if not self.env.su and {"ticket_id", "evidence", "attachment_ids"} & vals.keys():
            if "ticket_id" in vals or self.filtered(
                lambda review: review.state != "claimed" or review.claimed_by_id != self.env.user
            ):
                raise UserError(
                    self.env._(
                        "Only the person who reported the abuse can enter evidence, until it is decided. Create "
                        "another review."
                    )
                )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_attachments()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("A review cannot be deleted. Refuse or reverse it instead."))

    def _own_attachments(self):
        """Only users who may see the review see its files."""
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

    def _get_proposers(self):
        return super()._get_proposers() | self.claimed_by_id

    def _ask_for_decision(self):
        """On the review, not on the ticket."""
        # sudo: as in customer.decision
        for review in self.sudo():
            review._ask_deciders(
                lambda asked: asked.env._(
                    "Decide on the abuse review of complaint %s", asked.ticket_id.complaint_number
                )
            )

    def _decide(self, outcome, reason=""):
        sudo = self._begin_decision()
        sudo._record_decision(outcome, decision=reason)
        # another may be claimed in the next statement
        sudo.flush_recordset(["state"])
        sudo.ticket_id._show_abuse()
        return sudo

    def action_confirm(self):
        """:raise UserError: decided already, or reported by the user who confirms"""
        self._decide("approved")._log(self.env._("Abuse confirmed"))

    def action_refuse(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("refuse_review", self)

    def _refuse(self, reason):
        self._decide("refused", reason)._log(self.env._("Abuse not confirmed. %s", reason))

    def action_reverse(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("reverse_review", self)

    def _reverse(self, reason):
        """The complaint does not count as abusive any more. Any manager may do so, in the customer's favor."""
        self._check_decider()
        sudo = self._lock()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for review in sudo:
            if review.state != "confirmed":
                raise UserError(self.env._("This review is in the state %s.", labels[review.state]))
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
        sudo._log(self.env._("Abuse finding reversed. %s", reason))
