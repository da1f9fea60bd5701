from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, plaintext2html

from ...analytics.core import phones
from ..core.groups import check_value_company
from ..core.locking import lock_for_step
from .customer_contact import CHANNELS, DIRECTIONS, OUTCOMES

# How tickets and complaints call the channels.
TICKET_CHANNELS = {
    "phone": "phone",
    "visit": "visit",
    "mail": "email",
    "chat": "message",
    "web": "web",
    "letter": "letter",
    "fax": "letter",
    "social": "message",
}
# What needs nothing but the rights of this addon, and what those who may create such records can choose.
ALWAYS = ("complaint", "activity", "note")
NEEDED = {"ticket": "helpdesk.ticket", "quotation": "sale.order", "opportunity": "crm.lead", "lead": "crm.lead"}
# Of somebody who is not known, there is no more than a lead to make.
OF_UNKNOWN = ("lead", "note")
ICONS = {
    "ticket": "fa-life-ring",
    "complaint": "fa-exclamation-circle",
    "quotation": "fa-shopping-cart",
    "opportunity": "fa-star-o",
    "lead": "fa-user-plus",
    "activity": "fa-clock-o",
    "note": "fa-pencil-square-o",
}
MOST_FOUND, MOST_LEADS = 50, 10
ENTERED = ("person", "phone", "email", "channel", "direction", "subject", "note")


class CustomerContact(models.Model):
    """Taking down a contact, and what it leads to: a record is made by its own model, with what was said."""

    _inherit = "customer.contact"

    # -- the dialog ----------------------------------------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_choices(self, model=False, res_id=False):
        """What the dialog offers.

        :param str model: of the record that the dialog is opened on, whose customer it begins with; ``res_id``
        :return: dict of ``channels``, ``directions``, ``outcomes``, ``unknown_outcomes`` (lists of dicts of ``code``,
            ``label``, and ``icon`` of outcomes), ``most_found`` (customers that a search shows at most), and
            ``customer`` (dict of ``contact_id``, ``contact``, ``name``, or False)
        :raise AccessError: the user may not see customer values
        """
        check_value_company(self.env)

        def labelled(name, codes):
            labels = dict(self._fields[name]._description_selection(self.env))
            return [{"code": code, "label": labels[code], "icon": ICONS.get(code, "")} for code in codes]

        offered = self._get_offered_outcomes()
        partner = self._find_partner_of(model, res_id)
        return {
            "channels": labelled("channel", [code for code, _label in CHANNELS]),
            "directions": labelled("direction", [code for code, _label in DIRECTIONS]),
            "outcomes": labelled("outcome", [code for code in offered if code != "lead"]),
            "most_found": MOST_FOUND,
            "unknown_outcomes": labelled("outcome", [code for code in offered if code in OF_UNKNOWN]),
            "customer": {
                "contact_id": partner.id,
                "contact": partner.name or partner.display_name,
                "name": partner.commercial_partner_id.display_name,
            }
            if partner
            else False,
        }

    @api.model
    def _get_offered_outcomes(self):
        """Codes of the outcomes that the user may choose."""
        return [code for code, _label in OUTCOMES if code in ALWAYS or self.env[NEEDED[code]].has_access("create")]

    @api.model
    def _find_partner_of(self, model, res_id):
        """The customer of a record, if it has one that the user may see."""
        nobody = self.env["res.partner"]
        if not isinstance(model, str) or model not in self.env or not isinstance(res_id, int):
            return nobody
        record = self.env[model].browse(res_id)
        if model == "res.partner":
            partner = record
        elif "partner_id" in record._fields and record._fields["partner_id"].comodel_name == "res.partner":
            if not record.has_access("read") or not record.exists():
                return nobody
            partner = record.partner_id
        else:
            return nobody
        return partner.exists()._filtered_access("read")

    @api.model
    @api.readonly
    def find_whom(self, text):
        """Everybody whom a text may mean: customers, and open leads of whom there is no customer yet.

        :param str text: as of ``customer.page.find``
        :return: list of dicts of ``key``, ``contact``, ``name``, ``found``, and ``contact_id`` or ``lead_id``
        :raise AccessError: the user may not see customer values
        """
        rows = self.env["customer.page"].find(text, MOST_FOUND)
        found = [{**row, "key": f"customer-{row['id']}"} for row in rows]
        return found + [
            {
                "key": f"lead-{lead.id}",
                "lead_id": lead.id,
                "contact": lead.contact_name or lead.partner_name or lead.name,
                "name": lead.name,
                "found": self.env._("Lead"),
            }
            for lead in self._find_leads(text)
        ]

    @api.model
    def _find_leads(self, text):
        Lead = self.env["crm.lead"]
        text = (text or "").strip()
        if len(text) < 2 or not Lead.has_access("read"):
            return Lead
        same = [Domain(name, "ilike", text) for name in ("contact_name", "partner_name")]
        if address := email_normalize(text):
            same.append(Domain("email_normalized", "=", address))
        if meanings := phones.get_meanings(text, self.env.company.country_id.code):
            same.append(Domain("phone_sanitized", "in", meanings))
        return Lead.search(
            Domain("partner_id", "=", False) & Domain("won_status", "=", "pending") & Domain.OR(same), limit=MOST_LEADS
        )

    @api.model
    def take_down(self, values, outcome):
        """Take down a contact, with what it leads to: one click.

        :param dict values: ``contact_id`` (partner, or False), ``lead_id`` (that is there already, or False),
            ``person``, ``phone`` and ``email`` of somebody who is not known, ``channel``, ``direction``, ``subject``,
            ``note``
        :param str outcome: code
        :return: dict of ``id`` and ``action`` (False where nothing opens)
        :raise AccessError: the user may not see customer values, or the customer
        :raise UserError: the outcome needs a customer, or a note
        """
        company = check_value_company(self.env)
        partner = self.env["res.partner"].browse(values.get("contact_id") or ())
        lead = self.env["crm.lead"].browse(values.get("lead_id") or ())
        partner.check_access("read")
        if lead:
            lead.check_access("read")
        contact = self.create(
            {name: values[name] for name in ENTERED if values.get(name)}
            | {"partner_id": partner.id, "company_id": company.id}
        )
        # sudo: only this sets what a contact led to; the user may read the lead
        contact.sudo().lead_id = lead
        return {"id": contact.id, "action": contact._lead_to(outcome)}

    def action_lead_to(self):
        """The button of an outcome, whose code is in the context."""
        self.ensure_one()
        return self._lead_to(self.env.context.get("contact_outcome")) or None

    # -- outcomes ------------------------------------------------------------------------------------------------------

    def _lead_to(self, outcome):
        """Make what the contact leads to, and link it.

        :return: action that opens it; False for a note
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: pressed twice, a button makes one record
        lock_for_step(self.sudo(), "outcome", "outcome_res_id", "lead_id")
        if outcome not in self._get_offered_outcomes():
            raise UserError(self.env._("Choose what the contact led to: one of the outcomes that you are offered."))
        if not self.partner_id and outcome not in OF_UNKNOWN:
            raise UserError(self.env._("Choose the customer first, or make a lead of somebody who is not known."))
        if self.outcome_res_id:
            raise UserError(self.env._("This contact has led to %s already.", self.outcome_name or self.outcome_model))
        record, action = getattr(self, f"_lead_to_{outcome}")()
        # sudo: only this sets what a contact led to; the user may write the contact
        self.sudo().write(
            {
                "outcome": outcome,
                "outcome_model": record._name if record else False,
                "outcome_res_id": record.id if record else False,
                "lead_id": record.id if outcome == "lead" else self.lead_id.id,
            }
        )
        return action

    def _get_subject(self):
        """A title for what is made of the contact, never empty."""
        who = self.customer_id.display_name or self.person or self.phone or self.email or ""
        channel = dict(self._fields["channel"]._description_selection(self.env))[self.channel]
        return self._get_title() or f"{channel}: {who}".rstrip(": ")

    def _get_told(self):
        return (self.note or self.subject or "").strip()

    @api.model
    def _open_form_of(self, record, target="current"):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": target,
        }

    def _lead_to_ticket(self):
        Ticket = self.env["helpdesk.ticket"]
        partner = self.partner_id
        ticket = Ticket.create(
            {
                "name": self._get_subject(),
                "description": plaintext2html(self._get_told() or self._get_subject()),
                "partner_id": partner.id,
                "partner_name": partner.name,
                "partner_email": partner.email,
                "company_id": self.company_id.id,
                "channel_id": Ticket._get_complaint_channel(TICKET_CHANNELS[self.channel], self.company_id).id,
            }
        )
        return ticket, self._open_form_of(ticket)

    def _lead_to_complaint(self):
        """By the form that everybody records complaints with."""
        intake = self.env["customer.complaint.intake"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "channel": TICKET_CHANNELS[self.channel],
                "name": self._get_subject(),
                "description": self._get_told() or " ",
            }
        )
        action = intake.action_record()
        return self.env[action["res_model"]].browse(action["res_id"]), action

    def _lead_to_quotation(self):
        order = self.env["sale.order"].create({"partner_id": self.partner_id.id, "company_id": self.company_id.id})
        if self._get_told():
            order._message_log(body=plaintext2html(self._get_told()))
        return order, self._open_form_of(order)

    def _lead_to_opportunity(self):
        lead = self.env["crm.lead"].create(self._prepare_lead() | {"type": "opportunity"})
        return lead, self._open_form_of(lead)

    def _lead_to_lead(self):
        if self.lead_id:
            return self.lead_id, self._open_form_of(self.lead_id)
        given = {"contact_name": self.person, "phone": self.phone, "email_from": self.email}
        lead = self.env["crm.lead"].create(self._prepare_lead() | {key: text for key, text in given.items() if text})
        return lead, self._open_form_of(lead)

    def _prepare_lead(self):
        return {
            "name": self._get_subject(),
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
            "description": plaintext2html(self._get_told()) if self._get_told() else False,
        }

    def _lead_to_activity(self):
        # sudo: users plan with customers whom they may not edit
        activity = self.partner_id.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.context_today(self),
            summary=self._get_subject(),
            note=plaintext2html(self._get_told()) if self._get_told() else False,
            user_id=self.env.uid,
        )
        return activity, self._open_form_of(activity.sudo(False), "new")

    def _lead_to_note(self):
        return None, False

    # -- what it led to ------------------------------------------------------------------------------------------------

    def action_open_outcome(self):
        self.ensure_one()
        record = self._get_outcome_record()
        if not record:
            raise UserError(self.env._("What this contact led to is no longer there, or you may not see it."))
        return self._open_form_of(record)
