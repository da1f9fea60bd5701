"""Figures of the desk against plain arithmetic, and the lists behind them against the figures."""

from collections import defaultdict
from datetime import date, timedelta

from odoo.tests import tagged

from .retention_desk_case import TODAY, DeskCase

MONEY = 0.005


@tagged("post_install", "-at_install")
class TestDeskFigures(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.customer("Third", user_id=cls.anna.id)
        # whose, when, price, cost; contacts count for their company, and others do not count
        cls.documents = [
            (cls.firm, date(2025, 6, 2), 100, 60),
            (cls.contact, date(2025, 6, 18), 70, 20),
            (cls.person, date(2025, 5, 31), 40, 10),
            (cls.person, date(2025, 1, 1), 90, 100),
            (cls.firm, date(2024, 7, 1), 30, 5),
            # a month too early for the picture, but in the window of twelve months up to the last of May
            (cls.firm, date(2024, 6, 20), 11, 1),
            # of the year before
            (cls.firm, date(2024, 3, 1), 55, 30),
            (cls.third, date(2023, 12, 24), 80, 30),
            (cls.third, date(2023, 6, 19), 20, 30),
            (cls.bens, date(2025, 6, 1), 1000, 1),
            (cls.nobodys, date(2025, 6, 1), 2000, 1),
        ]
        for partner, day, price, cost in cls.documents:
            cls.order(partner, day, price, cost=cost)
            cls.invoice(partner, day, price)
        cls.credited = cls.credit_note(cls.person, date(2025, 6, 10), 15)
        cls.run_policy(as_of=date(2025, 5, 20))
        cls.run_policy(as_of=TODAY)

    def mine(self):
        """(customer, day, price, margin), credit notes with a margin as lost as their price."""
        customers = self.firm | self.person | self.third
        found = [
            (partner.commercial_partner_id, day, price, price - cost) for partner, day, price, cost in self.documents
        ]
        found.append((self.person, date(2025, 6, 10), -15, -15))
        return [line for line in found if line[0] in customers]

    def sums(self, first, last):
        lines = [line for line in self.mine() if first <= line[1] <= last]
        return sum(line[2] for line in lines), sum(line[3] for line in lines)

    def test_months(self):
        months = defaultdict(lambda: [0, 0, set()])
        for customer, day, revenue, margin in self.mine():
            month = months[str(day.replace(day=1))]
            month[0] += revenue
            month[1] += margin
            if revenue > 0:
                month[2].add(customer)
        shown = self.desk()["performance"]["months"]
        self.assertEqual([month["month"] for month in shown][0::11], ["2024-07-01", "2025-06-01"])
        for month in shown:
            revenue, margin, buyers = months[month["month"]]
            self.assertAlmostEqual(month["revenue"], revenue, delta=MONEY)
            self.assertAlmostEqual(month["margin"], margin, delta=MONEY)
            self.assertEqual(month["buyers"], len(buyers), month["month"])
            invoices = self.opened(month)
            self.assertAlmostEqual(sum(invoices.mapped("amount_untaxed_signed")), revenue, delta=MONEY)

    def test_value_now_and_before(self):
        desk = self.desk()
        now = self.sums(date(2024, 6, 19), TODAY)
        before = self.sums(date(2024, 6, 1), date(2025, 5, 31))
        for name, index in (("revenue", 0), ("margin", 1)):
            figure = self.figure(desk, name)
            self.assertAlmostEqual(figure["value"], now[index], delta=MONEY)
            self.assertAlmostEqual(figure["previous"], before[index], delta=MONEY)
            self.assertAlmostEqual(sum(self.opened(figure).mapped(name)), figure["value"], delta=MONEY)
        scores = {score.partner_id: score.score for score in self.Score.search([("company_id", "=", self.company.id)])}
        mine = [scores[partner] for partner in (self.firm, self.person, self.third)]
        figure = self.figure(desk, "score")
        self.assertAlmostEqual(figure["value"], sum(mine) / 3, places=4)
        entries = {}
        for entry in self.History.search([("date", "<=", "2025-05-31")], order="date, id"):
            entries[entry.partner_id] = entry.score
        then = [entries[partner] for partner in (self.firm, self.person, self.third)]
        self.assertAlmostEqual(figure["previous"], sum(then) / 3, places=4)
        self.assertEqual(self.figure(desk, "scored")["previous"], 3)
        self.assertNotEqual(then, mine)

    def test_no_history_no_comparison(self):
        self.person.user_id = self.plain
        self.env.cr.execute("DELETE FROM customer_value_history WHERE date < '2025-06-01'")
        desk = self.desk(user=self.plain)
        for name in ("scored", "revenue", "margin", "score"):
            self.assertIsNone(self.figure(desk, name)["previous"], name)

    def test_bars(self):
        mine = self.Score.search(
            [("partner_id", "in", (self.firm | self.person | self.third).ids), ("company_id", "=", self.company.id)]
        )
        bars = {bar["name"]: bar["parts"] for bar in self.desk()["summary"]["bars"]}
        for name, field in (("tier", "tier_id"), ("lifecycle", "lifecycle"), ("abc_class", "abc_class")):
            expected = defaultdict(lambda: self.Score)
            for score in mine:
                expected[score[field].id if name == "tier" else score[field]] |= score
            self.assertEqual({part["key"] for part in bars[name]}, {key or "none" for key in expected}, name)
            for part in bars[name]:
                scores = expected[part["key"]]
                self.assertEqual(part["value"], len(scores))
                self.assertAlmostEqual(part["revenue"], sum(scores.mapped("revenue")), delta=MONEY)
                self.assertEqual(self.opened(part), scores)
        entries = [self.env["customer.value.tier"].browse(part["key"]).entry_score for part in bars["tier"]]
        self.assertEqual(entries, sorted(entries, reverse=True))

    def test_what_is_open(self):
        paid = self.invoice(self.third, "2025-01-05", 500)
        self.pay(paid, "2025-02-01")
        not_due = self.invoice(self.firm, "2025-06-01", 400, due="2025-06-18")
        leads = self.lead(self.contact, 1000, 50) | self.lead(self.person, 300, 10)
        self.lead(self.bens, 9000, 90)
        self.lead(self.firm, 7000, 50, company=self.other)
        self.lead(self.firm, 7000, 50).action_set_lost()
        complaint, closed = (self.ticket(self.contact, is_complaint=True) for _repetition in range(2))
        closed.complaint_state = "closed"
        self.ticket(self.bens, is_complaint=True)
        desk = self.desk()
        overdue = self.figure(desk, "overdue")
        due = [line[2] for line in self.mine() if line[2] > 0 and line[1] < TODAY]
        # the open credit note of one of them settles what they owe first, and stays open until matched
        self.assertAlmostEqual(overdue["value"], sum(due) - 15, delta=MONEY)
        moves = self.opened(overdue)
        self.assertAlmostEqual(sum(moves.mapped("amount_residual")), sum(due), delta=MONEY)
        self.assertFalse(moves & (paid | not_due))
        pipeline = self.figure(desk, "pipeline")
        self.assertAlmostEqual(pipeline["value"], 530, delta=MONEY)
        self.assertEqual(self.opened(pipeline), leads)
        complaints = self.figure(desk, "complaints")
        self.assertEqual((complaints["value"], self.opened(complaints)), (1, complaint))

    def test_satisfaction(self):
        tickets = [self.ticket(partner) for partner in (self.firm, self.contact, self.person, self.bens)]
        for ticket, stars in zip(tickets, (5, 2, 4, 1), strict=True):
            self.env["rating.rating"].create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                    "res_id": ticket.id,
                    "rating": stars,
                    "consumed": True,
                    "rated_on": "2025-06-01 10:00:00",
                }
            )
        figure = self.figure(self.desk(), "satisfaction")
        # 5 and 2 from the firm, 4 from the person: the mean of the ratings of the tickets that open
        self.assertAlmostEqual(figure["value"], 11 / 3, places=4)
        self.assertEqual(self.opened(figure), tickets[0] | tickets[1] | tickets[2])

    def test_customers_kept(self):
        """The firm and the third ordered in the year up to a year ago; only the firm has since."""
        kept = self.desk()["performance"]["kept"]
        first, last = TODAY.replace(year=2023) + timedelta(days=1), TODAY.replace(year=2024)
        before = {customer for customer, day, revenue, _margin in self.mine() if first <= day <= last and revenue > 0}
        since = {customer for customer, day, revenue, _margin in self.mine() if day > last and revenue > 0}
        self.assertEqual(before, {self.firm, self.third})
        self.assertEqual((kept["before"], kept["kept"], kept["value"]), (2, len(before & since), 0.5))
        self.assertEqual(self.opened(kept), self.third)
        self.person.user_id = self.plain
        self.assertIsNone(self.desk(user=self.plain)["performance"]["kept"]["value"])

    def test_contacts_by_week(self):
        moments = ("2025-06-16 00:30:00", "2025-06-15 23:30:00", "2025-06-18 08:00:00", "2025-03-31 00:00:01")
        for moment in (*moments, "2025-03-30 23:59:59"):
            message = self.as_user(self.firm, self.anna).message_post(
                body="Spoke", message_type="comment", subtype_xmlid="mail.mt_note"
            )
            message.sudo().date = moment
        self.as_user(self.firm, self.anna).message_post(body="A log, by no person", subtype_xmlid="mail.mt_note")
        shown = self.desk()["performance"]["weeks"]
        weeks = {week["week"]: week["contacts"] for week in shown}
        for week in shown:
            self.assertEqual(len(self.opened(week)), week["contacts"])
        self.assertEqual(len(weeks), 12)
        self.assertEqual(
            {week: count for week, count in weeks.items() if count},
            {"2025-06-16": 2, "2025-06-09": 1, "2025-03-31": 1},
        )

    def test_at_risk(self):
        """The list of the user's own customers at risk, the most at stake first."""
        few, many = (self.customer(name, user_id=self.anna.id) for name in ("Few", "Many"))
        theirs = self.customer("Another of Ben", user_id=self.ben.id)
        for partner, cost in ((few, 70), (many, 40), (theirs, 10)):
            for days in (45, 55, 65, 75):
                self.order(partner, TODAY - timedelta(days=days), 100, cost=cost)
        self.env["customer.retention.risk"]._refresh(self.company, as_of=TODAY)
        Risk = self.env["customer.retention.risk"]
        expected = Risk.search([("user_id", "=", self.anna.id), ("company_id", "=", self.company.id)])
        self.assertLessEqual(few | many, expected.partner_id)
        self.assertIn(theirs, Risk.search([("company_id", "=", self.company.id)]).partner_id)
        at_risk = self.desk()["at_risk"]
        self.assertEqual(at_risk["value"], len(expected))
        self.assertAlmostEqual(at_risk["stake"], sum(expected.mapped("stake")), delta=MONEY)
        self.assertEqual(self.opened(at_risk), expected)
        stakes = [item["stake"] for item in at_risk["items"]]
        self.assertEqual(stakes, sorted(expected.mapped("stake"), reverse=True))
        for item in at_risk["items"]:
            risk = self.env["customer.retention.risk"].browse(item["id"])
            self.assertEqual(
                (item["customer"], item["reason"], item["explanation"]),
                (risk.partner_id.name, risk.reason_id.name, risk.explanation),
            )
