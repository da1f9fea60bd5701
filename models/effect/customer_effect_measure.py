from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from odoo import api, models
from odoo.tools import SQL

from ..scoring.customer_value_advice import FOLLOW_DAYS
from ..scoring.customer_value_source import Scope

SECTIONS = [
    ("service", "Service"),
    ("sales", "Sales"),
    ("decision", "Forecasts and Decisions"),
    ("campaign", "Campaigns"),
    ("loyalty", "Loyalty"),
]

SIDES = ("before", "after")


@dataclass(frozen=True)
class Measure:
    """A figure that is compared before and after a day.

    :param str section: one of ``SECTIONS``
    :param str label: what is measured, translated
    :param str why: how it is worked out, translated
    :param str kind: ``share``, ``median``, ``ratio``, ``gain`` or ``level``, see ``analytics/effect/reading.py``
    :param str model: of the records that it rests on
    :param str unit: ``percent``, ``hours``, ``days``, ``money`` (company currency) or ``number``
    :param bool higher: whether more is better
    :param bool follows: whether orders of the ``FOLLOW_DAYS`` after a case are looked at
    :param bool looks_back: whether it looks at as many days before each window
    :param str since: name of a beginning before which nothing is known, see ``_get_beginnings``
    """

    section: str
    label: str
    why: str
    kind: str
    model: str
    unit: str = "percent"
    higher: bool = True
    follows: bool = False
    looks_back: bool = False
    since: str | None = None


@dataclass(frozen=True)
class EffectScope(Scope):
    """Documents of one of both windows.

    :param datetime moment: when it is measured, in UTC: what is due later is not late
    """

    moment: datetime | None = None

    @classmethod
    def between(cls, company, first, last, moment):
        """:param date first, last: days of the window"""
        scope = cls.make(company, last, 1)
        return replace(scope, window_start=first, trend_start=first, half_start=first, moment=moment)

    @property
    def days(self):
        return (self.as_of - self.window_start).days + 1

    @property
    def cases_until(self):
        """First moment, in UTC, of a case whose orders would be looked for beyond the window."""
        return self._opens(self.as_of - timedelta(days=FOLLOW_DAYS - 1))

    def preceding(self):
        """As many days, directly before the window."""
        first = self.window_start - timedelta(days=self.days)
        return replace(
            self, as_of=self.window_start - timedelta(days=1), window_start=first, trend_start=first, half_start=first
        )


class CustomerEffectMeasure(models.AbstractModel):
    """The registry of figures that are compared before and after a day. Extended by others, and by our own figures in
    the same way.

    To add one, inherit this model, describe it in ``_get_measures`` and write ``_rows_<code>``: SQL over ``id`` (of a
    record of the measure's model) and the columns of its kind, for the documents of ``scope.books`` in the window from
    ``scope.window_opens`` to ``scope.until``. The model of the records inherits ``customer.value.subject``. Where only
    what was recorded since some day can be compared, name it in ``since`` and add its query to ``_get_beginnings``.
    """

    _name = "customer.effect.measure"
    _description = "Figures That Are Compared"

    @api.model
    def _get_measures(self):
        """:return: ``{code: Measure}``"""
        return {}

    @api.model
    def _rows_sql(self, code, scope):
        return getattr(self, f"_rows_{code}")(scope)

    @api.model
    def _get_beginnings(self, company):
        """Queries of the day since which something is recorded, each with one column and one row.

        :return: ``{name: SQL}``
        """
        return {}

    @api.model
    def _read_beginnings(self, company):
        """:return: ``{name: date, or None where nothing is recorded}``"""
        queries = self._get_beginnings(company)
        [row] = self.env.execute_query(
            SQL("SELECT %s", SQL(", ").join(SQL("(%s)", query) for query in queries.values()))
        )
        return dict(zip(queries, row, strict=True))
