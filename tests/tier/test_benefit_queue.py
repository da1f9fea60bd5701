"""Benefits of many customers after a run, where ``queue_job`` is installed: given by jobs, soon after the run."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.tier import customer_value_run as following
from ..core.value_case import ONE_TO_ONE, ValueCase

CRON = "customer_value.cron_renew_benefits"


@tagged("post_install", "-at_install")
class TestBenefitQueue(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.gold, cls.silver, cls.own = (
            cls.env["product.pricelist"].create({"name": name, "company_id": cls.company.id})
            for name in ("Gold", "Silver", "Own")
        )
        cls.tier("Top").pricelist_id = cls.gold
        cls.tier("Middle").pricelist_id = cls.silver
        cls.members = cls.customers(5, "Member")
        for partner in cls.members:
            cls.invoice(partner, "2025-01-10", 90)
        # replaced by the tier, which the chatter tells
        cls.members.specific_property_product_pricelist = cls.own

    def setUp(self):
        super().setUp()
        self.jobs = []
        cron = type(self.env["ir.cron"])

        def share_out(cron, records, step, channel, **options):
            self.jobs.append((records, step, channel, options))
            return True

        self.patch(cron, "_value_has_queue", lambda cron: True)
        self.patch(cron, "_value_share_out", share_out)
        self.patch(following, "BATCH", 2)

    def lists(self):
        self.env.invalidate_all()
        return [partner.specific_property_product_pricelist.name for partner in self.members]

    def lines(self):
        """How often the chatter of each customer tells of their tier."""
        return [
            len(partner.message_ids.filtered(lambda message: "Customer tier:" in str(message.body)))
            for partner in self.members
        ]

    def do_jobs(self):
        """As queue_job does: the same job as long as it has done something."""
        counts = []
        records, step, _channel, _options = self.jobs.pop(0)
        while not counts or counts[-1]:
            counts.append(getattr(records, step)())
        return counts

    def test_after_the_run_batch_by_batch(self):
        run = self.run_policy()
        self.assertEqual((run.state, run.benefits_due, run.benefits_due_count), ("done", True, 5))
        self.assertEqual(self.lists(), ["Own"] * 5)
        self.assertEqual(self.jobs, [(run, "_follow_part", "benefits", {"in_parts": True})])
        run.sudo()._follow_part()
        self.assertEqual((self.lists().count("Gold"), self.lists().count("Own"), run.benefits_due_count), (2, 3, 3))
        self.assertEqual(self.do_jobs(), [2, 1, 0])
        self.assertEqual((self.lists(), self.lines()), (["Gold"] * 5, [1] * 5))
        self.assertFalse(run.benefits_due)

    def test_few_are_given_with_the_run(self):
        run = self.run_policy(partners=self.members[:2])
        self.assertEqual((run.benefits_due, self.jobs), (False, []))
        self.assertEqual(self.lists(), ["Gold"] * 2 + ["Own"] * 3)

    def test_tiers_that_have_changed_since(self):
        """Whichever job comes first, customers have the benefits of the tier they have by now.

        Their first tier is told only where it brings a benefit, as ever.
        """
        self.run_policy()
        for partner in self.members[:3]:
            self.credit_note(partner, "2025-01-11", 40)
        self.run_policy()
        first, second = self.jobs
        for earlier, later, lines in ((second, first, [1, 1, 1, 1, 1]), (first, second, [2, 2, 2, 1, 1])):
            with self.subTest(lines=lines), self.env.cr.savepoint() as savepoint:
                self.jobs = [earlier, later]
                self.do_jobs()
                self.do_jobs()
                self.assertEqual(self.lists(), ["Silver"] * 3 + ["Gold"] * 2)
                self.assertEqual(self.lines(), lines)
                savepoint.rollback()

    def test_customers_who_have_left_since(self):
        self.run_policy()
        self.members[0].active = False
        self.run_policy()
        self.do_jobs()
        self.assertEqual(self.lists(), ["Own"] + ["Gold"] * 4)

    def test_it_waits_for_a_run(self):
        run = self.run_policy().sudo()
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.env.ref(CRON).id)])
        with patch.object(following, "lock_company", lambda company, key, wait: False):
            self.assertIsNone(run._follow_part())
        self.assertTrue(run.benefits_due)
        self.assertGreater(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.env.ref(CRON).id)]), triggers
        )

    def test_the_scheduled_job_goes_on_where_jobs_are_lost(self):
        run = self.run_policy()
        with (
            patch.object(type(self.env["ir.cron"]), "_value_share_out", lambda cron, *args, **options: False),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(CRON).method_direct_trigger()
        self.assertEqual((self.lists(), self.lines()), (["Gold"] * 5, [1] * 5))
        self.assertFalse(run.benefits_due)

    def test_undone_once_they_are_given(self):
        run = self.run_policy()
        with self.assertRaisesRegex(UserError, "still being granted"), self.env.cr.savepoint():
            run.action_undo()
        self.do_jobs()
        run.action_undo()
        self.assertTrue(run.benefits_due)
        self.do_jobs()
        self.assertEqual((self.lists(), self.lines()), (["Own"] * 5, [2] * 5))
