from dataclasses import dataclass
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..analytics import keeping
from .customer_value_source import Scope

# Amounts tried in one statement; each round narrows the gap between too little and enough to a part of it.
STEPS = 80
# In whole units of the company's currency. Who needs more than this cannot be helped by a purchase.
LARGEST = 10**12
# Looks at the time between the ends of a grace, at the most; each reads the customer's documents anew.
BETWEEN = 4


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


class CustomerValueRun(models.Model):
    """What a purchase would do to a customer's tier: the steps of a run over documents that do not exist.

    The score after a purchase is that of a run, in the same SQL, so that the answer is right by construction. It is
    searched for rather than solved: scales have steps, grids and gates have corners.
    """

    _inherit = "customer.value.run"

    def _least_purchase(self, partner, until):
        """The least single purchase, between the date of this run and ``until``, after which a run keeps the tier.

        Judged on both ends of that time and on up to four days between: documents leave the window, so
        that a later purchase may have to be larger. Tiers are changed by the daily job, that is on the day of the
        purchase or the next; where they are left to a review, on any day up to the end.

        :param partner: commercial entity with a tier
        :param date until: last day of the purchase
        :return: ``Purchase``; None where the next run of the policy would calibrate anew and nobody can know
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
        """The customer's metrics on the days on which he may be judged, as JSON."""
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
