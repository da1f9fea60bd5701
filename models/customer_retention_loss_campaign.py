from odoo import api, fields, models
from odoo.tools import SQL


class CustomerRetentionCampaign(models.Model):
    """How many lost customers of a campaign have come back."""

    _inherit = "customer.retention.campaign"

    won_back_count = fields.Integer(
        string="Won Back",
        compute="_compute_won_back_count",
        help="Customers who got the offer, were lost, and have ordered since the start. Who would have come back anyway"
        " is among them: the result tells that apart.",
    )

    @api.depends("member_ids.state", "date_start")
    def _compute_won_back_count(self):
        """One query: entries of the history that say so, of members with the offer."""
        self.env["customer.retention.member"].flush_model()
        self.env["customer.retention.campaign"].flush_model(["date_start"])
        counts = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT c.id, count(DISTINCT m.partner_id)
                      FROM customer_retention_campaign c
                      JOIN customer_retention_member m ON m.campaign_id = c.id AND m.arm = 'treatment'
                      JOIN customer_value_history h ON h.partner_id = m.partner_id AND h.company_id = c.company_id
                     WHERE c.id = ANY(%s) AND h.lifecycle = 'won_back' AND h.previous_lifecycle IS NOT NULL
                       AND h.previous_lifecycle <> 'won_back' AND h.date >= c.date_start
                     GROUP BY c.id
                    """,
                    self.ids,
                )
            )
        )
        for campaign in self:
            campaign.won_back_count = counts.get(campaign._origin.id, 0)

    def action_view_won_back(self):
        """The entries of the history in which they came back."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_history")
        domain = [
            ("company_id", "=", self.company_id.id),
            ("partner_id", "in", self.member_ids.filtered(lambda member: member.arm == "treatment").partner_id.ids),
            ("lifecycle", "=", "won_back"),
            ("previous_lifecycle", "not in", (False, "won_back")),
            ("date", ">=", self.date_start),
        ]
        return action | {"domain": domain, "context": {}}
