"""Share out work that Python spends its time on among processes."""

import os
import sys
import traceback

from odoo import sql_db
from odoo.modules.registry import Registry


def in_parts(env, parts, work):
    """Call `work(env, part)` for each part from 0 on, each in a process and a transaction of its own.

    Commits before, so that all see what there is, and after. Raises RuntimeError when a part fails; the
    others may have been committed by then.
    """
    env.cr.commit()
    sys.stdout.flush()
    children = [_child(env, part, work) for part in range(1, parts)]
    try:
        work(env, 0)
        env.cr.commit()
    finally:
        failed = [child for child in children if os.waitpid(child, 0)[1]]
    if failed:
        raise RuntimeError(f"{len(failed)} of {parts} parts failed: see above")
    # the present transaction began before the others ended
    env.cr.commit()
    env.invalidate_all()


def _child(env, part, work):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        # The connections are the parent's: kept, as closing one would end it for the parent, but not used.
        _inherited = (sql_db._Pool, sql_db._Pool_readonly, env)
        sql_db._Pool = sql_db._Pool_readonly = None
        with Registry(env.cr.dbname).cursor() as cr:
            work(env(cr=cr), part)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # no farewell to the parent's connections
        os._exit(code)
