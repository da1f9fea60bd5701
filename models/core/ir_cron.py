import logging

from odoo import api, models
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)

# So often is a step tried that meets concurrent updates.
ATTEMPTS = 3


class IrCron(models.Model):
    """How jobs work through records that have nothing to do with each other."""

    _inherit = "ir.cron"

    @api.model
    def _value_do_each(self, items, step, failed=None):
        """Take ``step`` with each of ``items`` and commit; one that fails is undone and blocks no other.

        A step that meets a concurrent update is taken again in a new transaction, which sees what the other one has
        left: it has to look whether there is still something to do. What is committed is not done again, as it would
        be if the whole job were.

        :param items: records, or a list of recordsets
        :param step: function of one of ``items``
        :param failed: function of one of ``items`` and the exception, instead of an error in the log
        """
        self._commit_progress(remaining=len(items))
        for item in items:
            try:
                self._value_try(step, item)
            except Exception as error:
                if failed:
                    failed(item, error)
                else:
                    _logger.exception("A job failed for %s, and goes on with the others", item)
            self._commit_progress(1)

    @api.model
    def _value_try(self, step, item):
        """:return: what ``step`` returns"""
        attempt = 1
        while True:
            try:
                with self.env.cr.savepoint():
                    return step(item)
            except OperationalError:
                if attempt == ATTEMPTS:
                    raise
                attempt += 1
                self._commit_progress()
