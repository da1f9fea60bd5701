"""Totals of monthly figures: the same answers as the figures themselves, whatever happens to these."""

import itertools
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...analytics.fact import totals
from .fact_case import FactCase

KEYS = [
    "month:month", "month:year", "tier_id", "segment_id", "lifecycle", "risk_level", "origin", "is_closed", "user_id",
]  # fmt: skip
NUMBERS = ["__count", "revenue:sum", "margin:sum", "order_count:sum", "score:avg", "lifetime_value:avg"]


@tagged("post_install", "-at_install")
class TestFactTotal(FactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.customers(6)
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.sellers = [new_test_user(cls.env, f"fact-seller-{number}", **company) for number in range(2)]
        for partner, seller in zip(cls.partners, [*cls.sellers, *cls.sellers, None, cls.sellers[0]], strict=True):
            partner.user_id = seller
        for number, partner in enumerate(cls.partners):
            for month in range(1, 6):
                if (number + month) % 3:
                    cls.order(partner, date(2025, month, 3 + number), 100.0 * (number + 1) + month, cost=7.0)
        cls.rebuild(2, 3, 4, 5)
        cls.reader = new_test_user(
            cls.env,
            "fact-reader",
            groups="customer_value.group_customer_value_user",
            **company,
        )

    def facts(self):
        return self.env["customer.value.fact"].with_user(self.reader).with_company(self.company)

    def asked(self, facts=None, domain=()):
        """Answers to all pairs of groups, one by one and together."""
        facts = self.facts() if facts is None else facts
        pairs = [[], *([key] for key in KEYS), *map(list, itertools.combinations(KEYS, 2))]
        order = {"order": "month:month, tier_id, lifecycle"}
        return (
            [facts._read_group(list(domain), by, NUMBERS) for by in pairs],
            facts._read_grouping_sets(
                list(domain), [["month:month", "tier_id", "lifecycle"], ["month:month"], []], NUMBERS, **order
            ),
            [
                facts.formatted_read_grouping_sets(
                    list(domain),
                    [["month:month", name], [name], []],
                    [*NUMBERS, "currency_id:array_agg_distinct"],
                )
                for name in ("tier_id", "user_id")
            ],
        )

    def assertSame(self, told=True, domain=()):
        """The same from the figures themselves; :param bool told: whether totals could tell at all"""
        Total = type(self.env["customer.value.fact.total"])
        with patch.object(Total, "_read_group_select", autospec=True, side_effect=Total._read_group_select) as asked:
            found = self.asked(domain=domain)
        self.assertEqual(asked.called, told)
        with patch.object(Total, "_get_domain", return_value=None):
            expected = self.asked(domain=domain)
        self.assertTrue(any(expected[0]))
        self.assertEqual(self.in_any_order(found), self.in_any_order(expected))

    def test_a_branch_that_counts_with_the_company(self):
        """Left out where both are selected, and told by totals all the same."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        facts = self.env["customer.value.fact"].search([("company_id", "=", self.company.id)])
        self.env.flush_all()
        self.env.cr.execute("UPDATE customer_value_fact SET company_id = %s WHERE id = %s", [branch.id, facts[0].id])
        facts.invalidate_recordset()
        self.reader.company_ids += branch
        domain = [("is_counted_once", "=", True)]
        self.assertSame(domain=domain)
        for companies, count in ((self.company + branch, len(facts) - 1), (branch, 1)):
            both = self.facts().with_context(allowed_company_ids=companies.ids)
            self.assertEqual(both.search_count(domain), count)
            self.assertEqual(both._read_group(domain, aggregates=["__count"]), [(count,)])

    def in_any_order(self, answers):
        """Groups of equal keys come in any order where nobody asks for one."""
        alone, together, formatted = answers
        return [sorted(map(repr, rows)) for rows in alone], together, formatted

    def test_same_as_figures(self):
        self.assertSame()

    def test_filtered(self):
        tier = self.policy.tier_ids[:1]
        for domain in (
            [("month", ">=", "2025-03-01"), ("month", "<", "2025-05-01")],
            [("tier_id", "in", tier.ids)],
            [("tier_id", "=", False)],
            ["|", ("lifecycle", "!=", "new"), ("is_closed", "=", False)],
            ["!", ("month", "=", "2025-03-01")],
            [("user_id", "=", self.sellers[0].id)],
            [("user_id", "=", False), ("month", ">=", "2025-03-01")],
            [("user_id", "!=", self.sellers[1].id), ("tier_id", "in", tier.ids)],
        ):
            with self.subTest(domain=domain):
                self.assertSame(domain=domain)

    def test_what_totals_do_not_know(self):
        for domain in (
            [("partner_id", "in", self.partners[:2].ids)],
            [("order_count", ">", 0)],
            [("tier_id", "ilike", "o")],
            [("partner_id.name", "!=", "nobody")],
            [("user_id", "ilike", "seller")],
        ):
            with self.subTest(domain=domain):
                self.assertSame(told=False, domain=domain)

    def test_following(self):
        """Late documents, customers and tiers that are deleted, and merging."""
        self.order(self.partners[0], date(2025, 3, 9), 4711.0)
        self.rebuild(3)
        self.assertSame()
        third, fourth = self.partners[2:4].ids
        self.env.cr.execute("DELETE FROM customer_value_fact WHERE partner_id = %s", [third])
        self.env.cr.execute("UPDATE customer_value_fact SET tier_id = NULL WHERE partner_id = %s", [fourth])
        self.assertSame()
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge(self.partners[4:6].ids, self.partners[4], extra_checks=False)
        self.env.invalidate_all()
        self.assertSame()
        self.rebuild(3)
        self.assertSame()
        for ledger in totals.LEDGERS:
            self.env.cr.execute(
                SQL(
                    "SELECT count(*) - count(DISTINCT (%s)) FROM %s WHERE company_id = %s",
                    SQL(", ").join(map(SQL.identifier, ledger.keys)),
                    SQL.identifier(ledger.table),
                    self.company.id,
                )
            )
            self.assertEqual(self.env.cr.fetchone(), (0,), "totals that belong together are one row")

    def test_other_account_manager(self):
        """With a customer their past goes to whoever takes them over, also where users or customers are deleted."""
        first, second = self.sellers

        def orders(seller):
            [(count,)] = self.facts()._read_group([("user_id", "=", seller.id)], [], ["order_count:sum"])
            return count or 0

        both = orders(first) + orders(second)
        moved = self.facts()._read_group([("partner_id", "=", self.partners[0].id)], [], ["order_count:sum"])[0][0]
        before = orders(first)
        self.partners[0].user_id = second
        self.env.flush_all()
        self.assertEqual((orders(first), orders(second)), (before - moved, both - before + moved))
        self.assertSame()
        self.partners[4].user_id = first
        # by SQL, many at once
        self.env.cr.execute(
            "UPDATE res_partner SET user_id = %s WHERE id = ANY(%s)", [second.id, self.partners[1:4].ids]
        )
        self.env.invalidate_all()
        self.assertSame()
        first.sudo().unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertSame()
        lonely = self.customer("Lonely", user_id=second.id)
        self.env.cr.execute(
            "INSERT INTO customer_value_fact (month, partner_id, company_id, origin, revenue, margin, service_cost,"
            " order_count, complaint_count) VALUES ('2025-03-01', %s, %s, 'recorded', 7, 7, 0, 1, 0)",
            [lonely.id, self.company.id],
        )
        self.assertSame()
        lonely.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertSame()

    def test_what_crossed_is_settled(self):
        """A customer who changed hands while their figures were written is counted rightly by the next refresh."""
        month = date(2025, 5, 1)
        Total = self.env["customer.value.fact.total.user"].sudo()
        own = [("company_id", "=", self.company.id), ("month", "=", month)]
        first, second = self.sellers
        self.env.cr.execute(
            "UPDATE customer_value_fact_total_user SET user_id = %s"
            " WHERE user_id = %s AND month = %s AND company_id = %s",
            [second.id, first.id, month, self.company.id],
        )
        self.assertGreater(self.env.cr.rowcount, 0)
        self.env.invalidate_all()
        self.assertFalse(Total.search([*own, ("user_id", "=", first.id)]))
        self.refresh()
        self.assertTrue(Total.search([*own, ("user_id", "=", first.id)]))
        self.assertSame()

    def test_all_gone(self):
        """Of figures that are gone, no group is left."""
        self.env.cr.execute("DELETE FROM customer_value_fact WHERE company_id = %s", [self.company.id])
        self.assertEqual(self.facts()._read_group([], ["month:month"], ["__count"]), [])
        self.assertEqual(self.facts()._read_grouping_sets([], [["tier_id"]], ["revenue:sum"]), [[]])
        self.assertEqual(self.facts()._read_group([], [], ["__count"]), [(0,)])

    def test_customers_of_another_company(self):
        """Who has come to belong to another company is hidden, and so is what they brought."""
        other = self.env["res.company"].create({"name": "Another"})
        self.partners[0].company_id = other
        self.env.flush_all()
        self.assertSame(told=False)

    def test_rules_of_others(self):
        """A rule that somebody has added holds for totals as well: these are not asked then."""
        self.env["ir.rule"].create(
            {
                "name": "A tier is secret",
                "model_id": self.env["ir.model"]._get_id("customer.value.fact"),
                "domain_force": [("partner_id", "!=", self.partners[0].id)],
            }
        )
        self.assertSame(told=False)

    def test_nobody_opens_totals(self):
        for ledger in ("total", "total.user"):
            with self.assertRaises(AccessError):
                self.env[f"customer.value.fact.{ledger}"].with_user(self.reader).search([])

    def test_who_may_not_see_figures(self):
        """Access is that to the figures."""
        stranger = new_test_user(self.env, "fact-stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.env["customer.value.fact"].with_user(stranger)._read_group([], ["tier_id"], ["__count"])
