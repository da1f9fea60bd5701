from bisect import bisect_left
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from .customer_complaint_type import COMPLAINT_KINDS, SEVERITIES
from .groups import COMPLAINT_OFFICER

_lt = LazyTranslate(__name__)

BY_STEPS = _lt("State, dates and deadlines of a complaint are set by its steps. Use its buttons.")

STATES = [
    ("received", "Received"),
    ("acknowledged", "Acknowledged"),
    ("assessed", "Assessed"),
    ("investigating", "Investigating"),
    ("answered", "Answered"),
    ("disputed", "Disputed"),
    ("referred", "Escalated externally"),
    ("closed", "Closed"),
]

OUTCOMES = [
    ("accepted", "Accepted"),
    ("redress", "Goodwill redress"),
    ("rejected", "Rejected"),
]

REMEDIES = [
    ("refund", "Money back"),
    ("replacement", "Replacement"),
    ("repair", "Repair"),
    ("discount", "Discount"),
    ("apology", "Apology"),
    ("explanation", "Explanation"),
    ("other", "Other remedy"),
]

FAULTS = [("ours", "Ours"), ("shared", "Shared"), ("not_ours", "Not ours"), ("unclear", "Undetermined")]

# The customer has the final response, and it stays as it is
ANSWERED = ("answered", "closed", "referred")


class HelpdeskTicket(models.Model):
    """A complaint is a ticket that states dissatisfaction and expects an answer.

    Fields only for users who handle complaints have ``groups``: customers can read their tickets.
    """

    _name = "helpdesk.ticket"
    _inherit = [
        "helpdesk.ticket",
        "customer.value.workflow.record",
        "customer.value.readable",
        "customer.succession.participant",
    ]
    _succession_layer = 108
    _workflow_asked = ("is_complaint",)

    is_complaint = fields.Boolean(readonly=True, copy=False, index=True, workflow=BY_STEPS, string="Is a Complaint")
    complaint_number = fields.Char(readonly=True, copy=False, index="trigram", workflow=BY_STEPS)
    complaint_state = fields.Selection(
        STATES, readonly=True, copy=False, index="btree_not_null", tracking=True, group_expand=True, workflow=BY_STEPS
    )
    complaint_outcome = fields.Selection(
        [*OUTCOMES, ("merged", "Merged into another")],
        string="Outcome",
        readonly=True,
        copy=False,
        tracking=True,
        workflow=BY_STEPS,
    )
    complaint_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    # What the customer says
    complaint_type_id = fields.Many2one(
        "customer.complaint.type",
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', [company_id, False])]",
    )
    complaint_remedy = fields.Selection(REMEDIES, string="Requested Remedy")
    complaint_order_id = fields.Many2one("sale.order", string="Order", index="btree_not_null", ondelete="restrict")
    complaint_order_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        ondelete="set null",
        domain="[('order_id', '=', complaint_order_id), ('display_type', '=', False)]",
    )
    complaint_move_id = fields.Many2one("account.move", string="Invoice", index="btree_not_null", ondelete="restrict")

    # What we find
    complaint_severity = fields.Selection(
        SEVERITIES, string="Severity", copy=False, tracking=True, groups=COMPLAINT_OFFICER
    )
    complaint_proposed_severity = fields.Selection(
        SEVERITIES, compute="_compute_complaint_proposed_severity", groups=COMPLAINT_OFFICER, string="Proposed Severity"
    )
    complaint_safety = fields.Boolean(
        string="Safety", copy=False, groups=COMPLAINT_OFFICER, help="There is a risk of injury."
    )
    complaint_reach = fields.Selection(
        [("one", "This customer"), ("several", "Several customers"), ("many", "Many customers, or the public")],
        string="Impact",
        default="one",
        copy=False,
        groups=COMPLAINT_OFFICER,
    )
    complaint_loss = fields.Monetary(
        string="Customer's Loss",
        currency_field="complaint_currency_id",
        copy=False,
        groups=COMPLAINT_OFFICER,
        help="Financial loss of the customer. Redress is limited by it.",
    )
    complaint_earlier_count = fields.Integer(
        string="Earlier Complaints", compute="_compute_complaint_earlier_count", groups=COMPLAINT_OFFICER
    )
    complaint_fault = fields.Selection(
        FAULTS,
        string="Fault",
        copy=False,
        tracking=True,
        groups=COMPLAINT_OFFICER,
    )
    complaint_fault_kind = fields.Selection(
        COMPLAINT_KINDS, string="Fault Type", copy=False, tracking=True, groups=COMPLAINT_OFFICER
    )
    complaint_assessment = fields.Text(string="Assessment", copy=False, groups=COMPLAINT_OFFICER)

    # What we do
    complaint_answer = fields.Html(
        string="Final Response", copy=False, groups=COMPLAINT_OFFICER, sanitize_attributes=True
    )
    complaint_rejection = fields.Text(string="Rejection Reasons", copy=False, groups=COMPLAINT_OFFICER)
    complaint_cause_id = fields.Many2one(
        "customer.complaint.cause",
        string="Root Cause",
        copy=False,
        tracking=True,
        ondelete="restrict",
        groups=COMPLAINT_OFFICER,
        domain="[('company_id', 'in', [company_id, False])]",
    )
    complaint_done = fields.Text(string="Completed Actions", copy=False, groups=COMPLAINT_OFFICER)
    complaint_change = fields.Text(string="Planned Improvement", copy=False, groups=COMPLAINT_OFFICER)
    complaint_change_user_id = fields.Many2one("res.users", string="Owner", copy=False, groups=COMPLAINT_OFFICER)
    complaint_referral_body = fields.Char(string="External Body", copy=False, groups=COMPLAINT_OFFICER)

    # When: each date is set by the transition that means it
    complaint_received_on = fields.Datetime(string="Received On", readonly=True, copy=False, workflow=BY_STEPS)
    complaint_acknowledged_on = fields.Datetime(string="Acknowledged On", readonly=True, copy=False, workflow=BY_STEPS)
    complaint_assessed_on = fields.Datetime(string="Assessed On", readonly=True, copy=False, workflow=BY_STEPS)
    complaint_investigating_on = fields.Datetime(
        string="Investigation Started", readonly=True, copy=False, workflow=BY_STEPS
    )
    complaint_answered_on = fields.Datetime(string="Answered On", readonly=True, copy=False, workflow=BY_STEPS)
    complaint_disputed_on = fields.Datetime(string="Disputed On", readonly=True, copy=False, workflow=BY_STEPS)
    complaint_referred_on = fields.Datetime(
        string="Escalated Externally On", readonly=True, copy=False, workflow=BY_STEPS
    )
    complaint_closed_on = fields.Datetime(readonly=True, copy=False, workflow=BY_STEPS)

    complaint_event_ids = fields.One2many(
        "customer.complaint.event",
        "ticket_id",
        string="Events",
        readonly=True,
        groups=COMPLAINT_OFFICER,
        workflow=BY_STEPS,
    )

    _complaint_number_unique = models.UniqueIndex(
        "(company_id, complaint_number) WHERE complaint_number IS NOT NULL", "This complaint number already exists."
    )
    # written as Odoo writes the domains of lists and counts: PostgreSQL does not see that "x IS TRUE" is "x"
    _complaint_customer = models.Index("(commercial_partner_id, complaint_received_on) WHERE is_complaint IS TRUE")
    # in the order of tickets: a column of the board is read without sorting what is not on its first page; and with all
    # that Odoo asks of a ticket that it counts
    _complaint_open = models.Index(
        "(company_id, complaint_state, priority DESC, sequence, number DESC, id DESC) INCLUDE (active)"
        " WHERE is_complaint IS TRUE AND (complaint_state <> 'closed' OR complaint_state IS NULL)"
    )

    # -- computed ----------------------------------------------------------------------------------------------------

    @api.depends("commercial_partner_id", "complaint_received_on", "company_id")
    def _compute_complaint_earlier_count(self):
        """Complaints of the same customer in the year before this one."""
        dates = [ticket.complaint_received_on for ticket in self if ticket.complaint_received_on]
        earlier = self.sudo().search_fetch(
            [
                ("is_complaint", "=", True),
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("complaint_received_on", ">=", fields.Datetime.subtract(min(dates), years=1)),
                # what was merged is the same complaint, and not one more
                ("complaint_outcome", "not in", ["merged"]),
            ]
            if dates
            else [("id", "=", False)],
            ["commercial_partner_id", "company_id", "complaint_received_on"],
            order="complaint_received_on",
        )
        moments = defaultdict(list)
        for other in earlier:
            moments[other.commercial_partner_id, other.company_id].append(other.complaint_received_on)
        for ticket in self:
            received = ticket.complaint_received_on
            theirs = moments[ticket.commercial_partner_id, ticket.company_id]
            ticket.complaint_earlier_count = bool(received) and (
                bisect_left(theirs, received) - bisect_left(theirs, fields.Datetime.subtract(received, years=1))
            )

    @api.depends(
        "complaint_safety", "complaint_reach", "complaint_loss", "complaint_earlier_count", "complaint_type_id.severity"
    )
    def _compute_complaint_proposed_severity(self):
        """The highest of what safety, reach, money and repetition say, and at least what is usual for the type."""
        for ticket in self:
            levels = [int(ticket.complaint_type_id.severity or "1")]
            high = ticket.company_id.complaint_high_loss
            if ticket.complaint_safety:
                levels.append(4)
            levels.append({"several": 3, "many": 4}.get(ticket.complaint_reach, 1))
            if high and ticket.complaint_loss >= high:
                levels.append(3)
            if ticket.complaint_earlier_count:
                levels.append(min(3, 1 + ticket.complaint_earlier_count))
            ticket.complaint_proposed_severity = str(max(levels))

    # -- guards ------------------------------------------------------------------------------------------------------

    def write(self, vals):
        """Start another clock where customer or severity change.

        :raise UserError: somebody rewrites what the customer has been told
        """
        if (
            not self.env.su
            and "complaint_answer" in vals
            and self.filtered(lambda ticket: ticket.complaint_state in ANSWERED)
        ):
            raise UserError(
                self.env._(
                    "This answer has already been sent to the customer. If it is disputed, you can write another one."
                )
            )
        changing = {"partner_id": "customer", "complaint_severity": "severity"}
        causes = [cause for name, cause in changing.items() if name in vals]
        if not causes:
            return super().write(vals)
        # sudo: only officers may read the severity, but anybody who may change the customer starts a clock
        before = {ticket.id: ticket._complaint_terms() for ticket in self.sudo() if ticket.is_complaint}
        result = super().write(vals)
        for ticket in self.sudo().browse(before):
            running = ticket._running_clocks("answer")[-1:]
            promised = running.partner_id, running.severity
            if ticket._complaint_terms() not in (before[ticket.id], promised):
                ticket._restart_complaint_clock(causes[-1])
        return result

    def _complaint_terms(self):
        """What a promise to answer depends on."""
        return self.commercial_partner_id, self.complaint_severity

    @api.depends("is_complaint", "complaint_number")
    @api.depends_context("complaint_letter")
    def _compute_display_name(self):
        """Messages and pages name a complaint by the number that the customer has; that of the ticket is ours."""
        result = super()._compute_display_name()
        for ticket in self.filtered("is_complaint"):
            # the layout of mails would write the number in another way; the letter itself has it
            letter = self.env.context.get("complaint_letter")
            ticket.display_name = ticket.name if letter else f"{ticket.complaint_number} - {ticket.name}"
        return result

    @api.constrains("stage_id", "active")
    def _check_complaint_stage(self):
        """Closing a ticket is not closing a complaint."""
        for ticket in self.filtered("is_complaint"):
            if (ticket.stage_id.closed or not ticket.active) and ticket.complaint_state != "closed":
                raise ValidationError(
                    self.env._(
                        "%s is an open complaint. Use its buttons to answer and close it; the stage is updated "
                        "automatically.",
                        ticket.complaint_number,
                    )
                )

    @api.constrains("complaint_order_id", "complaint_order_line_id", "complaint_move_id", "partner_id")
    def _check_complaint_documents(self):
        """The documents of a complaint belong to the customer who complains."""
        for ticket in self:
            # sudo: officers link orders that they may not open
            sudo = ticket.sudo()
            for document in (sudo.complaint_order_id, sudo.complaint_order_line_id.order_id, sudo.complaint_move_id):
                if document and (
                    sudo.commercial_partner_id not in self._get_document_customers(document)
                    or document.company_id != sudo.company_id
                ):
                    raise ValidationError(
                        self.env._(
                            "%(document)s does not belong to %(customer)s. Choose a document of this customer, or "
                            "change the customer of the complaint first.",
                            document=document.display_name,
                            customer=sudo.commercial_partner_id.display_name or self.env._("an unknown customer"),
                        )
                    )

    @api.model
    def _get_document_customers(self, document):
        """Whose an order or invoice is: the customer of today, and the one of then where its contact has moved on."""
        then = document.value_customer_id if document._name == "sale.order" else document.commercial_partner_id
        return (document.partner_id | then).commercial_partner_id

    # -- contacts move on ----------------------------------------------------------------------------------------------

    @api.model
    def _before_move(self, partners):
        """:return: dict from id of a complaint, or of a ticket that is closed, to that of its customer"""
        customers = partners.sudo().commercial_partner_id
        tickets = self.with_context(active_test=False).search_fetch(
            Domain("commercial_partner_id", "in", customers.ids)
            & (Domain("is_complaint", "=", True) | Domain("stage_id.closed", "=", True)),
            ["commercial_partner_id"],
        )
        return {ticket.id: ticket.commercial_partner_id.id for ticket in tickets}

    @api.model
    def _after_move(self, partners, state):
        """What a contact complained about stays with the customer whose it was, as orders and invoices do.

        So do other tickets that are closed; what is still asked goes along with whoever asks.
        """
        tickets = self.browse(state)
        for ticket in tickets.filtered(lambda ticket: ticket.commercial_partner_id.id != state[ticket.id]):
            customer = self.env["res.partner"].browse(state[ticket.id])
            # who was a customer before belonging to one takes along what they had brought, as with orders
            own = ticket.complaint_clock_ids[:1].partner_id == ticket.partner_id
            if customer.commercial_partner_id == customer and not own:
                ticket.partner_id = customer

    @api.ondelete(at_uninstall=False)
    def _unlink_except_complaint(self):
        if self.filtered("is_complaint"):
            raise UserError(
                self.env._(
                    "Complaints cannot be deleted. Convert it to a ticket if it was never a complaint, or close it."
                )
            )

    # -- intake ------------------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """``is_complaint`` among the values, or a team for complaints, makes the ticket a complaint."""
        vals_list = [dict(vals) for vals in vals_list]
        wanted = [bool(vals.pop("is_complaint", self.env.context.get("default_is_complaint"))) for vals in vals_list]
        tickets = super(HelpdeskTicket, self.with_context(default_is_complaint=False)).create(vals_list)
        tickets = tickets.with_context(default_is_complaint=self.env.context.get("default_is_complaint"))
        # automatic messages are not acknowledged
        automatic = self.env.context.get("complaint_automatic")
        # sudo: customers do not read every team, and the team of their ticket counts all the same
        complaints = tickets.browse(
            ticket.id
            for ticket, asked in zip(tickets, wanted, strict=True)
            if asked or (ticket.sudo().team_id.for_complaints and not automatic)
        )
        complaints._make_complaint()
        return tickets

    def action_make_complaint(self):
        """Turn ordinary tickets into complaints; the clocks start now."""
        self.check_access("write")
        self._check_complaint_role(COMPLAINT_OFFICER)
        self._make_complaint()

    def _make_complaint(self, note=None):
        """Receive the tickets as complaints: number, clocks, and the written acknowledgment."""
        now = fields.Datetime.now()
        for ticket in self.filtered(lambda ticket: not ticket.is_complaint):
            # sudo: these fields are closed to everybody but the workflow, and customers complain too
            sudo = ticket.sudo()
            sequence = self.env["ir.sequence"].sudo().with_company(sudo.company_id)
            sudo.write(
                sudo._prepare_complaint_responsible()
                | {
                    "is_complaint": True,
                    "complaint_number": sudo.complaint_number or sequence.next_by_code("customer.complaint"),
                    "complaint_state": "received",
                    "complaint_received_on": now,
                    "complaint_severity": sudo.complaint_severity or sudo.complaint_type_id.severity or "2",
                }
            )
            sudo._log_complaint("state", note or "", state_to="received", actor=self._complaint_actor())
            sudo._start_complaint_clocks(now)
            sudo._acknowledge_in_writing()

    def action_make_ordinary(self):
        """Ask for the reason, then turn complaints into ordinary tickets."""
        return self._complaint_step_action("withdraw")

    def _make_ordinary(self, reason):
        """The ticket was no complaint after all. Its number and its history stay with it.

        :raise UserError: somebody has been answered already
        """
        self._check_complaint_role(COMPLAINT_OFFICER)
        for ticket in self.filtered("is_complaint"):
            if ticket.complaint_state not in ("received", "acknowledged", "assessed"):
                raise UserError(
                    self.env._(
                        "%s is under investigation or has been answered and must remain a complaint.",
                        ticket.complaint_number,
                    )
                )
            # sudo: as in _make_complaint
            sudo = ticket.sudo()
            sudo._log_complaint("state", reason, state_from=sudo.complaint_state)
            sudo._stop_complaint_clocks(fields.Datetime.now())
            sudo.write({"is_complaint": False, "complaint_state": False})

    def _log_complaint(self, kind, note="", state_from=False, state_to=False, actor=None, now=None):
        """Append to the record of the complaint. Call with sudo."""
        self.env["customer.complaint.event"].create(
            [ticket._prepare_complaint_event(kind, note, state_from, state_to, actor, now) for ticket in self]
        )

    def _prepare_complaint_event(self, kind, note="", state_from=False, state_to=False, actor=None, now=None):
        return {
            "ticket_id": self.id,
            "company_id": self.company_id.id,
            "date": now or fields.Datetime.now(),
            "user_id": self.env.uid,
            "actor": actor or self._complaint_actor(),
            "kind": kind,
            "state_from": state_from,
            "state_to": state_to,
            "note": note,
        }

    @api.model
    def _complaint_actor(self):
        if self.env.uid == self.env.ref("base.user_root").id:
            return "system"
        return "staff" if self.env.user._is_internal() else "customer"
