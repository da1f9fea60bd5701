"""What is open, of each kind; what came back; and what is suggested: each against records made for it."""

from datetime import timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged

from .test_customer_page import PageCase

VALUE = "customer_value.group_customer_value_user"


@tagged("post_install", "-at_install")
class TestCustomerPageOpen(PageCase):
    delivers = True

    def opened(self, user=None, firm=None):
        """``{code: block}`` of the page, as a user"""
        Page = self.Page.with_user(user) if user else self.Page
        with self.reading_only():
            page = Page.get_page((firm or self.firm).id)
        return {block["code"]: block for block in page["open"]}

    def user(self, login, groups):
        groups = ",".join(filter(None, [VALUE, groups]))
        return new_test_user(
            self.env, f"open_{login}", groups, company_id=self.company.id, company_ids=self.company.ids
        )

    def ids(self, block):
        [(_field, _operator, ids)] = block["domain"]
        self.assertEqual(len(ids), block["count"])
        return ids

    def without_deliveries(self):
        """As where the inventory app is not installed."""
        self.patch(self.registry["customer.page"], "_has_deliveries", lambda page: False)

    def test_orders_to_deliver_by_line(self):
        """Goods, and services that are invoiced by what is delivered, until all of it is; those promised first."""
        self.without_deliveries()
        visit = self.env["product.product"].create(
            {"name": "Visit", "type": "service", "taxes_id": [Command.clear()], "invoice_policy": "delivery"}
        )
        late, goods = self.order(self.contact, self.days_ago(9)), self.order(self.firm, self.days_ago(20))
        advice = self.order(self.firm, self.days_ago(3), lines=[{"product_id": self.service.id, "price_unit": 5}])
        visits = self.order(self.firm, self.days_ago(3), lines=[{"product_id": visit.id, "price_unit": 5}])
        self.order(self.firm, self.days_ago(2), confirm=False)
        self.order(self.other, self.days_ago(2))
        late.commitment_date = f"{self.days_ago(2)} 10:00:00"
        block = self.opened()["undelivered"]
        self.assertEqual(self.ids(block), [late.id, goods.id, visits.id])
        self.assertNotIn(advice.id, self.ids(block))
        self.assertEqual((block["late"], [row["late"] for row in block["rows"]]), (1, [True, False, False]))
        goods.order_line.qty_delivered = 1
        self.assertEqual(self.ids(self.opened()["undelivered"]), [late.id, visits.id])

    def deliver(self, picking):
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
        picking.move_ids.picked = True
        picking.button_validate()

    def test_deliveries(self):
        """With the inventory app: what is not sent is open, what was sent is told, and what came back is counted."""
        if not self.Page._has_deliveries():
            self.skipTest("the inventory app is not installed")
        sent, waiting = (self.order(self.contact, self.days_ago(9)) for _number in range(2))
        self.assertEqual(self.ids(self.opened()["undelivered"]), [sent.id, waiting.id])
        self.deliver(sent.picking_ids)
        self.assertEqual(self.ids(self.opened()["undelivered"]), waiting.ids)
        wizard = self.env["stock.return.picking"].with_context(
            active_id=sent.picking_ids.id, active_model="stock.picking"
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 1
        self.deliver(wizard._create_return())
        self.invoice(self.firm, self.days_ago(4), move_type="out_refund", order=waiting)
        page = self.Page.get_page(self.firm.id)
        told = [row["direction"] for row in page["timeline"]["rows"] if row["channel"] == "delivery"]
        self.assertEqual(sorted(told), ["in", "out"])
        [thing] = page["products"]
        self.assertEqual((thing["quantity"], thing["returned"]), (2.0, 1.0), "what is credited has not come back")

    def test_invoices(self):
        """Overdue ones and those not due yet, apart; paid ones not at all."""
        overdue = self.invoice(self.contact, self.days_ago(40), 100, due=self.days_ago(10))
        later = self.invoice(self.firm, self.days_ago(4), 60, due=self.today + timedelta(days=30))
        sooner = self.invoice(self.firm, self.days_ago(3), 50, due=self.today + timedelta(days=5))
        paid = self.invoice(self.firm, self.days_ago(3), 40, due=self.today + timedelta(days=5))
        self.pay(paid, self.today)
        self.invoice(self.firm, self.today, 40, post=False)
        opened = self.opened()
        self.assertEqual(self.ids(opened["overdue"]), overdue.ids)
        self.assertEqual(self.ids(opened["unpaid"]), [sooner.id, later.id])
        self.assertEqual((opened["overdue"]["late"], opened["unpaid"]["late"]), (1, 0))
        self.assertFalse({"overdue", "unpaid"} & self.opened(self.user("viewer", "")).keys())

    def test_activities(self):
        """Of contacts and documents, the earliest first, and none on what the reader may not open."""
        seller = self.user("seller", "sales_team.group_sale_salesman")
        mine, theirs = (self.order(self.contact, self.days_ago(2), confirm=False) for _number in range(2))
        mine.user_id, theirs.user_id = seller, self.env.user
        lead, ticket = self.lead(self.firm, user_id=self.env.uid), self.ticket(self.contact)
        stranger = self.order(self.other, confirm=False)
        planned = {
            record: record.activity_schedule(
                "mail.mail_activity_data_call", self.days_ago(2 - number), summary=f"Call {number}"
            )
            for number, record in enumerate((self.contact, mine, theirs, lead, ticket, stranger))
        }
        all_of_them = [planned[record].id for record in (self.contact, mine, theirs, lead, ticket)]
        block = self.opened()["activity"]
        self.assertEqual(self.ids(block), all_of_them)
        self.assertEqual(block["late"], 2)
        first, second = block["rows"][:2]
        self.assertEqual((first["model"], first["id"], first["shown"]), ("res.partner", self.contact.id, "Call 0"))
        self.assertEqual((second["model"], second["id"], second["name"]), ("sale.order", mine.id, mine.display_name))
        for user in (seller, self.user("viewer", "")):
            readable = [
                activity.id
                for record, activity in planned.items()
                if record != stranger and record.with_user(user).has_access("read")
            ]
            self.assertEqual(self.ids(self.opened(user)["activity"]), readable, user.name)
        self.assertNotIn(planned[theirs].id, self.ids(self.opened(seller)["activity"]))

    def test_complaints_and_tickets(self):
        """By deadline; what is closed is not open, and an ordinary ticket is never late."""
        slow, fast = (self.ticket(self.contact, self.days_ago(5), is_complaint=True) for _number in range(2))
        slow.sudo().complaint_answer_due = f"{self.today + timedelta(days=3)} 10:00:00"
        fast.sudo().complaint_answer_due = f"{self.days_ago(1)} 10:00:00"
        old = self.ticket(self.firm, self.days_ago(50))
        opened = self.opened()
        self.assertEqual(self.ids(opened["complaint"]), [fast.id, slow.id])
        self.assertEqual(opened["complaint"]["late"], 1)
        self.assertEqual((self.ids(opened["ticket"]), opened["ticket"]["late"]), (old.ids, 0))

    def test_promised_redress(self):
        """For those who handle complaints."""
        complaint = self.ticket(self.contact, self.days_ago(5), is_complaint=True)
        promised, proposed = (
            self.env["customer.complaint.redress"]
            .sudo()
            .create({"ticket_id": complaint.id, "kind": "apology", "state": state})
            for state in ("approved", "draft")
        )
        officer = self.user("officer", "customer_value.group_complaint_officer,helpdesk_mgmt.group_helpdesk_user")
        self.assertEqual(self.ids(self.opened(officer)["redress"]), promised.ids)
        self.assertNotIn(proposed.id, self.ids(self.opened(officer)["redress"]))
        self.assertNotIn("redress", self.opened(self.user("reader", "")))

    def test_unused_offers(self):
        """With a code that nobody has used, and as long as it holds."""
        offer = self.env["customer.retention.offer"].create(
            {"name": "Coupon", "kind": "coupon", "company_id": self.company.id, "amount": 10, "valid_days": 30}
        )
        campaign = (
            self.env["customer.retention.campaign"]
            .sudo()
            .create(
                {
                    "name": "Coupons",
                    "company_id": self.company.id,
                    "offer_id": offer.id,
                    "user_id": self.env.uid,
                    "date_start": self.today,
                    "state": "running",
                    "utm_campaign_id": self.env["utm.campaign"].sudo().create({"title": "Coupons"}).id,
                }
            )
        )
        member = (
            self.env["customer.retention.member"]
            .sudo()
            .create(
                {
                    "campaign_id": campaign.id,
                    "company_id": self.company.id,
                    "partner_id": self.firm.id,
                    "is_open": True,
                    "arm": "treatment",
                    "state": "offered",
                    "offered_on": f"{self.today} 08:00:00",
                    "valid_until": self.today,
                }
            )
        )
        self.assertEqual(self.ids(self.opened()["offer"]), member.ids)
        member.valid_until = self.days_ago(1)
        self.assertNotIn("offer", self.opened())
        member.valid_until = self.today
        program = self.env["loyalty.program"].sudo().create({"name": "Coupons", "program_type": "coupons"})
        card = self.env["loyalty.card"].sudo().create({"program_id": program.id, "retention_member_id": member.id})
        order = self.order(self.contact, self.today, confirm=False)
        order.order_line.sudo().coupon_id = card
        self.assertEqual(self.ids(self.opened()["offer"]), member.ids, "a quotation has not used it yet")
        order.action_confirm()
        self.assertNotIn("offer", self.opened())

    def test_returned(self):
        """What was credited of what was ordered, in the unit of the product; of other customers nothing."""
        self.without_deliveries()
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order(
            self.contact,
            self.days_ago(20),
            lines=[
                {"price_unit": 100, "product_uom_qty": 2.0, "product_uom_id": dozen.id},
                {"price_unit": 50, "product_uom_qty": 3.0, "product_id": self.service.id},
            ],
        )
        self.invoice(self.contact, self.days_ago(19), order=order, lines=[{"price_unit": 100}])
        things, service = order.order_line
        refund = {"move_type": "out_refund", "lines": [{"quantity": 5.0, "price_unit": 8}]}
        credit = self.invoice(self.contact, self.days_ago(5), **refund, post=False)
        credit.invoice_line_ids.sale_line_ids = [Command.set(things.ids)]
        credit.action_post()
        # without an order it takes nothing back that was ordered
        self.invoice(self.firm, self.days_ago(4), **refund)
        self.invoice(self.other, self.days_ago(4), **refund)
        products = {product["id"]: product for product in self.Page.get_page(self.firm.id)["products"]}
        thing = products[self.product.id]
        self.assertEqual((thing["quantity"], thing["returned"]), (24.0, 5.0))
        self.assertEqual(thing["returned_text"], "5 Units")
        # a dozen was 100.00
        self.assertIn("8.33", thing["price"])
        self.assertEqual((products[service.product_id.id]["returned_text"]), "")

    def test_suggestions(self):
        """As on the form of the customer and on quotations; a button for those who may write one."""
        self.history()
        page = self.Page.get_page(self.firm.id)
        self.assertEqual(page["suggestions"], self.firm.get_cross_sell(limit=3)["suggestions"])
        self.assertTrue(page["can_quote"])
        self.assertFalse(self.Page.with_user(self.user("quiet", "")).get_page(self.firm.id)["can_quote"])
