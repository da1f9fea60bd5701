from dataclasses import replace
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.scoring import purchases
from ..core.customer_value_workflow_record import NOT_ENTERED
from .customer_value_source import CustomerScope

# Advice worked if the customer ordered within so many days, unless their own rhythm says better.
FOLLOW_DAYS = 60

KINDS = [
    ("product", "Suggested product"),
    ("risk", "Customer at risk"),
    ("lost", "Lost customer"),
    ("step", "Other next step"),
]
OUTCOMES = [("waiting", "Waiting"), ("worked", "Worked"), ("failed", "Did not work")]

# what the outcome is read from, beside the sources of runs
READ = {
    "sale.order": ("state", "date_order", "company_id", "value_customer_id", *purchases.READ["sale.order"]),
    "sale.order.line": ("product_id", *purchases.READ["sale.order.line"]),
    "res.partner": ("commercial_partner_id",),
}


class CustomerValueAdvice(models.Model):
    """Advice of the app that a user has accepted, written when they pressed its button.

    It worked if the customer ordered from then on, up to ``until``, or bought at a till: the product, where one was
    suggested; anything otherwise. What the documents say decides, each time it is asked. Customers who are no longer at
    risk are no success by that: lost ones are not at risk either.
    """

    _name = "customer.value.advice"
    _description = "Accepted Advice"
    _inherit = ["customer.value.workflow.record", "customer.succession.participant"]
    _order = "accepted_on desc, id desc"
    _rec_name = "promise"
    _workflow = NOT_ENTERED
    _succession_layer = 98

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Accepted By", readonly=True)
    accepted_on = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(KINDS, string="Type", required=True, readonly=True)
    promise = fields.Char(string="Advice", required=True, readonly=True, help="As it was shown.")
    product_tmpl_id = fields.Many2one("product.template", string="Product", readonly=True, ondelete="cascade")
    expected_margin = fields.Monetary(readonly=True, help="Median margin of the customers who buy the product.")
    order_id = fields.Many2one(
        "sale.order",
        string="Quotation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The one in which it was accepted, if it had been saved by then.",
    )
    until = fields.Date(required=True, readonly=True, help="Last day on which an order counts.")
    outcome = fields.Selection(
        OUTCOMES,
        compute="_compute_outcome",
        search="_search_outcome",
        help="Worked: the customer ordered within the time, the suggested product where it is about one. An order says "
        "nothing about why: some customers would have ordered anyway.",
    )

    # -- accepting -----------------------------------------------------------------------------------------------------

    @api.model
    def _accept(self, company, partner, kind, promise, days=FOLLOW_DAYS, **values):
        """Note that the user follows advice on a customer; once as long as it may still work.

        :param partner: the customer, or a contact of theirs
        :param str kind: one of ``KINDS``; any other code of a next step is a ``step``
        :param str promise: the advice as the user has read it
        :param values: further values, such as ``product_tmpl_id``
        :return: the record
        """
        today = company._get_value_today()
        values = {
            "company_id": company.id,
            "partner_id": partner.commercial_partner_id.id,
            "kind": kind if kind in dict(KINDS) else "step",
            "product_tmpl_id": False,
        } | values
        same = ("company_id", "partner_id", "kind", "product_tmpl_id")
        # sudo: nobody enters it by hand
        Advice = self.sudo()
        known = Advice.search([*((name, "=", values[name]) for name in same), ("until", ">=", today)], limit=1)
        return known or Advice.create(
            values
            | {
                "user_id": self.env.uid,
                "accepted_on": fields.Datetime.now(),
                "promise": promise,
                "until": today + timedelta(days=days),
            }
        )

    # -- what became of it ---------------------------------------------------------------------------------------------

    @api.model
    def _worked_sql(self, alias, company):
        """Whether a row of ``alias``, of ``company``, was followed by the order that it promised."""
        advice = partial(SQL.identifier, alias)
        scope = replace(CustomerScope.make(company, company._get_value_today(), 0), customer=advice("partner_id"))
        Source = self.env["customer.value.source"]
        worked = SQL(
            """EXISTS (SELECT FROM sale_order so
                         JOIN res_partner rp ON rp.id = so.value_customer_id
                        WHERE %(orders)s AND so.date_order >= %(accepted)s AND %(day)s <= %(until)s
                          AND (%(product)s IS NULL
                               OR EXISTS (SELECT FROM sale_order_line line
                                            JOIN product_product variant ON variant.id = line.product_id
                                           WHERE line.order_id = so.id AND line.product_uom_qty > 0
                                             AND variant.product_tmpl_id = %(product)s)))""",
            orders=Source._purchases_sql(scope),
            accepted=advice("accepted_on"),
            day=scope.day(SQL("so.date_order")),
            until=advice("until"),
            product=advice("product_tmpl_id"),
            to_flush=[self.env[model]._fields[name] for model, names in READ.items() for name in names],
        )
        if not Source._has_tills():
            return worked
        followed = SQL("bought.moment >= %s AND bought.day <= %s", advice("accepted_on"), advice("until"))
        return SQL(
            """(%(worked)s
                OR CASE WHEN %(product)s IS NULL
                        THEN EXISTS (SELECT FROM (%(orders)s) bought WHERE %(followed)s)
                        ELSE EXISTS (SELECT FROM (%(goods)s) bought
                                       JOIN product_product variant ON variant.id = bought.product_id
                                      WHERE bought.is_bought AND variant.product_tmpl_id = %(product)s
                                        AND %(followed)s) END)""",
            worked=worked,
            product=advice("product_tmpl_id"),
            orders=Source._till_purchases_sql(scope),
            goods=Source._till_goods_sql(scope),
            followed=followed,
        )

    @api.model
    def _outcome_sql(self, alias, companies):
        """One of ``OUTCOMES`` for a row of ``alias``; nothing for those of other companies."""
        advice = partial(SQL.identifier, alias)
        return SQL(
            "CASE %s %s END",
            advice("company_id"),
            SQL(" ").join(
                SQL(
                    "WHEN %s THEN CASE WHEN %s THEN 'worked' WHEN %s < %s THEN 'failed' ELSE 'waiting' END",
                    company.id,
                    self._worked_sql(alias, company),
                    advice("until"),
                    company._get_value_today(),
                )
                for company in companies
            ),
        )

    @api.depends("company_id", "partner_id", "product_tmpl_id", "accepted_on", "until")
    def _compute_outcome(self):
        self.flush_recordset()
        found = {}
        if companies := self.company_id:
            query = SQL(
                "SELECT id, %s FROM customer_value_advice WHERE id = ANY(%s)",
                self._outcome_sql("customer_value_advice", companies),
                self.ids,
            )
            found = dict(self.env.execute_query(query))
        for advice in self:
            advice.outcome = found.get(advice.id, False)

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "outcome":
            return super()._field_to_sql(alias, field_expr, query)
        return self._outcome_sql(alias, self.env.companies)

    @api.model
    def _search_outcome(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = [outcome for outcome in value if outcome]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL("%s = ANY(%s)", model._field_to_sql(alias, "outcome", query), wanted)
        )

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _after_merge(self, partner):
        self._follow(partner)

    @api.model
    def _after_move(self, partners, state):
        self._follow(partners)

    @api.model
    def _follow(self, partners):
        """Advice on customers who have become contacts of another one is advice on that one."""
        for advice in self.search([("partner_id", "in", partners.ids)]):
            advice.partner_id = advice.partner_id.commercial_partner_id
