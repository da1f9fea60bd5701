from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...models.acquisition.customer_acquisition import LEADS


class CustomerAcquisitionReport(models.Model):
    """What each channel cost in each month, and what the customers brought whose first order was in it.

    Customers and what they brought are those of the last refresh, cost and leads those of today.
    Amounts are in the currency of the company. Margins are net margins up to so many months after the first order of
    each customer, and null for cohorts that are younger. Rates of several rows are those of their sums, and those at
    so many months leave younger cohorts out, on both sides.
    """

    _name = "customer.acquisition.report"
    _inherit = ["customer.value.calculated"]
    _description = "Where Customers Come From"
    _auto = False
    _order = "cohort desc, channel_id, id"
    _rec_name = "channel_id"

    channel_id = fields.Many2one("customer.acquisition.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    cohort = fields.Date(
        readonly=True, help="Month of the first order of customers, of the cost, and of the entry of leads."
    )
    months = fields.Integer(
        string="Full Months",
        readonly=True,
        aggregator=None,
        help="So many months since their first order are over for all customers of the cohort.",
    )
    cost = fields.Monetary(readonly=True, help="Entered, on vendor bills, and booked on analytic accounts.")
    leads = fields.Integer(readonly=True, help="Leads and opportunities of those who had not ordered before.")
    customers = fields.Integer(string="Customers Won", readonly=True, help="Customers whose first order it was.")
    cost_per_lead = fields.Monetary(string="Cost per Lead", readonly=True, aggregator="avg")
    cost_per_customer = fields.Monetary(string="Cost per Customer", readonly=True, aggregator="avg")
    margin = fields.Monetary(string="Margin to Date", readonly=True, help="Net margin since the first order.")
    margin_3 = fields.Monetary(
        string="Margin at 3 Months", readonly=True, help="Net margin. Cohorts that are younger are left out."
    )
    margin_12 = fields.Monetary(
        string="Margin at 12 Months", readonly=True, help="Net margin. Cohorts that are younger are left out."
    )
    margin_24 = fields.Monetary(
        string="Margin at 24 Months", readonly=True, help="Net margin. Cohorts that are younger are left out."
    )
    return_3 = fields.Float(
        string="Margin/Cost at 3 Months",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Margin of cohorts of at least 3 months, over the cost of the same cohorts.",
    )
    return_12 = fields.Float(
        string="Margin/Cost at 12 Months",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Margin of cohorts of at least 12 months, over the cost of the same cohorts.",
    )
    return_24 = fields.Float(
        string="Margin/Cost at 24 Months",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Margin of cohorts of at least 24 months, over the cost of the same cohorts.",
    )
    payback = fields.Integer(
        string="Payback Month",
        readonly=True,
        aggregator="avg",
        help="The first month after the first order at whose end the margin covers the cost. Empty if it does not yet, "
        "or nothing was spent.",
    )
    lifetime_value = fields.Monetary(readonly=True)
    lifetime_ratio = fields.Float(string="Lifetime Value/Cost", digits=(16, 2), readonly=True, aggregator="avg")

    as_of = fields.Date(
        readonly=True,
        help="Customers and margins up to this day: they are worked out every night. Cost and leads are those of "
        "today.",
    )

    _depends = LEADS | {
        "customer.acquisition.origin": ["partner_id", "company_id", "channel_id", "first_order"],
        "customer.acquisition.cell": ["company_id", "channel_id", "cohort", "month", "margin"],
        "customer.lifetime.value": ["lifetime_value"],
        "customer.acquisition.cost": ["channel_id", "company_id", "amount", "date_from", "date_to"],
        "account.move.line": ["move_id", "balance", "date", "display_type", "acquisition_channel_id", "parent_state"],
        "account.move": ["move_type"],
        "account.analytic.line": ["amount", "date", "company_id", "move_line_id"],
    }

    @property
    def _table_query(self):
        companies = SQL(" UNION ALL ").join(
            SQL("(%s)", self._company_query(company)) for company in self.env.companies._without_counted()
        )
        ratios = {
            "cost_per_lead": ("cost", "leads"),
            "cost_per_customer": ("cost", "customers"),
            "lifetime_ratio": ("lifetime_value", "cost"),
            **{f"return_{months}": (f"margin_{months}", f"cost_{months}") for months in cohorts.HORIZONS},
        }
        return SQL(
            "SELECT row_number() OVER (ORDER BY line.company_id, line.cohort, line.channel_id) AS id, line.*, %s,"
            " %s AS payback FROM (%s) line",
            SQL(", ").join(
                SQL("line.%s / NULLIF(line.%s, 0) AS %s", *map(SQL.identifier, (above, below, name)))
                for name, (above, below) in ratios.items()
            ),
            cohorts.payback_sql(SQL("(SELECT line.cost, line.curve) cohort")),
            companies,
        )

    @api.model
    def _company_query(self, company):
        Acquisition = self.env["customer.acquisition"]
        scope = Acquisition._get_scope(company)
        as_of = Acquisition._as_of_sql(company)
        return SQL(
            """
            SELECT %(company)s AS company_id, %(currency)s AS currency_id, %(as_of)s AS as_of, told.*
              FROM (WITH customer AS NOT MATERIALIZED (%(customers)s), cell AS NOT MATERIALIZED (%(cells)s)
                    %(rows)s) told
            """,
            customers=self.env["customer.acquisition.origin"]._kept_sql(company),
            cells=self.env["customer.acquisition.cell"]._kept_sql(company),
            as_of=as_of,
            company=company.id,
            currency=company.currency_id.id,
            rows=cohorts.report_sql(
                costs=SQL(
                    "SELECT channel_id, date, amount FROM (%s) booking WHERE company_id = %s AND date <= %s",
                    self.env["customer.acquisition.booking"]._table_query,
                    scope.books,
                    scope.as_of,
                ),
                leads=SQL(
                    """
                    SELECT %(channel)s AS channel_id, %(created)s AS created_on
                      FROM %(leads)s
                      LEFT JOIN res_partner rp ON rp.id = lead.partner_id
                      LEFT JOIN customer ON customer.partner_id = rp.commercial_partner_id
                     WHERE %(ours)s AND lead.create_date < %(until)s
                       AND (customer.first_order IS NULL OR customer.first_order >= %(created)s)
                    """,
                    channel=cohorts.channel_sql(SQL("lead.source_id"), SQL("lead.medium_id")),
                    created=scope.day(SQL("lead.create_date")),
                    leads=Acquisition._leads_from(),
                    ours=Acquisition._our_leads(scope),
                    until=scope.until,
                ),
                lifetimes=SQL(
                    "SELECT partner_id, lifetime_value FROM customer_lifetime_value WHERE company_id = %s", company.id
                ),
                as_of=as_of,
                digits=company.currency_id.decimal_places,
            ),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Rates and payback of all rows of a group together."""

        def total(name):
            return SQL("sum(%s)", SQL.identifier(self._table, name))

        def ratio(above, below):
            return SQL("%s / NULLIF(%s, 0)", total(above), total(below))

        rates = {
            "cost_per_lead:avg": ("cost", "leads"),
            "cost_per_customer:avg": ("cost", "customers"),
            "lifetime_ratio:avg": ("lifetime_value", "cost"),
            **{f"return_{months}:avg": (f"margin_{months}", f"cost_{months}") for months in cohorts.HORIZONS},
        }
        if aggregate_spec in rates:
            return ratio(*rates[aggregate_spec])
        if aggregate_spec == "payback:avg":
            rows = SQL(
                "jsonb_to_recordset(jsonb_agg(jsonb_build_object('cost', %s, 'curve', %s)))"
                " AS cohort(cost numeric, curve numeric[])",
                SQL.identifier(self._table, "cost"),
                SQL.identifier(self._table, "curve"),
            )
            return cohorts.payback_sql(rows)
        return super()._read_group_select(aggregate_spec, query)

    # -- what is behind a row ------------------------------------------------------------------------------------------

    def action_open_customers(self):
        self.ensure_one()
        domain = [("channel_id", "=", self.channel_id.id), ("cohort", "=", self.cohort)]
        name = self.env._("Customers of %s", self.channel_id.display_name)
        return self.env["customer.acquisition.customer"]._open_customers(self.company_id, domain, name)

    def action_open_costs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_acquisition_booking")
        domain = (
            Domain("channel_id", "=", self.channel_id.id)
            & Domain("company_id", "in", self.company_id._get_value_books().ids)
            & Domain("date", ">=", self.cohort)
            & Domain("date", "<=", fields.Date.end_of(self.cohort, "month"))
        )
        return action | {
            "name": self.env._("Cost of %s", self.channel_id.display_name),
            "domain": list(domain),
            "context": {"create": False},
        }
