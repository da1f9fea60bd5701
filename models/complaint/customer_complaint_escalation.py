from odoo import api, fields, models


class CustomerComplaintEscalation(models.Model):
    """One level of the escalation: which users are told when so much of the time to answer has been used."""

    _name = "customer.complaint.escalation"
    _description = "Complaint Escalation"
    _inherit = ["customer.value.company.record"]
    _order = "company_id, share, id"
    _rec_name = "recipient"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    share = fields.Float(
        string="Time Used (%)",
        required=True,
        help="Share of the response time, working or regulatory, whichever comes first.",
    )
    recipient = fields.Selection(
        [("owner", "Owner"), ("leader", "Team leader"), ("manager", "Complaint managers")], required=True
    )
    send_mail = fields.Boolean(string="Also by Email", default=True, help="An activity is created in any case.")

    _unique_rung = models.Constraint(
        "UNIQUE(company_id, share, recipient)", "This person is already notified at this time."
    )
    _share = models.Constraint("CHECK(share > 0 AND share <= 500)", "Enter a percentage between 0 and 500.")

    @api.model
    def _prepare_defaults(self, company):
        """What a company starts with: the owner early, the leader shortly before, managers when it is late."""
        ladder = [(50.0, "owner"), (80.0, "leader"), (100.0, "manager")]
        return [{"company_id": company.id, "share": share, "recipient": who} for share, who in ladder]
