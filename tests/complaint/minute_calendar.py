from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .complaint_case import UTC


class MinuteCalendar:
    """Working time counted minute by minute: the oracle."""

    def __init__(self, zone, holidays=()):
        self.zone = ZoneInfo(zone)
        self.holidays = set(holidays)

    def is_working(self, moment):
        local = moment.replace(tzinfo=UTC).astimezone(self.zone)
        if local.weekday() > 4 or local.date() in self.holidays:
            return False
        return 8 <= local.hour < 12 or 13 <= local.hour < 17

    def after(self, start, minutes, stands_still=()):
        moment = start
        while minutes:
            inside = any(begin <= moment < end for begin, end in stands_still)
            minutes -= self.is_working(moment) and not inside
            moment += timedelta(minutes=1)
        return moment

    def working_day_end(self, start, days):
        day = start.replace(tzinfo=UTC).astimezone(self.zone).date()
        while days:
            day += timedelta(days=1)
            days -= day.weekday() < 5 and day not in self.holidays
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), self.zone) - timedelta(seconds=1)
        return end.astimezone(UTC).replace(tzinfo=None)
