from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

from ..core.customer_decision import APPROVED, TO_APPROVE
from .groups import COMPLAINT_MANAGER, COMPLAINT_OFFICER

_lt = LazyTranslate(__name__)

KINDS = [
    ("refund", "Refund"),
    ("replacement", "Replacement"),
    ("coupon", "Coupon"),
    ("gift_card", "Gift card"),
    ("next_discount", "Discount on the next order"),
    ("apology", "Letter of apology"),
]

CARD_KINDS = ("coupon", "gift_card", "next_discount")

BY_BUTTON = _lt("Use the buttons of the redress to approve and execute it.")

# What is approved: it is not changed afterwards.
TERMS = {"ticket_id", "kind", "amount", "quantity", "valid_until", "reason"}


class CustomerComplaintRedress(models.Model):
    """What a customer gets to make good what went wrong: proposed, approved if it is worth much, carried out once.

    All redress of a complaint together stays within the commitment for its tier and severity and 150% of the loss.
    """

    _name = "customer.complaint.redress"
    _description = "Complaint Redress"
    _inherit = ["customer.complaint.proposal", "customer.value.readable"]
    _order = "ticket_id desc, id"
    _decision_states = {"pending": "to_approve", "approved": "approved", "refused": "cancelled"}
    # a reason alone gives nothing
    _decision_terms = frozenset(TERMS - {"reason"})
    _own_proposal = _lt("You proposed this yourself. Another complaint manager has to decide.")

    kind = fields.Selection(KINDS, string="Type", required=True, default="refund", tracking=True)
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Taxes included. For replacements, the price the customer paid for the goods.",
    )
    quantity = fields.Float(
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Unit",
        help="Quantity of the order line to be replaced.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True, workflow=BY_BUTTON
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    company_amount = fields.Monetary(
        string="In Company Currency",
        compute="_compute_company_amount",
        store=True,
        precompute=True,
        currency_field="company_currency_id",
        help="Converted at the rate of the invoice or order. Limits and approvals are based on this amount.",
        workflow=BY_BUTTON,
    )
    amount_words = fields.Char(string="In Words", compute="_compute_amount_words")
    reason = fields.Text(help="Reason for this redress and its amount.")
    valid_until = fields.Date(default=lambda self: fields.Date.add(self.env.company._get_value_today(), years=1))
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", TO_APPROVE),
            ("approved", APPROVED),
            ("done", "Executed"),
            ("cancelled", "Canceled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        workflow=BY_BUTTON,
    )

    # What the complaint is about; it stands still as soon as the redress is asked for
    invoice_id = fields.Many2one(
        "account.move", compute="_compute_documents", store=True, precompute=True, workflow=BY_BUTTON
    )
    order_id = fields.Many2one(
        "sale.order", compute="_compute_documents", store=True, precompute=True, workflow=BY_BUTTON
    )
    order_line_id = fields.Many2one(
        "sale.order.line", compute="_compute_documents", store=True, precompute=True, workflow=BY_BUTTON
    )

    # Who and when
    system = fields.Boolean(string="Proposed by the System", readonly=True, copy=False, workflow=BY_BUTTON)
    user_id = fields.Many2one(
        "res.users",
        string="Proposed By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
        help="The user who last set the terms.",
        workflow=BY_BUTTON,
    )
    asked_by_id = fields.Many2one("res.users", readonly=True, copy=False, workflow=BY_BUTTON)
    approver_id = fields.Many2one("res.users", string="Decided By", readonly=True, copy=False, workflow=BY_BUTTON)
    decided_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    decision = fields.Text(string="Decision Reason", readonly=True, copy=False, workflow=BY_BUTTON)
    done_by_id = fields.Many2one("res.users", string="Executed By", readonly=True, copy=False, workflow=BY_BUTTON)
    done_on = fields.Datetime(string="Executed On", readonly=True, copy=False, workflow=BY_BUTTON)

    # What came of it; none of it belongs to two
    move_id = fields.Many2one(
        "account.move", string="Credit Note", readonly=True, copy=False, ondelete="restrict", workflow=BY_BUTTON
    )
    replacement_id = fields.Many2one(
        "sale.order", string="Replacement Order", readonly=True, copy=False, ondelete="restrict", workflow=BY_BUTTON
    )
    card_id = fields.Many2one(
        "loyalty.card", string="Coupon", readonly=True, copy=False, ondelete="restrict", workflow=BY_BUTTON
    )
    card_code = fields.Char(compute="_compute_card_code", compute_sudo=True, string="Code")
    can_open_result = fields.Boolean(compute="_compute_can_open_result")
    cost = fields.Monetary(
        readonly=True,
        copy=False,
        currency_field="company_currency_id",
        help="Refund without taxes, cost of replaced goods, or face value of coupons.",
        workflow=BY_BUTTON,
    )

    _move_once = models.UniqueIndex(
        "(move_id) WHERE move_id IS NOT NULL", "This credit note belongs to another redress."
    )
    _replacement_once = models.UniqueIndex(
        "(replacement_id) WHERE replacement_id IS NOT NULL", "This order replaces goods of another redress."
    )
    _card_once = models.UniqueIndex("(card_id) WHERE card_id IS NOT NULL", "This coupon belongs to another redress.")
    _amounts = models.Constraint("CHECK(amount >= 0 AND quantity >= 0)", "The amount of redress cannot be negative.")
    _letter_is_free = models.Constraint(
        "CHECK(kind <> 'apology' OR amount = 0)", "A letter of apology has no amount. Choose another type."
    )
    _done_with_result = models.Constraint(
        "CHECK(state <> 'done' OR kind = 'apology' OR num_nonnulls(move_id, replacement_id, card_id) = 1)",
        "Executed redress must have exactly one credit note, order or coupon.",
    )

    # -- computed ----------------------------------------------------------------------------------------------------

    @api.depends(
        "kind",
        "ticket_id.complaint_move_id",
        "ticket_id.complaint_order_id",
        "ticket_id.complaint_order_line_id",
    )
    def _compute_documents(self):
        for redress in self:
            if not redress._is_open_to_change():
                redress.update({name: redress[name] for name in ("invoice_id", "order_id", "order_line_id")})
                continue
            ticket = redress.ticket_id
            line = ticket.complaint_order_line_id
            goods = redress.kind == "replacement"
            redress.invoice_id = ticket._redress_invoice(redress.kind)
            redress.order_id = (line.order_id or ticket.complaint_order_id) if goods else False
            redress.order_line_id = line if goods else False

    @api.depends("invoice_id", "order_id", "company_id")
    def _compute_currency_id(self):
        for redress in self:
            document = redress.invoice_id or redress.order_id
            redress.currency_id = document.currency_id or redress.company_id.currency_id or self.env.company.currency_id

    @api.depends("order_line_id")
    def _compute_quantity(self):
        for redress in self:
            # what was asked for stands still, whatever becomes of the complaint
            redress.quantity = (
                redress.order_line_id.product_uom_qty if redress._is_open_to_change() else redress.quantity
            )

    @api.depends("kind", "quantity", "order_id", "order_line_id")
    def _compute_amount(self):
        """Enter what money is given; goods are worth what was paid, and a letter nothing."""
        for redress in self:
            if redress.kind == "replacement" and redress._is_open_to_change():
                redress.amount = redress._goods_worth()
            else:
                redress.amount = 0.0 if redress.kind == "apology" else redress.amount

    @api.depends("amount", "currency_id", "invoice_id", "order_id")
    def _compute_company_amount(self):
        for redress in self:
            rate = redress.invoice_id.invoice_currency_rate or redress.order_id.currency_rate or 1.0
            currency = redress.company_id.currency_id or self.env.company.currency_id
            redress.company_amount = currency.round(redress.amount / rate)

    @api.depends("amount", "currency_id")
    @api.depends_context("lang")
    def _compute_amount_words(self):
        for redress in self:
            redress.amount_words = bool(redress.currency_id and redress.amount) and (
                redress.currency_id._value_amount_in_words(redress.amount, self.env.context.get("lang"))
            )

    @api.depends("card_id.code")
    def _compute_card_code(self):
        """Of the card that is stored: a form that names any other one is told nothing."""
        for redress in self:
            redress.card_code = redress._origin.card_id.code

    @api.depends("kind", "amount", "currency_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for redress in self:
            amount = redress.currency_id.format(redress.amount) if redress.amount else ""
            redress.display_name = f"{kinds.get(redress.kind, '')} {amount}".strip()

    @api.depends("move_id", "replacement_id", "card_id")
    @api.depends_context("uid")
    def _compute_can_open_result(self):
        """Whether there is something that the user may read: officers need not see the books."""
        for redress in self:
            result = redress._get_result()
            redress.can_open_result = bool(result) and result.has_access("read")

    def _is_open_to_change(self):
        return self.state in (False, "draft")

    def _goods(self):
        """The order lines that are replaced. Call with sudo."""
        lines = self.order_line_id or self.order_id.order_line
        return lines.filtered(
            lambda line: line.product_id and not (line.display_type or line.is_downpayment or line.is_reward_line)
        )

    def _goods_share(self, line):
        """How much of ``line`` is replaced."""
        return self.quantity if self.order_line_id else line.product_uom_qty

    def _goods_worth(self):
        worth = sum(
            line.price_total * self._goods_share(line) / line.product_uom_qty
            for line in self._goods()
            if line.product_uom_qty
        )
        return self.currency_id.round(worth) if self.currency_id else worth

    # -- guards ------------------------------------------------------------------------------------------------------

    @api.constrains("ticket_id", "kind", "amount", "quantity", "state")
    def _check_amount(self):
        for redress in self.sudo().filtered(lambda redress: redress.state != "cancelled"):
            ordered = redress.order_line_id.product_uom_qty
            if redress.order_line_id and redress.quantity > ordered:
                raise ValidationError(self.env._("%s were ordered. You cannot replace more than that.", ordered))
            if (
                redress.kind == "replacement"
                and redress.state == "draft"
                and redress.currency_id.compare_amounts(redress.amount, redress._goods_worth())
            ):
                raise ValidationError(
                    self.env._(
                        "The amount of a replacement is calculated from its products. Change the products instead."
                    )
                )
        self.ticket_id.sudo()._check_redress_limit()

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: the ticket is no open complaint"""
        redress = super().create(vals_list)
        redress.ticket_id.check_access("write")
        redress.ticket_id.sudo()._check_redress_possible()
        return redress

    def write(self, vals):
        """:raise UserError: the terms of what was asked for are changed"""
        if not self.env.su and TERMS & vals.keys():
            if self.filtered(lambda redress: redress.state != "draft"):
                raise UserError(self.env._("Requested redress cannot be changed. Reset it to draft first."))
            if self._decision_terms & vals.keys():
                # sudo: as in customer.decision, which remembers those before, too
                self.sudo().user_id = self.env.uid
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        if self.filtered(lambda redress: redress.state != "draft" or redress.asked_by_id):
            raise UserError(self.env._("Requested redress cannot be deleted. Cancel it instead."))

    # -- From draft to approval: who proposes never decides -----------------------------------------------------------

    def _begin_step(self, *states):
        """The redress as of ``_lock``, in one of ``states``.

        :raise UserError: it is in another state, or somebody else works on it
        """
        self._check_states()
        sudo = self._lock()
        sudo._check_states(*states)
        return sudo

    def _check_pending(self):
        self._check_states("to_approve")

    def _check_states(self, *states):
        self.check_access("write")
        self.ticket_id._check_complaint_role(COMPLAINT_OFFICER)
        labels = dict(self._fields["state"]._description_selection(self.env))
        for redress in self:
            if states and redress.state not in states:
                raise UserError(
                    self.env._(
                        "%(redress)s of complaint %(number)s is in the state %(state)s.",
                        redress=redress.display_name,
                        number=redress.ticket_id.complaint_number,
                        state=labels[redress.state],
                    )
                )

    def _log(self, note):
        for redress in self:
            redress.ticket_id._log_complaint("redress", f"{redress.display_name}: {note}")

    def action_ask(self):
        """Ask for it: approved at once within the limit of the commitment, else by another person."""
        sudo = self._begin_step("draft")
        for redress in sudo:
            redress._check_terms()
            needed = redress._needs_approval()
            redress.write({"state": "to_approve" if needed else "approved", "asked_by_id": self.env.uid})
            redress._log(self.env._("approval requested") if needed else self.env._("within the limit, no approval"))
            if needed:
                redress._ask_for_approval()

    def _check_terms(self):
        """:raise UserError: redress of this kind cannot be given as it stands. Call with sudo."""
        self.ticket_id._check_redress_possible()
        self.ticket_id._check_redress_limit()
        if self.kind == "refund" and not self.invoice_id:
            raise UserError(self.env._("Choose the invoice on the complaint: the refund is a credit note for it."))
        if self.kind == "replacement" and not self._goods():
            raise UserError(self.env._("Choose the order on the complaint: its products are replaced."))
        if self.kind != "apology" and self.currency_id.is_zero(self.amount):
            raise UserError(self.env._("Enter the amount for the customer."))
        if self.kind == "refund":
            self._check_refundable()

    def _needs_approval(self):
        """Whether all that was asked for, and this, is worth more than the commitment lets pass."""
        return self._is_above_approval(
            self.ticket_id.complaint_redress_ids.filtered(
                lambda other: other.state in ("to_approve", "approved", "done")
            )
        )

    def _lacks_approval(self):
        """Whether this, with all that passed without a decision, is worth more than the commitment lets pass today.

        What a person has decided does not count: they saw the rest, and it needs no decision a second time.
        """
        undecided = self.ticket_id.complaint_redress_ids.filtered(
            lambda other: other.state in ("approved", "done") and not other.approver_id
        )
        return not self.approver_id and self._is_above_approval(undecided)

    def _is_above_approval(self, others):
        total = sum((others | self).mapped("company_amount"))
        # whoever asks stands behind it as well
        users = self._get_proposers() | (self.env.user if self.state == "draft" else self.env["res.users"])
        limit = self.ticket_id._complaint_limits(users)["approval_amount"]
        return bool(self.company_amount) and self.company_currency_id.compare_amounts(total, limit) > 0

    def _get_proposers(self):
        return super()._get_proposers() | self.user_id | self.asked_by_id

    def _ask_for_approval(self):
        self._ask_deciders(
            lambda redress: redress.env._(
                "Approve %(redress)s for complaint %(number)s",
                redress=redress.display_name,
                number=redress.ticket_id.complaint_number,
            )
        )

    def action_approve(self):
        """:raise UserError: decided already, or proposed by the one who approves"""
        sudo = self._begin_decision()
        for redress in sudo:
            redress._check_terms()
        sudo._record_decision("approved")
        sudo._log(self.env._("approved"))

    def action_refuse(self):
        """Ask for the reason."""
        return self.env["customer.complaint.decision"]._open("refuse_redress", self)

    def _refuse(self, reason):
        sudo = self._begin_decision()
        sudo._end(reason, self.env._("refused"))

    def action_cancel(self):
        """Ask for the reason."""
        done = self.filtered(lambda redress: redress.state == "done")
        return self.env["customer.complaint.decision"]._open("revoke_redress" if done else "cancel_redress", self)

    def _cancel(self, reason):
        """What was executed and is not used yet is taken back with it.

        :raise UserError: it was executed, and what was given is used or final
        """
        sudo = self._begin_step("draft", "to_approve", "approved", "done")
        for redress in sudo.filtered(lambda redress: redress.state == "done"):
            self.ticket_id._check_complaint_role(COMPLAINT_MANAGER)
            redress._take_back()
        sudo._end(reason, self.env._("canceled"))
        sudo.ticket_id._sum_redress_cost()

    def _end(self, reason, label):
        self._record_decision("refused", decision=reason, cost=0.0)
        self._log(f"{label}. {reason}")

    def action_draft(self):
        """Put back what was asked for, so that its terms can be changed."""
        sudo = self._begin_step("to_approve", "approved")
        sudo.write({"state": "draft", "approver_id": False, "decided_on": False})
        # meanwhile the complaint may be about other documents
        self.env.add_to_compute(self._fields["invoice_id"], sudo)
        sudo._stop_asking()
        sudo._log(self.env._("reset to draft"))
