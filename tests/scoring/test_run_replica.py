"""Where a run reads documents, and what it says of that."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.core.replica import ReplicaError
from ...models.core.shared_rows import share_rows
from ..core.test_replica import told_of_replica
from .run_case import RunCase

MODULE = "odoo.addons.customer_value.models.scoring.customer_value_run_replica"


@tagged("post_install", "-at_install")
class TestRunReplica(RunCase):
    def without_changes(self):
        """As in a run that is started by itself; here, the documents are of the same transaction."""
        return patch(f"{MODULE}.has_changed", return_value=False)

    def test_without_a_replica(self):
        self.assertEqual(self.run_policy().read_from, "primary")
        self.assertFalse(self.run_policy(partners=self.low).read_from)

    def test_documents_that_the_replica_cannot_know(self):
        with told_of_replica(db_replica_host="127.0.0.1", db_replica_port=1):
            run = self.run_policy()
        self.assertEqual(run.read_from, "changed")
        self.assertEqual(run.customer_count, 3)

    def test_a_replica_that_cannot_be_read(self):
        """The run does the same on the primary, and says why."""
        self.run_policy()
        state = self.state()
        for reason in ("behind", "failed", "unsuitable"):
            with (
                self.subTest(reason=reason),
                told_of_replica(db_replica_host="replica"),
                self.without_changes(),
                patch(f"{MODULE}.copy_from_replica", side_effect=ReplicaError(reason, "the reason")),
                self.assertLogs(MODULE, "WARNING") as logs,
            ):
                run = self.run_policy()
            self.assertEqual((run.state, run.read_from, run.customer_count), ("done", reason, 3))
            self.assertEqual(self.state(), state)
            self.assertIn("the reason", logs.output[0])

    def test_a_server_that_is_not_there(self):
        with (
            told_of_replica(db_replica_host="127.0.0.1", db_replica_port=1),
            self.without_changes(),
            mute_logger(MODULE),
        ):
            run = self.run_policy(simulate=True)
        self.assertEqual((run.state, run.read_from, run.customer_count), ("done", "failed", 3))

    def test_customers_entered_since_the_run_began(self):
        """The replica knows them; what the run writes could not refer to them."""
        unknown = self.env["res.partner"].search([], order="id desc", limit=1).id + 1000

        def copy(cr, query, name, wait):
            self.assertEqual(wait, 30)
            another = SQL.identifier("customer_value_another")
            table = share_rows(cr, name, query)
            cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS SELECT * FROM %s LIMIT 1", another, table))
            cr.execute(SQL("UPDATE %s SET partner_id = %s", another, unknown))
            cr.execute(SQL("INSERT INTO %s SELECT * FROM %s", table, another))
            return table

        with (
            told_of_replica(db_replica_host="replica"),
            self.without_changes(),
            patch(f"{MODULE}.copy_from_replica", side_effect=copy),
        ):
            run = self.run_policy()
        self.assertEqual((run.read_from, run.customer_count), ("replica", 3))
        self.assertEqual([self.score(partner).score for partner in (self.low, self.middle, self.top)], [10, 50, 90])

    def test_users_cannot_enter_it(self):
        run = self.run_policy()
        with self.assertRaisesRegex(Exception, "Use the buttons of the run"):
            run.with_user(self.env.ref("base.user_admin")).read_from = "replica"
