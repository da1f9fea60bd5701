from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...models.complaint.groups import COMPLAINT_MANAGER


class CustomerComplaintSummary(models.TransientModel):
    """Asks for month and company of the summary, and prints it."""

    _name = "customer.complaint.summary"
    _description = "Monthly Summary of Complaints"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    month = fields.Date(
        required=True,
        default=lambda self: fields.Date.start_of(
            fields.Date.subtract(self.env.company._get_value_today(), months=1), "month"
        ),
        help="Any day in the month.",
    )

    @api.depends("month", "company_id")
    def _compute_display_name(self):
        for summary in self:
            summary.display_name = self.env._(
                "Complaints %(month)s %(company)s",
                month=f"{summary.month:%Y-%m}" if summary.month else "",
                company=summary.company_id.name or "",
            )

    def _check_summary_access(self):
        """:raise AccessError: figures come from SQL, which knows no record rules"""
        if not self.env.su and (
            not self.env.user.has_group(COMPLAINT_MANAGER) or self.company_id - self.env.user.company_ids
        ):
            raise AccessError(
                self.env._(
                    "The summary is only available to complaint managers of %s.", self.company_id[:1].sudo().name or ""
                )
            )

    def action_print(self):
        self.ensure_one()
        self._check_summary_access()
        return self.env.ref("customer_value.action_report_complaint_summary").report_action(self)
