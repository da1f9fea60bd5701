from odoo import fields, models

# Complaints that are escalated together, and that are looked through for those that nobody works on.
BATCH = 50
MOST = 1000


class ResCompany(models.Model):
    """What a company promises to those who complain."""

    _inherit = "res.company"

    complaint_acknowledge_hours = fields.Float(
        string="Acknowledge Complaints Within (hours)", default=24.0, required=True
    )
    complaint_term = fields.Integer(string="Answer Complaints Within", default=15, required=True)
    complaint_term_unit = fields.Selection(
        [("working_days", "working days"), ("weeks", "weeks")], default="working_days", required=True
    )
    complaint_dispute_days = fields.Integer(string="Dispute Period (days)", default=30, required=True)
    complaint_high_loss = fields.Monetary(
        string="High Loss",
        help="Complaints with a loss of at least this amount have high severity. 0: the amount is ignored.",
    )
    complaint_calendar_id = fields.Many2one(
        "resource.calendar", string="Complaint Working Time", help="Leave empty to use the working time of the company."
    )

    _complaint_terms = models.Constraint(
        "CHECK(complaint_acknowledge_hours > 0 AND complaint_term > 0 AND complaint_dispute_days >= 0"
        " AND COALESCE(complaint_high_loss, 0) >= 0)",
        "The times to acknowledge and to answer complaints must be above zero; the dispute period and the "
        "loss cannot be negative.",
    )

    def _escalate_complaints(self):
        """Escalate the next complaints of the company whose time is used up, and that nobody else works on.

        :return: number of complaints looked at
        """
        Ticket = self.env["helpdesk.ticket"]
        domain = [*Ticket._get_escalation_domain(), ("company_id", "=", self.id)]
        due = Ticket.search(domain, order="complaint_escalate_on, id", limit=MOST)
        # locked first, and looked at again: another job may have been faster
        tickets = due.try_lock_for_update(allow_referencing=True, limit=BATCH)
        tickets.invalidate_recordset(["complaint_escalate_on"])
        tickets.filtered_domain(domain)._escalate_safely()
        return len(tickets)

    def _create_value_defaults(self):
        result = super()._create_value_defaults()
        self._create_complaint_defaults()
        return result

    def _create_complaint_defaults(self):
        """Give companies without any commitments and escalations the usual ones."""
        # sudo: users who create a company need no rights here; texts are stored in English first
        for name in ("customer.complaint.commitment", "customer.complaint.escalation"):
            Model = self.env[name].sudo().with_context(lang="en_US")
            present = Model.search([("company_id", "in", self.ids)]).company_id
            Model.create([vals for company in self - present for vals in Model._prepare_defaults(company)])
