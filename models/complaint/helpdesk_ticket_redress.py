import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_round

from .customer_complaint_relaxation import HIGHEST_PERCENT
from .groups import COMPLAINT_OFFICER
from .helpdesk_ticket import BY_STEPS

# What is offered: by the remedy sought, else by the kind of fault. Repairs are not ours to promise.
KIND_BY_REMEDY = {
    "refund": "refund",
    "replacement": "replacement",
    "repair": "replacement",
    "discount": "next_discount",
    "apology": "apology",
    "explanation": "apology",
}

KIND_BY_FAULT = {
    "late": "coupon",
    "short": "replacement",
    "defective": "replacement",
    "invoice": "refund",
    "service": "coupon",
    "conduct": "apology",
    "other": "coupon",
}

# Share of the loss that is made good
SHARE_BY_FAULT = {"ours": 1.0, "shared": 0.5, "unclear": 0.25, "not_ours": 0.0}


class HelpdeskTicket(models.Model):
    """What a complaint may be given, and what it has cost."""

    _inherit = "helpdesk.ticket"

    complaint_redress_ids = fields.One2many(
        "customer.complaint.redress", "ticket_id", string="Redress", copy=False, groups=COMPLAINT_OFFICER
    )
    complaint_redress_cost = fields.Monetary(
        string="Redress Cost",
        currency_field="complaint_currency_id",
        readonly=True,
        copy=False,
        groups=COMPLAINT_OFFICER,
        help="Refunds without taxes, goods at cost, coupons at face value, as executed.",
        workflow=BY_STEPS,
    )
    complaint_redress_limit = fields.Monetary(
        string="Maximum Allowed",
        currency_field="complaint_currency_id",
        compute="_compute_complaint_redress_limit",
        groups=COMPLAINT_OFFICER,
    )
    complaint_redress_total = fields.Monetary(
        string="Total Redress",
        currency_field="complaint_currency_id",
        compute="_compute_complaint_redress_limit",
        groups=COMPLAINT_OFFICER,
    )
    complaint_redress_waiting = fields.Boolean(compute="_compute_complaint_redress_limit", groups=COMPLAINT_OFFICER)
    complaint_review_ids = fields.One2many(
        "customer.complaint.review", "ticket_id", string="Abuse Review", copy=False, groups=COMPLAINT_OFFICER
    )
    complaint_abusive = fields.Boolean(
        string="Abusive",
        readonly=True,
        copy=False,
        groups=COMPLAINT_OFFICER,
        help="Confirmed by two people based on evidence. Only then does a complaint count against a customer.",
        workflow=BY_STEPS,
    )

    @api.depends(
        "complaint_loss",
        "complaint_severity",
        "commercial_partner_id",
        "company_id",
        "complaint_redress_ids.state",
        "complaint_redress_ids.company_amount",
    )
    @api.depends_context("uid")
    def _compute_complaint_redress_limit(self):
        for ticket in self:
            counting = ticket.complaint_redress_ids.filtered(lambda redress: redress.state != "cancelled")
            ticket.complaint_redress_limit = ticket._redress_limit() if ticket.is_complaint else 0.0
            ticket.complaint_redress_total = sum(counting.mapped("company_amount"))
            ticket.complaint_redress_waiting = "to_approve" in counting.mapped("state")

    # -- limits --------------------------------------------------------------------------------------------------------

    def _complaint_tier(self):
        # sudo: the limit of the tier holds also for users who may not see tiers
        return self.sudo().commercial_partner_id.with_company(self.company_id).value_tier_id

    def _complaint_commitment(self):
        """The commitment for the customer's tier of today and the severity; empty if there is none."""
        Commitment = self.env["customer.complaint.commitment"].sudo()
        return Commitment._match(self.company_id, self._complaint_tier(), self.complaint_severity)

    def _complaint_limits(self, users):
        """What limits redress that ``users`` give, in company currency; infinite where nothing does.

        :return: dict of ``approval_amount``, ``redress_cap`` and ``redress_percent``
        """
        commitment = self._complaint_commitment()
        limits = {
            "approval_amount": commitment.approval_amount,
            "redress_cap": commitment.redress_cap or math.inf,
            "redress_percent": min(commitment.redress_percent if commitment else HIGHEST_PERCENT, HIGHEST_PERCENT),
        }
        bound = self.env["customer.complaint.relaxation"]._get_bound(
            self.company_id, users, self._complaint_tier(), self.complaint_severity
        )
        return {kind: min(number, bound[kind]) for kind, number in limits.items()}

    def _redress_limit(self):
        """The most that all redress of this complaint may be worth if the user gives it, in company currency."""
        self.ensure_one()
        limits = self._complaint_limits(self.env.user)
        limit = min(max(self.complaint_loss, 0.0) * limits["redress_percent"] / 100, limits["redress_cap"])
        # never rounded beyond the share
        return float_round(
            limit, precision_rounding=self.company_id.currency_id.rounding or 0.01, rounding_method="DOWN"
        )

    def _check_redress_limit(self):
        """:raise ValidationError: all redress together is worth more than it may be. Call with sudo."""
        for ticket in self:
            total = ticket.complaint_redress_total
            currency = ticket.company_id.currency_id
            if currency.is_zero(total):
                continue
            if ticket.complaint_loss <= 0:
                raise ValidationError(
                    self.env._(
                        "Enter the customer's loss on complaint %s first: redress is limited by it. Only a letter of "
                        "apology does not require it.",
                        ticket.display_name,
                    )
                )
            limit = ticket._redress_limit()
            if currency.compare_amounts(total, limit) > 0:
                held = ticket._complaint_limits(self.env.user) != ticket._complaint_limits(self.env["res.users"])
                hint = self.env._(
                    "You changed the limits: until another manager confirms that, the old ones apply to you."
                )
                raise ValidationError(
                    self.env._(
                        "Redress of complaint %(number)s would amount to %(total)s. The limit for this tier, severity "
                        "and loss (%(loss)s) is %(limit)s. Reduce the amount, or correct the loss.",
                        number=ticket.complaint_number,
                        total=currency.format(total),
                        limit=currency.format(limit),
                        loss=currency.format(ticket.complaint_loss),
                    )
                    + (f"\n{hint}" if held else "")
                )

    def _check_redress_possible(self):
        """:raise UserError: it is no complaint, any more or at all, or it was rejected. Call with sudo."""
        cancelled = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled", raise_if_not_found=False)
        for ticket in self:
            merged = ticket.complaint_outcome == "merged"
            if merged or not ticket.is_complaint or not ticket.active or (cancelled and ticket.stage_id == cancelled):
                raise UserError(
                    self.env._("%s was withdrawn, merged or canceled: no redress is possible.", ticket.display_name)
                )
            if ticket.complaint_outcome == "rejected":
                raise UserError(self.env._("%s was rejected: no redress is possible.", ticket.complaint_number))

    def _check_redress_assessed(self):
        """:raise UserError: the complaint has not been assessed yet. Call with sudo."""
        if self.complaint_state in ("received", "acknowledged"):
            raise UserError(self.env._("Assess complaint %s first, then execute its redress.", self.complaint_number))

    def _sum_redress_cost(self):
        """Call with sudo."""
        for ticket in self:
            done = ticket.complaint_redress_ids.filtered(lambda redress: redress.state == "done")
            ticket.complaint_redress_cost = sum(done.mapped("cost"))

    def _get_redress_live(self):
        """Redress that has not been cancelled."""
        return self.complaint_redress_ids.filtered(lambda redress: redress.state != "cancelled")

    def _get_redress_open(self):
        """Redress that is neither cancelled nor carried out."""
        return self._get_redress_live().filtered(lambda redress: redress.state != "done")

    def _check_redress_states(self, *states):
        """:raise UserError: redress is in one of ``states``. Call with sudo."""
        labels = dict(self.env["customer.complaint.redress"]._fields["state"]._description_selection(self.env))
        for redress in self.complaint_redress_ids.filtered(lambda redress: redress.state in states):
            raise UserError(
                self.env._(
                    "%(redress)s of complaint %(number)s is in the state %(state)s. Have it approved and executed, or "
                    "cancel it first.",
                    redress=redress.display_name,
                    number=self.complaint_number,
                    state=labels[redress.state],
                )
            )

    # -- proposals -----------------------------------------------------------------------------------------------------

    def action_propose_redress(self):
        """Propose redress; without a known loss, ask for it first.

        :return: an action that asks for what lacks, or None
        :raise UserError: there is redress already
        """
        self.check_access("write")
        self._check_complaint_role(COMPLAINT_OFFICER)
        for ticket in self:
            if ticket._get_redress_live():
                raise UserError(self.env._("Redress already exists. Change it, or cancel it first."))
            ticket.sudo()._check_redress_possible()
        if len(self) == 1 and self.complaint_loss <= 0 and KIND_BY_REMEDY.get(self.complaint_remedy) != "apology":
            return self._complaint_step_action("redress")
        for ticket in self:
            ticket._propose_redress()
        return None

    def _propose_redress(self):
        """What fits the fault, the wish, the severity and the tier, within the limits, as drafts.

        :return: ``customer.complaint.redress``
        """
        self.ensure_one()
        proposal = self._get_redress_proposal()
        reason = self._redress_share()[1]
        # sudo: the proposer for the system is recorded, and users may not set this field themselves
        proposed = (
            self.env["customer.complaint.redress"]
            .sudo()
            .create([{"ticket_id": self.id, "system": True, "reason": reason} | values for values in proposal])
        )
        self._log_proposal(proposed)
        return proposed.sudo(self.env.su)

    def _get_redress_proposal(self):
        """What the customer asked for as far as it goes, and a coupon over the rest of what they are due.

        :return: list of dicts of values for redress: ``kind``, and ``amount`` where money is given
        """
        self.ensure_one()
        kind = KIND_BY_REMEDY.get(self.complaint_remedy) or KIND_BY_FAULT.get(
            self.complaint_fault_kind or self.complaint_type_id.kind, "coupon"
        )
        offer = float_round(
            min(self.complaint_loss * self._redress_share()[0], self._redress_limit()),
            precision_rounding=self.company_id.currency_id.rounding or 0.01,
            rounding_method="DOWN",
        )
        proposal = []
        if kind == "apology" or self.complaint_fault_kind == "conduct" or offer <= 0:
            proposal.append({"kind": "apology"})
        if self.complaint_remedy in ("apology", "explanation"):
            offer = 0.0
        if kind == "apology":
            kind = "coupon"
        for which, limit in ((kind, self._redress_of_kind(kind)), ("coupon", offer)):
            # goods are given as a whole, or not at all
            whole = which == "replacement"
            given = limit if whole and limit <= offer else 0.0 if whole else min(offer, limit)
            if given > 0:
                amount = 0.0 if whole else self._redress_in_currency(which, given)
                proposal.append({"kind": which} | ({} if whole else {"amount": amount}))
                offer -= given if whole else self._redress_in_company_currency(which, amount)
        return proposal

    def _log_proposal(self, proposed):
        labels = ", ".join(proposed.mapped("display_name"))
        self.sudo()._log_complaint("redress", self.env._("Proposed: %s", labels))

    def _redress_share(self):
        """Share of the loss to offer, and why.

        More severe complaints and more valuable customers get up to half of the loss on top.

        :return: (float, str)
        """
        share = SHARE_BY_FAULT.get(self.complaint_fault, 0.0)
        tier = self._complaint_tier()
        ladder = tier.policy_id.tier_ids.sorted("entry_score")
        rank = list(ladder).index(tier) / (len(ladder) - 1) if tier and len(ladder) > 1 else 0.0
        severity = int(self.complaint_severity or "1")
        total = share * (1 + 0.5 * rank * severity / 4)
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in
                  ("complaint_fault", "complaint_severity")}  # fmt: skip
        reason = self.env._(
            "Fault: %(fault)s. Severity: %(severity)s. Tier: %(tier)s. Offered: %(percent)s%% of the loss, "
            "within the limits.",
            fault=labels["complaint_fault"].get(self.complaint_fault, self.env._("not assessed")),
            severity=labels["complaint_severity"].get(self.complaint_severity, "–"),
            tier=tier.name or "–",
            percent=round(total * 100),
        )
        return total, reason

    def _get_refund_invoice(self):
        """The invoice that money is paid back of: the one that is named, else the only one of the order with any left.

        :return: ``account.move``, with sudo
        """
        sudo = self.sudo()
        if sudo.complaint_move_id:
            return sudo.complaint_move_id
        lines = sudo.complaint_order_line_id or sudo.complaint_order_id.order_line
        invoices = lines.invoice_lines.move_id.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and move.company_id == sudo.company_id
                and move.commercial_partner_id == sudo.commercial_partner_id
                and move._get_refundable() > 0
            )
        )
        return invoices if len(invoices) == 1 else invoices.browse()

    def _redress_of_kind(self, kind):
        """How much of ``kind`` there can be at most, in company currency; for goods, what they are worth."""
        sudo = self.sudo()
        if kind == "refund":
            invoice = sudo._get_refund_invoice()
            if invoice.state != "posted" or invoice.move_type != "out_invoice":
                return 0.0
            left = invoice._get_refundable() / (invoice.invoice_currency_rate or 1.0)
            # what was lost is paid back; what goes beyond is a present
            return max(min(left, sudo.complaint_loss), 0.0)
        if kind == "replacement":
            order = sudo.complaint_order_line_id.order_id or sudo.complaint_order_id
            if not order:
                return 0.0
            redress = self.env["customer.complaint.redress"].sudo().new({"ticket_id": sudo, "kind": kind})
            return redress.company_amount
        return float("inf")

    def _redress_invoice(self, kind):
        return self._get_refund_invoice() if kind == "refund" else self.env["account.move"]

    def _redress_in_currency(self, kind, amount):
        """``amount`` of the company's currency in the one in which ``kind`` is given, never rounded up."""
        invoice = self._redress_invoice(kind)
        currency = invoice.currency_id or self.company_id.currency_id
        return float_round(
            amount * (invoice.invoice_currency_rate or 1.0),
            precision_rounding=currency.rounding,
            rounding_method="DOWN",
        )

    def _redress_in_company_currency(self, kind, amount):
        """``amount`` as ``_redress_in_currency`` gives it, in the currency of the company."""
        return self.company_id.currency_id.round(amount / (self._redress_invoice(kind).invoice_currency_rate or 1.0))

    # -- Complaints count as honest unless abuse is confirmed. Neither field is tracked: customers follow their tickets

    def _show_abuse(self):
        """Call with sudo."""
        for ticket in self:
            ticket.complaint_abusive = "confirmed" in ticket.complaint_review_ids.mapped("state")
