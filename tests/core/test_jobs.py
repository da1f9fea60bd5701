"""How records are worked through: each for itself, in parts or together, and tried again after a concurrent update.

That jobs of ``queue_job`` do it as well, by several workers, is shown by `make test-workers`.
"""

import math
import sys
import time
from contextlib import contextmanager
from types import ModuleType
from unittest.mock import patch

from odoo.addons.base.models.ir_cron import IrCron
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ...models.core.ir_cron import ATTEMPTS, LATER, PAUSES
from ...models.core.locking import Busy

LOGGER = "odoo.addons.customer_value.models.core.ir_cron"


@tagged("post_install", "-at_install")
class TestJobs(TransactionCase):
    def setUp(self):
        super().setUp()
        self.partners = self.env["res.partner"].create([{"name": f"Partner {number}"} for number in range(3)])
        self.progress = []
        self.seen = []
        self.steps_in_time = math.inf

        def commit_progress(_cron, processed=0, *, remaining=None):
            self.progress.append((processed, remaining))
            return max(self.steps_in_time - len(self.progress) + 1, 0)

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

    def test_workers_are_woken_once_a_commit(self):
        jobs = self.env["ir.cron"].search([], limit=3)
        with patch.object(IrCron, "_notifydb") as notified:
            for commit in (1, 2):
                for job in jobs:
                    job._trigger()
                self.env.cr.postcommit.run()
                self.assertEqual(notified.call_count, commit)

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

    def test_one_that_is_busy_comes_later(self):
        """After the others, in a new transaction; for a while."""
        with patch.object(time, "sleep") as sleep:
            self.work(self.hinder(3, Busy("at work")))
        self.assertEqual(self.seen, [self.partners[number] for number in (0, 1, 2, 1, 1, 1)])
        self.assertEqual(set(self.partners.mapped("name")), {"Done"})
        self.assertEqual(self.progress, [(0, 3), (1, None), (1, None), (0, None), (0, None), (0, None), (1, None)])
        self.assertEqual(sleep.call_count, 3)

    def test_not_busy_for_ever(self):
        failures = []
        error = Busy("at work")
        with patch.object(time, "sleep"):
            self.work(self.hinder(99, error), lambda *failure: failures.append(failure))
        self.assertEqual(failures, [(self.partners[1], error)])
        self.assertEqual(self.seen.count(self.partners[1]), PAUSES + 1)

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

    def in_parts(self, sizes, error=None):
        """:param dict sizes: number of a partner: how much is done with it step by step"""
        left = {self.partners[number]: list(parts) for number, parts in sizes.items()}

        def step(partner):
            self.seen.append(partner)
            if error and partner == self.partners[1]:
                partner.name = "Done"
                raise error
            return left[partner].pop(0) if left[partner] else 0

        self.env["ir.cron"]._value_do_in_parts(self.partners, step, remaining=6)

    def test_parts(self):
        """Each until nothing is left of it, committed after each part."""
        self.in_parts({0: [2, 1], 1: [], 2: [3]})
        self.assertEqual(self.seen, [self.partners[number] for number in (0, 0, 0, 1, 2, 2)])
        self.assertEqual(self.progress, [(0, 6), (2, None), (1, None), (0, None), (0, None), (3, None), (0, None)])

    def test_parts_until_the_time_is_up(self):
        self.steps_in_time = 2
        self.in_parts({0: [2, 1], 1: [1], 2: [2]})
        self.assertEqual(self.seen, [self.partners[0]] * 2)
        self.assertEqual(self.progress, [(0, 6), (2, None), (1, None)])

    def test_parts_of_one_that_fails(self):
        """The work on it ends, what it did is undone, and the others are worked on."""
        with self.assertLogs(LOGGER, "ERROR") as logs:
            self.in_parts({0: [1], 1: [1], 2: [1]}, ZeroDivisionError("broken"))
        self.assertEqual(self.seen, [self.partners[number] for number in (0, 0, 1, 2, 2)])
        self.assertEqual(self.partners[1].name, "Partner 1")
        self.assertIn("broken", logs.output[0])

    def together(self, partners, hindered=(), error=None):
        failures = []

        def rename(part):
            self.seen.append(part)
            part.write({"name": "Done"})
            if part & partners.browse(partner.id for partner in hindered):
                raise error

        self.env["ir.cron"]._value_do_together(partners, rename, lambda *failure: failures.append(failure))
        return failures

    def test_together(self):
        self.assertEqual(self.together(self.partners), [])
        self.assertEqual(self.seen, [self.partners])
        self.assertEqual(set(self.partners.mapped("name")), {"Done"})

    def test_nothing_together(self):
        self.assertEqual(self.together(self.partners.browse()), [])
        self.assertEqual(self.seen, [])

    def test_together_as_far_as_it_goes(self):
        """Halves, and halves of those: only records that fail are left out, each reported once."""
        error = ZeroDivisionError("broken")
        partners = self.partners | self.env["res.partner"].create({"name": "Partner 3"})
        self.assertEqual(self.together(partners, partners[1], error), [(partners[1], error)])
        self.assertEqual(self.seen, [partners, partners[:2], partners[0], partners[1], partners[2:]])
        self.assertEqual(partners.mapped("name"), ["Done", "Partner 1", "Done", "Done"])
        self.assertEqual(self.progress, [])

    def test_together_after_a_concurrent_update(self):
        """Alone it would fail again: the caller that began the transaction has to begin another."""
        with self.assertRaises(SerializationFailure):
            self.together(self.partners, self.partners[1], SerializationFailure())
        self.assertEqual(self.seen, [self.partners])

    def test_a_step_that_has_to_wait(self):
        """The job comes back by itself, and is not called unfinished; others are worked on."""
        results = {self.partners[0]: [None], self.partners[1]: [2, 0], self.partners[2]: [0]}
        self.env["ir.cron"]._value_do_in_parts(self.partners, lambda partner: results[partner].pop(0), remaining=6)
        self.assertEqual(self.progress, [(0, 6), (0, 0), (2, None), (0, None), (0, None)])
        self.assertFalse(any(results.values()))

    def test_named_steps(self):
        self.env["ir.cron"]._value_do_each(self.partners, "action_archive", channel="anything")
        self.assertFalse(any(self.partners.mapped("active")))
        self.assertEqual(self.progress, [(0, 3), (1, None), (1, None), (1, None)])


@tagged("post_install", "-at_install")
class TestQueue(TransactionCase):
    """Work that names a channel, where ``queue_job`` is installed: here, what it would be given is kept."""

    def setUp(self):
        super().setUp()
        self.Cron = self.env["ir.cron"]
        self.partners = self.env["res.partner"].create([{"name": f"Partner {number}"} for number in range(2)])
        self.jobs = []
        self.returned = []
        cron = type(self.Cron)

        class Delayed:
            def __init__(delayed, options):
                delayed.options = options

            def _value_job(delayed, *arguments):
                if delayed.options["identity_key"] not in [job["identity_key"] for job, _arguments in self.jobs]:
                    self.jobs.append((delayed.options, arguments))

        def step(partner):
            partner.name = "Done"
            return self.returned.pop(0)

        self.patch(cron, "_value_has_queue", lambda cron: True)
        self.patch(cron, "_commit_progress", lambda cron, *args, **options: 0)
        cron.with_delay = lambda cron, **options: Delayed(options)
        self.addCleanup(delattr, cron, "with_delay")
        partner = type(self.partners)
        partner._value_step, partner._value_failed = step, lambda partner, error: self.returned.append(str(error))
        self.addCleanup(delattr, partner, "_value_step")
        self.addCleanup(delattr, partner, "_value_failed")

    def do_job(self):
        _options, arguments = self.jobs.pop(0)
        self.Cron._value_job(*arguments)

    def test_each_record_is_a_job(self):
        self.Cron._value_do_each(self.partners, "_value_step", channel="tests")
        self.assertEqual([options["channel"] for options, _arguments in self.jobs], ["root.customer_value.tests"] * 2)
        self.assertEqual(self.partners.mapped("name"), ["Partner 0", "Partner 1"])
        self.Cron._value_do_each(self.partners, "_value_step", channel="tests")
        self.assertEqual(len(self.jobs), 2, "those that wait are not there twice")
        self.returned = [1, 1]
        self.do_job()
        self.assertEqual(self.partners.mapped("name"), ["Done", "Partner 1"])
        self.do_job()
        self.assertEqual((self.partners.mapped("name"), self.jobs), (["Done", "Done"], []))

    def test_work_without_a_channel_is_done_at_once(self):
        self.returned = [0, 0]
        self.Cron._value_do_each(self.partners, "_value_step")
        self.assertEqual((self.partners.mapped("name"), self.jobs), (["Done", "Done"], []))

    def test_part_after_part(self):
        self.Cron._value_do_in_parts(self.partners[0], "_value_step", remaining=5, channel="tests")
        self.returned = [3, 2, 0]
        for left in (1, 1, 0):
            self.do_job()
            self.assertEqual(len(self.jobs), left)
        self.assertFalse(self.returned)

    def test_a_part_that_has_to_wait(self):
        self.Cron._value_do_in_parts(self.partners[0], "_value_step", remaining=5, channel="tests")
        self.returned = [None]
        with self.queue_installed() as Postponed, self.assertRaises(Postponed) as raised:
            self.do_job()
        self.assertEqual(raised.exception.options, {"seconds": LATER, "ignore_retry": True})
        self.assertEqual(self.partners[0].name, "Partner 0", "what it has done meanwhile is undone")

    def test_a_record_that_is_busy(self):
        self.Cron._value_do_each(self.partners[0], "_value_step", "_value_failed", channel="tests")

        def hinder(partner):
            raise Busy("at work")

        type(self.partners)._value_step = hinder
        with self.queue_installed() as Postponed, self.assertRaisesRegex(Postponed, "at work"):
            self.do_job()
        self.assertFalse(self.returned, "it has not failed")

    @contextmanager
    def queue_installed(self):
        """:return: the exception by which a job of ``queue_job`` asks to be done later"""

        class Postponed(Exception):
            def __init__(self, reason, **options):
                super().__init__(reason)
                self.options = options

        module = ModuleType("odoo.addons.queue_job.exception")
        module.RetryableJobError = Postponed
        with patch.dict(sys.modules, {"odoo.addons.queue_job": ModuleType("queue_job"), module.__name__: module}):
            yield Postponed

    def test_failures(self):
        """What failed is undone; it is handed over, or shown on the job."""
        for failed, names in ((None, ["Partner 0"]), ("_value_failed", ["Partner 0"])):
            with self.subTest(failed=failed):
                self.Cron._value_do_each(self.partners[0], "_value_step", failed, channel="tests")
                if failed:
                    self.do_job()
                    self.assertEqual(self.returned, ["pop from empty list"])
                else:
                    with self.assertRaisesRegex(IndexError, "pop from empty list"):
                        self.do_job()
                self.assertEqual(self.partners[0].mapped("name"), names)

    def test_a_concurrent_update_postpones_the_job(self):
        """Even where failures are handed over: it is none."""
        self.Cron._value_do_each(self.partners[0], "_value_step", "_value_failed", channel="tests")

        def hinder(partner):
            raise SerializationFailure

        type(self.partners)._value_step = hinder
        with self.assertRaises(SerializationFailure):
            self.do_job()
        self.assertFalse(self.returned)

    def test_a_record_that_is_gone(self):
        self.Cron._value_do_each(self.partners[0], "_value_step", channel="tests")
        self.partners[0].unlink()
        self.do_job()
        self.assertFalse(self.jobs)
