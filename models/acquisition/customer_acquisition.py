from contextlib import contextmanager

from odoo import api, models
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...analytics.scoring.customers import is_customer_sql
from ..core.temporary import drop_temporary, make_temporary
from ..scoring.customer_value_source import Scope

# What queries of leads read besides what is stored, as `_depends` of reports.
LEADS = {
    "crm.lead": [
        "partner_id",
        "company_id",
        "team_id",
        "user_id",
        "create_date",
        "won_status",
        "source_id",
        "medium_id",
    ],
    "customer.acquisition.channel": ["role", "source_ids", "medium_ids", "account_ids"],
    "customer.acquisition.lesson": ["company_id", "as_of", "learned"],
    "res.partner": ["commercial_partner_id", "user_id", "active"],
}


class CustomerAcquisition(models.AbstractModel):
    """Where the customers of a company came from and what they brought since, read from all documents.

    The definitions are those of scores: who is a customer, what is an order, whose margin is it. Archived customers are
    part of it: those who left are what the cost of winning them is compared with, too.
    """

    _name = "customer.acquisition"
    _description = "Where Customers Came From"

    @api.model
    def _get_scope(self, company, as_of=None, partners=None):
        return Scope.make(company, as_of or company._get_value_today(), 0, partners)

    @api.model
    def _customers_cte(self, company, as_of=None, partners=None):
        """For ``WITH``: ``trade`` (see ``_margin_days_sql``) and ``customer`` (see ``cohorts.customers_sql``).

        :param date as_of: with what was known at the end of that day, today if not given
        :param partners: customers whom it is about; all if not given
        """
        scope = self._get_scope(company, as_of, partners)
        return SQL(
            "trade AS MATERIALIZED (%s), customer AS MATERIALIZED (%s)",
            self._trade_sql(scope),
            self._origins_sql(scope, SQL("trade")),
        )

    @api.model
    @contextmanager
    def _collected(self, company, as_of):
        """Read what ``_customers_cte`` says once, for several statements.

        :return: what they begin with instead, after ``WITH``
        """
        cr, scope = self.env.cr, self._get_scope(company, as_of)
        tables = {name: f"customer_acquisition_{name}_collected" for name in ("trade", "customer")}
        make_temporary(cr, tables["trade"], self._trade_sql(scope))
        make_temporary(cr, tables["customer"], self._origins_sql(scope, SQL.identifier(tables["trade"])))
        yield SQL(", ").join(
            SQL("%s AS (SELECT * FROM %s)", SQL.identifier(name), SQL.identifier(table))
            for name, table in tables.items()
        )
        drop_temporary(cr, *tables.values())

    @api.model
    def _trade_sql(self, scope):
        # sudo: figures are of the company, whatever documents the reader may open
        return self.env["customer.value.source"].sudo()._margin_days_sql(scope)

    @api.model
    def _origins_sql(self, scope, trade):
        return cohorts.customers_sql(
            trade, self._orders_sql(scope), self._won_leads_sql(scope), is_customer_sql("rp", archived=True)
        )

    @api.model
    def _as_of_sql(self, company):
        """The day of the last refresh of a company; today where there was none."""
        return SQL(
            "COALESCE((SELECT as_of FROM customer_acquisition_lesson WHERE company_id = %s), %s)",
            company.id,
            company._get_value_today(),
        )

    @api.model
    def _orders_sql(self, scope):
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, %s AS day, so.date_order AS moment, so.id AS order_id,
                   so.opportunity_id AS lead_id, so.source_id, so.medium_id
              FROM sale_order so
              JOIN res_partner rp ON rp.id = so.value_customer_id
             WHERE %s
            """,
            scope.day(SQL("so.date_order")),
            self.env["customer.value.source"]._purchases_sql(scope),
        )

    @api.model
    def _won_leads_sql(self, scope):
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, lead.id AS lead_id, %(created)s AS created_on,
                   COALESCE(lead.date_closed, lead.create_date) AS closed, lead.source_id, lead.medium_id,
                   lead.expected_revenue AS revenue
              FROM %(leads)s
              JOIN res_partner rp ON rp.id = lead.partner_id
             WHERE lead.won_status = 'won' AND %(ours)s AND %(among)s
               AND COALESCE(lead.date_closed, lead.create_date) < %(until)s
            """,
            created=scope.day(SQL("lead.create_date")),
            until=scope.until,
            leads=self._leads_from(),
            ours=self._our_leads(scope),
            among=scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _leads_from(self):
        """Leads ``lead`` with what says whose they are: team and salesperson, where no company is entered."""
        return SQL(
            "crm_lead lead LEFT JOIN crm_team team ON team.id = lead.team_id"
            " LEFT JOIN res_users seller ON seller.id = lead.user_id"
        )

    @api.model
    def _company_of_lead(self):
        """The company of ``lead``: its own, else that of its team, else of its salesperson.

        A lead that nobody has taken up yet belongs to the company where there is one only.
        """
        # sudo: whether there are others does not depend on the user
        companies = self.env["res.company"].sudo().search([], limit=2).ids
        return SQL(
            "COALESCE(lead.company_id, team.company_id, seller.company_id, %s)",
            companies[0] if len(companies) == 1 else SQL("NULL"),
        )

    @api.model
    def _our_leads(self, scope):
        return SQL("%s = %s", self._company_of_lead(), scope.books)
