"""What scoring elsewhere got wrong, each as a test that holds here."""

from datetime import date

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase

# Refuses what belongs to the workflow of complaints; an ordinary ticket runs no query of ours (see the test of that)
GUARDS = {
    "helpdesk.ticket": (
        "odoo.addons.customer_value.models.core.customer_value_workflow_record",
        "odoo.addons.customer_value.models.complaint.helpdesk_ticket",
    ),
    # what is given away on an order is looked at when it is entered; nothing follows from it for anybody's score. With
    # the state follow its customer, and the competitors met: fields that depend on it would cost each order queries
    "sale.order": (
        "odoo.addons.customer_value.models.core.customer_value_workflow_record",
        "odoo.addons.customer_value.models.scoring.sale_order",
        "odoo.addons.customer_value.models.competition.sale_order",
        "odoo.addons.customer_value.models.tier.sale_order_approval",
    ),
    "sale.order.line": (
        "odoo.addons.customer_value.models.core.customer_value_workflow_record",
        "odoo.addons.customer_value.models.tier.sale_order_line",
    ),
    # who referred a customer is entered on them when the lead is won; what leads are worth is set by a job alone
    "crm.lead": (
        "odoo.addons.customer_value.models.core.customer_value_workflow_record",
        "odoo.addons.customer_value.models.network.crm_lead",
    ),
}
# Stored fields of partners that are computed, from what stands on partners: that no document leads to them is tested
OF_PARTNERS = {"value_phone_e164"}


@tagged("post_install", "-at_install")
class TestRevenueLessons(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer()

    def revenue(self, partner=None, company=None):
        return self.score(partner or self.partner, company).revenue

    def test_line_with_two_taxes(self):
        """Joining the taxes of a line counts it once for each tax: a line with two counted twice."""
        taxes = self.env["account.tax"].create(
            [{"name": f"Tax {rate}", "amount": rate, "company_id": self.company.id} for rate in (10, 5)]
        )
        lines = [{"price_unit": 100.0, "tax_ids": [Command.set(taxes.ids)]}]
        move = self.invoice(self.partner, lines=lines)
        self.order(self.partner, lines=lines)
        self.assertEqual(move.amount_total, 115)
        self.run_policy()
        self.assertEqual(self.revenue(), 100)
        self.assertEqual(self.score(self.partner).order_count, 1)

    def test_line_discount(self):
        """Price times quantity is not what the customer pays where the line has a discount."""
        self.invoice(self.partner, lines=[{"price_unit": 100.0, "quantity": 3.0, "discount": 25.0}])
        self.run_policy()
        self.assertEqual(self.revenue(), 225)

    def test_services_count(self):
        """Services are never delivered from stock: taking delivered quantities made them worth nothing."""
        service = {"product_id": self.service.id, "price_unit": 80.0, "purchase_price": 30.0}
        order = self.order(self.partner, lines=[service])
        move = order._create_invoices()
        move.write({"invoice_date": AS_OF, "date": AS_OF})
        move.action_post()
        self.run_policy()
        self.assertEqual(self.revenue(), 80)
        self.assertEqual(self.score(self.partner).margin, 50)

    def test_tax_included_in_the_price(self):
        """The state's share is no revenue of ours."""
        tax = self.env["account.tax"].create(
            {
                "name": "Included",
                "amount": 25.0,
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        self.invoice(self.partner, lines=[{"price_unit": 125.0, "tax_ids": [Command.set(tax.ids)]}])
        self.run_policy()
        self.assertEqual(self.revenue(), 100)

    def test_any_depth_of_contacts(self):
        """One level of parents is not enough: offices have departments, departments have people."""
        contact = self.partner
        for level in range(1, 6):
            contact = self.customer(f"Level {level}", parent_id=contact.id)
            self.invoice(contact, amount=10.0**level)
        self.run_policy()
        self.assertEqual(self.revenue(), 111110)
        self.assertEqual(self.Score.search([("company_id", "=", self.company.id)]).partner_id, self.partner)

    def test_two_companies_with_two_currencies(self):
        """One partner who buys from two companies: two results, each right in its own currency."""
        other = self.make_company("Europe", "EUR")
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "company_id": other.id, "name": "2025-01-01", "rate": 2.0}
        )
        self.invoice(self.partner, amount=100)
        self.order(self.partner, amount=100)
        self.invoice(self.partner, amount=30, company=other)
        self.invoice(self.partner, amount=30, company=other, currency=dollar)
        self.order(self.partner, amount=30, company=other)
        self.order(self.partner, amount=30, company=other)
        self.run_policy()
        self.Policy._get_active(other)._run(as_of=AS_OF)
        self.assertEqual((self.revenue(), self.score(self.partner).order_count), (100, 1))
        self.assertEqual((self.revenue(company=other), self.score(self.partner, other).order_count), (45, 2))
        self.assertEqual(self.score(self.partner, other).currency_id.name, "EUR")
        ours, theirs = self.score(self.partner), self.score(self.partner, other)
        self.assertEqual((ours.policy_id.company_id, theirs.policy_id.company_id), (self.company, other))

    def test_the_date_of_the_run_is_honoured(self):
        """A wizard that shows a date and ignores it: the past was scored with the knowledge of today."""
        self.invoice(self.partner, "2025-03-31", 40)
        self.order(self.partner, "2025-03-31", 40)
        self.run_policy(as_of=date(2025, 3, 31))
        known = self.score(self.partner).read(
            ["score", "revenue", "order_count", "recency_days", "metrics", "contributions"]
        )
        self.invoice(self.partner, "2025-04-01", 40)
        self.order(self.partner, "2025-04-01", 40)
        self.credit_note(self.partner, "2025-04-02", 10)
        self.run_policy(as_of=date(2025, 4, 2))
        self.assertEqual((self.revenue(), self.score(self.partner).order_count), (70, 2))
        self.run_policy(as_of=date(2025, 3, 31))
        again = self.score(self.partner).read(
            ["score", "revenue", "order_count", "recency_days", "metrics", "contributions"]
        )
        self.assertEqual(again, known)

    def test_honest_complaints_cost_nothing(self):
        """Customers who complain want to stay: a score that falls with every ticket punishes the best customers."""
        self.invoice(self.partner, amount=100)
        self.run_policy()
        before = self.score(self.partner).score
        for _ticket in range(3):
            self.ticket(self.partner)
        run = self.run_policy()
        self.assertEqual((self.score(self.partner).score, run.changed_count), (before, 0))

    def test_margin_is_money_kept(self):
        """Value by revenue flatters customers who return everything: margin is net of returns and of compensation."""
        keeper, returner = self.customers(2)
        for partner in (keeper, returner):
            order = self.order(partner, "2025-05-01", 100, cost=60)
            move = order._create_invoices()
            move.write({"invoice_date": "2025-05-01", "date": "2025-05-01"})
            move.action_post()
        refund = move._reverse_moves([{"invoice_date": "2025-05-10", "date": "2025-05-10"}])
        refund.action_post()
        self.credit_note(keeper, "2025-05-10", 5)
        self.run_policy()
        self.assertEqual((self.score(keeper).margin, self.revenue(keeper)), (35, 95))
        self.assertEqual((self.score(returner).margin, self.revenue(returner)), (0, 0))


@tagged("post_install", "-at_install")
class TestRankLessons(ValueCase):
    def score_revenues(self, amounts):
        """One customer for each amount, scored; their rows in the same order."""
        partners = self.customers(len(amounts))
        for partner, amount in zip(partners, amounts, strict=True):
            self.invoice(partner, amount=amount)
            self.order(partner, amount=amount)
        self.run_policy()
        self.env.invalidate_all()
        rows = {row.partner_id: row for row in self.Score.search([("partner_id", "in", partners.ids)])}
        return [rows[partner] for partner in partners]

    def classes(self, *amounts):
        return "".join(row.abc_class for row in self.score_revenues(amounts))

    def test_equal_customers_get_equal_scores(self):
        """Ranks by row number part equal customers wherever the group happens to be full."""
        for amounts in ([50] * 10, [10, 50, 50, 50, 50, 50, 50, 50, 90], [50, 50, 50, 10, 10, 90, 90, 90, 90, 90, 90]):
            with self.subTest(amounts=amounts), self.env.cr.savepoint() as savepoint:
                seen = {}
                for amount, row in zip(amounts, self.score_revenues(amounts), strict=True):
                    seen.setdefault(amount, set()).add(
                        (row.score, row.rfm_code, row.segment_id, row.abc_class, row.tier_id)
                    )
                self.assertEqual({amount: len(found) for amount, found in seen.items()}, dict.fromkeys(set(amounts), 1))
                savepoint.rollback()

    def test_the_customer_who_crosses_the_line_is_in(self):
        """60 and 30 together bring 90%: the second crosses 80% and belongs to A, and so on."""
        self.assertEqual(self.classes(60, 30, 6, 4), "AABC")

    def test_the_line_reached_exactly(self):
        self.assertEqual(self.classes(80, 15, 5), "ABC")

    def test_a_single_dominant_customer_is_a(self):
        self.assertEqual(self.classes(9700, 200, 100), "ACC")

    def test_the_only_customer_is_a(self):
        self.assertEqual(self.classes(5), "A")

    def test_equal_customers_are_in_one_class(self):
        """Ten equal customers: eight of them bring 80%, but nothing tells them from the other two."""
        self.assertEqual(self.classes(*[10] * 10), "A" * 10)

    def test_order_of_customers_does_not_matter_for_classes(self):
        self.assertEqual(self.classes(4, 30, 60, 6), "CAAB")

    def test_who_brings_nothing_is_c(self):
        self.assertEqual(self.classes(0, 0), "CC")
        partner = self.customer()
        self.credit_note(partner, amount=10)
        self.run_policy()
        self.assertEqual(self.score(partner).abc_class, "C")

    def test_classes_by_margin(self):
        self.Policy._get_active(self.company).abc_basis = "margin"
        big, good = self.customers(2)
        for partner, amount, cost in ((big, 1000, 990), (good, 100, 10)):
            self.invoice(partner, amount=amount)
            self.order(partner, amount=amount, cost=cost)
        self.run_policy()
        self.assertEqual((self.score(big).abc_class, self.score(good).abc_class), ("B", "A"))

    def test_score_on_the_threshold(self):
        """Tiers sorted wrongly or compared wrongly: exactly on a threshold, just below it, just above, nothing."""
        self.make_policy(ONE_TO_ONE, {"Middle": 40.0, "Base": 0.0, "Top": 80.0, "Low": 12.5})
        expected = {
            100: "Top", 80.01: "Top", 80: "Top", 79.99: "Middle", 40: "Middle", 39.99: "Low", 12.5: "Low",
            12.49: "Base", 0.01: "Base", 0: "Base",
        }  # fmt: skip
        rows = self.score_revenues(list(expected))
        self.assertEqual([row.score for row in rows], list(expected))
        self.assertEqual([row.tier_id.name for row in rows], list(expected.values()))


@tagged("post_install", "-at_install")
class TestWritingLessons(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.one, cls.two, cls.three = cls.customers(3)
        for partner, amount in ((cls.one, 30), (cls.two, 50), (cls.three, 50)):
            cls.invoice(partner, "2025-06-01", amount)
            cls.order(partner, "2025-06-01", amount)
        cls.run_policy()

    def test_second_run_writes_nothing(self):
        before = {name: self.rows(name) for name in ("customer_value_score", "customer_value_history", "res_partner")}
        run = self.run_policy()
        self.assertEqual((run.customer_count, run.changed_count), (3, 0))
        for name, rows in before.items():
            self.assertEqual(self.rows(name), rows, name)

    def test_only_rows_that_changed_are_written(self):
        """Emptying a field of every partner at each run rewrote the whole table."""
        before = {row[2]["partner_id"]: row for row in self.rows("customer_value_score")}
        partners = self.rows("res_partner")
        self.lead(self.one)
        self.order(self.one, "2025-06-01", 5)
        run = self.run_policy()
        after = {row[2]["partner_id"]: row for row in self.rows("customer_value_score")}
        changed = {partner for partner, row in after.items() if row != before[partner]}
        self.assertEqual(changed, {self.one.id})
        self.assertEqual(run.changed_count, 1)
        self.assertEqual(
            [row for row in self.rows("res_partner") if row[2]["id"] != self.one.id],
            [row for row in partners if row[2]["id"] != self.one.id],
        )

    def test_smaller_steps_of_the_history_do_not_repeat_entries(self):
        """An entry for a small change belongs to the run that brings it, not to each one after."""
        self.invoice(self.one, "2025-06-02", 3)
        self.run_policy()
        entries = len(self.history(self.one))
        self.policy.history_step = 1
        self.run_policy()
        self.run_policy()
        self.assertLessEqual(len(self.history(self.one)), entries + 1)
        self.invoice(self.one, "2025-06-02", 1)
        self.run_policy()
        self.assertGreater(len(self.history(self.one)), entries)

    def test_leaving_a_segment_is_recorded(self):
        """A history of the members of a segment alone does not show which have left it."""
        segment = self.score(self.two).segment_id
        self.order(self.two, "2025-06-30", 1)
        self.run_policy()
        self.assertNotEqual(self.score(self.two).segment_id, segment)
        entry = self.history(self.two)[-1]
        self.assertEqual(
            (entry.event, entry.previous_segment_id, entry.segment_id),
            ("changed", segment, self.score(self.two).segment_id),
        )

    def test_leaving_the_population_is_recorded(self):
        segment, tier = self.score(self.three).segment_id, self.score(self.three).tier_id
        self.env["sale.order"].search([("partner_id", "=", self.three.id)])._action_cancel()
        moves = self.env["account.move"].search([("partner_id", "=", self.three.id)])
        moves.button_draft()
        moves.button_cancel()
        run = self.run_policy()
        self.assertEqual(run.left_count, 1)
        self.assertFalse(self.score(self.three))
        entry = self.history(self.three)[-1]
        self.assertEqual((entry.event, entry.previous_segment_id, entry.previous_tier_id), ("left", segment, tier))
        self.assertFalse(entry.segment_id)
        self.assertEqual(entry.previous_score, 50)
        self.assertEqual(self.run_policy().left_count, 0, "once")

    def test_no_stored_field_of_partners_follows_documents(self):
        """A stored field of partners that depends on invoices brought whole servers down: nothing here does."""
        documents = {
            "sale.order", "sale.order.line", "account.move", "account.move.line", "account.payment", "crm.lead",
            "helpdesk.ticket", "account.partial.reconcile", "customer.value.score",
        }  # fmt: skip
        ours = {
            name
            for name, field in self.env["res.partner"]._fields.items()
            if "customer_value" in field._modules or name.startswith("value_")
        }
        self.assertIn("value_tier_id", ours)
        for name in ours:
            field = self.env["res.partner"]._fields[name]
            self.assertFalse(field.store and field.compute and name not in OF_PARTNERS, name)
        for model in documents:
            for name, field in self.env[model]._fields.items():
                triggered = self.registry.get_dependent_fields(field)
                hit = [
                    f"{other.model_name}.{other.name}"
                    for other in triggered
                    if other.model_name == "res.partner" and other.name in ours
                ]
                self.assertFalse(hit, f"{model}.{name}")

    def test_documents_are_not_hooked(self):
        """Changing an order, an invoice, a ticket or an opportunity runs no code of ours."""
        documents = (
            "sale.order",
            "sale.order.line",
            "account.move",
            "account.move.line",
            "helpdesk.ticket",
            "crm.lead",
        )
        for model in documents:
            for cls in type(self.env[model]).mro():
                if "customer_value" in cls.__module__ and cls.__module__ not in GUARDS.get(model, ()):
                    self.assertFalse({"write", "_write", "unlink"} & vars(cls).keys(), f"{model}: {cls}")

    def test_documents_score_nobody(self):
        """A new document may be treated by the tier of its customer; it never changes the score: only runs do."""
        names = ("customer_value_score", "customer_value_history", "customer_value_run")
        before = {name: self.rows(name) for name in names}
        order = self.order(self.one, "2025-06-10", 70)
        move = self.invoice(self.one, "2025-06-10", 70)
        self.pay(move, "2025-06-11")
        lead, ticket = self.lead(self.one), self.ticket(self.one)
        order.order_line.price_unit = 80
        lead.write({"expected_revenue": 5})
        ticket.write({"name": "Changed"})
        for name, rows in before.items():
            self.assertEqual(self.rows(name), rows, name)
        self.run_policy()
        self.assertNotEqual(self.rows("customer_value_score"), before["customer_value_score"], "the run does")


@tagged("post_install", "-at_install")
class TestSegmentLessons(ValueCase):
    """Somebody will ask "what if it is 541?": every code has exactly one segment, or the table is not saved."""

    def box(self, name):
        return self.policy.segment_ids.filtered(lambda segment: segment.name == name)

    def test_every_code_has_one_segment(self):
        codes = [code for segment in self.policy.segment_ids for code in segment._codes()]
        self.assertEqual(sorted(codes), [(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)])

    def test_the_four_classic_groups_are_among_them(self):
        owner = {code: segment.name for segment in self.policy.segment_ids for code in segment._codes()}
        self.assertEqual(owner[5, 5, 5], "High value")
        self.assertEqual(owner[1, 5, 3], "Important to keep")
        self.assertEqual(owner[5, 1, 1], "New")
        self.assertEqual(owner[1, 1, 1], "Low value")

    def test_gap(self):
        with self.assertRaisesRegex(ValidationError, r"No segment covers 331\. Extend"):
            self.box("Average").m_min = 2

    def test_gap_of_many_codes(self):
        with self.assertRaisesRegex(
            ValidationError, "No segment covers 441, 442, 443, 451, 452, 453, 541, 542 and 4 more"
        ):
            self.box("Loyal, small baskets").unlink()

    def test_overlap(self):
        with self.assertRaisesRegex(
            ValidationError, r"Several segments cover 443, 453, 543, 553 \(.*High value.*\). Narrow"
        ):
            self.box("High value").m_min = 3

    def test_gap_and_overlap_are_told_together(self):
        box = self.box("New, large orders")
        with self.assertRaises(ValidationError) as caught:
            self.policy.write(
                {
                    "segment_ids": [
                        Command.update(box.id, {"m_min": 4}),
                        Command.update(self.box("New").id, {"f_max": 3}),
                    ]
                }
            )
        self.assertIn("No segment covers 413, 423, 513, 523", str(caught.exception))
        self.assertIn("Several segments cover 431", str(caught.exception))

    def test_moving_a_border_in_one_go(self):
        """One box shrinks and another grows: judged when both are written, not in between."""
        high, loyal = self.box("High value"), self.box("Loyal, small baskets")
        self.policy.write(
            {"segment_ids": [Command.update(high.id, {"m_min": 3}), Command.update(loyal.id, {"m_max": 2})]}
        )
        self.assertIn((5, 5, 3), set(high._codes()))

    def test_code_541_is_scored(self):
        """The customer bought recently and often, but for very small amounts."""
        partners = self.customers(25)
        for place, partner in enumerate(partners):
            self.order(partner, date(2025, 1, 1 + place), 10)
            self.invoice(partner, date(2025, 1, 1 + place), 100 + place)
        odd = self.customer("Odd")
        for _order in range(5):
            self.order(odd, "2025-06-30", 1)
        self.invoice(odd, "2025-06-30", 1)
        self.run_policy()
        score = self.score(odd)
        self.assertEqual(score.rfm_code[0] + score.rfm_code[2], "51")
        self.assertEqual(score.segment_id.name, "Loyal, small baskets")

    def test_without_orders_there_is_no_code(self):
        partner = self.customer()
        self.invoice(partner)
        self.run_policy()
        self.assertFalse(self.score(partner).rfm_code)
        self.assertFalse(self.score(partner).segment_id)
        self.assertEqual(self.score(partner).lifecycle, "prospect")
