from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.core import storing
from ...analytics.scoring.purchases import is_purchase_sql
from ..core.locking import LOCK_FOLLOWUPS, lock_company
from ..scoring.customer_value_source import CustomerScope

# A customer who orders within so many days after their complaint was closed has come back.
RECOVERY_DAYS = 90

# What the sums are made of: where a complaint has others by now, they say nothing of it.
TERMS = ("partner_id", "received_on", "closed_on")


class CustomerComplaintFollowup(models.Model):
    """What a customer ordered, or bought at a till, before a complaint and after it was closed; stored once that time
    is over.

    The analysis and the share of customers won back would look for the orders of each complaint whenever somebody asks.
    A row counts only for the customer, the receipt and the closing that it names (``_join_sql``); where there is none,
    the orders are looked up. The daily job writes rows in SQL, and brings them in line with orders that were changed
    since. Amounts are untaxed, in company currency.
    """

    _name = "customer.complaint.followup"
    _description = "Complaint Follow-up"
    _inherit = ["customer.retention.finding", "customer.succession.participant"]
    _order = "id"
    _rec_name = "ticket_id"
    # Written by the system alone.
    _log_access = False

    ticket_id = fields.Many2one("helpdesk.ticket", string="Complaint", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    received_on = fields.Datetime(required=True, readonly=True)
    closed_on = fields.Datetime(required=True, readonly=True)
    revenue_before = fields.Monetary(string="Ordered Before", required=True, readonly=True)
    revenue_after = fields.Monetary(string="Ordered After", required=True, readonly=True)
    # what is paid with a gift card or points was bought, and its order comes to nothing
    bought_before = fields.Boolean(readonly=True)
    bought_again = fields.Boolean(readonly=True)
    as_of = fields.Date(readonly=True, help="Date since which this state has been valid.")

    _ticket_company_unique = models.Constraint(
        "UNIQUE(ticket_id, company_id)", "A complaint can have only one follow-up per company."
    )

    # -- orders before and after, over ``ticket`` and ``so`` ----------------------------------------------------------

    @api.model
    def _amount_sql(self):
        return SQL("so.amount_untaxed / COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric")

    @api.model
    def _before_sql(self):
        return SQL(
            "so.date_order >= ticket.complaint_received_on - %s * interval '1 day'"
            " AND so.date_order < ticket.complaint_received_on",
            RECOVERY_DAYS,
        )

    @api.model
    def _after_sql(self, closed=None):
        """:param SQL closed: moment of the closing, if not that of ``ticket``"""
        return SQL(
            "so.date_order > %(closed)s AND so.date_order <= %(closed)s + %(days)s * interval '1 day'",
            closed=closed or SQL("ticket.complaint_closed_on"),
            days=RECOVERY_DAYS,
        )

    @api.model
    def _ordered_sql(self, what, when):
        """``what`` of the customer's orders in the time ``when``; goods replaced free of charge were not bought.

        A customer's orders are few: OFFSET 0 keeps PostgreSQL from looking through those of everybody in that time.
        """
        orders = SQL(
            """FROM res_partner buyer
                  JOIN LATERAL (
                        SELECT id, company_id, state, date_order, amount_untaxed, currency_rate
                          FROM sale_order WHERE value_customer_id = buyer.id OFFSET 0
                       ) so ON TRUE
                 WHERE buyer.commercial_partner_id = ticket.commercial_partner_id
                   AND so.company_id = ticket.company_id AND so.state = 'sale' AND so.amount_untaxed >= 0
                   AND %(when)s AND %(is_purchase)s""",
            when=when,
            is_purchase=is_purchase_sql(),
        )
        if self.env["customer.value.source"]._has_tills():
            orders = SQL(
                """FROM (SELECT so.date_order, so.amount_untaxed, so.currency_rate %(orders)s
                         UNION ALL
                        SELECT till.date_order, till.amount_untaxed, till.currency_rate FROM (%(tills)s) till) so
                 WHERE %(when)s""",
                orders=orders,
                tills=self._till_sql(SQL("ticket.commercial_partner_id"), company=SQL("ticket.company_id")),
                when=when,
            )
        return SQL("(SELECT %s %s)", what, orders)

    @api.model
    def _till_sql(self, customer, company):
        """Purchases at tills, with the columns of sales orders that follow-ups read. Those of the future are of no
        use: a complaint is followed when its time afterwards is over.

        :param SQL customer, company: see ``CustomerScope``
        """
        own = self.env.company
        scope = replace(CustomerScope.make(own, own._get_value_today(), 0), customer=customer, company=company)
        return SQL(
            """SELECT bought.partner_id, bought.moment AS date_order, bought.own_amount AS amount_untaxed,
                      1::float8 AS currency_rate
                 FROM (%s) bought""",
            self.env["customer.value.source"]._till_purchases_sql(scope),
        )

    @api.model
    def _join_sql(self, closed=None):
        """How ``followup`` is joined to ``ticket``: the row that counts for its customer, receipt and closing.

        :param SQL closed: see ``_after_sql``
        """
        return SQL(
            """LEFT JOIN customer_complaint_followup followup
                      ON followup.ticket_id = ticket.id AND followup.company_id = ticket.company_id
                     AND followup.partner_id = ticket.commercial_partner_id
                     AND followup.received_on = ticket.complaint_received_on AND followup.closed_on = %s""",
            closed or SQL("ticket.complaint_closed_on"),
        )

    # -- stored, company by company -----------------------------------------------------------------------------------

    @api.model
    def _get_refresh_companies(self):
        return self.env["res.company"].search([("active", "=", True)])

    @api.model
    def _refresh(self, company, as_of=None):
        """Bring the rows of ``company`` in line with its complaints and orders.

        :param date as_of: written on rows that differ, today if not given
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_FOLLOWUPS)
        self.env.flush_all()
        found = self._found_sql(company)
        columns = (*TERMS, "revenue_before", "revenue_after", "bought_before", "bought_again")
        self.env.cr.execute(
            storing.store_sql(
                self._table, ["ticket_id"], columns, company.id, as_of or company._get_value_today(), found
            )
        )
        [counts] = self.env.cr.dictfetchall()
        self.invalidate_model(flush=False)
        return counts

    @api.model
    def _found_sql(self, company):
        """Complaints whose time afterwards is over, with what was ordered; orders are read once for all of them."""
        tills = SQL()
        if self.env["customer.value.source"]._has_tills():
            those = SQL("ANY(ARRAY(SELECT commercial_partner_id FROM closed))")
            tills = SQL(
                "UNION ALL SELECT so.partner_id, so.date_order, so.amount_untaxed FROM (%s) so",
                self._till_sql(those, SQL("%s", company.id)),
            )
        return SQL(
            """
            WITH closed AS MATERIALIZED (
                SELECT ticket.id, ticket.company_id, ticket.commercial_partner_id, ticket.complaint_received_on,
                       ticket.complaint_closed_on
                  FROM helpdesk_ticket ticket
                 WHERE ticket.is_complaint IS TRUE AND ticket.duplicate_id IS NULL AND ticket.company_id = %(company)s
                   AND ticket.complaint_state = 'closed' AND ticket.complaint_closed_on <= %(over)s
                   AND ticket.commercial_partner_id IS NOT NULL AND ticket.complaint_received_on IS NOT NULL
            ), bought AS MATERIALIZED (
                SELECT buyer.commercial_partner_id, so.date_order, %(amount)s AS amount
                  FROM sale_order so
                  JOIN res_partner buyer ON buyer.id = so.value_customer_id
                 WHERE so.company_id = %(company)s AND so.state = 'sale' AND so.amount_untaxed >= 0 AND %(is_purchase)s
                   AND buyer.commercial_partner_id IN (SELECT commercial_partner_id FROM closed)
                %(tills)s
            )
            SELECT ticket.id AS ticket_id, ticket.commercial_partner_id AS partner_id,
                   ticket.complaint_received_on AS received_on, ticket.complaint_closed_on AS closed_on,
                   COALESCE(sum(so.amount) FILTER (WHERE %(before)s), 0) AS revenue_before,
                   COALESCE(sum(so.amount) FILTER (WHERE %(after)s), 0) AS revenue_after,
                   COALESCE(bool_or(%(before)s), FALSE) AS bought_before,
                   COALESCE(bool_or(%(after)s), FALSE) AS bought_again
              FROM closed ticket
              LEFT JOIN bought so ON so.commercial_partner_id = ticket.commercial_partner_id
             GROUP BY ticket.id, ticket.commercial_partner_id, ticket.complaint_received_on, ticket.complaint_closed_on
            """,
            company=company.id,
            over=fields.Datetime.subtract(fields.Datetime.now(), days=RECOVERY_DAYS),
            amount=self._amount_sql(),
            is_purchase=is_purchase_sql(),
            before=self._before_sql(),
            after=self._after_sql(),
            tills=tills,
        )

    # -- customers become others: orders count elsewhere from that moment on -------------------------------------------

    @api.model
    def _before_merge(self, partners):
        self._forget(partners.commercial_partner_id | partners)

    @api.model
    def _before_move(self, partners):
        return partners.sudo().commercial_partner_id

    @api.model
    def _after_move(self, partners, state):
        self._forget(state | partners.sudo().commercial_partner_id | partners)

    @api.model
    def _forget(self, partners):
        """Look up the orders of these customers until the next job."""
        self.search([("partner_id", "in", partners.ids)]).unlink()
