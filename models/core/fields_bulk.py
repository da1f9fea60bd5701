from odoo import fields


class BulkMany2one(fields.Many2one):
    """A many2one without a foreign key, for columns that only runs write, in bulk.

    PostgreSQL looks up every referenced row for each row written, and locks it: with seven keys, that took as long as
    computing and writing 200,000 scores. Where this is used, the model referred to keeps its records from being
    deleted.
    """

    def update_db_foreign_key(self, model, column):
        """No foreign key."""
