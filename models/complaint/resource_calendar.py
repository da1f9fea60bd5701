from datetime import datetime, time, timedelta

from odoo import models
from odoo.tools.intervals import Intervals
from pytz import timezone

NOON = 12.0


class ResourceCalendar(models.Model):
    """Working time of which a promise can be kept and measured, in calendars without any attendances, too."""

    _inherit = "resource.calendar"

    def _has_complaint_hours(self):
        """Whether any working time can be counted; otherwise a promise runs by the wall clock."""
        self.ensure_one()
        return self.hours_per_day > 0 if self.flexible_hours else bool(self.attendance_ids)

    def _get_complaint_intervals(self, start, end):
        """Working time between two moments with a time zone, without general leaves.

        Odoo fills a flexible calendar from the first day of whatever time is asked for, so that the same hour is
        working time in one question and not in the next. Here its hours lie around noon of each day, beginning with
        Monday, until those of the week are used up: eight hours a day and forty a week are Monday to Friday.

        :return: ``Intervals``
        """
        self.ensure_one()
        if not self.flexible_hours:
            return self._work_intervals_batch(start, end)[False]
        zone = timezone(self.tz)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        found = []
        while day <= last:
            hours = self._get_flexible_hours(day.weekday())
            if hours > 0:
                midnight = datetime.combine(day, time.min)
                opens, closes = (
                    zone.localize(midnight + timedelta(hours=hour)) for hour in (NOON - hours / 2, NOON + hours / 2)
                )
                if max(opens, start) < min(closes, end):
                    found.append((max(opens, start), min(closes, end), self.env["resource.calendar.attendance"]))
            day += timedelta(days=1)
        return Intervals(found) - self._leave_intervals_batch(start, end)[False]

    def _get_flexible_hours(self, weekday):
        """Working hours of a day of the week, 0 for Monday; without hours a week every day has those of a day."""
        if not self.full_time_required_hours:
            return self.hours_per_day
        left = self.full_time_required_hours - weekday * self.hours_per_day
        return min(max(left, 0.0), self.hours_per_day)
