from odoo import api, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Metric


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "ticket_count": Metric("helpdesk", self.env._("Tickets other than complaints"), "count", "lower"),
        }

    @api.model
    def _source_helpdesk(self, scope, metrics):
        """Tickets opened in the window; a duplicate is the same ticket told twice and does not count.

        Complaints are no part of it: they have metrics of their own, in which honest ones count against nobody.
        """
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, count(*) AS ticket_count
              FROM helpdesk_ticket ticket
              JOIN res_partner rp ON rp.id = ticket.partner_id
             WHERE ticket.company_id = %(company)s AND ticket.active AND ticket.duplicate_id IS NULL
               AND ticket.is_complaint IS NOT TRUE
               AND ticket.create_date >= %(opens)s AND ticket.create_date < %(until)s AND %(among)s
             GROUP BY rp.commercial_partner_id
            """,
            company=scope.company_id,
            opens=scope.window_opens,
            until=scope.until,
            among=scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _changed_queries(self, company, since):
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM helpdesk_ticket ticket JOIN res_partner rp ON rp.id = ticket.partner_id
                    WHERE ticket.company_id = %s AND ticket.write_date > %s""",
                company.id,
                since,
            ),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        if metric != "ticket_count":
            return super()._documents_action(metric, scope, partner)
        domain = [
            ("company_id", "=", scope.company_id),
            ("partner_id.commercial_partner_id", "=", partner.id),
            ("duplicate_id", "=", False),
            ("is_complaint", "=", False),
            ("create_date", ">=", scope.window_opens),
            ("create_date", "<", scope.until),
        ]
        return self._list_action(self.env._("Tickets of %s", partner.display_name), "helpdesk.ticket", domain)
