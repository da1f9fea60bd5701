from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ...models.complaint.customer_complaint_redress import KINDS
from ...models.complaint.customer_complaint_type import COMPLAINT_KINDS, SEVERITIES
from ...models.complaint.helpdesk_ticket import FAULTS, OUTCOMES

# Fields of the dialog -> fields of the complaint
FIELDS = {
    "type_id": "complaint_type_id",
    "severity": "complaint_severity",
    "fault": "complaint_fault",
    "fault_kind": "complaint_fault_kind",
    "loss": "complaint_loss",
    "assessment": "complaint_assessment",
    "user_id": "user_id",
    "answer": "complaint_answer",
    "rejection": "complaint_rejection",
    "cause_id": "complaint_cause_id",
    "done": "complaint_done",
    "change": "complaint_change",
    "change_user_id": "complaint_change_user_id",
    "body": "complaint_referral_body",
    "move_id": "complaint_move_id",
    "order_id": "complaint_order_id",
}

# What an assessment looks at; asked for together, and only where a part of it is missing
ASSESSMENT = ("type_id", "severity", "fault", "fault_kind", "loss", "assessment")

CLOSING = ("cause_id", "done", "change", "change_user_id")


class CustomerComplaintStep(models.TransientModel):
    """Asks for what a step of a complaint lacks, and takes it together with the steps that lead to it."""

    _name = "customer.complaint.step"
    _description = "Step of a Complaint"
    _inherit = ["customer.value.readable"]

    ticket_ids = fields.Many2many("helpdesk.ticket", required=True, readonly=True)
    step = fields.Selection(
        [
            ("assess", "Assess"),
            ("investigate", "Investigate"),
            ("answer", "Answer"),
            ("redress", "Offer redress"),
            ("close", "Close"),
            ("dispute", "Record a dispute"),
            ("refer", "Escalate externally"),
            ("wait", "Wait for the customer"),
            ("withdraw", "Convert to ticket"),
        ],
        required=True,
        readonly=True,
    )
    asked = fields.Char(compute="_compute_asked", help="Names of the fields that are shown, each between two commas.")
    company_id = fields.Many2one("res.company", compute="_compute_about")
    currency_id = fields.Many2one(related="company_id.currency_id")
    commercial_partner_id = fields.Many2one("res.partner", compute="_compute_about")
    facts = fields.Json(compute="_compute_about")
    proposed_severity = fields.Selection(SEVERITIES, compute="_compute_about")

    note = fields.Text(string="Reason")
    type_id = fields.Many2one("customer.complaint.type", domain="[('company_id', 'in', [company_id, False])]")
    severity = fields.Selection(SEVERITIES)
    fault = fields.Selection(FAULTS)
    fault_kind = fields.Selection(COMPLAINT_KINDS, string="Fault Type")
    loss = fields.Monetary(string="Customer's Loss", help="Financial loss of the customer. Redress is limited by it.")
    assessment = fields.Text()
    user_id = fields.Many2one("res.users", string="Owner", domain=[("share", "=", False)])
    answer = fields.Html(string="Final Response", sanitize_attributes=True)
    outcome = fields.Selection(OUTCOMES, compute="_compute_outcome", store=True, readonly=False)
    rejection = fields.Text(string="Rejection Reasons", help="The customer is informed of these reasons.")
    cause_id = fields.Many2one(
        "customer.complaint.cause", string="Root Cause", domain="[('company_id', 'in', [company_id, False])]"
    )
    done = fields.Text(string="Completed Actions")
    change = fields.Text(string="Planned Improvement", help="To prevent it from happening again.")
    change_user_id = fields.Many2one(
        "res.users", string="Improvement Owner", domain=[("share", "=", False)], help="Assigned to the activity."
    )
    body = fields.Char(string="External Body", help="Arbitration board, ombudsman, court, regulator…")

    redress_ids = fields.Many2many("customer.complaint.redress", compute="_compute_about")
    redress_kind = fields.Selection(KINDS, string="Offer", compute="_compute_redress", store=True, readonly=False)
    redress_amount = fields.Monetary(
        string="Amount",
        compute="_compute_redress",
        store=True,
        readonly=False,
        currency_field="redress_currency_id",
        help="Taxes included.",
    )
    redress_currency_id = fields.Many2one("res.currency", compute="_compute_redress_terms")
    redress_limit = fields.Monetary(string="Maximum Allowed", compute="_compute_redress_terms")
    redress_approval = fields.Boolean(compute="_compute_redress_terms")
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id), ('company_id', '=', company_id),"
        " ('move_type', '=', 'out_invoice'), ('state', '=', 'posted')]",
    )
    order_id = fields.Many2one(
        "sale.order",
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id), ('company_id', '=', company_id)]",
    )

    # -- what is asked for ---------------------------------------------------------------------------------------------

    @api.depends("ticket_ids", "step")
    def _compute_asked(self):
        for wizard in self:
            names = wizard._get_asked(wizard.ticket_ids._origin, wizard.step)
            wizard.asked = f",{','.join(sorted(names))},"

    @api.model
    def _get_asked(self, tickets, step):
        """:return: set of names of fields of the dialog"""
        missing = tickets._get_complaint_missing(step)
        names = {name for name, field in FIELDS.items() if field in missing}
        if names & set(ASSESSMENT):
            names |= {"severity", "loss"} | ({"fault_kind"} if "fault" in names else set())
        if step in ("answer", "close") and (step == "answer" or "complaint_outcome" in missing):
            names |= {"outcome", "rejection"}
        if step == "answer":
            names |= {"answer"} | {name for name in CLOSING if not all(ticket[FIELDS[name]] for ticket in tickets)}
        if "change" in names:
            names.add("change_user_id")
        if step == "refer":
            names.add("body")
        if step in ("answer", "redress") and len(tickets) == 1 and not tickets._get_redress_live():
            names |= {"redress"} | ({"loss"} if tickets.complaint_loss <= 0 else set())
            names |= set() if tickets.complaint_move_id else {"move_id"}
            names |= set() if tickets.complaint_order_id else {"order_id"}
        if step == "redress" and not tickets.complaint_fault:
            names |= {"fault", "fault_kind"}
        return names

    def _asks(self, name):
        return f",{name}," in self.asked

    @api.model
    def default_get(self, fields_list):
        """Start from what stands on the complaint already, else from what the documents suggest."""
        values = super().default_get(fields_list)
        # whatever commands the defaults consist of
        ticket = self.new({"ticket_ids": values.get("ticket_ids", [])}).ticket_ids._origin[:1]
        step = values.get("step")
        if not ticket or step in ("wait", "withdraw", "dispute"):
            return values
        start = {name: self._fields[name].convert_to_write(ticket[field], ticket) for name, field in FIELDS.items()}
        asked = self._get_asked(ticket, step)
        if "fault" in asked or "loss" in asked:
            proposal = ticket._get_complaint_proposal(ticket._get_complaint_facts())
            start |= {name: proposal[name] for name in ("fault", "fault_kind", "loss") if not start[name]}
        if "user_id" in asked:
            start["user_id"] = self.env.uid
        if "move_id" in asked:
            start["move_id"] = ticket._get_refund_invoice().id
        return {name: value for name, value in start.items() if name in fields_list} | values

    @api.depends("ticket_ids", "step")
    def _compute_about(self):
        for wizard in self:
            ticket = wizard.ticket_ids._origin[:1]
            wizard.company_id = ticket.company_id
            wizard.commercial_partner_id = ticket.commercial_partner_id
            wizard.redress_ids = ticket._get_redress_live() if wizard.step in ("answer", "close") else False
            wizard.proposed_severity = ticket.complaint_proposed_severity if wizard._asks("severity") else False
            # only to be read: the fields beside start with what they suggest
            wizard.facts = ticket.complaint_facts | {"open": False} if ticket and wizard._asks("fault") else False

    def _get_values(self):
        """:return: dict of what is asked for, as values of the complaint; documents and reasons: see ``_enter``"""
        return {
            field: self._fields[name].convert_to_write(self[name], self)
            for name, field in FIELDS.items()
            if self._asks(name) and name not in ("move_id", "order_id", "rejection")
        }

    def _get_document_values(self):
        """:return: dict of the document that the redress in the dialog is about, as values of the complaint"""
        name = {"refund": "move_id", "replacement": "order_id"}.get(self.redress_kind)
        return {FIELDS[name]: self[name].id} if name and self._asks(name) and self[name] else {}

    def _foresee(self, **values):
        """The complaint as it will be with what has been entered so far, with sudo.

        Officers propose redress on invoices and orders that they may not open.
        """
        ticket = self.ticket_ids._origin[:1].sudo()
        return ticket.new(self._get_values() | values, origin=ticket) if ticket else ticket

    # -- what is offered -----------------------------------------------------------------------------------------------

    @api.depends("ticket_ids", "step", "type_id", "severity", "fault", "fault_kind", "loss")
    def _compute_redress(self):
        for wizard in self:
            proposal = wizard._foresee()._get_redress_proposal()[:1] if wizard._asks("redress") else []
            offer = proposal[0] if proposal else {}
            # an apology is part of every answer, and a letter of its own only if somebody wants it
            wizard.redress_kind = offer.get("kind") if offer.get("kind") != "apology" else False
            wizard.redress_amount = offer.get("amount", 0.0)

    @api.depends("redress_kind", "redress_amount", "move_id", "order_id", "severity", "loss", "ticket_ids", "step")
    def _compute_redress_terms(self):
        for wizard in self:
            wizard.redress_currency_id = wizard.currency_id
            wizard.redress_limit, wizard.redress_approval = 0.0, False
            if not wizard._asks("redress"):
                continue
            ticket = wizard._foresee(**wizard._get_document_values())
            wizard.redress_limit = ticket._redress_limit()
            if wizard.redress_kind:
                redress = self.env["customer.complaint.redress"].sudo().new(wizard._prepare_redress(ticket))
                wizard.redress_currency_id = redress.currency_id
                wizard.redress_approval = redress._needs_approval()

    @api.depends("step", "ticket_ids", "fault", "redress_kind")
    def _compute_outcome(self):
        for wizard in self:
            if not (wizard._asks("outcome") or wizard.step == "close"):
                wizard.outcome = False
                continue
            ticket = wizard._foresee()
            given = {wizard.redress_kind, *wizard.redress_ids.mapped("kind")} - {False, "apology"}
            refused = "rejected" if ticket.complaint_fault == "not_ours" else False
            justified = ticket.complaint_fault in ("ours", "shared")
            wizard.outcome = ticket.complaint_outcome or ("accepted" if justified else "redress" if given else refused)

    def _prepare_redress(self, ticket):
        """:return: dict of values of the redress offered in the dialog"""
        values = {"ticket_id": ticket, "kind": self.redress_kind, "reason": ticket._redress_share()[1]}
        # goods are worth what was paid for them, and a letter nothing
        money = self.redress_kind not in ("replacement", "apology")
        return values | ({"amount": self.redress_amount} if money else {})

    # -- taking it -----------------------------------------------------------------------------------------------------

    @api.model
    def _step_label(self, step):
        return dict(self._fields["step"]._description_selection(self.env))[step]

    def action_take(self):
        """:raise UserError: something that the step needs is missing"""
        self.ensure_one()
        return getattr(self, f"_take_{self.step}")() or {"type": "ir.actions.act_window_close"}

    def _require(self, *names):
        def is_empty(name):
            value = self[name]
            if self._fields[name].type == "html":
                return is_html_empty(value)
            return not (value.strip() if isinstance(value, str) else value)

        missing = [self._fields[name]._description_string(self.env) for name in names if is_empty(name)]
        if missing:
            raise UserError(self.env._("Please fill in: %s.", ", ".join(missing)))

    def _enter(self):
        """Write what was asked for on the complaints."""
        values = self._get_values() | self._get_document_values()
        if self._asks("rejection"):
            values["complaint_rejection"] = self.rejection if self.outcome == "rejected" else False
        if values:
            self.ticket_ids.write(values)

    def _take_assess(self):
        self._enter()
        self.ticket_ids._take_complaint_path("assess")

    def _take_investigate(self):
        self._enter()
        self.ticket_ids._take_complaint_path("investigate")

    def _take_answer(self):
        """Answer, unless the redress has to be approved first: then all is kept until somebody has.

        :return: an action that tells so, or None
        """
        self._require("answer", "outcome")
        if self.outcome == "rejected":
            self._require("rejection")
            if {self.redress_kind, *self.redress_ids.mapped("kind")} - {False, "apology"}:
                raise UserError(
                    self.env._(
                        "A rejected complaint gets no redress. Remove or cancel the redress, or choose the outcome "
                        "“Goodwill redress”."
                    )
                )
        self._enter()
        tickets = self.ticket_ids
        tickets._take_complaint_path("answer", until=True)
        self._offer_redress()
        if "to_approve" in tickets._get_redress_live().mapped("state"):
            return self._tell_waiting()
        # first, so that the answer says how to use what is given, and no other letter goes out
        self._get_approved()._carry_out(letters=False)
        tickets._take_complaint_step("answer", complaint_outcome=self.outcome)
        return None

    def _take_redress(self):
        self._require("redress_kind")
        self._enter()
        self._offer_redress()
        if "to_approve" in self.ticket_ids._get_redress_live().mapped("state"):
            return self._tell_waiting()
        return None

    def _offer_redress(self):
        """Make what is offered, and ask for the approval of everything that is not approved yet."""
        ticket = self.ticket_ids
        if self.redress_kind and self._asks("redress"):
            self.env["customer.complaint.redress"].create(self._prepare_redress(ticket) | {"ticket_id": ticket.id})
        ticket._get_redress_live().filtered(lambda redress: redress.state == "draft").action_ask()

    def _get_approved(self):
        return self.ticket_ids._get_redress_live().filtered(lambda redress: redress.state == "approved")

    def _tell_waiting(self):
        message = (
            self.env._("The answer is saved. Send it as soon as the redress is approved.")
            if self.step == "answer"
            else self.env._("A complaint manager has been asked to approve the redress.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": message, "next": {"type": "ir.actions.act_window_close"}},
        }

    def _take_close(self):
        self._require("outcome", "cause_id", "done", "change")
        if self.outcome == "rejected":
            self._require("rejection")
        rejection = self.rejection if self.outcome == "rejected" else False
        names = (*CLOSING, "rejection")
        values = {FIELDS[name]: self._fields[name].convert_to_write(self[name], self) for name in names}
        self.ticket_ids.write(values | {"complaint_rejection": rejection})
        self._get_approved().action_carry_out()
        self.ticket_ids._take_complaint_step("close", note=rejection or "", complaint_outcome=self.outcome)

    def _take_dispute(self):
        self._require("note")
        self.ticket_ids._take_complaint_step("dispute", note=self.note)

    def _take_refer(self):
        self._require("body", "note")
        self.ticket_ids.write({"complaint_referral_body": self.body})
        self.ticket_ids._take_complaint_step("refer", note=self.note)

    def _take_wait(self):
        self._require("note")
        self.ticket_ids._complaint_wait(self.note)

    def _take_withdraw(self):
        self._require("note")
        self.ticket_ids._make_ordinary(self.note)
