from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL, format_date, formatLang

from ...analytics.core import storing
from ...analytics.risk import second_lifetime
from ...analytics.risk.loss import COLUMNS, LossScope, OwnYear, Signs, evidence_sql, lost_sql, prices_sql
from ...analytics.scoring.goods import goods_sql
from ..core.locking import LOCK_LOSSES, lock_company
from ..core.shared_rows import drop_rows, sample_rows, share_rows
from ..core.side_by_side import SideBySide
from ..core.temporary import drop_temporary, make_temporary
from ..scoring.customer_value_run_pipeline import DEFAULT_LIMITS
from ..scoring.customer_value_source import EPOCH, Scope, are_many

# Who is lost, where what is known of them is read at the same time.
FOUND = "customer_retention_lost_found"


@dataclass(frozen=True)
class LostScope(Scope):
    """Documents of those in the temporary table ``customer_retention_lost``."""

    def among(self, column):
        return SQL("%s IN (SELECT partner_id FROM customer_retention_lost)", column)


@dataclass(frozen=True)
class ScoredLostScope(Scope):
    """Documents of those whose score says that they are lost."""

    def among(self, column):
        return SQL(
            "%s IN (SELECT partner_id FROM customer_value_score WHERE company_id = %s AND lifecycle = 'lost')",
            column,
            self.company_id,
        )


class CustomerRetentionLoss(models.Model):
    """A customer who is lost, in one company: since when, why, and what they would be worth if they returned.

    Written in SQL by ``_refresh`` alone, and only where something changed; customers who come back are not lost.
    Amounts are in company currency. What counts as a reason is defined in ``analytics/risk/loss.py``.
    """

    _name = "customer.retention.loss"
    _inherit = ["customer.retention.finding", "customer.value.customer.row"]
    _description = "Lost Customer"
    _order = "second_lifetime_value desc, id"
    _rec_name = "partner_id"
    # It is recomputed every day by the system, not by a user.
    _log_access = False

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    tier_id = fields.Many2one("customer.value.tier", readonly=True, index="btree_not_null", ondelete="set null")
    as_of = fields.Date(readonly=True, help="Date since which this state has been valid.")
    last_order = fields.Date(readonly=True)
    lost_since = fields.Date(readonly=True, help="First day after the limit of the policy was exceeded.")
    reason_id = fields.Many2one(
        "customer.retention.reason",
        readonly=True,
        index=True,
        ondelete="restrict",
        group_expand="_read_group_reason_id",
        help="What was stated last; otherwise service, if there is any indication of it; otherwise a competitor, if a "
        "deal was lost to one; otherwise price; otherwise unknown.",
    )
    stated_id = fields.Many2one("customer.retention.stated.reason", readonly=True, ondelete="set null")
    is_final = fields.Boolean(related="reason_id.is_final")
    factors = fields.Char(string="Evidence", readonly=True, help="Codes of all reasons found.")
    margin = fields.Monetary(
        string="Annual Margin", readonly=True, help="Net margin in the year before the last order."
    )
    second_lifetime_value = fields.Monetary(
        readonly=True,
        help="Average value of winning the customer back: annual margin, multiplied by the share of returning "
        "customers and by the years they stay, discounted.",
        string="2nd Lifetime Value",
    )

    # The evidence, of the year before the last order and the time after it until dormant
    complaint_count = fields.Integer(
        string="Complaints", readonly=True, help="Rejected or not resolved; abusive complaints are not counted."
    )
    lowest_rating = fields.Integer(readonly=True, aggregator="min", help="From 1 to 5; 0: no rating.")
    return_share = fields.Float(
        string="Credited (%)", digits=(10, 2), readonly=True, aggregator="avg", help="Share of the invoiced amount."
    )
    lost_lead_count = fields.Integer(string="Lost on Price", readonly=True, help="Lost opportunities.")
    discount_share = fields.Float(string="Avg. Discount (%)", digits=(10, 2), readonly=True, aggregator="avg")
    quotation_count = fields.Integer(
        string="Lost Quotations", readonly=True, help="Canceled or expired after the last order."
    )
    price_increase = fields.Float(
        string="Price Increase (%)",
        digits=(10, 2),
        readonly=True,
        aggregator="avg",
        help="Price increase of products the customer bought repeatedly, from the first to the last purchase in "
        "the year.",
    )
    competitor_id = fields.Many2one("res.partner", string="Lost a Deal To", readonly=True, ondelete="set null")
    explanation = fields.Char(compute="_compute_explanation")
    remedy = fields.Text(related="reason_id.advice", string="Next Step")

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer can have only one loss record per company."
    )

    @api.model
    def _read_group_reason_id(self, reasons, domain):
        """All that can be found, so that reasons without lost customers are shown, too."""
        return reasons.search(["|", ("id", "in", reasons.ids), "&", ("kind", "=", "lost"), ("code", "!=", False)])

    def _get_steps(self):
        """:return: dict by loss, see ``res.partner._get_next_steps``; None where nothing is to be done"""
        Partner = self.env["res.partner"]
        return {
            loss: None if loss.is_final else Partner._prepare_next_step("lost", loss.remedy, loss.reason_id.name)
            for loss in self
            if loss.is_final or loss.remedy
        }

    # -- in words ----------------------------------------------------------------------------------------------------

    @api.depends("factors", "stated_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for loss in self:
            sentences = [getattr(loss, f"_explain_{factor}")() for factor in (loss.factors or "").split()]
            if loss.stated_id:
                sentences.insert(0, loss._explain_stated())
            loss.explanation = " ".join(sentences) or self.env._("No reason is recorded.")

    def _explain_stated(self):
        statement = self.stated_id
        # sudo: the name of a colleague
        who = {"user": statement.user_id.sudo().name or "", "date": format_date(self.env, statement.date)}
        if statement.note:
            return self.env._("“%(note)s” (%(user)s, %(date)s)", note=statement.note, **who)
        return self.env._("Stated by %(user)s on %(date)s.", **who)

    def _percent(self, share):
        return formatLang(self.env, share, digits=0)

    def _explain_complaint(self):
        if self.complaint_count == 1:
            return self.env._("A complaint was rejected or not resolved.")
        return self.env._("%s complaints were rejected or not resolved.", self.complaint_count)

    def _explain_rating(self):
        return self.env._("Our service was rated %s of 5.", self.lowest_rating)

    def _explain_returns(self):
        return self.env._("%s%% of the invoiced amount was credited.", self._percent(self.return_share))

    def _explain_competitor(self):
        return self.env._("A deal was lost to %s.", self.competitor_id.sudo().display_name)

    def _explain_lead(self):
        if self.lost_lead_count == 1:
            return self.env._("An opportunity was lost because of the price.")
        return self.env._("%s opportunities were lost because of the price.", self.lost_lead_count)

    def _explain_discount(self):
        return self.env._("Bought with an average discount of %s%%.", self._percent(self.discount_share))

    def _explain_quotation(self):
        if self.quotation_count == 1:
            return self.env._("A quotation was lost after the last order.")
        return self.env._("%s quotations were lost after the last order.", self.quotation_count)

    def _explain_increase(self):
        return self.env._("Prices increased by %s%% within the year.", self._percent(self.price_increase))

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def _open_stating_wizard(self):
        """Ask why these customers left."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_retention_stating")
        return action | {"context": {"default_loss_ids": self.ids}}

    # -- How the losses are brought in line with scores and documents: one statement for each company -----------------

    @api.model
    def _look_anew(self, company):
        return self._refresh(company, learn=True)

    @api.model
    def _refresh(self, company, as_of=None, partners=None, learn=False):
        """Bring the losses of ``company`` in line: customers whose score says lost, and why.

        :param date as_of: documents up to the end of that day, today if not given; the scores are the present ones
        :param partners: ``res.partner`` whose commercial entities are looked at; all customers if not given. Of some,
            nothing is learned about returns: their worth is by what was learned from all
        :param bool learn: whether returns are learned anew from all customers, though they were lately
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_LOSSES)
        self.env.flush_all()
        as_of = as_of or company._get_value_today()
        if partners is not None:
            # a contact that has become part of a company may have been a customer of their own
            counts = self._refresh_scope(
                company, Scope.make(company, as_of, 12, partners | partners.commercial_partner_id)
            )
        else:
            Parameter = self.env["ir.config_parameter"]
            Parameter._use_sort_memory()
            scope = Scope.make(company, as_of, 12)
            with Parameter._reading_indexes():
                if learn or not company._knows_win_back(as_of):
                    company._learn_win_back(scope, self._get_limits(company)[1])
                counts = self._refresh_scope(company, ScoredLostScope(**vars(scope)))
        self.env.invalidate_all(flush=False)
        return counts

    def _look_again(self):
        """Bring these losses in line with what has been said meanwhile."""
        for company, losses in self.grouped("company_id").items():
            self.with_company(company)._refresh(company, partners=losses.partner_id)

    @api.model
    def _refresh_scope(self, company, scope):
        """:param Scope scope: whose losses; those of other customers are not changed"""
        cr = self.env.cr
        # sudo: whoever asks for it, it is about all documents
        days = self.env["customer.value.source"].sudo()._order_days_sql(scope, last=scope.partner_ids is None)
        lost = lost_sql(scope, days, *self._get_limits(company))
        at_once = scope.partner_ids is None and are_many(company, self._count_lost(company))
        if at_once:
            found = share_rows(cr, FOUND, lost)
            sample_rows(cr, found, "partner_id")
            lost = self._read_at_once_sql(company, scope, SQL("SELECT * FROM %s", found))
        many = are_many(company, make_temporary(cr, "customer_retention_lost", lost))
        if at_once:
            drop_rows(cr, FOUND)
        cr.execute("CREATE UNIQUE INDEX ON customer_retention_lost (partner_id)")
        if at_once:
            figures = prices = SQL("SELECT * FROM customer_retention_lost")
        else:
            figures, prices = self._figures_sql(scope, many), self._prices_sql(company, scope)
        found = self._evidence_sql(company, scope, figures, prices)
        among = None if scope.partner_ids is None else SQL("kept.partner_id = ANY(%s)", list(scope.partner_ids))
        cr.execute(storing.store_sql(self._table, ["partner_id"], COLUMNS, company.id, scope.as_of, found, among))
        [counts] = cr.dictfetchall()
        drop_temporary(cr, "customer_retention_lost")
        return counts

    @api.model
    def _count_lost(self, company):
        # sudo: a number by which a query is chosen, whatever the user may see
        domain = [("company_id", "=", company.id), ("lifecycle", "=", "lost")]
        return self.env["customer.value.score"].sudo().search_count(domain)

    @api.model
    def _get_limits(self, company):
        """Days until dormant and until lost, as the scores of the company were made with."""
        # sudo: the policy is that of the company for all users
        calibration = self.env["customer.value.policy"].sudo()._get_active(company).calibration
        return (calibration["dormant_days"], calibration["lost_days"]) if calibration else DEFAULT_LIMITS

    @api.model
    def _own_queries(self, scope, many):
        """What those in ``customer_retention_lost`` ordered and were invoiced in their own time.

        :return: tuple of the span, and a dict of the queries by source
        """
        year = OwnYear("own", EPOCH)
        lost = LostScope(**{**vars(scope), "window_start": EPOCH, "spans": (year,), "many": many})
        # sudo: it is about all documents, for all users
        Source = self.env["customer.value.source"].sudo()
        needed = {"sale": {"discount_share"}, "invoice": {"margin", "return_share"}}
        return year, {name: Source._source_query(name, lost, metrics) for name, metrics in needed.items()}

    @api.model
    def _figures_sql(self, scope, many):
        """Query of ``partner_id``, ``margin``, ``discount_share`` and ``return_share`` of those lost."""
        Source = self.env["customer.value.source"].sudo()  # sudo: as in _own_queries
        year, queries = self._own_queries(scope, many)
        read, joins, _evidence = Source._read_once(
            queries,
            {
                "sale": [year.column("order_margin"), year.column("discount_share")],
                "invoice": [year.column("changed_margin"), year.column("return_share")],
            },
        )
        return SQL(
            """WITH %(read)s
               SELECT rp.id AS partner_id, %(margin)s AS margin, %(discount_share)s AS discount_share,
                      %(return_share)s AS return_share
                 FROM res_partner rp %(joins)s
                WHERE rp.id IN (SELECT partner_id FROM customer_retention_lost)""",
            margin=Source._margin_sql(year),
            discount_share=SQL.identifier("sale", year.column("discount_share")),
            return_share=SQL.identifier("invoice", year.column("return_share")),
            read=read,
            joins=joins,
        )

    @api.model
    def _prices_sql(self, company, scope):
        own = LossScope(company.id, scope.company_ids, scope.tz)
        return prices_sql(own, goods_sql(self.env["customer.value.source"]._has_delivery()))

    @api.model
    def _read_at_once_sql(self, company, scope, lost):
        """Query of ``lost`` with the columns of ``_figures_sql`` and ``_prices_sql``.

        Orders, invoices and prices are read at the same time, by a process each.

        :param SQL lost: query of the rows of ``lost_sql`` in a table that these processes see
        """
        Source = self.env["customer.value.source"].sudo()  # sudo: as in _own_queries
        year, queries = self._own_queries(scope, many=True)
        beside = SideBySide(self.env.cr)
        dates = ("last_order", "lost_since", "window_start", "evidence_until")
        ordered = (year.column("order_margin"), year.column("discount_share"))
        invoiced = (year.column("changed_margin"), year.column("return_share"))

        def read(name, query, columns):
            own = SQL("WITH customer_retention_lost AS NOT MATERIALIZED (%s) %s", lost, query)
            return beside.add(name, own, {"partner_id": "int4"} | columns)

        sale = read(
            "sale",
            SQL(
                """SELECT lost.*, %s FROM customer_retention_lost lost
                     LEFT JOIN (%s) sale ON sale.partner_id = lost.partner_id""",
                SQL(", ").join(SQL.identifier("sale", column) for column in ordered),
                queries["sale"],
            ),
            {"tier_id": "int4"} | dict.fromkeys(dates, "date") | dict.fromkeys(ordered, "numeric"),
        )
        invoice = read("invoice", queries["invoice"], dict.fromkeys(invoiced, "numeric"))
        price = read("price", self._prices_sql(company, scope), {"price_increase": "numeric"})
        return SQL(
            """WITH %(read)s
               SELECT sale.partner_id, sale.tier_id, %(dates)s, %(margin)s AS margin,
                      %(discount_share)s AS discount_share, %(return_share)s AS return_share, price.price_increase
                 FROM (%(sale)s) sale
                 LEFT JOIN (%(invoice)s) invoice ON invoice.partner_id = sale.partner_id
                 LEFT JOIN (%(price)s) price ON price.partner_id = sale.partner_id""",
            read=beside.get_cte(),
            dates=SQL(", ").join(SQL.identifier("sale", column) for column in dates),
            margin=Source._margin_sql(year),
            discount_share=SQL.identifier("sale", ordered[1]),
            return_share=SQL.identifier("invoice", invoiced[1]),
            sale=sale,
            invoice=invoice,
            price=price,
        )

    @api.model
    def _evidence_sql(self, company, scope, figures, prices):
        """:param SQL figures: and ``prices``, see ``_figures_sql`` and ``_prices_sql``"""
        return evidence_sql(
            scope,
            LossScope(company.id, scope.company_ids, scope.tz),
            Signs(
                company.retention_loss_return_share,
                company.retention_loss_discount_share,
                company.retention_loss_price_increase,
            ),
            figures,
            prices,
            # sudo: as in _own_queries
            self.env["customer.value.source"].sudo()._abusive_sql(scope),
            second_lifetime.second_lifetime_value(1, **company._get_win_back_terms()),
            company.currency_id.decimal_places,
        )
