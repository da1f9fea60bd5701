from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from ..scoring.customer_value_score import ABC_CLASSES, LIFECYCLES
from ..scoring.customer_value_source import Scope

MONTHS = 12

WEEKS = 12


class CustomerRetentionDesk(models.AbstractModel):
    """What the portfolio is worth, and how it stands."""

    _inherit = "customer.retention.desk"

    @api.model
    def _get_summary(self, desk):
        """The portfolio now, and at the end of the previous month as far as that is known.

        :return: dict ``figures``: list of figures with ``name``, ``label`` and ``unit`` (``count``, ``money``,
            ``points``, ``rating``); ``bars``: list of dicts ``name``, ``label``, ``parts`` (dicts ``label``, ``color``
            or ``key``, ``value``, ``revenue``, ``action``); ``before`` (date); ``months`` (window of revenue and
            margin; 0: all time)
        """
        # sudo: the window of the policy; everybody who sees revenue may know of which time it is
        policy = self.env["customer.value.policy"].sudo()._get_active(desk.company)
        last = desk.today.replace(day=1) - timedelta(days=1)
        return {
            "figures": [
                *self._get_value_figures(desk, policy, last),
                *self._get_open_figures(desk),
            ],
            "bars": self._get_bars(desk),
            "before": fields.Date.to_string(last),
            "months": policy.window_months,
        }

    @api.model
    def _get_score_domain(self, desk):
        return [("company_id", "=", desk.company.id), ("partner_id", "any", desk.portfolio)]

    # -- now and before ------------------------------------------------------------------------------------------------

    @api.model
    def _get_value_figures(self, desk, policy, last):
        domain = self._get_score_domain(desk)
        [(count, revenue, margin, score)] = self.env["customer.value.score"]._read_group(
            domain, [], ["__count", "revenue:sum", "margin:sum", "score:avg"]
        )
        before = self._read_before(desk, policy, last)
        action = self._action(self.env._("Customers by value"), "customer.value.score", domain)
        customers = self._action(self.env._("Customers"), "res.partner", desk.portfolio, create=True)
        if customers:
            # a customer entered from this list is one of this account manager
            customers["context"] |= {"default_user_id": desk.user.id, "default_is_company": True}
        return [
            self._figure("customers", self.env._("Customers"), "count", len(desk.ids), customers),
            self._figure("scored", self.env._("With a score"), "count", count, action, before.get("count")),
            self._figure("revenue", self.env._("Revenue"), "money", revenue or 0.0, action, before.get("revenue")),
            self._figure("margin", self.env._("Net margin"), "money", margin or 0.0, action, before.get("margin")),
            self._figure(
                "score", self.env._("Average score"), "points", score if count else None, action, before.get("score")
            ),
        ]

    @api.model
    def _figure(self, name, label, unit, value, action, previous=None):
        return {
            "name": name,
            "label": label,
            "unit": unit,
            "value": value,
            "previous": previous,
            "action": action if value else False,
        }

    @api.model
    def _read_before(self, desk, policy, last):
        """The customers of today as they were at the end of ``last``; empty where the history does not reach back.

        The score is that of the last entry in the history by then, revenue and margin are read from the documents.

        :return: dict ``count`` (customers with a score then), ``score`` (mean), ``revenue``, ``margin``
        """
        self.env["customer.value.history"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT count(*), avg(score)::float8
                     FROM (SELECT DISTINCT ON (partner_id) event, score
                             FROM customer_value_history
                            WHERE company_id = %s AND partner_id = ANY(%s) AND date <= %s
                            ORDER BY partner_id, date DESC, id DESC) entry
                    WHERE event <> 'left'""",
                desk.company.id,
                list(desk.ids),
                last,
            )
        )
        [(count, score)] = self.env.cr.fetchall()
        if not count:
            return {}
        window = Scope.make(desk.company, last, policy.window_months).window_start
        [sums] = self._read_sums(desk, [(window, last)])
        return {"count": count, "score": score, "revenue": sums["revenue"], "margin": sums["margin"]}

    # -- what is open --------------------------------------------------------------------------------------------------

    @api.model
    def _get_open_figures(self, desk):
        # sudo: sums and numbers for users who look after the customers, as on the quotation; nothing of the documents
        rows = (
            self.env["customer.value.source"]
            .sudo()
            ._read_now(desk.company, self.env["res.partner"].browse(desk.ids), {"overdue_amount"})
        )
        overdue = desk.company.currency_id.round(sum(row["overdue_amount"] or 0.0 for row in rows.values()))
        of_customers = [("commercial_partner_id", "in", list(desk.ids))]
        satisfaction = self.sudo()._read_rating(desk, [*self._get_rated_domain(desk), *of_customers])
        return [
            self._get_pipeline_figure(desk),
            self._figure(
                "overdue", self.env._("Overdue"), "money", overdue, self._get_overdue_action(desk, "account.move")
            ),
            self._get_complaints_figure(desk),
            self._figure(
                "satisfaction", self.env._("Satisfaction"), "rating", satisfaction, self._get_rated_action(desk)
            ),
        ]

    @api.model
    def _get_pipeline_figure(self, desk):
        """Expected revenue of the opportunities that the reader may read, times their probability."""
        label = self.env._("Weighted pipeline")
        Lead = self.env["crm.lead"]
        books = desk.company._get_value_books().ids
        domain = [
            ("type", "=", "opportunity"),
            ("won_status", "=", "pending"),
            ("partner_id.commercial_partner_id", "any", desk.portfolio),
            *("|", ("company_id", "in", books), "&", ("company_id", "=", False)),
            *("|", ("team_id.company_id", "in", books), "&", ("team_id.company_id", "=", False)),
            ("user_id.company_id", "in", books),
        ]
        action = self._action(label, Lead._name, domain)
        amount = Lead._read_group(domain, [], ["prorated_revenue:sum"])[0][0] if action else None
        return self._figure("pipeline", label, "money", amount or 0.0 if action else None, action)

    @api.model
    def _get_overdue_action(self, desk, model):
        domain = [
            ("company_id", "in", desk.company._get_value_books().ids),
            ("commercial_partner_id", "any", desk.portfolio),
            ("value_is_overdue", "=", True),
        ]
        return self._action(self.env._("Overdue invoices"), model, domain)

    @api.model
    def _get_complaints_figure(self, desk):
        label = self.env._("Open complaints")
        domain = [
            ("is_complaint", "=", True),
            ("complaint_state", "!=", "closed"),
            ("company_id", "in", desk.company._get_value_books().ids),
            ("commercial_partner_id", "any", desk.portfolio),
        ]
        # sudo: their number; account managers have to know that complaints wait
        count = self.env["helpdesk.ticket"].sudo().search_count(domain)
        return self._figure("complaints", label, "count", count, self._action(label, "helpdesk.ticket", domain))

    @api.model
    def _get_rating_domain(self, desk):
        """The ratings that customers gave in the last twelve months, as a domain of ``rating.rating``."""
        scope = Scope.make(desk.company, desk.today, 12)
        return [
            ("consumed", "=", True),
            ("rating", ">=", 1),
            ("is_internal", "=", False),
            ("rated_on", ">=", fields.Datetime.to_string(scope.window_opens)),
            ("rated_on", "<", fields.Datetime.to_string(scope.until)),
        ]

    @api.model
    def _get_rated_domain(self, desk):
        """Tickets that were rated in that time, as a domain of ``helpdesk.ticket``."""
        return [
            ("company_id", "in", desk.company._get_value_books().ids),
            ("commercial_partner_id", "any", desk.portfolio),
            ("duplicate_id", "=", False),
            ("rating_ids", "any", self._get_rating_domain(desk)),
        ]

    @api.model
    def _get_rated_action(self, desk):
        domain = self._get_rated_domain(desk)
        return self._action(self.env._("Rated tickets"), "helpdesk.ticket", domain, active_test=False)

    @api.model
    def _read_rating(self, desk, tickets):
        """The mean of the ratings, by the same rule for whoever shows it.

        :param list tickets: domain of rated tickets
        :return: float of 1 to 5, None where there is no rating
        """
        tickets = self.env["helpdesk.ticket"].with_context(active_test=False)._search(tickets)
        ratings = [("res_model", "=", "helpdesk.ticket"), ("res_id", "in", tickets), *self._get_rating_domain(desk)]
        [(mean,)] = self.env["rating.rating"]._read_group(ratings, [], ["rating:avg"])
        return mean or None

    # -- bars ----------------------------------------------------------------------------------------------------------

    @api.model
    def _get_bars(self, desk):
        selections = {
            name: dict(self.env["customer.value.score"]._fields[name]._description_selection(self.env))
            for name in ("lifecycle", "abc_class")
        }
        tiers = self._read_parts(desk, "tier_id")
        ordered = sorted(tiers, key=lambda part: (not part[0], -part[0].sudo().entry_score, part[0].id))
        return [
            {
                "name": "tier",
                "label": self.env._("Tiers"),
                "parts": [
                    # sudo: the tier of a version that is no longer one's own to read
                    self._part(desk, "tier_id", tier.id, tier.sudo().name, count, revenue, tier.sudo().color)
                    for tier, count, revenue in ordered
                ],
            },
            *(
                {
                    "name": name,
                    "label": label,
                    "parts": [
                        self._part(desk, name, value, selections[name].get(value), count, revenue)
                        for key in (*(key for key, _label in keys), False)
                        for value, count, revenue in self._read_parts(desk, name)
                        if value == key
                    ],
                }
                for name, label, keys in (
                    ("lifecycle", self.env._("Lifecycle"), LIFECYCLES),
                    ("abc_class", self.env._("ABC"), ABC_CLASSES),
                )
            ),
        ]

    @api.model
    def _read_parts(self, desk, name):
        return self.env["customer.value.score"]._read_group(
            self._get_score_domain(desk), [name], ["__count", "revenue:sum"]
        )

    @api.model
    def _part(self, desk, name, value, label, count, revenue, color=None):
        label = label or self.env._("None")
        domain = [*self._get_score_domain(desk), (name, "=", value)]
        return {
            "key": value or "none",
            "label": label,
            "color": color,
            "value": count,
            "revenue": revenue,
            "action": self._action(label, "customer.value.score", domain),
        }

    # -- performance: how the portfolio has gone, and how often its customers heard of their account manager -----------

    @api.model
    def _get_performance(self, desk):
        """:return: dict ``months``: list of dicts ``month`` (first day), ``revenue``, ``margin`` (company currency),
        ``buyers`` (customers with orders) and ``action`` (the invoices), oldest first, the present month up to today;
        ``kept``: see ``_get_kept``; ``weeks``: list of dicts ``week`` (Monday), ``contacts`` and ``action``
        """
        first = desk.today.replace(day=1)
        months = [first - relativedelta(months=number) for number in reversed(range(MONTHS))]
        spans = [(month, min(month + relativedelta(months=1, days=-1), desk.today)) for month in months]
        return {
            "months": [
                {"month": fields.Date.to_string(span[0]), "action": self._get_invoices_action(desk, *span)} | sums
                for span, sums in zip(spans, self._read_sums(desk, spans), strict=True)
            ],
            "kept": self._get_kept(desk),
            "weeks": self._get_weeks(desk),
        }

    @api.model
    def _get_invoices_action(self, desk, first, last):
        """What the revenue of some days is made of."""
        domain = [
            ("company_id", "in", desk.company._get_value_books().ids),
            ("state", "=", "posted"),
            ("move_type", "in", ["out_invoice", "out_refund", "out_receipt"]),
            ("invoice_date", ">=", fields.Date.to_string(first)),
            ("invoice_date", "<=", fields.Date.to_string(last)),
            ("commercial_partner_id", "any", desk.portfolio),
        ]
        return self._action(self.env._("Invoices"), "account.move", domain)

    @api.model
    def _get_scope(self, desk, first, last):
        """The documents of the customers from ``first`` to ``last``."""
        scope = Scope.make(desk.company, last, 1)
        return replace(scope, partner_ids=desk.ids, window_start=first, trend_start=first, half_start=first)

    @api.model
    def _read_sums(self, desk, spans):
        """What the customers brought in some spans of time, in one query.

        Revenue is net of credit notes, margin that of confirmed orders less what credit notes took: the metrics of a
        run. They are read whether or not the reader may open each document: sums, as in scores.

        :param spans: list of (first day, last day)
        :return: list of dicts ``revenue``, ``margin``, ``buyers``, in the same order
        """
        # sudo: see above
        Source = self.env["customer.value.source"].sudo()
        metrics = Source._get_metrics()
        queries = []
        for number, (first, last) in enumerate(spans):
            scope = self._get_scope(desk, first, last)
            joins, evidence = Source._join_queries(
                {name: Source._source_query(name, scope, set()) for name in ("invoice", "sale")}
            )
            queries.append(
                SQL(
                    """SELECT %(number)s AS number, sum(%(revenue)s)::float8, sum(%(margin)s)::float8,
                              count(*) FILTER (WHERE sale.order_count > 0)
                         FROM res_partner rp %(joins)s
                        WHERE rp.id = ANY(%(ids)s) AND (%(evidence)s)""",
                    number=number,
                    revenue=Source._metric_sql("revenue", metrics["revenue"]),
                    margin=Source._metric_sql("margin", metrics["margin"]),
                    joins=joins,
                    ids=list(desk.ids),
                    evidence=evidence,
                )
            )
        self.env.flush_all()
        self.env.cr.execute(SQL(" UNION ALL ").join(queries))
        rows = {number: sums for number, *sums in self.env.cr.fetchall()}
        money = desk.company.currency_id.round
        return [
            {
                "revenue": money(rows[number][0] or 0.0),
                "margin": money(rows[number][1] or 0.0),
                "buyers": rows[number][2],
            }
            for number in range(len(spans))
        ]

    @api.model
    def _get_kept(self, desk):
        """Of the customers who ordered in the twelve months before the last twelve: those who have ordered since.

        :return: dict ``value`` (share 0..1; None where no customer ordered then), ``before``, ``kept``, and ``action``:
            those who have not
        """
        year_ago = desk.today - relativedelta(years=1)
        # sudo: whether a customer has ordered, and nothing of the orders
        Source = self.env["customer.value.source"].sudo()
        before = self._get_scope(desk, year_ago - relativedelta(years=1) + timedelta(days=1), year_ago)
        since = self._get_scope(desk, year_ago + timedelta(days=1), desk.today)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT before.partner_id, COALESCE(since.order_count, 0) > 0
                     FROM (%s) before LEFT JOIN (%s) since ON since.partner_id = before.partner_id
                    WHERE before.order_count > 0 ORDER BY 1""",
                Source._source_query("sale", before, set()),
                Source._source_query("sale", since, set()),
            )
        )
        rows = self.env.cr.fetchall()
        kept = sum(bought for _partner_id, bought in rows)
        gone = [partner_id for partner_id, bought in rows if not bought]
        label = self.env._("Not bought again")
        return {
            "value": kept / len(rows) if rows else None,
            "before": len(rows),
            "kept": kept,
            "action": self._action(label, "res.partner", [("id", "in", gone)]),
        }

    @api.model
    def _get_weeks(self, desk):
        """Activities done, emails and notes of the account manager for their customers, by week."""
        monday = desk.today - timedelta(days=desk.today.weekday())
        weeks = [monday - timedelta(weeks=number) for number in reversed(range(WEEKS))]
        Message = self.env["mail.message"]
        label = self.env._("Contacts")
        contacts = defaultdict(list)
        for message in Message.search_fetch(self._get_contact_domain(desk, weeks[0]), ["date"], order="id"):
            day = self._day_of(message.date)
            contacts[day - timedelta(days=day.weekday())].append(message.id)
        return [
            {
                "week": fields.Date.to_string(week),
                "contacts": len(contacts[week]),
                "action": self._action(label, Message._name, [("id", "in", contacts[week])]),
            }
            for week in weeks
        ]
