from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.exceptions import UserError

from ...models.scoring.customer_value_source import EPOCH, Scope


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both part of it."""

    first: date
    last: date

    @classmethod
    def make(cls, env, date_from, date_to, earliest=EPOCH):
        """From what a client sends; what lies ahead is cut off, since nothing has happened there yet.

        :param date earliest: no period begins before
        :raise UserError: no dates, in the wrong order, before the earliest, or all ahead
        """
        today = env.company._get_value_today()
        try:
            first, last = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        except (TypeError, ValueError):
            first = last = None
        if not first or not last:
            raise UserError(env._("Enter the first and the last day of the period."))
        if first > last:
            raise UserError(env._("The first day of the period is after the last one. Choose an earlier first day."))
        if first < earliest:
            # the time before of the same length would begin before the first year
            raise UserError(env._("The first day of the period is before 1900. Choose a later first day."))
        if first > today:
            raise UserError(env._("This period is in the future. Choose an earlier one."))
        return cls(first, min(last, today))

    @classmethod
    def named(cls, env, name):
        """A period by its name, up to today.

        :param str name: ``this_year``, ``last_year``, ``this_quarter`` or ``last_quarter``; else twelve months
        """
        today = env.company._get_value_today()
        which, _underscore, unit = (name or "").partition("_")
        if which not in ("this", "last") or unit not in ("year", "quarter"):
            return cls(today - relativedelta(years=1) + timedelta(days=1), today)
        first = fields.Date.start_of(today, unit)
        if which == "this":
            return cls(first, today)
        last = first - timedelta(days=1)
        return cls(fields.Date.start_of(last, unit), last)

    @classmethod
    def of_year(cls, env, year):
        """A calendar year, the present one up to today."""
        return cls(date(year, 1, 1), min(date(year, 12, 31), env.company._get_value_today()))

    @property
    def days(self):
        return (self.last - self.first).days + 1

    @property
    def eve(self):
        return self.first - timedelta(days=1)

    @property
    def before(self):
        """The time before of the same length: whole months are compared with as many whole months."""
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            following = self.last + timedelta(days=1)
            months = (following.year - self.first.year) * 12 + following.month - self.first.month
            return Period(self.first - relativedelta(months=months), self.eve)
        return Period(self.first - timedelta(days=self.days), self.eve)

    @property
    def context(self):
        return {
            "retention_from": fields.Date.to_string(self.first),
            "retention_to": fields.Date.to_string(self.last),
        }

    def scope(self, company):
        """Documents of the period."""
        return Scope(
            company_id=company.id,
            company_ids=tuple(company._get_value_books().ids),
            as_of=self.last,
            window_start=self.first,
            trend_start=self.first,
            half_start=self.first,
            tz=company._get_value_zone(),
        )
