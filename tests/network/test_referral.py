"""What customers bring by referrals: credited once in trees of any shape, against plain Python; and the four groups."""

import random
import statistics
from collections import defaultdict
from contextlib import closing
from datetime import date, datetime

from odoo.tests import tagged

from ..core.value_case import AS_OF
from .network_case import NetworkCase


def expected(customers, saved_cost):
    """Referral value and group of each customer, written down a second time.

    :param customers: dict of id: (referrer or None, anyway, own value in cents, purchases)
    """
    value = defaultdict(int)
    for referrer, anyway, own, purchases in customers.values():
        if referrer:
            value[referrer] += own if not anyway else (saved_cost if purchases else 0)
    own_border = statistics.median(own for _referrer, _anyway, own, _purchases in customers.values())
    border = statistics.median(value[key] for key in customers)
    names = {
        (True, True): "champion",
        (True, False): "affluent",
        (False, True): "advocate",
        (False, False): "miser",
    }
    return {
        key: (value[key], names[own > own_border, value[key] > border])
        for key, (_referrer, _anyway, own, _purchases) in customers.items()
    }


@tagged("post_install", "-at_install")
class TestReferral(NetworkCase):
    def test_the_group_is_read_with_the_rest(self):
        """The form of a customer shows it, and asks no query more for it."""
        partner = self.customers(3)[0]
        self.worth(partner, 100.0, 2)
        self.refresh()

        def read(*names):
            return self.count_queries(lambda: [partner.mapped(name) for name in names])

        read("referral_count", "referral_quadrant")
        self.assertEqual(read("referral_count", "referral_quadrant"), read("referral_count"))
        self.assertEqual(partner.referral_quadrant, partner.referral_value_id.quadrant)
        self.assertTrue(partner.referral_quadrant)
        found = self.env["res.partner"].search([("referral_quadrant", "=", partner.referral_quadrant)])
        self.assertIn(partner, found)

    def test_forests(self):
        """Random forests, from chains to stars: each amount is credited once, to the direct referrer."""
        self.company.referral_saved_cost = 25.0
        for seed in range(6):
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                draw = random.Random(seed)
                partners = self.customers(41, f"Forest {seed}")
                known = {}
                for place, partner in enumerate(partners):
                    near = partners[max(0, place - 3) : place] if seed % 2 else partners[: min(place, 4)]
                    referrer = draw.choice(near) if near and draw.random() < 0.7 else None
                    anyway = bool(referrer) and draw.random() < 0.3
                    own, purchases = draw.randrange(-5_000, 100_000), draw.randrange(0, 3)
                    known[partner.id] = (referrer and referrer.id, anyway, own, purchases)
                    partner.write({"referrer_id": referrer and referrer.id, "referral_anyway": anyway})
                    self.worth(partner, own / 100, purchases)
                self.refresh()
                rows = self.Referral.search([("company_id", "=", self.company.id)])
                found = {row.partner_id.id: (round(row.referral_value * 100), row.quadrant) for row in rows}
                self.assertEqual(found, expected(known, 2500))
                credited = sum(self.Report.search([("company_id", "=", self.company.id)]).mapped("credited"))
                self.assertAlmostEqual(credited, sum(rows.mapped("referral_value")), 2)
                came = sum(own for referrer, anyway, own, _p in known.values() if referrer and not anyway)
                self.assertAlmostEqual(sum(rows.mapped("came_value")), came / 100, 2)

    def test_customers_since_a_day_of_each_company(self):
        """New year has come in Shanghai when it is still the old one in New York."""
        here, there = self.company, self.make_company("Second Network", "EUR")
        here.value_tz, there.value_tz = "Asia/Shanghai", "America/New_York"
        referrer, partner = self.customers(2)
        partner.referrer_id = referrer
        self._created(partner, datetime(2025, 12, 31, 20))
        for company in here | there:
            self.worth(partner, 10.0, company=company)
        Report = self.Report.with_context(allowed_company_ids=(here | there).ids)
        for company, day in ((here, date(2026, 1, 1)), (there, date(2025, 12, 31))):
            row = Report.search([("company_id", "=", company.id), ("partner_id", "=", partner.id)])
            self.assertEqual(row.customer_since, day, company.name)

    def test_chain(self):
        """Who refers somebody who refers somebody is credited with the first only."""
        first, second, third = self.customers(3)
        second.referrer_id, third.referrer_id = first, second
        for partner, amount in ((first, 10.0), (second, 200.0), (third, 3000.0)):
            self.worth(partner, amount)
        self.assertEqual(self.refresh(), {"added": 3, "changed": 0, "removed": 0, "total": 3})
        self.assertEqual(self.referral(first).referral_value, 200.0)
        self.assertEqual(self.referral(second).referral_value, 3000.0)
        self.assertEqual(self.referral(third).referral_value, 0.0)
        self.assertEqual(self.refresh()["changed"], 0, "a second look writes nothing")

    def test_who_would_have_come_anyway(self):
        """They count with the saved cost, and only once they have bought."""
        self.company.referral_saved_cost = 40.0
        referrer, bought, prospect = self.customers(3)
        (bought | prospect).write({"referrer_id": referrer.id, "referral_anyway": True})
        self.worth(bought, 900.0, 2)
        self.worth(prospect, 70.0, 0)
        self.refresh()
        self.assertRecordValues(
            self.referral(referrer),
            [{"referral_value": 40.0, "came_value": 0.0, "saved_value": 40.0, "customer_count": 2, "anyway_count": 2}],
        )
        action = self.referral(referrer).action_view_referrals()
        lines = self.Report.search(action["domain"])
        self.assertEqual({line.partner_id: line.credited for line in lines}, {bought: 40.0, prospect: 0.0})

    def test_scored_customers_without_forecast(self):
        """A referred customer with orders is known by the score; there is no lifetime value to credit."""
        self.company.referral_saved_cost = 40.0
        referrer, came, anyway = self.customers(3)
        came.referrer_id = referrer
        anyway.write({"referrer_id": referrer.id, "referral_anyway": True})
        for partner in (came, anyway):
            self.order(partner, AS_OF, 100.0)
        self.make_policy()
        self.run_policy()
        self.refresh()
        self.assertRecordValues(
            self.referral(referrer), [{"customer_count": 2, "came_value": 0.0, "saved_value": 40.0}]
        )

    def test_borders(self):
        """Amounts instead of medians, and what is exactly at the border is not above it."""
        self.company.write({"referral_borders": "amount", "referral_own_border": 100.0, "referral_value_border": 50.0})
        at, above, brought, more = self.customers(4)
        brought.referrer_id, more.referrer_id = at, above
        for partner, amount in ((at, 100.0), (above, 100.01), (brought, 50.0), (more, 50.01)):
            self.worth(partner, amount)
        self.refresh()
        self.assertEqual(
            [self.referral(partner).quadrant for partner in (at, above, brought, more)],
            ["miser", "champion", "miser", "miser"],
        )

    def test_two_companies(self):
        """A shared referral counts in each company with what the customer is worth there."""
        other = self.make_company("Other Company", "EUR")
        referrer, customer = self.customers(2)
        customer.referrer_id = referrer
        self.worth(customer, 100.0)
        self.worth(customer, 7.0, company=other)
        self.refresh()
        self.refresh(other)
        self.assertEqual(self.referral(referrer).referral_value, 100.0)
        self.assertEqual(self.referral(referrer, other).referral_value, 7.0)
        self.assertEqual(self.referral(referrer, other).currency_id.name, "EUR")

    def test_score_list(self):
        """Groups are found, sorted and grouped in the list of scores, which stores nothing of them."""
        self.make_policy()
        partners = self.customers(4)
        for place, partner in enumerate(partners):
            self.order(partner, AS_OF, 100.0)
            self.worth(partner, 100.0 * place)
        partners[3].referrer_id = partners[0]
        self.run_policy()
        self.refresh()
        own = [("company_id", "=", self.company.id)]
        found = self.Score.search([*own, ("referral_quadrant", "=", "advocate")])
        self.assertEqual(found.partner_id, partners[0])
        self.assertEqual(found.referral_value, 300.0)
        self.assertEqual(len(self.Score.search([*own, ("referral_quadrant", "!=", "advocate")])), 3)
        self.assertEqual(len(self.Score.search([*own, ("referral_quadrant", "=", False)])), 0)
        self.assertEqual(self.Score.search(own, order="referral_value desc", limit=1), found)
        self.assertEqual(self.Score.search([*own, ("referral_value", ">", 0)]), found)
        groups = dict(self.Score._read_group(own, ["referral_quadrant"], ["__count"]))
        self.assertEqual(groups, {"advocate": 1, "affluent": 2, "miser": 1})
        self.assertEqual(partners[0].referral_quadrant, "advocate")

    def test_grid(self):
        """The page adds up what the list has, and reads only."""
        referrer, customer = self.customers(2)
        customer.referrer_id = referrer
        with self.reading_only():
            self.assertTrue(self.env["customer.referral.grid"].get_page()["is_empty"])
        self.worth(customer, 100.0)
        self.refresh()
        with self.reading_only():
            page = self.env["customer.referral.grid"].get_page()
        cells = page["cells"]
        self.assertEqual({key: cell["count"] for key, cell in cells.items()},
                         {"champion": "0", "affluent": "1", "advocate": "1", "miser": "0"})  # fmt: skip
        self.assertIn("100.00", cells["advocate"]["referral"])
        self.assertIn("100.00", cells["affluent"]["own"])

    def test_campaign(self):
        """The selected customers are the audience of a campaign."""
        self.worth(self.customer(), 100.0)
        self.refresh()
        rows = self.Referral.search([("company_id", "=", self.company.id)])
        action = rows.action_start_campaign()
        wizard = self.env["customer.retention.wizard"].with_context(**action["context"]).create({"name": "Thanks"})
        self.assertEqual(wizard.audience, "selected")
        self.assertEqual(wizard.company_id, self.company)

    def test_a_run_leads_to_new_values(self):
        self.make_policy()
        self.order(self.customer())
        cron = self.env.ref("customer_value.cron_customer_referral")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.run_policy()
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), triggers + 1)

    def test_statements_do_not_grow(self):
        def build(count):
            partners = self.customers(count)
            for partner in partners:
                self.worth(partner, 10.0)
            partners[1:].write({"referrer_id": partners[0].id})
            return self.count_queries(self.refresh)

        self.assertEqual(build(5), build(20))
