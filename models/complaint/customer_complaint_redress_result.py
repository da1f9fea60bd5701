from odoo import SUPERUSER_ID, Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from .account_move import FINISHING
from .customer_complaint_redress import CARD_KINDS

POSTING = "account.group_account_invoice"

CONFIRMING = "sales_team.group_sale_salesman"


class CustomerComplaintRedress(models.Model):
    """Executing redress: once, however often the button is pressed."""

    _inherit = "customer.complaint.redress"

    def action_carry_out(self):
        """Make the credit note, order or coupon, and write to the customer. Redress already executed is skipped.

        Row locks let one at a time in. A transaction that began before another one ended fails to serialize, is
        retried, and finds the redress done.

        :raise UserError: not approved, the complaint is gone, or the limits have changed
        """
        self._carry_out()

    def _carry_out(self, letters=True):
        """:param bool letters: whether the customer is written to; if not, the answer to the complaint says it"""
        sudo = self._begin_step()
        for redress in sudo.filtered(lambda redress: redress.state != "done"):
            redress._check_states("approved")
            redress._check_terms()
            redress.ticket_id._check_redress_assessed()
            if redress._lacks_approval():
                raise UserError(
                    self.env._(
                        "%s now requires approval. Reset it to draft and request approval again.", redress.display_name
                    )
                )
            kind = "card" if redress.kind in CARD_KINDS else redress.kind
            result = getattr(redress.with_company(redress.company_id), f"_carry_out_{kind}")()
            redress.write(result | {"state": "done", "done_by_id": self.env.uid, "done_on": fields.Datetime.now()})
            redress._log(self.env._("executed"))
            redress.ticket_id._sum_redress_cost()
            # what the database refuses is refused before anybody is written to
            self.env.flush_all()
            if letters:
                redress._send_letter()
            redress._ask_to_finish()

    # -- refund --------------------------------------------------------------------------------------------------------

    def _check_refundable(self):
        """:raise UserError: there is nothing posted to refund, or less than this is left of it. Call with sudo."""
        invoice = self.invoice_id
        if invoice.move_type != "out_invoice" or invoice.state != "posted":
            raise UserError(self.env._("%s is not a posted invoice and cannot be refunded.", invoice.display_name))
        left = invoice._get_refundable()
        if invoice.currency_id.compare_amounts(self.amount, left) > 0:
            raise UserError(
                self.env._(
                    "Only %(left)s of %(invoice)s can still be refunded. Enter a lower amount.",
                    left=invoice.currency_id.format(max(left, 0.0)),
                    invoice=invoice.name,
                )
            )

    def _carry_out_refund(self):
        """A draft credit note over the amount, taxes in proportion. Accounting posts it."""
        invoice = self.invoice_id
        # Two complaints about one invoice: the one that did not see the other's credit note has to fail and try again
        self.env.cr.execute(SQL("UPDATE account_move SET write_date = write_date WHERE id = %s", invoice.id))
        self._check_refundable()
        lang = invoice.partner_id.lang or self.env.lang
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": self.ticket_id.complaint_number})
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        name = self.with_context(lang=lang).env._(
            "Redress for complaint %(number)s, invoice %(invoice)s",
            number=self.ticket_id.complaint_number,
            invoice=invoice.name,
        )
        credit.write(
            {
                "invoice_origin": ", ".join(filter(None, (invoice.name, invoice.invoice_origin))),
                "invoice_line_ids": [Command.clear(), *self._prepare_refund_lines(credit, name)],
            }
        )
        return {"move_id": credit.id, "cost": abs(credit.amount_untaxed_signed)}

    def _prepare_refund_lines(self, credit, name):
        """One line per account and set of taxes, together exactly the amount.

        Without product and order line: no goods come back, so neither stock nor what is to invoice may change.
        """
        Tax = self.env["account.tax"]
        base_lines, _tax_lines = credit._get_rounded_base_and_tax_lines()
        reduced = Tax._reduce_base_lines_to_target_amount(
            base_lines,
            self.company_id,
            "fixed",
            self.amount,
            computation_key=f"complaint_redress,{self.id}",
            grouping_function=lambda line: {"account_id": line["account_id"]},
        )
        Tax._fix_base_lines_tax_details_on_manual_tax_amounts(base_lines=reduced, company=self.company_id)
        return [
            Command.create(
                {
                    "name": name,
                    "quantity": 1.0,
                    "price_unit": line["price_unit"],
                    "account_id": line["account_id"].id,
                    "tax_ids": [Command.set(line["tax_ids"].ids)],
                    "analytic_distribution": line["analytic_distribution"],
                    "extra_tax_data": Tax._export_base_line_extra_tax_data(line),
                }
            )
            for line in reduced
        ]

    # -- replacement ---------------------------------------------------------------------------------------------------

    def _carry_out_replacement(self):
        """A quotation over the same goods, free of charge. Sales confirms it."""
        origin = self.order_id
        lines = [
            Command.create(
                line.copy_data(
                    {
                        "product_uom_qty": self._goods_share(line),
                        "discount": 100.0,
                        "purchase_price": line.purchase_price,
                    }
                )[0]
            )
            for line in self._goods()
        ]
        number = self.ticket_id.complaint_number
        order = origin.copy({"order_line": lines, "origin": f"{origin.name}, {number}", "client_order_ref": number})
        order.message_post(
            body=self.env._(
                "Replacement for %(order)s after complaint %(number)s",
                order=origin._get_html_link(),
                number=number,
            ),
            subtype_xmlid="mail.mt_note",
        )
        cost = sum(line.purchase_price * line.product_uom_qty for line in order.order_line)
        company_cost = self.company_currency_id.round(cost / (order.currency_rate or 1.0))
        # goods without a known cost are taken at what the customer paid
        return {"replacement_id": order.id, "cost": company_cost or self.company_amount}

    # -- coupons -------------------------------------------------------------------------------------------------------

    def _carry_out_card(self):
        """A coupon or gift card of the company's program, with a code of its own."""
        program = self.env["loyalty.program"]._get_complaint_program(self.company_id, self.kind)
        # a point is worth what the reward gives for it
        points = round(self.company_amount / program.reward_ids[:1].discount, 6)
        # no mail from the program: our letter brings the code
        card = (
            self.env["loyalty.card"]
            .with_context(loyalty_no_mail=True)
            .create(
                {
                    "program_id": program.id,
                    "partner_id": self.ticket_id.partner_id.id,
                    "points": points,
                    "expiration_date": self.valid_until,
                }
            )
        )
        self.env["loyalty.history"].create(
            {
                "card_id": card.id,
                "issued": points,
                "description": self.env._("Redress for complaint %s", self.ticket_id.complaint_number),
            }
        )
        return {"card_id": card.id, "cost": self.company_amount}

    def _carry_out_apology(self):
        return {"cost": 0.0}

    # -- afterwards ----------------------------------------------------------------------------------------------------

    def _ask_to_finish(self):
        """Credit notes have to be posted, and replacement orders confirmed, by others than those who execute redress.

        One of them is asked: the salesperson of the document, else whoever made the invoice or order, if they may.
        """
        document = self.move_id or self.replacement_id
        if not document:
            return
        invoicing = document == self.move_id
        users = self.company_id._get_group_users(POSTING if invoicing else CONFIRMING)
        origin = self.invoice_id or self.order_id
        known = self.env.user | document.user_id | origin.create_uid
        user = (known & users)[:1] or users.filtered(lambda user: user.id != SUPERUSER_ID).sorted("id")[:1]
        if not user:
            return
        read = self.with_context(lang=user.lang)
        number = self.ticket_id.complaint_number
        if invoicing:
            summary = read.env._("Post the credit note: redress for complaint %s", number)
        else:
            summary = read.env._("Confirm the replacement for complaint %s", number)
        document.activity_schedule(FINISHING, user_id=user.id, summary=summary)

    def _take_back(self):
        """Take back what was given and is not used: the user need not see the books. Call with sudo.

        :raise UserError: it is used, or final, and still stands
        """
        if self.move_id.state == "draft":
            self.move_id.button_cancel()
        if self.replacement_id.state in ("draft", "sent"):
            self.replacement_id._action_cancel()
        if not self.card_id.use_count:
            self.card_id.active = False
        self._check_taken_back()
        (self.move_id or self.replacement_id or self.env["sale.order"]).activity_unlink([FINISHING])

    def _check_taken_back(self):
        """:raise UserError: what was given still stands. Call with sudo."""
        if (
            self.kind == "apology"
            or (self.move_id and self.move_id.state != "cancel")
            or (self.replacement_id and self.replacement_id.state != "cancel")
            or (self.card_id and (self.card_id.active or self.card_id.use_count))
        ):
            raise UserError(
                self.env._(
                    "%s has been executed, and what was given is posted, confirmed or used. Cancel that first.",
                    self.display_name,
                )
            )

    def _get_result(self):
        """The credit note, order or coupon; empty before it is made, and for a letter."""
        return self.move_id or self.replacement_id or self.card_id

    def action_open_result(self):
        """Open the credit note, order or coupon; Odoo tells users who may not see it."""
        self.ensure_one()
        result = self._get_result()
        return {
            "type": "ir.actions.act_window",
            "res_model": result._name,
            "res_id": result.id,
            "views": [(False, "form")],
        }

    def _with_use(self, what):
        """:return: ``what`` the customer gets, with what they need to know to use it; before it is made, as it is"""
        self.ensure_one()
        if self.card_id and self.valid_until:
            return self.env._(
                "%(what)s with the code %(code)s, valid until %(day)s",
                what=what,
                code=self.card_code,
                day=format_date(self.env, self.valid_until),
            )
        if self.card_id:
            return self.env._("%(what)s with the code %(code)s", what=what, code=self.card_code)
        if self.replacement_id:
            return self.env._("%(what)s, our reference %(order)s", what=what, order=self.replacement_id.name)
        if self.move_id:
            return self.env._("%(what)s of invoice %(invoice)s", what=what, invoice=self.invoice_id.name)
        return what

    def _get_terms_in_words(self):
        """What the customer gets: (what, amount in figures, amount in words); the amounts may be empty."""
        self.ensure_one()
        kind = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        if not self.amount:
            return kind, "", ""
        lang = self.env.lang or "en_US"
        return (
            kind,
            format_amount(self.env, self.amount, self.currency_id, lang),
            self.currency_id._value_amount_in_words(self.amount, lang),
        )

    def _get_portal_state(self):
        """How far it is, in the customer's words. Call with sudo."""
        self.ensure_one()
        move, order = self.move_id, self.replacement_id
        if self.state != "done":
            return self.env._("Approved; we are preparing it")
        if move:
            if move.state != "posted":
                return self.env._("We are preparing the credit note")
            if move.payment_state in ("paid", "in_payment", "reversed"):
                return self.env._("Paid back or offset by credit note %s", move.name)
            return self.env._("Credit note %s issued", move.name)
        if order:
            if "delivery_status" in order._fields and order.delivery_status == "full":
                return self.env._("Delivered")
            return self.env._("Ordered") if order.state == "sale" else self.env._("We are preparing the delivery")
        if self.card_id:
            if self.valid_until:
                return self.env._("Ready; valid until %s", format_date(self.env, self.valid_until))
            return self.env._("Ready")
        return self.env._("Sent")

    def _send_letter(self):
        """In the customer's language; without an address somebody is asked to write. Call with sudo."""
        ticket = self.ticket_id
        template = self.env.ref("customer_value.mail_template_complaint_redress", raise_if_not_found=False)
        error = ""
        if template and ticket._complaint_has_address():
            try:
                with self.env.cr.savepoint():
                    template.send_mail(
                        self.id,
                        email_layout_xmlid="mail.mail_notification_light",
                        # the customer finds it with their complaint, and sees nothing else of the redress
                        email_values={"model": ticket._name, "res_id": ticket.id},
                    )
                return
            except Exception as raised:  # whatever a changed template raises  # pylint: disable=broad-except
                error = str(raised)
        user = ticket.user_id or self.env.user
        read = self.with_context(lang=user.lang)
        ticket.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=read.env._("Inform the customer of %s in writing", read.display_name),
            note=error,
        )
