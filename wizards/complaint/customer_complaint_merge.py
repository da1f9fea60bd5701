from odoo import api, fields, models


class CustomerComplaintMerge(models.TransientModel):
    """Asks which complaints are the same, and which one remains."""

    _name = "customer.complaint.merge"
    _description = "Merge Complaints"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Complaints", required=True)
    target_id = fields.Many2one(
        "helpdesk.ticket",
        string="Remaining Complaint",
        required=True,
        domain="[('id', 'in', ticket_ids)]",
        compute="_compute_target_id",
        store=True,
        readonly=False,
        help="The earliest complaint, unless you choose another one. In any case, the strictest deadline applies.",
    )
    note = fields.Text(string="Reason")

    @api.depends("ticket_ids")
    def _compute_target_id(self):
        for wizard in self:
            if wizard.target_id not in wizard.ticket_ids:
                wizard.target_id = wizard.ticket_ids._origin.sorted("complaint_received_on")[:1]

    def action_merge(self):
        """:raise UserError: (by the complaints) they cannot be merged"""
        self.ensure_one()
        self.ticket_ids._merge_complaints_into(self.target_id, self.note or "")
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.target_id.id,
            "views": [(False, "form")],
        }
