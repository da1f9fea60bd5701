from odoo import api, models
from odoo.tools import SQL

from ..models.customer_complaint_source import RECOVERY_DAYS


class CustomerRetentionProfitCustomer(models.Model):
    """Loops: whom service has met in the period, what he ordered afterwards, and whether that was something new."""

    _inherit = "customer.retention.profit.customer"

    @api.model
    def _contact_sql(self, scope):
        """First service contact of each customer in the period: something closed, offered or thought of.

        Care is known by the day: what is ordered from the next day on comes after it.
        """
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, min(contact.moment) AS moment
              FROM (
                    SELECT ticket.partner_id, ticket.complaint_closed_on AS moment
                      FROM helpdesk_ticket ticket
                     WHERE ticket.company_id = %(company)s AND ticket.active AND ticket.duplicate_id IS NULL
                       AND ticket.is_complaint IS TRUE AND ticket.complaint_state = 'closed'
                     UNION ALL
                    SELECT ticket.partner_id, ticket.closed_date
                      FROM helpdesk_ticket ticket
                      JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id AND stage.closed
                     WHERE ticket.company_id = %(company)s AND ticket.active AND ticket.duplicate_id IS NULL
                       AND ticket.is_complaint IS NOT TRUE
                     UNION ALL
                    SELECT member.partner_id, member.offered_on
                      FROM customer_retention_member member WHERE member.company_id = %(company)s
                   ) contact
              JOIN res_partner rp ON rp.id = contact.partner_id
             WHERE contact.moment >= %(opens)s AND contact.moment < %(until)s
             GROUP BY rp.commercial_partner_id
             UNION ALL
            SELECT rp.commercial_partner_id,
                   min((care.done_on + 1)::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')
              FROM customer_value_care care
              JOIN res_partner rp ON rp.id = care.customer_id
             WHERE care.company_id = %(company)s AND care.state = 'done'
               AND care.done_on BETWEEN %(first)s AND %(last)s
             GROUP BY rp.commercial_partner_id
            """,
            company=scope.company_id,
            opens=scope.window_opens,
            until=scope.until,
            first=scope.window_start,
            last=scope.as_of,
            tz=scope.tz,
        )

    @api.model
    def _after_sql(self, scope):
        """What customers with a contact ordered in the time afterwards, and whether something was new.

        New is an opportunity (not lost) entered afterwards, or a product that the customer had never ordered before.
        Goods given free of charge were not bought.
        """
        return SQL(
            """
            WITH contact AS MATERIALIZED (
                SELECT partner_id, min(moment) AS moment FROM (%(contact)s) contacts GROUP BY partner_id
            ), bought AS (
                SELECT rp.commercial_partner_id AS partner_id, so.id, so.date_order, so.margin / %(rate)s AS margin
                  FROM sale_order so
                  JOIN res_partner rp ON rp.id = so.partner_id
                 WHERE so.company_id = %(company)s AND so.state = 'sale' AND so.amount_untaxed > 0
                   AND rp.commercial_partner_id IN (SELECT partner_id FROM contact)
            )
            SELECT contact.partner_id, contact.moment, orders.orders, orders.margin,
                   (products.partner_id IS NOT NULL OR leads.partner_id IS NOT NULL) AS something_new
              FROM contact
              LEFT JOIN (
                    SELECT contact.partner_id, count(*) AS orders, sum(bought.margin) AS margin
                      FROM contact
                      JOIN bought ON bought.partner_id = contact.partner_id AND %(bought_after)s
                     GROUP BY contact.partner_id
                   ) orders ON orders.partner_id = contact.partner_id
              LEFT JOIN (
                    SELECT DISTINCT contact.partner_id
                      FROM (
                            SELECT bought.partner_id, product.product_tmpl_id, min(bought.date_order) AS date_order
                              FROM bought
                              JOIN sale_order_line sol ON sol.order_id = bought.id AND sol.display_type IS NULL
                               AND sol.price_subtotal > 0 AND sol.reward_id IS NULL
                               AND sol.is_downpayment IS NOT TRUE
                              JOIN product_product product ON product.id = sol.product_id
                             GROUP BY bought.partner_id, product.product_tmpl_id
                           ) bought
                      JOIN contact ON contact.partner_id = bought.partner_id AND %(bought_after)s
                   ) products ON products.partner_id = contact.partner_id
              LEFT JOIN (
                    SELECT DISTINCT contact.partner_id
                      FROM crm_lead lead
                      JOIN res_partner rp ON rp.id = lead.partner_id
                      JOIN contact ON contact.partner_id = rp.commercial_partner_id
                      LEFT JOIN crm_team team ON team.id = lead.team_id
                      LEFT JOIN res_users seller ON seller.id = lead.user_id
                     WHERE COALESCE(lead.company_id, team.company_id, seller.company_id) = %(company)s
                       AND lead.type = 'opportunity' AND lead.won_status <> 'lost'
                       AND lead.create_date > contact.moment
                       AND lead.create_date <= contact.moment + %(days)s * interval '1 day'
                   ) leads ON leads.partner_id = contact.partner_id
            """,
            contact=self._contact_sql(scope),
            company=scope.company_id,
            rate=self._rate_sql(),
            days=RECOVERY_DAYS,
            bought_after=SQL(
                "bought.date_order > contact.moment AND bought.date_order <= contact.moment + %s * interval '1 day'",
                RECOVERY_DAYS,
            ),
        )
