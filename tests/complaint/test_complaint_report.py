"""The analysis of complaints against pandas, and what boards and intake cost where there are twice as many."""

import random
from datetime import datetime, timedelta

import pandas as pd
from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.bulk_rows import insert_like, read_rows
from .complaint_case import ComplaintCase
from .minute_calendar import MinuteCalendar
from .report_case import AFTERWARDS, NOW, ReportCase


@tagged("post_install", "-at_install")
class TestComplaintReport(ReportCase):
    """Complaints of half a year, made at random, with a promise of 16 working hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Commitment = cls.env["customer.complaint.commitment"]
        Commitment.search([("company_id", "=", cls.company.id)]).unlink()
        Commitment.create({"company_id": cls.company.id, "answer_hours": 16.0})
        cls.company.complaint_calendar_id = cls.make_calendar("UTC")
        cls.types = cls.type + cls.env.ref("customer_value.complaint_type_defective")
        cls.causes = cls.env["customer.complaint.cause"].create([{"name": "Van"}, {"name": "Machine"}])
        cls.channels = cls.env["helpdesk.ticket.channel"].search([], limit=2)

    # -- everything at once ----------------------------------------------------------------------------------------

    def make_history(self, count, dice):
        """Complaints and orders by chance; the rows that they should make, and the orders."""
        head = self.customer("Head")
        office = self.customer("Office", parent_id=head.id)
        buyers = {self.customer("Desk", parent_id=office.id): head, head: head}
        single = self.customer("Single")
        buyers[single] = single
        euro = self.currency("EUR", d2025_01_01=0.5)
        orders = []
        for _number in range(14):
            buyer, day = dice.choice(list(buyers)), datetime(2025, 1, 1, 9) + timedelta(days=dice.randrange(260))
            amount, foreign, sure = dice.choice([0, 20, 70, 110]), dice.random() < 0.3, dice.random() < 0.8
            self.order(buyer, day, amount, currency=euro if foreign else None, confirm=sure)
            if sure and amount:
                orders.append((buyers[buyer], day, amount * (2 if foreign else 1)))
        calendar = MinuteCalendar("UTC")
        rows = {}
        for _number in range(count):
            buyer = dice.choice(list(buyers))
            begin = datetime(2025, 2, 3, 10) + timedelta(days=dice.randrange(180), minutes=dice.randrange(600))
            complaint = self.received(begin, buyer, channel_id=dice.choice(self.channels).id)
            self.fill_in(complaint)
            complaint.write(
                {"complaint_type_id": dice.choice(self.types).id, "complaint_cause_id": dice.choice(self.causes).id}
            )
            row = {
                "type_id": complaint.complaint_type_id.id, "cause_id": complaint.complaint_cause_id.id,
                "channel_id": complaint.channel_id.id, "partner_id": buyers[buyer].id, "disputed": 0.0,
                "month": f"{begin:%Y-%m}", "hours_to_acknowledge": None, "days_to_answer": None, "on_time": None,
                "revenue_before": None, "revenue_after": None, "bought_before": None, "bought_again": None,
            }  # fmt: skip
            rows[complaint.id] = row
            due = calendar.after(begin, 16 * 60)
            if due < NOW:
                row["on_time"] = 0.0
            if dice.random() < 0.1:
                continue
            known = begin + timedelta(minutes=dice.randrange(1, 3000))
            self.step(complaint, known, "acknowledge", "assess", "investigate")
            row["hours_to_acknowledge"] = (known - begin) / timedelta(hours=1)
            if dice.random() < 0.15:
                # another promise; the first one is measured
                with freeze_time(known):
                    complaint.complaint_severity = "4"
            if dice.random() < 0.1:
                continue
            answered = known + timedelta(minutes=dice.randrange(5000))
            self.step(complaint, answered, "answer")
            row["days_to_answer"] = (answered - begin) / timedelta(days=1)
            row["on_time"] = float(answered <= due)
            end = answered + timedelta(days=dice.randrange(1, 20))
            if dice.random() < 0.3:
                row["disputed"] = 1.0
                self.step(complaint, end, "dispute", "investigate")
                end += timedelta(days=4)
                self.step(complaint, end, "answer")
            self.step(complaint, end, "close", complaint_outcome=dice.choice(["accepted", "rejected"]))
            if end + AFTERWARDS <= NOW:
                self.follow(row, [order for order in orders if order[0] == buyers[buyer]], begin, end)
        return rows

    def follow(self, row, orders, begin, end):
        before = [amount for _buyer, day, amount in orders if begin - AFTERWARDS <= day < begin]
        after = [amount for _buyer, day, amount in orders if end < day <= end + AFTERWARDS]
        row |= {"revenue_before": sum(before), "revenue_after": sum(after)}
        row |= {"bought_before": float(bool(before)), "bought_again": float(bool(after))}

    def test_against_pandas(self):
        rows = self.make_history(24, random.Random(19))
        frame = pd.DataFrame(rows.values()).astype({"on_time": float, "bought_again": float, "bought_before": float})
        self.assertTrue(frame.notna().any().all(), "every column says something")
        self.assertGreater(frame.on_time.nunique(), 1)
        self.assertGreater(frame.bought_again.nunique(), 1)
        self.check_groups(rows, frame)
        with freeze_time(NOW):
            counts = self.Followup._refresh(self.company)
        self.assertEqual(counts["added"], frame.bought_again.notna().sum())
        self.check_groups(rows, frame)

    def check_groups(self, rows, frame):
        means = ["hours_to_acknowledge", "days_to_answer", "on_time", "disputed", "bought_before", "bought_again"]
        sums = ["revenue_before", "revenue_after"]
        self.env.flush_all()
        report = self.Report.with_user(self.officer)
        for groupby in ("type_id", "cause_id", "channel_id", "partner_id", "received_on:month"):
            with self.subTest(groupby=groupby), freeze_time(NOW):
                column = "month" if groupby == "received_on:month" else groupby
                expected = frame.groupby(column)
                groups = report._read_group(
                    [("id", "in", list(rows))], [groupby], ["__count", *(f"{name}:avg" for name in means),
                                                           *(f"{name}:sum" for name in sums)],
                )  # fmt: skip
                self.assertEqual(len(groups), len(expected))
                for key, count, *values in groups:
                    key = f"{key:%Y-%m}" if column == "month" else key.id
                    group = expected.get_group(key)
                    self.assertEqual(count, len(group))
                    wanted = [*group[means].mean(), *group[sums].sum(min_count=1)]
                    for name, value, number in zip(means + sums, values, wanted, strict=True):
                        if pd.isna(number):
                            self.assertFalse(value, (key, name))
                        else:
                            self.assertAlmostEqual(value, number, 3, (key, name))

    # -- one at a time ---------------------------------------------------------------------------------------------

    def test_without_an_answer(self):
        """Missed once the deadline has passed; while we wait for the customer it does not pass."""
        begin = datetime(2025, 3, 3, 10)
        open_one, answered, waiting, too_late = (self.received(begin, self.partner) for _number in range(4))
        complaints = open_one | answered | waiting | too_late
        due = {clock.due for clock in complaints.complaint_clock_ids if clock.kind == "answer"}
        self.assertEqual(len(due), 1)
        due = due.pop()
        self.fill_in(answered | waiting | too_late)
        second = timedelta(seconds=1)
        self.step(answered, due + second, "acknowledge", "assess", "investigate", "answer")
        for complaint, moment in ((waiting, due - second), (too_late, due + second)):
            self.step(complaint, moment, "acknowledge", "assess", "investigate")
            with freeze_time(moment):
                complaint.with_user(self.manager)._complaint_wait("Which invoice?")

        def found(moment):
            self.env.flush_all()
            self.env.invalidate_all()
            with freeze_time(moment):
                self.env.cr.execute(
                    SQL(
                        "SELECT id, on_time, judged_on FROM (%s) report WHERE id = ANY(%s)",
                        self.Report._table_query,
                        complaints.ids,
                    )
                )
                return {number: (on_time, judged) for number, on_time, judged in self.env.cr.fetchall()}

        unknown, missed = (None, None), (0.0, due)
        self.assertEqual(
            found(due),
            {open_one.id: unknown, answered.id: missed, waiting.id: unknown, too_late.id: unknown},
        )
        self.assertEqual(
            found(due + timedelta(days=9)),
            {open_one.id: missed, answered.id: missed, waiting.id: unknown, too_late.id: missed},
        )
        with freeze_time(due + timedelta(days=9)):
            late = self.Report.with_user(self.officer).search(
                [("on_time", "=", 0), ("judged_on", "!=", False), ("id", "in", complaints.ids)]
            )
            self.assertEqual(late.ticket_id, open_one | answered | too_late)

    @freeze_time("2025-03-03 12:00:00")
    def test_what_is_known_only_later(self):
        """Empty is not zero: a complaint that runs is neither in time nor late."""
        complaint = self.received(datetime(2025, 3, 3, 10), self.partner)
        self.env.flush_all()
        groups = self.Report._read_group(
            [("ticket_id", "=", complaint.id)], [], ["on_time:avg", "days_to_answer:avg", "bought_again:avg"]
        )
        self.assertEqual([bool(value) for value in groups[0]], [False] * 3)
        self.env.cr.execute(self.Report._table_query)
        names = [column.name for column in self.env.cr.description]
        rows = [dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()]
        row = next(row for row in rows if row["id"] == complaint.id)
        for name in ("answered_on", "days_to_answer", "on_time", "revenue_after", "bought_again", "closed_on"):
            self.assertIsNone(row[name], name)
        self.assertEqual(row["hours_to_acknowledge"], 0.0, "acknowledged by mail at once")

    def test_time_afterwards(self):
        """Orders on both edges; free replacements, other companies and the time between do not count."""
        begin, end = datetime(2025, 3, 3, 10), datetime(2025, 3, 5, 11)
        complaint = self.closed(begin, self.partner)
        self.assertEqual(complaint.complaint_closed_on, end)
        other = self.make_company("Other Company", "USD")
        second = timedelta(seconds=1)
        for moment, amount in (
            (begin - AFTERWARDS - second, 1), (begin - AFTERWARDS, 20), (begin - second, 300), (begin, 4000),
            (end, 50000), (end + second, 600000), (end + AFTERWARDS, 7000000), (end + AFTERWARDS + second, 80000000),
        ):  # fmt: skip
            self.order(self.partner, moment, amount)
        self.order(self.partner, end + second, 0)
        self.order(self.partner, end + second, 11, company=other)
        row = self.row(complaint, end + AFTERWARDS)
        self.assertEqual((row["revenue_before"], row["revenue_after"], row["bought_again"]), (320, 7600000, 1))
        self.assertFalse(self.row(complaint, end + AFTERWARDS - second)["followed"])

    def test_abuse_is_not_followed_up(self):
        complaint = self.closed(datetime(2025, 3, 3, 10), self.partner)
        self.order(self.partner, datetime(2025, 3, 20), 100)
        self.assertEqual(self.row(complaint)["bought_again"], 1)
        review = self.env["customer.complaint.review"].with_user(self.officer)
        review.create({"ticket_id": complaint.id, "evidence": "Photo"}).with_user(self.manager).action_confirm()
        row = self.row(complaint)
        self.assertEqual((row["abusive"], row["followed"], row["revenue_after"]), (True, False, 0))

    def test_merged_and_withdrawn(self):
        first = self.received(datetime(2025, 3, 3, 10), self.partner)
        again = self.received(datetime(2025, 3, 4, 10), self.partner, duplicate_id=first.id)
        withdrawn = self.received(datetime(2025, 3, 4, 10), self.partner)
        withdrawn.with_user(self.officer)._make_ordinary("A question")
        question = self.ticket(self.partner)
        self.env.flush_all()
        rows = self.Report.search([("ticket_id", "in", (first + again + withdrawn + question).ids)])
        self.assertEqual(rows.ticket_id, first)
        # taken up again: the promise of the second time counts
        with freeze_time(datetime(2025, 3, 10, 8)):
            withdrawn.with_user(self.officer).action_make_complaint()
        self.fill_in(withdrawn)
        self.step(withdrawn, datetime(2025, 3, 10, 10), "assess", "investigate", "answer")
        row = self.row(withdrawn)
        self.assertEqual(row["on_time"], 1)
        self.assertAlmostEqual(row["days_to_answer"], 2 / 24)

    def test_product(self):
        big, small = self.env["product.product"].create([{"name": "Big"}, {"name": "Small"}])
        lines = [
            {"product_id": small.id, "price_unit": 10.0},
            {"product_id": big.id, "price_unit": 30.0},
            {"display_type": "line_note", "name": "Note", "product_id": False, "product_uom_qty": 0, "tax_ids": False},
        ]
        order = self.order(self.partner, lines=lines)
        move = self.invoice(self.partner, lines=[{"product_id": big.id, "price_unit": 5.0}, {"price_unit": 6.0}])
        for product, values in (
            (small, {"complaint_order_id": order.id, "complaint_order_line_id": order.order_line[0].id}),
            (big, {"complaint_order_id": order.id, "complaint_move_id": move.id}),
            (self.product, {"complaint_move_id": move.id}),
            (self.env["product.product"], {}),
        ):
            with self.subTest(product=product.name):
                row = self.row(self.received(datetime(2025, 3, 3, 10), self.partner, **values))
                self.assertEqual(row["product_id"] and row["product_id"][0], product.id)

    def test_tier_at_intake_and_redress(self):
        self.order(self.partner, amount=100)
        policy = self.make_policy({"order_count": {"scale": "linear", "cap": 1.0}})
        self.run_policy(policy=policy)
        tier = self.score(self.partner).tier_id
        self.assertTrue(tier)
        complaint = self.received(datetime(2025, 7, 3, 10), self.partner)
        complaint.write({"complaint_redress_cost": 42.5})
        policy.dimension_ids.cap = 10.0
        self.run_policy(policy=policy)
        self.assertNotEqual(self.score(self.partner).tier_id, tier)
        row = self.row(complaint)
        self.assertEqual((row["tier_id"][0], row["redress_cost"]), (tier.id, 42.5))

    def test_open_the_complaint(self):
        complaint = self.received(datetime(2025, 7, 3, 10), self.partner)
        self.env.flush_all()
        action = self.Report.with_user(self.officer).browse(complaint.id).action_open_ticket()
        self.assertEqual((action["res_model"], action["res_id"]), ("helpdesk.ticket", complaint.id))

    def test_who_may_see_it(self):
        complaint = self.received(datetime(2025, 7, 3, 10), self.partner)
        self.env.flush_all()
        other = self.make_company("Other Company", "EUR")
        stranger = self.user("report_stranger", "customer_value.group_complaint_manager", other)
        seen = self.Report.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(seen.search([("ticket_id", "=", complaint.id)]))
        self.assertTrue(self.Report.with_user(self.officer).search([("ticket_id", "=", complaint.id)]))
        with self.assertRaises(AccessError):
            self.Report.with_user(self.helper).search([])
        menu = self.env.ref("customer_value.menu_customer_complaint_report").id
        for user, visible in ((self.officer, True), (self.helper, False)):
            self.assertEqual(menu in self.env["ir.ui.menu"].with_user(user).load_menus(False), visible)

    def test_views(self):
        kinds = ("pivot", "graph", "list", "search")
        views = self.Report.with_user(self.officer).get_views([(False, kind) for kind in kinds])["views"]
        self.assertEqual(len(views), 4)
        action = self.env.ref("customer_value.action_customer_complaint")
        self.assertEqual(
            [kind for _view, kind in action.views],
            ["kanban", "list", "calendar", "pivot", "graph", "activity", "form"],
        )
        self.Ticket.with_user(self.officer).get_views(action.views)


@tagged("post_install", "-at_install")
class TestComplaintQueries(ComplaintCase):
    """Nothing grows with the number of complaints that are there already, nor faster than with those at hand."""

    def take_in(self, count):
        partners = self.partners[:count]
        self.Ticket.create(
            [
                {"name": "Late", "description": "Late", "partner_id": partner.id, "company_id": self.company.id,
                 "is_complaint": True, "complaint_type_id": self.type.id, "user_id": self.officer.id}
                for partner in partners
            ]
        )  # fmt: skip

    def board(self):
        tickets = self.Ticket.with_user(self.officer)
        domain = [("is_complaint", "=", True), ("complaint_state", "!=", "closed"),
                  ("company_id", "=", self.company.id)]  # fmt: skip
        named = {"fields": {"display_name": {}}}
        specification = {
            "complaint_number": {}, "name": {}, "complaint_clock": {}, "complaint_regulatory_due": {},
            "complaint_type_id": named, "partner_id": named, "user_id": named, "activity_ids": {"fields": {}},
            "activity_state": {}, "activity_summary": {}, "activity_type_icon": {},
        }  # fmt: skip
        answer = tickets.web_read_group(
            domain, ["complaint_state"], ["__count"], auto_unfold=True, unfold_read_specification=specification
        )
        tickets.read_progress_bar(
            domain, "complaint_state", {"field": "complaint_clock", "colors": {"fine": "success", "late": "danger"}}
        )
        return sum(group["__count"] for group in answer["groups"])

    def test_intake_and_board(self):
        self.partners = self.customers(12, "Quiet Customer")
        self.take_in(1)
        self.board()
        few = self.count_queries(lambda: self.take_in(4))
        # the same again, with more of them there: nothing looks through what is there
        self.assertLessEqual(self.count_queries(lambda: self.take_in(4)), few)
        many = self.count_queries(lambda: self.take_in(8))
        self.assertLessEqual(many, 2 * few)
        self.env.flush_all()
        count = self.board()
        at_n = self.count_queries(self.board)
        self.take_in(12)
        self.take_in(count - 12 if count > 12 else 0)
        self.assertGreaterEqual(self.board(), 2 * count)
        self.assertLessEqual(self.count_queries(self.board), at_n)

    def test_indexes_serve_lists_and_counts(self):
        """Not even a table that is all complaints is read from end to end for one customer, or for the open ones."""
        self.partners = self.customers(300, "Looked Up")
        self.take_in(1)
        self.env.flush_all()
        ticket = self.Ticket.search([("is_complaint", "=", True), ("partner_id", "in", self.partners.ids)])
        insert_like(
            self.env.cr,
            "helpdesk_ticket",
            read_rows(self.env, {"ticket": ticket})["ticket"],
            SQL("generate_series(1, 20000) n"),
            {
                "id": SQL("nextval('helpdesk_ticket_id_seq')"),
                "number": SQL("'many' || n"),
                "complaint_number": SQL("'many' || n"),
                "commercial_partner_id": SQL("(%s)[1 + n %% 300]", self.partners.ids),
                "complaint_state": SQL("CASE WHEN n %% 30 = 0 THEN 'received' ELSE 'closed' END"),
            },
        )
        self.env.cr.execute("ANALYZE helpdesk_ticket")
        tickets = self.Ticket.with_user(self.officer)
        for domain, indexes in (
            # where all tickets are complaints, that of all tickets serves as well
            ([("commercial_partner_id", "in", self.partners[:4].ids)], ("complaint_customer", "value_customer_idx")),
            ([("complaint_state", "!=", "closed")], ("complaint_open",)),
        ):
            query = tickets._search([("is_complaint", "=", True), *domain])
            plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select())))
            self.assertTrue(any(f"helpdesk_ticket_{index}" in plan for index in indexes), plan)

    def test_counting_for_a_page(self):
        self.partners = self.customers(8, "Counted Customer")
        self.take_in(8)
        tickets = self.Ticket.sudo().search([("commercial_partner_id", "in", self.partners.ids)])
        few = self.count_queries(lambda: tickets[:4].mapped("complaint_earlier_count"))
        self.assertLessEqual(self.count_queries(lambda: tickets.mapped("complaint_earlier_count")), few)
