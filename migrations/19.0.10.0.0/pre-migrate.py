import logging
from pathlib import Path

from odoo import SUPERUSER_ID
from odoo.tools.sql import column_exists, table_columns, table_exists

_logger = logging.getLogger("odoo.addons.customer_value.migrations")
# What was released, and has a database of its own in the test of this update.
RELEASED = (
    "19.0.1.1.0",
    "19.0.2.0.1",
    "19.0.3.0.0",
    "19.0.4.0.0",
    "19.0.5.0.0",
    "19.0.6.0.0",
    "19.0.7.0.0",
    "19.0.8.0.0",
    "19.0.9.0.0",
)


def migrate(cr, version):
    """Make room for the views and rules of this version, which are loaded next."""
    if version not in RELEASED:
        raise RuntimeError(
            f"Customer Value {version} cannot be updated to {Path(__file__).parent.name}. "
            f"Update it to one of these first: {', '.join(RELEASED)}."
        )
    _empty_extensions(cr)
    _free_paths(cr)
    _remove_rules(cr)
    _pack_contributions(cr)
    _free_customers(cr)
    _shorten_lifetimes(cr)


def _empty_extensions(cr):
    """Empty our views that extend others; each is filled again when its file is loaded.

    While files are loaded, a view is checked together with all views that extend it, as they are in the database by
    then. One that was written for the form of an earlier version need not fit that of this one, and would stop the
    update, though it is about to be replaced or removed. What users have made of them stays: order, whether they are
    active, and views of their own that extend them. Translations come with the files.

    A copy that a website has made is emptied as well where nobody has changed it: Odoo keeps such copies in step.
    """
    cr.execute(
        """
        WITH ours AS (
             SELECT view.id, view.key, view.arch_db
               FROM ir_ui_view view
               JOIN ir_model_data data ON data.model = 'ir.ui.view' AND data.res_id = view.id
              WHERE data.module = 'customer_value' AND data.noupdate IS NOT TRUE
                AND view.mode = 'extension' AND view.inherit_id IS NOT NULL
             )
        UPDATE ir_ui_view view
           SET arch_db = jsonb_build_object('en_US', '<data/>')
          FROM ours
         WHERE view.id = ours.id OR view.key = ours.key AND view.arch_db = ours.arch_db
        """
    )


def _free_paths(cr):
    """Take their addresses from our actions; those of this version bring theirs.

    Two actions never have the same one, and what an earlier version called differently is removed last of all.
    """
    cr.execute(
        """
        UPDATE ir_actions
           SET path = NULL
         WHERE path IS NOT NULL
           AND id IN (SELECT res_id FROM ir_model_data
                       WHERE module = 'customer_value' AND model LIKE 'ir.actions.%' AND noupdate IS NOT TRUE)
        """
    )


def _remove_rules(cr):
    """Remove our record rules; those of this version are made anew when their files are loaded.

    Odoo neither updates nor removes them: somebody may have changed them. One that allows more than this version does
    would go on allowing it, and one that names a field of an earlier version would stop all reading. Rules that
    somebody has changed are left alone.
    """
    cr.execute(
        """
        SELECT data.name, rule.id, rule.write_uid = %s AS ours
          FROM ir_rule rule
          JOIN ir_model_data data ON data.model = 'ir.rule' AND data.res_id = rule.id
         WHERE data.module = 'customer_value'
        """,
        (SUPERUSER_ID,),
    )
    rules = cr.dictfetchall()
    ids = tuple(rule["id"] for rule in rules if rule["ours"])
    if ids:
        cr.execute("DELETE FROM ir_rule WHERE id IN %s", (ids,))
        cr.execute("DELETE FROM ir_model_data WHERE model = 'ir.rule' AND res_id IN %s", (ids,))
    for rule in rules:
        if not rule["ours"]:
            _logger.warning(
                "The record rule customer_value.%s was changed by hand and stays as it is. Compare it with that of a "
                "new database.",
                rule["name"],
            )


def _pack_contributions(cr):
    """Scores keep two whole numbers for each contribution; their names and weights are kept once, on the run.

    A run writes all its scores by the same dimensions, so those of any of them are its own. Raw values are among the
    metrics. A score of which nobody knows by which run it was written is written anew by the next one.
    """
    if table_columns(cr, "customer_value_score")["contributions"]["udt_name"] != "jsonb":
        return
    if not column_exists(cr, "customer_value_run", "dimension_weights"):
        cr.execute("ALTER TABLE customer_value_run ADD COLUMN dimension_weights jsonb")
    cr.execute(
        """
        UPDATE customer_value_run run
           SET dimension_weights = (SELECT COALESCE(jsonb_agg(jsonb_build_array(line.key, line.value->'weight')), '[]')
                                      FROM jsonb_each(written.contributions) line)
          FROM (SELECT DISTINCT ON (run_id) run_id, contributions
                  FROM customer_value_score WHERE contributions IS NOT NULL) written
         WHERE run.id = written.run_id
        """
    )
    cr.execute(
        """
        CREATE FUNCTION pg_temp.packed(contributions jsonb, run integer) RETURNS integer[] LANGUAGE sql STABLE AS $$
            SELECT array_agg(number.value ORDER BY line.place, number.place)
              FROM customer_value_run
             CROSS JOIN jsonb_array_elements(dimension_weights) WITH ORDINALITY line(value, place)
             CROSS JOIN LATERAL (
                    VALUES (1, round(($1->(line.value->>0)->>'points')::numeric * 100)::integer),
                           (2, round(($1->(line.value->>0)->>'contribution')::numeric * 100)::integer)
                   ) number(place, value)
             WHERE id = $2 AND $1 IS NOT NULL
        $$
        """
    )
    cr.execute(
        """
        UPDATE customer_value_score SET fingerprint = NULL
         WHERE NOT EXISTS (SELECT FROM customer_value_run run WHERE run.id = run_id)
        """
    )
    # the table is written anew, with the room in its pages that scores of this version have
    cr.execute("ALTER TABLE customer_value_score SET (fillfactor = 85)")
    cr.execute(
        "ALTER TABLE customer_value_score ALTER COLUMN contributions TYPE integer[]"
        " USING pg_temp.packed(contributions, run_id)"
    )


def _free_customers(cr):
    """Scores and history follow their customers by a trigger, which is made when their models are."""
    for table in ("customer_value_score", "customer_value_history"):
        cr.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_partner_id_fkey")


def _shorten_lifetimes(cr):
    """Lifetime values follow their customers by a trigger, do without what is known from their other columns, and leave
    room in their pages."""
    if not table_exists(cr, "customer_lifetime_value"):
        return
    cr.execute("ALTER TABLE customer_lifetime_value DROP CONSTRAINT IF EXISTS customer_lifetime_value_partner_id_fkey")
    cr.execute("ALTER TABLE customer_lifetime_value SET (fillfactor = 50)")
    cr.execute("UPDATE customer_lifetime_value SET details = NULLIF(details - 'margin', '{}') WHERE details ? 'margin'")
