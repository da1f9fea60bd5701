from odoo import api, fields, models
from odoo.tools import SQL


class CustomerRetentionMember(models.Model):
    """What a member got."""

    _inherit = "customer.retention.member"

    kind = fields.Selection(related="campaign_id.offer_id.kind")
    offer_id = fields.Many2one(related="campaign_id.offer_id")
    reason_id = fields.Many2one(related="campaign_id.reason_id")
    valid_until = fields.Date(readonly=True, help="Last day on which the customer can use what he got.")
    card_id = fields.Many2one(
        "loyalty.card", string="Coupon", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    card_code = fields.Char(related="card_id.code", string="Code")
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    activity_done_on = fields.Date(related="activity_id.date_done", string="Done On")
    mail_id = fields.Many2one("mail.mail", readonly=True, copy=False, index="btree_not_null", ondelete="set null")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    used_value = fields.Monetary(
        compute="_compute_used_value",
        compute_sudo=True,
        string="Face Value Used",
        help="Taken off confirmed orders with the code, taxes included.",
    )
    face_value_words = fields.Char(string="Face Value in Words", compute="_compute_face_value_words", compute_sudo=True)

    _card_once = models.UniqueIndex("(card_id) WHERE card_id IS NOT NULL", "This code belongs to another customer.")

    @api.depends("face_value", "currency_id")
    @api.depends_context("lang")
    def _compute_face_value_words(self):
        for member in self:
            member.face_value_words = bool(member.face_value) and member.currency_id._value_amount_in_words(
                member.face_value, self.env.context.get("lang")
            )

    @api.depends("card_id")
    def _compute_used_value(self):
        rows = self._get_used_values(SQL("m.id = ANY(%s)", self.ids))
        used = {member_id: value for _campaign_id, member_id, value in rows}
        for member in self:
            member.used_value = used.get(member._origin.id, 0.0)

    @api.model
    def _get_used_values(self, condition):
        """What codes have taken off confirmed orders, in company currency at the rate of each order, taxes included.

        :param SQL condition: over members ``m``
        :return: list of ``(campaign id, member id, amount)``, of those whose codes were used
        """
        self.env["sale.order.line"].flush_model(["coupon_id", "price_total", "order_id"])
        self.env["sale.order"].flush_model(["state", "currency_rate"])
        self.flush_model(["card_id", "campaign_id"])
        return self.env.execute_query(
            SQL(
                """SELECT m.campaign_id, m.id, sum(-line.price_total / COALESCE(NULLIF(so.currency_rate, 0), 1))::float8
                     FROM customer_retention_member m
                     JOIN sale_order_line line ON line.coupon_id = m.card_id
                     JOIN sale_order so ON so.id = line.order_id AND so.state = 'sale'
                    WHERE %s
                    GROUP BY m.campaign_id, m.id""",
                condition,
            )
        )

    # -- what came of it -----------------------------------------------------------------------------------------------

    def action_new_quotation(self):
        """A quotation that counts for the campaign."""
        self.ensure_one()
        # sudo: whoever sells need not read campaigns of marketing
        campaign = self.campaign_id.sudo()
        context = {"default_partner_id": self.partner_id.id, "default_company_id": self.company_id.id}
        if self.arm == "treatment":
            context["default_campaign_id"] = campaign.utm_campaign_id.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Quotation"),
            "res_model": "sale.order",
            "view_mode": "form",
            "context": context,
        }

    def action_open_card(self):
        self.ensure_one()
        return self.card_id._get_records_action()

    def action_open_ticket(self):
        self.ensure_one()
        return self.ticket_id._get_records_action()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
