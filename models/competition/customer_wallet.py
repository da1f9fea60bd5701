from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ...analytics.competition import wallet
from ...analytics.core import storing
from ...analytics.scoring.customers import is_customer_sql
from ..core.locking import LOCK_WALLETS, lock_company
from ..scoring.customer_value_source import Scope

_lt = LazyTranslate(__name__)

WORKED_OUT = _lt("The app works this out. Enter the budget, or our rank among the suppliers.")

# What is read of documents and customers; the wallet follows from these and from what is entered.
READ = ("tier_id", "revenue", "alike_wallet", "alike_count", "basis", "wallet", "share", "gap")


class CustomerWallet(models.Model):
    """What a customer spends in a year on what we sell, with whomever they buy, in one company.

    Budget and rank are entered by people; the rest is worked out in SQL, see ``analytics/competition/wallet.py``.
    Amounts are in company currency, untaxed, for twelve months.
    """

    _name = "customer.wallet"
    _description = "Share of Wallet"
    _inherit = [
        "customer.retention.finding",
        "customer.value.workflow.record",
        "customer.value.customer.row",
        "customer.succession.participant",
    ]
    _order = "gap desc, id"
    _rec_name = "partner_id"
    _succession_layer = 90
    _workflow = WORKED_OUT

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, ondelete="cascade", workflow=False)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        workflow=False,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, index="btree_not_null", ondelete="set null")
    as_of = fields.Date(readonly=True, help="Date since which this state has been valid.")
    revenue = fields.Monetary(string="Spent with Us", readonly=True, help="Net of credit notes, in twelve months.")
    budget = fields.Monetary(
        string="Known Budget",
        workflow=False,
        help="What the customer spends in a year on what we sell, with all suppliers together, if they have told us.",
    )
    supplier_rank = fields.Integer(
        string="Our Rank", workflow=False, aggregator=None, help="1: most is bought from us."
    )
    supplier_count = fields.Integer(
        string="Suppliers",
        workflow=False,
        aggregator=None,
        help="From how many suppliers the customer buys what we sell, including us.",
    )
    alike_wallet = fields.Monetary(
        string="Customers Alike",
        readonly=True,
        aggregator=None,
        help="One in four customers of the same industry and country spends more than this with us; "
        "of the same industry, or of all, where these are fewer than 20.",
    )
    alike_count = fields.Integer(string="Number of Customers Alike", readonly=True, aggregator=None)
    basis = fields.Selection(
        [("budget", "Known budget"), ("rank", "Our rank"), ("alike", "Customers alike")],
        string="Based On",
        readonly=True,
    )
    wallet = fields.Monetary(readonly=True, help="Spending with all suppliers in a year.")
    share = fields.Float(string="Share of Wallet (%)", digits=(5, 2), readonly=True, aggregator="avg")
    gap = fields.Monetary(string="Bought Elsewhere", readonly=True, help="Wallet less what is spent with us.")
    explanation = fields.Char(compute="_compute_explanation")

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "This customer already has a wallet in this company: open that one."
    )
    _known = models.Constraint(
        "CHECK(COALESCE(budget, 0) >= 0 AND COALESCE(supplier_rank, 0) >= 0 AND COALESCE(supplier_count, 0) >= 0)",
        "Budget, rank and number of suppliers cannot be below zero.",
    )
    _rank = models.Constraint(
        "CHECK((COALESCE(supplier_rank, 0) = 0) = (COALESCE(supplier_count, 0) = 0)"
        " AND COALESCE(supplier_rank, 0) <= COALESCE(supplier_count, 0))",
        "Enter both our rank and the number of suppliers; the rank cannot be larger than the number.",
    )

    @api.depends("basis", "wallet", "share", "budget", "supplier_rank", "supplier_count", "alike_count")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for row in self:
            money = row.currency_id.format
            if row.basis == "budget":
                row.explanation = self.env._(
                    "The customer told us a budget of %(budget)s; they spent %(revenue)s with us.",
                    budget=money(row.budget),
                    revenue=money(row.revenue),
                )
            elif row.basis == "rank":
                row.explanation = self.env._(
                    "We are number %(rank)s of %(count)s suppliers, which as a rule means %(share)s%% of the spending.",
                    rank=row.supplier_rank,
                    count=row.supplier_count,
                    share=round(row.share),
                )
            elif row.basis == "alike":
                row.explanation = self.env._(
                    "Estimated: one in four of %(count)s customers like them spends more than %(wallet)s with us.",
                    count=row.alike_count,
                    wallet=money(row.alike_wallet),
                )
            else:
                row.explanation = self.env._("Enter the budget, or our rank among the suppliers, to see the share.")

    # -- what is entered -----------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: the customer is no customer the user may edit"""
        wallets = super().create(vals_list)
        wallets._check_customer()
        wallets._judge()
        return wallets

    def write(self, vals):
        if {"partner_id", "company_id"} & vals.keys() and not self.env.su:
            raise AccessError(self.env._("A wallet stays with its customer. Enter a new one for the other customer."))
        result = super().write(vals)
        if {"budget", "supplier_rank", "supplier_count"} & vals.keys():
            self._judge()
        return result

    def _check_customer(self):
        if self.env.su:
            return
        self.partner_id.check_access("read")
        for row in self:
            if row.partner_id != row.partner_id.commercial_partner_id:
                raise AccessError(
                    self.env._(
                        "%(contact)s belongs to %(company)s: enter the wallet there.",
                        contact=row.partner_id.display_name,
                        company=row.partner_id.commercial_partner_id.display_name,
                    )
                )

    def _judge(self):
        """Work out these wallets anew from what is stored of them."""
        self.flush_recordset()
        for company, rows in self.grouped("company_id").items():
            known = SQL(
                "SELECT id, partner_id, COALESCE(revenue, 0) AS revenue, budget, supplier_rank, supplier_count,"
                " alike_wallet FROM customer_wallet WHERE id = ANY(%s)",
                rows.ids,
            )
            self.env.cr.execute(
                SQL(
                    """UPDATE customer_wallet kept
                          SET basis = judged.basis, wallet = judged.wallet, share = judged.share, gap = judged.gap
                         FROM (%s) judged WHERE judged.id = kept.id""",
                    wallet.judged_sql(known, company.currency_id.decimal_places),
                )
            )
        self.invalidate_recordset(["basis", "wallet", "share", "gap"], flush=False)
        self._forget_beside()

    def _forget_beside(self):
        """What partners show of wallets is read anew."""
        self.env["res.partner"].invalidate_model(["wallet_id", "wallet_share"], flush=False)

    # -- How wallets are brought in line with documents: one statement for each company --------------------------------

    @api.model
    def _refresh(self, company, as_of=None):
        """Bring the wallets of ``company`` in line with what its customers spent.

        :param date as_of: twelve months up to the end of that day, today if not given
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_WALLETS)
        self.env.flush_all()
        as_of = as_of or company._get_value_today()
        rows = wallet.alike_sql(self._customers_sql(company, as_of))
        found = SQL(
            "SELECT partner_id, %s FROM (%s) judged",
            SQL(", ").join(map(SQL.identifier, READ)),
            wallet.judged_sql(rows, company.currency_id.decimal_places),
        )
        self.env.cr.execute(storing.store_sql(self._table, ["partner_id"], READ, company.id, as_of, found))
        [counts] = self.env.cr.dictfetchall()
        self.invalidate_model(flush=False)
        self._forget_beside()
        return counts

    @api.model
    def _customers_sql(self, company, as_of):
        """Customers who spent something in twelve months, or of whom something was entered."""
        # sudo: it is about all documents, for all users
        Source = self.env["customer.value.source"].sudo()
        scope = Scope.make(company, as_of, 12)
        invoices = {"invoice": Source._source_query("invoice", scope, {"revenue"})}
        read, joins, _evidence = Source._read_once(invoices, {"invoice": ["revenue"]})
        revenue = Source._metric_sql("revenue", Source._get_metrics()["revenue"])
        return SQL(
            """
            WITH %(read)s
            SELECT rp.id AS partner_id, score.tier_id, round(COALESCE(%(revenue)s, 0), %(digits)s) AS revenue,
                   COALESCE(rp.is_company, FALSE) AS is_company, rp.industry_id, rp.country_id,
                   kept.budget, kept.supplier_rank, kept.supplier_count
              FROM res_partner rp
              %(joins)s
              LEFT JOIN customer_value_score score ON score.partner_id = rp.id AND score.company_id = %(company)s
              LEFT JOIN customer_wallet kept ON kept.partner_id = rp.id AND kept.company_id = %(company)s
             WHERE %(customer)s
               AND (%(revenue)s > 0 OR kept.budget > 0 OR kept.supplier_rank > 0)
            """,
            read=read,
            revenue=revenue,
            digits=company.currency_id.decimal_places,
            joins=joins,
            company=company.id,
            customer=is_customer_sql("rp"),
        )

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _before_merge(self, partners):
        """Of several wallets of one company the one entered last is kept; the others would block the merge."""
        known = self.search([("partner_id", "in", partners.ids)])
        for rows in known.grouped("company_id").values():
            entered = rows.filtered(lambda row: row.budget or row.supplier_rank)
            kept = entered.sorted("write_date")[-1:] or rows[:1]
            (rows - kept).unlink()
        self.env.flush_all()
