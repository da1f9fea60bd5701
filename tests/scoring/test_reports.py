"""The PDFs show what another way of counting finds, and only to those who may see it."""

import re
from collections import Counter, defaultdict

from lxml import html
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..core.printing import find_in_path_or_none
from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase

REVIEW = "customer_value.report_review"

STATEMENT = "customer_value.report_statement"

OF_PARTNER = "customer_value.report_statement_partner"


class ReportCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.make_company("Other Company", "EUR")
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.riser, cls.faller, cls.steady, cls.leaver, cls.fresh = (
            cls.customer(name) for name in ("Riser", "Faller", "Steady", "Gone away", "Fresh")
        )
        amounts = {cls.riser: 45, cls.faller: 90, cls.steady: 50, cls.leaver: 60}
        for partner, amount in amounts.items():
            cls.invoice(partner, "2025-01-10", amount)
        cls.first_run = cls.run_policy(as_of=AS_OF.replace(month=1, day=31))
        cls.invoice(cls.riser, "2025-02-10", 40)
        cls.credit_note(cls.faller, "2025-02-10", 60)
        cls.invoice(cls.fresh, "2025-02-10", 12.5)
        cls.leaver.active = False
        cls.simulated = cls.run_policy(simulate=True)
        cls.applied = cls.run_policy()
        # what a person would write down: tier before, tier after, revenue
        cls.expected = {
            cls.riser: ("Middle", "Top", 85),
            cls.faller: ("Top", "Base", 30),
            cls.steady: ("Middle", "Middle", 50),
            cls.leaver: ("Middle", None, 60),
            cls.fresh: (None, "Base", 12.5),
        }
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        sales = "sales_team.group_sale_salesman_all_leads"
        cls.manager = new_test_user(cls.env, "report_manager", "customer_value.group_customer_value_manager", **company)
        cls.reader = new_test_user(
            cls.env, "report_reader", f"{sales},customer_value.group_customer_value_user", **company
        )
        cls.seller = new_test_user(cls.env, "report_seller", sales, **company)
        theirs = {"company_id": cls.other_company.id, "company_ids": [Command.set(cls.other_company.ids)]}
        cls.stranger = new_test_user(
            cls.env, "report_stranger", f"{sales},customer_value.group_customer_value_manager", **theirs
        )

    def render(self, report, records, user=None, lang="en_US"):
        Report = self.env["ir.actions.report"].with_user(user or self.manager)
        company = Report.env.user.company_id
        Report = Report.with_context(lang=lang, allowed_company_ids=company.ids)
        return html.fromstring(Report._render_qweb_html(report, records.ids)[0])

    def table(self, tree, title):
        """Rows of the table below a heading, as lists of texts."""
        heading = next(node for node in tree.iter("h3") if title in node.text_content())
        table = next(node for node in heading.itersiblings() if node.tag == "table")
        return [
            [" ".join(cell.text_content().replace("\xa0", " ").split()) for cell in row if cell.tag in ("td", "th")]
            for row in table.iter("tr")
        ]

    def text(self, tree):
        return " ".join(tree.text_content().replace("\xa0", " ").split())


@tagged("post_install", "-at_install")
class TestReview(ReportCase):
    def check_matrix(self, tree):
        cells = Counter((before, after) for before, after, _revenue in self.expected.values())
        revenue = defaultdict(float)
        for before, after, amount in self.expected.values():
            revenue[before, after] += amount
        header, *rows = self.table(tree, "Tier changes")
        self.assertEqual(header[1:], ["Top", "Middle", "Base", "Left"])
        found = {}
        for row in rows:
            name = row[0].split()[0]
            for column, cell in zip(header[1:], row[1:], strict=True):
                if cell:
                    customers, _symbol, amount, _percent = cell.split()
                    key = (None if name == "New" else name, None if column == "Left" else column)
                    found[key] = int(customers)
                    self.assertAlmostEqual(float(amount), revenue[key], delta=0.51)
        self.assertEqual(found, cells)

    def check_movers(self, tree):
        for title, partner in (
            ("Up: 1", self.riser),
            ("Down: 1", self.faller),
            ("New: 1", self.fresh),
            ("No longer customers: 1", self.leaver),
        ):
            _header, row = self.table(tree, title)
            before, after, _revenue = self.expected[partner]
            self.assertEqual(row[:3], [partner.name, before or "–", after or "–"])

    def test_simulated_and_applied_show_the_same_moves(self):
        for run, words in ((self.simulated, "nothing has changed"), (self.applied, "the new tiers are in effect")):
            tree = self.render(REVIEW, run)
            self.check_matrix(tree)
            self.check_movers(tree)
            self.assertIn(words, self.text(tree))
            self.assertIn(f"version {self.policy.version}", self.text(tree))

    def test_revenue_by_tier(self):
        _header, *rows = self.table(self.render(REVIEW, self.applied), "Revenue by tier")
        total = sum(revenue for _before, after, revenue in self.expected.values() if after)
        for name, _bar, customers, _revenue, share in rows:
            before = [revenue for tier, _after, revenue in self.expected.values() if tier == name]
            after = [revenue for _before, tier, revenue in self.expected.values() if tier == name]
            self.assertEqual(customers, f"{len(before)} {len(after)}")
            self.assertEqual(share, f"{100 * sum(after) / total:.1f}%")

    def test_average_contributions(self):
        """Against the scores read one by one."""
        self.make_policy({"revenue": {"weight": 3}, "order_count": {"weight": 1}}, name="Two dimensions")
        self.order(self.riser, "2025-03-01")
        run = self.run_policy()
        scores = self.Score.search([("company_id", "=", self.company.id)])
        _header, *rows = self.table(self.render(REVIEW, run), "Score breakdown by dimension")
        labels = dict(self.Source._selection_metric())
        found = {row[0]: row[2:] for row in rows}
        self.assertEqual(set(found), {labels["revenue"], labels["order_count"]})
        for metric, maximum in (("revenue", 75.0), ("order_count", 25.0)):
            values = [score.contributions[metric]["contribution"] for score in scores]
            tiers = [
                [score.contributions[metric]["contribution"] for score in scores if score.tier_id == tier]
                for tier in scores.tier_id.sorted("entry_score", reverse=True)
            ]
            averages = [float(number) for number in found[labels[metric]]]
            expected = [sum(values) / len(values), maximum, *(sum(part) / len(part) for part in tiers)]
            for number, wanted in zip(averages, expected, strict=True):
                self.assertAlmostEqual(number, wanted, delta=0.051)

    def test_an_undone_run_says_so(self):
        self.applied.action_undo()
        tree = self.render(REVIEW, self.applied)
        self.assertIn("Applied and undone", self.text(tree))
        self.check_movers(tree)

    def test_movers_of_a_simulation_that_are_forgotten(self):
        self.simulated.move_ids.unlink()
        tree = self.render(REVIEW, self.simulated)
        self.check_matrix(tree)
        self.assertIn("kept for a month", self.text(tree))

    def test_no_result_yet(self):
        draft = self.Run.create({"policy_id": self.policy.id, "as_of": AS_OF})
        with self.assertRaisesRegex(UserError, "no result yet"):
            self.render(REVIEW, draft)

    def test_who_may_print(self):
        for user in (self.reader, self.seller, self.stranger):
            with self.assertRaises(AccessError):
                self.render(REVIEW, self.applied, user)

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(count):
            for partner in self.customers(count, f"Many {count}"):
                self.invoice(partner, "2025-01-10", 90)
            run = self.run_policy()
            self.env.invalidate_all()
            self.env.registry.clear_cache("templates")
            self.render(REVIEW, run)
            return self.count_queries(lambda: self.render(REVIEW, run))

        self.assertLessEqual(abs(queries(40) - queries(20)), 3)


@tagged("post_install", "-at_install")
class TestStatement(ReportCase):
    def test_figures_and_words(self):
        score = self.score(self.riser)
        text = self.text(self.render(STATEMENT, score, self.reader))
        self.assertIn("Internal. For account managers of Value Company", text)
        self.assertIn("$ 85.00 Eighty-Five Dollars", text)
        self.assertIn("Top since", text)
        rows = self.table(self.render(STATEMENT, score, self.reader), "Score breakdown")
        self.assertEqual(sum(float(row[3]) for row in rows[1:-1]), score.score)
        self.assertEqual(rows[1][1], "$ 85.00")

    def test_history_of_tiers(self):
        _header, *rows = self.table(self.render(STATEMENT, self.score(self.riser), self.reader), "Tier history")
        self.assertEqual([row[1:3] for row in rows], [["Middle", "Top"], ["–", "Middle"]])

    def test_benefits(self):
        term = self.env["account.payment.term"].create({"name": "60 days for members", "company_id": self.company.id})
        self.tier("Top").write({"payment_term_id": term.id, "benefit_text": "<p>Free <b>delivery</b></p>"})
        text = self.text(self.render(STATEMENT, self.score(self.riser), self.reader))
        self.assertIn("60 days for members", text)
        self.assertIn("Free delivery", text)
        text = self.text(self.render(STATEMENT, self.score(self.steady), self.reader))
        self.assertIn("No benefits are defined", text)

    def test_gauge_ends_where_the_score_is(self):
        for value, (x, y) in ((50, (60, 10)), (100, (110, 60)), (25, (24.64, 24.64))):
            gauge = self.env["report.customer_value.report_statement"]._get_gauge(value)
            _track, path = re.findall(r' d="([^"]+)"', gauge)
            found = [float(number) for number in re.findall(r"[\d.]+", path)][-2:]
            self.assertAlmostEqual(found[0], x, 2)
            self.assertAlmostEqual(found[1], y, 2)
        empty = self.env["report.customer_value.report_statement"]._get_gauge(0)
        self.assertEqual(len(re.findall(r' d="', empty)), 1, "Only the track")

    def test_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.riser.lang = "en_US"
        text = self.text(self.render(STATEMENT, self.score(self.riser), self.reader, lang="zh_CN"))
        self.assertIn("八十五美元", text)

    def test_of_a_contact(self):
        contact = self.customer("Contact", parent_id=self.riser.id)
        for partner in (contact, self.riser):
            self.assertIn("Eighty-Five", self.text(self.render(OF_PARTNER, partner, self.reader)))
        # the best first, and no customer without a score
        text = self.text(self.render(OF_PARTNER, self.steady | self.riser | self.customer("Nobody"), self.reader))
        self.assertLess(text.index("Eighty-Five"), text.index("Fifty Dollars"))
        self.assertNotIn("Nobody", text)
        with self.assertRaisesRegex(UserError, "no score"):
            self.render(OF_PARTNER, self.customer("Nobody"), self.reader)

    def test_who_may_print(self):
        score = self.score(self.riser)
        for user in (self.seller, self.stranger):
            with self.assertRaises(AccessError):
                self.render(STATEMENT, score, user)
        with self.assertRaises(UserError):
            # a shared customer, who has no score in the company of this one
            self.render(OF_PARTNER, self.riser, self.stranger)
        with self.assertRaises(AccessError):
            self.render(OF_PARTNER, self.riser, self.seller)

    # Debian's wkhtmltopdf tells of each switch that it does not know
    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_pdf(self):
        if not find_in_path_or_none("wkhtmltopdf"):
            self.skipTest("wkhtmltopdf is not installed: Odoo cannot print on this machine either")
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        # several in one go as well: Debian's wkhtmltopdf cannot join documents
        scores = self.score(self.riser) | self.score(self.steady)
        for report, records in ((REVIEW, self.simulated | self.applied), (STATEMENT, scores)):
            content, kind = Report._render_qweb_pdf(report, res_ids=records.ids)
            self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))
