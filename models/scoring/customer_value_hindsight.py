from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from odoo import api, models
from odoo.tools import SQL, format_date

from ...analytics.scoring import backtest, scoring
from ..core.shared_rows import drop_rows
from .customer_value_source import Scope

# Fewer customers, or fewer who bought again, and a few of them decide the result.
LEAST_CUSTOMERS = 100
LEAST_BUYERS = 30

# Rows turned into numbers at a time: a million customers do not have to stand in memory as objects.
BATCH = 20_000


@dataclass(frozen=True)
class Hindsight:
    """What was known of customers at the end of a day, and what they brought afterwards.

    Arrays have one element for each customer, in the order of their ids. Amounts are in company currency.

    :param policy: the ``customer.value.policy`` by which they were scored
    :param date until: last day of what they brought; the first one is the day after ``as_of``
    :param date since: of the first order or invoice of the company; None if there is none
    :param tier_ids: of the tiers of ``ranks``, the lowest first; rank 0 is no tier
    :param score: in points
    :param dict points: metric: points of 0 to 100
    :param dict metrics: metric: raw number, NaN where there is none
    :param dict brought: ``margin``, ``revenue`` and ``orders`` of the time since
    """

    policy: models.Model
    as_of: date
    until: date
    since: date | None
    partner_ids: np.ndarray
    tier_ids: tuple
    score: np.ndarray
    ranks: np.ndarray
    points: dict
    metrics: dict
    brought: dict

    @property
    def bought(self):
        """Array of bool: who bought again."""
        return (self.brought["orders"] > 0) | (self.brought["revenue"] > 0)


@dataclass(frozen=True)
class Rival:
    """Another number by which customers could be put in order, the highest first.

    :param str label: translated
    :param str method: of ``customer.value.hindsight``; takes a ``Hindsight`` and gives an array with a number for each
        of its customers (NaN: none), made of what was known on its day; where it cannot be reckoned, a sentence that
        says why, or None where that goes without saying
    """

    label: str
    method: str


class CustomerValueHindsight(models.AbstractModel):
    """A policy applied to a past day, and what customers brought since. Nothing is stored."""

    _name = "customer.value.hindsight"
    _description = "Policy in Hindsight"

    @api.model
    def _get_rivals(self):
        """What a policy is compared with. Extended by others.

        :return: ``{code: Rival}``
        """
        return {
            "revenue": Rival(self.env._("Revenue of the window"), "_rival_revenue"),
            "recency": Rival(self.env._("Most recent order"), "_rival_recency"),
        }

    @api.model
    def _rival_revenue(self, hindsight):
        return hindsight.metrics["revenue"]

    @api.model
    def _rival_recency(self, hindsight):
        return -hindsight.metrics["recency_days"]

    @api.model
    def _look_back(self, policy, as_of, until, all_dimensions=False):
        """Score everybody as of a past day by the steps of a run, calibrated by what was known then.

        The tier is that of score, grid and override rules: what was assigned manually, and what held a tier then, is no
        judgement of the policy.

        :param policy: ``customer.value.policy`` that can be run, in any state
        :param date as_of: end of the day on which customers are judged
        :param date until: end of the day up to which it is counted what they brought
        :param bool all_dimensions: whether ``points`` are wanted of dimensions without weight, too
        :return: ``Hindsight``
        """
        plan = self._collect(policy, as_of, all_dimensions)
        cr = self.env.cr
        metrics = sorted(self.env["customer.value.source"]._get_core_metrics())
        points = [dimension.metric for dimension in plan.dimensions]
        rows = self._read(plan, metrics, points, self._brought_sql(policy.company_id, as_of, until))
        since = self._find_first_day(policy.company_id)
        drop_rows(cr, scoring.METRICS)
        columns = iter(rows.T)
        return Hindsight(
            policy=policy,
            as_of=as_of,
            until=until,
            since=since,
            partner_ids=next(columns).astype(int),
            tier_ids=tuple(tier.id for tier in plan.tiers),
            ranks=next(columns).astype(int),
            score=next(columns) / 100,
            brought={name: next(columns) for name in ("margin", "revenue", "orders")},
            metrics={metric: next(columns) for metric in metrics},
            points={metric: next(columns) for metric in points},
        )

    def _collect(self, policy, as_of, all_dimensions=False):
        """Collect and calibrate by the steps of a run: ``customer_value_metric`` has everybody then.

        :return: the ``Plan`` by which they are scored
        """
        run = self.env["customer.value.run"].new({"policy_id": policy.id, "as_of": as_of, "simulate": True})
        scope = Scope.make(policy.company_id, as_of, policy.window_months)
        self.env.flush_all()
        self.env["ir.config_parameter"]._use_sort_memory()
        run._collect(scope)
        calibration = run._calibrate()
        plan = run._plan(calibration, scope)
        if all_dimensions:
            weights = {dimension: dimension.weight for dimension in policy.dimension_ids}
            plan = replace(plan, dimensions=run._plan_dimensions(weights, calibration, every=True))
        return replace(plan, tiers=run._find_tier_limits(plan) or plan.tiers)

    @api.model
    def _read_scores(self, policy):
        """:return: the rows of ``scoring.scores_sql`` as of today"""
        plan = self._collect(policy, policy.company_id._get_value_today())
        self.env.cr.execute(scoring.scores_sql(plan))
        rows = self.env.cr.fetchall()
        drop_rows(self.env.cr, scoring.METRICS)
        return rows

    def _read(self, plan, metrics, points, brought):
        """:return: array of a row for each customer: id, rank, score, what they brought, ``metrics`` and ``points``"""
        columns = [
            *(SQL("COALESCE(brought.%s, 0)::float8", SQL.identifier(name)) for name in ("margin", "revenue", "orders")),
            *(SQL("scored.%s::float8", SQL.identifier(metric)) for metric in metrics),
            *(SQL("scored.%s", scoring.points_column(metric)) for metric in points),
        ]
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                SELECT scored.partner_id, scored.computed_rank, scored.score, %(columns)s
                  FROM (%(result)s) scored
                  LEFT JOIN (%(brought)s) brought ON brought.partner_id = scored.partner_id
                 ORDER BY scored.partner_id
                """,
                columns=SQL(", ").join(columns),
                result=scoring.result_sql(plan),
                brought=brought,
            )
        )
        batches = [np.empty((0, len(columns) + 3))]
        while rows := cr.fetchmany(BATCH):
            batches.append(np.array(rows, dtype=float))
        return np.concatenate(batches)

    def _brought_sql(self, company, as_of, until):
        """Query of ``partner_id``, ``margin``, ``revenue`` and ``orders`` of the days after ``as_of`` up to ``until``.

        By the sources that runs read.
        """
        Source = self.env["customer.value.source"]
        scope = replace(Scope.make(company, until, 0), window_start=as_of + timedelta(days=1))
        codes = {"order_count", "revenue", "margin"}
        queries = {name: Source._source_query(name, scope, codes) for name in ("invoice", "sale")}
        joins, evidence = Source._join_queries(queries)
        metrics = Source._get_metrics()
        return SQL(
            """
            SELECT rp.id AS partner_id, COALESCE(%(margin)s, 0) AS margin, COALESCE(%(revenue)s, 0) AS revenue,
                   COALESCE(%(orders)s, 0) AS orders
              FROM res_partner rp %(joins)s
             WHERE %(evidence)s
            """,
            margin=Source._metric_sql("margin", metrics["margin"]),
            revenue=Source._metric_sql("revenue", metrics["revenue"]),
            orders=Source._metric_sql("order_count", metrics["order_count"]),
            joins=joins,
            evidence=evidence,
        )

    def _find_first_day(self, company):
        """The day of the first order of ``customer_value_metric``, or of the first invoice."""
        self.env.cr.execute(
            SQL(
                """
                SELECT LEAST((SELECT min(first_order) FROM customer_value_metric),
                             (SELECT min(am.invoice_date) FROM account_move am
                               WHERE am.company_id = ANY(%s) AND am.state = 'posted'
                                 AND am.move_type IN ('out_invoice', 'out_refund', 'out_receipt')))
                """,
                company._get_value_books().ids,
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _rank(self, hindsight):
        """The orders of customers that are compared: that of the policy first, then those of its rivals.

        :return: tuple of ``{code: (translated name, Ranking)}``, and sentences that say which rivals are left out, and
            why
        """
        rankings = {"policy": (hindsight.policy.display_name, backtest.Ranking(hindsight.score))}
        left_out = []
        for code, rival in self._get_rivals().items():
            values = getattr(self, rival.method)(hindsight)
            if isinstance(values, str):
                left_out.append(self.env._("%(rival)s is not compared. %(reason)s", rival=rival.label, reason=values))
            elif values is not None:
                rankings[code] = (rival.label, backtest.Ranking(values))
        return rankings, left_out

    @api.model
    def _count_tiers(self, hindsight, money):
        """What each tier of the policy held and brought, the highest first; then those without a tier, if there were.

        :param str money: ``margin`` or ``revenue``
        :return: list of dict: ``id`` (False: no tier), ``name``, ``color``, ``customers``, ``buyers`` and ``money``
            (company currency)
        """
        places = len(hindsight.tier_ids) + 1
        customers, buyers, amounts = (
            np.bincount(hindsight.ranks, weights, places).tolist()
            for weights in (np.ones(len(hindsight.score)), hindsight.bought.astype(float), hindsight.brought[money])
        )
        rows = []
        for rank in range(places - 1, -1, -1):
            tier = self.env["customer.value.tier"].browse(hindsight.tier_ids[rank - 1] if rank else ())
            if rank or customers[0]:
                rows.append(
                    {
                        "id": tier.id,
                        "name": tier.name or self.env._("No tier"),
                        "color": tier.color,
                        "customers": int(customers[rank]),
                        "buyers": int(buyers[rank]),
                        "money": amounts[rank],
                    }
                )
        return rows

    @api.model
    def _find_missing(self, hindsight, money):
        """What a judgement of the policy would need and there is not, in sentences.

        :param str money: ``margin`` or ``revenue``, by which it is judged
        :return: list of str; empty where the policy can be judged
        """
        missing = []
        day = format_date(self.env, hindsight.as_of)
        customers, buyers = len(hindsight.score), int(hindsight.bought.sum())
        earliest = hindsight.as_of - (hindsight.until - hindsight.as_of)
        if not hindsight.since or hindsight.since > earliest:
            missing.append(
                self.env._(
                    "Orders or invoices since %(date)s at the latest, so that as much is known before %(day)s as is "
                    "predicted after it. %(found)s",
                    date=format_date(self.env, earliest),
                    day=day,
                    found=self.env._("The first ones are of %s.", format_date(self.env, hindsight.since))
                    if hindsight.since
                    else self.env._("There are none yet."),
                )
            )
        if customers < LEAST_CUSTOMERS:
            missing.append(
                self.env._(
                    "At least %(least)s customers on %(day)s. There were %(count)s.",
                    least=LEAST_CUSTOMERS,
                    day=day,
                    count=customers,
                )
            )
        if buyers < LEAST_BUYERS:
            missing.append(
                self.env._(
                    "At least %(least)s customers who have bought since. There were %(count)s.",
                    least=LEAST_BUYERS,
                    count=buyers,
                )
            )
        if not missing and hindsight.brought[money].sum() <= 0:
            missing.append(self.env._("A positive amount. Together, customers have brought nothing since."))
        return missing
