"""What is planted is found, in figure, list and money; what is mended disappears."""

from datetime import date, datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from ..complaint.complaint_case import ComplaintCase
from .diagnosis_case import NOON, TODAY, DiagnosisCase


@tagged("post_install", "-at_install")
class TestDiagnosis(DiagnosisCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.env["res.partner"].union(*(cls.sound(f"Good {number}", seller=number) for number in range(4)))

    def test_nothing_wrong(self):
        diagnosis = self.diagnose()
        wrong = self.Finding.search([("company_id", "=", self.company.id), ("active", "=", True)])
        self.assertEqual(set(wrong.mapped("pillar")) - {"readiness"}, set())
        self.assertEqual((diagnosis.data_grade, diagnosis.process_grade, diagnosis.people_grade), ("a", "a", "a"))
        self.assertEqual((diagnosis.data_score, diagnosis.process_score, diagnosis.people_score), (100, 100, 100))
        self.assertEqual((diagnosis.customer_count, diagnosis.revenue), (4, 400.0))

    def test_incomplete(self):
        """Each field that is missing is a finding of its own, with the revenue of these customers."""
        faults = {
            "no_email": {"email": "  "},
            "no_phone": {"phone": False},
            "no_address": {"city": False},
            "no_industry": {"industry_id": False},
            "no_manager": {"user_id": False},
        }
        planted = {
            code: self.sound(f"Wrong {code}", amount=10.0 * number, **values)
            for number, (code, values) in enumerate(faults.items(), start=1)
        }
        self.diagnose()
        for number, (code, partner) in enumerate(planted.items(), start=1):
            with self.subTest(code):
                self.assertFound(code, partner, 9, 10.0 * number)
        for code, partner in planted.items():
            partner.write({name: self.good[0][name] for name in faults[code]})
        self.diagnose()
        for code in planted:
            with self.subTest(f"{code} mended"):
                self.assertFound(code, partner.browse(), 9, 0)

    def test_persons_need_no_industry(self):
        self.sound("Person", is_company=False, industry_id=False)
        self.diagnose()
        self.assertFound("no_industry", self.good.browse(), 4)

    def test_invalid(self):
        mail = self.sound("Mail", email="nobody(at)example.com")
        phone = self.sound("Phone", phone="12")
        foreign = self.sound("Foreign", country_id=self.env.ref("base.de").id, phone="030 901820")
        here = self.sound("Here", phone="030 901820")
        vat = self.sound("Vat").with_context(no_vat_validation=True)
        vat.write({"country_id": self.env.ref("base.be").id, "vat": "BE0477472700"})
        right = self.sound("Right").with_context(no_vat_validation=True)
        right.write({"country_id": self.env.ref("base.be").id, "vat": "BE0477472701"})
        self.diagnose()
        self.assertFound("bad_email", mail, 10, 100.0)
        # what is a number in Berlin is none in Springfield
        self.assertFound("bad_phone", phone | here, 10, 200.0)
        self.assertNotIn(foreign, self.listed(self.finding("bad_phone")))
        self.assertFound("bad_vat", vat, 10, 100.0)
        mail.email, phone.phone, here.phone, vat.vat = "a@example.com", "+16502530000", False, "BE0477472701"
        self.diagnose()
        for code in ("bad_email", "bad_phone", "bad_vat"):
            self.assertFound(code, self.good.browse(), 10)
        self.assertFound("no_phone", here, 10)

    def test_old_facts(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = CASE id WHEN %s THEN %s ELSE %s END WHERE id = ANY(%s)",
            [self.good[0].id, datetime(2023, 7, 1, 23), datetime(2023, 7, 2, 1), self.good.ids],
        )
        self.diagnose()
        self.assertFound("old_facts", self.good[0], 4, 100.0)

    def test_loose_contacts(self):
        company = self.sound("Known", email="info@known-company.example")
        loose = self.customer("Loose", email="Loose@Known-Company.example")
        self.customer("Alone", email="alone@elsewhere.example")
        self.sound("Free", email="free@gmail.com")
        self.customer("Anybody", email="anybody@gmail.com")
        # at the domain of several customers, nobody knows whose they are
        self.customer("Ambiguous", email="x@example.com")
        self.diagnose()
        total = self.assertFound("loose_contacts", loose, amount=100.0).total
        loose.parent_id = company
        self.diagnose()
        self.assertFound("loose_contacts", loose.browse(), total - 1)

    def test_duplicates(self):
        """Both of a pair that waits; neither once it was decided, or one of them is archived."""
        twins = self.good[0] | self.good[1]
        pair = self.env["customer.duplicate"].create(
            {
                "company_id": self.company.id,
                "partner_id": twins[0].id,
                "other_id": twins[1].id,
                "survivor_id": twins[0].id,
                "probability": 0.9,
            }
        )
        self.diagnose()
        self.assertFound("duplicates", twins, 4, 200.0)
        twins[1].active = False
        self.diagnose()
        self.assertFound("duplicates", twins.browse())
        twins[1].active = True
        pair.action_keep_apart()
        self.diagnose()
        self.assertFound("duplicates", twins.browse(), 4)

    def test_contact_orders(self):
        contact = self.customer("Contact", parent_id=self.good[0].id)
        order = self.order(contact, date(2025, 6, 1))
        self.order(contact, date(2024, 1, 1))
        self.diagnose()
        self.assertFound("contact_orders", order, 5, 100.0)
        order.partner_id = self.good[0]
        self.diagnose()
        self.assertFound("contact_orders", order.browse(), 5)

    def test_opportunities(self):
        """Without a value, and of a colleague who has left."""
        worthless = self.lead(self.good[0], 0.0, user_id=self.sellers[0].id)
        left = self.lead(self.good[1], user_id=self.sellers[3].id)
        self.lead(self.customer("Prospect"), user_id=self.sellers[1].id)
        self.sellers[3].active = False
        self.diagnose()
        self.assertFound("no_amount", worthless, 3, 100.0)
        self.assertFound("left_leads", left, 3, 100.0)
        self.assertFound("left_customers", self.good[3], 4, 100.0)
        worthless.expected_revenue = 5.0
        left.user_id = self.good[3].user_id = self.sellers[0]
        self.diagnose()
        for code in ("no_amount", "left_leads", "left_customers"):
            self.assertFound(code, self.finding(code).browse())

    def test_lost_without_reason(self):
        reason = self.env["crm.lost.reason"].create({"name": "Price"})
        silent, told = self.lead(self.good[0]), self.lead(self.good[1])
        silent.action_set_lost()
        told.action_set_lost(lost_reason_id=reason.id)
        self.diagnose()
        self.assertFound("lost_no_reason", silent, 2, 100.0)
        silent.lost_reason_id = reason
        self.diagnose()
        self.assertFound("lost_no_reason", silent.browse(), 2)

    def test_tickets(self):
        def post(ticket, author, subtype="mail.mt_comment"):
            return ticket.message_post(
                body="Hello", author_id=author.partner_id.id, message_type="comment", subtype_xmlid=subtype
            )

        silent = self.ticket(self.good[0], date(2025, 6, 1))
        noted = self.ticket(self.good[1], date(2025, 6, 1))
        post(noted, self.sellers[0], "mail.mt_note")
        answered = self.ticket(self.good[2], date(2025, 6, 1))
        post(answered, self.sellers[0])
        closed = self.ticket(self.good[3], date(2025, 6, 1))
        closed.stage_id = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        self.ticket(self.good[3], TODAY)
        self.diagnose()
        self.assertFound("unanswered_tickets", silent | noted, 4, 200.0)
        post(silent | noted.browse(), self.sellers[0])
        post(noted, self.sellers[1])
        self.diagnose()
        self.assertFound("unanswered_tickets", silent.browse(), 4)

    def test_quotations(self):
        day = date(2025, 6, 10)
        buyers = [self.sound(f"Asks {number}", seller=number % 4) for number in range(5)]
        for buyer in buyers:
            self.env["sale.order"].search([("partner_id", "=", buyer.id)]).date_order = datetime(2025, 6, 1)
        quotations = [self.order(buyer, day, confirm=False) for buyer in buyers]
        silent, planned, written, ordered, early = quotations
        planned.activity_schedule("mail.mail_activity_data_todo", user_id=self.sellers[0].id)
        written.message_post(
            body="And?", author_id=self.sellers[0].partner_id.id, message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.order(ordered.partner_id, date(2025, 6, 12))
        self.order(silent.partner_id, date(2025, 6, 12), 0)
        # what goes with the quotation itself is no follow-up
        message = early.message_post(
            body="Here",
            author_id=self.sellers[0].partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        message.date = datetime(2025, 6, 10, 13)
        self.order(self.good[0], TODAY - timedelta(days=3), confirm=False)
        self.diagnose()
        self.assertFound("silent_quotations", silent | early, 5, 200.0)
        early.action_confirm()
        early.date_order = datetime(2025, 6, 10)
        silent.message_post(body="And?", author_id=self.sellers[0].partner_id.id, message_type="comment")
        self.diagnose()
        self.assertFound("silent_quotations", silent.browse(), 4)

    def test_discounts(self):
        self.run_policy(TODAY)
        tier = self.score(self.good[0]).tier_id
        tier.write({"limit_discount": True, "maximum_discount": 10.0})
        orders = [
            self.order(self.good[0], date(2025, 6, 25), lines=[{"price_unit": 100.0, "discount": discount}])
            for discount in (10.0, 20.0)
        ]
        self.diagnose()
        finding = self.finding("unapproved_discounts")
        self.assertFound("unapproved_discounts", orders[1], finding.total, 100.0)
        orders[1].order_line.discount = 5.0
        self.diagnose()
        self.assertFound("unapproved_discounts", orders[1].browse(), finding.total)

    def test_no_contact(self):
        quiet = self.sound("Quiet")
        old = datetime(2024, 12, 1)
        self.env["sale.order"].search([("partner_id", "=", quiet.id)]).date_order = old
        self.diagnose()
        self.assertFound("no_contact", quiet, 5, 100.0)
        self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": datetime(2025, 6, 1, 10),
                "stop": datetime(2025, 6, 1, 11),
                "partner_ids": [Command.link(quiet.id)],
            }
        )
        self.diagnose()
        self.assertFound("no_contact", quiet.browse(), 5)

    def test_loads(self):
        """More than twice the average: 20 customers of four managers are 5 each."""
        crowd = self.env["res.partner"].union(*(self.sound(f"Crowd {number}", seller=0) for number in range(10)))
        self.diagnose()
        self.assertFound("many_customers", self.sellers[0], 4, 1100.0)
        leads = self.env["crm.lead"].union(
            *(self.lead(self.good[number % 2], user_id=self.sellers[1].id) for number in range(3))
        )
        self.diagnose()
        self.assertFound("many_matters", self.sellers[1], 4, 200.0)
        crowd[:6].user_id = self.sellers[2]
        leads[:2].user_id = self.sellers[2]
        self.diagnose()
        self.assertFound("many_customers", self.env["res.users"])
        self.assertFound("many_matters", self.env["res.users"].browse(self.listed(self.finding("many_matters")).ids))

    def test_by_tier(self):
        self.good[0].email = False
        self.run_policy(TODAY)
        tier = self.score(self.good[0]).tier_id
        self.diagnose()
        finding = self.finding("no_email")
        self.assertEqual(finding.tiers, {str(tier.id): [1, 4]})
        self.assertIn(f"{tier.name} 1/4", finding.tier_text)

    def test_second_night(self):
        """What stays keeps the day since which it has been known; what has not changed is not written."""
        self.good[0].email = False
        self.diagnose()
        finding = self.finding("no_email")
        self.assertEqual((finding.since, finding.deadline), (TODAY, TODAY + timedelta(days=30)))
        finding.activity_schedule("mail.mail_activity_data_todo", user_id=self.sellers[0].id)
        records = self.rows("customer_diagnosis_record")
        self.clock.move_to(NOON + timedelta(days=1))
        self.addCleanup(self.clock.move_to, NOON)
        again = self.diagnose()
        self.assertEqual(self.rows("customer_diagnosis_record"), records)
        self.assertEqual((finding.since, finding.as_of), (TODAY, TODAY + timedelta(days=1)))
        self.assertEqual(self.Diagnosis.search_count([("company_id", "=", self.company.id)]), 2)
        self.assertEqual(self.diagnose(), again, "one diagnosis a day")
        self.good[0].email = "mended@example.com"
        self.diagnose()
        self.assertFalse(finding.active)
        self.assertFalse(finding.with_context(active_test=True).activity_ids)
        self.assertIn("Fixed", finding.message_ids[0].body)
        said = len(finding.message_ids)
        self.diagnose()
        self.assertEqual(len(finding.message_ids), said, "once")

    def test_queries(self):
        """As many for twice as many customers."""
        self.diagnose()

        def count(customers):
            for number in range(customers):
                self.sound(f"More {number}", seller=number % 4, email=False, phone="12")
            return self.count_queries(lambda: self.Diagnosis._diagnose(self.company))

        self.assertEqual(count(4), count(8))

    def test_page_reads_only(self):
        self.diagnose()
        with self.reading_only():
            page = self.Diagnosis.with_company(self.company).get_page()
        self.assertEqual([pillar["grade"] for pillar in page["pillars"]][:3], ["A", "A", "A"])


@tagged("post_install", "-at_install")
class TestDiagnosisComplaint(DiagnosisCase, ComplaintCase):
    def test_refunds(self):
        partner = self.sound("Refunded")
        invoice = self.invoice(partner, date(2025, 6, 22))
        unexplained = self.credit_note(partner, date(2025, 6, 23), 10.0)
        ticket = self.ticket(partner, date(2025, 6, 22))
        refund = self.credit_note(partner, date(2025, 6, 24), 5.0)
        ticket._make_complaint()
        ticket.complaint_move_id = invoice
        refund.reversed_entry_id = invoice
        self.diagnose()
        self.assertFound("unexplained_refunds", unexplained, 2, 100.0 + 100.0 - 15.0)
