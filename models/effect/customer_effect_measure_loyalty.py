from odoo import api, models
from odoo.tools import SQL

from ...analytics.scoring.customers import is_customer_sql
from ..scoring.customer_value_source import Scope
from .customer_effect_measure import Measure


class CustomerEffectMeasure(models.AbstractModel):
    """Loyalty: whether customers come back, stay, rise, and what they bring."""

    _inherit = "customer.effect.measure"

    @api.model
    def _get_measures(self):
        return super()._get_measures() | {
            "repeat": Measure(
                "loyalty",
                self.env._("Customers who bought more than once"),
                self.env._("Of the customers with orders in the window: those who ordered on two or more days of it."),
                "share",
                "res.partner",
                since="orders",
            ),
            "kept": Measure(
                "loyalty",
                self.env._("Active customers kept"),
                self.env._(
                    "Of the customers who ordered in as many days directly before the window: those who ordered in it."
                ),
                "share",
                "res.partner",
                looks_back=True,
                since="orders",
            ),
            "top_revenue": Measure(
                "loyalty",
                self.env._("Revenue from the top tiers"),
                self.env._(
                    "Share of the invoiced revenue of the window, less credit notes, from customers who were in the "
                    "upper half of the tiers when it began."
                ),
                "ratio",
                "res.partner",
                since="tiers",
            ),
            "tier_up": Measure(
                "loyalty",
                self.env._("Tier moves upwards"),
                self.env._("Of all moves to another tier in the window."),
                "share",
                "customer.value.history",
                since="tiers",
            ),
            "margin": Measure(
                "loyalty",
                self.env._("Margin per active customer"),
                self.env._("Net margin of the window, by the customers who ordered in it."),
                "ratio",
                "res.partner",
                unit="money",
                since="orders",
            ),
            "complaints": Measure(
                "loyalty",
                self.env._("Complaints per 100 orders"),
                self.env._("Complaints received and orders of the window."),
                "ratio",
                "res.partner",
                unit="number",
                higher=False,
                since="complaints",
            ),
            "refunds": Measure(
                "loyalty",
                self.env._("Refunded share of revenue"),
                self.env._("Credit notes of the window, by its invoices; untaxed."),
                "ratio",
                "account.move",
                higher=False,
            ),
        }

    @api.model
    def _get_beginnings(self, company):
        scope = Scope.make(company, company._get_value_today(), 0)
        Source = self.env["customer.value.source"]
        orders = SQL(
            "SELECT %s FROM sale_order WHERE company_id = %s AND state = 'sale'",
            scope.day(SQL("min(date_order)")),
            scope.books,
        )
        if Source._has_tills():
            orders = SQL("SELECT LEAST((%s), (SELECT min(day) FROM (%s) till))", orders, Source._till_orders_sql(scope))
        return super()._get_beginnings(company) | {
            "orders": orders,
            "tiers": SQL("SELECT min(date) FROM customer_value_history WHERE company_id = %s", company.id),
            "complaints": SQL(
                "SELECT %s FROM helpdesk_ticket WHERE company_id = %s AND is_complaint IS TRUE",
                scope.day(SQL("min(complaint_received_on)")),
                scope.books,
            ),
        }

    @api.model
    def _buyers_sql(self, scope):
        """Customers with orders in the window: ``partner_id`` and ``days`` with orders."""
        return SQL(
            """
            SELECT orders.partner_id, count(DISTINCT orders.day) AS days
              FROM (%s) orders
              JOIN res_partner rp ON rp.id = orders.partner_id AND %s
             WHERE orders.day >= %s
             GROUP BY orders.partner_id
            """,
            self.env["customer.value.source"]._order_days_sql(scope),
            # those who have left since have bought as well
            is_customer_sql("rp", archived=True),
            scope.window_start,
        )

    @api.model
    def _rows_repeat(self, scope):
        return SQL("SELECT partner_id AS id, days > 1 AS hit FROM (%s) buyer", self._buyers_sql(scope))

    @api.model
    def _rows_kept(self, scope):
        return SQL(
            """
            SELECT earlier.partner_id AS id, buyer.partner_id IS NOT NULL AS hit
              FROM (%s) earlier LEFT JOIN (%s) buyer ON buyer.partner_id = earlier.partner_id
            """,
            self._buyers_sql(scope.preceding()),
            self._buyers_sql(scope),
        )

    @api.model
    def _get_top_tiers(self, scope):
        """The upper half of the tiers of each policy of the company; of an odd number the smaller half.

        :return: list of ids
        """
        policies = self.env["customer.value.policy"].with_context(active_test=False)
        top = []
        for policy in policies.search([("company_id", "=", scope.company_id)]):
            tiers = policy.tier_ids.sorted(lambda tier: (-tier.entry_score, tier.id))
            top += tiers[: max(1, len(tiers) // 2)].ids if len(tiers) > 1 else []
        return top

    @api.model
    def _rows_top_revenue(self, scope):
        return SQL(
            """
            SELECT bought.partner_id AS id, bought.partner_id, bought.amount AS base,
                   CASE WHEN stood.tier_id = ANY(%(top)s) THEN 100 * bought.amount ELSE 0 END AS top
              FROM (SELECT partner_id, sum(amount) AS amount FROM (%(invoices)s) invoice GROUP BY partner_id) bought
              JOIN res_partner rp ON rp.id = bought.partner_id AND %(customer)s
              LEFT JOIN (SELECT DISTINCT ON (partner_id) partner_id,
                                CASE WHEN event <> 'left' THEN tier_id END AS tier_id
                           FROM customer_value_history
                          WHERE company_id = %(company)s AND date <= %(first)s
                          ORDER BY partner_id, date DESC, id DESC) stood ON stood.partner_id = bought.partner_id
             WHERE bought.amount <> 0
            """,
            top=self._get_top_tiers(scope),
            invoices=self.env["customer.value.source"]._invoice_documents_sql(scope),
            customer=is_customer_sql("rp", archived=True),
            company=scope.company_id,
            first=scope.window_start,
        )

    @api.model
    def _rows_tier_up(self, scope):
        return SQL(
            """
            SELECT id, tier_move = 'up' AS hit
              FROM customer_value_history
             WHERE company_id = %s AND event = 'changed' AND tier_move IN ('up', 'down') AND date BETWEEN %s AND %s
            """,
            scope.company_id,
            scope.window_start,
            scope.as_of,
        )

    @api.model
    def _rows_of_sources_sql(self, scope, others, top, base, where):
        """Customers with what sources say of them.

        :param dict others: columns of sources read along with orders
        :param SQL top, base, where: over the joined sources
        """
        Source = self.env["customer.value.source"]
        columns = {"sale": ["order_count", "order_margin"], **others}
        read, joins, evidence = Source._read_once(
            {name: Source._source_query(name, scope, {"margin"}) for name in columns}, columns
        )
        return SQL(
            """
            (WITH %(read)s
            SELECT rp.id, rp.id AS partner_id, %(top)s AS top, %(base)s AS base
              FROM res_partner rp %(joins)s
             WHERE %(customer)s AND (%(evidence)s) AND %(where)s)
            """,
            read=read,
            top=top,
            base=base,
            joins=joins,
            customer=is_customer_sql("rp", archived=True),
            evidence=evidence,
            where=where,
        )

    @api.model
    def _rows_margin(self, scope):
        return self._rows_of_sources_sql(
            scope,
            {"invoice": ["changed_margin"]},
            self.env["customer.value.source"]._margin_sql(),
            SQL("1"),
            SQL("sale.order_count > 0"),
        )

    @api.model
    def _rows_complaints(self, scope):
        number = SQL("(COALESCE(complaint.complaint_count, 0) + COALESCE(complaint.abusive_complaints, 0))")
        return self._rows_of_sources_sql(
            scope,
            {"complaint": ["complaint_count", "abusive_complaints"]},
            SQL("100 * %s", number),
            SQL("COALESCE(sale.order_count, 0)"),
            SQL("(sale.order_count > 0 OR %s > 0)", number),
        )

    @api.model
    def _rows_refunds(self, scope):
        Source = self.env["customer.value.source"]
        amount = SQL("(am.amount_untaxed_signed - COALESCE(money.amount, 0))")
        return SQL(
            """
            SELECT am.id, am.commercial_partner_id AS partner_id,
                   CASE WHEN am.move_type = 'out_refund' THEN -100 * %(amount)s ELSE 0 END AS top,
                   CASE WHEN am.move_type = 'out_refund' THEN 0 ELSE %(amount)s END AS base
              FROM account_move am
              LEFT JOIN (%(money)s) money ON money.move_id = am.id
             WHERE %(invoices)s
            """,
            amount=amount,
            # a gift card sold is no revenue, and none is refunded with it
            money=Source._invoiced_money_sql(scope),
            invoices=Source._invoice_condition(scope),
        )
