"""The timeline of random customers, against what each role finds in each model by itself, in two companies."""

import random
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from ...models.customer import customer_channel_known
from ..core.value_case import ValueCase

VALUE = "customer_value.group_customer_value_user"
ROLES = {
    "viewer": VALUE,
    "seller": f"{VALUE},sales_team.group_sale_salesman",
    "leader": f"{VALUE},sales_team.group_sale_salesman_all_leads",
    "accountant": f"{VALUE},account.group_account_invoice",
    "agent": f"{VALUE},helpdesk_mgmt.group_helpdesk_user_own",
    "officer": f"{VALUE},customer_value.group_complaint_officer,helpdesk_mgmt.group_helpdesk_user",
    "manager": ",".join(
        (
            "customer_value.group_customer_value_manager",
            "customer_value.group_complaint_manager",
            "sales_team.group_sale_manager",
            "account.group_account_manager",
            "helpdesk_mgmt.group_helpdesk_manager",
        )
    ),
}
DOCUMENTS = ("res.partner", "sale.order", "account.move", "crm.lead", "helpdesk.ticket")
STAGES = tuple(f"crm.mt_lead_{name}" for name in ("stage", "won", "lost", "restored"))


class TimelineCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.abroad = cls.make_company("Timeline Abroad", "USD")
        cls.companies = cls.company + cls.abroad
        cls.env.user.company_ids += cls.companies
        cls.users = {}
        for role, groups in ROLES.items():
            for place, companies in {"home": cls.company, "abroad": cls.abroad, "both": cls.companies}.items():
                cls.users[role, place] = new_test_user(
                    cls.env,
                    f"timeline_{role}_{place}",
                    groups,
                    company_id=companies[0].id,
                    company_ids=[Command.set(companies.ids)],
                )

    def as_user(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    # -- customers by chance ------------------------------------------------------------------------------------------

    @classmethod
    def populate(cls, generator, name):
        """:return: a customer with contacts, and something of everything on a few days"""
        firm = cls.customer(name, is_company=True)
        people = firm
        for number in range(generator.randint(1, 3)):
            people |= cls.customer(f"{name} {number}", parent_id=generator.choice(people).id)
        if generator.random() < 0.5:
            people[-1].active = False
            people = people[:-1]
        for company in cls.companies:
            for make in (cls.make_orders, cls.make_invoices, cls.make_leads, cls.make_tickets):
                for _number in range(generator.randint(1, 3)):
                    make(generator, generator.choice(people), company)
        cls.make_talk(generator, people)
        return firm

    @classmethod
    def day(cls, generator):
        return cls.today - timedelta(days=generator.randint(1, 4))

    @classmethod
    def somebody(cls, generator, company):
        users = [user for user in cls.users.values() if company in user.company_ids]
        return generator.choice([*users, cls.env.user])

    @classmethod
    def talk(cls, generator, record):
        kind = generator.choice(("comment", "email", "notification"))
        message = record.message_post(body="Said so", message_type=kind)
        message.sudo().date = fields.Datetime.to_datetime(cls.day(generator))

    @classmethod
    def make_orders(cls, generator, partner, company):
        order = cls.order(partner, cls.day(generator), 10, confirm=generator.random() < 0.5, company=company)
        order.user_id = cls.somebody(generator, company)
        cls.talk(generator, order)

    @classmethod
    def make_invoices(cls, generator, partner, company):
        kind = generator.choice(("out_invoice", "out_refund"))
        post = generator.random() < 0.8
        invoice = cls.invoice(partner, cls.day(generator), 10, company=company, move_type=kind, post=post)
        cls.talk(generator, invoice)
        method = cls.env["account.payment.method.line"].search(
            [("journal_id.company_id", "=", company.id), ("journal_id.type", "=", "bank")], limit=1
        )
        cls.env["account.payment"].with_company(company).create(
            {
                "partner_id": partner.id,
                "amount": 5,
                "date": cls.day(generator),
                "company_id": company.id,
                "partner_type": generator.choice(("customer", "supplier")),
                "payment_type": generator.choice(("inbound", "outbound")),
                "journal_id": method.journal_id.id,
            }
        )

    @classmethod
    def make_leads(cls, generator, partner, company):
        lead = cls.lead(partner, day=cls.day(generator), company=company, user_id=cls.somebody(generator, company).id)
        cls.talk(generator, lead)
        kind = cls.env.ref(generator.choice(STAGES))
        moved = lead.message_post(body="", message_type="notification", subtype_id=kind.id)
        moved.sudo().date = fields.Datetime.to_datetime(cls.day(generator))

    @classmethod
    def make_tickets(cls, generator, partner, company):
        user = cls.somebody(generator, company)
        ticket = cls.ticket(
            partner, cls.day(generator), company=company, is_complaint=generator.random() < 0.5, user_id=user.id
        )
        cls.talk(generator, ticket)
        cls.move(generator, ticket)
        cls.env["rating.rating"].sudo().create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("helpdesk.ticket"),
                "res_id": ticket.id,
                "partner_id": partner.id,
                "rating": 4,
                "consumed": generator.random() < 0.7,
                "rated_on": fields.Datetime.to_datetime(cls.day(generator)),
            }
        )

    @classmethod
    def move(cls, generator, ticket):
        """To another stage, as mail notes it at the end of a transaction."""
        before = ticket.message_ids
        cls.env.flush_all()
        cls.env.cr.precommit.run()
        stages = cls.env["helpdesk.ticket.stage"].search([("id", "!=", ticket.stage_id.id), ("closed", "=", False)])
        ticket.with_context(tracking_disable=False, mail_notrack=False).stage_id = generator.choice(stages)
        cls.env.flush_all()
        cls.env.cr.precommit.run()
        (ticket.message_ids - before).sudo().date = fields.Datetime.to_datetime(cls.day(generator))

    @classmethod
    def make_talk(cls, generator, people):
        for partner in people:
            cls.talk(generator, partner)
        activity = generator.choice(people).activity_schedule("mail.mail_activity_data_call", summary="Ring")
        activity.action_feedback(feedback="Rang")
        # who begins a chat is a member of it
        Chat = cls.env["discuss.channel"].with_user(cls.users["manager", "both"]).sudo()
        partner = generator.choice(people)
        chat = Chat.create(
            {
                "name": "Chat",
                "channel_type": "chat",
                "channel_member_ids": [Command.create({"partner_id": partner.id})],
            }
        )
        cls._created(chat, cls.day(generator))
        for privacy in ("public", "private"):
            start = f"{cls.day(generator)} 09:00:00"
            cls.env["calendar.event"].create(
                {
                    "name": "Visit",
                    "start": start,
                    "stop": start,
                    "privacy": privacy,
                    "user_id": cls.users["leader", "home"].id,
                    "partner_ids": [Command.set(generator.choice(people).ids)],
                }
            )

    # -- what each model has, asked by itself --------------------------------------------------------------------------

    def expected(self, user, customer):
        """All that the user can read in each model, and of that what is the customer's; without any domain of ours."""
        env = self.as_user(self.env["res.partner"], user).env
        found = []

        def of(partner):
            return customer in partner.sudo().commercial_partner_id

        def read(model):
            Model = env[model].with_context(active_test=False)
            return Model.search([]).sudo() if Model.has_access("read") else Model.browse()

        def add(code, record, moment):
            if record[moment]:
                found.append((fields.Datetime.to_datetime(record[moment]), code, record.id))

        for order in read("sale.order"):
            if of(order.value_customer_id):
                add("order", order, "date_order")
        for move in read("account.move"):
            kinds = ("out_invoice", "out_refund", "out_receipt")
            if move.move_type in kinds and move.state == "posted" and of(move.commercial_partner_id):
                add("invoice", move, "invoice_date")
        for payment in read("account.payment"):
            if payment.partner_type == "customer" and of(payment.partner_id):
                add("payment", payment, "date")
        for lead in read("crm.lead"):
            if of(lead.partner_id):
                add("opportunity", lead, "create_date")
        tickets = read("helpdesk.ticket").filtered(lambda ticket: of(ticket.partner_id))
        for ticket in tickets:
            add("complaint" if ticket.is_complaint else "ticket", ticket, "create_date")
        for event in read("customer.complaint.event"):
            if event.ticket_id in tickets and event.kind not in ("clock", "pause"):
                add("step", event, "date")
        for rating in read("rating.rating"):
            if rating.consumed and rating.res_model == "helpdesk.ticket" and rating.res_id in tickets.ids:
                if of(rating.partner_id):
                    add("rating", rating, "rated_on")
        for event in read("calendar.event"):
            # of private events of others Odoo tells the time, and not with whom
            own = user in event.user_id or user.partner_id in event.partner_ids
            if of(event.partner_ids) and (event.privacy != "private" or own):
                add("meeting", event, "start")
        for chat in read("discuss.channel"):
            if chat.channel_type == "chat" and of(chat.channel_member_ids.partner_id):
                add("chat", chat, "create_date")
        for entry in read("customer.value.history"):
            if of(entry.partner_id) and entry.tier_move in ("up", "down"):
                add("tier", entry, "date")
        self.add_messages(env, of, add)
        return sorted(found, reverse=True)

    def add_messages(self, env, of, add):
        stages = [self.env.ref(name).id for name in STAGES]
        messages = env["mail.message"].search([("model", "in", DOCUMENTS)]).sudo()
        for message in messages:
            record = self.env[message.model].sudo().browse(message.res_id)
            partner = {
                "res.partner": lambda record: record,
                "sale.order": lambda record: record.value_customer_id,
                "account.move": lambda record: record.move_type.startswith("out_") and record.commercial_partner_id,
            }.get(message.model, lambda record: record.partner_id)(record)
            if not partner or not of(partner):
                continue
            if message.mail_activity_type_id:
                add("activity", message, "date")
            elif message.message_type in ("comment", "email", "email_outgoing"):
                add("message", message, "date")
            elif message.model == "crm.lead" and message.subtype_id.id in stages:
                add("stage", message, "date")
            elif message.model == "helpdesk.ticket" and not record.is_complaint:
                if "stage_id" in message.tracking_value_ids.field_id.mapped("name"):
                    add("ticket_stage", message, "date")

    def told(self, user, customer, limit):
        """The timeline, page by page."""
        rows, after = [], None
        partner = self.as_user(customer, user)
        while True:
            page = partner._customer_timeline(limit=limit, after=after)
            rows += page
            self.assertLess(len(rows), 2000, "pages come to an end")
            if len(page) < limit:
                return rows
            after = page[-1]["key"]

    def check(self, user, customer, limit=7):
        rows = self.told(user, customer, limit)
        expected = self.expected(user, customer)
        self.assertEqual(
            [
                (fields.Datetime.to_datetime(key[0].replace("T", " ")[:19]), *key[1:])
                for key in (r["key"] for r in rows)
            ],
            [(moment.replace(microsecond=0), code, number) for moment, code, number in expected],
            f"{user.login}, {customer.name}",
        )
        self.assertEqual([(row["channel"], row["res_id"]) for row in rows], [row[1:] for row in expected])
        return rows


@tagged("post_install", "-at_install")
class TestCustomerTimeline(TimelineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        generator = random.Random(4711)
        cls.firms = [cls.populate(generator, f"Firm {number}") for number in range(3)]

    def test_every_role(self):
        """Neither a row too many, nor one too few, in the same order, on pages of seven."""
        kinds = set()
        for user in self.users.values():
            for firm in self.firms:
                with self.subTest(user.login, firm=firm.name):
                    kinds |= {row["channel"] for row in self.check(user, firm)}
        self.assertEqual(
            kinds,
            {"order", "invoice", "payment", "opportunity", "stage", "ticket", "ticket_stage", "complaint", "step",
             "rating", "message", "activity", "meeting", "chat"},
        )  # fmt: skip

    def test_any_size_of_page(self):
        """What stands on a page does not depend on how many do; each row once."""
        user = self.users["manager", "both"]
        for firm in self.firms:
            whole = [row["key"] for row in self.told(user, firm, 500)]
            self.assertEqual(len(whole), len(set(whole)))
            for limit in (1, 2, 5, 40):
                self.assertEqual([row["key"] for row in self.told(user, firm, limit)], whole, limit)

    def test_very_many(self):
        """Of more contacts and documents than are known by their numbers, it is the same."""
        users = [self.users[role, "both"] for role in ("manager", "seller", "viewer")]
        pages = [self.as_user(firm.browse(), user).env["customer.page"] for user in users for firm in self.firms]
        asked = list(zip(pages, [firm.id for _user in users for firm in self.firms], strict=True))

        def read():
            self.env.invalidate_all()
            return [Page.get_page(number, with_products=False) for Page, number in asked]

        known = read()
        self.assertTrue(any(page["timeline"]["rows"] and page["open"] for page in known))
        self.patch(customer_channel_known, "FEW_CONTACTS", 0)
        self.assertEqual(read(), known)
        self.patch(customer_channel_known, "FEW_DOCUMENTS", 0)
        self.assertEqual(read(), known)
        for user in users:
            self.check(user, self.firms[0])

    def test_rows(self):
        partner = self.as_user(self.firms[0], self.users["manager", "home"])
        rows = partner._customer_timeline(limit=500)
        for row in rows:
            self.assertEqual(set(row), {"day", "channel", "model", "res_id", "direction", "amount", "text", "key"}, row)
            self.assertTrue(row["text"])
        ways = {row["channel"]: row["direction"] for row in rows}
        self.assertEqual((ways["order"], ways["invoice"], ways["ticket"]), ("in", "out", "in"))
        payments = [row for row in rows if row["channel"] == "payment"]
        for row in payments:
            payment = self.env["account.payment"].browse(row["res_id"])
            self.assertEqual(row["direction"], "in" if payment.payment_type == "inbound" else "out")
            self.assertEqual(row["amount"], payment.amount_signed)
        until = self.today - timedelta(days=3)
        self.assertEqual(
            [row["key"] for row in partner._customer_timeline(limit=500, until=until)],
            [row["key"] for row in rows if row["day"] <= until],
        )
        self.assertEqual(
            [row["key"] for row in partner._customer_timeline(limit=500, channels=["order", "invoice"])],
            [row["key"] for row in rows if row["channel"] in ("order", "invoice")],
        )

    def test_stages_of_tickets(self):
        """Both stages, and who moved it; those of complaints are among their steps."""
        user = self.users["manager", "home"]
        for complaint in (False, True):
            ticket = self.ticket(self.firms[0], self.today, is_complaint=complaint)
            before = ticket.stage_id
            self.move(random.Random(1), self.as_user(ticket, user))
            rows = self.as_user(self.firms[0], user)._customer_timeline(limit=500, channels=["ticket_stage"])
            rows = [row["text"] for row in rows if ticket.display_name in row["text"] or ticket.name in row["text"]]
            if complaint:
                self.assertFalse([text for text in rows if ticket.number in text])
            else:
                what = f"{before.name} → {ticket.stage_id.name}, by {user.name}"
                self.assertTrue([text for text in rows if what in text], rows)

    def test_contact_reads_as_their_company(self):
        user = self.users["manager", "home"]
        contact = self.firms[1].child_ids[:1]
        self.assertEqual(
            self.as_user(contact, user)._customer_timeline(), self.as_user(self.firms[1], user)._customer_timeline()
        )

    def test_merged(self):
        first, second = self.firms[:2]
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((first + second).ids, first)
        self.env.invalidate_all()
        for role in ("manager", "seller", "viewer"):
            self.check(self.users[role, "both"], first)

    def test_moved_contact(self):
        """What they ordered stays where it was ordered; what is said to them goes with them."""
        first, second = self.firms[:2]
        contact = first.child_ids[:1]
        self.order(contact, self.today, 20)
        contact.message_post(body="Hello", message_type="comment")
        contact.parent_id = second
        self.env.invalidate_all()
        for firm in (first, second):
            self.check(self.users["manager", "both"], firm)

    def test_queries(self):
        """As many with twice the documents."""
        user = self.users["manager", "both"]
        partner = self.as_user(self.firms[2], user)
        partner._customer_timeline(limit=20)
        few = self.count_queries(lambda: partner._customer_timeline(limit=20))
        generator = random.Random(1)
        for company in self.companies:
            for _number in range(6):
                self.make_orders(generator, self.firms[2], company)
                self.make_invoices(generator, self.firms[2], company)
                self.make_leads(generator, self.firms[2], company)
                self.make_tickets(generator, self.firms[2], company)
        self.assertLessEqual(self.count_queries(lambda: partner._customer_timeline(limit=20)), few)
