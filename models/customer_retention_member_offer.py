from odoo import api, fields, models


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
    mail_id = fields.Many2one("mail.mail", readonly=True, copy=False, index="btree_not_null", ondelete="set null")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
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
