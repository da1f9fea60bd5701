from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

from ...analytics.acquisition import cohorts
from ..core.groups import VALUE_MANAGER, check_group, check_value_company

# What fits a page: so many cohorts, so many months.
COHORTS = 36
MONTHS = 24

MEASURES = ("retention", "margin", "total")


class CustomerAcquisitionCohort(models.AbstractModel):
    """The cohorts of a company month by month: who still ordered, and what they brought."""

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
        :return: dict of ``company``, ``channels`` (``id``, ``name``), ``channel``, ``months`` (numbers, from 1 on),
            ``cohorts`` (newest first: ``day``, ``label``, ``customers``, ``cells``) and ``measures`` (code, label). A
            cell has ``month``, ``is_complete``, ``buyers``, and for each measure ``<code>`` (number; None if the month
            is not complete) and ``text_<code>``. Margins are in company currency
        :raise AccessError: the user may not see the value of customers of the company
        """
        company = self._check()
        today = company._get_value_today()
        found = self._read(company, channel_id, today)
        rows = [self._describe(company, today, *row) for row in found]
        return {
            "company": company.name,
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
    def _channel_condition(self, channel_id):
        return SQL("customer.channel_id = %s", channel_id) if channel_id else SQL("TRUE")

    @api.model
    def _read(self, company, channel_id, today):
        """:return: list of (first day, number of customers, complete months, ``{month: [margin, buyers]}``)"""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH %(customers)s, cell AS (%(cells)s),
                month AS (SELECT cohort, month, sum(margin) AS margin, sum(buyers) AS buyers FROM cell GROUP BY 1, 2)
                SELECT counted.cohort, counted.customers, %(complete)s,
                       (SELECT jsonb_object_agg(month.month, jsonb_build_array(month.margin, month.buyers))
                          FROM month WHERE month.cohort = counted.cohort)
                  FROM (SELECT customer.cohort, count(*) AS customers FROM customer
                         WHERE %(channel)s GROUP BY customer.cohort) counted
                 ORDER BY counted.cohort DESC LIMIT %(limit)s
                """,
                customers=self.env["customer.acquisition"]._customers_cte(company),
                cells=cohorts.cells_sql(self._channel_condition(channel_id)),
                complete=cohorts.complete_sql(SQL("counted.cohort"), SQL("%s", today)),
                channel=self._channel_condition(channel_id),
                limit=COHORTS,
            )
        )

    @api.model
    def _describe(self, company, today, cohort, customers, complete, months):
        """A row of the map. The month that has begun and is not over for everybody is there, without numbers."""
        shown = min(complete, MONTHS)
        cells, total = [], 0.0
        for number in range(1, shown + 1):
            margin, buyers = (months or {}).get(str(number), (0.0, 0))
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
                    **{f"text_{code}": self._word(company, code, value) for code, value in values.items()},
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
            "label": format_date(self.env, cohort, date_format="MMM yyyy"),
            "customers": customers,
            "cells": cells,
        }

    @api.model
    def _word(self, company, code, value):
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
        if not cohort or (month and not isinstance(month, int)):
            raise UserError(self.env._("Choose a month of the map."))
        domain = [("cohort", "=", cohort)]
        if channel_id:
            domain.append(("channel_id", "=", int(channel_id)))
        label = format_date(self.env, cohort, date_format="MMM yyyy")
        if not month:
            name = self.env._("Customers since %s", label)
        else:
            name = self.env._("Customers since %(cohort)s who ordered in month %(month)s", cohort=label, month=month)
            self.env.flush_all()
            rows = self.env.execute_query(
                SQL(
                    "WITH %s %s",
                    self.env["customer.acquisition"]._customers_cte(company),
                    cohorts.buyers_sql(cohort, month, self._channel_condition(channel_id)),
                )
            )
            domain.append(("partner_id", "in", [partner for (partner,) in rows]))
        return self.env["customer.acquisition.customer"]._open_customers(company, domain, name)
