from odoo import api, fields, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Scope
from .customer_retention_campaign_result import MemberScope

# So many customers are offered for the preview of a letter.
SAMPLE = 100


class CustomerRetentionCampaign(models.Model):
    """What is shown of a campaign, and where one goes from it."""

    _inherit = "customer.retention.campaign"

    member_count = fields.Integer(compute="_compute_member_counts", string="Members")
    treatment_count = fields.Integer(compute="_compute_member_counts", string="Offer Group")
    holdout_count = fields.Integer(compute="_compute_member_counts", string="Control Group")
    progress = fields.Float(
        compute="_compute_member_counts",
        string="Done (%)",
        help="Share of customers with the offer who are no longer waiting for it.",
    )
    offer_kind = fields.Selection(related="offer_id.kind")
    has_letter = fields.Boolean(related="offer_id.has_letter")
    audience_text = fields.Char(compute="_compute_audience_text", string="Audience")
    order_count = fields.Integer(compute="_compute_order_count", string="Orders")
    till_order_count = fields.Integer(compute="_compute_till_order_count", string="At Tills")
    won_back_count = fields.Integer(
        string="Won Back",
        compute="_compute_won_back_count",
        help="Customers who received the offer, were lost, and have ordered since the start. This includes "
        "customers who would have come back anyway; see the result for the net effect.",
    )
    card_count = fields.Integer(compute="_compute_card_count")
    used_value = fields.Monetary(
        compute="_compute_used_value",
        string="Used Face Value",
        help="Discounts from campaign codes on confirmed orders and at tills.",
    )

    def _compute_member_counts(self):
        counts = {}
        # sudo: the same numbers for everybody, whatever partners they may see
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
            campaign.audience_text = models.get(campaign.audience_model) or self.env._("No customers selected")

    @api.depends("utm_campaign_id")
    def _compute_order_count(self):
        # sudo: a number, shown also to users who may not open the orders
        counts = dict(
            self.env["sale.order"]
            .sudo()
            ._read_group([("campaign_id", "in", self.utm_campaign_id.ids)], ["campaign_id"], ["__count"])
        )
        for campaign in self:
            campaign.order_count = counts.get(campaign.sudo().utm_campaign_id, 0)

    @api.depends_context("uid")
    def _compute_till_order_count(self):
        for campaign in self:
            campaign.till_order_count = len(campaign._find_tills())

    def _find_tills(self):
        """Purchases at tills that are linked to the campaign, whenever, which the reader may open.

        :return: list of ids
        """
        Source = self.env["customer.value.source"]
        if not self._origin.id or not Source._may_open_tills():
            return []
        company = self.company_id
        self.flush_recordset(["ended_on"])
        scope = MemberScope(**vars(Scope.make(company, company._get_value_today(), 0)), campaign_id=self._origin.id)
        bought = Source._till_campaigns_sql(scope)
        return self._open_tills(bought, SQL("bought.campaign_id = %s", self._origin.id))

    def _open_tills(self, bought, condition):
        """Those of the purchases ``bought`` at tills that the reader may open. Needs ``_may_open_tills`` of the source.

        :param SQL bought: query with ``id`` and whatever ``condition`` asks of ``bought``
        :return: list of ids
        """
        self.env["customer.retention.member"].flush_model()
        rows = self.env.execute_query(SQL("SELECT bought.id FROM (%s) bought WHERE %s", bought, condition))
        return self.env["pos.order"].search([("id", "in", [order for (order,) in rows])], order="id").ids

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

    # -- where one goes ------------------------------------------------------------------------------------------------

    def action_open_wizard(self):
        """Choose customers, see what the size can show, start; or add customers to a running campaign."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_wizard")
        return action | {"context": {"default_campaign_id": self.id}}

    def action_ask_start(self):
        """Say how many get what, show the letter, and start after a confirmation.

        :raise UserError: something is missing, or no customers are eligible
        """
        return self._get_wizard().action_ask_start()

    def action_preview_letter(self):
        """The letter as one of the customers gets it, before the start or after it.

        :raise UserError: the offer has no letter, or no customers are eligible
        """
        self.ensure_one()
        if self.state == "draft":
            return self._get_wizard().action_preview_letter()
        return self._ask_with_members("letter")

    def _get_wizard(self):
        """The wizard with what has been decided; its steps lead back to the form of the campaign."""
        self.ensure_one()
        Wizard = self.env["customer.retention.wizard"].with_context(
            default_campaign_id=self.id, retention_on_campaign=True
        )
        return Wizard.create({})

    def _ask_with_members(self, step):
        """:param str step: of ``customer.retention.confirmation``"""
        members = self.env["customer.retention.member"].search(
            [("campaign_id", "=", self.id), ("arm", "=", "treatment")],
            # those who wait for the offer first
            order="offered_on DESC NULLS FIRST, planned_date, margin_before DESC, id",
            limit=SAMPLE,
        )
        Confirmation = self.env["customer.retention.confirmation"].with_context(retention_on_campaign=True)
        return Confirmation._open(step, members.partner_id, campaign=self)

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

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_member")
        return action | {"domain": [("campaign_id", "=", self.id)], "context": {"retention_campaign": True}}

    def action_view_failed(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_member")
        return action | {
            "domain": [("campaign_id", "=", self.id), ("state", "=", "failed")],
            "context": {"retention_campaign": True},
        }

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

    def action_view_tills(self):
        """Orders at tills that are linked to the campaign."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders of %s at tills", self.name),
            "res_model": "pos.order",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self._find_tills())],
            "context": {"create": False},
        }

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

    def action_open_cards(self):
        return self._open_of_members("loyalty.card", "retention_member_id", self.env._("Codes"))

    def action_open_activities(self):
        return self._open_of_members("mail.activity", "retention_member_ids", self.env._("Calls and Visits"))

    def action_open_tickets(self):
        return self._open_of_members("helpdesk.ticket", "retention_member_id", self.env._("Tickets"))

    def _open_of_members(self, model, field, title):
        """Records of ``model`` that the members have; Odoo tells users who may not see them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [(f"{field}.campaign_id", "=", self.id)],
            "context": {"create": False, "active_test": False},
        }
