"""The desk of an account manager: whose it is, what is due, what was done, and what it costs to look at it."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .retention_desk_case import SALES, TODAY, DeskCase


@tagged("post_install", "-at_install")
class TestDeskRoles(DeskCase):
    def test_portfolio_is_commercial_entities_of_the_account_manager(self):
        desk = self.desk()
        self.assertEqual(desk["customers"], 2)
        self.assertEqual(self.opened(self.figure(desk, "customers")), self.firm | self.person)

    def test_own_desk_only(self):
        self.assertTrue(self.desk()["own"])
        self.assertFalse(self.desk()["users"], "users who are not managers have nothing to choose")
        with self.assertRaises(AccessError):
            self.desk(of=self.ben)
        with self.assertRaises(AccessError):
            self.desk(user=self.ben, of=self.anna)

    def test_manager_looks_at_those_of_his_companies(self):
        theirs = self.user("theirs", SALES, companies=self.other)
        self.customer("Far away", user_id=theirs.id)
        desk = self.desk(user=self.boss, of=self.anna)
        self.assertFalse(desk["own"])
        self.assertEqual((desk["user"]["name"], desk["customers"]), ("Anna", 2))
        self.assertEqual(
            {user["id"]: user["customers"] for user in desk["users"]},
            {self.boss.id: 0, self.anna.id: 2, self.ben.id: 1},
        )
        for stranger in (theirs.id, theirs.id + 10**6):
            with self.assertRaises(AccessError):
                self.as_user(self.env["customer.retention.desk"], self.boss).get_desk(stranger)

    def test_no_desk_without_the_group(self):
        portal = self.user("portal", "base.group_portal")
        self.person.user_id = self.seller
        for user in (self.seller, portal):
            with self.assertRaises(AccessError):
                self.desk(user=user)
        with self.assertRaises(UserError):
            self.desk(period="year")

    def test_companies_are_apart(self):
        self.anna.company_ids |= self.other
        theirs = self.customer("Theirs", user_id=self.anna.id, company_id=self.other.id)
        ours = self.customer("Ours", user_id=self.anna.id, company_id=self.company.id)
        self.order(self.person, TODAY, 70, company=self.other)
        self.order(self.person, TODAY, 30)
        here, there = self.desk(), self.desk(company=self.other)
        self.assertEqual(self.opened(self.figure(here, "customers")), self.firm | self.person | ours)
        self.assertEqual(
            self.opened(self.figure(there, "customers"), company=self.other), self.firm | self.person | theirs
        )
        self.assertEqual(
            (here["currency_id"], there["currency_id"]), (self.company.currency_id.id, self.other.currency_id.id)
        )
        self.assertEqual(here["performance"]["months"][-1]["margin"], 30)
        self.assertEqual(there["performance"]["months"][-1]["margin"], 70)
        for desk, amount in ((here, "30"), (there, "70")):
            [entry] = [entry for day in desk["log"]["days"] for entry in day["entries"] if entry["kind"] == "order"]
            self.assertIn(amount, entry["what"])

    def test_nobodys_account_manager(self):
        desk = self.desk(user=self.plain)
        self.assertEqual((desk["customers"], desk["blocks"]), (0, []))
        self.assertNotIn("summary", desk)

    def test_who_may_not_read_documents(self):
        """Account managers see numbers of their customers; documents and lists that they may not read stay closed."""
        self.person.user_id = self.plain
        self.invoice(self.person, "2025-05-01", 80, due="2025-05-10")
        self.order(self.person, TODAY, 30)
        self.lead(self.person)
        desk = self.desk(user=self.plain)
        overdue = self.figure(desk, "overdue")
        self.assertEqual((overdue["value"], overdue["action"]), (80, False))
        self.assertEqual(desk["performance"]["months"][-1]["margin"], 30)
        self.assertIsNone(self.figure(desk, "pipeline")["value"])
        self.assertIsNone(self.count(desk["log"], "order"))


@tagged("post_install", "-at_install")
class TestDeskToday(DeskCase):
    def test_activities_on_customers_and_their_documents(self):
        order = self.order(self.contact, TODAY, confirm=False)
        lead, ticket = self.lead(self.firm), self.ticket(self.person)
        due = [
            self.plan(self.firm, TODAY),
            self.plan(self.contact, TODAY - timedelta(days=3)),
            self.plan(order, TODAY - timedelta(days=9)),
            self.plan(lead, TODAY - timedelta(days=1)),
            self.plan(ticket, TODAY),
        ]
        self.plan(self.firm, TODAY + timedelta(days=1), summary="Tomorrow")
        self.plan(self.firm, TODAY, user=self.ben, summary="Of a colleague")
        self.plan(self.bens, TODAY, summary="Customer of a colleague")
        self.plan(self.nobodys, TODAY, summary="Customer of nobody")
        done = self.plan(self.person, TODAY, summary="Done")
        done.action_done()
        desk = self.desk()
        count = self.count(desk["today"], "activity")
        self.assertEqual(count["value"], len(due))
        self.assertEqual(set(self.opened(count).ids), {activity.id for activity in due})
        expected = sorted((activity.date_deadline, activity.id) for activity in due)
        self.assertEqual([item["id"] for item in desk["today"]["items"]], [number for _day, number in expected])
        self.assertEqual([item["days"] for item in desk["today"]["items"]], [-9, -3, -1, 0, 0])
        self.assertEqual({item["customer"] for item in desk["today"]["items"]}, {"Firm", "Person"})

    def test_done_and_tomorrow(self):
        """What the buttons call, with the rights of the account manager, who may not write on contacts."""
        self.person.user_id = self.plain
        first, second = (self.plan(self.person, TODAY, user=self.plain) for _repetition in range(2))
        first.note = "<p>Ask about the <b>catalogue</b></p>"
        self.as_user(first, self.plain).action_feedback(feedback="Will order")
        self.as_user(second, self.plain).action_reschedule_tomorrow()
        self.assertFalse(first.active)
        self.assertEqual(second.date_deadline, TODAY + timedelta(days=1))
        desk = self.desk(user=self.plain)
        self.assertFalse(desk["today"]["items"])
        [entry] = [entry for day in desk["log"]["days"] for entry in day["entries"]]
        self.assertIn("Will order", entry["what"])
        self.assertNotIn("catalogue", entry["what"], "what was to be done is not what was")
        self.assertEqual(self.count(desk["log"], "activity")["value"], 1)

    def test_care_of_the_week(self):
        rule = self.env["customer.value.care.rule"].create(
            {
                "name": "Birthday",
                "company_id": self.company.id,
                "occasion": "birthday",
                "tier_ids": self.tier("Base").ids,
                "user_id": self.anna.id,
            }
        )
        values = {"rule_id": rule.id, "company_id": self.company.id, "action": "activity", "year": 2025}
        cares = self.env["customer.value.care"].create(
            [
                values
                | {
                    "partner_id": partner.id,
                    "customer_id": partner.commercial_partner_id.id,
                    "occasion_date": TODAY + timedelta(days=days),
                    "planned_date": TODAY + timedelta(days=days),
                    "state": state,
                }
                for partner, days, state in (
                    (self.contact, 6, "planned"),
                    (self.person, 7, "planned"),
                    (self.firm, 0, "done"),
                    (self.bens, 0, "planned"),
                )
            ]
        )
        desk = self.desk()
        count = self.count(desk["today"], "care")
        self.assertEqual((count["value"], self.opened(count)), (1, cares[0]))
        [item] = desk["today"]["items"]
        self.assertEqual((item["customer"], item["note"], item["days"]), ("Firm", self.contact.display_name, 6))

    def test_complaints_that_run_out(self):
        soon, late, calm, answered, foreign = (
            self.ticket(partner, is_complaint=True)
            for partner in (self.contact, self.person, self.firm, self.firm, self.bens)
        )
        for ticket, days in ((soon, 3), (late, -2), (calm, 4), (answered, 0), (foreign, 0)):
            due = f"{TODAY + timedelta(days=days)} 08:00:00"
            ticket.write({"complaint_answer_due": due, "complaint_regulatory_due": f"{TODAY.year + 1}-01-01"})
        answered.complaint_state = "answered"
        desk = self.desk()
        count = self.count(desk["today"], "complaint")
        self.assertEqual((count["value"], self.opened(count)), (2, soon | late))
        self.assertEqual([(item["id"], item["days"]) for item in desk["today"]["items"]], [(late.id, -2), (soon.id, 3)])
        self.assertIsNone(self.count(self.desk(user=self.plain, of=None).get("today", {"counts": []}), "complaint"))

    def test_tiers_that_end(self):
        for partner, days in ((self.firm, 14), (self.person, 15), (self.bens, 1)):
            self.invoice(partner, "2025-06-01", 90)
            self.run_policy(as_of=TODAY, partners=partner)
            self.env.cr.execute(
                "UPDATE customer_value_score SET grace_until = %s WHERE partner_id = %s",
                [TODAY + timedelta(days=days), partner.id],
            )
        desk = self.desk()
        count = self.count(desk["today"], "grace")
        self.assertEqual((count["value"], self.opened(count).partner_id), (1, self.firm))
        [item] = desk["today"]["items"]
        self.assertEqual((item["model"], item["res_id"], item["days"]), ("res.partner", self.firm.id, 14))

    def test_nothing_is_due(self):
        today = self.desk()["today"]
        self.assertEqual((today["items"], today["more"]), ([], False))
        self.assertFalse(any(count["value"] for count in today["counts"]))


@tagged("post_install", "-at_install")
class TestDeskLog(DeskCase):
    def log(self, user=None, partner=None, **values):
        values = {"partner_id": (partner or self.firm).id, "result": "Asked for an offer"} | values
        return self.as_user(self.env["customer.retention.log"], user or self.anna).create(values).action_log()

    def test_a_call_becomes_a_message_and_an_activity(self):
        self.log(partner=self.contact, next_summary="Send the offer", next_date=TODAY + timedelta(days=2))
        message = self.env["mail.message"].search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "=", self.contact.id),
                ("author_id", "=", self.anna.partner_id.id),
            ]
        )
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_activities"))
        self.assertEqual(message.mail_activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertIn("Asked for an offer", message.body)
        self.assertRecordValues(
            self.contact.activity_ids,
            [{"summary": "Send the offer", "date_deadline": TODAY + timedelta(days=2), "user_id": self.anna.id}],
        )
        desk = self.desk()
        self.assertEqual(self.opened(self.count(desk["log"], "activity")).sudo(), message)
        [entry] = [entry for day in desk["log"]["days"] for entry in day["entries"]]
        self.assertEqual((entry["customer"], entry["model"], entry["res_id"]), ("Firm", "res.partner", self.contact.id))

    def test_without_the_right_to_change_contacts(self):
        self.person.user_id = self.plain
        self.log(self.plain, self.person, result="<b>Busy</b>")
        message = self.person.message_ids[0]
        self.assertEqual(message.author_id, self.plain.partner_id)
        self.assertIn("&lt;b&gt;Busy", message.body, "what is written is text")
        self.assertFalse(self.person.activity_ids)

    def test_what_is_refused(self):
        for values, error in (
            ({"result": "  "}, UserError),
            ({"next_summary": "Call", "next_date": TODAY - timedelta(days=1)}, UserError),
            ({"next_date": TODAY}, UserError),
            ({"partner": self.bens}, AccessError),
            ({"partner": self.nobodys}, AccessError),
            ({"user": self.seller}, AccessError),
        ):
            with self.subTest(values=values), self.assertRaises(error):
                self.log(**values)
        self.log(user=self.boss, partner=self.bens)
        self.assertEqual(self.bens.message_ids[0].author_id, self.boss.partner_id)

    def test_everything_that_was_done(self):
        old = TODAY - timedelta(days=4)
        anna = self.as_user(self.firm, self.anna)
        anna.message_post(body="Dear customer", message_type="comment", subtype_xmlid="mail.mt_comment")
        anna.message_post(body="A note", message_type="comment", subtype_xmlid="mail.mt_note")
        self.as_user(self.bens, self.anna).message_post(
            body="Not mine", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.as_user(self.firm, self.ben).message_post(
            body="Not by me", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        order, earlier = self.order(self.contact, TODAY), self.order(self.firm, old)
        self.order(self.bens, TODAY)
        # goods sent again for nothing
        self.order(self.contact, TODAY, 0)
        quotation, foreign = (self.order(partner, TODAY, confirm=False) for partner in (self.person, self.bens))
        self.env.cr.precommit.run()
        self.send(quotation, foreign)
        answered = self.ticket(self.person, is_complaint=True)
        answered.write({"complaint_state": "answered", "complaint_answered_on": f"{TODAY} 08:00:00"})
        desk = self.desk()
        log = desk["log"]
        self.assertEqual(log["since"], "2025-06-16")
        for kind, records in (
            ("activity", self.env["mail.message"]),
            ("order", order),
            ("quotation", quotation),
            ("complaint", answered),
        ):
            count = self.count(log, kind)
            self.assertEqual((count["value"], self.opened(count).ids), (len(records), records.ids), kind)
        for kind, text in (("mail", "Dear customer"), ("note", "A note")):
            count = self.count(log, kind)
            self.assertEqual(count["value"], 1)
            self.assertIn(text, self.opened(count).body)
        self.assertEqual(sum(len(day["entries"]) for day in log["days"]), sum(line["value"] for line in log["counts"]))
        month = self.desk(period="month")["log"]
        self.assertEqual(month["since"], "2025-06-01")
        self.assertEqual(self.opened(self.count(month, "order")), order | earlier)
        self.assertEqual([day["date"] for day in month["days"]], [str(TODAY), str(old)])

    def test_what_is_done_at_a_branch(self):
        """Complaints of a branch have to be answered; so answers count, and so does all else that is done there."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        companies = self.company | branch
        self.anna.company_ids |= branch
        self.env.user.company_ids |= branch
        env = self.env(context={**self.env.context, "allowed_company_ids": companies.ids})
        order = self.order(self.person.with_env(env), TODAY, company=branch)
        quotation = self.order(self.person.with_env(env), TODAY, confirm=False, company=branch)
        self.env.cr.precommit.run()
        self.send(quotation)
        ticket = self.ticket(self.person.with_env(env), is_complaint=True, company=branch)
        ticket.write({"complaint_state": "answered", "complaint_answered_on": f"{TODAY} 08:00:00"})
        planned = self.plan(order, TODAY)
        self.as_user(order, self.anna, companies).message_post(
            body="A note", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        desk = self.desk(company=companies)
        for kind, record in (("order", order), ("quotation", quotation), ("complaint", ticket)):
            count = self.count(desk["log"], kind)
            self.assertEqual((count["value"], self.opened(count, company=companies)), (1, record), kind)
        self.assertEqual(self.count(desk["log"], "note")["value"], 1)
        self.assertEqual(self.opened(self.count(desk["today"], "activity"), company=companies), planned)
        self.company.value_branches = False
        desk = self.desk(company=companies)
        self.assertFalse(desk["log"]["days"] or self.count(desk["today"], "activity")["value"])

    def test_offers_of_campaigns(self):
        offer = self.env["customer.retention.offer"].create({"name": "Call", "company_id": self.company.id})
        campaign = self.env["customer.retention.campaign"].create(
            {"name": "Spring", "company_id": self.company.id, "offer_id": offer.id}
        )
        members = self.env["customer.retention.member"].create(
            [
                {
                    "campaign_id": campaign.id,
                    "company_id": self.company.id,
                    "partner_id": partner.id,
                    "arm": "treatment",
                    "state": state,
                    "offered_on": moment,
                }
                for partner, state, moment in (
                    (self.firm, "offered", f"{TODAY} 08:00:00"),
                    (self.person, "planned", False),
                    (self.bens, "offered", f"{TODAY} 08:00:00"),
                )
            ]
        )
        count = self.count(self.desk()["log"], "offer")
        self.assertEqual((count["value"], self.opened(count)), (1, members[0]))


@tagged("post_install", "-at_install")
class TestDeskQueries(DeskCase):
    def make(self, count):
        """Customers with everything that a desk can show."""
        for number in range(count):
            partner = self.customer(f"Busy {number}", user_id=self.anna.id, phone="1")
            # at risk, not lost: others order once in ten months
            for days in (45, 55, 65, 75):
                self.order(partner, TODAY - timedelta(days=days), 50, cost=20)
            other = self.customer(f"Buyer {number}", user_id=self.anna.id)
            for days in (0, 300):
                self.order(other, TODAY - timedelta(days=days), 50)
            quotation = self.order(partner, TODAY, confirm=False)
            self.send(quotation)
            self.invoice(partner, "2025-05-01", 50)
            self.plan(partner, TODAY)
            self.plan(quotation, TODAY)
            self.plan(self.lead(partner), TODAY)
            self.ticket(partner, is_complaint=True)
            self.as_user(partner, self.anna).message_post(
                body="Note", message_type="comment", subtype_xmlid="mail.mt_note"
            )
        self.run_policy(as_of=TODAY)
        self.env["customer.retention.risk"]._refresh(self.company, as_of=TODAY)

    def queries(self, user, of=None):
        # the first look fills caches that have nothing to do with customers
        self.desk(user, of)
        desk = self.as_user(self.env["customer.retention.desk"], user)
        return self.count_queries(lambda: desk.get_desk(of.id if of else False, "month"))

    def test_number_of_queries(self):
        self.make(6)
        own, others = self.queries(self.anna), self.queries(self.boss, self.anna)
        self.make(6)
        self.assertEqual(self.desk()["customers"], 26)
        self.assertEqual(self.desk()["at_risk"]["value"], 12)
        self.assertEqual(self.queries(self.anna), own)
        self.assertEqual(self.queries(self.boss, self.anna), others)
        self.assertLess(own, 80)
