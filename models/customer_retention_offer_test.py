from odoo import fields, models
from odoo.exceptions import UserError


class CustomerRetentionOffer(models.Model):
    """Trying a letter, and finding where the offer is made."""

    _inherit = "customer.retention.offer"

    campaign_count = fields.Integer(compute="_compute_campaign_count")

    def _compute_campaign_count(self):
        groups = self.env["customer.retention.campaign"]._read_group(
            [("offer_id", "in", self.ids)], ["offer_id"], ["__count"]
        )
        counts = {offer.id: count for offer, count in groups}
        for offer in self:
            offer.campaign_count = counts.get(offer.id, 0)

    def action_view_campaigns(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_retention_campaign")
        return action | {"domain": [("offer_id", "=", self.id)], "context": {}}

    def action_send_test(self):
        """Send the letter to the user, in his language, as if he were the customer.

        :raise UserError: the offer has no letter, or the user no e-mail address
        """
        self.ensure_one()
        self.check_access("write")
        user = self.env.user
        if not self._has_letter():
            raise UserError(self.env._("No letter goes out with this offer."))
        if not user.email:
            raise UserError(self.env._("Enter your e-mail address in your preferences first."))
        # sudo: a sample for the letter to be written from, which is gone in a moment
        sample = self.sudo()._create_sample(user.partner_id)
        self.template_id.sudo().send_mail(
            sample.id, email_values={"email_to": user.email, "recipient_ids": [], "model": False, "res_id": False}
        )
        card, campaign = sample.card_ids, sample.campaign_id
        sample.unlink()
        card.unlink()
        campaign.unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("The letter is on its way to %s.", user.email)},
        }

    def _create_sample(self, partner):
        """A member of a draft, as it would be after the offer: the caller deletes both and the code. Call with sudo."""
        quiet = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        company = self.company_id
        campaign = (
            quiet.env["customer.retention.campaign"]
            .with_company(company)
            .create({"name": self.name, "company_id": company.id, "offer_id": self.id, "user_id": self.env.uid})
        )
        cost, face_value = self._get_unit_cost()
        today = company._get_retention_today()
        sample = quiet.env["customer.retention.member"].create(
            {
                "campaign_id": campaign.id,
                "company_id": company.id,
                "partner_id": partner.id,
                "user_id": self.env.uid,
                "arm": "treatment",
                "state": "offered",
                "cost": cost,
                "face_value": face_value,
                "valid_until": fields.Date.add(today, days=self.valid_days) if self._is_limited() else False,
            }
        )
        if self._get_maker() == "card":
            sample._make_card(self, today)
        sample.flush_recordset()
        return sample
