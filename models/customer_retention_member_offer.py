from odoo import api, fields, models
from odoo.tools import SQL


class CustomerRetentionMember(models.Model):
    """What a member got."""

    _inherit = "customer.retention.member"

    kind = fields.Selection(related="campaign_id.offer_id.kind")
    offer_id = fields.Many2one(related="campaign_id.offer_id")
    reason_id = fields.Many2one(related="campaign_id.reason_id")
    valid_until = fields.Date(readonly=True, help="Last day on which the customer can use what he got.")
    card_ids = fields.One2many(
        "loyalty.card",
        "retention_member_id",
        string="Codes",
        readonly=True,
        help="One; more where customers were merged who had one each.",
    )
    card_code = fields.Char(compute="_compute_card_code", compute_sudo=True, string="Code")
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

    @api.depends("card_ids.code")
    def _compute_card_code(self):
        for member in self:
            member.card_code = ", ".join(member.card_ids.sorted("id").mapped("code")) or False

    @api.depends("face_value", "currency_id")
    @api.depends_context("lang")
    def _compute_face_value_words(self):
        for member in self:
            member.face_value_words = bool(member.face_value) and member.currency_id._value_amount_in_words(
                member.face_value, self.env.context.get("lang")
            )

    @api.depends("card_ids")
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
        self.env["loyalty.card"].flush_model(["retention_member_id"])
        self.flush_model(["campaign_id"])
        return self.env.execute_query(
            SQL(
                """SELECT m.campaign_id, m.id, sum(-line.price_total / COALESCE(NULLIF(so.currency_rate, 0), 1))::float8
                     FROM customer_retention_member m
                     JOIN loyalty_card card ON card.retention_member_id = m.id
                     JOIN sale_order_line line ON line.coupon_id = card.id
                     JOIN sale_order so ON so.id = line.order_id AND so.state = 'sale'
                    WHERE %s
                    GROUP BY m.campaign_id, m.id""",
                condition,
            )
        )

    # -- taken back ----------------------------------------------------------------------------------------------------

    def _take_back_calls(self, why):
        """Calls and visits that nobody has made yet are not made, and cost nothing. Call with sudo.

        :param str why: told on the members
        """
        undone = self.filtered(lambda member: member.state == "offered" and member.activity_id.active)
        undone.activity_id.unlink()
        undone._was_not_made("withdrawn", why)

    def _was_not_made(self, state, why):
        self.write({"state": state, "hindrance": why, "cost": 0.0, "offered_on": False})

    # -- merged customers ----------------------------------------------------------------------------------------------

    def _hand_over_to(self, kept):
        """What these members got is what ``kept`` has got; nobody is called or visited twice."""
        for model, name in (
            ("loyalty.card", "retention_member_id"),
            ("helpdesk.ticket", "retention_member_id"),
            ("customer.retention.grant", "member_id"),
        ):
            Model = self.env[model].with_context(active_test=False, tracking_disable=True)
            Model.search([(name, "in", self.ids)])[name] = kept
        kept.valid_until = max(filter(None, (self | kept).mapped("valid_until")), default=False)
        # one call that has been made, or one that is to be made, is enough
        called = (
            (kept | self).filtered("activity_id").sorted(lambda member: (member.activity_id.active, member != kept))
        )
        surplus = called[1:].filtered("activity_id.active")
        surplus.cost = 0.0
        activities = surplus.activity_id
        kept.activity_id = called[:1].activity_id
        activities.unlink()
        # or the database would forget with the members what was theirs
        self.env.flush_all()

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
        return self.card_ids._get_records_action()

    def action_open_ticket(self):
        self.ensure_one()
        return self.ticket_id._get_records_action()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
