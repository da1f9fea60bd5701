"""Complaints recorded by users, in the portal and from messages: one record, and nothing of others."""

import re
from datetime import datetime
from functools import partial

from markupsafe import Markup
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .complaint_case import ComplaintCase

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


@tagged("post_install", "-at_install")
class TestComplaintIntake(ComplaintCase):
    delivers = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket.channel"].search([]).company_id = False
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Complaints", "for_complaints": True, "company_id": cls.company.id}
        )
        groups = ["customer_value.group_complaint_officer", "sales_team.group_sale_salesman_all_leads",
                  "account.group_account_invoice"]  # fmt: skip
        if "stock.picking" in cls.env:
            groups.append("stock.group_stock_user")
        cls.agent = cls.user("complaint_agent", ",".join(groups))
        cls.seller = cls.user("complaint_seller", "sales_team.group_sale_salesman_all_leads")
        cls.own_order = cls.order(cls.partner)
        cls.other = cls.customer("Somebody Else", email="else@example.com")
        cls.other_order = cls.order(cls.other)

    def intake(self, user=None, document=None, **context):
        if document is not None:
            context |= {"active_model": document._name, "active_id": document.id}
        return Form(self.env["customer.complaint.intake"].with_user(user or self.agent).with_context(**context))

    def record(self, form):
        form.name = form.name or "Broken"
        form.description = form.description or "It <b>broke</b>."
        return self.Ticket.browse(form.save().action_record()["res_id"]).sudo()

    def test_from_order(self):
        form = self.intake(document=self.own_order)
        self.assertEqual((form.partner_id, form.order_id), (self.partner, self.own_order))
        form.order_line_id = self.own_order.order_line
        form.channel = "letter"
        form.type_id = self.type
        form.remedy = "refund"
        form.loss = 12.5
        ticket = self.record(form)
        self.assertRecordValues(
            ticket,
            [
                {
                    "is_complaint": True,
                    "complaint_state": "acknowledged",
                    "partner_id": self.partner.id,
                    "team_id": self.team.id,
                    "channel_id": self.env.ref("customer_value.complaint_channel_letter").id,
                    "complaint_order_id": self.own_order.id,
                    "complaint_order_line_id": self.own_order.order_line.id,
                    "complaint_type_id": self.type.id,
                    "complaint_remedy": "refund",
                    "complaint_loss": 12.5,
                }
            ],
        )
        self.assertIn("&lt;b&gt;broke&lt;/b&gt;", ticket.description, "what the customer says is text")

    def test_from_partner_and_invoice(self):
        contact = self.customer("Contact", parent_id=self.partner.id)
        form = self.intake(document=contact)
        self.assertEqual(form.partner_id, contact)
        move = self.invoice(self.partner)
        form = self.intake(document=move)
        self.assertEqual((form.partner_id, form.move_id), (self.partner, move))
        self.assertEqual(self.record(form).complaint_move_id, move)

    def test_from_delivery(self):
        if "stock.picking" not in self.env:
            self.skipTest("deliveries are not installed")
        picking = self.own_order.picking_ids
        form = self.intake(document=picking)
        self.assertEqual((form.order_id, form.partner_id), (self.own_order, self.partner))
        ticket = self.record(form)
        self.assertEqual(ticket.complaint_delivery_id, picking.id)
        with self.assertRaisesRegex(ValidationError, "does not belong to this customer"):
            ticket.complaint_delivery_id = self.other_order.picking_ids.id
        bindings = self.env["ir.actions.actions"].get_bindings("stock.picking")
        action = self.env.ref("customer_value.action_customer_complaint_intake_delivery")
        self.assertIn(action.id, [found["id"] for found in bindings["action"]])

    def test_everybody_may_take_one_down(self):
        """A salesperson hears a complaint: they record it and follow it, and have access to no other."""
        hidden = self.complaint()
        ticket = self.record(self.intake(self.seller, self.own_order))
        self.assertEqual(ticket.create_uid, self.seller)
        self.assertEqual(ticket.complaint_event_ids.sorted("id")[0].actor, "staff")
        self.assertTrue(ticket.with_user(self.seller).name)
        with self.assertRaises(AccessError):
            _name = hidden.with_user(self.seller).name
        with self.assertRaises(AccessError):
            ticket.with_user(self.seller).action_complaint_assess()

    def test_documents_that_the_user_may_not_read(self):
        nobody = self.user("complaint_nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.intake(nobody, self.own_order)
        Intake = self.env["customer.complaint.intake"].with_user(nobody)
        values = {"partner_id": self.partner.id, "name": "N", "description": "D", "order_id": self.own_order.id}
        intake = Intake.create(values)
        with self.assertRaises(AccessError):
            intake.action_record()

    def test_documents_of_others(self):
        Intake = self.env["customer.complaint.intake"].with_user(self.seller)
        values = {"partner_id": self.partner.id, "name": "N", "description": "D"}
        with self.assertRaisesRegex(ValidationError, "does not belong to"):
            Intake.create(values | {"order_id": self.other_order.id}).action_record()
        other = self.make_company("Other Company", "EUR")
        with self.assertRaises(UserError):
            Intake.create(values | {"company_id": other.id}).action_record()
        with self.assertRaisesRegex(UserError, "title"):
            Intake.create(values | {"description": "  "}).action_record()

    def test_similar_are_shown(self):
        plain, same = self.complaint(), self.complaint(complaint_order_id=self.own_order.id)
        self.complaint(partner_id=self.other.id)
        form = self.intake(document=self.partner)
        self.assertEqual(form.similar_ids[:], (same | plain).with_user(self.agent))
        form = self.intake(document=self.own_order)
        self.assertEqual(form.similar_ids[:][0].id, same.id)
        self.assertFalse(self.intake(self.seller, self.own_order).similar_ids[:], "no more than the user may read")

    def test_from_message(self):
        order = self.own_order
        message = order.message_post(
            body=Markup("<p>It is <b>broken</b></p>"),
            author_id=self.partner.id,
            message_type="comment",
            attachments=[("photo.png", PNG)],
        )
        form = self.intake(default_message_id=message.id)
        self.assertEqual((form.partner_id, form.order_id, form.channel), (self.partner, order, "message"))
        self.assertIn("It is *broken*", form.description)
        ticket = self.record(form)
        self.assertEqual(ticket.channel_id, self.env.ref("customer_value.complaint_channel_message"))
        self.assertEqual(ticket.attachment_ids.raw, PNG)
        self.assertEqual(message.attachment_ids.res_model, "sale.order", "the original stays")
        self.assertIn(ticket.complaint_number, order.message_ids[0].body)

    def test_author_who_is_one_of_us_does_not_complain(self):
        message = self.own_order.message_post(body="They are angry", author_id=self.officer.partner_id.id)
        self.assertEqual(self.intake(default_message_id=message.id).partner_id, self.partner)

    def test_message_that_the_user_may_not_read(self):
        message = self.complaint().message_post(body="Secret", subtype_xmlid="mail.mt_note")
        with self.assertRaises(AccessError):
            self.intake(self.seller, default_message_id=message.id)

    def test_counts(self):
        contact = self.customer("Contact", parent_id=self.partner.id)
        self.complaint()
        self.complaint(partner_id=contact.id)
        move = self.invoice(contact)
        for record in (self.partner, contact, self.own_order, move):
            record = record.with_user(self.officer).sudo()
            self.assertEqual(record.complaint_open_count, 2, record)
            self.assertEqual(self.Ticket.search_count(record.action_view_complaints()["domain"]), 2)
        self.assertEqual(self.other_order.complaint_open_count, 0)

    def test_counts_are_one_query(self):
        orders = self.env["sale.order"].browse([self.order(self.customer(f"C {n}")).id for n in range(8)])
        counts = []
        for size in (4, 8):
            self.env.invalidate_all()
            some = orders[:size]
            some.partner_id.mapped("commercial_partner_id.name")
            counts.append(self.count_queries(partial(some.mapped, "complaint_open_count"), warm=True))
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestComplaintPortal(HttpCase, ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket.channel"].search([]).company_id = False
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.users = [
            new_test_user(cls.env, login, groups="base.group_portal", email=f"{login}@example.com", **company)
            for login in ("portal_a", "portal_b")
        ]
        cls.orders = [cls.order(user.partner_id) for user in cls.users]

    def setUp(self):
        super().setUp()
        self.authenticate("portal_a", "portal_a")

    def post(self, files=None, token=True, **values):
        page = self.url_open("/my/complaint/new").text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        data = {"title": "Broken", "description": "It broke."} | values | ({"csrf_token": csrf} if token else {})
        return self.url_open("/my/complaint/new", data=data, files=files)

    def mine(self):
        return self.Ticket.sudo().search([("create_uid", "=", self.users[0].id)])

    def test_complaint(self):
        page = self.post(
            document=f"order-{self.orders[0].id}", remedy="repair", type=str(self.type.id),
            files=[("attachment", ("../<img src=x onerror=alert(1)>.png", PNG, "image/png"))],
        )  # fmt: skip
        ticket = self.mine()
        self.assertRecordValues(
            ticket,
            [
                {
                    "is_complaint": True,
                    "complaint_state": "acknowledged",
                    "partner_id": self.users[0].partner_id.id,
                    "complaint_order_id": self.orders[0].id,
                    "complaint_remedy": "repair",
                    "complaint_type_id": self.type.id,
                    "channel_id": self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web").id,
                }
            ],
        )
        self.assertEqual(ticket.complaint_event_ids.sorted("id")[0].actor, "customer")
        self.assertIn(ticket.complaint_number, page.text)
        self.assertEqual(ticket.attachment_ids.raw, PNG)
        self.assertNotIn("/", ticket.attachment_ids.name)
        self.assertNotIn("<img src=x", page.text)

    def test_link_on_the_home_page(self):
        self.assertIn("/my/complaint/new", self.url_open("/my").text)

    def test_documents_of_others(self):
        """Neither shown nor taken, and another's number is answered like one that does not exist."""
        form = self.url_open("/my/complaint/new").text
        self.assertIn(self.orders[0].name, form)
        self.assertNotIn(self.orders[1].name, form)
        pages = [
            self.post(document=value).text
            for value in (f"order-{self.orders[1].id}", "order-999999999", "order-abc", "user-2", "invoice-1' OR 1=1")
        ]
        messages = {re.search(r'role="alert">([^<]+)<', page)[1] for page in pages}
        self.assertEqual(len(messages), 1)
        self.assertFalse(self.mine())
        self.assertNotIn(self.orders[1].name, "".join(pages))

    def test_days_of_orders_are_those_of_the_company(self):
        self.company.value_tz = "Asia/Shanghai"
        self.orders[0].date_order = datetime(2025, 6, 10, 20)
        self.env.flush_all()
        self.assertIn(f"{self.orders[0].name} (2025-06-11)", self.url_open("/my/complaint/new").text)

    def test_documents_of_a_subsidiary(self):
        """They are another customer's, although whoever logs in for the company above may read them."""
        subsidiary = self.customer("Subsidiary", parent_id=self.users[0].partner_id.id, is_company=True)
        order = self.order(subsidiary)
        self.assertNotIn(order.name, self.url_open("/my/complaint/new").text)
        self.assertIn("alert-danger", self.post(document=f"order-{order.id}").text)
        self.assertFalse(self.mine())

    def test_hostile_text_is_escaped(self):
        script = "<script>alert('x')</script>"
        page = self.post(title=script, description="", document="order-0")
        self.assertNotIn(script, page.text)
        self.post(title=script, description=script + "\0")
        ticket = self.mine()
        self.assertNotIn("<script", ticket.description)
        self.assertNotIn(script, self.url_open("/my/complaint/new").text)

    def test_what_is_refused(self):
        cases = [
            {"title": " "},
            {"description": ""},
            {"title": "x" * 201},
            {"description": "x" * 20_001},
            {"type": "0"},
            {"remedy": "gold"},
            {"files": [("document", ("order-1", b"order-1", "text/plain"))]},
            {"files": [("attachment", ("page.png", b"<html><script>alert(1)</script>", "image/png"))]},
            {"files": [("attachment", ("image.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"))]},
            {"files": [("attachment", (f"{number}.png", PNG, "image/png")) for number in range(6)]},
            {"files": [("attachment", ("big.png", PNG + b"\0" * (10 * 1024 * 1024), "image/png"))]},
        ]
        for case in cases:
            with self.subTest(str(case)[:60]):
                self.assertIn("alert-danger", self.post(**case).text)
                self.assertFalse(self.mine())

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_http")
    def test_no_token(self):
        self.assertEqual(self.post(token=False).status_code, 400)
        self.assertFalse(self.mine())

    def test_pressed_twice_and_too_often(self):
        self.post()
        self.post()
        self.assertEqual(len(self.mine()), 1)
        for number in range(6):
            page = self.post(title=f"Number {number}")
        self.assertIn("alert-danger", page.text)
        self.assertEqual(len(self.mine()), 5)

    def test_nobody_sees_the_page_of_another(self):
        self.post()
        number = self.mine().complaint_number
        self.authenticate("portal_b", "portal_b")
        self.assertNotIn(number, self.url_open("/my/complaint/taken").text)
        self.assertNotIn(number, self.url_open("/my/complaint/new").text)

    def test_not_logged_in(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/complaint/new").url)
