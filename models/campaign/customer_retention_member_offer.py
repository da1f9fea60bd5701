import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, email_normalize_all, plaintext2html

from ..core.groups import VALUE_MANAGER

_logger = logging.getLogger(__name__)


class CustomerRetentionMember(models.Model):
    """Making the offer to members who are due: together if all goes well, so that it costs few queries each."""

    _inherit = "customer.retention.member"

    kind = fields.Selection(related="campaign_id.offer_id.kind")
    offer_id = fields.Many2one(related="campaign_id.offer_id")
    reason_id = fields.Many2one(related="campaign_id.reason_id")
    valid_until = fields.Date(readonly=True, help="Last day on which the customer can use the offer.")
    card_ids = fields.One2many(
        "loyalty.card",
        "retention_member_id",
        string="Codes",
        readonly=True,
        help="One code; several if customers with a code each were merged.",
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
        string="Used Face Value",
        help="Discounts from the code on confirmed orders and at tills, taxes included.",
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
        """What codes have taken off confirmed orders and at tills, in company currency at the rate of each order, taxes
        included.

        :param SQL condition: over members ``m``
        :return: list of ``(campaign id, member id, amount)``, of those whose codes were used
        """
        self.env["sale.order.line"].flush_model(["coupon_id", "price_total", "order_id"])
        self.env["sale.order"].flush_model(["state", "currency_rate"])
        self.env["loyalty.card"].flush_model(["retention_member_id"])
        self.flush_model(["campaign_id"])
        Source = self.env["customer.value.source"]
        taken = SQL(
            """SELECT m.campaign_id, m.id, -line.price_total / COALESCE(NULLIF(so.currency_rate, 0), 1) AS amount
                     FROM customer_retention_member m
                     JOIN loyalty_card card ON card.retention_member_id = m.id
                     JOIN sale_order_line line ON line.coupon_id = card.id
                     JOIN sale_order so ON so.id = line.order_id AND so.state = 'sale'
                    WHERE %s""",
            condition,
        )
        if Source._has_till_coupons():
            taken = SQL(
                """%s UNION ALL
                   SELECT m.campaign_id, m.id, -code.total
                     FROM customer_retention_member m
                     JOIN loyalty_card card ON card.retention_member_id = m.id
                     JOIN (%s) code ON code.card_id = card.id
                    WHERE %s""",
                taken,
                Source._till_codes_sql(),
                condition,
            )
        return self.env.execute_query(
            SQL("SELECT campaign_id, id, sum(amount)::float8 FROM (%s) taken GROUP BY campaign_id, id", taken)
        )

    # -- what users press ----------------------------------------------------------------------------------------------

    def action_retry(self):
        """Plan again what was not possible; the next job makes the offer.

        :raise UserError: it was possible, or the campaign is over
        """
        if not self.env.user.has_group(VALUE_MANAGER):
            raise AccessError(self.env._("Only Customer Value managers can decide on offers."))
        self.check_access("read")
        if self.filtered(lambda member: member.state != "failed"):
            raise UserError(self.env._("Only failed offers can be tried again."))
        if self.campaign_id.filtered(lambda campaign: campaign.state not in ("running", "paused")):
            raise UserError(self.env._("The campaign has ended: its offer is no longer available."))
        # sudo: only the campaign writes members
        self.sudo().write({"state": "planned", "hindrance": False, "planned_date": False})
        self.campaign_id._plan_offers()

    def action_new_quotation(self):
        """A quotation that counts for the campaign."""
        self.ensure_one()
        # sudo: salespeople need no access to campaigns of marketing
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

    # -- the offer -----------------------------------------------------------------------------------------------------

    def _offer_safely(self):
        """Make the offer to as many as it can be made to. Call with sudo, for members of one campaign.

        Where one of them cannot have it, the others get theirs.
        """
        self.env["ir.cron"]._value_do_together(
            self, lambda members: members._make_offer(), lambda member, error: member._note_failure(error)
        )

    def _note_failure(self, error):
        _logger.info("Offer to member %s failed", self.id, exc_info=error)
        self.write({"state": "failed", "hindrance": str(error)[:500]})

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
        today = campaign.company_id._get_value_today()
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
        if offer.has_letter:
            ready._send_letters(offer.template_id)
        self.flush_recordset()

    # -- hindrances ----------------------------------------------------------------------------------------------------

    def _get_delivery_hindrances(self):
        """What has changed since the draw, or was hidden then.

        :return: dict member id: why the offer cannot be made now, in words
        """
        hindrances = dict(self._get_standing_hindrances())
        for label, query in self._hindrance_queries():
            for (member_id,) in self.env.execute_query(query):
                hindrances.setdefault(member_id, label)
        if self.campaign_id.offer_id._has_letter():
            for member in self._get_members_written_twice(hindrances):
                hindrances[member.id] = self.env._("Another customer in the campaign uses the same email address")
        return hindrances

    def _get_members_written_twice(self, hindrances):
        """Those whose address has had the letter of the campaign already, or gets it with another of these.

        :param hindrances: ids of members who do not get it
        """
        ready = self.filtered(lambda member: member.id not in hindrances)
        written = dict(
            self.env.execute_query(
                SQL(
                    """SELECT q.email_normalized, o.id FROM customer_retention_member o
                         JOIN res_partner q ON q.id = o.partner_id
                        WHERE o.campaign_id = %s AND o.state = 'offered' AND q.email_normalized = ANY(%s)""",
                    self.campaign_id.id,
                    ready.partner_id.mapped("email_normalized"),
                )
            )
        )
        twice = self.browse()
        for member in ready:
            if written.setdefault(member.partner_id.email_normalized, member.id) != member.id:
                twice |= member
        return twice

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
                    self.env._("No account manager, and no responsible user on the campaign"),
                    SQL("%s AND m.user_id IS NULL", members),
                )
            )
        for _code, label, condition in offer._get_partner_exclusions():
            queries.append((label, SQL("%s AND %s", members, condition(SQL("p.id")))))
        if offer.kind == "pricelist":
            queries.append(
                (
                    self.env._("Now a contact: the pricelist would apply to the whole company"),
                    SQL("%s AND p.commercial_partner_id <> p.id", members),
                )
            )
        if offer._has_letter():
            queries.append(
                (
                    self.env._("A customer in the control group uses the same email address"),
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
            raise UserError(self.env._("The pricelist %s is archived.", offer.pricelist_id.name))
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
        """What the assigned person should know: the campaign, why, what to say."""
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

    # -- letters -------------------------------------------------------------------------------------------------------

    def _send_letters(self, template):
        """A letter in the mail queue for each, in the language of its reader; it stands with the customer."""
        self.flush_recordset()
        mails = template.send_mail_batch(self.ids)
        mails.flush_recordset()
        self._check_readers(mails)
        for member, mail in zip(self, mails, strict=True):
            member.mail_id = mail
            # the job sends it, and whom it comes from is the customer's manager
            author = member.user_id.partner_id or mail.author_id
            mail.mail_message_id.write({"model": "res.partner", "res_id": member.partner_id.id, "author_id": author.id})

    def _check_readers(self, mails):
        """Letters may have copies, whatever the template says.

        :raise UserError: a letter has no recipient, or also one in the control group
        """
        addresses = {
            address: mail
            for mail in mails
            for address in email_normalize_all(f"{mail.email_to or ''},{mail.email_cc or ''}")
        }
        for mail in mails:
            addresses |= dict.fromkeys(filter(None, mail.recipient_ids.mapped("email_normalized")), mail)
        if mails - mails.browse(mail.id for mail in addresses.values()):
            raise UserError(self.env._("The letter has no recipient: check its recipient settings."))
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
            raise UserError(self.env._("The letter would also go to %s, who is in the control group.", name))

    def _note_lost_letter(self, explain):
        """Offers whose letter did not arrive were made: who is to know of them has to be told in another way.

        :param explain: function of a member that returns why, in words
        """
        for member in self.filtered(lambda member: member.state == "offered" and not member.hindrance):
            member.hindrance = explain(member)[:500]

    # -- taken back, and merged ----------------------------------------------------------------------------------------

    def _take_back_calls(self, why):
        """Withdraw calls and visits that have not been made, with their cost. Call with sudo.

        :param str why: told on the members
        """
        undone = self.filtered(lambda member: member.state == "offered" and member.activity_id.active)
        undone.activity_id.unlink()
        undone._was_not_made("withdrawn", why)

    def _was_not_made(self, state, why):
        self.write({"state": state, "hindrance": why, "cost": 0.0, "offered_on": False})

    def _hand_over_to(self, kept):
        """What these members got counts as given to ``kept``; no customer is called or visited twice."""
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
