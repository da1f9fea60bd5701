from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.fact import totals
from ..core.fields_bulk import BulkMany2one
from ..risk.customer_retention_risk import LEVELS
from ..scoring.customer_value_score import LIFECYCLES
from .customer_value_fact import REBUILT, RECORDED

# What is asked of facts and answered from here.
AGGREGATES = {
    "__count",
    "currency_id:array_agg_distinct",
    *(f"{name}:{how}" for name in totals.SUMMED for how in ("sum", "sum_currency")),
    *(f"{name}:avg" for name in totals.AVERAGED),
}

REFERENCES = ("company_id", "tier_id", "segment_id", "user_id")


class CustomerValueFactTotal(models.Model):
    """Monthly figures of all customers who have in common what these figures are grouped by most.

    The pivot of two years over 200,000 customers would read five million rows. Nobody opens these: the monthly figures
    ask here wherever that gives the same answer. The database keeps them, see ``analytics/fact/totals.py``.
    """

    _name = "customer.value.fact.total"
    _description = "Totals of Monthly Figures"
    _log_access = False
    _ledger = totals.PLAIN

    month = fields.Date(readonly=True)
    # no keys: a tier that is deleted leaves the totals by what follows from its facts
    company_id = BulkMany2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_closed = fields.Boolean(string="Month Closed", readonly=True)
    origin = fields.Selection([(RECORDED, "Recorded"), (REBUILT, "Rebuilt")], readonly=True)
    tier_id = BulkMany2one("customer.value.tier", readonly=True)
    segment_id = BulkMany2one("customer.value.segment", readonly=True)
    lifecycle = fields.Selection(LIFECYCLES, readonly=True)
    risk_level = fields.Selection(LEVELS, readonly=True)
    facts = fields.Integer(string="Rows", readonly=True)
    revenue = fields.Monetary(readonly=True)
    margin = fields.Monetary(string="Net Margin", readonly=True)
    service_cost = fields.Monetary(readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    complaint_count = fields.Integer(string="Complaints", readonly=True)
    score = fields.Float(digits=(16, 2), readonly=True)
    lifetime_value = fields.Monetary(readonly=True)
    lifetime_historical = fields.Monetary(string="Historical Value", readonly=True)
    lifetime_current = fields.Monetary(string="Current Value", readonly=True)
    lifetime_potential = fields.Monetary(string="Potential Value", readonly=True)
    score_known = fields.Integer(string="Scores Known", readonly=True)
    lifetime_value_known = fields.Integer(string="Lifetime Values Known", readonly=True)
    lifetime_historical_known = fields.Integer(string="Historical Values Known", readonly=True)
    lifetime_current_known = fields.Integer(string="Current Values Known", readonly=True)
    lifetime_potential_known = fields.Integer(string="Potential Values Known", readonly=True)

    def _auto_init(self):
        # once the table of facts is there as well
        self.pool.post_init(self._follow)
        return super()._auto_init()

    def _follow(self):
        """Have the database keep the totals from now on, and count what is there already."""
        for statement in (*totals.follow_sql(), *self._ledger.count_sql()):
            self.env.cr.execute(statement)

    # -- what is asked of facts ----------------------------------------------------------------------------------------

    @api.model
    def _get_domain(self, domain, groupby, aggregates):
        """The domain of totals that add up to the facts in ``domain``, as far as the reader may see them.

        :param domain: of facts
        :param groupby: specifications of groups; ``aggregates`` those of aggregates
        :return: ``Domain``, or None where totals cannot tell
        """
        keys = {spec.partition(":")[0] for spec in groupby}
        if not AGGREGATES.issuperset(aggregates) or not keys.issubset(self._ledger.keys):
            return None
        Fact = self.env["customer.value.fact"]

        def expand(condition):
            """Of branches that count with another company."""
            if condition.field_expr == "is_counted_once" and condition.operator == "in":
                return Fact._search_is_counted_once(condition.operator, condition.value)
            return condition

        domain = Domain(domain).optimize(Fact).map_conditions(expand).optimize(Fact)
        # whatever is no condition is SQL of somebody's own
        if not all(isinstance(item, (str, tuple)) for item in domain):
            return None
        if not all(map(self._is_told, domain.iter_conditions())):
            return None
        seen = self._get_seen()
        return None if seen is None else domain & seen

    @api.model
    def _is_told(self, condition):
        """Whether totals know what a condition is about. Names of tiers are left to those who may read them."""
        name = condition.field_expr.partition(".")[0]
        if name not in self._ledger.keys:
            return False
        return name not in REFERENCES or (
            condition.operator in {"in", "not in"}
            and all(value is False or isinstance(value, int) for value in condition.value)
        )

    @api.model
    def _get_seen(self):
        """The domain of totals of all facts that the reader may see.

        :return: ``Domain``; None where that depends on the customer
        """
        rule = self.env["ir.rule"]._compute_domain("customer.value.fact", "read")
        if rule.is_true():
            return rule
        companies = self.env.companies.ids
        delivered = Domain("company_id", "in", companies) & Domain("partner_id.company_id", "in", [*companies, False])
        if rule != delivered.optimize(self.env["customer.value.fact"]) or self._hides(companies):
            return None
        return Domain("company_id", "in", companies)

    @api.model
    def _hides(self, companies):
        """Whether facts of these companies are about customers who belong to another one."""
        [(hides,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM (SELECT id FROM res_partner WHERE company_id IS NOT NULL AND company_id <> ALL(%(ids)s)
                                 OFFSET 0) rp
                     CROSS JOIN LATERAL (SELECT FROM customer_value_fact fact
                                          WHERE fact.partner_id = rp.id AND fact.company_id = ANY(%(ids)s)
                                          LIMIT 1) fact)
                """,
                ids=companies,
                to_flush=self.env["res.partner"]._fields["company_id"],
            )
        )
        return hides

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Of facts, not of rows; averages are those of the facts that have a value."""
        if aggregate_spec == "__count":
            return SQL("COALESCE(sum(%s), 0)::bigint", SQL.identifier(self._table, "facts"))
        name, _colon, how = aggregate_spec.partition(":")
        if how == "avg":
            return SQL(
                "sum(%s) / NULLIF(sum(%s), 0)",
                SQL.identifier(self._table, name),
                SQL.identifier(self._table, f"{name}_known"),
            )
        return super()._read_group_select(aggregate_spec, query)
