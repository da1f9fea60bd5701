"""Two windows of equal length around a day: what is compared."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Windows:
    """First and last days of both windows, which have the same number of days.

    :param bool full: whether they are as long as was asked for
    """

    before: tuple[date, date]
    after: tuple[date, date]
    full: bool

    @property
    def days(self):
        return (self.after[1] - self.after[0]).days + 1


def find_windows(day, months, season, today):
    """The window that begins on ``day``, as far as its days are over, and the one it is compared with.

    :param date day: belongs to the window after
    :param int months: how long both are to be
    :param bool season: compare with the same days a year earlier instead of those directly before
    :param date today: not over yet
    :return: ``Windows``, or None where no day is over

    >>> find_windows(date(2025, 4, 1), 3, False, date(2025, 12, 1)).before
    (datetime.date(2024, 12, 31), datetime.date(2025, 3, 31))
    >>> find_windows(date(2025, 4, 1), 3, True, date(2025, 12, 1)).before
    (datetime.date(2024, 4, 1), datetime.date(2024, 6, 30))
    >>> find_windows(date(2025, 4, 1), 3, False, date(2025, 4, 11)).days
    10
    """
    planned = (day + relativedelta(months=months) - day).days
    begins = day - relativedelta(years=1)
    if season:
        # a year with a leap day would reach into the window after
        planned = min(planned, (day - begins).days)
    days = min(planned, (today - day).days)
    if days < 1:
        return None
    if not season:
        begins = day - timedelta(days=days)
    length = timedelta(days=days) - DAY
    return Windows((begins, begins + length), (day, day + length), days == planned)
