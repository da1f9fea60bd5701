"""The letter says what was answered; the summary counts what another way of counting finds."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median

from lxml import html
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import freeze_time
from pytz import timezone, utc

from .complaint_case import ComplaintCase

LETTER = "customer_value.report_complaint_letter"

SUMMARY = "customer_value.report_complaint_summary"

MAY = date(2025, 5, 1)


class ReportCase(ComplaintCase):
    def render(self, report, records, user):
        Report = self.env["ir.actions.report"].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        tree = html.fromstring(Report._render_qweb_html(report, records.ids)[0])
        return " ".join(tree.text_content().replace("\xa0", " ").split())


@tagged("post_install", "-at_install")
class TestComplaintLetter(ReportCase):
    def answered(self, **values):
        complaint = self.complaint()
        self.fill_in(complaint)
        complaint.sudo().write(values)
        for step in ("assess", "investigate", "answer"):
            complaint.with_user(self.officer)._take_complaint_step(step)
        return complaint

    def test_answer(self):
        with freeze_time("2025-05-07 10:00:00"):
            complaint = self.answered()
        text = self.render(LETTER, complaint, self.officer)
        for part in (complaint.complaint_number, "We are sorry.", "Complaining Ltd", "05/07/2025", "within 30 days"):
            self.assertIn(part, text)
        for part in ("Draft", "Why we could not accept", "Your compensation", "The van broke down", "A second van"):
            self.assertNotIn(part, text)

    def test_rejection(self):
        self.company.complaint_dispute_days = 17
        text = self.render(LETTER, self.answered(complaint_rejection="As ordered."), self.officer)
        self.assertIn("Why we could not accept your complaint As ordered.", text)
        self.assertIn("within 17 days", text)

    def test_redress_in_figures_and_words(self):
        complaint = self.complaint()
        self.fill_in(complaint)
        complaint.sudo().complaint_loss = 100.0
        complaint.with_user(self.officer)._take_complaint_step("assess")
        Redress = self.env["customer.complaint.redress"]
        granted, talked_about = Redress.create(
            [{"ticket_id": complaint.id, "kind": "coupon", "amount": amount} for amount in (40.5, 33.0)]
        )
        self.env.cr.execute("UPDATE customer_complaint_redress SET state = 'approved' WHERE id = %s", granted.ids)
        granted.invalidate_recordset()
        complaint.with_user(self.officer)._take_complaint_step("investigate")
        # nothing is promised that may still be refused
        with self.assertRaisesRegex(UserError, "is in the state Draft. Have it approved"):
            complaint.with_user(self.officer)._take_complaint_step("answer")
        talked_about.with_user(self.officer)._cancel("Too much.")
        complaint.with_user(self.officer)._take_complaint_step("answer")
        Redress.create({"ticket_id": complaint.id, "kind": "coupon", "amount": 31.0})
        text = self.render(LETTER, complaint, self.officer)
        self.assertIn("40.50", text)
        self.assertIn("Forty", text)
        self.assertNotIn("33.00", text)
        self.assertNotIn("31.00", text)
        self.assertNotIn("Thirty", text)
        self.assertTrue(talked_about)

    def test_draft_and_what_was_sent(self):
        complaint = self.complaint()
        self.fill_in(complaint)
        self.assertIn("Draft. Not sent yet.", self.render(LETTER, complaint, self.officer))
        complaint = self.answered()
        complaint.with_user(self.officer)._take_complaint_step("dispute", note="No.")
        complaint.with_user(self.officer).complaint_answer = "<p>Second thoughts</p>"
        text = self.render(LETTER, complaint, self.officer)
        self.assertIn("We are sorry.", text)
        self.assertNotIn("Second thoughts", text)

    def test_attached_to_the_mail(self):
        self.env.ref("customer_value.mail_template_complaint_answer").report_template_ids = self.env.ref(
            "customer_value.action_report_complaint_letter"
        )
        complaint = self.answered()
        letter = complaint.message_ids.filtered(lambda message: "Our answer" in (message.subject or ""))
        self.assertEqual(len(letter.attachment_ids), 1)
        self.assertTrue(letter.attachment_ids.name.startswith(complaint.complaint_number.replace("/", "-")))

    def test_only_for_those_who_handle_complaints(self):
        complaint = self.answered()
        with self.assertRaises(AccessError):
            self.render(LETTER, complaint, self.helper)


@tagged("post_install", "-at_install")
class TestComplaintSummary(ReportCase):
    def wizard(self, user=None, company=None):
        values = {"company_id": (company or self.company).id, "month": date(2025, 5, 20)}
        return self.env["customer.complaint.summary"].with_user(user or self.manager).create(values)

    def figures(self):
        Report = self.env["report.customer_value.report_complaint_summary"].with_user(self.manager)
        return Report._get_page(self.wizard())

    def in_may(self, moment):
        """Of the company's May, by its own clock."""
        local = utc.localize(moment).astimezone(timezone(self.company.value_tz))
        return (local.year, local.month) == (2025, 5)

    def test_against_another_way_of_counting(self):
        """Complaints at random moments around May, dealt with at random; counted in Python from what was done."""
        chance = random.Random(7)
        types = self.env["customer.complaint.type"].search([], limit=3)
        done = []
        with freeze_time("2025-04-01") as clock:
            for _number in range(12):
                moment = datetime(2025, 4, 25) + timedelta(hours=chance.randrange(24 * 40))
                partner = self.customer("No Address")
                clock.move_to(moment)
                complaint = self.ticket(partner, is_complaint=True)
                self.fill_in(complaint)
                complaint.complaint_type_id = chance.choice(types)
                log = {"received": [moment], "type": complaint.complaint_type_id, "answered": [], "closed": []}
                log["due"] = {found.kind: found.due for found in complaint.sudo().complaint_clock_ids}
                log["disputed"] = []
                path = ["acknowledge", "assess", "investigate", "answer", "close", "dispute", "investigate", "answer"]
                for step in path[: chance.randrange(len(path) + 1)]:
                    moment += timedelta(hours=chance.choice((1, 5, 30, 90)))
                    clock.move_to(moment)
                    complaint.with_user(self.manager)._take_complaint_step(step)
                    log.setdefault(complaint.complaint_state, []).append(moment)
                log["open"] = complaint.complaint_state != "closed"
                done.append(log)
            clock.move_to("2025-12-31")
            summary = self.figures()
        expected = Counter()
        times = {"acknowledge": [], "answer": []}
        for log in done:
            for state in ("received", "answered", "closed", "disputed"):
                expected[state] += any(self.in_may(moment) for moment in log[state])
            for kind, state in (("acknowledge", "acknowledged"), ("answer", "answered")):
                first = min(log.get(state) or [None], key=lambda moment: moment or datetime.max)
                if self.in_may(log["due"][kind]):
                    expected[f"{kind}_due"] += 1
                    expected[f"{kind}_kept"] += bool(first and first <= log["due"][kind])
                if first and self.in_may(first):
                    times[kind].append((first - log["received"][0]).total_seconds() / 3600)
        figures = summary["figures"]
        for name in ("received", "answered", "closed", "disputed", "acknowledge_due", "acknowledge_kept", "answer_due",
                     "answer_kept"):  # fmt: skip
            self.assertEqual(figures[name], expected[name], name)
        self.assertTrue(0 < expected["answer_kept"] < expected["answer_due"], "the example is worth something")
        for kind, hours in times.items():
            self.assertAlmostEqual(figures[f"{kind}_median"], median(hours), 3)
        by_type = Counter(log["type"].name for log in done if self.in_may(log["received"][0]))
        lines = {line["label"]: line["count"] for line in dict(summary["tables"])["By type"]}
        self.assertEqual(lines, dict(by_type))

    def test_empty_month(self):
        summary = self.figures()
        self.assertEqual(summary["figures"]["received"], 0)
        self.assertIsNone(summary["figures"]["answer_share"])
        self.assertIn("No complaints were received or closed", self.render(SUMMARY, self.wizard(), self.manager))

    def test_page(self):
        with freeze_time("2025-05-07 10:00:00"):
            complaint = self.bring_to(self.ticket(self.customer("Silent"), is_complaint=True), "answered")
            complaint.complaint_change_user_id = self.officer
            complaint.with_user(self.manager)._take_complaint_step("close")
            merged, remaining = (self.complaint(), self.complaint())
            merged.with_user(self.officer)._merge_complaints_into(remaining.with_user(self.officer))
        text = self.render(SUMMARY, self.wizard(), self.manager)
        self.assertIn("3received 1answered 1closed", text, "merged complaints are not closed")
        for part in ("Late delivery", "Transport", "Promised changes still open", "A second van."):
            self.assertIn(part, text)
        complaint.activity_ids.filtered(lambda activity: "promised" in activity.summary).action_feedback()
        self.assertNotIn("A second van.", self.render(SUMMARY, self.wizard(), self.manager))

    def test_who_may_see_it(self):
        with self.assertRaises(AccessError):
            self.wizard(self.officer)
        other = self.make_company("Other Company", "EUR")
        with self.assertRaises(AccessError):
            self.wizard(company=other).action_print()
        with self.assertRaises(AccessError):
            self.render(SUMMARY, self.wizard().sudo().create({"company_id": other.id, "month": MAY}), self.manager)
        action = self.wizard().action_print()
        self.assertEqual(action["report_name"], SUMMARY)

    def test_other_company_is_not_counted(self):
        other = self.make_company("Other Company", "EUR")
        with freeze_time("2025-05-07 10:00:00"):
            self.ticket(self.customer("Theirs"), company=other, is_complaint=True)
            self.complaint()
        self.assertEqual(self.figures()["figures"]["received"], 1)
