from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Context key: lines of a policy are being written together and are checked by the policy when all are there.
PENDING = "customer_value_lines_pending"

# Context key: id of the policy whose parts are looked for by name. Each version has its own "Gold".
IN_POLICY = "customer_value_parts_of"


class CustomerValuePolicyLine(models.AbstractModel):
    """A named part of a policy (tier, segment) that other records refer to across versions of that policy.

    Heirs have ``policy_id`` and ``origin_id``, the record of the earlier version they were copied from.
    """

    _name = "customer.value.policy.line"
    _description = "Component of a Customer Value Policy"
    _inherit = ["customer.value.policy.part"]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_unless_pending()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._check_unless_pending()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        if not self.env.context.get(PENDING):
            policies.exists()._check_lines()
        return result

    def _check_unless_pending(self):
        if not self.env.context.get(PENDING):
            self.policy_id._check_lines()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for model, names in self._get_bulk_references().items():
            for name in names:
                used = self.env[model].sudo().search([(name, "in", self.ids)], limit=1)[name]
                if used:
                    raise UserError(
                        self.env._(
                            "%(name)s is in use: customers have it now or had it before. Create a new version of the "
                            "policy without it.",
                            name=used.display_name,
                        )
                    )

    @api.model
    def _get_bulk_references(self):
        """Columns without a foreign key that refer to us: ``{model name: (field name, ...)}``."""
        return {}

    @api.model
    def _get_rule_models(self):
        """Models whose records, part of a policy too, refer to us: ``{model name: field name}``."""
        return {}

    def _swap_with(self, other):
        """Exchange all values with ``other``, a record of another policy, so that each takes the other's place."""
        self.ensure_one()
        self.env.flush_all()
        columns = [
            SQL.identifier(name)
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in ("id", "origin_id")
        ]
        self.env.cr.execute(
            SQL(
                "UPDATE %(table)s AS mine SET (%(columns)s) = ROW(%(others)s) FROM %(table)s AS other"
                " WHERE (mine.id, other.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))",
                table=SQL.identifier(self._table),
                columns=SQL(", ").join(columns),
                others=SQL(", ").join(SQL("other.%s", column) for column in columns),
                a=self.id,
                b=other.id,
            )
        )
        links = [field for field in self._fields.values() if field.store and field.copy and field.type == "many2many"]
        references = [(self.env[model]._table, name) for model, name in self._get_rule_models().items()]
        for table, name in [*references, *((field.relation, field.column1) for field in links)]:
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(name)s = CASE WHEN %(name)s = %(a)s THEN %(b)s ELSE %(a)s END"
                    " WHERE %(name)s IN (%(a)s, %(b)s)",
                    table=SQL.identifier(table),
                    name=SQL.identifier(name),
                    a=self.id,
                    b=other.id,
                )
            )
        self.env.invalidate_all()
