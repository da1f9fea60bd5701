import numpy as np
from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.acquisition import cohorts, worth
from ..core.locking import LOCK_ACQUISITION, lock_company

# Margin within so many months of the first order is what a customer is expected to bring.
MONTHS = 12

ATTRIBUTES = ("channel", "industry", "country", "size")


class CustomerAcquisitionLesson(models.Model):
    """What the customers a company has won say of those it has not won yet, one row for each company.

    Its day, ``as_of``, is that of the origins and cells that are stored as well.

    ``learned`` holds ``mean`` and ``effects`` of ``analytics/acquisition/worth.py`` (company currency; levels are ids,
    of ``size`` the number of the band), ``counts`` and ``edges``. SQL of leads and contacts reads it from there.
    """

    _name = "customer.acquisition.lesson"
    _description = "What Customers Won Say of Leads"
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    as_of = fields.Date(readonly=True)
    customers = fields.Integer(readonly=True, help="Customers whose first order was at least 12 months ago.")
    learned = fields.Json(readonly=True)
    missing = fields.Boolean(readonly=True, help="There are too few customers to learn from.")

    _company_unique = models.Constraint("UNIQUE(company_id)", "There is one for each company.")

    # -- learning ------------------------------------------------------------------------------------------------------

    @api.model
    def _read_examples(self, company, as_of, customers):
        """Customers whose first months are over on ``as_of``, with what was known then.

        :param SQL customers: common table expressions, see ``customer.acquisition._customers_cte``
        :return: list of (margin, channel, industry, country, expected revenue); ids, None where not known
        """
        return self.env.execute_query(
            SQL(
                """
                WITH %(customers)s
                SELECT COALESCE(earned.%(margin)s, 0)::float8, %(channel)s, rp.industry_id, rp.country_id,
                       customer.revenue::float8
                  FROM customer
                  JOIN res_partner rp ON rp.id = customer.partner_id
                  JOIN (%(earned)s) earned ON earned.partner_id = customer.partner_id
                 WHERE %(passed)s >= %(months)s
                 ORDER BY customer.partner_id
                """,
                customers=customers,
                margin=SQL.identifier(f"margin_{MONTHS}"),
                channel=self._known_channel(SQL("customer.channel_id")),
                earned=cohorts.earned_sql(),
                passed=cohorts.months_sql(SQL("customer.first_order"), SQL("%s::date", as_of)),
                months=MONTHS,
            )
        )

    @api.model
    def _known_channel(self, channel):
        return SQL("NULLIF(%s, (SELECT id FROM customer_acquisition_channel WHERE role = 'unknown'))", channel)

    @api.model
    def _learn(self, company, as_of, customers):
        """:param SQL customers: as for ``_read_examples``
        :return: tuple of the number of customers, and what is stored as ``learned``; None if they are too few"""
        examples = self._read_examples(company, as_of, customers)
        if len(examples) < worth.MIN_CUSTOMERS:
            return len(examples), None
        margins, channels, industries, countries, revenues = zip(*examples, strict=True)
        edges = worth.band_edges(revenues)
        lesson = worth.learn(
            np.array(margins),
            {
                "channel": channels,
                "industry": industries,
                "country": countries,
                "size": [worth.band(revenue, edges) for revenue in revenues],
            },
        )
        return len(examples), {
            "mean": lesson.mean,
            "edges": edges,
            **{
                name: {attribute: _as_text(levels) for attribute, levels in getattr(lesson, name).items()}
                for name in ("effects", "counts")
            },
        }

    @api.model
    def _refresh(self, company, as_of=None):
        """Store where customers of ``company`` came from, learn anew, and bring the worth of its open leads up to it.

        :return: how many leads have changed
        """
        lock_company(company, LOCK_ACQUISITION)
        self.env.flush_all()
        as_of = as_of or company._get_value_today()
        with self.env["customer.acquisition"]._collected(company, as_of) as collected:
            self.env["customer.acquisition.origin"]._store(company, as_of, collected)
            self.env["customer.acquisition.cell"]._store(company, as_of, collected)
            customers, learned = self._learn(company, as_of, collected)
        values = {"as_of": as_of, "customers": customers, "learned": learned, "missing": not learned}
        lesson = self._get_lesson(company)
        if lesson:
            lesson.write(values)
        else:
            self.create(values | {"company_id": company.id})
        return self.env["crm.lead"]._refresh_worth(company)

    @api.model
    def _get_lesson(self, company):
        return self.search([("company_id", "=", company.id)])

    @api.model
    def _cron_refresh(self):
        companies = self.env["res.company"].search([("active", "=", True)])
        self.env["ir.cron"]._value_do_each(companies, lambda company: self._refresh(company))

    # -- applying, in SQL over ``lesson`` ------------------------------------------------------------------------------

    @api.model
    def _parts_sql(self, levels, probability, digits):
        """What each part adds to the expected margin, rounded: columns ``mean`` and those of ``levels``.

        :param dict levels: attribute: SQL of the id of its level, or null
        :param SQL probability: 0 to 1
        """
        return SQL(", ").join(
            [
                SQL(
                    "round((lesson.learned ->> 'mean')::numeric * %s, %s) AS mean",
                    probability,
                    digits,
                ),
                *(
                    SQL(
                        "round(COALESCE((lesson.learned -> 'effects' -> %s ->> (%s)::text)::numeric, 0) * %s, %s)"
                        " AS %s",
                        name,
                        level,
                        probability,
                        digits,
                        SQL.identifier(name),
                    )
                    for name, level in levels.items()
                ),
            ]
        )

    @api.model
    def _band_sql(self, revenue):
        """The band of an expected revenue, as ``worth.band``."""
        return SQL(
            """(CASE WHEN %(revenue)s > 0 AND jsonb_array_length(lesson.learned -> 'edges') > 0
                     THEN (SELECT count(*) FROM jsonb_array_elements_text(lesson.learned -> 'edges') edge
                            WHERE edge::numeric <= %(revenue)s) END)""",
            revenue=revenue,
        )


def _as_text(levels):
    """Levels as keys of JSON."""
    return {str(level): value for level, value in levels.items()}
