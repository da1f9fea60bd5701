"""The scheduled jobs: which customers they rescore, and that one failure does not stop others."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.value_case import ONE_TO_ONE, ValueCase


class ScheduleCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.one, cls.two = cls.customers(2)
        for partner in (cls.one, cls.two):
            cls.invoice(partner, cls.today - timedelta(days=10), 10)
            cls.order(partner, cls.today - timedelta(days=10), 10)
        # other companies of this database are not our concern
        cls.Policy.search([("company_id", "!=", cls.company.id)]).calibration_run_id = False
        cls.policy._run()
        cls.settle(cls.policy)

    @classmethod
    def settle(cls, policies):
        """All happens in one moment for the database: let what has been written so far be the past."""
        cls.env.flush_all()
        policies.rescored_until = cls.env.cr.now() + timedelta(hours=2)
        cls.env.flush_all()

    def touch(self, records):
        """As if written after the scores."""
        self.env.flush_all()
        stamp = "create_date" if records._name == "account.partial.reconcile" else "write_date"
        self.env.cr.execute(
            f'UPDATE "{records._table}" SET "{stamp}" = %s WHERE id = ANY(%s)',
            [self.env.cr.now() + timedelta(hours=3), records.ids],
        )
        self.env.invalidate_all()

    def trigger(self, name):
        last = self.Run.search([], limit=1)
        with self.enter_registry_test_mode():
            self.env.ref(f"customer_value.{name}").method_direct_trigger()
        self.env.invalidate_all()
        return self.Run.search([("id", ">", last.id)], order="id")

    def rescored(self):
        run = self.trigger("cron_rescore")
        self.assertLessEqual(len(run), 1)
        if run:
            self.assertEqual((run.state, run.scope, run.simulate), ("done", "some", False), run.error)
        return run.partner_ids


@tagged("post_install", "-at_install")
class TestRescore(ScheduleCase):
    def test_nothing_new(self):
        self.assertFalse(self.rescored())

    def test_only_customers_with_newer_documents(self):
        self.invoice(self.one, self.today, 5)
        two = self.invoice(self.two, self.today, 5)
        self.touch(two)
        self.assertEqual(self.rescored(), self.two)
        self.assertEqual((self.score(self.one).score, self.score(self.two).score), (10, 15))

    def test_every_kind_of_document_is_noticed(self):
        third = self.customer("Third")
        contact = self.customer("Contact", parent_id=third.id)
        invoice = self.invoice(self.two, self.today - timedelta(days=5), 10)
        payment = self.pay(invoice, self.today - timedelta(days=1))
        documents = [
            (self.order(self.one), self.one),
            (self.order(contact).order_line, third),
            (self.invoice(contact), third),
            (self.credit_note(self.one), self.one),
            (payment.line_ids.matched_debit_ids, self.two),
            (self.lead(contact), third),
            (self.ticket(self.two), self.two),
        ]
        self.settle(self.policy)
        for record, partner in documents:
            with self.subTest(record=record._name):
                self.touch(record)
                self.assertEqual(self.rescored(), partner)
                self.settle_write(record)

    def settle_write(self, record):
        stamp = "create_date" if record._name == "account.partial.reconcile" else "write_date"
        self.env.cr.execute(f'UPDATE "{record._table}" SET "{stamp}" = now() WHERE id = ANY(%s)', [record.ids])
        self.settle(self.policy)

    def test_what_somebody_else_is_invoiced_is_noticed(self):
        """The invoice is theirs, and what it changes in the margin is of who ordered."""
        order = self.order(self.one, self.today - timedelta(days=5), 10)
        invoice = self.invoice(self.two, self.today, 8, order=order)
        self.assertEqual(order.value_customer_id, self.one)
        self.settle(self.policy)
        self.assertFalse(self.rescored())
        self.touch(invoice)
        self.assertEqual(self.rescored(), self.one + self.two)

    def test_changes_of_the_customer_are_noticed(self):
        self.one.value_influence = 40
        self.touch(self.one)
        self.assertEqual(self.rescored(), self.one)

    def test_archived_customer(self):
        self.one.active = False
        self.touch(self.one)
        self.assertEqual(self.rescored(), self.one)
        self.assertFalse(self.score(self.one))

    def test_customer_moved_under_another_company(self):
        self.one.parent_id = self.two
        self.touch(self.one)
        self.assertIn(self.two, self.rescored())
        self.assertFalse(self.score(self.one))
        self.assertEqual(self.score(self.two).score, 20)

    def test_line_of_a_confirmed_order_changed(self):
        order = self.order(self.one)
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET write_date = '2000-01-01' WHERE id = %s", [order.id])
        self.env.invalidate_all()
        order.order_line.price_unit = 70
        self.env.flush_all()
        order.invalidate_recordset()
        self.assertGreater(order.write_date.year, 2000, "the amount of the order has changed, and so has the order")

    def test_documents_of_another_company_are_not_our_concern(self):
        other = self.make_company("Other Company", "USD")
        self.settle(self.policy)
        self.touch(self.invoice(self.one, self.today, 5, company=other))
        self.assertFalse(self.rescored())

    def test_time_of_the_last_look_is_kept(self):
        self.policy.rescored_until = "2001-01-01 00:00:00"
        self.trigger("cron_rescore")
        self.assertGreaterEqual(self.policy.rescored_until, self.env.cr.now().replace(microsecond=0))


@tagged("post_install", "-at_install")
class TestRecalibrate(ScheduleCase):
    def test_everybody_is_scored_anew(self):
        self.invoice(self.one, self.today, 5)
        run = self.trigger("cron_recalibrate")
        self.assertEqual((run.scope, run.simulate, run.customer_count), ("all", False, 2))
        self.assertEqual(self.policy.calibration_run_id, run)
        self.assertEqual(self.score(self.one).score, 15)

    def test_a_policy_never_run_waits_for_its_manager(self):
        company = self.make_company("New Company", "USD")
        self.order(self.one, company=company)
        self.trigger("cron_recalibrate")
        self.assertFalse(self.score(self.one, company))

    def test_failing_policy_of_one_company_blocks_no_other(self):
        others = [self.make_company(name, "USD") for name in ("A before", "Z after")]
        broken, sound = (self.Policy._get_active(company) for company in others)
        for company in others:
            self.order(self.one, company=company)
        (broken + sound).calibration_run_id = self.policy.calibration_run_id
        broken.dimension_ids.unlink()
        self.assertLess(broken.company_id.id, sound.company_id.id, "it comes first")
        for job in ("cron_recalibrate", "cron_rescore"):
            with self.subTest(job):
                self.settle(self.policy)
                (broken + sound).rescored_until = "2001-01-01 00:00:00"
                self.env.flush_all()
                with mute_logger("odoo.addons.customer_value.models.scoring.customer_value_run"):
                    runs = self.trigger(job)
                failed = runs.filtered(lambda run: run.policy_id == broken)
                self.assertEqual(failed.state, "failed")
                self.assertIn("has no dimensions", failed.error)
                self.assertFalse(failed.simulate)
                self.assertEqual(runs.filtered(lambda run: run.policy_id == sound).state, "done")
                self.assertTrue(self.score(self.one, sound.company_id))
                self.assertFalse(self.score(self.one, broken.company_id))
