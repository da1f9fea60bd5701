from odoo import fields
from odoo.tools import SQL

_FUNCTION = SQL.identifier("customer_value_follow_deleted")


class BulkMany2one(fields.Many2one):
    """A many2one without a foreign key, for columns that only runs write, in bulk.

    PostgreSQL looks up every referenced row for each row written, and locks it: with seven keys, that took as long as
    computing and writing 200,000 scores. Where this is used, the model referred to keeps its records from being
    deleted.
    """

    def update_db_foreign_key(self, model, column):
        """No foreign key."""


class BulkCustomer(BulkMany2one):
    """The customer of rows that runs write in bulk: they are deleted with the customer, as by a foreign key.

    A trigger deletes them, once a statement, also where partners are deleted past Odoo. Whoever inserts rows of a
    customer who had none locks the partner meanwhile (``FOR KEY SHARE``), or one who is deleted at the same time leaves
    rows behind. Odoo's merge wizard is told of the column (``get_bulk_references``).
    """

    def update_db_foreign_key(self, model, column):
        """A trigger instead."""
        cr = model.env.cr
        table, trigger = model.env[self.comodel_name]._table, f"{model._table}_{self.name}_follow"
        cr.execute(
            "SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgrelid = to_regclass(%s)",
            (trigger, f'"{table}"'),
        )
        if cr.fetchone():
            return
        cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    EXECUTE format('DELETE FROM %%I WHERE %%I IN (SELECT id FROM gone)', TG_ARGV[0], TG_ARGV[1]);
                    RETURN NULL;
                END $$
                """,
                _FUNCTION,
            )
        )
        cr.execute(
            SQL(
                "CREATE TRIGGER %s AFTER DELETE ON %s REFERENCING OLD TABLE AS gone"
                " FOR EACH STATEMENT EXECUTE FUNCTION %s(%s, %s)",
                SQL.identifier(trigger),
                SQL.identifier(table),
                _FUNCTION,
                model._table,
                self.name,
            )
        )


def get_bulk_references(env, table):
    """:return: list of (table, column) that refer to ``table`` by ``BulkCustomer``"""
    return [
        (model._table, name)
        for model in env.registry.values()
        if model._auto and not model._abstract
        for name, field in model._fields.items()
        if isinstance(field, BulkCustomer) and field.store and env[field.comodel_name]._table == table
    ]


def drop_following(cr):
    """Have nothing follow deleted partners any more: the tables are about to go."""
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", _FUNCTION))


class Fingerprint(fields.Integer):
    """A number of 64 bits for all that a row says, by which rows that differ are found. Nobody reads it but SQL: for
    whom it is sent to, it may be too great.
    """

    _column_type = ("int8", "int8")
    aggregator = None
    groups = fields.NO_ACCESS


class PackedJson(fields.Json):
    """JSON for whoever reads it, kept as whole numbers that SQL has written; ``_field_to_sql`` makes JSON of them."""

    _column_type = ("_int4", "int4[]")

    def convert_to_column(self, value, record, values=None, validate=True):
        """:raise NotImplementedError: written by anything but SQL"""
        if value:
            raise NotImplementedError(f"{self} is written by SQL")
