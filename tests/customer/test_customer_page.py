"""The customer page: its timeline against a list built by the ORM, paging, filters, products and search."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.value_case import ValueCase

# Queries of the first screen, of a customer with something of everything, and of what comes later in its margin. They
# are few whatever is shown: what is known of the customer, what is overdue, what is open, what happened, and one
# reading of all of it.
FIRST_SCREEN = 10
PRODUCTS = 6
ROLES = {
    "manager": "customer_value.group_customer_value_manager,sales_team.group_sale_manager,"
    "account.group_account_invoice,helpdesk_mgmt.group_helpdesk_manager",
    "seller": "customer_value.group_customer_value_user,sales_team.group_sale_salesman",
    "officer": "customer_value.group_customer_value_user,customer_value.group_complaint_officer,"
    "helpdesk_mgmt.group_helpdesk_user",
}


class PageCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Page = cls.env["customer.page"]
        cls.today = fields.Date.today()
        cls.firm = cls.customer(
            "Page Firm", is_company=True, ref="C-4711", vat="BE0477472701", email="firm@example.com"
        )
        cls.contact = cls.customer("Page Contact", parent_id=cls.firm.id, phone="+32 2 290 34 90")
        cls.other = cls.customer("Other Firm")

    @classmethod
    def days_ago(cls, days):
        return cls.today - timedelta(days=days)

    def history(self, partner=None):
        """Something on every channel that needs nothing but the hosts."""
        partner = partner or self.contact
        self.order(partner, self.days_ago(30), 100)
        self.order(partner, self.days_ago(5), 50, confirm=False)
        self.invoice(partner, self.days_ago(29), 100)
        self.invoice(partner, self.days_ago(20), 20, move_type="out_refund")
        self.lead(partner, day=self.days_ago(40))
        self.ticket(partner, self.days_ago(10))
        self.ticket(partner, self.days_ago(9), is_complaint=True)
        partner.message_post(body="Called about the delivery", message_type="comment")
        start = f"{self.days_ago(3)} 09:00:00"
        self.env["calendar.event"].create(
            {"name": "Visit", "start": start, "stop": start, "partner_ids": [(6, 0, partner.ids)]}
        )

    def keys(self, timeline):
        return [(row["channel"], row["id"]) for row in timeline["rows"]]

    def expected(self, customer):
        """Everything that happened, each model asked by itself."""
        of = [("partner_id", "child_of", customer.id)]
        contacts = self.env["res.partner"].search([("id", "child_of", customer.id)])
        found = []

        def add(code, model, moment, domain):
            for record in self.env[model].search(domain):
                found.append((fields.Datetime.to_datetime(record[moment]), code, record.id))

        add("order", "sale.order", "date_order", of)
        add("invoice", "account.move", "invoice_date", [*of, ("move_type", "like", "out_"), ("state", "=", "posted")])
        add("opportunity", "crm.lead", "create_date", of)
        add("ticket", "helpdesk.ticket", "create_date", [*of, ("is_complaint", "=", False)])
        add("complaint", "helpdesk.ticket", "create_date", [*of, ("is_complaint", "=", True)])
        add("meeting", "calendar.event", "start", [("partner_ids", "in", contacts.ids)])
        tickets = self.env["helpdesk.ticket"].search(of)
        add(
            "step",
            "customer.complaint.event",
            "date",
            [("ticket_id", "in", tickets.ids), ("kind", "not in", ("clock", "pause"))],
        )
        documents = {"res.partner": contacts, "helpdesk.ticket": tickets}
        documents |= {model: self.env[model].search(of) for model in ("sale.order", "crm.lead", "account.move")}
        for model, records in documents.items():
            domain = [("model", "=", model), ("res_id", "in", records.ids)]
            add(
                "message",
                "mail.message",
                "date",
                [*domain, ("message_type", "in", ("comment", "email", "email_outgoing"))],
            )
        return [(code, number) for _moment, code, number in sorted(found, reverse=True)]


@tagged("post_install", "-at_install")
class TestCustomerPage(PageCase):
    delivers = True

    def test_timeline(self):
        """Against the models one by one; the firm's and its contact's, and nothing of others."""
        self.history()
        self.history(self.firm)
        self.history(self.other)
        with self.reading_only():
            timeline = self.Page.get_timeline(self.contact.id)
        self.assertEqual(self.keys(timeline), self.expected(self.firm))
        self.assertFalse(timeline["next"])
        self.assertEqual({row["channel"] for row in timeline["rows"]}, {row[0] for row in self.expected(self.firm)})

    def test_paging(self):
        """Each row once, also where many have the same moment."""
        day = self.days_ago(7)
        for _number in range(60):
            self.order(self.contact, day, 10, confirm=False)
        self.history()
        seen, before = [], None
        for _page in range(5):
            timeline = self.Page.get_timeline(self.firm.id, before=before)
            seen += self.keys(timeline)
            before = timeline["next"]
            if not before:
                break
        self.assertEqual(seen, self.expected(self.firm))
        self.assertEqual(len(seen), len(set(seen)))

    def test_filters(self):
        self.history()
        order = self.order(self.firm, self.days_ago(100), 30)
        Page, firm = self.Page, self.firm.id
        self.assertEqual({row["channel"] for row in Page.get_timeline(firm, kinds=["order"])["rows"]}, {"order"})
        by_text = Page.get_timeline(firm, text=order.name)
        self.assertEqual(self.keys(by_text), [("order", order.id)])
        old = Page.get_timeline(firm, until=fields.Date.to_string(self.days_ago(90)))
        self.assertEqual(self.keys(old), [("order", order.id)])
        recent = Page.get_timeline(firm, since=fields.Date.to_string(self.days_ago(4)))
        self.assertEqual({row["channel"] for row in recent["rows"]}, {"meeting", "message", "step"})
        contact = Page.get_timeline(firm, contact_id=self.contact.id)
        self.assertNotIn(("order", order.id), self.keys(contact))
        self.assertIn("invoice", {row["channel"] for row in contact["rows"]})

    def test_activities_done(self):
        """What was done is told, not what was to be done."""
        asked = self.contact.activity_schedule("mail.mail_activity_data_call", note="<p>Ask about the catalogue</p>")
        asked.action_feedback(feedback="Will order & pay")
        [row] = self.Page.get_timeline(self.firm.id, kinds=["activity"])["rows"]
        self.assertIn("Will order & pay", row["text"])
        self.assertNotIn("catalogue", row["text"])

    def test_page(self):
        """What is open, with the most urgent first, and what is bought: last price, gap, due again."""
        for days in (90, 60, 30):
            self.order(
                self.contact, self.days_ago(days + 5), lines=[{"price_unit": 100 + days, "product_uom_qty": 2.0}]
            )
        self.order(self.contact, self.days_ago(400), lines=[{"product_id": self.service.id, "price_unit": 10}])
        self.history()
        self.contact.activity_schedule("mail.mail_activity_data_call", summary="Ring them")
        with self.reading_only():
            page = self.Page.get_page(self.contact.id)
        self.assertEqual((page["id"], page["reference"]), (self.firm.id, "C-4711"))
        self.assertEqual(
            [block["code"] for block in page["open"]],
            ["complaint", "overdue", "undelivered", "activity", "quotation", "ticket", "opportunity"],
        )
        for block in page["open"]:
            self.assertEqual(block["count"], self.env[block["model"]].search_count(block["domain"]), block["label"])
        thing, service = page["products"][:2]
        self.assertEqual((thing["id"], thing["days"], service["id"]), (self.product.id, 4, self.service.id))
        self.assertIn("100.00", thing["price"])
        self.assertEqual(service["status"], "", "bought once: nothing is usual yet")

    def test_due_again(self):
        for days in (95, 65, 35):
            self.order(self.firm, self.days_ago(days))
        # sent again for nothing: it was not bought again
        self.order(self.firm, self.days_ago(5), 0)
        [product] = self.Page.get_page(self.firm.id)["products"]
        self.assertEqual((product["gap"], product["status"]), (30, "due"))
        for days in (595, 565, 535):
            self.order(self.other, self.days_ago(days))
        self.assertEqual(self.Page.get_page(self.other.id)["products"][0]["status"], "gone")

    def test_queries_do_not_grow(self):
        """With twice the documents it takes as many: each kind is found together with the others, and read once."""

        def count():
            screen = self.count_queries(lambda: self.Page.get_page(self.firm.id, with_products=False))
            products = self.count_queries(lambda: self.Page.get_products(self.firm.id))
            return screen, products

        self.history()
        self.run_policy(as_of=self.today)
        with self.reading_only():
            self.Page.get_products(self.firm.id)
        self.Page.get_page(self.firm.id)
        screen, products = count()
        self.assertLessEqual(screen, FIRST_SCREEN)
        self.history()
        self.history()
        twice = count()
        self.assertLessEqual(twice[0], screen)
        self.assertLessEqual(twice[1], products)

    def test_queries_of_every_role(self):
        """Few for whoever looks, and as few with twice the documents."""
        counts = {}
        users = {
            role: new_test_user(
                self.env, f"count_{role}", groups, company_id=self.company.id, company_ids=self.company.ids
            )
            for role, groups in ROLES.items()
        }

        def talk():
            self.history()
            lead = self.lead(self.firm, user_id=users["seller"].id)
            lead.message_post(body="", subtype_xmlid="crm.mt_lead_stage")
            self.order(self.firm, self.days_ago(2)).user_id = users["seller"]
            self.contact.activity_schedule("mail.mail_activity_data_call", summary="Ring").action_feedback()
            self.contact.activity_schedule("mail.mail_activity_data_call", summary="Ring again")
            self.env["customer.contact"].create({"partner_id": self.contact.id, "subject": "Asked"})

        for time in ("once", "twice"):
            talk()
            self.run_policy(as_of=self.today)
            for role, user in users.items():
                Page = self.Page.with_user(user).with_context(allowed_company_ids=self.company.ids)
                page = Page.get_page(self.firm.id)
                self.assertTrue(page["open"] and page["timeline"]["rows"], role)
                counts[role, time] = (
                    self.count_queries(lambda Page=Page: Page.get_page(self.firm.id, with_products=False)),
                    self.count_queries(lambda Page=Page: Page.get_products(self.firm.id)),
                )
        for role in ROLES:
            screen, products = counts[role, "once"]
            self.assertLessEqual(screen, FIRST_SCREEN, role)
            self.assertLessEqual(products, PRODUCTS, role)
            self.assertLessEqual(counts[role, "twice"], counts[role, "once"], role)

    def test_find(self):
        """By number, tax ID, mail address, phone in any notation, document and name; a customer once."""
        self.history()
        order = self.order(self.contact)
        invoice = self.invoice(self.contact)
        asked = [
            "C-4711", "c-4711", "BE0477472701", "FIRM@example.com", "+32 2 290 34 90", "003222903490", "02/290.34.90",
            "(02) 290-3490", order.name, invoice.name, "page fir", "Page Contact",
        ]  # fmt: skip
        for text in asked:
            with self.reading_only():
                found = self.Page.find(text)
            self.assertEqual([row["id"] for row in found], self.firm.ids, text)
        for text in ("", "x", "no such customer", "0022903"):
            self.assertEqual(self.Page.find(text), [], text)

    def test_find_takes_no_wildcards(self):
        """What stands for any character in SQL is a character of a number like any other."""
        self.firm.ref, self.other.ref = "C_1", "CX1"
        with self.reading_only():
            self.assertEqual([row["id"] for row in self.Page.find("c_1")], self.firm.ids)

    def test_find_by_one_character(self):
        """Where a character is a word: names that begin with it."""
        wang, mei = self.customer("王小明"), self.customer("王")
        self.customer("小王", parent_id=self.firm.id)
        with self.reading_only():
            self.assertEqual({row["id"] for row in self.Page.find("王")}, set((wang + mei).ids))
            self.assertEqual([row["id"] for row in self.Page.find("小")], self.firm.ids)
            self.assertEqual({row["id"] for row in self.Page.find("小王")}, set(self.firm.ids))
        for text in ("P", "é", "7", "。", "Ж"):
            self.assertEqual(self.Page.find(text), [], text)

    def test_merged_customer(self):
        """Their documents and their number lead to who they are now."""
        self.other.ref = "A-1"
        self.history(self.other)
        before = len(self.Page.get_timeline(self.other.id)["rows"])
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.other + self.firm).ids, self.firm)
        self.env.invalidate_all()
        self.assertGreaterEqual(len(self.Page.get_timeline(self.firm.id)["rows"]), before)
        self.assertEqual([row["id"] for row in self.Page.find("A-1")], self.firm.ids)
        self.assertEqual(self.firm.ref, "C-4711")
        self.assertEqual(self.keys(self.Page.get_timeline(self.firm.id)), self.expected(self.firm))

    def test_former_customer(self):
        """Who becomes a contact brings their orders along, and takes them away again."""
        order = self.order(self.other, self.days_ago(3))
        later = self.order(self.firm, self.days_ago(2))
        self.customer("New Contact", parent_id=self.other.id)
        self.other.parent_id = self.firm
        self.assertTrue(self.other.value_is_former)
        self.assertFalse(self.contact.value_is_former)
        for note in (lambda: None, lambda: self.env["customer.former.customer"]._note()):
            note()
            self.env.invalidate_all()
            self.assertEqual(self.Page.get_timeline(self.firm.id, kinds=["order"])["rows"][0]["id"], later.id)
            self.assertEqual(
                self.keys(self.Page.get_timeline(self.other.id, kinds=["order"])),
                [("order", later.id), ("order", order.id)],
            )
            # as in a database that knows nothing of it yet
            self.env.cr.execute("UPDATE res_partner SET value_is_former = NULL")
        self.assertFalse(self.Page.get_page(self.other.id)["id"] == self.other.id)
        self.other.parent_id = False
        self.assertEqual(self.keys(self.Page.get_timeline(self.other.id, kinds=["order"])), [("order", order.id)])
        self.assertEqual(self.keys(self.Page.get_timeline(self.firm.id, kinds=["order"])), [("order", later.id)])

    def test_former_customer_after_a_merge(self):
        """A contact whom a customer was merged into has their orders."""
        order = self.order(self.other, self.days_ago(3))
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.other + self.contact).ids, self.contact)
        self.env.invalidate_all()
        self.assertEqual(self.keys(self.Page.get_timeline(self.firm.id, kinds=["order"])), [("order", order.id)])

    def test_former_numbers(self):
        """Merged twice, a customer is found by each number they ever had, and by the present one once."""
        third = self.customer("Third Firm", ref="T-9")
        self.other.ref = "A-1"
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.create({})._merge((third + self.other).ids, self.other)
        wizard.create({})._merge((self.other + self.firm).ids, self.firm)
        self.env.invalidate_all()
        for text in ("T-9", "a-1", "C-4711"):
            self.assertEqual([row["id"] for row in self.Page.find(text)], self.firm.ids, text)
        former = self.env["customer.former.number"].search([("partner_id", "=", self.firm.id)])
        self.assertEqual(sorted(former.mapped("name")), ["A-1", "T-9"])
