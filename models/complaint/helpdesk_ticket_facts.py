from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare, format_amount, format_date

from .groups import COMPLAINT_OFFICER

# Of each kind; the page stays readable, and fast for customers with thousands of documents.
MOST_FACTS = 8

# Kinds of facts that say whose fault it was -> kind of fault
FAULTS = {"late": "late", "short": "short", "price": "invoice"}

CREDIT_DAYS = 90


class HelpdeskTicket(models.Model):
    """What the back office knows about a complaint. It proposes; a person decides."""

    _inherit = "helpdesk.ticket"

    complaint_facts = fields.Json(string="Facts", compute="_compute_complaint_facts", groups=COMPLAINT_OFFICER)

    @api.depends(
        "is_complaint", "partner_id", "company_id", "complaint_received_on", "complaint_order_id",
        "complaint_order_line_id", "complaint_move_id", "complaint_delivery_id", "complaint_type_id",
    )  # fmt: skip
    def _compute_complaint_facts(self):
        for ticket in self:
            if not ticket.is_complaint:
                ticket.complaint_facts = False
                continue
            facts = ticket._get_complaint_facts()
            ticket.complaint_facts = {
                "facts": [
                    fact | {"date": fields.Date.to_string(fact["date"]) if fact["date"] else False} for fact in facts
                ],
                "proposal": ticket._get_complaint_proposal(facts),
                "currency_id": ticket.company_id.currency_id.id,
                "open": ticket.complaint_state not in ("answered", "closed", "referred"),
            }

    # -- facts ---------------------------------------------------------------------------------------------------------

    def _get_complaint_facts(self):
        """What documents say about the complaint, as of when it was received.

        :return: list of dicts, most telling first: ``kind``, ``text``, ``date`` (or False), ``amount`` (in the currency
            of the company, or False), and for the document ``model``, ``res_id``, ``reference`` (name) and ``readable``
            (whether the user may open it); credit notes also have ``same``: whether they are for the documents meant
        """
        self.ensure_one()
        # sudo: officers judge by facts about documents that they may not open; they read no more than is said here
        sudo = self.sudo().with_company(self.company_id)
        scope = sudo._get_complaint_scope()
        facts = [fact for provider in sudo._complaint_fact_providers() for fact in provider(scope)]
        for model, found in self._group_facts(facts).items():
            records = self.env[model].browse([fact["res_id"] for fact in found])
            readable = set(records._filtered_access("read").ids)
            for fact in found:
                fact["readable"] = fact["res_id"] in readable
        return facts

    @api.model
    def _group_facts(self, facts):
        grouped = {}
        for fact in facts:
            grouped.setdefault(fact["model"], []).append(fact)
        return grouped

    def _complaint_fact_providers(self):
        """Methods that take the scope and return facts; another module adds its own."""
        return [
            self._facts_of_deliveries,
            self._facts_of_missing_goods,
            self._facts_of_prices,
            self._facts_of_credit_notes,
            self._facts_of_overdue_invoices,
            self._facts_of_earlier_complaints,
            self._facts_of_tickets,
        ]

    def _get_complaint_scope(self):
        """The documents meant. :return: dict of ``orders``, ``moves`` (invoices), ``deliveries`` and ``received``"""
        order, move = self.complaint_order_id, self.complaint_move_id
        delivery = self._get_complaint_delivery()
        orders = order | move.line_ids.sale_line_ids.order_id
        if delivery and "sale_id" in delivery._fields:
            orders |= delivery.sale_id
        orders = orders.filtered(lambda found: found.company_id == self.company_id)
        moves = move | orders.order_line.invoice_lines.move_id.filtered(lambda found: found.state == "posted")
        if delivery is not None:
            if "sale_id" in delivery._fields and orders:
                found = delivery.search([("sale_id", "in", orders.ids)], limit=50)
                # the delivery that is named is the one complained about: others of the order say nothing about it
                delivery |= found.filtered(lambda other: other.picking_type_code == "incoming") if delivery else found
            delivery = delivery.filtered(lambda found: found.state != "cancel")
        return {
            "orders": orders,
            "moves": moves,
            "deliveries": delivery,
            "received": self.complaint_received_on or fields.Datetime.now(),
        }

    def _make_fact(self, kind, text, record, date=False, amount=False):
        return {
            "kind": kind,
            "text": text,
            "date": fields.Date.to_date(date) if date else False,
            "amount": amount,
            "model": record._name,
            "res_id": record.id,
            "reference": record.complaint_number if record._name == self._name and record.complaint_number
            else record.display_name,
        }  # fmt: skip

    def _local_date(self, moment):
        return (self.company_id or self.env.company)._get_value_day(moment)

    def _facts_of_deliveries(self, scope):
        facts = []
        for delivery in scope["deliveries"] or ():
            order = delivery.sale_id if "sale_id" in delivery._fields else self.env["sale.order"]
            if delivery.picking_type_code == "incoming":
                if delivery.state == "done":
                    text = self.env._("Returned by the customer")
                    facts.append(self._make_fact("return", text, delivery, self._local_date(delivery.date_done)))
                continue
            if delivery.picking_type_code != "outgoing":
                continue
            promised = order.commitment_date or delivery.date_deadline or delivery.scheduled_date
            if promised:
                facts += self._facts_of_delivery(delivery, order, self._local_date(promised), scope["received"])
        return facts[:MOST_FACTS]

    def _facts_of_delivery(self, delivery, order, promised, received):
        """Where an order goes out in parts, each sentence says which part it is about.

        :param promised: date
        """
        shown = format_date(self.env, promised)
        done = delivery.state == "done" and self._local_date(delivery.date_done)
        others = order.picking_ids.filtered(
            lambda other: other.picking_type_code == "outgoing" and other.state != "cancel" and other != delivery
        ) if "picking_ids" in order._fields else delivery.browse()  # fmt: skip
        if not done:
            if promised >= self._local_date(received):
                return []
            text = (
                self.env._("The rest is not delivered yet; promised for %s", shown)
                if any(other.state == "done" for other in others)
                else self.env._("Not delivered yet; promised for %s", shown)
            )
            return [self._make_fact("late", text, delivery, promised)]
        part = any(other.state != "done" for other in others) or any(self._get_undelivered(order).values())
        if done <= promised:
            text = (
                self.env._("One part delivered on time; promised for %s", shown)
                if part
                else self.env._("Delivered on time; promised for %s", shown)
            )
            return [self._make_fact("on_time", text, delivery, done)]
        text = (
            self.env._("One part delivered %(days)s days late; promised for %(date)s",
                       days=(done - promised).days, date=shown)
            if part
            else self.env._("Delivered %(days)s days late; promised for %(date)s",
                            days=(done - promised).days, date=shown)
        )  # fmt: skip
        return [self._make_fact("late", text, delivery, done)]

    def _get_undelivered(self, order):
        """What was ordered and never went out. Goods that the customer sent back were delivered.

        :return: dict of order line -> quantity in the unit of the line
        """
        undelivered = {}
        for line in order.order_line:
            if line.display_type or line.product_uom_qty <= 0 or line.product_id.type == "service":
                continue
            returned = 0.0
            if "move_ids" in line._fields:
                returned = sum(
                    move.product_uom._compute_quantity(move.quantity, line.product_uom_id)
                    for move in line.move_ids
                    if move.state == "done" and move.location_id.usage == "customer" and move.to_refund
                )
            missing = line.product_uom_qty - line.qty_delivered - returned
            rounding = line.product_uom_id.rounding
            undelivered[line] = missing if float_compare(missing, 0.0, precision_rounding=rounding) > 0 else 0.0
        return undelivered

    def _facts_of_missing_goods(self, scope):
        """Lines of orders that have been delivered in part, unless the rest is still in time."""
        facts = []
        wanted = self.complaint_order_line_id
        for order in scope["orders"].filtered(lambda found: found.state == "sale"):
            undelivered = self._get_undelivered(order)
            if not any(line.qty_delivered for line in order.order_line) or self._has_time_left(order, scope):
                continue
            for line in undelivered if wanted not in undelivered else wanted:
                missing = undelivered[line]
                if not missing:
                    continue
                text = self.env._("%(product)s: %(delivered)g of %(ordered)g delivered", product=line.product_id.name,
                                  delivered=line.product_uom_qty - missing, ordered=line.product_uom_qty)  # fmt: skip
                amount = self._in_company_currency(line.price_total * missing / line.product_uom_qty, order)
                facts.append(self._make_fact("short", text, order, order.date_order, amount))
        return facts[:MOST_FACTS]

    def _has_time_left(self, order, scope):
        """Whether goods of the order were on their way, and not overdue, when the complaint came."""
        if "picking_ids" not in order._fields:
            return False
        day = self._local_date(scope["received"])
        return any(
            delivery.picking_type_code == "outgoing"
            and delivery.state not in ("done", "cancel")
            and self._local_date(order.commitment_date or delivery.date_deadline or delivery.scheduled_date) >= day
            for delivery in order.picking_ids
        )

    def _in_company_currency(self, amount, document):
        """At the rate of the day of the document."""
        day = fields.Date.to_date(document.date_order if document._name == "sale.order" else document.invoice_date)
        return document.currency_id._convert(
            amount, self.company_id.currency_id, self.company_id, day or self.company_id._get_value_today()
        )

    def _facts_of_prices(self, scope):
        """Invoiced at a higher price, a lower discount or a larger quantity than ordered."""
        facts = []
        for line in scope["moves"].invoice_line_ids.filtered(lambda found: found.move_id.move_type == "out_invoice"):
            sold, move = line.sale_line_ids[:1], line.move_id
            if not sold or sold.is_downpayment or sold.currency_id != line.currency_id or not line.quantity:
                continue
            ordered = sold.price_unit * (1 - sold.discount / 100)
            invoiced = line.price_unit * (1 - line.discount / 100)
            # a price for a box is not one for a piece
            if sold.product_uom_id != line.product_uom_id:
                invoiced = line.product_uom_id._compute_price(invoiced, sold.product_uom_id)
            if line.currency_id.compare_amounts(invoiced, ordered) > 0:
                promised = (
                    self.env._(", with a discount of %g%% promised", sold.discount)
                    if sold.discount > line.discount
                    else ""
                )
                text = self.env._(
                    "%(product)s: invoiced at %(invoiced)s, ordered at %(ordered)s%(promised)s",
                    product=line.product_id.name or line.name,
                    invoiced=format_amount(self.env, invoiced, line.currency_id),
                    ordered=format_amount(self.env, ordered, line.currency_id),
                    promised=promised,
                )
                share = (invoiced - ordered) / invoiced
                amount = self._in_company_currency(line.price_total * share, move)
                facts.append(self._make_fact("price", text, move, move.invoice_date, amount))
        return facts[:MOST_FACTS]

    def _facts_of_credit_notes(self, scope):
        """Those of the documents meant, and any of the customer in the months before."""
        day = self._local_date(scope["received"])
        moves = self.env["account.move"].search(
            Domain(
                [
                    ("move_type", "=", "out_refund"),
                    ("state", "=", "posted"),
                    ("company_id", "=", self.company_id.id),
                    ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ]
            )
            & (
                Domain("invoice_date", ">=", day - timedelta(days=CREDIT_DAYS))
                | Domain("id", "in", scope["moves"].ids)
                | Domain("reversed_entry_id", "in", scope["moves"].ids)
            ),
            order="invoice_date desc, id desc",
            limit=MOST_FACTS,
        )
        facts = []
        for move in moves if self.commercial_partner_id else ():
            same = move in scope["moves"] or move.reversed_entry_id in scope["moves"]
            text = self.env._("Credit note for this invoice or order") if same else self.env._("Credit note")
            fact = self._make_fact("credit", text, move, move.invoice_date, abs(move.amount_total_signed))
            facts.append(fact | {"same": same})
        return facts

    def _facts_of_overdue_invoices(self, scope):
        """Invoices that were due when the complaint came, and still are: the customer may complain to avoid paying."""
        if not self.commercial_partner_id:
            return []
        day = self._local_date(scope["received"])
        moves = self.env["account.move"].search(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("payment_state", "in", ("not_paid", "partial")),
                ("invoice_date_due", "<", day),
            ],
            order="invoice_date_due, id",
            limit=MOST_FACTS,
        )
        return [
            self._make_fact(
                "overdue",
                self.env._(
                    "Payment was %s days overdue at the time of the complaint", (day - move.invoice_date_due).days
                ),
                move,
                move.invoice_date_due,
                move.amount_residual_signed,
            )
            for move in moves
        ]

    def _facts_of_earlier_complaints(self, scope):
        if not self.commercial_partner_id:
            return []
        states = dict(self._fields["complaint_state"]._description_selection(self.env))
        outcomes = dict(self._fields["complaint_outcome"]._description_selection(self.env))
        earlier = self.search(
            [
                ("is_complaint", "=", True),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("id", "!=", self._origin.id),
                # what was merged is the same complaint, and not one more
                ("complaint_outcome", "not in", ["merged"]),
                ("complaint_received_on", "<", scope["received"]),
                ("complaint_received_on", ">=", fields.Datetime.subtract(scope["received"], years=1)),
            ],
            order="complaint_received_on desc, id desc",
            limit=MOST_FACTS,
        )
        return [
            self._make_fact(
                "complaint",
                self.env._("Earlier complaint “%(title)s”: %(outcome)s", title=ticket.name,
                           outcome=outcomes.get(ticket.complaint_outcome) or states[ticket.complaint_state]),
                ticket,
                ticket.complaint_received_on,
            )
            for ticket in earlier
        ]  # fmt: skip

    def _facts_of_tickets(self, scope):
        """Ordinary tickets about the same order or invoice."""
        if not (scope["orders"] or scope["moves"]):
            return []
        tickets = self.search(
            Domain([("id", "!=", self._origin.id), ("is_complaint", "=", False)])
            & (
                Domain("complaint_order_id", "in", scope["orders"].ids)
                | Domain("complaint_move_id", "in", scope["moves"].ids)
            ),
            order="id desc",
            limit=MOST_FACTS,
        )
        return [
            self._make_fact("ticket", self.env._("Ticket about the same: %s", ticket.name), ticket, ticket.create_date)
            for ticket in tickets
        ]

    # -- proposal ------------------------------------------------------------------------------------------------------

    def _get_complaint_proposal(self, facts):
        """What the facts suggest. :return: dict of ``fault``, ``fault_kind``, ``loss``: each a value or False"""
        sudo = self.sudo().with_company(self.company_id)
        found = [kind for kind in FAULTS if any(fact["kind"] == kind for fact in facts)]
        claimed = [kind for kind in found if FAULTS[kind] == sudo.complaint_type_id.kind]
        # facts of another kind than the subject of the complaint prove nothing about it
        kinds = claimed if sudo.complaint_type_id.kind not in (False, "other") else found
        kind = kinds[0] if kinds else False
        if kind in ("short", "price"):
            loss = sum(fact["amount"] for fact in facts if fact["kind"] == kind)
        else:
            line, move, order = sudo.complaint_order_line_id, sudo.complaint_move_id, sudo.complaint_order_id
            if line:
                loss = sudo._in_company_currency(line.price_total, line.order_id)
            elif move:
                loss = abs(move.amount_total_signed)
            else:
                loss = sudo._in_company_currency(order.amount_total, order) if order else 0.0
        # what was credited already is not lost any more
        loss = max(loss - sum(fact["amount"] for fact in facts if fact.get("same")), 0.0)
        return {
            "fault": "ours" if kind else False,
            "fault_kind": FAULTS.get(kind, False),
            "loss": self.company_id.currency_id.round(loss) or False,
        }

    def action_take_over_complaint_facts(self):
        """Enter what the facts suggest. It can be changed afterwards, and the record says where it came from.

        :raise UserError: it is answered, or nothing is suggested
        """
        self.ensure_one()
        self._check_complaint_role(COMPLAINT_OFFICER)
        self.check_access("write")
        if not self.is_complaint or self.complaint_state in ("answered", "closed", "referred"):
            raise UserError(self.env._("The complaint has been answered: its assessment can no longer be changed."))
        facts = self._get_complaint_facts()
        proposal = self._get_complaint_proposal(facts)
        if self.complaint_loss:
            # what somebody has found out is nearer than the amount of a document
            proposal.pop("loss")
        values = {f"complaint_{name}": value for name, value in proposal.items() if value}
        if not values:
            raise UserError(self.env._("The documents do not suggest anything. Enter your findings."))
        self.write(values)
        texts = "\n".join(f"{fact['reference']}: {fact['text']}" for fact in facts if fact["kind"] in FAULTS)
        # sudo: the record is written by the workflow alone
        self.sudo()._log_complaint("assessment", self.env._("Imported from documents.") + f"\n{texts}".rstrip())
