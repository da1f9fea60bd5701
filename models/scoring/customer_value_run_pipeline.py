import math
from dataclasses import dataclass, replace
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...analytics.core.handing import Handed, hand_sql
from ...analytics.scoring import keeping, recording, scoring, shares
from ...analytics.scoring.customers import is_customer_sql
from ..core.kept_plans import FEW, SEVERAL, execute_kept, fetch_kept
from ..core.shared_rows import drop_rows, sample_rows
from ..core.side_by_side import SideBySide
from .customer_value_source import Scope

# Limits of dormant and lost, in days, where no customer has bought twice yet, so that there are no gaps to learn from.
DEFAULT_LIMITS = (180, 365)

# The table of what a run for all customers has decided, before it is written.
DECIDED = "customer_value_decided"

# Amounts tried in one statement; each round narrows the gap between too little and enough to a part of it.
STEPS = 80

# In whole units of the company's currency. No larger purchase is suggested to keep a tier.
LARGEST = 10**12

# Looks at the time between the ends of a grace, at the most; each reads the customer's documents anew.
BETWEEN = 4


class CustomerValueRun(models.Model):
    """The steps of a run, each one SQL statement: collect, calibrate, score, record."""

    _inherit = "customer.value.run"

    def _run_pipeline(self):
        """:return: values to write on the run"""
        self.ensure_one()
        self.env.flush_all()
        policy = self.policy_id
        # a chosen contact may have a score of their own, from before they had a company: it has to go; nothing else is
        # asked of contacts here, and there may be thousands
        chosen = self.partner_ids.with_context(prefetch_fields=False)
        chosen |= chosen.commercial_partner_id
        partners = chosen if self.scope == "some" else None
        scope = Scope.make(self.company_id, self.as_of, policy.window_months, partners)

        calibration, limits, handed = policy.calibration, None, None
        if partners is None or not calibration or calibration["key"] != self._calibration_key():
            self.env["ir.config_parameter"]._use_sort_memory()
            self._report_progress("collect", 5)
            self._collect(scope.everybody())
            self._report_progress("calibrate", 45)
            calibration = self._calibrate()
            limits = self._find_tier_limits(self._plan(calibration, scope))
            if partners is not None:
                drop_rows(self.env.cr, scoring.METRICS)
        if partners is not None:
            self._report_progress("collect", 50)
            if len(chosen) <= FEW:
                handed = self._collect_few(scope)
            else:
                self._collect(scope)
        self._report_progress("score", 60)
        plan = self._plan(calibration, scope)
        if limits is not None:
            plan = replace(plan, tiers=limits)
        counts = self._score(plan, handed)
        self._report_progress("record", 90)
        counts["left_count"] = self._leave(scope, counts, handed)
        if handed is None:
            drop_rows(self.env.cr, scoring.METRICS, DECIDED)
        self.env.invalidate_all(flush=False)
        if limits and partners is None and (not self.simulate or policy.state == "draft"):
            policy._set_tier_limits(limits)
        if not self.simulate:
            if partners is None:
                policy.write(
                    {"calibration": calibration, "calibration_run_id": self.id, "rescored_until": self.env.cr.now()}
                )
            self._follow_up()
        return counts | {"calibration": calibration}

    # -- collect -------------------------------------------------------------------------------------------------

    def _needed_metrics(self):
        policy = self.policy_id
        Source = self.env["customer.value.source"]
        needed = set(policy.dimension_ids.mapped("metric")) | set(policy.gate_ids.mapped("metric"))
        needed |= Source._get_core_metrics()
        if policy.transactional_discount:
            needed.add("discount_share")
        known = Source._get_metrics()
        policy._check_metrics(known)
        # sorted, so that equal policies give equal statements
        return {code: known[code] for code in sorted(needed)}

    def _collect(self, scope):
        """Raw metrics of every customer in ``scope`` as ``customer_value_metric``, until ``drop_rows``."""
        if scope.partner_ids is None:
            self._collect_all(scope)
        else:
            query = self._collect_sql(scope)
            if scope.by_customer and len(scope.partner_ids) > 1:
                # workers take longer to start than to read the documents of some customers
                self.env.cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            if scope.by_customer and FEW < len(scope.partner_ids) <= SEVERAL:
                # documents of each are looked up, whichever customers they are; to plan that takes half as long again
                execute_kept(self.env.cr, query, scoring.METRICS)
            else:
                table = SQL.identifier(scoring.METRICS)
                self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", table, query))

    def _collect_few(self, scope):
        """The same of few customers, without a table: statements that name temporary ones are planned each time.

        :return: ``Handed``, for the statements that name ``customer_value_metric``
        """
        names = ["partner_id", *keeping.DATES, *self._needed_metrics()]
        [row] = fetch_kept(self.env.cr, hand_sql(names, self._collect_sql(scope)))
        return Handed.make("customer_value_metric", names, row)

    def _read(self, query, handed):
        """:param handed: ``Handed`` instead of the temporary table of its name
        :return: rows of ``query``
        """
        if handed is None:
            self.env.cr.execute(query)
            return self.env.cr.fetchall()
        return fetch_kept(self.env.cr, handed.before(query))

    def _collect_sql(self, scope, extra=None):
        """Query of the raw metrics of every customer in ``scope``.

        These are customers (see ``is_customer_sql``) with a row in any source that the policy uses; orders and invoices
        always are.

        :param dict extra: further columns: name, and SQL over the sources ``sale`` and ``invoice``
        """
        return self._joined_sql(scope, self._source_queries(scope), extra)

    def _collect_side_by_side_sql(self, scope):
        """The same of everybody, with orders, what takes longest of invoices, and payments read at the same time."""
        Source = self.env["customer.value.source"]
        beside, tills = SideBySide(self.env.cr), Source._has_tills()
        # what tills have sold is joined to either source as a whole
        reading = scope if tills else replace(scope, beside=beside)
        queries, metrics = self._source_queries(reading), self._needed_metrics()
        # the process of the statement itself begins with the last, which takes long
        for name in ("invoice", "payment", "overdue", "sale") if tills else ("payment", "overdue", "sale"):
            if name not in queries:
                continue
            known = Source._get_typed_columns()[name]
            metrics_read = {
                code
                for code, metric in metrics.items()
                if metric.source == name and Source._metric_sql(code, metric) == SQL.identifier(name, code)
            }
            if not metrics_read <= known.keys():
                # of a metric that another module has added to the source
                return self._collect_sql(scope)
            optional = Source._get_metrics().keys() - metrics_read
            columns = {"partner_id": "int4"} | {
                column: kind for column, kind in known.items() if column not in optional
            }
            queries[name] = beside.add(name, queries[name], columns)
        return SQL("WITH %s %s", beside.get_cte(), self._joined_sql(scope, queries))

    def _source_queries(self, scope):
        """:return: ``{source: SQL}`` of those that the policy uses, and of orders and invoices"""
        Source = self.env["customer.value.source"]
        metrics = self._needed_metrics()
        sources = {"sale", "invoice"} | {metric.source for metric in metrics.values()}
        return {
            name: Source._source_query(name, scope, {code for code, metric in metrics.items() if metric.source == name})
            for name in sorted(sources)
        }

    def _joined_sql(self, scope, queries, extra=None):
        """Query of the raw metrics where ``queries`` are joined, see ``_collect_sql``."""
        Source = self.env["customer.value.source"]
        metrics = self._needed_metrics()
        columns = [
            SQL("%s AS %s", self._column_sql(code, metric, Source._metric_sql(code, metric)), SQL.identifier(code))
            for code, metric in metrics.items()
        ]
        columns += [SQL("%s AS %s", value, SQL.identifier(name)) for name, value in (extra or {}).items()]
        joins, evidence = Source._join_queries(queries)
        return SQL(
            """
            SELECT rp.id AS partner_id,
                   sale.first_order, sale.last_order, sale.previous_order,
                   COALESCE(sale.order_days, 0) AS order_days,
                   COALESCE(sale.sales_recent, 0) AS sales_recent, COALESCE(sale.sales_earlier, 0) AS sales_earlier,
                   %(columns)s
              FROM res_partner rp
              %(joins)s
             WHERE %(customer)s AND %(among)s AND (%(evidence)s)
            """,
            customer=is_customer_sql("rp"),
            columns=SQL(", ").join(columns),
            joins=joins,
            among=scope.among(SQL("rp.id")),
            evidence=evidence,
        )

    def _column_sql(self, code, metric, value):
        """``value`` as it is judged and stored: zero where nothing adds up, rounded by its unit."""
        if metric.additive:
            value = SQL("COALESCE(%s, 0)", value)
        if metric.unit != "count" and metric.unit != "points" and code not in ("recency_days", "tenure_days"):
            digits = self.currency_id.decimal_places if metric.unit == "money" else 2
            value = SQL("round((%s)::numeric, %s)", value, digits)
        return value

    # -- calibrate -----------------------------------------------------------------------------------------------

    def _calibration_key(self):
        """What a calibration depends on, besides the documents. A frozen one serves as long as this stays the same."""
        policy = self.policy_id
        names = ("window_months", "abc_basis", "abc_a_share", "abc_b_share", "dormant_days", "lost_days")
        names += ("dormant_percentile", "lost_percentile")
        quantiles = [
            [dimension.metric, dimension.quantiles, dimension.direction] + ["positive"] * dimension._is_among_positive()
            for dimension in policy.dimension_ids.sorted("metric")
            if dimension.scale == "quantile"
        ]
        return [*(policy[name] for name in names), quantiles, *self._share_key()]

    def _share_key(self):
        """What the limits of tiers by share depend on; empty where there are none."""
        tiers = self._get_shared_tiers()
        if not tiers:
            return []
        settings = ("metric", "weight", "missing_points", "scale", "nothing_from", "floor", "cap")
        return [
            [[tier.entry_basis, tier.entry_share, tier.keep_share] for tier in tiers.sorted("entry_score")],
            [
                [
                    *(dimension[name] for name in settings),
                    [[band.from_value, band.points] for band in dimension.band_ids.sorted("from_value")],
                ]
                for dimension in self.policy_id.dimension_ids.sorted("metric")
            ],
        ]

    def _get_shared_tiers(self):
        """Tiers that are entered by a share; a grid does not look at it."""
        if self.policy_id.tier_method != "score":
            return self.env["customer.value.tier"]
        return self.policy_id.tier_ids.filtered(lambda tier: tier.entry_basis != "score")

    def _find_tier_limits(self, plan):
        """The scores that shares mean among the customers in ``customer_value_metric`` who have bought.

        :param Plan plan: with the scores of the last time in their place
        :return: the tiers of the plan with these scores; None where no tier is entered by a share, or nobody has bought
        """
        by_share = {tier.id: (tier.entry_basis, tier.entry_share, tier.keep_share) for tier in self._get_shared_tiers()}
        return self._find_limits(plan, by_share)

    def _find_limits(self, plan, by_share):
        """:param dict by_share: id of each tier that is entered by a share: basis, share to enter and to keep, in %"""
        if not by_share:
            return None
        self.env.cr.execute(scoring.scores_sql(plan))
        rows = self.env.cr.fetchall()
        if not rows:
            return None
        amounts = {
            "customers": [(score, customers) for score, customers, _margin, _gained in rows],
            "margin": [(score, gained) for score, _customers, _margin, gained in rows],
        }
        ladder = []
        for tier in plan.tiers:
            entry, keep = tier.entry, tier.keep
            if tier.id in by_share:
                basis, *wanted = by_share[tier.id]
                found = [shares.find_limit(amounts[basis], share / 100) for share in wanted]
                if None in found:
                    return None
                entry, keep = found
            ladder.append((entry, keep, tier.id in by_share))
        return tuple(
            replace(tier, entry=entry, keep=keep)
            for tier, (entry, keep) in zip(plan.tiers, shares.put_in_order(ladder, rows[0][0]), strict=True)
        )

    def _calibrate(self):
        """Cut points and limits of the population in ``customer_value_metric``.

        :return: dict of ``cuts`` (metric: cut points in natural units), ``rfm`` (the same for the three quintiles),
            ``abc`` (smallest amount of A and of B, company currency), ``dormant_days``, ``lost_days``, ``customers``
        """
        policy = self.policy_id
        dimensions = policy.dimension_ids.filtered(lambda dimension: dimension.scale == "quantile")
        quantiles = {dimension.metric: dimension._get_scale() for dimension in dimensions}
        distributions = [
            (SQL.identifier(metric), scale.probabilities, scale.lower_is_better, scale.compared(SQL.identifier(metric)))
            for metric, scale in quantiles.items()
        ]
        bought = SQL("last_order IS NOT NULL")
        for name, lower in scoring.RFM_METRICS:
            distributions.append((SQL.identifier(name), scoring.QUINTILES, lower, bought))
        gap = SQL("(last_order - first_order)::float8 / (order_days - 1)")
        shares = [policy.dormant_percentile / 100, policy.lost_percentile / 100]
        distributions.append((gap, shares, False, SQL("order_days > 1")))
        basis = SQL.identifier(policy.abc_basis)
        queries = scoring.calibration_queries(distributions, basis, policy.abc_a_share, policy.abc_b_share)
        *rows, gaps, abc, [customers] = self._read_arrays(queries)
        dormant, lost = self._lifecycle_limits(*(gaps or DEFAULT_LIMITS))
        return {
            "key": self._calibration_key(),
            "as_of": fields.Date.to_string(self.as_of),
            "customers": int(customers),
            "cuts": {
                metric: scale.complete(cuts) for (metric, scale), cuts in zip(quantiles.items(), rows, strict=False)
            },
            "rfm": rows[len(quantiles) :],
            "abc": abc,
            "dormant_days": dormant,
            "lost_days": lost,
        }

    def _read_arrays(self, queries):
        """:param list queries: of one row with an array, ``numbers``
        :return: list of their arrays, read at the same time; an empty one instead of null
        """
        beside = SideBySide(self.env.cr)
        parts = [beside.add(f"q{place}", query, {"numbers": "float8[]"}) for place, query in enumerate(queries)]
        parts = [SQL("SELECT %s AS place, numbers FROM (%s) part", place, part) for place, part in enumerate(parts)]
        self.env.cr.execute(SQL("WITH %s %s", beside.get_cte(), SQL(" UNION ALL ").join(parts)))
        return [numbers or [] for _place, numbers in sorted(self.env.cr.fetchall())]

    def _lifecycle_limits(self, dormant, lost):
        """Days until dormant and until lost: as the policy says, else as derived, apart and in order."""
        policy = self.policy_id
        if policy.lost_days:
            return policy.dormant_days or min(max(1, math.ceil(dormant)), policy.lost_days - 1), policy.lost_days
        dormant = policy.dormant_days or max(1, math.ceil(dormant))
        # where everybody buys in the same rhythm the two percentiles fall together: leave time to be dormant
        return dormant, max(math.ceil(lost), math.ceil(1.5 * dormant))

    # -- score ---------------------------------------------------------------------------------------------------

    def _plan(self, calibration, scope):
        """The ``scoring.Plan`` of this run: the policy and its calibration as plain numbers."""
        policy = self.policy_id
        tiers = policy.tier_ids.sorted("entry_score")
        ranks = {tier.id: rank for rank, tier in enumerate(tiers, start=1)}
        # a draft is simulated against the tiers that customers have from the version it was copied from
        stand_ins = {} if policy.state == "active" else {tier.origin_id.id: tier.id for tier in tiers if tier.origin_id}
        by_score = policy.tier_method == "score"
        segments = {}
        for segment in policy.segment_ids:
            for recency, frequency, monetary in segment._codes():
                segments[recency, frequency, monetary] = segment.id
        return scoring.Plan(
            as_of=self.as_of,
            company_id=self.company_id.id,
            policy_id=policy.id,
            run_id=self.id,
            user_id=self.env.uid,
            metrics=tuple(self._needed_metrics()),
            ages=self.env["customer.value.source"]._get_ages(),
            counted_until=self.as_of if self.scope == "all" else policy.calibration_run_id.as_of or None,
            dimensions=self._plan_dimensions({line: line.weight for line in policy.dimension_ids}, calibration),
            tiers=tuple(
                scoring.Tier(
                    tier.id,
                    round(tier.entry_score * 100),
                    # a grid does not look at the score: nothing but hold and grace keeps a tier
                    round(tier.keep_score * 100) if by_score else 10001,
                    tier.hold_months,
                    tier.grace_days,
                    tier.excludes_lost,
                )
                for tier in tiers
            ),
            stand_ins=stand_ins,
            gates=tuple(
                scoring.Gate(gate.id, gate.metric, gate.operator, gate.value, gate.effect, ranks[gate.tier_id.id])
                for gate in policy.gate_ids
            ),
            grid=None
            if by_score
            else scoring.Grid(
                policy.grid_x_id.metric,
                policy.grid_y_id.metric,
                tuple(
                    (cell.x_from, cell.y_from, ranks[cell.tier_id.id])
                    for cell in policy.grid_cell_ids.sorted(lambda cell: (cell.x_from, cell.y_from), reverse=True)
                ),
            ),
            segments=segments,
            rfm_cuts=tuple(map(tuple, calibration["rfm"])),
            abc_basis=policy.abc_basis,
            abc_amounts=tuple(calibration["abc"]),
            step_down=policy.demotion == "step",
            keep_tiers=self.keep_tiers,
            # a simulation still shows the customers whom the manager excluded, so that they can be included again
            kept_partner_ids=() if self.simulate else tuple(self.kept_partner_ids.commercial_partner_id.ids),
            dormant_days=calibration["dormant_days"],
            lost_days=calibration["lost_days"],
            window_start=scope.window_start,
            trend_share=policy.trend_percent / 100,
            relational_orders=policy.relational_orders,
            transactional_discount=policy.transactional_discount,
            history_step=round(policy.history_step * 100),
        )

    def _plan_dimensions(self, weights, calibration, every=False):
        """The ``scoring.Dimension`` of those that count, or that the grid looks at, in the order of the policy.

        :param dict weights: of each dimension of the policy
        :param bool every: those without weight, too
        """
        policy = self.policy_id
        grid = policy.grid_x_id | policy.grid_y_id
        metrics = self.env["customer.value.source"]._get_metrics()
        return tuple(
            scoring.Dimension(
                dimension.metric,
                weights[dimension],
                dimension.missing_points,
                dimension._get_scale(calibration["cuts"].get(dimension.metric, ())),
                dimension.metric in metrics and metrics[dimension.metric].by_trade,
            )
            for dimension in policy.dimension_ids.sorted()
            if every or weights[dimension] or dimension in grid
        )

    def _score(self, plan, handed=None):
        """Score all rows of ``customer_value_metric``; record tier changes, and apply them unless simulated.

        Of all, what is written is decided by a statement of its own: one that writes is one process.

        :param handed: these rows, where there is no such table
        :return: counts and matrix for the run
        """
        decided = self._decide(plan) if self.scope == "all" else None
        query = recording.simulate_sql(plan, decided=decided) if self.simulate else recording.apply_sql(plan, decided)
        counts = dict.fromkeys(("customer_count", "changed_count", "entered_count", "up_count", "down_count"), 0)
        matrix = []
        for before, after, move, customers, changed, revenue in self._read(query, handed):
            counts["customer_count"] += customers
            counts["changed_count"] += changed
            if move in ("entered", "up", "down"):
                counts[f"{move}_count"] += customers
            matrix.append([before, after, customers, float(revenue)])
        return counts | {"matrix": matrix}

    def _decide(self, plan):
        """Make the rows of ``recording.decided_sql`` by a statement of their own.

        :return: SQL of the name of their temporary table, until the end of the transaction
        """
        table = SQL.identifier(DECIDED)
        query = recording.decided_rows_sql(plan)
        self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", table, query))
        # in a first run all customers are new and their partners are read at once, in others few are
        sample_rows(self.env.cr, table, "prev_id", "changed")
        return table

    def _has_leavers(self, customers):
        """Whether more have a score than the ``customers`` of an applied run for all, who all have one by now.

        To count them takes a third of looking for each among the others.
        """
        self.env.cr.execute(SQL("SELECT count(*) FROM customer_value_score WHERE company_id = %s", self.company_id.id))
        [[scored]] = self.env.cr.fetchall()
        return scored > customers

    def _leave(self, scope, counts, handed=None):
        """Record who is no longer a customer, and delete their score unless simulated.

        :param dict counts: of ``_score``; its matrix gets the leavers added
        :param handed: as in ``_score``
        :return: their number
        """
        if not self.simulate and scope.partner_ids is None and not self._has_leavers(counts["customer_count"]):
            return 0
        query = recording.leave_sql(
            self, scope.among(SQL("s.partner_id")), self.env.uid, self.env["customer.value.source"]._get_ages()
        )
        rows = self._read(query, handed)
        counts["matrix"] += [[before, None, customers, float(revenue)] for before, customers, revenue in rows]
        return sum(customers for _before, customers, _revenue in rows)

    # -- What a purchase would do to a customer's tier: the steps of a run over documents that do not exist -----------

    def _least_purchase(self, partner, until):
        """The least single purchase, between the date of this run and ``until``, after which a run keeps the tier.

        Judged on both ends of that time and on up to four days between: documents leave the window, so
        that a later purchase may have to be larger. Tiers are changed by the daily job, that is on the day of the
        purchase or the next; where they are left to a review, on any day up to the end.

        :param partner: commercial entity with a tier
        :param date until: last day of the purchase
        :return: ``Purchase``; None where the next run of the policy would calibrate anew, so that it cannot be known
        """
        self.ensure_one()
        calibration = self.policy_id.calibration
        if not calibration or calibration["key"] != self._calibration_key():
            return None
        self.env.flush_all()
        plan = self._plan(calibration, self._scope_on(self.as_of, partner))
        base = self._purchase_base(partner, until)
        amounts = [0, *self._spread(1, LARGEST, geometric=True)]
        rows = self._judge_purchases(plan, base, partner, amounts)
        first = next((place for place, row in enumerate(rows) if row[1]), None)
        if first is None:
            best = max(rows, key=lambda row: row[2])
            return Purchase(None, False, best[2] / 100, best[3])
        from_there = all(row[1] for row in rows[first:])
        while first and rows[first][0] - rows[first - 1][0] > 1:
            amounts = self._spread(int(rows[first - 1][0]), int(rows[first][0]))
            rows = self._judge_purchases(plan, base, partner, amounts)
            first = next(place for place, row in enumerate(rows) if row[1])
        return Purchase(int(rows[first][0]), from_there, rows[first][2] / 100, None)

    def _scope_on(self, day, partner, window_months=None):
        months = self.policy_id.window_months if window_months is None else window_months
        return Scope.make(self.company_id, day, months, partner)

    def _spread(self, low, high, geometric=False):
        """About ``STEPS`` different whole numbers from ``low`` to ``high``, both included, ascending."""
        if geometric:
            return sorted({round(low * (high / low) ** (step / STEPS)) for step in range(STEPS + 1)})
        return sorted({low + (high - low) * step // STEPS for step in range(STEPS + 1)})

    def _purchase_base(self, partner, until):
        """The customer's metrics on the days on which they may be judged, as JSON."""
        Source = self.env["customer.value.source"]
        basis = Source._get_purchase_basis()
        reviewed = self.policy_id.scheduled_tiers == "review"
        span = (until - self.as_of).days
        moments = []
        step = max(7, -(-span // BETWEEN))
        for after in sorted({0, 1, *range(0, span, step), span, span + 1}):
            # days since the purchase, made between today and the end
            ages = {0, after} if reviewed else {0, min(after, 1)}
            if after > span:
                ages = {1}
            day = self.as_of + timedelta(days=after)
            moments.append((day, sorted(ages), self._collect_sql(self._scope_on(day, partner), basis)))
        metrics = self._needed_metrics()
        query = keeping.base_sql(
            moments,
            self._collect_sql(self._scope_on(self.as_of, partner, 0), basis),
            list(metrics),
            list(basis),
            Source._get_standing_metrics() & metrics.keys(),
        )
        # not execute_query: metrics have been flushed, and there is nothing to prefetch
        self.env.cr.execute(query)
        return self.env.cr.fetchone()[0]

    def _judge_purchases(self, plan, base, partner, amounts):
        Source = self.env["customer.value.source"]
        effects = Source._get_purchase_effects()
        columns = {}
        for code, metric in self._needed_metrics().items():
            value = SQL.identifier("b", code)
            if code in effects:
                value = SQL("CASE WHEN c.amount = 0 THEN %s ELSE %s END", value, effects[code])
            columns[code] = self._column_sql(code, metric, value)
        names = list(Source._get_purchase_basis())
        self.env.cr.execute(keeping.after_sql(plan, base, partner.id, amounts, columns, names))
        return self.env.cr.fetchall()


@dataclass(frozen=True)
class Purchase:
    """The least purchase that keeps a tier.

    :param amount: whole units of the company's currency, untaxed; 0 if none is needed, None if none suffices
    :param bool from_there: whether any greater purchase keeps the tier as well
    :param float score: that the customer has then, at the least; the best within reach where none suffices
    :param gate_id: the gate that stands in the way where none suffices
    """

    amount: int | None
    from_there: bool
    score: float
    gate_id: int | None
