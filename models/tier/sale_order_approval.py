import math
from contextlib import contextmanager
from dataclasses import dataclass, replace

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..core.differing import write_differing
from .loyalty_card import BY_ORDER, BY_ORDER_KEY
from .sale_order_line import BY_CODE, BY_CODE_KEY

SELLER = "sales_team.group_sale_salesman"

APPROVER = "sales_team.group_sale_manager"

OPEN = ("draft", "sent")

# Fields of an order on which it depends what its lines give away, and to whom
WATCHED = {"partner_id", "company_id", "pricelist_id", "currency_id", "order_line"}

# Stands in the context while a write is watched as a whole. It is an object of this process, which nobody can send
# from outside.
WATCHING = object()

WATCHING_KEY = "customer_value_terms_watched"


@dataclass(frozen=True)
class Need:
    """Why an order needs a sales manager; also what an approval covers.

    :param int customer: commercial entity
    :param int currency: of the order; amounts are in it
    :param float discount: largest discount above the tier's maximum, percent; 0 for none
    :param float given: amount given away on lines above the maximum
    :param tuple gates: keys of gates that the customer is beyond
    :param float amount: total of the order
    :param tuple reasons: sentences
    :param frozenset authors: ids of users who set the prices of the lines above the maximum, or lowered the order
    :param tuple lines: (id, percent, amount) of the lines above the maximum
    """

    customer: int
    currency: int
    discount: float = 0.0
    given: float = 0.0
    gates: tuple = ()
    amount: float = 0.0
    discount_reasons: tuple = ()
    gate_reasons: tuple = ()
    authors: frozenset = frozenset()
    lines: tuple = ()

    def __bool__(self):
        return bool(self.discount or self.gates)

    @property
    def reasons(self):
        return [*self.gate_reasons, *self.discount_reasons]

    def without(self, granted):
        """What is left when ``granted`` has been approved."""
        if (self.customer, self.currency) != (granted.customer, granted.currency):
            return self
        left = self
        if (
            float_compare(self.discount, granted.discount, precision_digits=2) <= 0
            and float_compare(self.given, granted.given, precision_digits=2) <= 0
        ):
            left = left._without_discounts()
        if set(self.gates) <= set(granted.gates) and (
            float_compare(self.amount, granted.amount, precision_digits=2) <= 0
        ):
            left = replace(left, gates=(), gate_reasons=())
        return left

    def _without_discounts(self):
        return replace(self, discount=0.0, given=0.0, discount_reasons=(), authors=frozenset(), lines=())

    def without_offer(self, offered):
        """What is left of it where the offer that the customer has read stands.

        :param dict offered: ``customer``, ``currency`` and ``lines``: what the offer gave on each line, as a dict from
            ids as text to percent and amount. Lines are compared one by one: what one gives less is no room for another
        """
        if (self.customer, self.currency) != (offered["customer"], offered["currency"]):
            return self
        for line_id, percent, amount in self.lines:
            stood_percent, stood_amount = offered.get("lines", {}).get(str(line_id), (0.0, 0.0))
            if (
                float_compare(percent, stood_percent, precision_digits=2) > 0
                or float_compare(amount, stood_amount, precision_digits=2) > 0
            ):
                return self
        return self._without_discounts()


class SaleOrder(models.Model):
    """Orders that need a sales manager: a discount above the tier's maximum, a customer beyond an *at most* gate.

    Sessions of the superuser (scheduled jobs, other modules' ``sudo()``, payments in full) are not stopped: code
    that takes all rights is responsible for it. Orders accepted online wait for approval, see ``_validate_order``.
    """

    _inherit = "sale.order"

    value_approval_ids = fields.One2many(
        "customer.value.approval", "order_id", string="Approvals", readonly=True, groups=SELLER
    )
    value_approval_id = fields.Many2one(
        "customer.value.approval",
        string="Waiting for Approval",
        compute="_compute_value_approval",
        compute_sudo=True,
        groups=SELLER,
    )
    value_approval_reasons = fields.Text(
        compute="_compute_value_approval", compute_sudo=True, groups=SELLER, string="Approval Reasons"
    )
    can_decide_value_approval = fields.Boolean(compute="_compute_value_approval", compute_sudo=True, groups=SELLER)
    # What each line gave away when the order was sent, with an approval or without need of one: an offer stands.
    offered_terms = fields.Json(copy=False, groups=fields.NO_ACCESS, prefetch="customer_value")

    @api.depends("value_approval_ids.state")
    @api.depends_context("uid")
    def _compute_value_approval(self):
        pending = self.env["customer.value.approval"].search(
            [("order_id", "in", self.ids), ("state", "=", "pending")], order="id"
        )
        by_order = {approval.order_id.id: approval for approval in pending}
        for order in self:
            approval = by_order.get(order._origin.id, pending.browse())
            order.value_approval_id = approval
            order.value_approval_reasons = approval.reasons
            order.can_decide_value_approval = bool(approval) and approval._may_decide()

    # -- what needs approval -------------------------------------------------------------------------------------

    def _get_approval_needs(self, gates=True):
        """What in these orders needs approval, approvals already given put aside; a constant number of queries.

        Gates are evaluated on the books of this moment, in one query for all customers of a company, not on the last
        run: customers who paid this morning are not stopped for yesterday's debts.

        :param bool gates: whether gates count, or discounts alone
        :return: ``{order: Need}``
        """
        needs = {}
        # sudo: the rules of the policy hold for all users who confirm, also if they may not see tiers
        for company, orders in self.sudo().grouped("company_id").items():
            rules = self.env["customer.value.policy"]._get_order_rules(company.id)
            old = orders._get_old_limits(rules)
            beyond = orders._get_orders_beyond(rules, old) if gates else {}
            if not rules.limited and not beyond:
                continue
            for order in orders:
                limits = old.get(order, {}).get("discount", {})
                need = order._get_need(beyond.get(order, {}), rules.limited, limits)
                if need and order.offered_terms:
                    need = need.without_offer(order.offered_terms)
                for granted in order._get_granted() if need else ():
                    need = need.without(granted)
                if need:
                    needs[self.browse(order.id)] = need
        return needs

    def _get_old_limits(self, rules):
        """The limits that hold still for those who relaxed them, where they stand behind these orders. Call with sudo.

        :return: ``{order: limits as of customer.relaxation}``, of orders for which there are some
        """
        if not rules.old:
            return {}
        found = {}
        for order in self:
            behind = self.env.user | order._get_value_proposers(order.order_line._get_price_authors().ids)
            if limits := [limits for user_id, limits in rules.old if user_id in behind.ids]:
                found[order] = self.env["customer.value.relaxation"]._merge(limits)
        return found

    def _get_orders_beyond(self, rules, old):
        """Why orders of these customers need approval, by the rules of today and by ``old``. Call with sudo.

        :return: ``{order: {key of gate: sentence}}``
        """
        Gate = self.env["customer.value.gate"].sudo()
        policy = self.env["customer.value.policy"].sudo().browse(rules.policy)
        beyond = {}
        relaxed = [(Gate._restore(policy, limits["orders"]), order) for order, limits in old.items()]
        for gates, orders in [(Gate.browse(rules.gates), self), *relaxed]:
            if not gates:
                continue
            customers = gates._get_customers_beyond(orders.value_customer_id.commercial_partner_id)
            for order in orders:
                if found := customers.get(order.value_customer_id.commercial_partner_id.id):
                    beyond[order] = found | beyond.get(order, {})
        return beyond

    def _get_terms(self):
        customer = self.value_customer_id.commercial_partner_id
        return Need(customer=customer.id, currency=self.currency_id.id, amount=self.amount_total)

    def _get_need(self, beyond, limited, old):
        """
        :param dict beyond: key of gate: sentence
        :param dict old: maximum discounts that hold still for those behind the order, by id of tier as text
        """
        need = self._get_terms()
        if beyond:
            need = replace(need, gates=tuple(sorted(beyond)), gate_reasons=tuple(beyond.values()))
        tier = self.value_tier_id if limited else self.env["customer.value.tier"]
        maximum = tier.maximum_discount if tier.limit_discount else math.inf
        maximum = min(maximum, old.get(str(tier.id), math.inf))
        if maximum == math.inf:
            return need
        above = []
        for line, percent, amount in self.order_line._get_given_discounts():
            # a discount on the whole order is rounded to cents, which is no higher discount
            allowed = amount / percent * maximum if percent else 0.0
            if (
                float_compare(percent, maximum, precision_digits=2) > 0
                and self.currency_id.compare_amounts(amount, allowed) > 0
            ):
                above.append((line, percent, amount))
        if not above:
            return need
        return replace(
            need,
            discount=max(percent for _line, percent, _amount in above),
            given=sum(amount for _line, _percent, amount in above),
            discount_reasons=(
                *(self._explain_discount(line, percent, maximum, tier) for line, percent, _amount in above),
                *self._explain_pricelist(),
            ),
            authors=frozenset(self._get_price_authors(line for line, _percent, _amount in above).ids),
            lines=tuple((line.id, percent, amount) for line, percent, amount in above),
        )

    def _explain_discount(self, line, percent, maximum, tier):
        name = (line.product_id.display_name or line.name or "").split("\n")[0]
        if not tier.limit_discount or maximum < tier.maximum_discount:
            return self.env._(
                "%(line)s: the discount is %(discount).2f%%, but at most %(maximum).2f%% is allowed until another "
                "manager confirms the higher limit of the customer's tier.",
                line=name,
                discount=percent,
                maximum=maximum,
            )
        return self.env._(
            "%(line)s: the discount is %(discount).2f%%, but the customer's tier allows at most %(maximum).2f%%.",
            line=name,
            discount=percent,
            maximum=maximum,
        )

    def _explain_pricelist(self):
        """Say what prices are compared with, where that is not what stands on the order. Call with sudo.

        :return: list of sentences
        """
        partner = self.partner_id.with_company(self.company_id)
        if row := self.env["customer.value.pricelist"]._get_chosen(partner).get(partner.id):
            return [row._describe()]
        own = self.value_pricelist_id
        if not own or self.pricelist_id in (own, own.browse()):
            return []
        return [self.env._("Prices are compared with %s, the pricelist of the customer.", own.display_name)]

    def _get_price_authors(self, above):
        """Users who set the prices of the lines ``above``, or who took money off the whole order. Call with sudo."""
        lines = self.order_line.browse(line.id for line in above)
        return (lines | self.order_line.filtered(lambda line: line._lowers_order()))._get_price_authors()

    def _get_granted(self):
        """What has been approved for this order."""
        return [approval._get_granted() for approval in self.value_approval_ids if approval.state == "approved"]

    # -- who decides ---------------------------------------------------------------------------------------------

    def _get_value_proposers(self, authors=()):
        """The users responsible for the order, who therefore do not approve it."""
        self.ensure_one()
        order = self.sudo()
        return (order.user_id | order.create_uid | self.env["res.users"].sudo().browse(authors)).exists()

    def _stop_for_approval(self, needs, purpose):
        """Approve what the user may approve themselves; for other orders, what they see instead of the confirmation.

        :param dict needs: as of ``_get_approval_needs``
        :return: (orders that wait, action or None)
        """
        waiting = self.browse()
        for order, need in needs.items():
            proposers = order._get_value_proposers(need.authors)
            if self.env.user in self.env["customer.value.approval"]._find_deciders(order.company_id, proposers):
                requester = order.user_id or order.create_uid
                order._create_approval(need, purpose, user=requester)._decide("approved")
            else:
                waiting |= order
        asked = waiting.filtered(lambda order: order._is_asked(needs[order]))
        if waiting - asked:
            action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_order_approval")
            context = {"default_order_ids": (waiting - asked).ids, "default_purpose": purpose}
            return waiting, action | {"context": context}
        if asked:
            return waiting, self._notify_waiting(asked)
        return waiting, None

    def _is_asked(self, need):
        pending = self.sudo().value_approval_ids.filtered(lambda approval: approval.state == "pending")
        return any(not need.without(approval._get_granted()) for approval in pending)

    @api.model
    def _notify_waiting(self, orders):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.env._("Waiting for approval"),
                "message": self.env._(
                    "%s: waiting for approval by a sales manager. You will be notified.",
                    ", ".join(orders.mapped("name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _create_approval(self, need, purpose, reason=False, user=None, online=False):
        """A pending approval of ``need``; an earlier request is withdrawn."""
        self.ensure_one()
        # sudo: approvals are written by this workflow alone
        self.sudo().value_approval_ids.filtered(lambda approval: approval.state == "pending")._withdraw()
        return (
            self.env["customer.value.approval"]
            .sudo()
            .create(
                {
                    "order_id": self.id,
                    "partner_id": need.customer,
                    "currency_id": need.currency,
                    "reasons": "\n".join(need.reasons),
                    "reason": reason,
                    "purpose": purpose,
                    "online": online,
                    "discount": need.discount,
                    "discount_amount": need.given,
                    "amount_total": need.amount,
                    "gate_keys": list(need.gates),
                    "proposer_ids": [fields.Command.set(list(need.authors))],
                    "user_id": (user or self.env.user).id,
                }
            )
        )

    def _request_approval(self, need, purpose, reason, online=False):
        """Ask the sales managers.

        :raise UserError: no user could approve
        """
        self.ensure_one()
        order = self.sudo()
        requester = self.env.user
        if online:
            requester = order.user_id or self.env["res.users"].browse(SUPERUSER_ID)
        approval = self._create_approval(need, purpose, reason, requester, online)
        if not approval._get_asked() and not online:
            raise UserError(
                self.env._(
                    "No other user of %s is a sales manager (Sales: Administrator), so the order cannot be approved.",
                    order.company_id.name,
                )
            )
        approval._ask()
        return approval

    def action_approve_value(self):
        """Approve the pending request; the confirmation goes on."""
        return self.value_approval_id.action_approve()

    def action_refuse_value(self):
        """Ask for the reason and refuse the pending request."""
        return self.value_approval_id.action_ask_refusal()

    # -- Where orders are stopped: at their confirmation, when they are sent, and when a customer accepts them online -

    def action_confirm(self):
        """Confirm the orders that need no approval; for the others, open the dialog that asks for it.

        :return: what Odoo returns, or the action of that dialog while some orders wait
        """
        if self.env.su:
            return super().action_confirm()
        # what cannot be confirmed anyway gets Odoo's own message
        by_order = {BY_ORDER_KEY: BY_ORDER}
        needs = self.filtered(lambda order: order.state in OPEN)._get_approval_needs()
        if not needs:
            return super(SaleOrder, self.with_context(**by_order)).action_confirm()
        self.check_access("write")
        for order in needs:
            if message := order._confirmation_error_message():
                raise UserError(message)
        waiting, action = self._stop_for_approval(needs, "confirm")
        confirming = (self - waiting).with_context(**by_order)
        result = super(SaleOrder, confirming).action_confirm() if confirming else True
        return action or result

    def _action_cancel(self):
        result = super(SaleOrder, self.with_context(**{BY_ORDER_KEY: BY_ORDER}))._action_cancel()
        self._withdraw_approvals()
        return result

    def _withdraw_approvals(self):
        """No decision is needed any more on orders that were confirmed (paid, for instance) or canceled."""
        if not self:
            return
        # sudo: only this workflow writes approvals, whichever user confirms or cancels
        Approval = self.env["customer.value.approval"].sudo()
        Approval.search([("order_id", "in", self.ids), ("state", "=", "pending")])._withdraw()

    def action_quotation_send(self):
        """A discount is approved before customers read it, so that what they then accept stands."""
        offered = self.filtered(lambda order: order.state in OPEN)
        if not self.env.su and offered:
            self.check_access("write")
            _waiting, action = self._stop_for_approval(offered._get_approval_needs(gates=False), "send")
            if action:
                return action
        return super().action_quotation_send()

    def message_post(self, **kwargs):
        """The message that sends a quotation makes it an offer; until then it may have changed."""
        if self.env.su or not self.env.context.get("mark_so_as_sent"):
            return super().message_post(**kwargs)
        offered = self.filtered(lambda order: order.state in OPEN)
        if not offered:
            return super().message_post(**kwargs)
        offered._check_offer()
        result = super().message_post(**kwargs)
        offered._keep_offer()
        return result

    def _check_offer(self):
        """:raise UserError: a discount has to be approved before the customer reads it"""
        needs = self._get_approval_needs(gates=False)
        waiting, _action = self._stop_for_approval(needs, "send")
        if waiting:
            raise UserError(
                self.env._(
                    "The discount of %s requires a sales manager's approval. Use Send on the quotation to request it.",
                    ", ".join(waiting.mapped("name")),
                )
            )

    def action_quotation_sent(self):
        if self.env.su:
            return super().action_quotation_sent()
        self._check_offer()
        result = super().action_quotation_sent()
        self._keep_offer()
        return result

    def _keep_offer(self):
        """Remember what these quotations give away: no second approval is needed if the tier falls meanwhile."""
        # sudo: the field is closed to everybody
        orders = self.sudo()
        rules = self.env["customer.value.policy"]._get_order_rules
        for order in orders.filtered(lambda order: rules(order.company_id.id).limited):
            given = order.order_line._get_given_discounts()
            # as of Need.without_offer; what was offered says nothing about the customer's debts
            terms = {
                "customer": order.value_customer_id.commercial_partner_id.id,
                "currency": order.currency_id.id,
                "lines": {str(line.id): [percent, amount] for line, percent, amount in given},
            }
            write_differing(order, {"offered_terms": terms})

    # -- Orders that are confirmed: what is changed later asks again -------------------------------------------------

    def write(self, vals):
        """:raise UserError: an order is confirmed past the approval, or a confirmed one would give away more"""
        confirmed = self.browse()
        if vals.get("state") == "sale" and not self.env.su:
            confirmed = self.filtered(lambda order: order.state != "sale")
            for order, need in confirmed._get_approval_needs().items():
                order._refuse_terms(need)
        if not WATCHED & vals.keys():
            return super().write(vals)
        with self._watch_terms(confirmed) as orders:
            return super(SaleOrder, orders).write(vals)

    @contextmanager
    def _watch_terms(self, confirmed=()):
        """Let confirmed orders be changed, unless that gives away more than before and than has been approved.

        What is changed within counts as a whole. Orders that superusers change are not looked at, see above.

        :param confirmed: orders that get confirmed within, and need no approval so far
        :return: the orders, to be changed in the environment of which nobody looks at them a second time
        :raise UserError: more is given away
        """
        if self.env.su or self.env.context.get(WATCHING_KEY) is WATCHING:
            yield self
            return
        watched = self.filtered(lambda order: order.state == "sale" or order in confirmed)
        if not watched:
            yield self
            return
        before = watched._get_approval_needs()
        yield self.with_context(**{WATCHING_KEY: WATCHING})
        for order, need in watched._get_approval_needs().items():
            if left := need.without(before[order]) if order in before else need:
                order._refuse_terms(left)

    def _refuse_terms(self, need):
        """:raise UserError: says what needs approval, and how to get it"""
        raise UserError(
            self.env._(
                "The terms of %(order)s require a sales manager's approval:\n%(reasons)s\n"
                "Confirm it as a quotation to request the approval. If it is confirmed, cancel it and set it to "
                "quotation first.",
                order=self.name,
                reasons="\n".join(need.reasons),
            )
        )

    def _write_vals_from_reward_vals(self, reward_vals, old_lines, delete=True):
        """What programs give is not given away by a salesperson."""
        by_code = self.with_context(**{BY_CODE_KEY: BY_CODE})
        return super(SaleOrder, by_code)._write_vals_from_reward_vals(reward_vals, old_lines, delete)

    def _validate_order(self):
        """What a customer accepts online: the signature is kept, and the order waits where it needs approval.

        Orders without an amount have nothing at risk, and Odoo invoices some of them right after.
        """
        needs = self.filtered(lambda order: order.state in OPEN and order.amount_total > 0)._get_approval_needs()
        for order, need in needs.items():
            order._wait_for_approval(need)
        orders = self.filtered(lambda order: order not in needs)
        return super(SaleOrder, orders)._validate_order() if orders else None

    def _wait_for_approval(self, need):
        """Ask for approval of what a customer has accepted online, once."""
        if not self._is_asked(need):
            name = self.signed_by or self.partner_id.name
            reason = self.env._("Accepted online by %s", name)
            # sudo: the customer asks without knowing
            self.sudo()._request_approval(need, "confirm", reason, online=True)
