from contextlib import contextmanager

from odoo.exceptions import LockError, UserError

# First keys of the advisory locks of this addon; the second is the company, or the user.
LOCK_RUN = 0x43565255
LOCK_RISKS = 0x43565253
LOCK_LOSSES = 0x43565257
LOCK_ASSOCIATIONS = 0x4352584C
LOCK_WALLETS = 0x43565741
LOCK_AUDIENCE = 0x43525443
LOCK_INTAKE = 0x43524D49
LOCK_LIFETIME = 0x43524C54
LOCK_FOLLOWUPS = 0x43564655
LOCK_CALLS = 0x43564341
LOCK_ACQUISITION = 0x43564151
LOCK_REFERRALS = 0x43565246
LOCK_FACTS = 0x43564641
LOCK_DUPLICATES = 0x43564455
LOCK_DIAGNOSIS = 0x43564447


class Busy(UserError):
    """Somebody else is at it. A job tries again once they have ended."""


def lock_company(company, key, wait=True):
    """Let one transaction at a time do in ``company`` what ``key`` stands for, until it ends.

    :param key: one of the constants above
    :param bool wait: until the one before has ended, rather than give up at once
    :return: whether the lock is held; always so after waiting
    """
    cr = company.env.cr
    if wait:
        cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [key, company.id])
        return True
    cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [key, company.id])
    return cr.fetchone()[0]


@contextmanager
def take_turn(user, key):
    """Let one transaction at a time do for ``user`` what ``key`` stands for, until it ends.

    A transaction that has waited for its turn still sees the database as it was when it began. What the one before has
    left is found in the environment that is given, which is for reading alone and ends with the block.

    :param user: ``res.users``
    :param key: one of the constants above
    :return: an environment of the same user with the same rights
    """
    env = user.env
    env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [key, user.id])
    with env.registry.cursor() as cr:
        yield env(cr=cr)


def lock_for_step(records, *names):
    """Let one at a time work on ``records``, and find what the one before has left, until the transaction ends.

    What was read of the fields ``names`` before is forgotten; without names, all that was read of the records is. Call
    with sudo, once it is clear that the user may take the step.

    :raise UserError: somebody else is working on one of them
    """
    try:
        records.lock_for_update(allow_referencing=True)
    except LockError as error:
        raise UserError(
            records.env._(
                "Another user is currently working on %s. Please try again.", ", ".join(records.mapped("display_name"))
            )
        ) from error
    records.invalidate_recordset(names or None)
