from odoo.exceptions import LockError, UserError


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
                "Somebody else is working on %s at this moment. Try again.", ", ".join(records.mapped("display_name"))
            )
        ) from error
    records.invalidate_recordset(names or None)
