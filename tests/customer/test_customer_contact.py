"""Contacts made: what they lead to, where they stand, and what becomes of them with their customers."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .contact_case import USER, ContactCase


@tagged("post_install", "-at_install")
class TestCustomerContact(ContactCase):
    def test_outcomes(self):
        """Each makes its record with what was said, links it, and opens it."""
        models = {
            "ticket": "helpdesk.ticket",
            "complaint": "helpdesk.ticket",
            "quotation": "sale.order",
            "opportunity": "crm.lead",
            "activity": "mail.activity",
        }
        for outcome, model in models.items():
            contact, action = self.take_down(self.seller, outcome, note="Label torn off\nOn all boxes.")
            record = self.env[model].browse(action["res_id"])
            self.assertEqual(action["res_model"], model, outcome)
            self.assertRecordValues(
                contact,
                [
                    {
                        "outcome": outcome,
                        "outcome_model": model,
                        "outcome_res_id": record.id,
                        "partner_id": self.person.id,
                        "customer_id": self.firm.id,
                        "company_id": self.company.id,
                        "user_id": self.seller.id,
                        "is_open": False,
                        "display_name": "Label torn off",
                    }
                ],
            )
            if model == "mail.activity":
                self.assertEqual((record.res_model, record.res_id), ("res.partner", self.person.id))
                self.assertEqual(record.summary, "Label torn off")
                self.assertEqual(record.user_id, self.seller)
            else:
                self.assertEqual(record.partner_id, self.person, outcome)
            if model in ("helpdesk.ticket", "crm.lead"):
                self.assertEqual(record.name, "Label torn off")
                self.assertIn("On all boxes.", record.description)
            if model == "sale.order":
                self.assertIn("On all boxes.", record.message_ids[0].body)
            if outcome == "opportunity":
                self.assertEqual(record.type, "opportunity")

    def test_complaint_by_the_intake(self):
        contact, action = self.take_down(self.seller, "complaint", channel="letter")
        ticket = self.env["helpdesk.ticket"].browse(action["res_id"])
        self.assertTrue(ticket.is_complaint)
        self.assertTrue(ticket.complaint_number)
        self.assertEqual(ticket.channel_id, self.env.ref("customer_value.complaint_channel_letter"))
        self.assertEqual(contact.outcome_res_id, ticket.id)

    def test_whoever_hears_a_complaint(self):
        """Neither documents nor tickets need to be open to users who take one down, or plan what follows."""
        for outcome, model in (("complaint", "helpdesk.ticket"), ("activity", "mail.activity")):
            contact, _action = self.take_down(self.viewer, outcome)
            self.assertEqual(contact.outcome_model, model)

    def test_note_only(self):
        contact, action = self.take_down(self.viewer, "note")
        self.assertFalse(action)
        self.assertRecordValues(contact, [{"outcome": "note", "outcome_res_id": 0, "outcome_name": False}])

    def test_unknown_becomes_a_lead(self):
        given = {"contact_id": False, "person": "Anna", "phone": "+32 2 111 22 33", "email": "anna@example.com"}
        contact, action = self.take_down(self.seller, "lead", **given)
        lead = self.env["crm.lead"].browse(action["res_id"])
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "Wrong label",
                    "contact_name": "Anna",
                    "phone": "+32 2 111 22 33",
                    "email_from": "anna@example.com",
                    "user_id": self.seller.id,
                    "partner_id": False,
                }
            ],
        )
        self.assertRecordValues(contact, [{"partner_id": False, "lead_id": lead.id, "is_open": False}])
        lead.partner_id = self.person
        self.assertEqual(contact.customer_id, self.firm, "the lead has become a customer")

    def test_lead_that_is_there(self):
        """It is found as customers are, and the contact is its own: nobody becomes a lead twice."""
        lead = self.env["crm.lead"].create(
            {"name": "Catalog", "contact_name": "Berta", "phone": "+32 2 513 89 40", "email_from": "berta@example.com"}
        )
        lost = lead.copy()
        lost.action_set_lost()
        for text in ("bert", "02 513 89 40", "Berta@example.com"):
            with self.reading_only():
                found = self.of(self.seller).find_whom(text)
            self.assertEqual([row.get("lead_id") for row in found], lead.ids, text)
        self.assertEqual(self.of(self.viewer).find_whom("bert"), [], "who may not see leads")
        given = {"contact_id": False, "lead_id": lead.id}
        contact, action = self.take_down(self.seller, "lead", **given)
        self.assertEqual((action["res_id"], contact.lead_id), (lead.id, lead))
        noted, _action = self.take_down(self.seller, "note", **given)
        self.assertRecordValues(noted, [{"lead_id": lead.id, "is_open": False, "outcome": "note"}])
        with self.assertRaises(AccessError):
            self.take_down(self.viewer, "note", **given)
        other = lead.copy({"probability": 90.0, "type": "opportunity"})
        merged = (lead | other).merge_opportunity()
        self.assertEqual((merged, (contact + noted).lead_id), (other, other), "contacts follow a lead that is merged")
        self.assertEqual(contact.outcome_res_id, other.id)
        merged.partner_id = self.person
        self.assertEqual((contact + noted).customer_id, self.firm)

    def test_unknown_can_do_no_more(self):
        given = {"contact_id": False, "person": "Anna"}
        for outcome in ("ticket", "complaint", "quotation", "opportunity", "activity"):
            with self.assertRaises(UserError):
                self.take_down(self.seller, outcome, **given)
        contact, _action = self.take_down(self.seller, "note", **given)
        self.assertTrue(contact.is_open)

    def test_offered(self):
        """What somebody may not create is not offered, and refused."""
        choices = self.of(self.viewer).get_choices()
        self.assertEqual([row["code"] for row in choices["outcomes"]], ["complaint", "activity", "note"])
        self.assertEqual([row["code"] for row in choices["unknown_outcomes"]], ["note"])
        with self.assertRaises(UserError):
            self.take_down(self.viewer, "quotation")
        with self.reading_only():
            choices = self.of(self.seller).get_choices("res.partner", self.person.id)
        self.assertEqual(
            [row["code"] for row in choices["outcomes"]],
            ["ticket", "complaint", "quotation", "opportunity", "activity", "note"],
        )
        self.assertEqual(choices["customer"]["contact_id"], self.person.id)

    def test_begins_with_the_record(self):
        order = self.order(self.person, confirm=False)
        choices = self.of(self.seller).get_choices("sale.order", order.id)
        self.assertEqual(choices["customer"]["contact"], "Contact Person")
        for model, number in (
            ("sale.order", 0),
            ("no.model", 1),
            ("ir.cron", 1),
            (False, False),
            ("res.partner", 10**8),
        ):
            self.assertFalse(self.of(self.seller).get_choices(model, number)["customer"], model)
        order.user_id = self.manager
        own = self.user("contact_own", f"sales_team.group_sale_salesman,{USER}")
        self.assertFalse(self.of(own).get_choices("sale.order", order.id)["customer"], "an order of others")

    def test_once(self):
        contact, _action = self.take_down(self.seller, "ticket")
        with self.assertRaises(UserError):
            contact.with_user(self.seller).with_context(contact_outcome="complaint").action_lead_to()
        contact, _action = self.take_down(self.seller, "note")
        contact.with_user(self.seller).with_context(contact_outcome="complaint").action_lead_to()
        self.assertEqual(contact.outcome, "complaint", "what was a note can become more")

    def test_workflow_sets_outcomes(self):
        contact, _action = self.take_down(self.seller)
        for values in ({"outcome": "ticket"}, {"outcome_model": "sale.order", "outcome_res_id": 1}, {"lead_id": 1}):
            with self.assertRaises(AccessError):
                contact.with_user(self.seller).write(values)
            with self.assertRaises(AccessError):
                self.of(self.seller).create(values)

    def test_recording(self):
        contact, _action = self.take_down(self.seller)
        contact.recording_url = "https://pbx.example.com/1.mp3"
        for link in ("javascript:alert(1)", "ftp://x/y", "recording 7", "http://"):
            with self.assertRaises(ValidationError):
                contact.recording_url = link

    def test_choose_candidate(self):
        contact = self.Contact.create({"candidate_ids": [(6, 0, (self.firm + self.manager.partner_id).ids)]})
        self.assertTrue(contact.is_open)
        person = self.person.with_user(self.viewer).with_context(customer_contact_id=contact.id)
        person.action_choose_for_contact()
        self.assertEqual(contact.partner_id, self.person)
        self.assertFalse(contact.candidate_ids)
        self.assertFalse(contact.is_open)

    def test_timeline(self):
        self.take_down(self.seller, "note", channel="fax", note="Order by fax")
        with self.reading_only():
            rows = (
                self.env["customer.page"].with_user(self.viewer).get_timeline(self.firm.id, kinds=["contact"])["rows"]
            )
        self.assertEqual(
            [(row["channel"], row["text"], row["state"]) for row in rows],
            [("contact", "Incoming: Order by fax", "Fax")],
        )

    def test_live_chats(self):
        """Those of Odoo stand in the timeline where live chat is installed."""
        if "im_livechat.channel" not in self.env:
            self.skipTest("live chat is not installed")
        chat = self.env["discuss.channel"].create(
            {
                "name": "Visitor",
                "channel_type": "livechat",
                "livechat_channel_id": self.env["im_livechat.channel"].create({"name": "Site"}).id,
                "livechat_operator_id": self.env.user.partner_id.id,
                "channel_member_ids": [(0, 0, {"partner_id": self.person.id, "livechat_member_type": "visitor"})],
            }
        )
        rows = self.env["customer.page"].get_timeline(self.firm.id, kinds=["livechat"])["rows"]
        self.assertEqual([row["id"] for row in rows], chat.ids)
        operator = self.user("contact_operator", f"im_livechat.im_livechat_group_user,{USER}")
        for user, sees in ((operator, True), (self.viewer, False)):
            Page = self.env["customer.page"].with_user(user)
            self.assertEqual(bool(chat.with_user(user).search_count([("id", "=", chat.id)])), sees, user.login)
            rows = Page.get_timeline(self.firm.id, kinds=["livechat"])["rows"]
            self.assertEqual([row["id"] for row in rows], chat.ids if sees else [], user.login)

    def test_count(self):
        self.take_down(self.seller)
        self.take_down(self.seller, partner=self.firm)
        for partner in (self.firm, self.person):
            self.assertEqual(partner.with_user(self.viewer).customer_contact_count, 2)
            self.assertEqual(self.Contact.search_count(partner.action_view_customer_contacts()["domain"]), 2)

    def test_merged_and_moved(self):
        contact, _action = self.take_down(self.seller)
        other = self.customer("Other Firm", is_company=True)
        twin = self.customer("Twin", parent_id=other.id)
        self.env["base.partner.merge.automatic.wizard"]._merge((self.person + twin).ids, twin)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRecordValues(contact, [{"partner_id": twin.id, "customer_id": other.id}])
        third = self.customer("Third Firm", is_company=True)
        twin.parent_id = third
        self.assertEqual(contact.customer_id, third)
        kept = self.customer("Kept Firm", is_company=True)
        self.env["base.partner.merge.automatic.wizard"]._merge((third + kept).ids, kept)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(contact.customer_id, kept)

    def test_queries_do_not_grow(self):
        partners = self.customers(20)
        for partner in partners:
            self.Contact.create({"partner_id": partner.id})

        def count(some):
            return self.count_queries(lambda: some.mapped("customer_contact_count"))

        count(partners[:1])
        self.assertEqual(count(partners[:10]), count(partners))
