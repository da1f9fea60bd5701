import math

from odoo import models
from odoo.tools import SQL

from ..analytics import assignment, experiment

# First key of the advisory lock under which customers enter campaigns; the second is the company.
LOCK_KEY = 0x43525443


class CustomerRetentionCampaign(models.Model):
    """The draw: who is in the campaign, and who of them is left alone. Once for each customer, for ever."""

    _inherit = "customer.retention.campaign"

    def _enrol(self, model=None, domain=None):
        """Draw from those of the audience who are not in the campaign yet, and make them members, in one statement.

        Who is a member stays what he is. Leaves the temporary table ``customer_retention_candidate`` behind.

        :param model, domain: another audience than that of the campaign, see ``_get_audience_sql``
        :return: tuple of the numbers of new members who get the offer, and of those left alone
        :raise UserError: nobody was chosen, see ``_get_audience_sql``
        """
        self.ensure_one()
        cr = self.env.cr
        # two campaigns that start at the same time would take the same customers
        cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_KEY, self.company_id.id))
        self._collect_candidates(model, domain)
        cr.execute("SELECT count(*) FROM customer_retention_member WHERE campaign_id = %s", (self.id,))
        [drawn] = cr.fetchone()
        candidates = SQL("(SELECT * FROM customer_retention_candidate WHERE excluded_by IS NULL)")
        share = assignment.millionths(self.holdout_percent)
        cr.execute(
            SQL(
                """
                WITH added AS (
                    INSERT INTO customer_retention_member
                           (campaign_id, company_id, partner_id, is_open, arm, state, stratum, tier_id, margin_before,
                            create_uid, create_date, write_uid, write_date)
                    SELECT %(campaign)s, %(company)s, d.partner_id, TRUE,
                           CASE WHEN d.is_holdout THEN 'holdout' ELSE 'treatment' END,
                           CASE WHEN d.is_holdout THEN 'holdout' ELSE 'planned' END,
                           concat_ws(' · ', COALESCE(tier.name ->> %(lang)s, tier.name ->> 'en_US'), d.margin_group),
                           d.tier_id, d.margin_before,
                           %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                      FROM (%(draw)s) d
                      LEFT JOIN customer_value_tier tier ON tier.id = d.tier_id
                     ORDER BY d.partner_id
                    -- entered by another transaction since ours began: PostgreSQL makes Odoo try again
                    ON CONFLICT DO NOTHING
                    RETURNING arm
                )
                SELECT count(*) FILTER (WHERE arm = 'treatment'), count(*) FILTER (WHERE arm = 'holdout') FROM added
                """,
                campaign=self.id,
                company=self.company_id.id,
                draw=assignment.draw_sql(candidates, self.seed, share, drawn),
                lang=self.env.lang or "en_US",
                user=self.env.uid,
            )
        )
        counts = cr.fetchone()
        self.env["customer.retention.member"].invalidate_model()
        self.invalidate_recordset()
        return counts

    def _measure_candidates(self):
        """What the candidates who are taken say about the margin to come, from ``customer_retention_candidate``.

        :return: dict of ``customers``, ``average`` and ``deviation`` of the margin before the start (company currency
            per customer), and ``correlation`` with the margin of the time before that (0 where it cannot be told)
        """
        self.env.cr.execute(
            """SELECT count(*) AS customers, COALESCE(avg(margin_before), 0)::float8 AS average,
                      COALESCE(stddev_samp(margin_before), 0)::float8 AS deviation,
                      COALESCE(corr(margin_before, margin_earlier), 0) AS correlation
                 FROM customer_retention_candidate
                WHERE excluded_by IS NULL"""
        )
        [row] = self.env.cr.dictfetchall()
        # all margins equal but for rounding
        if not math.isfinite(row["correlation"]):
            row["correlation"] = 0.0
        return row

    def _get_detectable_effect(self, treated, holdout, measured):
        """The smallest difference in margin per customer that the campaign would detect.

        The margin after the start is taken to vary as it did before.

        :param dict measured: from ``_measure_candidates``
        :return: company currency; ``math.inf`` where there is nothing to compare
        """
        return experiment.minimum_detectable_effect(
            treated,
            holdout,
            measured["deviation"],
            confidence=self.confidence / 100,
            power=self.power / 100,
            correlation=measured["correlation"],
        )
