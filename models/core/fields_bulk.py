from odoo import fields


class BulkMany2one(fields.Many2one):
    """A many2one without a foreign key, for columns that only runs write, in bulk.

    PostgreSQL looks up every referenced row for each row written, and locks it: with seven keys, that took as long as
    computing and writing 200,000 scores. Where this is used, the model referred to keeps its records from being
    deleted.
    """

    def update_db_foreign_key(self, model, column):
        """No foreign key."""


class PackedJson(fields.Json):
    """JSON for whoever reads it, kept as whole numbers that SQL has written; ``_field_to_sql`` makes JSON of them."""

    _column_type = ("_int4", "int4[]")

    def convert_to_column(self, value, record, values=None, validate=True):
        """:raise NotImplementedError: written by anything but SQL"""
        if value:
            raise NotImplementedError(f"{self} is written by SQL")
