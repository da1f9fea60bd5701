import logging

from odoo import api, models
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)

# So often is a step tried that meets concurrent updates.
ATTEMPTS = 3


class IrCron(models.Model):
    """How records that have nothing to do with each other are worked through: one that fails blocks no other."""

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
    def _value_do_in_parts(self, items, step, remaining):
        """Work through ``items`` of which each takes more than one step, and commit after each step.

        A step that fails is undone, ends the work on that one, and blocks no other. Where the time of the job is used
        up, the next job goes on.

        :param items: records, or a list of recordsets
        :param step: function of one of ``items`` that returns how much it has done; 0: nothing is left of it
        :param int remaining: how much there is to do in all
        """
        self._commit_progress(remaining=remaining)
        for item in items:
            done = True
            while done:
                try:
                    done = self._value_try(step, item)
                except Exception:
                    _logger.exception("A job failed for %s, and goes on with the others", item)
                    break
                if not self._commit_progress(done):
                    return

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

    @api.model
    def _value_do_together(self, records, step, failed):
        """Take ``step`` with all ``records`` at once; if that fails with each half, down to single records that fail.

        Cheap where few fail, as what is done together costs few queries each. Commits nothing.

        :param step: function of some of ``records``, which is undone as a whole where it raises
        :param failed: function of one record and the exception that it raises alone
        :raise OperationalError: a concurrent update; the caller that began the transaction tries all of it again
        """
        if not records:
            return
        try:
            with self.env.cr.savepoint():
                step(records)
            return
        except OperationalError:
            raise
        except Exception as error:
            if len(records) == 1:
                failed(records, error)
                return
        middle = len(records) // 2
        self._value_do_together(records[:middle], step, failed)
        self._value_do_together(records[middle:], step, failed)
