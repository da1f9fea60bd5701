from markupsafe import Markup
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from .groups import COMPLAINT_OFFICER
from .helpdesk_ticket_flow import STEP_ACTIVITY, STEPS

# What the remaining complaint takes over where it has nothing itself
TAKEN_OVER = (
    "complaint_type_id", "complaint_remedy", "complaint_order_id", "complaint_order_line_id", "complaint_move_id",
    "complaint_delivery_id", "complaint_loss", "user_id", "team_id",
)  # fmt: skip


class HelpdeskTicket(models.Model):
    """Several complaints about the same thing are dealt with as one; none of them is lost."""

    _inherit = "helpdesk.ticket"

    def _merge_complaints_into(self, target, note=""):
        """Close these as duplicates of ``target``, which keeps every promise that was made for any of them.

        Messages and attachments stay where they are; copies of what the customer sent go to ``target``.

        :raise UserError: they are of different customers or companies, or answered already
        """
        self._check_complaint_role(COMPLAINT_OFFICER)
        (self | target).check_access("write")
        merged = (self - target).sorted("id")
        if not merged:
            raise UserError(self.env._("Choose at least two complaints."))
        merged._check_mergeable(target)
        for ticket in merged:
            ticket._take_complaint_step("merge", note=note, complaint_outcome="merged", duplicate_id=target.id)
        # sudo: clocks, records and letters are written by the workflow alone
        target_sudo = target.sudo()
        for ticket in merged.sudo():
            ticket._log_complaint("merge", self.env._("Merged into %s.", target.complaint_number))
            target_sudo._log_complaint("merge", self.env._("%s was merged into this one.", ticket.complaint_number))
            target_sudo._take_over_complaint(ticket)
            ticket._send_complaint_mail("customer_value.mail_template_complaint_merged")

    def _check_mergeable(self, target):
        everything = (self | target).sudo()
        if not all(everything.mapped("is_complaint")):
            raise UserError(self.env._("A complaint can only be merged with other complaints."))
        if len(everything.company_id) > 1:
            raise UserError(self.env._("Complaints of different companies cannot be merged."))
        customers = {
            ticket.commercial_partner_id.id or email_normalize(ticket.partner_email) or f"ticket {ticket.id}"
            for ticket in everything
        }
        if len(customers) > 1:
            raise UserError(self.env._("Complaints of different customers cannot be merged, to protect their privacy."))
        if target.complaint_state not in STEPS["merge"].sources:
            raise UserError(
                self.env._("%s has been answered. Merge into an open complaint instead.", target.complaint_number)
            )

    def _after_complaint_merge(self, now):
        if self.complaint_waiting_since:
            self._complaint_resume()
        # what each of them had promised goes on as a clock of the remaining one
        self.duplicate_id._keep_merged_promises(self)
        self._stop_complaint_clocks(now)
        self._move_complaint_stage(closed=True)
        self.activity_unlink(["mail.mail_activity_data_todo", STEP_ACTIVITY])

    def _keep_merged_promises(self, ticket):
        """The earliest receipt counts: start clocks with the terms of ``ticket`` where those are stricter.

        Call with sudo. Our own clocks stay as they are.
        """
        self.ensure_one()
        Clock = self.env["customer.complaint.clock"]
        theirs, ours = ticket._running_clocks("regulatory")[-1:], self._running_clocks("regulatory")[-1:]
        if theirs and (not ours or theirs.deadline < ours.deadline):
            values = self._prepare_complaint_clock("regulatory", "merged", theirs.started)
            Clock.create(values | {"deadline": theirs.deadline, "due": theirs.deadline})
        theirs, ours = ticket._running_clocks("answer")[-1:], self._running_clocks("answer")[-1:]
        if theirs and ours and theirs.started < ours.started:
            values = self._prepare_answer_clock("merged", theirs.started)
            if values["deadline"] < ours.deadline:
                clock = Clock.create(values)
                if self.complaint_pause_ids:
                    clock._resume(fields.Datetime.now())
        self._show_complaint_clocks()

    def _take_over_complaint(self, ticket):
        """Fill gaps from ``ticket`` and copy what the customer sent. Call with sudo.

        A module that links more to a complaint extends this.
        """
        self.ensure_one()
        gaps = {name: ticket[name] for name in TAKEN_OVER if ticket[name] and not self[name]}
        if self.complaint_order_id and self.complaint_order_id != ticket.complaint_order_id:
            gaps.pop("complaint_order_line_id", None)
        self.write({name: self._fields[name].convert_to_write(value, self) for name, value in gaps.items()})
        self.message_subscribe(partner_ids=ticket.partner_id.ids)
        attachments = self.env["ir.attachment"].search([("res_model", "=", ticket._name), ("res_id", "=", ticket.id)])
        copies = [attachment.copy({"res_id": self.id}).id for attachment in attachments]
        self._message_log(
            body=Markup("<p>%s</p><blockquote>%s</blockquote>")
            % (
                self.env._("Merged: %(link)s, %(title)s", link=ticket._get_html_link(title=ticket.complaint_number),
                           title=ticket.name),
                ticket.description or "",
            ),
            attachment_ids=copies,
        )  # fmt: skip

    def _check_complaint_refer(self):
        self._check_not_merged()

    def _check_not_merged(self):
        if self.complaint_outcome == "merged":
            raise UserError(
                self.env._(
                    "%(number)s was merged into %(target)s. Continue with that complaint.",
                    number=self.complaint_number,
                    target=self.duplicate_id.complaint_number,
                )
            )

    def _pass_on_to_remaining(self, message):
        """Messages of the customer under an old number reach the users who handle the complaint. Call with sudo."""
        self.duplicate_id.message_post(
            body=message.body,
            subject=message.subject,
            author_id=message.author_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=[
                attachment.copy({"res_id": self.duplicate_id.id}).id for attachment in message.attachment_ids
            ],
        )

    def action_merge_complaint(self):
        """Open the wizard with the other open complaints of the customer."""
        self._check_complaint_role(COMPLAINT_OFFICER)
        tickets = self | self.complaint_similar_ids if len(self) == 1 else self
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Complaints"),
            "res_model": "customer.complaint.merge",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_ids": tickets.ids},
        }
