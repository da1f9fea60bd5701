from odoo.tools import SQL

from .analytics.fact import totals
from .analytics.scoring import purchases
from .models.core.fields_bulk import drop_following
from .models.core.ir_config_parameter import WHOLE
from .models.core.side_by_side import drop_reader
from .models.core.statistics import drop_statistics
from .models.scoring.customer_value_source_pos import drop_codes


def post_init_hook(env):
    """Give every company that exists when the module is installed what a new company gets."""
    env["res.company"].search([])._create_value_defaults()
    env["customer.former.customer"]._note()


def uninstall_hook(env):
    """Give customers back what stood before tiers and campaigns gave them pricelists, payment terms and managers.

    What somebody has entered by hand since then stays. Codes and letters that customers hold stay promised.
    """
    env["customer.retention.grant"]._take_back_all()
    env["customer.value.grant"]._take_back_all()
    env["ir.config_parameter"].search([("key", "in", list(WHOLE))]).unlink()
    drop_statistics(env.cr)
    drop_following(env.cr)
    drop_reader(env.cr)
    drop_codes(env.cr)
    for statement in [*totals.drop_sql(), *purchases.drop_sql()]:
        env.cr.execute(statement)
    _drop_restrictions(env)


def _drop_restrictions(env):
    """Drop the foreign keys that keep the addon's records from being deleted, as all of them are about to be.

    Odoo deletes delivered records one by one, before the tables. A record that another one refers to makes the
    database refuse, which is logged as an error each time.
    """
    ours = (model for model in env.registry.values() if model._original_module == "customer_value")
    tables = tuple(model._table for model in ours if model._auto)
    env.cr.execute(
        SQL(
            """
            SELECT constrained.relname, fk.conname
              FROM pg_constraint fk
              JOIN pg_class constrained ON constrained.oid = fk.conrelid
              JOIN pg_class target ON target.oid = fk.confrelid
             WHERE fk.contype = 'f' AND fk.confdeltype IN ('r', 'a')
               AND constrained.relnamespace = current_schema::regnamespace
               AND (constrained.relname IN %(tables)s OR target.relname IN %(tables)s)
            """,
            tables=tables,
        )
    )
    for table, constraint in env.cr.fetchall():
        env.cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(constraint)))
