from odoo import api, models
from odoo.tools import SQL

from .customer_value_source import Metric


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "open_pipeline": Metric("crm", self.env._("Weighted pipeline"), "money", windowed=False),
        }

    @api.model
    def _source_crm(self, scope, metrics):
        """Expected revenue of open opportunities times their probability.

        An opportunity without a company counts for that of its team, else of its salesperson. The probability is the
        present one also for a date in the past: Odoo does not keep earlier ones.

        Of some customers, those of each contact are looked up: what ``OFFSET 0`` keeps apart would be read as a whole.
        """
        leads = SQL("crm_lead lead JOIN res_partner rp ON rp.id = lead.partner_id")
        if scope.by_customer:
            leads = SQL(
                """(SELECT rp.id, rp.commercial_partner_id FROM res_partner rp WHERE %s OFFSET 0) rp
                   CROSS JOIN LATERAL (SELECT * FROM crm_lead lead WHERE lead.partner_id = rp.id OFFSET 0) lead""",
                scope.among(SQL("rp.commercial_partner_id")),
            )
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id,
                   sum(lead.expected_revenue * lead.probability::numeric / 100) AS open_pipeline
              FROM %(leads)s
              LEFT JOIN crm_team team ON team.id = lead.team_id
              LEFT JOIN res_users seller ON seller.id = lead.user_id
             WHERE COALESCE(lead.company_id, team.company_id, seller.company_id) = %(company)s
               AND lead.type = 'opportunity' AND lead.active AND lead.won_status = 'pending'
               AND lead.create_date < %(until)s AND %(among)s
             GROUP BY rp.commercial_partner_id
            """,
            leads=leads,
            company=scope.books,
            until=scope.until,
            among=scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _changed_queries(self, company, since):
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM crm_lead lead JOIN res_partner rp ON rp.id = lead.partner_id
                    WHERE (lead.company_id = %s OR lead.company_id IS NULL) AND lead.write_date > %s""",
                company.id,
                since,
            ),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        if metric != "open_pipeline":
            return super()._documents_action(metric, scope, partner)
        companies = scope.company_ids
        domain = [
            *("|", ("company_id", "in", companies), "&", ("company_id", "=", False)),
            *("|", ("team_id.company_id", "in", companies), "&", ("team_id.company_id", "=", False)),
            ("user_id.company_id", "in", companies),
            ("partner_id.commercial_partner_id", "=", partner.id),
            ("type", "=", "opportunity"),
            ("won_status", "=", "pending"),
            ("create_date", "<", scope.until),
        ]
        return self._list_action(self.env._("Opportunities of %s", partner.display_name), "crm.lead", domain)
