from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Scope
from .customer_value_care import AUTOMATIC


class CustomerValueCare(models.Model):
    """The plan: which partner receives care when. One statement for all customers of a company."""

    _inherit = "customer.value.care"

    @api.model
    def _plan(self, company):
        """Plan what falls within the horizon of each rule; follow changes of days, tiers and account managers.

        :return: dict of the numbers ``added``, ``moved`` and ``dropped``
        """
        self.env.flush_all()
        today = company._get_value_today()
        rules = self.env["customer.value.care.rule"].search([("company_id", "=", company.id)])
        furthest = dict(
            self._read_group(
                [("company_id", "=", company.id), ("state", "in", ("planned", "cancelled"))],
                ["rule_id"],
                ["occasion_date:max"],
            )
        )
        queries = [
            query
            for rule in rules
            # what is planned already is looked at, too, though the horizon may have been nearer since
            for query in [self._candidates_sql(rule, today, furthest.get(rule) or today)]
            if query
        ]
        self.env.cr.execute(
            self._plan_sql(company, today, SQL(" UNION ALL ").join(queries) if queries else self._nobody_sql())
        )
        [counts] = self.env.cr.dictfetchall()
        self.env.invalidate_all(flush=False)
        return counts

    @api.model
    def _nobody_sql(self):
        return SQL(
            "SELECT 0 AS rule_id, 0 AS partner_id, 0 AS customer_id, 0 AS tier_id, NULL::int AS fallback_id,"
            " ''::varchar AS action, NULL::date AS day, NULL::date AS planned, NULL::date AS horizon WHERE FALSE"
        )

    @api.model
    def _candidates_sql(self, rule, today, furthest):
        """Care that ``rule`` plans from today on: one row for each partner and day, empty if there are no days."""
        horizon = today + timedelta(days=rule.horizon_days)
        last = max(furthest, horizon + timedelta(days=rule.days_before))
        scored = SQL("s.company_id = %s AND s.tier_id = ANY(%s)", rule.company_id.id, rule.tier_ids.ids)
        source = getattr(self, f"_{rule.occasion}_sql")(rule, today, last, scored)
        return source and SQL(
            """SELECT %(rule)s AS rule_id, o.partner_id, o.customer_id, o.tier_id, %(user)s::int AS fallback_id,
                      %(action)s AS action, o.day, o.day - %(before)s AS planned, %(horizon)s::date AS horizon
                 FROM (%(source)s) o
                WHERE o.day BETWEEN %(today)s AND %(last)s""",
            rule=rule.id,
            user=rule.user_id.id or None,
            action=rule.action,
            before=rule.days_before,
            horizon=horizon,
            source=source,
            today=today,
            last=last,
        )

    @api.model
    def _birthday_sql(self, rule, today, last, scored):
        """PostgreSQL moves 29 February to the 28th in common years."""
        return SQL(
            """SELECT p.id AS partner_id, s.partner_id AS customer_id, s.tier_id,
                      (p.value_birthday + make_interval(years => y - extract(year FROM p.value_birthday)::int))::date
                      AS day
                 FROM customer_value_score s
                 JOIN res_partner p ON p.commercial_partner_id = s.partner_id
                CROSS JOIN generate_series(%(first)s, %(last)s) y
                WHERE %(scored)s AND p.value_birthday IS NOT NULL AND extract(year FROM p.value_birthday) < y""",
            first=today.year,
            last=last.year,
            scored=scored,
        )

    @api.model
    def _first_order_sql(self, rule, today, last, scored):
        scope = Scope.make(rule.company_id, today, 0)
        return SQL(
            """SELECT s.partner_id, s.partner_id AS customer_id, s.tier_id,
                      (first.day + make_interval(years => y - extract(year FROM first.day)::int))::date AS day
                 FROM customer_value_score s
                 JOIN (SELECT partner_id, min(day) AS day FROM (%(orders)s) ordered GROUP BY partner_id) first
                   ON first.partner_id = s.partner_id
                CROSS JOIN generate_series(%(first)s, %(last)s) y
                WHERE %(scored)s AND extract(year FROM first.day) < y""",
            orders=self.env["customer.value.source"]._order_days_sql(scope),
            first=today.year,
            last=last.year,
            scored=scored,
        )

    @api.model
    def _festival_sql(self, rule, today, last, scored):
        days = rule.festival_id.active and rule.festival_id._get_dates(today, last)
        return days and SQL(
            """SELECT s.partner_id, s.partner_id AS customer_id, s.tier_id, day
                 FROM customer_value_score s CROSS JOIN unnest(%s::date[]) AS day WHERE %s""",
            days,
            scored,
        )

    @api.model
    def _plan_sql(self, company, today, candidates):
        """Add, move and drop in one statement; rows of the three kinds are never the same.

        The account manager is that of the customer (contacts keep their own), else of the person, else
        the one that the rule names; users who have left or do not work for the company are skipped.
        """
        return SQL(
            """
            WITH able AS (
                SELECT u.id FROM res_users u
                  JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %(company)s
                 WHERE u.active AND NOT u.share
            ), candidate AS MATERIALIZED (
                SELECT o.*, COALESCE(of_customer.id, of_person.id, fallback.id) AS user_id,
                       extract(year FROM o.day)::int AS year
                  FROM (%(candidates)s) o
                  JOIN res_partner p ON p.id = o.partner_id
                  JOIN res_partner customer ON customer.id = o.customer_id
                  LEFT JOIN able of_customer ON of_customer.id = customer.user_id
                  LEFT JOIN able of_person ON of_person.id = p.user_id
                  LEFT JOIN able fallback ON fallback.id = o.fallback_id
                 WHERE p.active AND customer.active AND (p.company_id IS NULL OR p.company_id = %(company)s)
            ), moved AS (
                UPDATE customer_value_care c
                   SET state = 'planned', reason = NULL, occasion_date = d.day, customer_id = d.customer_id,
                       tier_id = d.tier_id, user_id = d.user_id, action = d.action,
                       planned_date = CASE WHEN c.postponed AND c.occasion_date = d.day THEN c.planned_date
                                           ELSE GREATEST(d.planned, %(today)s) END,
                       postponed = c.postponed AND c.occasion_date = d.day
                  FROM candidate d
                 WHERE c.rule_id = d.rule_id AND c.partner_id = d.partner_id AND c.year = d.year
                   AND (c.state = 'cancelled' AND c.reason = ANY(%(automatic)s)
                        OR c.state = 'planned'
                           AND ((c.occasion_date, c.customer_id, c.tier_id, c.user_id, c.action)
                                IS DISTINCT FROM (d.day, d.customer_id, d.tier_id, d.user_id, d.action)
                                OR NOT c.postponed AND c.planned_date <> d.planned
                                   AND GREATEST(c.planned_date, d.planned) > %(today)s))
                RETURNING c.id
            ), dropped AS (
                UPDATE customer_value_care c
                   SET state = 'cancelled', reason = why.reason
                  FROM (SELECT c.id,
                               CASE WHEN rule.active IS NOT TRUE THEN 'rule'
                                    WHEN p.active IS NOT TRUE OR p.company_id <> c.company_id THEN 'partner'
                                    WHEN NOT EXISTS (
                                        SELECT FROM customer_value_score s
                                          JOIN customer_value_care_rule_customer_value_tier_rel tiers
                                            ON tiers.customer_value_care_rule_id = c.rule_id
                                           AND tiers.customer_value_tier_id = s.tier_id
                                         WHERE s.company_id = c.company_id AND s.partner_id = p.commercial_partner_id)
                                    THEN 'tier'
                                    WHEN c.occasion_date >= %(today)s AND NOT EXISTS (
                                        SELECT FROM candidate d WHERE d.rule_id = c.rule_id
                                           AND d.partner_id = c.partner_id AND d.year = c.year) THEN 'date'
                               END AS reason
                          FROM customer_value_care c
                          JOIN customer_value_care_rule rule ON rule.id = c.rule_id
                          JOIN res_partner p ON p.id = c.partner_id
                         WHERE c.state = 'planned' AND c.company_id = %(company)s) why
                 WHERE c.id = why.id AND why.reason IS NOT NULL
                RETURNING c.id
            ), added AS (
                INSERT INTO customer_value_care
                       (rule_id, partner_id, customer_id, company_id, tier_id, user_id, action, occasion_date, year,
                        planned_date, state, create_uid, create_date, write_uid, write_date)
                SELECT d.rule_id, d.partner_id, d.customer_id, %(company)s, d.tier_id, d.user_id, d.action, d.day,
                       d.year, GREATEST(d.planned, %(today)s), 'planned', %(user)s, now() AT TIME ZONE 'UTC',
                       %(user)s, now() AT TIME ZONE 'UTC'
                  FROM candidate d
                 -- an insert that comes to nothing would still draw an id
                 WHERE d.planned <= d.horizon
                   AND NOT EXISTS (SELECT FROM customer_value_care c WHERE c.rule_id = d.rule_id
                                      AND c.partner_id = d.partner_id AND c.year = d.year)
                 ORDER BY d.day, d.rule_id, d.partner_id
                ON CONFLICT (rule_id, partner_id, year) DO NOTHING
                RETURNING id
            )
            SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM moved) AS moved,
                   (SELECT count(*) FROM dropped) AS dropped
            """,
            candidates=candidates,
            company=company.id,
            today=today,
            automatic=list(AUTOMATIC),
            user=self.env.uid,
        )
