from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from ...analytics.scoring.customers import is_customer_sql
from ..core.groups import VALUE_USER, check_value_company
from ..core.together import Search, search_ahead
from .customer_value_advice import FOLLOW_DAYS
from .customer_value_score import ABC_CLASSES, LIFECYCLES, TREND
from .customer_value_source import Scope

# Field here: column of customer_value_score. Nothing of this is stored on the partner: writing a field on 200,000
# partners costs several times the whole scoring. Groups, orders and filters join the score instead.
SCORE_COLUMNS = {
    "value_score_id": "id",
    "value_score": "score",
    "value_score_change": None,
    "value_tier_id": "tier_id",
    "value_segment_id": "segment_id",
    "value_abc_class": "abc_class",
    "value_lifecycle": "lifecycle",
}

OVERDUE = "customer_value_overdue"


@dataclass(frozen=True)
class Overdue:
    """What a customer owes a company although it was due before today.

    :param float amount: in company currency; 0 of partners who are no customers
    :param int days: since the oldest due date
    :param move_ids: ids of the invoices, whoever may read them
    """

    customer_id: int
    company_id: int
    amount: float
    days: int
    move_ids: tuple


class ResPartner(models.Model):
    """A contact has the value of its commercial entity, in the current company."""

    _inherit = "res.partner"

    value_influence = fields.Integer(
        string="Market Influence",
        help="0 to 100: how much the customer influences other customers, set manually. 0 means unknown.",
        tracking=True,
        groups=VALUE_USER,
        copy=False,
    )
    value_score_id = fields.Many2one(
        "customer.value.score",
        string="Customer Value",
        compute="_compute_value",
        search="_search_value_score_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    value_score = fields.Float(
        digits=(5, 2),
        compute="_compute_value",
        search="_search_value_score",
        compute_sudo=True,
        groups=VALUE_USER,
        aggregator="avg",
    )
    value_score_change = fields.Float(digits=(5, 2), compute="_compute_value", compute_sudo=True, groups=VALUE_USER)
    value_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Tier",
        compute="_compute_value",
        search="_search_value_tier_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    value_grace_until = fields.Date(
        string="Grace Period Until", compute="_compute_value", compute_sudo=True, groups=VALUE_USER
    )
    value_segment_id = fields.Many2one(
        "customer.value.segment",
        string="Segment",
        compute="_compute_value",
        search="_search_value_segment_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    value_abc_class = fields.Selection(
        ABC_CLASSES,
        string="ABC Class",
        compute="_compute_value",
        search="_search_value_abc_class",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    value_lifecycle = fields.Selection(
        LIFECYCLES,
        string="Lifecycle",
        compute="_compute_value",
        search="_search_value_lifecycle",
        compute_sudo=True,
        groups=VALUE_USER,
    )

    _value_influence = models.Constraint(
        "CHECK(value_influence IS NULL OR value_influence BETWEEN 0 AND 100)",
        "Market influence must be between 0 and 100.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_value(self):
        scores = self.env["customer.value.score"].search_fetch(
            [("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", self.env.company.id)],
            [
                "partner_id",
                "score",
                "previous_score",
                "tier_id",
                "grace_until",
                "segment_id",
                "abc_class",
                "lifecycle",
            ],
        )
        by_partner = {score.partner_id.id: score for score in scores}
        for partner in self:
            score = by_partner.get(partner.commercial_partner_id.id, scores.browse())
            partner.value_score_id = score
            partner.value_score = score.score
            partner.value_score_change = score.score_change
            partner.value_tier_id = score.tier_id
            partner.value_grace_until = score.grace_until
            partner.value_segment_id = score.segment_id
            partner.value_abc_class = score.abc_class
            partner.value_lifecycle = score.lifecycle

    def _field_to_sql(self, alias, field_expr, query=None):
        # asked for each column of each partner that is read
        if field_expr not in SCORE_COLUMNS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        column = SCORE_COLUMNS[field_expr]
        self._check_field_access(self._fields[field_expr], "read")
        score = query.make_alias(alias, "customer_value")
        query.add_join(
            "LEFT JOIN",
            score,
            "customer_value_score",
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(score, "partner_id"),
                super()._field_to_sql(alias, "commercial_partner_id", query),
                SQL.identifier(score, "company_id"),
                self.env.company.id,
            ),
        )
        return SQL.identifier(score, column)

    def _search_by_score(self, field, operator, value):
        """Partners whose commercial entity has such a score; for an empty value also those without a score."""
        return self._search_by_kept("value_score_id", "customer.value.score", field, operator, value)

    @api.model
    def _search_value_score_id(self, operator, value):
        return self._search_by_score("id", operator, value)

    @api.model
    def _search_value_score(self, operator, value):
        return self._search_by_score("score", operator, value)

    @api.model
    def _search_value_tier_id(self, operator, value):
        return self._search_by_score("tier_id", operator, value)

    @api.model
    def _search_value_segment_id(self, operator, value):
        return self._search_by_score("segment_id", operator, value)

    @api.model
    def _search_value_abc_class(self, operator, value):
        return self._search_by_score("abc_class", operator, value)

    @api.model
    def _search_value_lifecycle(self, operator, value):
        return self._search_by_score("lifecycle", operator, value)

    @api.readonly
    def get_value_explanation(self):
        """The value of the customer in the current company, for the form of the customer or of one of their contacts.

        :return: dict with ``score_id`` (False if there is no score yet), ``customer`` (name), ``is_contact`` (whether
            the value is that of the company of this contact), ``can_run`` (whether the user may start a run) and, with
            a score, ``explanation`` (see ``customer.value.score.get_explanation``), ``trend`` and ``facts``
        """
        self.ensure_one()
        self.check_access("read")
        customer = self.commercial_partner_id
        score = self.env["customer.value.score"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", self.env.company.id)]
        )
        if score:
            values = score.get_value_explanation()
        else:
            values = {
                "score_id": False,
                "customer": customer.sudo().display_name,
                "can_run": self.env["customer.value.run"].has_access("create"),
            }
        return values | {"is_contact": customer != self}

    def action_view_value_history(self):
        """The timeline of the customer's value in the current company."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_history")
        domain = [("partner_id", "=", self.commercial_partner_id.id), ("company_id", "=", self.env.company.id)]
        return action | {"domain": domain, "context": {"search_default_tier_changes": 1, "search_default_entered": 1}}

    # -- The next step with a customer: the same wherever it is shown, and whatever is planned from there -------------

    def _get_next_steps(self, company, unsettled=None):
        """What to do next with each of these customers, or with those of these contacts. Extended by others.

        Forms, quotations, lists, the dashboard and the activities planned there take it from here, so that nobody
        reads two pieces of advice. Here it follows from the score; others put what is more urgent before it.

        :param company: ``res.company``
        :param list unsettled: as of ``_get_unsettled``, if known already; for a single customer
        :return: dict of dicts by id of the partner: ``code``, ``sentence`` (in the user's language), ``title`` (the
            summary of an activity for it), ``activity_type_id`` (id or False), ``offer`` (name of what to offer, or
            ""), ``days`` (within which an order shows that it worked). Without those of whom nothing is known
        """
        # sudo: it is what any reader of a value is advised, whoever else may read the record behind it
        scores = search_ahead(self.env["customer.value.score"].sudo(), self._get_kept_domain(company))
        by_customer = {}
        for score in scores:
            code, sentence = score._get_next_step(unsettled)
            by_customer[score.partner_id] = self._prepare_next_step(code, sentence, self.env._("Contact customer"))
        return {
            partner.id: by_customer[partner.commercial_partner_id]
            for partner in self
            if partner.commercial_partner_id in by_customer
        }

    def _get_kept_domain(self, company):
        """What is kept of these customers, or of those of these contacts, in a company."""
        return [("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", company.id)]

    def _get_searches_ahead(self, company):
        """What is searched for in any case when a customer is shown with their next step. Extended by others.

        A page asks for it together, see ``look_ahead``, and whoever says more of customers there finds it by
        ``search_ahead``.

        :return: list of ``Search``
        """
        Score = self.env["customer.value.score"]
        names = ("*", "tier_id.*", "tier_id.policy_id.*", "policy_id.*", "segment_id.*", "gate_id.*")
        History = self.env["customer.value.history"]
        scored = History._get_scored_domain(self.commercial_partner_id, company)
        return [
            Search(Score, self._get_kept_domain(company), names),
            Search(Score.sudo(), self._get_kept_domain(company), ()),
            Search(History, scored, ("date", "score", "tier_id.*"), TREND),
        ]

    @api.model
    def _prepare_next_step(self, code, sentence, title, days=FOLLOW_DAYS):
        """A step for ``_get_next_steps``: a call, without an offer."""
        return {
            "code": code,
            "sentence": sentence,
            "title": title,
            "activity_type_id": self._find_activity_type("call"),
            "offer": "",
            "days": days,
        }

    def action_plan_next_step(self, company_id=False):
        """Odoo's dialog for an activity, filled with the next step. Whoever schedules it has accepted the advice.

        :param int company_id: the current company if not given
        :raise AccessError: the user may not see customer values, the customer or the company
        """
        company = check_value_company(self.env, company_id)
        self.ensure_one()
        self.check_access("read")
        step = self._get_next_steps(company).get(self.id)
        context = {"active_model": self._name, "active_ids": self.ids, "active_id": self.id}
        if step:
            context |= {
                "default_summary": step["title"],
                "default_note": step["sentence"],
                "value_advice_company_id": company.id,
            }
            if step["activity_type_id"]:
                context["default_activity_type_id"] = step["activity_type_id"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan an Activity"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def _accept_next_step(self, company):
        """Note that the user follows the next step with each of these customers."""
        Advice = self.env["customer.value.advice"]
        for partner_id, step in self._get_next_steps(company).items():
            Advice._accept(company, self.browse(partner_id), step["code"], step["sentence"], step["days"])

    @api.model
    def _find_activity_type(self, kind):
        """:return: id of Odoo's type of activity, without a query; False where it has been deleted"""
        found = self.env["ir.model.data"]._xmlid_to_res_id(f"mail.mail_activity_data_{kind}", raise_if_not_found=False)
        return found or False

    # -- What is unsettled between a customer and a company ------------------------------------------------------------

    def _get_unsettled(self, company):
        """What may be unsettled between the customer and ``company``, the most pressing first. Extended by others.

        Numbers include documents that the user may not open: users who talk to the customer need them.

        :return: list of dicts ``code``, ``value`` (number, or amount in company currency; 0: all is settled), ``text``
            (what it is, in a few words), ``step`` (a sentence: what to do about it, where there is something),
            ``icon`` and ``style`` (classes of the icon, and of it where there is something), ``action`` (name of the
            contact's method that lists the documents; False for users who may not read them)
        """
        self.ensure_one()
        amount, days = self._get_overdue(company)
        text, step = self.env._("Nothing overdue"), ""
        if amount > 0:
            terms = {"amount": format_amount(self.env, amount, company.currency_id), "days": days}
            text = self.env._("%(amount)s overdue, up to %(days)s days", **terms)
            step = self.env._(
                "Discuss the overdue %(amount)s before granting more credit: the oldest item is %(days)s days overdue.",
                **terms,
            )
        return [
            {
                "code": "overdue",
                "value": amount,
                "text": text,
                "step": step,
                "icon": "fa-clock-o",
                "style": "text-danger",
                "action": self.env["account.move"].has_access("read") and "action_view_overdue",
            }
        ]

    def _get_overdue(self, company):
        """:return: (amount due before today and not paid, in company currency; days since the oldest due date)"""
        found = self._find_overdue(company)
        return found.amount, found.days

    def _keep_overdue(self, company):
        """:return: the partner with what is overdue in their context, for a page that asks for it more than once"""
        return self.with_context(**{OVERDUE: self._find_overdue(company)})

    def _find_overdue(self, company):
        """:return: ``Overdue`` of the customer"""
        self.ensure_one()
        customer = self.commercial_partner_id
        known = self.env.context.get(OVERDUE)
        # an object of this process, which no call from outside can send
        if isinstance(known, Overdue) and (known.customer_id, known.company_id) == (customer.id, company.id):
            return known
        # sudo: a sum, and the numbers of invoices, which their rules decide who sees
        Source = self.env["customer.value.source"].sudo()
        today = company._get_value_today()
        self.env.flush_all()
        [(amount, days, moves)] = self.env.execute_query(
            SQL(
                """
                SELECT sum(item.amount) FILTER (WHERE %(is_customer)s)::float8,
                       %(today)s::date - min(item.date_maturity) FILTER (WHERE %(is_customer)s),
                       array_agg(DISTINCT item.move_id)
                  FROM (%(items)s) item
                  JOIN res_partner rp ON rp.id = item.partner_id
                """,
                is_customer=is_customer_sql("rp", archived=True),
                today=today,
                items=Source._overdue_items_sql(Scope.make(company, today, 0, customer)),
            )
        )
        return Overdue(customer.id, company.id, amount or 0.0, days or 0, tuple(moves or ()))

    def action_view_overdue(self):
        """Open the invoices of the customer with something overdue in the current company."""
        self.ensure_one()
        customer = self.commercial_partner_id
        domain = [
            ("id", "in", customer._find_overdue(self.env.company).move_ids),
            ("company_id", "in", self.env.company._get_value_books().ids),
        ]
        name = self.env._("Overdue Invoices of %s", customer.sudo().display_name)
        return self.env["customer.value.source"]._list_action(name, "account.move", domain)
