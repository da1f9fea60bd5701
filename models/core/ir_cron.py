import logging
import time

from odoo import api, models
from psycopg2 import OperationalError

from .locking import Busy

_logger = logging.getLogger(__name__)

# So often is a step tried that meets concurrent updates; as a job of queue_job, with some seconds in between.
ATTEMPTS = 3
MOST_RETRIES = 20

# Somebody else may be at work: so often, and after so many seconds, is a step tried again; as a job, after others.
PAUSES = 30
PAUSE = 2
LATER = 30

# The channel of queue_job under which each kind of work has one of its own.
CHANNEL = "root.customer_value"


class IrCron(models.Model):
    """How records that have nothing to do with each other are worked through: one that fails blocks no other.

    With OCA's ``queue_job``, work that names a channel is shared out: each record is a job, done by whichever worker is
    free, and tried again later where a concurrent update was in its way. Without it the scheduled job does all of it.
    Either way a step is committed together with what shows that it was taken: a worker that is killed leaves it either
    taken or not.
    """

    _inherit = "ir.cron"

    @api.model
    def _notifydb(self):
        """Once for each commit, however many jobs it asks for: each time takes a new connection to the server, and once
        wakes all workers."""
        told = self.env.cr.postcommit.data
        if "customer_value.jobs" in told:
            return None
        told["customer_value.jobs"] = True
        return super()._notifydb()

    @api.model
    def _value_do_each(self, items, step, failed=None, channel=None):
        """Take ``step`` with each of ``items`` and commit; one that fails is undone and blocks no other.

        A step that meets a concurrent update is taken again in a new transaction, which sees what the other one has
        left: it has to look whether there is still something to do. What is committed is not done again, as it would
        be if the whole job were.

        A step that is :class:`Busy` is taken again after the others, for a minute; then it has failed.

        :param items: records, or a list of recordsets
        :param step: function of one of ``items``, or the name of a method of it without arguments
        :param failed: the same for one of ``items`` and the exception, instead of an error in the log
        :param str channel: of ``queue_job``; for records with methods that are named
        """
        if channel and self._value_share_out(items, step, channel, failed):
            self._commit_progress(remaining=0)
            return
        self._commit_progress(remaining=len(items))
        waiting = [item for item in items if not self._value_do_one(item, step, failed, patient=True)]
        for pauses_left in reversed(range(PAUSES)):
            if not waiting:
                return
            time.sleep(PAUSE)
            # begins a transaction, which sees what others have done meanwhile
            self._commit_progress()
            waiting = [item for item in waiting if not self._value_do_one(item, step, failed, bool(pauses_left))]

    @api.model
    def _value_do_one(self, item, step, failed, patient):
        """:return: whether the step was taken, or has failed; otherwise it is to be taken later"""
        try:
            self._value_try(step, item)
        except Exception as error:
            if patient and isinstance(error, Busy):
                return False
            if failed:
                _call(failed, item, error)
            else:
                _logger.exception("A job failed for %s, and goes on with the others", item)
        self._commit_progress(1)
        return True

    @api.model
    def _value_do_in_parts(self, items, step, remaining, channel=None):
        """Work through ``items`` of which each takes more than one step, and commit after each step.

        A step that fails is undone, ends the work on that one, and blocks no other. Where the time of the job is used
        up, the next job goes on.

        :param items: records, or a list of recordsets
        :param step: function of one of ``items``, or the name of a method of it without arguments, that returns how
            much it has done; 0: nothing is left of it; None: it has to wait, and the step has seen to it that the
            scheduled job comes back. A job of ``queue_job`` is undone and tried again by itself
        :param int remaining: how much there is to do in all
        :param str channel: as in :meth:`_value_do_each`
        """
        if channel and self._value_share_out(items, step, channel, in_parts=True):
            self._commit_progress(remaining=0)
            return
        self._commit_progress(remaining=remaining)
        for item in items:
            done = True
            while done:
                try:
                    done = self._value_try(step, item)
                except Exception:
                    _logger.exception("A job failed for %s, and goes on with the others", item)
                    break
                if done is None:
                    self._commit_progress(remaining=0)
                elif not self._commit_progress(done):
                    return

    @api.model
    def _value_try(self, step, item):
        """:return: what ``step`` returns"""
        attempt = 1
        while True:
            try:
                with self.env.cr.savepoint():
                    return _call(step, item)
            except OperationalError:
                if attempt == ATTEMPTS:
                    raise
                attempt += 1
                self._commit_progress()

    # -- queue_job, where it is installed ------------------------------------------------------------------------------

    @api.model
    def _value_has_queue(self):
        """Whether work can be left to jobs of ``queue_job``."""
        return "queue.job" in self.env

    @api.model
    def _value_share_out(self, records, step, channel, failed=None, in_parts=False):
        """Make a job of each of ``records``, unless it waits to be worked on already.

        :param str step: name of a method without arguments
        :param str channel: its last word
        :param str failed: name of a method of the exception; without it, a job that fails stays in the list of jobs
        :param bool in_parts: another job follows as long as the method returns how much it has done
        :return: whether there is a queue for them
        """
        if not self._value_has_queue():
            return False
        for record in records:
            self.with_delay(
                channel=f"{CHANNEL}.{channel}",
                description=f"{record._description}: {record.display_name}",
                identity_key=f"{record._name},{record.id}.{step}",
                # what meets concurrent updates for long is looked at by the next scheduled job
                max_retries=MOST_RETRIES,
            )._value_job(record, step, channel, failed, in_parts)
        return True

    @api.model
    def _value_job(self, record, step, channel, failed, in_parts):
        """What a job of ``queue_job`` does. It commits nothing: that is done together with the end of the job."""
        record = record.exists()
        if not record:
            return
        done = 0
        try:
            with self.env.cr.savepoint():
                done = _call(step, record)
        except OperationalError:
            # a concurrent update: the job is postponed, and has a new transaction then
            raise
        except Busy as error:
            self._value_postpone_job(str(error), error)
        except Exception as error:
            if not failed:
                raise
            _call(failed, record, error)
        if in_parts and done is None:
            self._value_postpone_job(self.env._("%s is waited for", record.display_name))
        if in_parts and done:
            self._value_share_out(record, step, channel, failed, in_parts)

    @api.model
    def _value_postpone_job(self, reason, error=None):
        # the module is there, as a job of it is being done
        from odoo.addons.queue_job.exception import RetryableJobError

        raise RetryableJobError(reason, seconds=LATER, ignore_retry=True) from error

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


def _call(step, item, *arguments):
    return getattr(item, step)(*arguments) if isinstance(step, str) else step(item, *arguments)
