from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

# Rows of the timeline that are printed.
ROWS = 50


class CustomerFile(models.AbstractModel):
    """The file of a customer on paper: what the customer page shows to the user who prints it, in their language."""

    _name = "report.customer_value.report_customer_file"
    _description = "Customer File (PDF)"
    _inherit = ["customer.value.pages"]
    _prints = "res.partner"

    @api.model
    def _get_documents(self, docids):
        """:param docids: customers, or contacts of them: each customer is printed once
        :raise AccessError: the user may not see customer values, or one of the customers
        """
        Page = self.env["customer.page"]
        return self.env[self._prints].union(*(Page._get_customer(partner_id) for partner_id in docids))

    @api.model
    def _get_report_values(self, docids, data=None):
        return super()._get_report_values(docids, data) | {
            "company": self.env.company,
            "printed": self.env._(
                "Customer file of %(moment)s, as far as %(user)s may see it.",
                moment=format_datetime(self.env, fields.Datetime.now(), dt_format="short"),
                user=self.env.user.name,
            ),
        }

    @api.model
    def _get_page(self, customer):
        """:return: dict as of ``customer.page.get_page``, the timeline a list of rows with their ``day`` in words"""
        Page = self.env["customer.page"]
        page = Page._get_parts(customer, limit=ROWS) | Page._get_all_products(customer)
        for row in page["timeline"]["rows"]:
            moment = fields.Datetime.to_datetime(row["moment"].replace("T", " ")[:19])
            if row["has_time"]:
                moment = fields.Datetime.context_timestamp(self, moment)
            row["day"] = format_date(self.env, moment.date())
        return page
