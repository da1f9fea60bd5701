import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, email_normalize_all, plaintext2html
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)


class CustomerRetentionMember(models.Model):
    """Making the offer to members who are due: together if all goes well, so that it costs few queries each."""

    _inherit = "customer.retention.member"

    def _offer_safely(self):
        """Make the offer to as many as it can be made to. Call with sudo, for members of one campaign.

        Where one of them cannot have it, the others get theirs.
        """
        try:
            with self.env.cr.savepoint():
                self._make_offer()
            return
        except OperationalError:
            # a concurrent update: the whole transaction is tried again
            raise
        except Exception as error:
            if len(self) == 1:
                _logger.info("Offer to member %s failed", self.id, exc_info=True)
                self.write({"state": "failed", "hindrance": str(error)[:500]})
                return
        middle = len(self) // 2
        self[:middle]._offer_safely()
        self[middle:]._offer_safely()

    def _make_offer(self):
        campaign = self.campaign_id
        offer = campaign.offer_id
        hindrances = self._get_delivery_hindrances()
        for member in self:
            if member.id in hindrances:
                member.write({"state": "failed", "hindrance": hindrances[member.id]})
        ready = self.filtered(lambda member: member.id not in hindrances)
        if not ready:
            return
        cost, face_value = offer._get_unit_cost()
        today = campaign.company_id._get_retention_today()
        ready.write(
            {
                "state": "offered",
                "offered_on": fields.Datetime.now(),
                "hindrance": False,
                "cost": cost,
                "face_value": face_value,
                "valid_until": today + timedelta(days=offer.valid_days) if offer._is_limited() else False,
            }
        )
        getattr(ready, f"_make_{offer._get_maker()}")(offer, today)
        if offer.template_id and offer._has_letter():
            ready._send_letters(offer.template_id)
        self.flush_recordset()

    # -- hindrances ----------------------------------------------------------------------------------------------------

    def _get_delivery_hindrances(self):
        """What has changed since the draw, or was hidden then.

        :return: dict member id: why the offer cannot be made now, in words
        """
        hindrances = dict(self._get_delivery_hindrance())
        for label, query in self._hindrance_queries():
            for (member_id,) in self.env.execute_query(query):
                hindrances.setdefault(member_id, label)
        return hindrances

    def _hindrance_queries(self):
        """:return: list of ``(label, SQL of the members it holds for)``"""
        offer = self.campaign_id.offer_id
        members = SQL(
            """SELECT m.id FROM customer_retention_member m JOIN res_partner p ON p.id = m.partner_id
                WHERE m.id = ANY(%s)""",
            self.ids,
        )
        queries = []
        if offer._needs_person():
            queries.append(
                (
                    self.env._("Nobody can do it: no account manager, and the campaign has no responsible"),
                    SQL("%s AND m.user_id IS NULL", members),
                )
            )
        for _code, label, condition in offer._get_partner_exclusions():
            queries.append((label, SQL("%s AND %s", members, condition(SQL("p.id")))))
        if offer.kind == "pricelist":
            queries.append(
                (
                    self.env._("Has become a contact: the price list would be that of the whole company"),
                    SQL("%s AND p.commercial_partner_id <> p.id", members),
                )
            )
        if offer._has_letter():
            queries.append(
                (
                    self.env._("A customer who is left alone reads the same mail"),
                    SQL(
                        """%s AND p.email_normalized IN (
                               SELECT q.email_normalized FROM customer_retention_member h
                                 JOIN res_partner q ON q.commercial_partner_id = h.partner_id OR q.id = h.partner_id
                                WHERE h.campaign_id = m.campaign_id AND h.arm = 'holdout')""",
                        members,
                    ),
                )
            )
        return queries

    # -- makers: one for each kind -------------------------------------------------------------------------------------

    def _make_card(self, offer, today):
        """A code for each, reserved for the customer."""
        program = offer._get_program()
        points = offer._get_points(program, today)
        # no mail from the program: our letter brings the code
        cards = (
            self.env["loyalty.card"]
            .with_context(loyalty_no_mail=True, tracking_disable=True)
            .create(
                [
                    {
                        "program_id": program.id,
                        "partner_id": member.partner_id.id,
                        "points": points,
                        "expiration_date": member.valid_until,
                        "retention_member_id": member.id,
                    }
                    for member in self
                ]
            )
        )
        note = self.env._("Campaign %s", self.campaign_id.name)
        self.env["loyalty.history"].create(
            [{"card_id": card.id, "issued": points, "description": note} for card in cards]
        )

    def _make_pricelist(self, offer, today):
        if not offer.pricelist_id.active:
            raise UserError(self.env._("The price list %s is archived.", offer.pricelist_id.name))
        self.env["customer.retention.grant"]._give(self, offer.pricelist_id, today + timedelta(days=offer.valid_days))

    def _make_activity(self, offer, today):
        """An activity on the customer for each, due on the day it was planned for."""
        model_id = self.env["ir.model"]._get_id("res.partner")
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": model_id,
                        "res_id": member.partner_id.id,
                        "activity_type_id": offer.activity_type_id.id,
                        "user_id": member.user_id.id,
                        "date_deadline": max(member.planned_date or today, today),
                        "summary": member._in_language_of(member.user_id).offer_id.name,
                        "note": member._in_language_of(member.user_id)._get_note(),
                    }
                    for member in self
                ]
            )
        )
        for member, activity in zip(self, activities, strict=True):
            member.activity_id = activity

    def _in_language_of(self, user):
        return self.with_context(lang=user.lang or self.env.lang)

    def _get_note(self):
        """What the person who does it should know: the campaign, why, what to say."""
        lines = [self.campaign_id.name]
        if self.reason_id:
            lines.append(": ".join(filter(None, (self.reason_id.name, self.reason_id.advice))))
        body = Markup("").join(Markup("<p>%s</p>") % line for line in lines)
        return body + plaintext2html(self.offer_id.note) if self.offer_id.note else body

    def _make_letter(self, offer, today):
        """The letter is the offer."""

    def _make_ticket(self, offer, today):
        """A ticket for each; that it is free of charge stands on it."""
        values = []
        for member in self:
            local = member._in_language_of(member.partner_id)
            values.append(
                {
                    "name": local.offer_id.name,
                    "description": plaintext2html(local.offer_id.note or local.offer_id.name),
                    "partner_id": member.partner_id.id,
                    "partner_name": member.partner_id.name,
                    "partner_email": member.partner_id.email,
                    "company_id": member.company_id.id,
                    "team_id": offer.helpdesk_team_id.id,
                    "category_id": offer.helpdesk_category_id.id,
                    "retention_member_id": member.id,
                }
            )
        tickets = self.env["helpdesk.ticket"].create(values)
        for member, ticket in zip(self, tickets, strict=True):
            member.ticket_id = ticket

    def _send_letters(self, template):
        """A letter in the mail queue for each, in the language of its reader; it stands with the customer."""
        self.flush_recordset()
        mails = template.send_mail_batch(self.ids)
        mails.flush_recordset()
        self._check_readers(mails)
        for member, mail in zip(self, mails, strict=True):
            member.mail_id = mail
            mail.mail_message_id.write({"model": "res.partner", "res_id": member.partner_id.id})

    def _check_readers(self, mails):
        """Letters may have copies, whatever the template says.

        :raise UserError: one reaches nobody, or also somebody who is left alone
        """
        addresses = {
            address: mail
            for mail in mails
            for address in email_normalize_all(f"{mail.email_to or ''},{mail.email_cc or ''}")
        }
        for mail in mails:
            addresses |= dict.fromkeys(filter(None, mail.recipient_ids.mapped("email_normalized")), mail)
        if mails - mails.browse(mail.id for mail in addresses.values()):
            raise UserError(self.env._("The letter has nobody to go to: look at its recipients."))
        rows = self.env.execute_query(
            SQL(
                """SELECT customer.name
                     FROM customer_retention_member h
                     JOIN res_partner customer ON customer.id = h.partner_id
                     JOIN res_partner reader ON reader.commercial_partner_id = customer.id OR reader.id = customer.id
                    WHERE h.campaign_id = %s AND h.arm = 'holdout'
                      AND (reader.email_normalized = ANY(%s) OR reader.id = ANY(%s))
                    LIMIT 1""",
                self.campaign_id.id,
                list(addresses),
                mails.recipient_ids.ids,
            )
        )
        for (name,) in rows:
            raise UserError(self.env._("The letter also goes to %s, who is left alone.", name))

    # -- afterwards ----------------------------------------------------------------------------------------------------

    def action_retry(self):
        """Plan again what was not possible; the next job makes the offer.

        :raise UserError: it was possible, or the campaign is over
        """
        if not self.env.user.has_group("customer_value.group_customer_value_manager"):
            raise AccessError(self.env._("Only managers of customer value decide on offers."))
        self.check_access("read")
        if self.filtered(lambda member: member.state != "failed"):
            raise UserError(self.env._("Only offers that were not possible can be tried again."))
        if self.campaign_id.filtered(lambda campaign: campaign.state not in ("running", "paused")):
            raise UserError(self.env._("The campaign is over: nobody gets its offer any more."))
        # sudo: members are written by nobody but the campaign
        self.sudo().write({"state": "planned", "hindrance": False, "planned_date": False})
        self.campaign_id._plan_offers()
