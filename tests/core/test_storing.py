"""A table is brought in line with what was found, and not a row more is written."""

import random
from datetime import date

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...analytics.core.storing import store_sql

DAY, LATER = date(2025, 1, 1), date(2025, 2, 1)
TABLE = "customer_value_test_kept"


@tagged("post_install", "-at_install")
class TestStoring(TransactionCase):
    def setUp(self):
        super().setUp()
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %s (id serial PRIMARY KEY, company_id int, as_of date, first int, second int,"
                " amount numeric, label varchar, UNIQUE (company_id, first, second)) ON COMMIT DROP",
                SQL.identifier(TABLE),
            )
        )

    def statement(self, found, company=1, day=LATER, among=None):
        """:param found: dict of keys: values"""
        rows = SQL(", ").join(SQL("(%s, %s, %s::numeric, %s::varchar)", *keys, *found[keys]) for keys in found)
        query = SQL("SELECT * FROM (VALUES %s) found (first, second, amount, label)", rows)
        return store_sql(TABLE, ["first", "second"], ["amount", "label"], company, day, query, among)

    def store(self, *args, **options):
        self.env.cr.execute(self.statement(*args, **options))
        [counts] = self.env.cr.dictfetchall()
        return counts

    def kept(self, company=1):
        """:return: dict of keys: (id, day, amount, label)"""
        self.env.cr.execute(
            SQL(
                "SELECT first, second, id, as_of, amount::int, label FROM %s WHERE company_id = %s",
                SQL.identifier(TABLE), company,
            )
        )  # fmt: skip
        return {(first, second): tuple(row) for first, second, *row in self.env.cr.fetchall()}

    def test_random(self):
        draw = random.Random(5)

        def some():
            keys = {(draw.randrange(6), draw.randrange(6)) for _number in range(draw.randint(1, 20))}
            return {key: (draw.choice((None, 1, 2)), draw.choice((None, "a", "b"))) for key in keys}

        self.store(some(), company=2)
        others = self.kept(company=2)
        for number in range(60):
            found, limit = some(), draw.choice((None, 3))
            among = None if limit is None else SQL("kept.first < %s", limit)
            before = self.kept()
            day = date.fromordinal(DAY.toordinal() + number)
            counts = self.store(found, day=day, among=among)
            after = self.kept()
            gone = {key for key in before.keys() - found.keys() if limit is None or key[0] < limit}
            changed = {key for key in before.keys() & found.keys() if before[key][2:] != found[key]}
            self.assertEqual(after.keys(), (before.keys() - gone) | found.keys())
            for key, row in after.items():
                if key in changed or key not in before:
                    self.assertEqual(row[1:], (day, *found[key]))
                else:
                    self.assertEqual(row, before[key], "the same row, since the same day")
                if key in changed:
                    self.assertEqual(row[0], before[key][0])
            expected = {
                "added": len(found.keys() - before.keys()), "changed": len(changed), "removed": len(gone),
                "total": len(found),
            }  # fmt: skip
            self.assertEqual(counts, expected)
        self.assertEqual(self.kept(company=2), others)

    def test_a_planner_that_knows_nothing(self):
        """A table that was filled since the server looked at it is not compared row by row with all that was found."""
        self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(TABLE)))
        self.store({(number, 0): (1, "a") for number in range(500)}, day=DAY)
        self.env.cr.execute(SQL("EXPLAIN %s", self.statement({(number, 0): (2, "b") for number in range(500)})))
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("Full Join", plan)
        self.assertNotIn("Anti Join", plan)
