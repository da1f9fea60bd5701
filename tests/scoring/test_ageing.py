from datetime import timedelta

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ...analytics.scoring import recording
from ..core.value_case import AS_OF
from .run_case import RunCase

# In documents of 1 June, on 30 June.
AGE = 29


def bands(**points):
    steps = [Command.create({"from_value": float(start[1:]), "points": value}) for start, value in points.items()]
    return {"scale": "bands", "weight": 1.0, "band_ids": steps}


@tagged("post_install", "-at_install")
class TestAgeing(RunCase):
    """What only grows older is not written, and is read as if it had been."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            {
                "revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0, "weight": 2.0},
                "recency_days": bands(_0=100.0, _40=0.0),
                "tenure_days": bands(_0=0.0, _1000=100.0),
                "overdue_days": bands(_0=100.0, _1=50.0, _1000=0.0),
                # so that leads make customers
                "open_pipeline": {"scale": "linear", "cap": 1000.0, "weight": 0.0},
            }
        )
        cls.prospect = cls.customer("Prospect")
        cls.lead(cls.prospect, day="2025-06-01")

    def run_after(self, days, partners=None):
        return self.run_policy(as_of=AS_OF + timedelta(days=days), partners=partners)

    def raws(self, partner):
        """As fields show it, and as explanations and other addons do."""
        score = self.score(partner)
        return [
            score.recency_days or None,
            score.metrics["recency_days"],
            score.metrics["tenure_days"],
            score.contributions["recency_days"]["raw"],
            score.contributions["tenure_days"]["raw"],
        ]

    def test_a_day_later_nothing_is_written(self):
        self.assertEqual(self.run_after(0).changed_count, 4)
        self.assertEqual(self.raws(self.top), [AGE] * 5)
        before = self.rows("customer_value_score")
        self.assertEqual(self.run_after(1).changed_count, 0)
        self.assertEqual(self.rows("customer_value_score"), before)
        self.assertEqual(self.raws(self.top), [AGE + 1] * 5)
        self.assertEqual(self.raws(self.prospect), [None] * 5)
        self.assertEqual(self.score(self.top).as_of, AS_OF, "the last day on which anything changed")

    def test_it_reads_as_if_it_were_written(self):
        for days in (0, 3, 7):
            self.run_after(days)
        read = self.state()
        self.env.cr.execute("UPDATE customer_value_score SET fingerprint = NULL")
        self.assertEqual(self.run_after(7).changed_count, 4)
        self.assertEqual(self.state(), read)

    def test_points_fall_on_the_day_on_which_they_do(self):
        self.run_after(0)
        self.assertEqual(self.run_after(10).changed_count, 0)
        points = self.score(self.top).contributions["recency_days"]["points"]
        self.assertEqual(self.run_after(11).changed_count, 3)
        self.assertEqual((points, self.score(self.top).contributions["recency_days"]["points"]), (100, 0))
        self.assertEqual(self.score(self.top).as_of, AS_OF + timedelta(days=11))
        self.assertEqual(self.raws(self.top), [40] * 5)

    def test_an_order_starts_anew(self):
        self.run_after(0)
        self.order(self.top, "2025-07-02", 1)
        self.run_after(3)
        self.assertEqual(self.score(self.top).as_of, AS_OF + timedelta(days=3))
        self.assertEqual(self.raws(self.top), [1, 1, AGE + 3, 1, AGE + 3])
        self.assertEqual(self.raws(self.low), [AGE + 3] * 5)

    def test_nothing_overdue_does_not_grow_older(self):
        self.invoice(self.low, "2025-06-10", 1)
        self.run_after(0)
        owed = self.score(self.low).metrics["overdue_days"]
        self.assertGreater(owed, 0)
        self.run_after(2)
        self.assertEqual(self.score(self.low).metrics["overdue_days"], owed + 2)
        self.assertEqual(self.score(self.low).contributions["overdue_days"]["raw"], owed + 2)
        self.assertEqual(self.score(self.prospect).metrics["overdue_days"], 0)

    def test_search_sort_and_group(self):
        self.run_after(0)
        self.order(self.top, "2025-07-01", 1)
        self.run_after(3)
        self.env.invalidate_all()
        mine = [("company_id", "=", self.company.id)]
        found = self.Score.search([*mine, ("recency_days", ">=", AGE + 3)])
        self.assertEqual(found.partner_id, self.low | self.middle)
        self.assertEqual(self.Score.search([*mine, ("recency_days", "=", 2)]).partner_id, self.top)
        ordered = self.Score.search([*mine, ("recency_days", "!=", False)], order="recency_days, score")
        self.assertEqual(ordered.partner_id.ids, [self.top.id, self.low.id, self.middle.id])
        groups = self.Score._read_group(
            [*mine, ("order_count", ">", 0)], ["recency_days"], ["__count"], order="recency_days"
        )
        self.assertEqual(groups, [(2, 1), (AGE + 3, 2)])
        [[mean]] = self.Score._read_group([*mine, ("order_count", ">", 0)], [], ["recency_days:avg"])
        self.assertAlmostEqual(mean, (2 + 2 * (AGE + 3)) / 3)

    def test_a_run_for_one(self):
        self.run_after(0)
        self.assertEqual(self.run_after(1, self.low | self.prospect).changed_count, 1)
        self.assertEqual([self.raws(self.low)[0], self.raws(self.top)[0]], [AGE + 1, AGE])
        self.assertEqual(self.run_after(1, self.low).changed_count, 0)
        self.run_after(2)
        self.assertEqual([self.raws(self.low)[0], self.raws(self.top)[0]], [AGE + 2, AGE + 2])

    def test_backdated(self):
        self.run_after(0)
        self.env.cr.execute("UPDATE customer_value_score SET fingerprint = NULL WHERE partner_id = %s", [self.top.id])
        self.assertEqual(self.run_after(5).changed_count, 1)
        self.assertEqual(self.run_after(2).changed_count, 1, "what was written later than that")
        self.assertEqual(self.raws(self.low), [AGE + 2] * 5)
        self.assertEqual(self.raws(self.top), [AGE + 2] * 5)

    def test_before_the_first_full_run(self):
        self.run_after(0, self.low)
        self.assertEqual(self.raws(self.low), [AGE] * 5)
        self.run_after(1, self.low)
        self.assertEqual(self.raws(self.low), [AGE + 1] * 5)

    def test_history_knows_the_day_before(self):
        self.run_after(0)
        self.run_after(4)
        self.invoice(self.low, "2025-07-05", 90)
        self.run_after(5)
        entry = self.history(self.low)[-1]
        self.assertEqual(entry.tier_move, "up")
        self.assertEqual(entry.previous_contributions["recency_days"]["raw"], AGE + 4)
        self.assertEqual(entry.contributions["recency_days"]["raw"], AGE + 5)

    def test_what_if_starts_from_the_numbers_of_today(self):
        self.run_after(0)
        run = self.run_after(6)
        plan = run._plan(self.policy.calibration, run._scope_on(run.as_of, self.low))
        self.env.flush_all()
        self.env.cr.execute(recording.stored_metrics_sql(plan, SQL("s.partner_id = %s", self.low.id)))
        self.env.cr.execute("SELECT recency_days, tenure_days, is_lacking FROM customer_value_metric")
        self.assertEqual(self.env.cr.fetchall(), [(AGE + 6, AGE + 6, False)])

    def test_explanations_are_of_the_day_up_to_which_the_score_holds(self):
        self.run_after(0)
        self.run_after(6)
        explanation = self.score(self.low).get_explanation()
        self.assertEqual({line["metric"]: line["raw"] for line in explanation["lines"]}["recency_days"], AGE + 6)
        self.assertEqual(self.score(self.low)._get_scope().as_of, AS_OF + timedelta(days=6))
