from odoo import api, models
from odoo.tools import is_html_empty


class CustomerComplaintLetter(models.AbstractModel):
    """The final response as a letter. Before it is sent it shows the draft, and says so."""

    _name = "report.customer_value.report_complaint_letter"
    _description = "Final Response to a Complaint"

    @api.model
    def _get_report_values(self, docids, data=None):
        tickets = self.env["helpdesk.ticket"].browse(docids)
        tickets.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": "helpdesk.ticket",
            "docs": tickets.filtered("is_complaint"),
            "letter": self._get_letter,
        }

    @api.model
    def _get_letter(self, ticket, lang):
        """What the letter to the customer says, in the language that it is rendered in.

        :return: dict
        """
        ticket = ticket.with_context(lang=lang)
        sent = ticket.complaint_state in ("answered", "referred", "closed") or not is_html_empty(
            ticket.complaint_answer_sent
        )
        return {
            "draft": not sent,
            "date": ticket.complaint_answered_on if sent else False,
            "answer": ticket.complaint_answer_sent if sent else ticket.complaint_answer,
            "rejection": ticket.complaint_rejection,
            "redress": ticket._get_complaint_redress_granted(),
            "days": ticket.company_id.complaint_dispute_days,
            "signed": ticket.user_id.name,
        }
