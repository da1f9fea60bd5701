"""What was bought at tills before and after a complaint, held against plain sums over the stories of the shop."""

from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from ...models.scoring.customer_value_source import Scope
from ..scoring.till_case import TillCase
from .report_case import AFTERWARDS, NOW, ReportCase

BEGIN = datetime(2025, 3, 3, 10)
# of the complaints here
END = BEGIN + timedelta(days=2, hours=1)

NAMES = ("revenue_before", "revenue_after", "bought_before", "bought_again")


@tagged("post_install", "-at_install")
class TestComplaintTills(ReportCase, TillCase):
    def told(self, complaint):
        """The figures of a complaint looked up and stored, which are the same."""
        self.env.cr.execute("DELETE FROM customer_complaint_followup")
        found = self.row(complaint)
        self.Followup._refresh(self.company)
        stored = self.row(complaint)
        self.assertEqual([stored[name] for name in NAMES], [found[name] for name in NAMES])
        [row] = self.Followup.search([("ticket_id", "=", complaint.id)])
        self.assertEqual([row[name] for name in NAMES], [found[name] for name in NAMES])
        return [found[name] for name in NAMES]

    def test_stories(self):
        """Each at either side: by the moment, in company currency, and only what was bought."""
        other = self.make_company("Other Company", "EUR")
        settled = self.order(self.partner, BEGIN - timedelta(days=200), 5000, cost=100)
        program = self.env["loyalty.program"].browse(
            self.env["loyalty.program"].create_from_template("gift_card")["res_id"]
        )
        card = program.trigger_product_ids[:1].id
        contact = self.customer("Ann", parent_id=self.partner.id)
        abroad = self.open_till(other)
        stories = [
            # before: 90 days up to the moment of the receipt
            (BEGIN - timedelta(days=90), 1, {}, 1),
            (BEGIN - timedelta(days=90, seconds=1), 2, {}, 0),
            (BEGIN - timedelta(seconds=1), 4, {}, 4),
            (BEGIN, 8, {}, 0),
            (BEGIN - timedelta(days=4), 16, {"state": "draft"}, 0),
            (BEGIN - timedelta(days=4), 32, {"state": "done"}, 32),
            (BEGIN - timedelta(days=3), 64, {"refund": True}, 0),
            (BEGIN - timedelta(days=3), 128, {"sale_order_origin_id": settled.id}, 0),
            (BEGIN - timedelta(days=3), 256, {"session": abroad}, 0),
            # after: 90 days from the closing
            (END, 1024, {}, 0),
            (END + timedelta(seconds=1), 2048, {"partner": contact}, 2048),
            (END + timedelta(days=90), 4096, {}, 4096),
            (END + timedelta(days=90, seconds=1), 8192, {}, 0),
            (END + timedelta(days=8), 16384, {"product_id": card}, 0),
            (END + timedelta(days=9), 32768, {"price_subtotal": 0, "price_subtotal_incl": 0, "discount": 100}, 0),
        ]
        expected = [0, 0]
        for moment, amount, values, counted in stories:
            self.sold(values.pop("partner", self.partner), moment, amount, **values)
            expected[moment >= END] += counted
        foreign = self.sold(self.partner, END + timedelta(days=3), 100)
        self.env.flush_all()
        self.env.cr.execute("UPDATE pos_order SET currency_rate = 0.5 WHERE id = %s", [foreign.id])
        expected[1] += 200
        self.order(self.partner, END + timedelta(days=4), 70)
        expected[1] += 70
        complaint = self.closed(BEGIN, self.partner)
        self.assertEqual(complaint.complaint_closed_on, END)
        self.assertEqual(self.told(complaint), [*expected, 1, 1])

    def recovery(self, partner):
        self.env.flush_all()
        scope = Scope.make(self.company, NOW.date(), 0)
        return dict(self.env.execute_query(self.Source._source_query("recovery", scope, set()))).get(partner.id)

    def test_come_back_to_the_till(self):
        """Whoever bought again at the till has come back; what was taken back there or given away says nothing."""
        back, returned, given, settles, paid = self.customers(5)
        self.sold(back, END + timedelta(days=5), 50)
        self.sold(returned, END + timedelta(days=5), 50, refund=True)
        self.sold(given, END + timedelta(days=5), 0)
        order = self.order(settles, BEGIN - timedelta(days=200), 50)
        self.sold(settles, END + timedelta(days=5), 50, sale_order_origin_id=order.id)
        with_card = self.sold(paid, END + timedelta(days=5), 20)
        line = {"product_id": self.product.id, "qty": 1, "is_total_cost_computed": True, "total_cost": 0}
        line |= {"price_unit": -20.0, "price_subtotal": -20.0, "price_subtotal_incl": -20.0}
        with_card.lines = [Command.create(line)]
        complaints = {partner: self.closed(BEGIN, partner) for partner in (back, returned, given, settles, paid)}
        expected = {back: (50, 1), returned: (0, 0), given: (0, 0), settles: (0, 0), paid: (0, 1)}
        for stored in (False, True):
            if stored:
                self.Followup._refresh(self.company)
            for partner, (amount, again) in expected.items():
                row = self.row(complaints[partner])
                self.assertEqual((row["revenue_after"], row["bought_again"]), (amount, again), (partner.name, stored))
                self.assertEqual(self.recovery(partner), 100 * again, (partner.name, stored))

    def test_what_happens_to_an_order_afterwards(self):
        """The nightly job brings in line what was entered late, given to somebody else, or called off."""
        late, other = self.customers(2)
        complaint = self.closed(BEGIN, late)
        self.assertEqual(self.told(complaint), [0, 0, 0, 0])
        order = self.sold(late, END + timedelta(days=5), 50)
        self.assertEqual(self.Followup._refresh(self.company)["changed"], 1)
        self.assertEqual(self.told(complaint), [0, 50, 0, 1])
        order.partner_id = other
        self.assertEqual(self.Followup._refresh(self.company)["changed"], 1)
        self.assertEqual(self.told(complaint), [0, 0, 0, 0])

    def test_companies_with_tills_of_their_own(self):
        """A complaint is followed by what its own company sold, whichever company looks at the analysis."""
        other = self.make_company("Other Company", "EUR")
        session = self.open_till(other)
        mine = self.closed(BEGIN, self.partner)
        self.sold(self.partner, END + timedelta(days=5), 50)
        self.sold(self.partner, END + timedelta(days=6), 70, session=session)
        self.assertEqual(self.told(mine), [0, 50, 0, 1])
        self.Followup._refresh(other)
        self.assertFalse(self.Followup.search([("company_id", "=", other.id)]))
        self.assertLess(AFTERWARDS, NOW - END)
