from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html
from odoo.tools.translate import LazyTranslate

from ..core.customer_decision import APPROVED, REFUSED, TO_APPROVE
from ..core.customer_value_workflow_record import NOT_ENTERED
from .sale_order_approval import APPROVER, OPEN, Need

_lt = LazyTranslate(__name__)


class CustomerValueApproval(models.Model):
    """A sales manager's decision on an order, requested with a reason. Only this workflow writes it.

    It covers what was asked for: the same customer, discounts up to the largest one and up to their amount, the same
    gates up to the total of the order.
    """

    _name = "customer.value.approval"
    _description = "Order Approval"
    _inherit = ["customer.decision"]
    _order = "id desc"
    _rec_name = "order_id"
    _workflow = NOT_ENTERED
    _decision_group = APPROVER
    _decides_alone = True
    # no group has any other access to approvals
    _decision_access = "read"
    _decision_activity = "customer_value.mail_activity_order_approval"
    _own_proposal = _lt("You proposed this yourself. Another sales manager has to decide on it.")

    order_id = fields.Many2one("sale.order", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    purpose = fields.Selection(
        [("confirm", "Confirm"), ("send", "Send")], required=True, readonly=True, help="The action that was requested."
    )
    reasons = fields.Text(string="Approval Reason", readonly=True)
    reason = fields.Text(string="Reason Given", readonly=True)
    discount = fields.Float(string="Max. Discount (%)", digits="Discount", readonly=True)
    discount_amount = fields.Monetary(readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    gate_keys = fields.Json(readonly=True)
    online = fields.Boolean(string="Accepted Online", readonly=True)
    state = fields.Selection(
        [("pending", TO_APPROVE), ("approved", APPROVED), ("refused", REFUSED), ("withdrawn", "Withdrawn")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    user_id = fields.Many2one("res.users", string="Requested By", required=True, readonly=True)
    approver_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    refusal = fields.Text(string="Refusal Reason", readonly=True)
    can_decide = fields.Boolean(compute="_compute_can_decide", compute_sudo=True)

    _one_pending = models.UniqueIndex(
        "(order_id) WHERE state = 'pending'", "Approval has already been requested for this order."
    )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for approval in self:
            approval.can_decide = approval._may_decide()

    def _get_granted(self):
        """:return: ``Need`` that this approval covers"""
        return Need(
            customer=self.partner_id.id,
            currency=self.currency_id.id,
            discount=self.discount,
            given=self.discount_amount,
            gates=tuple(self.gate_keys or ()),
            amount=self.amount_total,
        )

    def _get_proposers(self):
        return super()._get_proposers() | self.user_id | self.order_id._get_value_proposers()

    def _get_asked_on(self):
        return self.order_id

    def _get_asked(self):
        """If the only sales manager asks, there is no other user to decide."""
        return super()._get_asked() - self.user_id

    def _ask(self):
        """Tell the chatter of the order, and give each sales manager an activity there."""
        self.ensure_one()
        # sudo: it may be triggered by the customer
        order = self.order_id.sudo()
        order.message_post(body=self._describe_request(self.reasons), author_id=self.user_id.partner_id.id)
        self.sudo()._ask_deciders(
            lambda approval: approval.env._("Approve %s", approval.order_id.name),
            lambda approval: approval._describe_request(approval._get_reasons()),
        )

    def _describe_request(self, reasons):
        text = self.env._("Approval needed:\n%(reasons)s\n\n%(reason)s", reasons=reasons, reason=self.reason or "")
        return plaintext2html(text)

    def _get_reasons(self):
        """The reasons in the language of the context; those that were stored if the order has changed."""
        order = self.order_id
        need = order._get_approval_needs(gates=self.purpose == "confirm").get(order)
        return "\n".join(need.reasons) if need else self.reasons

    def _decide(self, outcome, refusal=False):
        # sudo: approvals are written by this workflow alone
        decided = self.sudo()
        decided._record_decision(outcome, refusal=refusal)
        for approval in decided:
            if outcome == "approved":
                text = self.env._("Approved by %s:", self.env.user.name)
            else:
                text = self.env._("Refused by %s:", self.env.user.name)
            approval._tell_requester(f"{text}\n{refusal or approval.reasons}")

    def _tell_requester(self, text):
        requester = self.user_id
        known = requester.active and requester.id != SUPERUSER_ID and requester != self.env.user
        # sudo: as in _ask
        self.order_id.sudo().message_post(
            body=plaintext2html(text),
            author_id=self.env.user.partner_id.id,
            partner_ids=requester.partner_id.ids if known else [],
        )

    def _remind_requester(self, summarize):
        """The user who asked gets an activity for what is left to do, in their language.

        :param summarize: function of the approval, which has that language, that returns the summary
        """
        if self.user_id.active and self.user_id.id != SUPERUSER_ID:
            # sudo: as in _ask
            self.order_id.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.user_id.id,
                summary=summarize(self.with_context(lang=self.user_id.lang)),
            )

    def _withdraw(self):
        if self:
            self.write({"state": "withdrawn", "decided_on": fields.Datetime.now()})
            # another may be pending in the next statement
            self.flush_recordset(["state"])
            self._stop_asking()

    def action_approve(self):
        """Approve; the confirmation goes on as the requester's.

        :raise UserError: the order was changed for the worse since, or see ``_begin_decision``
        """
        self._begin_decision()
        for approval in self:
            order = approval.order_id
            if order.state not in OPEN:
                raise UserError(self.env._("%s is no longer a quotation.", order.name))
            need = order._get_approval_needs(gates=approval.purpose == "confirm").get(order)
            if need and need.without(approval._get_granted()):
                raise UserError(
                    self.env._(
                        "%(order)s has changed since the request and now requires more approvals than "
                        "requested:\n%(reasons)s\nRefuse the request, or ask %(user)s to submit it again.",
                        order=order.name,
                        reasons="\n".join(need.reasons),
                        user=approval.user_id.name,
                    )
                )
            approval._decide("approved")
            approval._go_on()
        return True

    def _go_on(self):
        """Confirm the order as the user who asked. If that fails, the approval stands and they are told why."""
        self.ensure_one()
        if self.purpose == "send":
            return self._remind_requester(lambda asked: asked.env._("Approved: the quotation can be sent"))
        order, requester, company = self.order_id, self.user_id, self.company_id
        present = requester.active and company in requester.company_ids
        # sudo: the user who asked has left, and the manager need not be allowed to do what they asked for
        order = order.with_user(requester) if present else order.sudo()
        order = order.with_context(allowed_company_ids=company.ids, send_email=self.online).with_company(company)
        try:
            with self.env.cr.savepoint():
                order.action_confirm()
        except UserError as error:
            self._tell_requester(self.env._("Approved, but confirmation failed: %s", error))
            self._remind_requester(lambda asked: asked.env._("Approved, but confirmation failed"))

    def action_ask_refusal(self):
        self._check_decider()
        self._check_pending()
        self._check_second()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_order_refusal")
        return action | {"context": {"default_approval_id": self.id, "default_purpose": "refuse"}}

    def action_refuse(self, reason):
        """:param str reason: told to the user who asked"""
        self._begin_decision()
        if not (reason or "").strip():
            raise UserError(self.env._("Please enter a reason for the refusal."))
        self._decide("refused", reason)
        for approval in self:
            approval._remind_requester(lambda asked: asked.env._("Approval refused: %s", reason))

    def action_open_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()
