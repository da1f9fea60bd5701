from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.misc import babel_locale_parse, formatLang, get_lang

from ...analytics.acquisition import cohorts
from ..core.groups import VALUE_MANAGER, check_group, check_value_company

# What fits a page: so many cohorts, so many months.
COHORTS = 36
MONTHS = 24

MEASURES = ("retention", "margin", "total")


class CustomerAcquisitionCohort(models.AbstractModel):
    """The cohorts of a company month by month: who still ordered, and what they brought, as of the last refresh."""

    _name = "customer.acquisition.cohort"
    _description = "Cohorts"

    @api.model
    def _check(self):
        """:raise AccessError: the user may not see what customers of the company brought"""
        company = check_value_company(self.env)
        check_group(self.env, VALUE_MANAGER)
        return company

    @api.model
    @api.readonly
    def get_page(self, channel_id=False):
        """The map of the current company.

        :param int channel_id: customers of this channel; all if not given
        :return: dict of ``company``, ``as_of`` (a sentence, False before the first refresh), ``channels`` (``id``,
            ``name``), ``channel``, ``months`` (numbers, from 1 on),
            ``cohorts`` (newest first: ``day``, ``label``, ``customers``, ``cells``) and ``measures`` (code, label). A
            cell has ``month``, ``is_complete``, ``buyers``, and for each measure ``<code>`` (number; None if the month
            is not complete) and ``text_<code>``. Margins are in company currency
        :raise AccessError: the user may not see the value of customers of the company
        """
        company = self._check()
        # sudo: the day, and nothing of what was learned
        as_of = self.env["customer.acquisition.lesson"].sudo()._get_lesson(company).as_of
        rows = [self._describe(*row) for row in self._read(company, channel_id)]
        return {
            "company": company.name,
            "as_of": as_of
            and self.env._("Orders and margins up to %s, worked out every night.", format_date(self.env, as_of)),
            "channel": channel_id or False,
            "channels": [
                {"id": channel.id, "name": channel.name}
                # sudo: names of channels, which all employees may see
                for channel in self.env["customer.acquisition.channel"].sudo().search([])
            ],
            "months": list(range(1, max((len(row["cells"]) for row in rows), default=0) + 1)),
            "measures": [
                {"code": "retention", "label": self.env._("Customers who ordered (%)")},
                {"code": "margin", "label": self.env._("Margin of the month")},
                {"code": "total", "label": self.env._("Margin so far per customer")},
            ],
            "cohorts": rows,
        }

    @api.model
    def _read(self, company, channel_id):
        """:return: list of (first day, number of customers, complete months, number of buyers of each month up to
        ``MONTHS``, ``{month: margin}``)"""
        self.env.flush_all()
        channel = SQL("kept.channel_id = %s", channel_id) if channel_id else SQL("TRUE")
        return self.env.execute_query(
            SQL(
                """
                WITH counted AS (
                    SELECT kept.cohort, count(*) AS customers, ARRAY[%(buyers)s] AS buyers
                      FROM (%(customers)s) kept WHERE %(channel)s
                     GROUP BY kept.cohort ORDER BY kept.cohort DESC LIMIT %(limit)s
                ), earned AS (
                    SELECT month.cohort, jsonb_object_agg(month.month, month.margin) AS margins
                      FROM (SELECT kept.cohort, kept.month, sum(kept.margin) AS margin FROM (%(cells)s) kept
                             WHERE %(channel)s AND kept.month <= %(months)s
                             GROUP BY kept.cohort, kept.month) month
                     GROUP BY month.cohort
                )
                SELECT counted.cohort, counted.customers, %(complete)s, counted.buyers, earned.margins
                  FROM counted LEFT JOIN earned ON earned.cohort = counted.cohort
                 ORDER BY counted.cohort DESC
                """,
                customers=self.env["customer.acquisition.origin"]._kept_sql(company),
                cells=self.env["customer.acquisition.cell"]._kept_sql(company),
                buyers=SQL(", ").join(
                    SQL("count(*) FILTER (WHERE %s)", cohorts.ordered_sql(SQL("kept.order_months"), month))
                    for month in range(1, MONTHS + 1)
                ),
                complete=cohorts.complete_sql(
                    SQL("counted.cohort"), self.env["customer.acquisition"]._as_of_sql(company)
                ),
                channel=channel,
                months=MONTHS,
                limit=COHORTS,
            )
        )

    @api.model
    def _describe(self, cohort, customers, complete, buyers_by_month, margins):
        """A row of the map. The month that has begun and is not over for everybody is there, without numbers."""
        shown = min(complete, MONTHS)
        cells, total = [], 0.0
        for number in range(1, shown + 1):
            margin, buyers = (margins or {}).get(str(number), 0.0), buyers_by_month[number - 1]
            total += float(margin)
            values = {
                "retention": 100 * buyers / customers,
                "margin": float(margin),
                "total": total / customers,
            }
            cells.append(
                {
                    "month": number,
                    "is_complete": True,
                    "buyers": buyers,
                    **values,
                    **{f"text_{code}": self._word(code, value) for code, value in values.items()},
                }
            )
        if shown < MONTHS:
            over = fields.Date.end_of(cohort, "month") + relativedelta(months=shown + 1)
            cells.append(
                {
                    "month": shown + 1,
                    "is_complete": False,
                    "buyers": None,
                    **dict.fromkeys(MEASURES),
                    **{f"text_{code}": "" for code in MEASURES},
                    "note": self.env._("Not complete before %s", format_date(self.env, over)),
                }
            )
        return {
            "day": fields.Date.to_string(cohort),
            "label": self._say_month(cohort),
            "customers": customers,
            "cells": cells,
        }

    @api.model
    def _say_month(self, day):
        """Month and year in the order of the reader's language, which no pattern is right for in all of them."""
        return format_skeleton("yMMM", day, locale=babel_locale_parse(get_lang(self.env).code))

    @api.model
    def _word(self, code, value):
        """A number short enough for a cell."""
        if code == "retention":
            return formatLang(self.env, value, digits=0)
        return formatLang(self.env, value, digits=0 if abs(value) >= 10 else 2)

    @api.model
    def open_cell(self, day, month=False, channel_id=False):
        """The customers of a cohort; of one of its months those who ordered in it.

        :param str day: first day of the cohort
        :param int month: from 1 on; all customers of the cohort if not given
        :return: window action
        :raise AccessError: as :meth:`get_page`
        :raise UserError: no such cohort
        """
        company = self._check()
        try:
            cohort = fields.Date.to_date(day)
        except ValueError:
            cohort = None
        if not cohort or (month and (not isinstance(month, int) or not 1 <= month <= MONTHS)):
            raise UserError(self.env._("Choose a month of the map."))
        domain = [("cohort", "=", cohort)]
        if channel_id:
            domain.append(("channel_id", "=", int(channel_id)))
        label = self._say_month(cohort)
        if not month:
            name = self.env._("Customers since %s", label)
        else:
            name = self.env._("Customers since %(cohort)s who ordered in month %(month)s", cohort=label, month=month)
            domain.append(("ordered_month", "=", month))
        return self.env["customer.acquisition.customer"]._open_customers(company, domain, name)
