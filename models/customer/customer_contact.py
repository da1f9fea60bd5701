from urllib.parse import urlsplit

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

CHANNELS = [
    ("phone", "Phone"),
    ("visit", "Visit"),
    ("mail", "Email"),
    ("chat", "Live Chat"),
    ("web", "Web Form"),
    ("letter", "Letter"),
    ("fax", "Fax"),
    ("social", "Social Media"),
]
DIRECTIONS = [("in", "Incoming"), ("out", "Outgoing")]
OUTCOMES = [
    ("ticket", "Ticket"),
    ("complaint", "Complaint"),
    ("quotation", "Quotation"),
    ("opportunity", "Opportunity"),
    ("lead", "Lead"),
    ("activity", "Activity"),
    ("note", "Note Only"),
]

BY_OUTCOME = _lt("What a contact led to is set by the buttons for its outcome: Ticket, Complaint, Quotation and so on.")
TITLE_LENGTH = 80


class CustomerContact(models.Model):
    """A contact made: who spoke with whom, how, about what, and what it led to.

    Whoever is not known yet stays open with the candidates, until somebody chooses one of them or a lead has become a
    customer.
    """

    _name = "customer.contact"
    _description = "Contact Made"
    _inherit = [
        "customer.value.company.record",
        "customer.value.workflow.record",
        "customer.succession.participant",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "moment desc, id desc"
    _rec_name = "subject"
    _rec_names_search = ["subject", "note", "person", "phone", "email"]
    _mail_post_access = "read"
    _succession_layer = 110

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        domain="[('company_id', 'in', [company_id, False])]",
        help="The customer, or the person who spoke for them.",
    )
    customer_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Customer", store=True, index="btree_not_null"
    )
    manager_id = fields.Many2one(related="customer_id.user_id", string="Account Manager")
    candidate_ids = fields.Many2many(
        "res.partner",
        "customer_contact_candidate_rel",
        "contact_id",
        "partner_id",
        string="Candidates",
        readonly=True,
        copy=False,
        help="Customers with this phone number or address: choose who it was.",
    )
    person = fields.Char(string="Name", help="As given, if the customer is not known.")
    phone = fields.Char(help="The number of the other side.")
    email = fields.Char()
    channel = fields.Selection(CHANNELS, required=True, default="phone", index=True)
    direction = fields.Selection(DIRECTIONS, string="In / Out", required=True, default="in")
    moment = fields.Datetime(string="Time", required=True, default=fields.Datetime.now, index=True)
    duration = fields.Float(help="In hours and minutes.")
    subject = fields.Char()
    note = fields.Text()
    recording_url = fields.Char(string="Recording", copy=False, help="Where the telephone system keeps it.")
    call_id = fields.Char(
        string="Call ID", readonly=True, copy=False, help="Number of the call in the telephone system."
    )
    user_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="The colleague who spoke with the customer.",
    )
    outcome = fields.Selection(OUTCOMES, readonly=True, copy=False, tracking=True, workflow=BY_OUTCOME)
    lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        workflow=BY_OUTCOME,
        help="Made of somebody who was not known. Once the lead has a customer, the contact is theirs as well.",
    )
    outcome_model = fields.Char(readonly=True, copy=False, workflow=BY_OUTCOME)
    outcome_res_id = fields.Many2oneReference(
        string="Record", model_field="outcome_model", readonly=True, copy=False, workflow=BY_OUTCOME
    )
    outcome_name = fields.Char(string="Led To", compute="_compute_outcome_name")
    is_open = fields.Boolean(
        string="To Assign",
        compute="_compute_is_open",
        store=True,
        index=True,
        help="Nobody has said yet who it was.",
    )
    summary = fields.Char(compute="_compute_summary")

    _outcome_record = models.Index("(outcome_model, outcome_res_id) WHERE outcome_res_id IS NOT NULL")
    _call = models.UniqueIndex(
        "(company_id, call_id) WHERE call_id IS NOT NULL", "This call has been recorded already: open that contact."
    )
    _duration = models.Constraint("CHECK(duration >= 0)", "The duration of a contact cannot be below zero.")

    # -- who it was ----------------------------------------------------------------------------------------------------

    @api.depends("lead_id.partner_id")
    def _compute_partner_id(self):
        for contact in self:
            contact.partner_id = contact.partner_id or contact.lead_id.partner_id

    @api.depends("partner_id", "lead_id")
    def _compute_is_open(self):
        for contact in self:
            contact.is_open = not contact.partner_id and not contact.lead_id

    @api.model
    def _judge_candidates(self, partners):
        """Whose contact it is, of those with its number or address: the only one's, or for a user to choose.

        :return: dict of values
        """
        # sudo: who works here is none of a telephone system's business
        ours = self.env["res.company"].sudo().search([("partner_id", "in", partners.ids)]).partner_id
        Ticket = self.env["helpdesk.ticket"]
        partners = partners.filtered(lambda partner: partner not in ours and not Ticket._is_colleague(partner.sudo()))
        customers = partners.commercial_partner_id
        if len(customers) == 1:
            return {"partner_id": (partners if len(partners) == 1 else customers).id}
        return {"candidate_ids": [Command.set(partners.ids)]}

    def write(self, vals):
        if vals.get("partner_id"):
            vals = vals | {"candidate_ids": [Command.clear()]}
        return super().write(vals)

    # -- what is shown -------------------------------------------------------------------------------------------------

    @api.depends("subject", "note", "channel", "person", "phone", "email")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for contact in self:
            contact.display_name = contact._get_title() or " ".join(
                filter(None, [channels.get(contact.channel), contact.person or contact.phone or contact.email])
            )

    def _get_title(self):
        """The subject, or the first line of the note; empty without either."""
        first = next(iter((self.note or "").strip().splitlines()), "")
        return self.subject or (first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1]}…")

    @api.depends("display_name", "direction")
    def _compute_summary(self):
        directions = dict(self._fields["direction"]._description_selection(self.env))
        for contact in self:
            contact.summary = f"{directions.get(contact.direction, '')}: {contact.display_name}"

    @api.depends("outcome_model", "outcome_res_id")
    def _compute_outcome_name(self):
        for contact in self:
            record = contact._get_outcome_record()
            contact.outcome_name = record.display_name if record else False

    def _get_outcome_record(self):
        """What the contact led to, if it is still there and the user may read it; else None."""
        if not self.outcome_res_id or self.outcome_model not in self.env:
            return None
        record = self.env[self.outcome_model].browse(self.outcome_res_id).exists()
        return record._filtered_access("read") or None

    # -- what is entered -----------------------------------------------------------------------------------------------

    @api.constrains("recording_url")
    def _check_recording_url(self):
        for contact in self.filtered("recording_url"):
            if not self._is_link(contact.recording_url):
                raise ValidationError(
                    self.env._(
                        "%s is no link to a recording. It should begin with http:// or https://.", contact.recording_url
                    )
                )

    @api.model
    def _is_link(self, text):
        try:
            parts = urlsplit(text)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and bool(parts.netloc)

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _after_merge(self, partner):
        """Odoo moves what refers to partners in SQL: whose contact it is follows from the partner anew."""
        customer = partner.commercial_partner_id
        contacts = self.search(
            [("partner_id.commercial_partner_id", "=", customer.id), ("customer_id", "!=", customer.id)]
        )
        self.env.add_to_compute(self._fields["customer_id"], contacts)
