import logging

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

_logger = logging.getLogger(__name__)

# Where both customers have a row for the same thing, one of the two says all: who follows and is notified, and what is
# worked out from documents anew.
ALIKE = {
    "mail_followers",
    "mail_notification",
    "discuss_channel_member",
    "customer_value_score",
    "customer_lifetime_value",
    "customer_retention_risk",
    "customer_retention_loss",
}


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Keeps what Odoo would delete: where one row of a customer conflicts with one of the other, all others move.

    Odoo moves all rows of a table at once. If one of them would be there twice, none is moved, and all are deleted.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys_generic(self, model, src_records, dst_record):
        if model == "res.partner":
            self.env.flush_all()
            for table, column, indexes in self._get_unique_references():
                self._move_rows(table, column, indexes, src_records, dst_record)
                if self.env.context.get("duplicate_review") and table not in ALIKE:
                    self._check_nothing_left(table, column, src_records)
        return super()._update_foreign_keys_generic(model, src_records, dst_record)

    @api.model
    def _get_unique_references(self):
        """Columns that refer to partners and of which values must be different.

        :return: list of table, column and a list of what is unique: lists of the other columns of each index
        """
        self.env.cr.execute(
            """
            SELECT ref.relname, att.attname, array_agg(others.names ORDER BY i.indexrelid)
              FROM unnest(%s, %s) reference(name, partner)
              JOIN pg_class ref ON ref.relname = reference.name AND ref.relnamespace = current_schema::regnamespace
              JOIN pg_attribute att ON att.attrelid = ref.oid AND att.attname = reference.partner
              JOIN pg_index i ON i.indrelid = ref.oid AND i.indisunique AND att.attnum = ANY(i.indkey)
               AND 0 <> ALL(i.indkey)
             CROSS JOIN LATERAL (
                   SELECT array_to_string(array_agg(other.attname), ',') AS names
                     FROM pg_attribute other
                    WHERE other.attrelid = ref.oid AND other.attnum = ANY(i.indkey) AND other.attnum <> att.attnum
                   ) others
             WHERE NOT starts_with(ref.relname, 'base_partner_merge_')
             GROUP BY 1, 2
             ORDER BY 1, 2
            """,
            [list(names) for names in zip(*self._get_fk_on("res_partner"), strict=True)],
        )
        return [
            (table, column, [names.split(",") if names else [] for names in indexes])
            for table, column, indexes in self.env.cr.fetchall()
        ]

    @api.model
    def _move_rows(self, table, column, indexes, sources, target):
        """Have the rows of ``sources`` refer to ``target`` as far as ``target`` has no such row."""
        conflicts = [
            SQL(
                "NOT EXISTS (SELECT FROM %s kept WHERE kept.%s = %s%s)",
                SQL.identifier(table),
                SQL.identifier(column),
                target.id,
                SQL("").join(
                    SQL(" AND kept.%s = moved.%s", SQL.identifier(name), SQL.identifier(name)) for name in names
                ),
            )
            for names in indexes
        ]
        for source in sources:
            query = SQL(
                "UPDATE %s moved SET %s = %s WHERE moved.%s = %s AND %s",
                SQL.identifier(table),
                SQL.identifier(column),
                target.id,
                SQL.identifier(column),
                source.id,
                SQL(" AND ").join(conflicts),
            )
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(query)
            except psycopg2.IntegrityError:
                # another condition of the table stands in the way of some: Odoo decides what becomes of them
                _logger.info("Rows of %s could not be moved together", table)

    @api.model
    def _check_nothing_left(self, table, column, sources):
        """:raise UserError: there are rows that would be deleted"""
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM %s WHERE %s = ANY(%s)",
                SQL.identifier(table),
                SQL.identifier(column),
                sources.ids,
            )
        )
        (count,) = self.env.cr.fetchone()
        # tables without a model hold links alone, of which one of two equal ones says all
        model = next((model for model in self.env.values() if model._table == table and not model._abstract), None)
        if count and model is not None:
            raise UserError(
                self.env._(
                    "Both customers have entries of the same kind that cannot be kept twice: %(what)s (%(count)s). "
                    "Delete the wrong ones first.",
                    what=self.env["ir.model"]._get(model._name).name,
                    count=count,
                )
            )
