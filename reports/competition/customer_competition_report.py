from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ...analytics.competition import wilson
from ...models.competition.customer_competition_line import OUTCOMES

# A rate of fewer decided deals would be taken for more than it is.
MIN_DECIDED = 30


class CustomerCompetitionReport(models.Model):
    """One row for each competitor in a decided deal. Rates are of the rows that are put together, never of rates."""

    _name = "customer.competition.report"
    _inherit = ["customer.value.calculated"]
    _description = "Win Rates"
    _auto = False
    _order = "decided_on desc, id desc"
    _rec_name = "competitor_id"

    line_id = fields.Many2one("customer.competition.line", readonly=True)
    lead_id = fields.Many2one("crm.lead", string="Opportunity", readonly=True)
    order_id = fields.Many2one("sale.order", string="Quotation", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    competitor_id = fields.Many2one("res.partner", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    tier_id = fields.Many2one("customer.value.tier", string="Customer Tier", readonly=True)
    category_id = fields.Many2one(
        "product.category", readonly=True, help="Of the products with the largest amount in the quotations of the deal."
    )
    outcome = fields.Selection([choice for choice in OUTCOMES if choice[0] != "open"], readonly=True)
    decided_on = fields.Date(readonly=True)
    is_incumbent = fields.Boolean(string="Incumbent", readonly=True)
    is_winner = fields.Boolean(string="Won by Them", readonly=True)
    decided = fields.Integer(string="Decided Deals", readonly=True, aggregator="sum")
    won = fields.Integer(readonly=True, aggregator="sum")
    lost_to = fields.Integer(string="Lost to Them", readonly=True, aggregator="sum")
    win_rate = fields.Float(
        string="Win Rate (%)",
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help=f"Shown from {MIN_DECIDED} decided deals on.",
    )
    win_low = fields.Float(
        string="Win Rate at Least (%)", digits=(5, 1), readonly=True, aggregator="avg", help="95% interval of Wilson."
    )
    win_high = fields.Float(
        string="Win Rate at Most (%)", digits=(5, 1), readonly=True, aggregator="avg", help="95% interval of Wilson."
    )
    gap_won = fields.Float(
        string="Price Gap When Won (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="How much more expensive we were than the price heard.",
    )
    gap_lost = fields.Float(
        string="Price Gap When Lost (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="How much more expensive we were than the price heard.",
    )

    _depends = {
        "customer.competition.line": [
            "lead_id", "order_id", "company_id", "competitor_id", "partner_id", "user_id", "tier_id", "outcome",
            "decided_on", "is_incumbent", "is_winner", "price", "price_gap",
        ],
        "sale.order.line": ["order_id", "product_id", "price_subtotal"],
        "sale.order": ["opportunity_id"],
        "product.template": ["categ_id"],
    }  # fmt: skip

    @property
    def _table_query(self):
        # it stands alone in the list of columns: PostgreSQL looks at it only if somebody asks for it
        category = SQL(
            """(SELECT template.categ_id
                  FROM sale_order so
                  JOIN sale_order_line sol ON sol.order_id = so.id
                  JOIN product_product product ON product.id = sol.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                 WHERE CASE WHEN line.lead_id IS NULL THEN so.id = line.order_id
                            ELSE so.opportunity_id = line.lead_id END
                 GROUP BY template.categ_id
                 ORDER BY sum(sol.price_subtotal) DESC, template.categ_id LIMIT 1)"""
        )
        gap = SQL("CASE WHEN line.price > 0 AND line.outcome = %s THEN line.price_gap END", "won")
        lost_gap = SQL("CASE WHEN line.price > 0 AND line.outcome = %s THEN line.price_gap END", "lost")
        return SQL(
            """
            SELECT line.id, line.id AS line_id, line.lead_id, line.order_id, line.company_id, line.competitor_id,
                   line.partner_id, line.user_id, line.tier_id, %(category)s AS category_id, line.outcome,
                   line.decided_on, line.is_incumbent, line.is_winner, 1 AS decided,
                   (line.outcome = 'won')::int AS won,
                   (line.outcome = 'lost' AND line.is_winner IS TRUE)::int AS lost_to,
                   NULL::float8 AS win_rate, NULL::float8 AS win_low, NULL::float8 AS win_high,
                   %(gap_won)s AS gap_won, %(gap_lost)s AS gap_lost
              FROM customer_competition_line line
             WHERE line.outcome IN ('won', 'lost')
            """,
            category=category,
            gap_won=gap,
            gap_lost=lost_gap,
        )

    def _read_group_select(self, aggregate_spec, query):
        """Rates of all rows of a group together, from ``MIN_DECIDED`` on."""
        won = SQL("sum(%s)", self._field_to_sql(self._table, "won", query))
        trials = SQL("NULLIF(GREATEST(count(*), %(least)s - 1), %(least)s - 1)", least=MIN_DECIDED)
        rates = {
            "win_rate:avg": wilson.share_sql(won, trials),
            "win_low:avg": wilson.bound_sql(won, trials, upper=False),
            "win_high:avg": wilson.bound_sql(won, trials, upper=True),
        }
        if rate := rates.get(aggregate_spec):
            return SQL("100 * (%s)", rate)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _describe_record(self, competitor, company):
        """How decided deals against ``competitor`` went in ``company``, in words."""
        # sudo: how often, and nothing of any deal; whichever deals the reader may see
        [(decided, won, rate)] = self.sudo()._read_group(
            [("competitor_id", "=", competitor.id), ("company_id", "=", company.id)],
            [],
            ["decided:sum", "won:sum", "win_rate:avg"],
        )
        if not decided:
            return self.env._("No deal decided against them yet.")
        if decided < MIN_DECIDED:
            return self.env._(
                "Won %(won)s of %(decided)s deals: not enough decided for a rate (%(least)s).",
                won=won,
                decided=decided,
                least=MIN_DECIDED,
            )
        return self.env._(
            "Won %(won)s of %(decided)s deals (%(rate)s%%).",
            won=won,
            decided=decided,
            rate=formatLang(self.env, rate, digits=0),
        )
