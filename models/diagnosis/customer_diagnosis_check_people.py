from odoo import api, models
from odoo.tools import SQL

from ...analytics.diagnosis.measuring import CUSTOMERS
from .customer_diagnosis_check import Check


class CustomerDiagnosisCheck(models.AbstractModel):
    """People: whether the work is shared out so that it can be done, and nobody's customers are left behind."""

    _inherit = "customer.diagnosis.check"

    @api.model
    def _get_checks(self):
        owners, managers = self._get_owners(), self.env._("account managers")
        label, why, advice = self._get_people_labels(), self._get_people_reasons(), self._get_people_advice()

        def check(code, model, subject, **options):
            return Check("people", label[code], why[code], advice[code], owners["sales"], model, subject, **options)

        return super()._get_checks() | {
            "many_customers": check("many_customers", "res.users", managers, days=60),
            "many_matters": check("many_matters", "res.users", managers),
            "left_customers": check("left_customers", "res.partner", self.env._("customers"), weight=3, days=7),
            "left_leads": check("left_leads", "crm.lead", self.env._("open opportunities"), weight=2, days=7),
        }

    @api.model
    def _get_people_labels(self):
        times = f"{self._get_limits()['diagnosis_load_factor']:g}"
        return {
            "many_customers": self.env._(
                "Account managers with more than %s times the average number of customers", times
            ),
            "many_matters": self.env._("Account managers with more than %s times the average of open matters", times),
            "left_customers": self.env._("Customers of colleagues who have left"),
            "left_leads": self.env._("Open opportunities of colleagues who have left"),
        }

    @api.model
    def _get_people_reasons(self):
        return {
            "many_customers": self.env._("Whoever has too many customers serves the loudest, not the most valuable."),
            "many_matters": self.env._("What stays open too long is lost: quotations, opportunities and tickets."),
            "left_customers": self.env._("Reminders and messages of these customers reach nobody."),
            "left_leads": self.env._("Nobody pursues them, and the forecast still counts them."),
        }

    @api.model
    def _get_people_advice(self):
        return {
            "many_customers": self.env._("Reassign customers of lower tiers to colleagues with fewer customers."),
            "many_matters": self.env._("Go through the open matters together and share them out."),
            "left_customers": self.env._("Reassign all customers of these colleagues, and tell the customers."),
            "left_leads": self.env._("Assign the opportunities to the account managers of the customers."),
        }

    @api.model
    def _population_many_customers(self, scope):
        """The average is that of all customers, so that it does not move when a customer gets another manager."""
        return SQL(
            """
            SELECT c.user_id AS id, c.partner_id,
                   count(*) OVER (PARTITION BY c.user_id)
                   > (SELECT %(much)s * count(*)::float8 / NULLIF(count(DISTINCT user_id), 0) FROM %(customers)s)
                   AS faulty
              FROM %(customers)s c
              JOIN res_users manager ON manager.id = c.user_id AND manager.active
            """,
            much=self.env.company.diagnosis_load_factor,
            customers=SQL.identifier(CUSTOMERS),
        )

    @api.model
    def _population_many_matters(self, scope):
        """Open opportunities, quotations and tickets of those who have customers or open matters."""
        return SQL(
            """
            WITH matter AS MATERIALIZED (
                SELECT lead.user_id, lead.partner_id
                  FROM crm_lead lead
                 WHERE lead.company_id = %(books)s AND lead.active AND lead.type = 'opportunity'
                   AND lead.won_status = 'pending' AND lead.create_date < %(until)s
                 UNION ALL
                SELECT so.user_id, so.value_customer_id
                  FROM sale_order so
                 WHERE so.company_id = %(books)s AND so.state IN ('draft', 'sent') AND so.date_order < %(until)s
                 UNION ALL
                SELECT ticket.user_id, ticket.partner_id
                  FROM helpdesk_ticket ticket
                  LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                 WHERE ticket.company_id = %(books)s AND ticket.active AND stage.closed IS NOT TRUE
                   AND ticket.create_date < %(until)s
            ), load AS MATERIALIZED (
                SELECT manager.id, count(matter.user_id) AS matters
                  FROM res_users manager
                  LEFT JOIN matter ON matter.user_id = manager.id
                 WHERE manager.active
                   AND (matter.user_id IS NOT NULL
                        OR EXISTS (SELECT FROM %(customers)s c WHERE c.user_id = manager.id))
                 GROUP BY manager.id
            )
            SELECT load.id, rp.commercial_partner_id AS partner_id,
                   load.matters > %(much)s * (SELECT avg(matters) FROM load) AS faulty
              FROM load
              LEFT JOIN matter ON matter.user_id = load.id
              LEFT JOIN res_partner rp ON rp.id = matter.partner_id
            """,
            books=scope.books,
            until=scope.until,
            much=self.env.company.diagnosis_load_factor,
            customers=SQL.identifier(CUSTOMERS),
        )

    @api.model
    def _population_left_customers(self, scope):
        return SQL(
            """
            SELECT c.partner_id AS id, c.partner_id, manager.active IS NOT TRUE AS faulty
              FROM %s c JOIN res_users manager ON manager.id = c.user_id
            """,
            SQL.identifier(CUSTOMERS),
        )

    @api.model
    def _population_left_leads(self, scope):
        return self._open_leads_sql(scope, SQL("seller.active IS FALSE"))
