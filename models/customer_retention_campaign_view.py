from odoo import api, fields, models


class CustomerRetentionCampaign(models.Model):
    """What is shown of a campaign, and where one goes from it."""

    _inherit = "customer.retention.campaign"

    member_count = fields.Integer(compute="_compute_member_counts", string="Members")
    treatment_count = fields.Integer(compute="_compute_member_counts", string="Get the Offer")
    holdout_count = fields.Integer(compute="_compute_member_counts", string="Left Alone")
    progress = fields.Float(
        compute="_compute_member_counts",
        string="Done (%)",
        help="Of those who get the offer, who is not waiting for it.",
    )
    order_count = fields.Integer(compute="_compute_order_count", string="Orders")
    audience_text = fields.Char(compute="_compute_audience_text", string="Audience")

    def _compute_member_counts(self):
        counts = {}
        # sudo: the same numbers for everybody, whatever partners he may see
        for campaign, arm, state, count in (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group([("campaign_id", "in", self.ids)], ["campaign_id", "arm", "state"], ["__count"])
        ):
            counts.setdefault(campaign.id, []).append((arm, state, count))
        for campaign in self:
            rows = counts.get(campaign.id, [])
            treated = sum(count for arm, _state, count in rows if arm == "treatment")
            waiting = sum(count for _arm, state, count in rows if state == "planned")
            campaign.member_count = sum(count for _arm, _state, count in rows)
            campaign.treatment_count = treated
            campaign.holdout_count = campaign.member_count - treated
            campaign.progress = 100 * (treated - waiting) / treated if treated else 0.0

    @api.depends("utm_campaign_id")
    def _compute_order_count(self):
        # sudo: a number, shown to who may not open the orders
        counts = dict(
            self.env["sale.order"]
            .sudo()
            ._read_group([("campaign_id", "in", self.utm_campaign_id.ids)], ["campaign_id"], ["__count"])
        )
        for campaign in self:
            campaign.order_count = counts.get(campaign.sudo().utm_campaign_id, 0)

    @api.depends("audience_model")
    @api.depends_context("lang")
    def _compute_audience_text(self):
        models = {
            model.model: model.name
            for model in self.env["ir.model"]
            .sudo()
            .search([("model", "in", [name for name in self.mapped("audience_model") if name])])
        }
        for campaign in self:
            campaign.audience_text = models.get(campaign.audience_model) or self.env._("Nobody chosen yet")

    def _get_committed(self):
        """What members have cost and been promised so far, company currency: what the budget bounds."""
        # sudo: a sum over all members, whatever partners the user may see
        [(cost, face_value)] = (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group([("campaign_id", "in", self.ids)], [], ["cost:sum", "face_value:sum"])
        )
        return cost + face_value

    # -- where one goes ----------------------------------------------------------------------------------------------

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_member")
        return action | {"domain": [("campaign_id", "=", self.id)], "context": {"retention_campaign": True}}

    def action_view_orders(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders of %s", self.name),
            "res_model": "sale.order",
            "views": [(False, "list"), (False, "form")],
            "domain": [("campaign_id", "=", self.utm_campaign_id.id)],
            "context": {"create": False},
        }

    def action_view_audience(self):
        """The records that were chosen; the customers are theirs."""
        self.ensure_one()
        self._get_audience_sql(self.audience_model, self.audience_domain)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Audience of %s", self.name),
            "res_model": self.audience_model,
            "views": [(False, "list"), (False, "form")],
            "domain": self.audience_domain,
            "context": {"create": False},
        }

    def action_open_wizard(self):
        """Choose customers, see what the size can show, start; or add customers to a campaign under way."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_wizard")
        return action | {"context": {"default_campaign_id": self.id}}
