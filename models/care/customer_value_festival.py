import calendar
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.groups import VALUE_MANAGER

# Managers are told so long before a year begins for which a festival in use has no date, in days.
WARNING_DAYS = 183


def day_in_year(year, month, day):
    """The day on which what is kept on ``day``.``month`` is kept in ``year``: 29 February falls on 28 in common years.

    >>> day_in_year(2027, 2, 29), day_in_year(2028, 2, 29)
    (datetime.date(2027, 2, 28), datetime.date(2028, 2, 29))
    """
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


class CustomerValueFestival(models.Model):
    """A day on which the company greets its customers: the same date each year, or a date for each year.

    Festivals of another calendar, such as Spring Festival, have a date for each Gregorian year. Where one falls twice
    in a Gregorian year, the company chooses which of them it keeps.
    """

    _name = "customer.value.festival"
    _description = "Festival"
    _inherit = ["customer.value.company.record", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Leave empty to share it between all companies.",
    )
    kind = fields.Selection(
        [("fixed", "The same date each year"), ("dates", "Different date each year")], default="fixed", required=True
    )
    month = fields.Selection([(str(month), f"{month:02}") for month in range(1, 13)], default="1")
    day = fields.Integer(default=1)
    date_ids = fields.One2many("customer.value.festival.date", "festival_id", string="Dates", copy=True)
    next_date = fields.Date(compute="_compute_next_date")
    missing_year = fields.Integer(compute="_compute_next_date", help="The next year without a date, if it is near.")

    @api.constrains("kind", "month", "day")
    def _check_day(self):
        for festival in self.filtered(lambda festival: festival.kind == "fixed"):
            # 2000 was a leap year: 29 February is a date
            last = calendar.monthrange(2000, int(festival.month or 1))[1]
            if not festival.month or not 1 <= festival.day <= last:
                raise ValidationError(
                    self.env._("Please enter a valid month and day for %(name)s.", name=festival.name)
                )

    @api.depends("kind", "month", "day", "date_ids.date")
    def _compute_next_date(self):
        today = fields.Date.context_today(self)
        for festival in self:
            festival.next_date = min(festival._get_dates(today, today + timedelta(days=800)), default=False)
            festival.missing_year = festival._get_missing_year(today)

    def _get_dates(self, first, last):
        """:return: list of the dates of this festival from ``first`` to ``last``, both included"""
        self.ensure_one()
        if self.kind == "dates":
            days = self.date_ids.mapped("date")
        elif self.month and self.day:
            days = [day_in_year(year, int(self.month), max(self.day, 1)) for year in range(first.year, last.year + 1)]
        else:
            days = []
        return sorted(day for day in days if day and first <= day <= last)

    def _get_missing_year(self, today):
        """The year, this one or the next if it is near, for which no date is entered; 0 if all is well."""
        self.ensure_one()
        if self.kind == "dates":
            known = {day.year for day in self.date_ids.mapped("date") if day}
            for year in sorted({today.year, (today + timedelta(days=WARNING_DAYS)).year}):
                if year not in known:
                    return year
        return 0

    @api.model
    def _report_missing(self):
        """An activity for every manager of a company that keeps a festival without a date for the year to come."""
        today = fields.Date.context_today(self)
        rules = self.env["customer.value.care.rule"].search([("occasion", "=", "festival")])
        for festival, users_of in rules.grouped("festival_id").items():
            year = festival._get_missing_year(today)
            if not year:
                continue
            # done ones count as told, too; whatever language they are in, they name the year
            told = festival.with_context(active_test=False).activity_ids.filtered(
                lambda activity, year=year: str(year) in (activity.summary or "")
            )
            managers = users_of.company_id._get_group_users(VALUE_MANAGER)
            for user in managers - told.user_id:
                read = festival.with_context(lang=user.lang)
                festival.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    date_deadline=max(today, date(year, 1, 1) - timedelta(days=30)),
                    summary=read.env._("Enter the date of %(name)s in %(year)s", name=read.name, year=year),
                )
