"""What the home page shows: figures are those of the records they open, for whoever looks."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .home_case import SUMS, HomeCase

COLUMNS = ["portfolio", "intimacy", "network", "proposition", "relationship"]


@tagged("post_install", "-at_install")
class TestCustomerHome(HomeCase):
    def values(self, *args):
        return {name: figure["value"] for name, figure in self.figures(*args).items()}

    def test_figures_of_an_account_manager(self):
        """They see their own customers, and no profit, as everywhere."""
        self.assertEqual(
            self.values(self.seller),
            {
                "customers": 8,
                # margins of the buyers are 1, 2, 3 …
                "margin": 36.0,
                "lifetime": sum(range(100, 108)),
                "incomplete": 3,
                "rating": 3.5,
                "contacts": 1,
                "referred": 1,
                "referrals": 215,
                "faceless": 1,
                "benefits": 8,
                "ending": 2,
                "offers": 3,
                "risks": 4,
                "complaints": 2,
                "members": 6,
            },
        )

    def test_figures_of_a_manager(self):
        """They see all, or their own."""
        self.assertEqual(
            self.values(self.boss),
            {
                "customers": 11,
                "margin": 42.0,
                "lifetime": sum(range(100, 111)),
                "incomplete": 5,
                "rating": 8 / 3,
                "contacts": 2,
                "referred": 2,
                "referrals": 215,
                "faceless": 2,
                "benefits": 11,
                "ending": 3,
                "offers": 4,
                "risks": 6,
                "complaints": 3,
                "losing": 3,
            },
        )
        mine = self.values(self.boss, "mine")
        self.assertEqual((mine["customers"], mine["margin"], mine["referred"], mine["losing"]), (3, 6.0, 1, 1))
        self.assertEqual(self.values(self.boss, "all"), self.values(self.boss))

    def test_figures_are_those_of_what_they_open(self):
        for user, scope, *companies in (
            (self.seller, False),
            (self.boss, "all"),
            (self.boss, "mine"),
            (self.officer, "all"),
            (self.user, "mine"),
            (self.boss, "all", self.other),
            (self.seller, "mine", self.other),
            # several companies are chosen: the page is about the first
            (self.boss, "all", self.company, self.other),
            (self.boss, "mine", self.other, self.company),
        ):
            for name, figure in self.figures(user, scope, *companies).items():
                if not figure["action"]:
                    self.assertFalse(figure["value"], name)
                    continue
                records = self.opened(figure, user, *companies)
                with self.subTest(user=user.login, scope=scope, figure=name):
                    if name in SUMS:
                        self.assertAlmostEqual(figure["value"], sum(records.mapped(SUMS[name])), places=2)
                    elif name == "rating":
                        stars = records.sudo().rating_ids.mapped("rating")
                        self.assertAlmostEqual(figure["value"], sum(stars) / len(stars), places=4)
                    else:
                        self.assertEqual(figure["value"], len(records))

    def test_two_companies(self):
        """Customers of both count in each for what they are there."""
        there = self.values(self.boss, "all", self.other)
        self.assertEqual((there["customers"], there["margin"], there["risks"], there["complaints"]), (2, 60.0, 1, 1))
        self.assertEqual((there["lifetime"], there["rating"], there["ending"], there["offers"]), (None, 3.0, 0, 0))
        mine = self.values(self.seller, "mine", self.other)
        self.assertEqual((mine["customers"], mine["risks"], mine["rating"]), (1, 1, 3.0))
        # a company that has not been chosen is as good as unknown
        self.assertEqual(self.values(self.boss, "all", self.company, self.other), self.values(self.boss))

    def test_grid_has_everybody_once(self):
        for user, partners in ((self.seller, self.theirs), (self.boss, self.both)):
            grid = self.as_user(self.Home, user).get_column("portfolio")["grid"]
            seen = self.Score.browse()
            for row in grid["rows"]:
                for cell in row["cells"]:
                    scores = self.opened(cell, user)
                    self.assertEqual(cell["value"], len(scores))
                    self.assertFalse(scores & seen.with_env(scores.env))
                    seen |= scores.with_env(self.env)
            self.assertEqual(seen.partner_id, partners)
        # potentials are 0, 10, 20, 30 in turns, and the mean of those who have any is 20 - 1 / 4
        [_none, some, high] = (sum(row["cells"][band]["value"] for row in grid["rows"]) for band in range(3))
        self.assertEqual((some, high), (3, 5))

    # -- who may see what ------------------------------------------------------------------------------------------

    def test_whose_customers(self):
        home = {user: self.as_user(self.Home, user).get_home() for user in (self.seller, self.boss, self.officer)}
        self.assertEqual({user: page["scope"] for user, page in home.items()}, {
            self.seller: "mine", self.boss: "all", self.officer: "all",
        })  # fmt: skip
        # only who has both can choose
        self.assertEqual({user: page["scopes"] for user, page in home.items()}, {
            self.seller: [], self.boss: ["mine", "all"], self.officer: [],
        })  # fmt: skip
        with self.assertRaises(AccessError):
            self.as_user(self.Home, self.seller).get_column("portfolio", "all")
        with self.assertRaises(AccessError):
            self.as_user(self.Home, self.seller).get_home("all")
        outsider = self.person("outsider", "base.group_user")
        with self.assertRaises(AccessError):
            self.as_user(self.Home, outsider).get_home()
        with self.assertRaises(AccessError):
            self.as_user(self.Home, outsider).get_column("portfolio")
        with self.assertRaises(UserError):
            self.as_user(self.Home, self.boss).get_column("make_sight")
        with self.assertRaises(UserError):
            self.as_user(self.Home, self.boss).get_home("everything")

    def test_who_may_not_open_records_is_not_shown_their_number(self):
        """Without access to tickets there is no figure of them, and another stands in its place."""
        self.theirs.user_id = self.user
        names = set(self.figures(self.user))
        self.assertFalse(names & {"complaints", "rating", "losing"})
        self.assertLessEqual({"quiet", "members", "lost"}, names)
        self.assertLessEqual({"complaints", "rating", "members"}, set(self.figures(self.officer)))

    # -- what to do next -------------------------------------------------------------------------------------------

    def next_steps(self, user, scope=False, *companies):
        Home = self.as_user(self.Home, user, *companies)
        with self.reading_only():
            return {code: Home.get_column(code, scope)["next"] for code in COLUMNS}

    def test_next_steps_come_from_the_data(self):
        steps = self.next_steps(self.seller)
        self.assertIn(f"Sell more to {self.theirs[3].name}", steps["portfolio"]["sentence"])
        self.assertIn("30.00", steps["portfolio"]["sentence"])
        self.assertIn(f"Complete {self.theirs[7].name}", steps["intimacy"]["sentence"])
        self.assertIn(f"Find out who decides at {self.theirs[3].name}", steps["network"]["sentence"])
        self.assertIn(f"{self.theirs[1].name} is about to lose their tier", steps["proposition"]["sentence"])
        # of customers at risk, the most at stake
        self.assertIn(self.theirs[4].name, steps["relationship"]["sentence"])
        for code, step in steps.items():
            self.assertTrue(step["button"] and step["action"], code)

    def test_an_overdue_answer_comes_first(self):
        ticket = self.env["helpdesk.ticket"].search(
            [("partner_id", "=", self.theirs[2].id), ("is_complaint", "=", True)]
        )
        self.env.cr.execute("UPDATE helpdesk_ticket SET complaint_answer_due = '2025-06-20' WHERE id = %s", [ticket.id])
        self.env.invalidate_all()
        step = self.next_steps(self.boss)["relationship"]
        self.assertIn(f"Answer complaint {ticket.complaint_number}", step["sentence"])
        self.assertEqual((step["action"]["res_model"], step["action"]["res_id"]), ("helpdesk.ticket", ticket.id))
        self.assertNotIn("Answer complaint", self.next_steps(self.boss, "mine")["relationship"]["sentence"])

    def test_an_empty_company_is_told_where_to_begin(self):
        empty = self.make_company("Empty Company", "USD")
        (self.boss | self.seller | self.idle).company_ids |= empty
        for step in self.next_steps(self.boss, "all", empty).values():
            self.assertIn("Start a run", step["sentence"])
            self.assertEqual(step["action"]["res_model"], "customer.value.run")
        for step in self.next_steps(self.seller, "mine", empty).values():
            self.assertIn("Ask a manager", step["sentence"])
        for step in self.next_steps(self.idle).values():
            self.assertIn("No customers are yours yet", step["sentence"])
        for figure in self.figures(self.boss, "all", empty).values():
            self.assertFalse(figure["value"] or figure["action"], figure["name"])
        self.assertFalse(self.as_user(self.Home, self.boss, empty).get_column("portfolio")["grid"])
        # a run of nobody is not to be started over and over, if orders can be opened instead
        self.boss.group_ids += self.env.ref("sales_team.group_sale_salesman")
        self.Policy._get_active(empty)._run(as_of="2025-06-30")
        for step in self.next_steps(self.boss, "all", empty).values():
            self.assertIn("found nobody to score", step["sentence"])
            self.assertEqual(step["action"]["res_model"], "sale.order")

    # -- queries ---------------------------------------------------------------------------------------------------

    def test_as_many_queries_for_twice_as_many_customers(self):
        def ask():
            Home = self.as_user(self.Home, self.boss)
            Home.get_home()
            for code in COLUMNS:
                Home.get_column(code)

        ask()
        before = self.count_queries(ask)
        self.buyers(11, "New", user_id=self.seller.id)
        self.run_policy(as_of="2025-06-30")
        self.end_tiers(self.theirs[:2])
        self.assertEqual(self.count_queries(ask), before)
