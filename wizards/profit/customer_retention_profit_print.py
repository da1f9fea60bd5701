from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...models.core.groups import VALUE_MANAGER


class CustomerRetentionProfitPrint(models.TransientModel):
    """Which period of which company is printed: what Odoo prints has a record."""

    _name = "customer.retention.profit.print"
    _description = "Print the Profit Center"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)

    @api.depends("date_from", "date_to", "company_id")
    def _compute_display_name(self):
        for document in self:
            document.display_name = self.env._(
                "Profit center %(first)s to %(last)s %(company)s",
                first=fields.Date.to_string(document.date_from) or "",
                last=fields.Date.to_string(document.date_to) or "",
                company=document.company_id.name or "",
            )

    def _check_print_access(self):
        """:raise AccessError: figures come from SQL, which knows no record rules"""
        user = self.env.user
        if not self.env.su and (not user.has_group(VALUE_MANAGER) or self.company_id - user.company_ids):
            raise AccessError(
                self.env._(
                    "The profit center is only available to managers of %s.", self.company_id[:1].sudo().name or ""
                )
            )

    def action_print(self):
        self.ensure_one()
        self._check_print_access()
        return self.env.ref("customer_value.action_report_retention_profit").report_action(self, config=False)
