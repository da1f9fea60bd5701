from odoo import fields, models
from odoo.tools import SQL


class CustomerRetentionCampaign(models.Model):
    """Whom the offer of a campaign suits, and how far the campaign is with it."""

    _inherit = "customer.retention.campaign"

    offer_kind = fields.Selection(related="offer_id.kind")
    offered_count = fields.Integer(compute="_compute_progress", string="Offered")
    failed_count = fields.Integer(compute="_compute_progress", string="Not Possible")
    booked = fields.Monetary(
        compute="_compute_progress", help="Cost and face value of the offers made. This is what the budget bounds."
    )
    booked_percent = fields.Float(compute="_compute_progress", string="Budget Used (%)")
    used_value = fields.Monetary(
        compute="_compute_used_value", string="Face Value Used", help="Taken off confirmed orders with codes of it."
    )
    card_count = fields.Integer(compute="_compute_card_count")
    activity_count = fields.Integer(compute="_compute_progress", string="Calls and Visits")
    ticket_count = fields.Integer(compute="_compute_progress")

    def _compute_progress(self):
        # sudo: the same numbers for everybody, whatever partners he may see
        groups = (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group(
                [("campaign_id", "in", self.ids), ("arm", "=", "treatment")],
                ["campaign_id", "state"],
                ["__count", "cost:sum", "face_value:sum", "activity_id:count", "ticket_id:count"],
            )
        )
        sums = {}
        for campaign, state, *numbers in groups:
            sums.setdefault(campaign.id, {})[state] = numbers
        for campaign in self:
            states = sums.get(campaign.id, {})
            cost, value, activities, tickets = (
                sum(numbers[index] or 0 for numbers in states.values()) for index in range(1, 5)
            )
            campaign.offered_count = states.get("offered", [0])[0]
            campaign.failed_count = states.get("failed", [0])[0]
            campaign.booked = cost + value
            campaign.booked_percent = 100 * campaign.booked / campaign.budget if campaign.budget else 0.0
            campaign.activity_count, campaign.ticket_count = activities, tickets

    def _compute_card_count(self):
        self.env["loyalty.card"].flush_model(["retention_member_id"])
        counts = dict(
            self.env.execute_query(
                SQL(
                    """SELECT m.campaign_id, count(*)
                         FROM customer_retention_member m JOIN loyalty_card card ON card.retention_member_id = m.id
                        WHERE m.campaign_id = ANY(%s)
                        GROUP BY m.campaign_id""",
                    self.ids,
                )
            )
        )
        for campaign in self:
            campaign.card_count = counts.get(campaign.id, 0)

    def _compute_used_value(self):
        groups = self.env["customer.retention.member"]._get_used_values(SQL("m.campaign_id = ANY(%s)", self.ids))
        used = {}
        for campaign_id, _member_id, value in groups:
            used[campaign_id] = used.get(campaign_id, 0.0) + value
        for campaign in self:
            campaign.used_value = used.get(campaign.id, 0.0)

    def _get_exclusions(self):
        exclusions = super()._get_exclusions()
        offer = self.offer_id
        if offer.tier_ids:
            exclusions.append(
                (
                    "offer_tier",
                    self.env._("Not of a tier that the offer is for"),
                    SQL("(c.tier_id IS NULL OR c.tier_id <> ALL(%s))", offer.tier_ids.ids),
                )
            )
        for code, label, condition in offer._get_partner_exclusions():
            exclusions.append((code, label, condition(SQL("c.partner_id"))))
        below = offer._below_margin_sql()
        if below:
            exclusions.append(("below_margin", self.env._("Would be sold to below the margin to keep"), below))
        return exclusions

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _open_of_members(self, model, field, title):
        """Records of ``model`` that the members have; whoever may not see them is told so by Odoo."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [(f"{field}.campaign_id", "=", self.id)],
            "context": {"create": False, "active_test": False},
        }

    def action_view_failed(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_member")
        return action | {
            "domain": [("campaign_id", "=", self.id), ("state", "=", "failed")],
            "context": {"retention_campaign": True},
        }

    def action_open_cards(self):
        return self._open_of_members("loyalty.card", "retention_member_id", self.env._("Codes"))

    def action_open_activities(self):
        return self._open_of_members("mail.activity", "retention_member_ids", self.env._("Calls and Visits"))

    def action_open_tickets(self):
        return self._open_of_members("helpdesk.ticket", "retention_member_id", self.env._("Tickets"))
