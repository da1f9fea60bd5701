from odoo import api, models
from odoo.tools import SQL


class CustomerValueSource(models.AbstractModel):
    """The cards of campaigns are given away: to spend them is a discount. What is bought at tills may be linked to a
    campaign.
    """

    _inherit = "customer.value.source"

    @api.model
    def _get_given_cards(self):
        return [
            *super()._get_given_cards(),
            SQL("SELECT id FROM loyalty_card WHERE retention_member_id IS NOT NULL"),
        ]

    @api.model
    def _till_campaigns_sql(self, scope):
        """``_till_purchases_sql``, with ``campaign_id``: the campaign that each is linked to, or NULL.

        As with sales orders: that whose code was used, else that whose offer the customer had at that moment. An order
        at a till has no field for it; what it was linked to follows from what is known of both.
        """
        used = SQL("FALSE")
        if self._has_till_coupons():
            # no EXISTS: PostgreSQL would make a hash of the codes of one order, and ask it of the next one, too
            used = SQL(
                """(SELECT 1 FROM (%s) code JOIN loyalty_card card ON card.id = code.card_id
                     WHERE code.order_id = bought.id AND card.retention_member_id = member.id LIMIT 1) IS NOT NULL""",
                self._till_codes_sql(),
            )
        return SQL(
            """
            SELECT bought.*, linked.campaign_id
              FROM (%(bought)s) bought
              LEFT JOIN LATERAL (
                    SELECT member.campaign_id
                      FROM customer_retention_member member
                      JOIN customer_retention_campaign campaign ON campaign.id = member.campaign_id
                     CROSS JOIN LATERAL (SELECT %(used)s AS is_used) code
                     WHERE member.partner_id = bought.partner_id AND member.company_id = bought.company_id
                       AND member.state = 'offered'
                       AND (code.is_used OR member.offered_on <= bought.moment
                            AND (campaign.ended_on IS NULL OR bought.moment < campaign.ended_on))
                     ORDER BY code.is_used DESC, member.id DESC
                     LIMIT 1) linked ON TRUE
            """,
            bought=self._till_purchases_sql(scope),
            used=used,
        )
