from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .customer_retention_offer import ACTIVITY_KINDS, CARD_KINDS


class CustomerRetentionOffer(models.Model):
    """What the delivery and the choice of customers ask of an offer."""

    _inherit = "customer.retention.offer"

    campaign_count = fields.Integer(compute="_compute_campaign_count")
    has_letter = fields.Boolean(compute="_compute_has_letter", string="With a Letter")

    @api.depends("kind", "template_id")
    def _compute_has_letter(self):
        for offer in self:
            offer.has_letter = offer._has_letter()

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
        """Send the letter to the user, in their language, as if they were the customer.

        :raise UserError: the offer has no letter, or the user no email address
        """
        self.ensure_one()
        self.check_access("write")
        user = self.env.user
        if not self._has_letter():
            raise UserError(self.env._("This offer does not include a letter."))
        if not user.email:
            raise UserError(self.env._("Enter your email address in your preferences first."))
        # sudo: a sample for the letter to be written from, which is gone in a moment
        sample = self.sudo()._create_sample(user.partner_id, user)
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
            "params": {"type": "success", "message": self.env._("The letter is being sent to %s.", user.email)},
        }

    def _render_letter(self, partner, user):
        """The letter as ``partner`` would get it from ``user``. Call with sudo.

        What it is written from does not stay: the transaction goes back to before, and forgets what it had read.

        :return: dict of ``subject``, ``email_from``, ``recipients`` and ``body``, as text
        :raise UserError: the offer has no letter, or its program cannot make a code
        """
        self.ensure_one()
        if not self.has_letter:
            raise UserError(self.env._("This offer does not include a letter."))
        names = ("subject", "email_from", "email_to", "email_cc", "partner_to", "body_html")
        with self.env.cr.savepoint() as savepoint:
            sample = self._create_sample(partner, user)
            letter = self.template_id._generate_template([sample.id], names)[sample.id]
            savepoint.rollback()
        readers = self.env["res.partner"].browse(letter.get("partner_ids") or [])
        recipients = [*readers.mapped("email_formatted"), letter.get("email_to"), letter.get("email_cc")]
        return {
            "subject": letter["subject"],
            "email_from": letter["email_from"],
            "recipients": ", ".join(filter(None, recipients)),
            "body": letter["body_html"],
        }

    def _create_sample(self, partner, user):
        """A member of a draft, as it would be after the offer: the caller deletes both and the code. Call with sudo.

        :param user: whom the letter comes from
        """
        quiet = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        company = self.company_id
        campaign = (
            quiet.env["customer.retention.campaign"]
            .with_company(company)
            .create({"name": self.name, "company_id": company.id, "offer_id": self.id, "user_id": user.id})
        )
        cost, face_value = self._get_unit_cost()
        today = company._get_value_today()
        sample = quiet.env["customer.retention.member"].create(
            {
                "campaign_id": campaign.id,
                "company_id": company.id,
                "partner_id": partner.id,
                "user_id": user.id,
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

    # -- delivery ------------------------------------------------------------------------------------------------------

    def _get_maker(self):
        """:return: suffix of the method of members that makes offers of this kind"""
        if self.kind in CARD_KINDS:
            return "card"
        return "activity" if self.kind in ACTIVITY_KINDS else self.kind

    def _is_limited(self):
        """Whether customers can use it until some day."""
        return self.kind in (*CARD_KINDS, "pricelist")

    def _needs_person(self):
        return self.kind in ACTIVITY_KINDS

    def _has_letter(self):
        """Whether a letter goes out with it. Calls and visits speak for themselves, helpdesk writes for tickets."""
        return bool(self.template_id) and self.kind in (*CARD_KINDS, "pricelist", "letter")

    # -- eligibility ---------------------------------------------------------------------------------------------------

    def _get_partner_exclusions(self):
        """Customers whom the offer cannot reach: excluded from campaigns, and checked again at delivery.

        :return: list of ``(code, label, function)`` with the function from the SQL of a partner id to a condition
        """
        exclusions = []
        if self._has_letter():
            exclusions += [
                (
                    "no_email",
                    self.env._("No email address"),
                    lambda partner: SQL("%s IN (SELECT id FROM res_partner WHERE email_normalized IS NULL)", partner),
                ),
                (
                    "blacklisted",
                    self.env._("Opted out of emails"),
                    self.env["res.partner"]._get_blacklisted_sql,
                ),
            ]
        if self.kind == "call":
            exclusions.append(
                (
                    "no_calls",
                    self.env._("On the phone blacklist"),
                    lambda partner: SQL(
                        """%s IN (SELECT p.id FROM res_partner p JOIN phone_blacklist b ON b.number = p.phone_sanitized
                                   WHERE b.active)""",
                        partner,
                    ),
                )
            )
        if self.kind == "pricelist":
            exclusions.append(
                (
                    "pricelist",
                    self.env._("Already has a pricelist from another campaign"),
                    lambda partner: SQL(
                        "%s IN (SELECT partner_id FROM customer_retention_grant WHERE company_id = %s)",
                        partner,
                        self.company_id.id,
                    ),
                )
            )
        return exclusions

    def _below_margin_sql(self):
        """Condition over a candidate ``c``: with the offer, their average order would miss the minimum margin.

        A code takes its face value off one order, a percentage its part of it, up to the most it may come to. Codes
        that ask for an order of some size are used on one of that size. A pricelist takes its expected discount off
        the orders of the time it is valid, one at least. Customers without orders cannot be judged: for them
        the order itself is checked, when the code is used.

        :return: SQL, or None where the offer takes nothing off orders
        """
        promised = self._get_unit_cost()[1]
        if not promised:
            return None
        order = SQL("GREATEST(c.average_order, %s)", self.minimum_order if self.kind in ("coupon", "discount") else 0.0)
        if self._is_percentage():
            taken = SQL("LEAST(%s * %s, %s)", order, self.discount_percent / 100, promised)
        elif self.kind == "pricelist":
            taken = SQL("%s / GREATEST(c.order_count * %s, 1)", promised, self.valid_days / 365.0)
        else:
            taken = SQL("LEAST(%s, %s)", order, promised)
        keep = self.minimum_margin / 100
        return SQL(
            "(c.average_order > 0 AND c.margin_rate IS NOT NULL AND %(order)s * c.margin_rate - %(taken)s"
            " < %(keep)s * GREATEST(%(order)s - %(taken)s, 0))",
            order=order,
            taken=taken,
            keep=keep,
        )
