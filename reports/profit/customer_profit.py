from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.scoring.customers import is_customer_sql
from .customer_retention_profit_customer import CUSTOMERS
from .customer_retention_profit_period import Period

DAYS_OF_YEAR = 365

# What is deducted from the margin
COSTS = ("service", "redress", "campaigns", "care", "late_payment")

# Beyond the ids of companies: customer and company make one id
COMPANIES = 65536


class CustomerProfit(models.Model):
    """What each customer of a company brought in a period, less what they cost; one row for each.

    The period comes from the context: ``retention_from`` and ``retention_to``, or ``retention_period`` (see
    ``Period.named``); without either it is the twelve months up to today. Money is in the currency of the company of
    the row. Archived customers are part of it.

    Nothing is in two columns. The margin is after discounts and without what redress took from it; redress counts as
    its cost. Offers count on the day they were made, care and tickets on the day they were done.
    """

    _name = "customer.profit"
    _inherit = ["customer.value.calculated"]
    _description = "Profit per Customer"
    _auto = False
    _order = "profit, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    tier_id = fields.Many2one("customer.value.tier", readonly=True, help="At the start of the period.")
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    margin = fields.Monetary(
        string="Net Margin",
        readonly=True,
        help="Margin of orders in the period minus credit notes, after discounts. Redress has its own column.",
    )
    discount = fields.Monetary(
        string="Discounts",
        readonly=True,
        help="Discounts on the orders of the period. The net margin is what remains after them; they are not deducted "
        "again.",
    )
    service = fields.Monetary(
        readonly=True,
        help="Tickets and complaints closed, times the cost of a ticket; or their share of what is booked on the "
        "analytic account of service.",
    )
    redress = fields.Monetary(readonly=True, help="Cost of complaint redress executed in the period.")
    campaigns = fields.Monetary(readonly=True, help="Booked cost of the offers made in the period.")
    care = fields.Monetary(readonly=True, help="Care activities and letters of the period, times their cost.")
    late_payment = fields.Monetary(
        readonly=True,
        help="Interest on what was overdue, for the days of the period on which it was.",
    )
    cost = fields.Monetary(readonly=True, help="Service, redress, campaigns, care and late payment.")
    profit = fields.Monetary(readonly=True, help="Net margin minus cost.")

    _depends = {
        "sale.order": [
            "value_customer_id", "value_payer_id", "company_id", "state", "date_order", "amount_untaxed",
            "currency_rate", "margin",
        ],
        "sale.order.line": [
            "order_id", "product_id", "margin", "price_subtotal", "price_unit", "discount", "purchase_price",
            "product_uom_qty", "qty_delivered", "qty_invoiced", "untaxed_amount_invoiced", "coupon_id", "reward_id",
            "is_downpayment",
        ],
        "account.move": [
            "commercial_partner_id", "company_id", "state", "move_type", "date", "invoice_date",
            "amount_untaxed_signed", "reversed_entry_id",
        ],
        "account.move.line": [
            "move_id", "partner_id", "balance", "display_type", "date_maturity", "amount_residual", "reconciled",
            "account_id",
        ],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id", "amount", "max_date", "company_id"],
        "customer.complaint.redress": [
            "ticket_id", "company_id", "state", "move_id", "replacement_id", "card_id", "cost", "done_on",
        ],
        "helpdesk.ticket": [
            "partner_id", "company_id", "stage_id", "closed_date", "active", "duplicate_id", "is_complaint",
            "complaint_state", "complaint_closed_on",
        ],
        "customer.retention.member": ["partner_id", "company_id", "offered_on", "cost"],
        "customer.value.care": ["customer_id", "company_id", "state", "done_on", "action"],
        "customer.value.history": ["partner_id", "company_id", "date", "event", "tier_id"],
        "res.partner": ["commercial_partner_id", "user_id"],
    }  # fmt: skip

    # -- query ---------------------------------------------------------------------------------------------------------

    @api.model
    def _get_period(self):
        context = self.env.context
        first, last = context.get("retention_from"), context.get("retention_to")
        if first and last and not context.get("retention_period"):
            return Period.make(self.env, first, last)
        return Period.named(self.env, context.get("retention_period"))

    @property
    def _table_query(self):
        companies = [self.with_company(company)._company_query() for company in self.env.companies._without_counted()]
        return SQL(" UNION ALL ").join(SQL("(%s)", query) for query in companies)

    @api.model
    def _company_query(self):
        """The rows of the current company."""
        company = self.env.company
        period = self._get_period()
        scope = period.scope(company)
        Source, Rows = self.env["customer.value.source"], self.env[CUSTOMERS]
        read, joins, _evidence = Source._read_once(
            {
                "sale": Source._source_query("sale", scope, {"discount_share"}),
                "invoice": Source._source_query("invoice", scope, set()),
                "taken": Rows._redress_sql(scope),
                **{name: getattr(self, f"_{name}_sql")(period) for name in COSTS},
            },
            {
                "sale": ["order_count", "order_margin", "discount_amount"],
                "invoice": ["changed_margin"],
                "taken": ["margin"],
                **{name: ["amount"] for name in COSTS},
            },
        )
        digits = company.currency_id.decimal_places
        amounts = {
            "margin": SQL(
                "COALESCE(%s, 0) + COALESCE(taken.margin, 0)",
                Source._metric_sql("margin", Source._get_metrics()["margin"]),
            ),
            "discount": SQL("COALESCE(sale.discount_amount, 0)"),
            **{name: SQL("COALESCE(%s, 0)", SQL.identifier(name, "amount")) for name in COSTS},
        }
        rounded = SQL(", ").join(
            SQL("round((%s)::numeric, %s) AS %s", amount, digits, SQL.identifier(name))
            for name, amount in amounts.items()
        )
        cost = SQL(" + ").join(SQL.identifier("r", name) for name in COSTS)
        return SQL(
            """
            WITH %(read)s
            SELECT r.*, %(cost)s AS cost, r.margin - (%(cost)s) AS profit
              FROM (
            SELECT rp.id * %(companies)s::bigint + %(company)s AS id, rp.id AS partner_id, %(company)s AS company_id,
                   %(currency)s AS currency_id, rp.user_id, rung.tier_id, %(first)s::date AS date_from,
                   %(last)s::date AS date_to, %(amounts)s
              FROM res_partner rp
              %(joins)s
              LEFT JOIN (%(rung)s) rung ON rung.partner_id = rp.id
             -- orders before the period are read as well, and say nothing of it
             WHERE %(customer)s
               AND (sale.order_count > 0 OR sale.order_margin IS NOT NULL OR invoice.partner_id IS NOT NULL
                    OR taken.partner_id IS NOT NULL OR %(costs)s)) r
            """,
            cost=cost,
            companies=COMPANIES,
            company=company.id,
            currency=company.currency_id.id,
            first=period.first,
            last=period.last,
            amounts=rounded,
            read=read,
            joins=joins,
            rung=Rows._tier_sql(period),
            # what those cost who have left since is part of it
            customer=is_customer_sql("rp", archived=True),
            costs=SQL(" OR ").join(SQL("%s IS NOT NULL", SQL.identifier(name, "partner_id")) for name in COSTS),
        )

    @api.model
    def _per_customer_sql(self, model, domain, partner, amount):
        """What the records of a figure come to for each customer: ``partner_id`` and ``amount``.

        :param SQL partner: id of a partner, of the table of the model, called ``record``
        :param SQL amount: aggregate over the records
        """
        # sudo: figures are of the company, as those of the profit center
        records = self.env[model].sudo()._search(domain)
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, %(amount)s AS amount
              FROM %(table)s record
              JOIN res_partner rp ON rp.id = %(partner)s
             WHERE record.id IN %(records)s
             GROUP BY rp.commercial_partner_id
            """,
            amount=amount,
            table=SQL.identifier(self.env[model]._table),
            partner=partner,
            records=records.subselect(),
        )

    @api.model
    def _service_sql(self, period):
        """Tickets times what one costs; where service is booked on an account, what one came to in the period."""
        Profit = self.env["customer.retention.profit"]
        company = self.env.company.sudo()  # sudo: what the settings say
        model, domain = Profit._records_tickets(period)
        price = company.retention_ticket_cost
        if company.retention_service_account_id:
            [booked] = Profit._sum("service", period, "amount:sum")
            [count] = Profit._sum("tickets", period, "__count")
            price = -(booked or 0.0) / count if count else 0.0
        else:
            model, domain = Profit._records_service(period)
        return self._per_customer_sql(model, domain, SQL("record.partner_id"), SQL("count(*) * %s::numeric", price))

    @api.model
    def _redress_sql(self, period):
        model, domain = self.env["customer.retention.profit"]._records_redress(period)
        partner = SQL("(SELECT ticket.partner_id FROM helpdesk_ticket ticket WHERE ticket.id = record.ticket_id)")
        return self._per_customer_sql(model, domain, partner, SQL("sum(record.cost)"))

    @api.model
    def _campaigns_sql(self, period):
        model, domain = self.env["customer.retention.profit"]._records_offers(period)
        return self._per_customer_sql(model, domain, SQL("record.partner_id"), SQL("sum(record.cost)"))

    @api.model
    def _care_sql(self, period):
        company = self.env.company.sudo()  # sudo: what the settings say
        model, domain = self.env["customer.retention.profit"]._records_care(period)
        amount = SQL(
            "sum(CASE WHEN record.action = 'activity' THEN %s::numeric WHEN record.action = 'letter' THEN %s::numeric"
            " ELSE 0 END)",
            company.retention_activity_cost,
            company.retention_letter_cost,
        )
        return self._per_customer_sql(model, domain, SQL("record.customer_id"), amount)

    @api.model
    def _late_payment_sql(self, period, among=None):
        """Interest on what was overdue, for each day of the period on which it was, as of 365 days a year.

        What is still open at the end comes from the items that are overdue then (payments not matched yet have settled
        the oldest), what was paid in the period from reconciliations. What a credit note or an exchange difference
        settled was not paid late.

        :param Scope among: of the same days, where it is about some customers
        """
        scope = among or period.scope(self.env.company)
        return SQL(
            """
            SELECT late.partner_id, sum(late.amount * late.days) * %(rate)s::numeric / 100 / %(year)s AS amount
              FROM (%(items)s) late
             GROUP BY late.partner_id
            HAVING sum(late.amount * late.days) > 0
            """,
            # sudo: what the settings say
            rate=self.env.company.sudo().retention_interest_rate,
            year=DAYS_OF_YEAR,
            items=self._late_items_sql(scope),
        )

    @api.model
    def _late_items_sql(self, scope):
        """What was overdue in the window: ``partner_id``, ``move_id``, ``amount`` and the ``days`` of the window."""
        return SQL(
            """
            SELECT open.partner_id, open.move_id, open.amount,
                   %(last)s::date - GREATEST(open.date_maturity, %(eve)s) AS days
              FROM (%(open)s) open
             UNION ALL
            SELECT paid.partner_id, paid.move_id, paid.amount, paid.day - GREATEST(paid.date_maturity, %(eve)s)
              FROM (%(paid)s) paid
             WHERE paid.day > paid.date_maturity
            """,
            last=scope.as_of,
            eve=fields.Date.subtract(scope.window_start, days=1),
            open=self.env["customer.value.source"]._overdue_items_sql(scope),
            paid=self.env["customer.value.source"]._paid_items_sql(scope),
        )

    # -- documents -----------------------------------------------------------------------------------------------------

    @api.model
    def _get_figure_records(self, figure, partner, period):
        """:return: tuple of model and domain of what is behind a figure of a customer of the current company"""
        Profit = self.env["customer.retention.profit"]
        Source = self.env["customer.value.source"]
        scope = period.scope(self.env.company)
        if figure in ("margin", "discount"):
            action = Source._documents_action("order_count", scope, partner)
            return action["res_model"], Domain(action["domain"])
        if figure == "late_payment":
            moves = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT late.move_id FROM (%s) late WHERE late.partner_id = %s AND late.days > 0",
                    self._late_items_sql(scope),
                    partner.id,
                )
            )
            return "account.move", Domain("id", "in", [move for (move,) in moves])
        records, field = {
            "service": (
                Profit._records_tickets
                if self.env.company.sudo().retention_service_account_id
                else Profit._records_service,
                "partner_id.commercial_partner_id",
            ),
            "redress": (Profit._records_redress, "ticket_id.partner_id.commercial_partner_id"),
            "campaigns": (Profit._records_offers, "partner_id.commercial_partner_id"),
            "care": (Profit._records_care, "customer_id.commercial_partner_id"),
        }[figure]
        model, domain = records(period)
        return model, domain & Domain(field, "=", partner.id)

    def action_open_documents(self):
        """The documents behind the figure that the context names as ``profit_figure``.

        :raise AccessError: the user may not open them
        :raise UserError: no such figure
        """
        self.ensure_one()
        figure = self.env.context.get("profit_figure")
        if figure not in ("margin", "discount", *COSTS):
            raise UserError(self.env._("There are no records for this figure."))
        row = self.with_company(self.company_id)
        period = Period(self.date_from, self.date_to)
        model, domain = row._get_figure_records(figure, self.partner_id, period)
        self.env[model].check_access("read")
        title = f"{self._fields[figure]._description_string(self.env)}: {self.partner_id.display_name}"
        return self.env["customer.value.source"]._list_action(title, model, list(domain))

    def action_open_figures(self):
        """The figures of one customer, each with the way to its documents; the period of the list goes along."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Profit per Customer"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "context": Period(self.date_from, self.date_to).context,
        }
