import logging

from odoo import fields, models

from ...analytics.scoring.scoring import METRICS
from ..core.ir_config_parameter import REPLICA_WAIT
from ..core.replica import ReplicaError, copy_from_replica, has_changed, has_replica
from ..core.shared_rows import sample_rows, share_rows
from .customer_value_run import BY_BUTTON

_logger = logging.getLogger(__name__)


class CustomerValueRun(models.Model):
    """Where a run for all customers reads the documents: on a replica, so that the primary only has to write."""

    _inherit = "customer.value.run"

    read_from = fields.Selection(
        [
            ("primary", "Primary database"),
            ("replica", "Replica"),
            ("changed", "Primary database: documents were changed together with the run"),
            ("behind", "Primary database: the replica had not received all changes in time"),
            ("failed", "Primary database: the replica did not answer, or broke off"),
            ("unsuitable", "Primary database: the configured server is not a streaming replica of it"),
        ],
        string="Documents Read From",
        readonly=True,
        copy=False,
        workflow=BY_BUTTON,
    )

    def _collect_all(self, scope):
        """Raw metrics of all customers as ``customer_value_metric``, read by parallel workers of the server as well."""
        read_from, table = self._collect_on_replica(scope)
        if read_from != "replica":
            table = self._collect_here(scope)
        # sudo: as in _execute_again
        self.sudo().read_from = read_from
        self.flush_recordset(["read_from"])
        # nothing is joined or grouped by other columns
        sample_rows(self.env.cr, table, "partner_id")

    def _collect_here(self, scope):
        """Do the same on the primary.

        :return: as ``share_rows``
        """
        query = self._collect_side_by_side_sql(scope)
        with self.env["ir.config_parameter"]._reading_indexes():
            return share_rows(self.env.cr, METRICS, query)

    def _collect_on_replica(self, scope):
        """Do the same on a replica, if there is one that has all changes.

        :return: tuple of the key of ``read_from``, and as ``share_rows``; other than ``replica``, nothing has been done
        """
        cr = self.env.cr
        if not has_replica():
            return "primary", None
        query = self._collect_sql(scope)
        if has_changed(cr, query):
            return "changed", None
        wait = self.env["ir.config_parameter"]._get_value_whole(REPLICA_WAIT)
        try:
            table = copy_from_replica(cr, query, METRICS, wait)
        except ReplicaError as error:
            _logger.warning("Run %s reads on the primary database instead of the replica: %s", self.id, error)
            return error.reason, None
        # the replica is ahead of what this transaction sees: a customer may have been entered since it began
        cr.execute(
            "DELETE FROM customer_value_metric m WHERE NOT EXISTS (SELECT FROM res_partner p WHERE p.id = m.partner_id)"
        )
        return "replica", table
