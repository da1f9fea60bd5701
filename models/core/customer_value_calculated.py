from odoo import api, fields, models
from odoo.tools import SQL


class Matching(fields.Integer):
    """How many rows there are with which a row was found, before a page of them was taken."""

    def to_sql(self, model, alias):
        return SQL("count(*) OVER ()")


class CustomerValueCalculated(models.AbstractModel):
    """Lists whose rows are calculated when they are read: one page of them takes one calculation.

    Odoo reads the page, what its record rules ask for beyond the columns shown, and the number of all rows, and each of
    these would calculate all rows anew. Here the first statement brings everything.
    """

    _name = "customer.value.calculated"
    _description = "Calculated Rows"

    matching = Matching(readonly=True, exportable=False)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Without what is a mechanism of lists, and no figure of the row."""
        described = super().fields_get(allfields, attributes)
        described.pop("matching", None)
        return described

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        if not limit:
            return super().web_search_read(domain, specification, offset, limit, order, count_limit)
        rule = self.env["ir.rule"]._compute_domain(self._name, "read")
        asked = {condition.field_expr.partition(".")[0] for condition in rule.iter_conditions()} - {"id"}
        # the number belongs to this domain, and reading does not overwrite what is known
        self.invalidate_model(["matching"], flush=False)
        rows = self.search_fetch(
            domain, [*specification, *sorted(asked - specification.keys()), "matching"], offset, limit, order
        )
        if not rows:
            return {"length": 0, "records": []}
        count = rows[0].matching
        return {"length": min(count, count_limit) if count_limit else count, "records": rows.web_read(specification)}
