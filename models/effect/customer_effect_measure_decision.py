from odoo import api, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Scope
from .customer_effect_measure import FOLLOW_DAYS, Measure


class CustomerEffectMeasure(models.AbstractModel):
    """Forecasts, decisions and campaigns: how often what was said and done proved right."""

    _inherit = "customer.effect.measure"

    @api.model
    def _get_measures(self):
        return super()._get_measures() | {
            "forecast_error": Measure(
                "decision",
                self.env._("Error of the lifetime forecast"),
                self.env._(
                    "By how much the total forecast was off, mean of the calibrations made in the window: each "
                    "forecasts the weeks before it from what was known earlier. These weeks overlap, so nothing can be "
                    "said of chance."
                ),
                "level",
                "customer.lifetime.calibration",
                higher=False,
            ),
            "risk_bought": Measure(
                "decision",
                self.env._("At risk, contacted, and bought again"),
                self.env._(
                    "Of the customers with an activity done in the window who were at risk at the end of the month "
                    "before: those who ordered within %s days. Only activities whose days lie in the window count.",
                    FOLLOW_DAYS,
                ),
                "share",
                "res.partner",
                follows=True,
                since="risk",
            ),
            "advice_worked": Measure(
                "decision",
                self.env._("Accepted advice that worked"),
                self.env._(
                    "Of the advice accepted in the window: suggested products that were ordered, and next steps after "
                    "which the customer ordered, within %s days, or within their usual gap if they were at risk. Only "
                    "advice whose days lie in the window counts. Some would have ordered anyway.",
                    FOLLOW_DAYS,
                ),
                "share",
                "customer.value.advice",
                follows=True,
                since="advice",
            ),
            "offers_bought": Measure(
                "decision",
                self.env._("Offers followed by an order"),
                self.env._(
                    "Of the offers of campaigns made in the window: customers who ordered within %s days. Only offers "
                    "whose days lie in the window count. Some would have ordered anyway: see the margin gained.",
                    FOLLOW_DAYS,
                ),
                "share",
                "customer.retention.member",
                follows=True,
            ),
            "campaign_gain": Measure(
                "campaign",
                self.env._("Margin gained per cost"),
                self.env._(
                    "Additional margin against the control group per unit of cost, of the campaigns that began in the "
                    "window, had costs, and whose measured time is over."
                ),
                "gain",
                "customer.retention.campaign",
                unit="number",
            ),
            "offers_used": Measure(
                "campaign",
                self.env._("Codes used"),
                self.env._(
                    "Of the codes that campaigns gave in the window: those used in a confirmed order within %s days. "
                    "Only codes whose days lie in the window count.",
                    FOLLOW_DAYS,
                ),
                "share",
                "customer.retention.member",
                follows=True,
            ),
        }

    @api.model
    def _get_beginnings(self, company):
        scope = Scope.make(company, company._get_value_today(), 0)
        return super()._get_beginnings(company) | {
            # the level at the end of a month is compared with what is done in the next one
            "risk": SQL(
                """SELECT (min(month) + interval '1 month')::date FROM customer_value_fact
                    WHERE company_id = %s AND risk_level IS NOT NULL""",
                company.id,
            ),
            "advice": SQL(
                "SELECT %s FROM customer_value_advice WHERE company_id = %s",
                scope.day(SQL("min(accepted_on)")),
                company.id,
            ),
        }

    @api.model
    def _rows_forecast_error(self, scope):
        return SQL(
            """
            SELECT id, 100 * abs((results #>> ARRAY['results', champion, 'error'])::float8) AS value
              FROM customer_lifetime_calibration
             WHERE company_id = %s AND missing IS NULL AND as_of BETWEEN %s AND %s
               AND results #>> ARRAY['results', champion, 'error'] IS NOT NULL
            """,
            scope.company_id,
            scope.window_start,
            scope.as_of,
        )

    @api.model
    def _ordered_sql(self, scope, partner, day):
        """Whether the customer ordered on that day or in the days after it.

        :param SQL partner, day: columns of the case
        """
        return SQL(
            """EXISTS (SELECT FROM bought
                        WHERE bought.partner_id = %s AND bought.day BETWEEN %s AND %s + %s)""",
            partner,
            day,
            day,
            FOLLOW_DAYS,
        )

    @api.model
    def _bought_sql(self, scope):
        """The days with orders in the window, each once, as a common table expression."""
        return SQL(
            "bought AS MATERIALIZED (SELECT DISTINCT partner_id, day FROM (%s) orders WHERE day >= %s)",
            self.env["customer.value.source"]._order_days_sql(scope),
            scope.window_start,
        )

    @api.model
    def _rows_risk_bought(self, scope):
        """Each customer once, from their first activity in the window."""
        day = scope.day(SQL("message.date"))
        return SQL(
            """
            (WITH %(bought)s, done AS (
                SELECT customer.commercial_partner_id AS partner_id, min(%(day)s) AS day
                  FROM mail_message message
                  JOIN res_partner customer ON customer.id = message.res_id
                  JOIN customer_value_fact fact
                    ON fact.partner_id = customer.commercial_partner_id AND fact.company_id = %(company)s
                   AND fact.month = (date_trunc('month', %(day)s) - interval '1 month')::date
                   AND fact.risk_level IS NOT NULL
                 WHERE message.model = 'res.partner' AND message.subtype_id = %(done)s
                   AND message.mail_activity_type_id IS NOT NULL
                   AND message.date >= %(opens)s AND message.date < %(until)s
                 GROUP BY customer.commercial_partner_id
            )
            SELECT done.partner_id AS id, %(ordered)s AS hit FROM done)
            """,
            bought=self._bought_sql(scope),
            day=day,
            company=scope.company_id,
            done=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_activities"),
            opens=scope.window_opens,
            until=scope.cases_until,
            ordered=self._ordered_sql(scope, SQL("done.partner_id"), SQL("done.day")),
        )

    @api.model
    def _rows_advice_worked(self, scope):
        company = self.env["res.company"].browse(scope.company_id)
        return SQL(
            """
            SELECT advice.id, %s AS hit
              FROM customer_value_advice advice
             WHERE advice.company_id = %s AND advice.accepted_on >= %s AND advice.until <= %s
            """,
            self.env["customer.value.advice"]._worked_sql("advice", company),
            scope.company_id,
            scope.window_opens,
            scope.as_of,
        )

    @api.model
    def _rows_offers_bought(self, scope):
        return SQL(
            """
            (WITH %(bought)s
            SELECT member.id, %(ordered)s AS hit
              FROM customer_retention_member member
              JOIN res_partner customer ON customer.id = member.partner_id
             WHERE member.company_id = %(company)s AND member.state = 'offered'
               AND member.offered_on >= %(opens)s AND member.offered_on < %(until)s)
            """,
            bought=self._bought_sql(scope),
            ordered=self._ordered_sql(
                scope, SQL("customer.commercial_partner_id"), scope.day(SQL("member.offered_on"))
            ),
            company=scope.company_id,
            opens=scope.window_opens,
            until=scope.cases_until,
        )

    @api.model
    def _rows_campaign_gain(self, scope):
        return SQL(
            """
            SELECT campaign.id, campaign.effect_total AS top, campaign.cost_total AS base,
                   campaign.effect_low * campaign.result_treated AS low,
                   campaign.effect_high * campaign.result_treated AS high, campaign.confidence
              FROM customer_retention_campaign campaign
             WHERE campaign.company_id = %s AND campaign.is_effect_known AND campaign.cost_total > 0
               -- until it is over, the whole cost stands beside a part of the margin
               AND campaign.result_state <> 'early' AND campaign.date_start BETWEEN %s AND %s
            """,
            scope.company_id,
            scope.window_start,
            scope.as_of,
        )

    @api.model
    def _rows_offers_used(self, scope):
        used = scope.day(SQL("so.date_order"))
        given = scope.day(SQL("member.offered_on"))
        Source, tills = self.env["customer.value.source"], SQL()
        if Source._has_till_coupons():
            tills = SQL(
                """OR EXISTS (SELECT FROM loyalty_card card JOIN (%s) code ON code.card_id = card.id
                               WHERE card.retention_member_id = member.id AND %s <= %s + %s)""",
                Source._till_codes_sql(),
                scope.day(SQL("code.moment")),
                given,
                FOLLOW_DAYS,
            )
        return SQL(
            """
            SELECT member.id,
                   EXISTS (SELECT FROM loyalty_card card
                             JOIN sale_order_line line ON line.coupon_id = card.id
                             JOIN sale_order so ON so.id = line.order_id AND so.state = 'sale'
                            WHERE card.retention_member_id = member.id AND %(used)s <= %(given)s + %(days)s)
                   %(tills)s AS hit
              FROM customer_retention_member member
             WHERE member.company_id = %(company)s AND member.state = 'offered'
               AND member.offered_on >= %(opens)s AND member.offered_on < %(until)s
               AND EXISTS (SELECT FROM loyalty_card card WHERE card.retention_member_id = member.id)
            """,
            used=used,
            given=given,
            days=FOLLOW_DAYS,
            tills=tills,
            company=scope.company_id,
            opens=scope.window_opens,
            until=scope.cases_until,
        )
