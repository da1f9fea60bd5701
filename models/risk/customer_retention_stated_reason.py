from datetime import date

from odoo import api, fields, models


class CustomerRetentionStatedReason(models.Model):
    """Why a customer left, as they or their account manager say.

    It counts for the loss after which it was recorded: when the customer has ordered again, it is history. Of several,
    the last one counts. Written by ``_record`` and removed by ``_take_back`` alone.
    """

    _name = "customer.retention.stated.reason"
    _description = "Stated Reason for Leaving"
    _order = "date desc, id desc"
    _rec_name = "reason_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    reason_id = fields.Many2one(
        "customer.retention.reason", required=True, readonly=True, index=True, ondelete="restrict"
    )
    note = fields.Char(string="In Their Words", readonly=True)
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Recorded By", readonly=True, ondelete="set null")

    @api.model
    def _record(self, losses, reason, note=False):
        """Record why the customers of ``losses`` left; their losses say so at once.

        :param reason: ``customer.retention.reason``
        :param str note: what they said, if anything
        """
        self.create(
            [
                {
                    "partner_id": loss.partner_id.id,
                    "company_id": loss.company_id.id,
                    "reason_id": reason.id,
                    "note": note,
                    "date": loss.company_id._get_value_today(),
                    "user_id": self.env.uid,
                }
                for loss in losses
            ]
        )
        told = self.env._("Reason for leaving: %s.", reason.name)
        for partner in losses.partner_id:
            partner.message_post(body=f"{told} {note}" if note else told)
        losses._look_again()

    @api.model
    def _take_back(self, losses):
        """Forget what was stated after the last order of the customers of ``losses``; their losses are as found."""
        last_orders = {(loss.partner_id, loss.company_id): loss.last_order for loss in losses}
        found = self.search(
            [
                ("partner_id.commercial_partner_id", "in", losses.partner_id.ids),
                ("company_id", "in", losses.company_id.ids),
            ]
        )
        statements = found.filtered(
            lambda said: said.date > last_orders.get((said.partner_id.commercial_partner_id, said.company_id), date.max)
        )
        for partner in statements.partner_id:
            partner.message_post(body=self.env._("The stated reason for leaving was taken back."))
        statements.unlink()
        losses._look_again()
