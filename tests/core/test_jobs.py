"""How jobs work through records: each for itself, committed, and tried again after a concurrent update."""

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ...models.core.ir_cron import ATTEMPTS

LOGGER = "odoo.addons.customer_value.models.core.ir_cron"


@tagged("post_install", "-at_install")
class TestJobs(TransactionCase):
    def setUp(self):
        super().setUp()
        self.partners = self.env["res.partner"].create([{"name": f"Partner {number}"} for number in range(3)])
        self.progress = []
        self.seen = []

        def commit_progress(_cron, processed=0, *, remaining=None):
            self.progress.append((processed, remaining))

        self.patch(type(self.env["ir.cron"]), "_commit_progress", commit_progress)

    def work(self, step=lambda partner: None, failed=None, items=None):
        def rename(partner):
            self.seen.append(partner)
            partner.name = "Done"
            partner.flush_recordset()
            step(partner)

        self.env["ir.cron"]._value_do_each(self.partners if items is None else items, rename, failed)

    def hinder(self, times, error):
        """A step that fails ``times`` for the second partner."""

        def step(partner):
            if partner == self.partners[1] and self.seen.count(partner) <= times:
                raise error

        return step

    def test_each_is_committed(self):
        self.work()
        self.assertEqual(self.progress, [(0, 3), (1, None), (1, None), (1, None)])
        self.assertEqual(set(self.partners.mapped("name")), {"Done"})

    def test_nothing_to_do(self):
        self.work(items=self.partners.browse())
        self.assertEqual(self.progress, [(0, 0)])

    def test_lists_of_records(self):
        parts = [self.partners[:2], self.partners[2]]
        self.env["ir.cron"]._value_do_each(parts, self.seen.append)
        self.assertEqual(self.seen, parts)

    def test_a_failure_is_undone_and_blocks_no_other(self):
        with self.assertLogs(LOGGER, "ERROR") as logs:
            self.work(self.hinder(1, ZeroDivisionError("broken")))
        self.assertEqual(self.partners.mapped("name"), ["Done", "Partner 1", "Done"])
        self.assertEqual(len(self.seen), 3)
        self.assertIn(str(self.partners[1]), logs.output[0])
        self.assertIn("broken", logs.output[0])

    def test_a_failure_is_handed_over(self):
        failures = []
        error = ZeroDivisionError("broken")
        with self.assertNoLogs(LOGGER):
            self.work(self.hinder(1, error), lambda *failure: failures.append(failure))
        self.assertEqual(failures, [(self.partners[1], error)])

    def test_a_concurrent_update_is_tried_again(self):
        """At once, alone, and in a new transaction; the others are not done twice."""
        self.work(self.hinder(1, SerializationFailure()))
        self.assertEqual(self.seen, [self.partners[number] for number in (0, 1, 1, 2)])
        self.assertEqual(set(self.partners.mapped("name")), {"Done"})
        self.assertEqual(self.progress, [(0, 3), (1, None), (0, None), (1, None), (1, None)])

    @mute_logger(LOGGER)
    def test_not_for_ever(self):
        self.work(self.hinder(99, SerializationFailure()))
        self.assertEqual(self.seen.count(self.partners[1]), ATTEMPTS)
        self.assertEqual(self.partners.mapped("name"), ["Done", "Partner 1", "Done"])
