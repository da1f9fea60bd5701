import ast
import math
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from psycopg2 import DataError

from ...analytics.campaign import assignment, experiment
from ...analytics.risk.loss import cannot_return_sql
from ...analytics.scoring.customers import books_sql, is_customer_sql
from ..core.locking import LOCK_AUDIENCE, lock_company
from ..core.side_by_side import SideBySide
from ..scoring.customer_value_source import Scope, Span, are_large_part, are_many


@dataclass(frozen=True)
class AudienceScope(Scope):
    """Documents of those in the temporary table ``customer_retention_audience``."""

    def among(self, column):
        return SQL("%s IN (SELECT partner_id FROM customer_retention_audience)", column)


class CustomerRetentionCampaign(models.Model):
    """The audience: from a filter to commercial entities, exclusions, and the draw. All of it in SQL."""

    _inherit = "customer.retention.campaign"

    # -- audience ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _reading_audience(self):
        """:raise UserError: the filter of an audience that is read within makes no sense"""
        try:
            yield
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, DataError) as error:
            raise UserError(
                self.env._(
                    "The audience filter cannot be read: %s. Choose the customers again.",
                    str(error).split("\n", 1)[0],
                )
            ) from error

    def _get_audience_sql(self, model, domain):
        """Query of the commercial entities in the audience, each once, in the column ``partner_id``.

        What the user may not read is not in it.

        :param str model: ``res.partner``, ``customer.value.segment`` (those scored in it), or a model with
            ``partner_id``
        :param domain: text or list
        :raise UserError: no customers were chosen, or the model has no customers
        """
        self.ensure_one()
        if not model or model not in self.env:
            raise UserError(self.env._("Choose the audience of the campaign first."))
        # tiers, say, are those of the company of the campaign, wherever the user works at this moment
        Model = self.env[model].with_company(self.company_id)
        with self._reading_audience():
            domain = Domain(ast.literal_eval(domain) if isinstance(domain, str) else domain or [])
            if model == "customer.value.segment":
                Model, domain = Model.env["customer.value.score"], Domain("segment_id", "any", domain)
            if model != "res.partner" and "company_id" in Model._fields:
                domain &= Domain("company_id", "in", [self.company_id.id, False])
            column = "id" if model == "res.partner" else "partner_id"
            field = Model._fields.get(column)
            if column == "partner_id" and not (field and field.store and field.comodel_name == "res.partner"):
                raise UserError(
                    self.env._(
                        "%s has no customers. Choose customers, or records linked to customers.",
                        Model._description,
                    )
                )
            Model.check_access("read")
            query = Model._search(domain)
        return SQL(
            """SELECT DISTINCT customer.id AS partner_id
                 FROM res_partner rp JOIN res_partner customer ON customer.id = rp.commercial_partner_id
                WHERE rp.id IN %s AND (customer.company_id IS NULL OR customer.company_id = %s)""",
            query.subselect(SQL.identifier(query.table, column)),
            self.company_id.id,
        )

    # -- candidates ----------------------------------------------------------------------------------------------------

    def _get_scope(self):
        """What is known of candidates: of twelve months, of the time ``before`` the start that is as long as the one
        measured, and of the same time ``earlier``. Where the audience is a large part of everybody, it is of all.
        """
        today = self._get_day()
        start = self.date_start or today
        length = timedelta(days=((self.measure_until or start) - start).days + 1)
        last = min(start, today) - timedelta(days=1)
        spans = (
            Span("before", last - length + timedelta(days=1), last),
            Span("earlier", last - 2 * length + timedelta(days=1), last - length),
        )
        self.env.cr.execute("SELECT count(*) FROM customer_retention_audience")
        [count] = self.env.cr.fetchone()
        if are_large_part(self.company_id, count) and not self.env["customer.value.source"]._has_tills():
            return replace(Scope.make(self.company_id, last, 12), spans=spans)
        many = are_many(self.company_id, count)
        return replace(AudienceScope.make(self.company_id, last, 12), spans=spans, many=many)

    def _collect_candidates(self, model=None, domain=None):
        """Fill the temporary table ``customer_retention_candidate``: one row a commercial entity in the audience.

        Its columns are those of the contract (see ``_get_exclusions``) and ``is_customer``, ``margin_earlier`` (the
        margin in the time before ``margin_before``, as long) and ``excluded_by``: the code of the first exclusion that
        holds, NULL for eligible customers.

        :param model, domain: another audience than that of the campaign, see ``_get_audience_sql``
        """
        self.ensure_one()
        self.env.flush_all()
        self.env["ir.config_parameter"]._use_sort_memory()
        cr = self.env.cr
        audience = self._get_audience_sql(model or self.audience_model, domain if model else self.audience_domain)
        cr.execute("DROP TABLE IF EXISTS customer_retention_audience, customer_retention_candidate")
        with self._reading_audience():
            cr.execute(SQL("CREATE TEMPORARY TABLE customer_retention_audience ON COMMIT DROP AS %s", audience))
        cr.execute("ANALYZE customer_retention_audience")
        scope = self._get_scope()
        everybody = scope.among(SQL("partner_id")) == SQL("TRUE")
        with self.env["ir.config_parameter"]._reading_indexes() if everybody else nullcontext():
            documents = self._read_everybody_sql(scope) if everybody else self._read_audience_sql(scope)
            cr.execute(
                SQL(
                    """CREATE TEMPORARY TABLE customer_retention_candidate ON COMMIT DROP AS
                       SELECT c.*, %(excluded)s AS excluded_by FROM (%(candidates)s) c""",
                    excluded=self._excluded_by_sql(),
                    candidates=self._candidates_sql(scope, *documents),
                )
            )
        cr.execute("ANALYZE customer_retention_candidate (partner_id, excluded_by)")

    def _excluded_by_sql(self):
        cases = [SQL("WHEN %s THEN %s", condition, code) for code, _label, condition in self._get_exclusions()]
        return SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::varchar")

    def _candidates_sql(self, scope, read, joins, invoiced):
        """
        :param Scope scope: see ``_get_scope``
        :param SQL read, joins, invoiced: documents, see ``_read_audience_sql``
        """
        Source = self.env["customer.value.source"]
        before, earlier = scope.spans
        basis = Source._get_purchase_basis()
        return SQL(
            """
            WITH %(read)s
            SELECT c.partner_id, c.tier_id, c.user_id, c.is_customer,
                   round(c.before, %(digits)s) AS margin_before, round(c.earlier, %(digits)s) AS margin_earlier,
                   round(c.average_order, %(digits)s) AS average_order, COALESCE(c.order_count, 0) AS order_count,
                   -- NULL stays NULL
                   CASE WHEN c.margin_rate < 0 THEN 0 WHEN c.margin_rate > 1 THEN 1 ELSE c.margin_rate END
                   AS margin_rate
              FROM (
                    SELECT rp.id AS partner_id, score.tier_id, manager.id AS user_id,
                           %(before)s::numeric AS before, %(earlier)s::numeric AS earlier,
                           sale.average_order::numeric AS average_order, sale.order_count,
                           (%(sales_margin)s)::numeric / NULLIF(%(sales)s, 0)::numeric AS margin_rate,
                           -- leads and tickets get a score as well
                           sale.last_order IS NOT NULL OR COALESCE(%(invoiced)s, 0) <> 0
                           OR COALESCE(score.revenue, 0) <> 0 AS is_customer
                      FROM customer_retention_audience audience
                      JOIN res_partner rp ON rp.id = audience.partner_id
                      LEFT JOIN customer_value_score score
                             ON score.partner_id = rp.id AND score.company_id = %(company)s
                      LEFT JOIN (SELECT u.id FROM res_users u
                                   JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %(company)s
                                  WHERE u.active AND NOT u.share) manager ON manager.id = rp.user_id
                      %(joins)s
                   ) c
            """,
            company=self.company_id.id,
            digits=self.company_id.currency_id.decimal_places,
            before=Source._margin_sql(before),
            earlier=Source._margin_sql(earlier),
            sales_margin=basis["sales_margin"],
            sales=basis["sales"],
            invoiced=invoiced,
            read=read,
            joins=joins,
        )

    def _read_audience_sql(self, scope):
        """Orders and invoices of the audience, joined as ``sale`` and ``invoice``.

        :return: tuple of SQL: common table expressions for ``WITH``, the joins on ``rp.id``, and what was invoiced in
            the time ``before``, NULL where nothing was
        """
        Source = self.env["customer.value.source"]
        before, earlier = scope.spans
        # documents are read once: what is told of the window is that of orders in twelve months
        margins = [span.column("order_margin") for span in scope.spans]
        read, joins, _evidence = Source._read_once(
            {
                "sale": Source._source_query("sale", scope, {"average_order", "order_count", "margin"}),
                "invoice": Source._source_query(
                    "invoice", replace(scope, window_start=earlier.first), {"margin", "revenue"}
                ),
            },
            {
                "sale": ["last_order", "average_order", "order_count", "order_margin", *margins],
                "invoice": [before.column("revenue"), *(span.column("changed_margin") for span in scope.spans)],
            },
        )
        return read, joins, SQL.identifier("invoice", before.column("revenue"))

    def _read_everybody_sql(self, scope):
        """The same from documents of everybody, as they come from their indexes, read at the same time."""
        Source = self.env["customer.value.source"]
        before, earlier = scope.spans
        beside = SideBySide(self.env.cr)
        day, customer = SQL("bought.day"), SQL("bought.partner_id")
        year = SQL("%s >= %s", day, scope.window_start)
        bought = SQL("bought.is_order AND %s", year)
        margins = {"order_margin": year}
        margins |= {span.column("order_margin"): span.holds(day, customer) for span in scope.spans}
        counts = {
            "order_count": SQL("count(*) FILTER (WHERE %s)", bought),
            "counted": SQL("count(bought.amount) FILTER (WHERE %s)", bought),
            "last_order": SQL("max(bought.day) FILTER (WHERE bought.is_order)"),
        }
        orders = beside.add(
            "orders",
            Source._orders_by_customer_sql(scope, counts, margins, {"amount": bought}),
            {"partner_id": "int4"}
            | dict.fromkeys(counts, "int8")
            | {"last_order": "date"}
            | dict.fromkeys([*margins, "amount"], "numeric"),
        )
        changes = beside.add(
            "changes",
            Source._source_query("invoice", replace(scope, window_start=earlier.first), {"margin"}),
            {"partner_id": "int4"} | {span.column("changed_margin"): "numeric" for span in scope.spans},
        )
        invoiced = beside.add(
            "invoiced",
            SQL(
                "SELECT partner_id, sum(amount) AS amount FROM (%s) document GROUP BY partner_id",
                Source._invoice_totals_sql(replace(scope, window_start=before.first)),
            ),
            {"partner_id": "int4", "amount": "numeric"},
        )
        joins, _evidence = Source._join_queries(
            {
                "sale": SQL("SELECT *, amount / NULLIF(counted, 0) AS average_order FROM (%s) bought", orders),
                "invoice": changes,
                "invoiced": invoiced,
            }
        )
        return beside.get_cte(), joins, SQL("invoiced.amount")

    def _count_candidates(self):
        """:return: dict from the code of an exclusion, or None for eligible ones, to the number of candidates"""
        return dict(
            self.env.execute_query(
                SQL("SELECT excluded_by, count(*) FROM customer_retention_candidate GROUP BY excluded_by")
            )
        )

    def _measure_candidates(self):
        """What eligible candidates show about the margin to come, from ``customer_retention_candidate``.

        :return: dict of ``customers``, ``average`` and ``deviation`` of the margin before the start (company currency
            per customer), and ``correlation`` with the margin of the time before that (0 where it cannot be told)
        """
        self.env.cr.execute(
            """SELECT count(*) AS customers, COALESCE(avg(margin_before), 0)::float8 AS average,
                      COALESCE(stddev_samp(margin_before), 0)::float8 AS deviation,
                      COALESCE(corr(margin_before, margin_earlier), 0) AS correlation
                 FROM customer_retention_candidate
                WHERE excluded_by IS NULL"""
        )
        [row] = self.env.cr.dictfetchall()
        # all margins equal but for rounding
        if not math.isfinite(row["correlation"]):
            row["correlation"] = 0.0
        return row

    # -- exclusions ----------------------------------------------------------------------------------------------------

    def _get_exclusions(self):
        """Exclusions from the audience, and the reasons. The first condition that holds is the one that is shown.

        :return: list of ``(code, label, SQL condition)`` over a candidate row ``c`` with the columns ``partner_id``,
            ``tier_id``, ``user_id`` (account manager who works for the company), ``margin_before`` (company currency,
            in the time before the start that is as long as the one measured), ``average_order``, ``order_count`` and
            ``margin_rate`` (0 to 1, NULL where nothing was ordered) of twelve months. Extend with ``super()``.
        """
        self.ensure_one()
        campaign, offer = self._origin.id or 0, self.offer_id
        exclusions = [
            (
                "member",
                self.env._("Already in this campaign"),
                # members who have become contacts stand for their company
                SQL(
                    """c.partner_id IN (SELECT p.commercial_partner_id FROM customer_retention_member m
                                          JOIN res_partner p ON p.id = m.partner_id
                                         WHERE m.campaign_id = %s)""",
                    campaign,
                ),
            ),
            (
                "not_customer",
                self.env._("Not a customer: no orders so far, archived, or internal"),
                SQL(
                    """(NOT c.is_customer
                        OR NOT EXISTS (SELECT FROM res_partner rp WHERE rp.id = c.partner_id AND %s))""",
                    is_customer_sql("rp"),
                ),
            ),
            (
                "opt_out",
                self.env._("Opted out of campaigns"),
                SQL("c.partner_id IN (SELECT id FROM res_partner WHERE retention_opt_out)"),
            ),
            (
                "cannot_return",
                self.env._("Cannot return, by the reason for leaving that was recorded"),
                cannot_return_sql(SQL("c.partner_id"), self.company_id.id),
            ),
            (
                "other_campaign",
                self.env._("In another running campaign"),
                self._elsewhere_sql(),
            ),
            ("dispute", self.env._("Open dispute with us"), self._dispute_sql(SQL("c.partner_id"))),
        ]
        if offer._needs_person() and self.executor == "manager" and not self.user_id:
            exclusions.append(
                (
                    "nobody",
                    self.env._("No account manager, and no responsible user on the campaign"),
                    SQL("c.user_id IS NULL"),
                )
            )
        if offer.tier_ids:
            exclusions.append(
                (
                    "offer_tier",
                    self.env._("The offer is not available for this tier"),
                    SQL("(c.tier_id IS NULL OR c.tier_id <> ALL(%s))", offer.tier_ids.ids),
                )
            )
        for code, label, condition in offer._get_partner_exclusions():
            exclusions.append((code, label, condition(SQL("c.partner_id"))))
        below = offer._below_margin_sql()
        if below:
            exclusions.append(("below_margin", self.env._("Would be sold below the minimum margin"), below))
        return exclusions

    def _elsewhere_sql(self, among=None):
        """Condition over a row ``c``: the customer is in another running campaign.

        :param SQL among: a further condition, on members ``m``
        """
        return SQL(
            """c.partner_id IN (SELECT p.commercial_partner_id FROM customer_retention_member m
                                  JOIN res_partner p ON p.id = m.partner_id
                                 WHERE m.is_open AND m.company_id = %s AND m.campaign_id <> %s %s)""",
            self.company_id.id,
            self._origin.id or 0,
            SQL("AND %s", among) if among else SQL(),
        )

    def _elsewhere_counts_sql(self):
        """Two columns over rows ``c``: how many are in another running campaign, and how many in its control group."""
        return SQL(
            "count(*) FILTER (WHERE %s), count(*) FILTER (WHERE %s)",
            self._elsewhere_sql(),
            self._elsewhere_sql(SQL("m.arm = 'holdout'")),
        )

    def _dispute_sql(self, column):
        """Condition: an open complaint, or a complaint about an invoice that is overdue.

        A campaign against unresolved complaints goes to those who complain; disputed invoices stop it all the same.
        """
        about_complaint = self.reason_id == self.env.ref(
            "customer_value.retention_reason_complaint", raise_if_not_found=False
        )
        overdue = SQL()
        if about_complaint:
            overdue = SQL(
                """AND EXISTS (SELECT FROM account_move am WHERE am.id = t.complaint_move_id AND am.state = 'posted'
                                  AND am.payment_state IN ('not_paid', 'partial') AND am.invoice_date_due < %s)""",
                self.company_id._get_value_today(),
            )
        return SQL(
            """%s IN (SELECT t.commercial_partner_id FROM helpdesk_ticket t
                       WHERE t.is_complaint IS TRUE AND t.complaint_state <> 'closed' AND t.company_id = %s
                         AND t.commercial_partner_id IS NOT NULL %s)""",
            column,
            books_sql(self.company_id._get_value_books().ids),
            overdue,
        )

    def _nobody_left_message(self):
        """Why no customers are eligible, from ``customer_retention_candidate``."""
        counts = self._count_candidates()
        reasons = [
            self.env._("%(reason)s: %(count)s", reason=label, count=counts[code])
            for code, label, _condition in self._get_exclusions()
            if counts.get(code)
        ]
        if not reasons:
            return self.env._("There are no customers in the audience. Choose other customers, or a wider filter.")
        return self.env._("No eligible customers in the audience. %s. Choose other customers.", "; ".join(reasons))

    # -- the draw: once for each customer, for ever --------------------------------------------------------------------

    def _enrol(self, model=None, domain=None):
        """Draw from those of the audience who are not in the campaign yet, and make them members, in one statement.

        Existing members stay as they are. Leaves the temporary table ``customer_retention_candidate`` behind.

        :param model, domain: another audience than that of the campaign, see ``_get_audience_sql``
        :return: tuple of the numbers of new members who get the offer, and of those in the control group
        :raise UserError: no customers were chosen, see ``_get_audience_sql``
        """
        self.ensure_one()
        cr = self.env.cr
        # two campaigns that start at the same time would take the same customers
        lock_company(self.company_id, LOCK_AUDIENCE)
        self._collect_candidates(model, domain)
        cr.execute("SELECT count(*) FROM customer_retention_member WHERE campaign_id = %s", (self.id,))
        [drawn] = cr.fetchone()
        candidates = SQL("(SELECT * FROM customer_retention_candidate WHERE excluded_by IS NULL)")
        share = assignment.millionths(self.holdout_percent)
        person, day = self._plan_at_once()
        cr.execute(
            SQL(
                """
                WITH added AS (
                    INSERT INTO customer_retention_member
                           (campaign_id, company_id, partner_id, is_open, arm, state, stratum, tier_id, margin_before,
                            user_id, planned_date, create_uid, create_date, write_uid, write_date)
                    SELECT %(campaign)s, %(company)s, d.partner_id, TRUE,
                           CASE WHEN d.is_holdout THEN 'holdout' ELSE 'treatment' END,
                           CASE WHEN d.is_holdout THEN 'holdout' ELSE 'planned' END,
                           concat_ws(' · ', COALESCE(tier.name ->> %(lang)s, tier.name ->> 'en_US'), d.margin_group),
                           d.tier_id, d.margin_before,
                           CASE WHEN NOT d.is_holdout THEN %(person)s END, CASE WHEN NOT d.is_holdout THEN %(day)s END,
                           %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                      FROM (%(draw)s) d
                      JOIN customer_retention_candidate c ON c.partner_id = d.partner_id
                      LEFT JOIN customer_value_tier tier ON tier.id = d.tier_id
                     ORDER BY d.partner_id
                    -- entered by another transaction since ours began: PostgreSQL makes Odoo try again
                    ON CONFLICT DO NOTHING
                    RETURNING arm
                )
                SELECT count(*) FILTER (WHERE arm = 'treatment'), count(*) FILTER (WHERE arm = 'holdout') FROM added
                """,
                campaign=self.id,
                company=self.company_id.id,
                draw=assignment.draw_sql(candidates, self.seed, share, drawn),
                person=person,
                day=day,
                lang=self.env.lang or "en_US",
                user=self.env.uid,
            )
        )
        counts = cr.fetchone()
        self.env["customer.retention.member"].invalidate_model()
        self.invalidate_recordset()
        return counts

    def _get_detectable_effect(self, treated, holdout, measured):
        """The smallest difference in margin per customer that the campaign would detect.

        The margin after the start is taken to vary as it did before.

        :param dict measured: from ``_measure_candidates``
        :return: company currency; ``math.inf`` where there is nothing to compare
        """
        return experiment.minimum_detectable_effect(
            treated,
            holdout,
            measured["deviation"],
            confidence=self.confidence / 100,
            power=self.power / 100,
            correlation=measured["correlation"],
        )
