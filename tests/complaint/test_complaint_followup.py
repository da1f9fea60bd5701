"""What is stored of the time after a complaint, against the same looked up, whatever becomes of the customers."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.tests import tagged

from ...models.scoring.customer_value_source import Scope
from ..scoring.source_case import SourceCase
from .report_case import AFTERWARDS, NOW, ReportCase

BEGIN = datetime(2025, 3, 3, 10)
# of the complaints here
END = BEGIN + timedelta(days=2, hours=1)


@tagged("post_install", "-at_install")
class TestComplaintFollowup(ReportCase, SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer("Complaining")
        cls.order(cls.partner, BEGIN - timedelta(days=5), 30)
        cls.order(cls.partner, END + timedelta(days=5), 50)

    def refresh(self, now=NOW):
        with freeze_time(now):
            return self.Followup._refresh(self.company)

    def merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((source | target).ids, target)
        self.env.invalidate_all()

    def stored(self, complaint):
        return self.Followup.search([("ticket_id", "=", complaint.id)])

    def truth(self, complaint):
        """What is found where nothing is stored."""
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute("DELETE FROM customer_complaint_followup")
            row = self.row(complaint)
            savepoint.rollback()
        return {name: row[name] for name in ("revenue_before", "revenue_after", "bought_before", "bought_again")}

    def assertShown(self, complaint, before, after):
        """The analysis shows these sums, and they are true."""
        row, truth = self.row(complaint), self.truth(complaint)
        self.assertEqual({name: row[name] for name in truth}, truth)
        self.assertEqual((row["revenue_before"], row["revenue_after"]), (before, after))
        self.assertEqual((row["bought_before"], row["bought_again"]), (float(before > 0), float(after > 0)))

    def test_stored_once_the_time_is_over(self):
        complaint = self.closed(BEGIN, self.partner)
        self.assertEqual(complaint.complaint_closed_on, END)
        over = END + AFTERWARDS
        self.assertEqual(self.refresh(over - timedelta(seconds=1))["total"], 0)
        counts = self.refresh(over)
        self.assertEqual((counts["added"], counts["total"]), (1, 1))
        self.assertRecordValues(
            self.stored(complaint),
            [
                {
                    "partner_id": self.partner.id,
                    "received_on": BEGIN,
                    "closed_on": END,
                    "revenue_before": 30,
                    "revenue_after": 50,
                }
            ],
        )
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 0, "total": 1})
        self.assertShown(complaint, 30, 50)

    def test_it_is_what_is_stored(self):
        """Orders are not looked up again, and the job of the next night brings it in line with what has changed."""
        complaint = self.closed(BEGIN, self.partner)
        self.refresh()
        order = self.order(self.partner, END + timedelta(days=6), 70)
        self.assertEqual(self.row(complaint)["revenue_after"], 50)
        self.assertEqual(self.refresh()["changed"], 1)
        self.assertShown(complaint, 30, 120)
        order._action_cancel()
        self.assertEqual(self.refresh()["changed"], 1)
        self.assertShown(complaint, 30, 50)

    def test_goods_for_nothing_were_not_bought(self):
        """And what is paid with a card or points was, though it brings nothing."""
        free, paid = self.customers(2)
        for partner, lines in (
            (free, [{"price_unit": 20.0, "discount": 100.0}, {"price_unit": 0.0}]),
            (paid, [{"price_unit": 20.0}, {"price_unit": -20.0}]),
        ):
            self.order(partner, BEGIN - timedelta(days=2), lines=lines)
            self.order(partner, END + timedelta(days=2), lines=lines)
        complaints = [self.closed(BEGIN, partner) for partner in (free, paid)]
        shown = ("revenue_before", "revenue_after", "bought_before", "bought_again")
        for stored in (False, True):
            if stored:
                self.refresh()
            for complaint, bought in zip(complaints, (0, 1), strict=True):
                row = self.row(complaint)
                self.assertEqual([row[name] for name in shown], [0, 0, bought, bought], stored)
        scope = Scope.make(self.company, NOW.date(), 0)
        self.env.cr.execute(self.Source._source_query("recovery", scope, set()))
        rates = dict(self.env.cr.fetchall())
        self.assertEqual((rates[free.id], rates[paid.id]), (0, 100))

    def test_reopened(self):
        """Disputed, and closed again later: the first closing says nothing of what came after the second."""
        complaint = self.received(BEGIN, self.partner)
        self.fill_in(complaint)
        self.step(complaint, BEGIN + timedelta(hours=1), "acknowledge", "assess", "investigate", "answer")
        self.step(complaint, END, "close", complaint_outcome="accepted")
        self.company.complaint_dispute_days = 500
        self.refresh()
        self.assertShown(complaint, 30, 50)
        self.step(complaint, END + timedelta(days=100), "dispute", "investigate")
        self.assertFalse(self.row(complaint)["followed"])
        again = END + timedelta(days=103)
        self.step(complaint, END + timedelta(days=102), "answer")
        self.step(complaint, again, "close", complaint_outcome="accepted")
        self.order(self.partner, again + timedelta(days=1), 11)
        now = again + AFTERWARDS
        row = self.row(complaint, now)
        self.assertEqual((row["followed"], row["revenue_after"]), (True, 11))
        counts = self.refresh(now)
        self.assertEqual((counts["changed"], counts["total"]), (1, 1))
        self.assertEqual(self.row(complaint, now)["revenue_after"], 11)

    def test_disputed_is_no_longer_stored(self):
        complaint = self.closed(BEGIN, self.partner)
        self.refresh()
        self.company.complaint_dispute_days = 500
        self.step(complaint, NOW - timedelta(days=1), "dispute")
        self.assertEqual(self.refresh()["removed"], 1)
        self.assertFalse(self.stored(complaint))

    def test_another_customer(self):
        """A complaint of another customer shows the orders of that one at once."""
        complaint = self.closed(BEGIN, self.partner)
        self.refresh()
        other = self.customer("Other")
        self.order(other, END + timedelta(days=9), 9)
        complaint.partner_id = other
        self.assertShown(complaint, 0, 9)
        self.assertEqual(self.refresh()["changed"], 1)
        self.assertShown(complaint, 0, 9)

    def test_merged_customers(self):
        complaint = self.closed(BEGIN, self.partner)
        other = self.customer("Other")
        self.order(other, END + timedelta(days=9), 9)
        theirs = self.closed(BEGIN, other)
        self.refresh()
        self.merge(other, self.partner)
        self.assertFalse(self.stored(complaint) | self.stored(theirs))
        for found in (complaint, theirs):
            self.assertShown(found, 30, 59)
        self.refresh()
        for found in (complaint, theirs):
            self.assertShown(found, 30, 59)

    def test_moved_customers(self):
        """Who becomes a contact of another brings their orders along, and takes them away again."""
        head = self.customer("Head")
        complaint, theirs = self.closed(BEGIN, self.partner), self.closed(BEGIN, head)
        self.refresh()
        self.assertShown(theirs, 0, 0)
        self.partner.write({"parent_id": head.id, "is_company": False})
        self.assertEqual(self.partner.commercial_partner_id, head)
        for found in (complaint, theirs):
            self.assertShown(found, 30, 50)
        self.refresh()
        for found in (complaint, theirs):
            self.assertShown(found, 30, 50)
        self.partner.parent_id = False
        self.assertShown(complaint, 30, 50)
        self.assertShown(theirs, 0, 0)

    def test_deleted(self):
        """Nothing stays of a complaint that is no longer there."""
        complaint = self.closed(BEGIN, self.partner)
        self.refresh()
        self.env.cr.execute("DELETE FROM helpdesk_ticket WHERE id = %s", [complaint.id])
        self.env.cr.execute("SELECT count(*) FROM customer_complaint_followup")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_companies_have_their_own(self):
        other = self.make_company("Other Company", "USD")
        complaint = self.closed(BEGIN, self.partner)
        self.refresh()
        with freeze_time(NOW):
            self.assertEqual(self.Followup._refresh(other)["total"], 0)
        self.assertTrue(self.stored(complaint))
        stranger = self.user("followup_stranger", "customer_value.group_complaint_manager", other)
        seen = self.Followup.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(seen.search([("ticket_id", "=", complaint.id)]))
        with freeze_time(NOW), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_complaint_followup").method_direct_trigger()
        self.assertTrue(self.stored(complaint))

    def test_share_won_back(self):
        """The metric is the same, read from what is stored or looked up, also as of days in the past."""
        customers = self.partner | self.customers(3)
        for number, partner in enumerate(customers[1:]):
            self.order(partner, END + timedelta(days=80 + 10 * number), 10)
        complaints = [self.closed(BEGIN, partner) for partner in customers]
        self.company.complaint_dispute_days = 500
        self.step(complaints[1], datetime(2025, 8, 20), "dispute")
        days = [date(2025, 6, 2), date(2025, 6, 4), date(2025, 8, 10), date(2025, 8, 25)]

        def rates():
            self.env.flush_all()
            found = []
            for day in days:
                scope = Scope.make(self.company, day, 12)
                self.env.cr.execute(self.Source._source_query("recovery", scope, {"recovery_rate"}))
                found.append(sorted(self.env.cr.fetchall()))
            return found

        looked_up = rates()
        self.assertEqual([len(found) for found in looked_up], [0, 4, 4, 3])
        self.assertEqual(len({rate for found in looked_up for _partner, rate in found}), 2)
        self.assertEqual(self.refresh()["added"], 3)
        self.assertEqual(rates(), looked_up)
