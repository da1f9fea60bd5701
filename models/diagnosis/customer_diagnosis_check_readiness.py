import math
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, formatLang

from ...analytics.campaign.experiment import SMALLEST_ARM, minimum_detectable_effect
from ...analytics.diagnosis.measuring import CUSTOMERS
from ..complaint.groups import COMPLAINT_OFFICER
from .customer_diagnosis_check import Check, Measure

# The control group that campaigns propose.
CONTROL_SHARE = 0.2


class CustomerDiagnosisCheck(models.AbstractModel):
    """Readiness: whether what this addon can do has what it needs; and the figures of plans, which show it at work."""

    _inherit = "customer.diagnosis.check"

    @api.model
    def _get_checks(self):
        owners = self._get_owners()
        label, why, advice = self._get_ready_labels(), self._get_ready_reasons(), self._get_ready_advice()

        def check(code, owner, opens, **options):
            return Check(
                "readiness",
                label[code],
                why[code],
                advice[code],
                owners[owner],
                opens=f"customer_value.{opens}",
                **options,
            )

        return super()._get_checks() | {
            "ready_scoring": check("ready_scoring", "value", "action_customer_value_policy", weight=3, days=14),
            "ready_lifetime": check("ready_lifetime", "value", "action_customer_lifetime_forecast"),
            "ready_wallet": check("ready_wallet", "manager", "action_customer_wallet", days=60),
            "ready_complaint": check("ready_complaint", "service", "action_customer_complaint", weight=2, days=14),
            "ready_campaign": check("ready_campaign", "value", "action_customer_retention_campaign", weight=2),
        }

    @api.model
    def _get_ready_labels(self):
        return {
            "ready_scoring": self.env._("Scoring"),
            "ready_lifetime": self.env._("Lifetime value"),
            "ready_wallet": self.env._("Share of wallet"),
            "ready_complaint": self.env._("Complaints"),
            "ready_campaign": self.env._("Campaigns with a control group"),
        }

    @api.model
    def _get_ready_reasons(self):
        return {
            "ready_scoring": self.env._("Tiers, benefits and lists of customers follow from scores."),
            "ready_lifetime": self.env._("What a customer may cost follows from what they will bring."),
            "ready_wallet": self.env._("It shows who could buy more: those who buy elsewhere."),
            "ready_complaint": self.env._("Customers whose complaint is settled in time stay longer."),
            "ready_campaign": self.env._("Only a control group shows whether a campaign has an effect."),
        }

    @api.model
    def _get_ready_advice(self):
        return {
            "ready_scoring": self.env._(
                "Activate a policy, apply a run for all customers, and switch pricelists on if tiers have any."
            ),
            "ready_lifetime": self.env._("Import the orders of earlier years, then calibrate the forecast."),
            "ready_wallet": self.env._("Ask the largest customers for their budget, and enter it."),
            "ready_complaint": self.env._("Give somebody the role of complaint officer, and register the complaints."),
            "ready_campaign": self.env._(
                "Start with a campaign for all customers at risk rather than many small ones."
            ),
        }

    @api.model
    def _get_measures(self):
        return super()._get_measures() | {
            "scored": Measure(self.env._("Customers with a current score"), "percent"),
            "complaints_on_time": Measure(self.env._("Complaints answered in time"), "percent"),
            "retention_controlled": Measure(
                self.env._("Customers in retention campaigns with a control group"), "count"
            ),
            "net_margin": Measure(self.env._("Net margin"), "money"),
            "managed": Measure(self.env._("Customers with an active account manager"), "percent"),
        }

    @api.model
    def _measure(self, scope):
        """One statement for all of them; complaints as in their analysis."""
        [row] = self._fetch(
            SQL(
                """
                SELECT count(*) AS customers,
                       count(*) FILTER (WHERE manager.active) AS managed,
                       count(*) FILTER (WHERE score.id IS NOT NULL AND (SELECT %(fresh)s)) AS scored,
                       sum(c.margin)::float8 AS net_margin,
                       (SELECT count(DISTINCT member.partner_id)
                          FROM customer_retention_member member
                          JOIN customer_retention_campaign campaign ON campaign.id = member.campaign_id
                         WHERE campaign.company_id = %(company)s AND campaign.purpose = 'retention'
                           AND campaign.state NOT IN ('draft', 'cancelled') AND campaign.without_holdout IS NOT TRUE
                           AND campaign.started_on >= %(opens)s) AS retention_controlled
                  FROM %(customers)s c
                  LEFT JOIN res_users manager ON manager.id = c.user_id
                  LEFT JOIN customer_value_score score
                         ON score.partner_id = c.partner_id AND score.company_id = %(company)s
                """,
                fresh=self._fresh_sql(scope),
                company=scope.company_id,
                opens=scope.window_opens,
                customers=SQL.identifier(CUSTOMERS),
            )
        )
        customers = row["customers"]
        return super()._measure(scope) | {
            "scored": round(100 * row["scored"] / customers, 1) if customers else None,
            "managed": round(100 * row["managed"] / customers, 1) if customers else None,
            "net_margin": row["net_margin"] if customers else None,
            "retention_controlled": row["retention_controlled"],
            "complaints_on_time": self._measure_on_time(scope),
        }

    @api.model
    def _measure_on_time(self, scope):
        """Of the complaints answered, or overdue without an answer, in the window, percent answered in time; None where
        there is none."""
        # sudo: complaints of the company, whoever may open them
        [(share, judged)] = (
            self.env["customer.complaint.report"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", scope.company_ids),
                    ("judged_on", ">=", scope.window_opens),
                    ("judged_on", "<", scope.until),
                ],
                aggregates=["on_time:avg", "__count"],
            )
        )
        return round(100 * share, 1) if judged else None

    @api.model
    def _fetch(self, query):
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    @api.model
    def _fresh_sql(self, scope):
        """Whether the company's customers were all scored not long ago."""
        return SQL(
            """EXISTS (SELECT FROM customer_value_run run
                        WHERE run.company_id = %s AND run.state = 'done' AND run.simulate IS NOT TRUE
                          AND run.scope = 'all' AND run.as_of >= %s)""",
            scope.company_id,
            scope.as_of - timedelta(days=self.env.company.diagnosis_score_days),
        )

    # -- scoring -------------------------------------------------------------------------------------------------------

    @api.model
    def _ready_ready_scoring(self, scope):
        company = self.env["res.company"].browse(scope.company_id)
        policy = self.env["customer.value.policy"]._get_active(company)
        if not policy:
            return {"missing": "policy"}
        [row] = self._fetch(
            SQL(
                """SELECT count(*) AS customers, count(score.id) AS scored, (SELECT %s) AS fresh
                     FROM %s c LEFT JOIN customer_value_score score
                       ON score.partner_id = c.partner_id AND score.company_id = %s""",
                self._fresh_sql(scope),
                SQL.identifier(CUSTOMERS),
                scope.company_id,
            )
        )
        share = 100 * row["scored"] / row["customers"] if row["customers"] else 0.0
        unused = policy.tier_ids.filtered("pricelists_off")
        missing = "pricelists" if unused else None
        if not row["fresh"] or share < company.diagnosis_scored_percent:
            missing = "run"
        return {
            "missing": missing,
            "unused": unused.ids,
            "scored": row["scored"],
            "customers": row["customers"],
            "percent": company.diagnosis_scored_percent,
            "days": company.diagnosis_score_days,
        }

    @api.model
    def _describe_ready_scoring(self, details, company):
        if details.get("missing") == "policy":
            return self.env._("There is no active policy.")
        if details.get("missing") == "pricelists":
            # sudo: names of tiers, as in the findings
            tiers = self.env["customer.value.tier"].sudo().browse(details["unused"]).exists()
            return self.env._(
                "Pricelists are switched off in the sales settings: those of the tiers %s have no effect.",
                ", ".join(tiers.mapped("name")),
            )
        numbers = {name: formatLang(self.env, details[name], digits=0) for name in ("scored", "customers")}
        if details.get("missing"):
            return self.env._(
                "%(scored)s of %(customers)s customers have a score (%(percent)s%% are needed), or the last run for "
                "all customers is older than %(days)s days.",
                percent=f"{details.get('percent', company.diagnosis_scored_percent):g}",
                days=details.get("days", company.diagnosis_score_days),
                **numbers,
            )
        return self.env._("%(scored)s of %(customers)s customers have a current score.", **numbers)

    # -- lifetime value ------------------------------------------------------------------------------------------------

    @api.model
    def _ready_ready_lifetime(self, scope):
        company = self.env["res.company"].browse(scope.company_id)
        latest = self.env["customer.lifetime.calibration"].sudo()._get_latest(company)
        if not latest:
            return {"missing": "calibration"}
        return {"missing": latest.missing or None, "customers": latest.customers, "days": latest.days}

    @api.model
    def _describe_ready_lifetime(self, details, company):
        return {
            "calibration": self.env._("The forecast has not been calibrated yet."),
            "days": self.env._("The orders of at least one year are needed: %s days are known.", details.get("days")),
            "customers": self.env._("100 customers with orders are needed: there are %s.", details.get("customers")),
        }.get(
            details.get("missing"),
            self.env._(
                "The forecast was tested with %s customers.",
                formatLang(self.env, details.get("customers") or 0, digits=0),
            ),
        )

    # -- share of wallet -----------------------------------------------------------------------------------------------

    @api.model
    def _ready_ready_wallet(self, scope):
        [row] = self._fetch(
            SQL(
                """SELECT count(*) AS buyers,
                          count(*) FILTER (WHERE wallet.budget > 0 OR wallet.supplier_rank > 0) AS known
                     FROM %s c LEFT JOIN customer_wallet wallet
                       ON wallet.partner_id = c.partner_id AND wallet.company_id = %s
                    WHERE c.revenue > 0""",
                SQL.identifier(CUSTOMERS),
                scope.company_id,
            )
        )
        percent = self.env.company.diagnosis_wallet_percent
        enough = row["buyers"] and 100 * row["known"] >= percent * row["buyers"]
        return {"missing": None if enough else "known", "percent": percent, **row}

    @api.model
    def _describe_ready_wallet(self, details, company):
        return self.env._(
            "Of %(buyers)s customers with revenue, the budget or our rank is known of %(known)s; %(percent)s%% are "
            "needed.",
            buyers=formatLang(self.env, details["buyers"], digits=0),
            known=formatLang(self.env, details["known"], digits=0),
            percent=f"{details.get('percent', company.diagnosis_wallet_percent):g}",
        )

    # -- complaints ----------------------------------------------------------------------------------------------------

    @api.model
    def _ready_ready_complaint(self, scope):
        company = self.env["res.company"].browse(scope.company_id)
        # sudo: complaints of the company, whoever may open them
        complaints = self.env["helpdesk.ticket"].sudo().search_count(
            [("is_complaint", "=", True), ("company_id", "in", scope.company_ids)]
        )  # fmt: skip
        officers = len(company._get_group_users(COMPLAINT_OFFICER))
        missing = "officer" if not officers else None if complaints else "complaint"
        return {"missing": missing, "officers": officers, "complaints": complaints}

    @api.model
    def _describe_ready_complaint(self, details, company):
        return {
            "officer": self.env._("Nobody has the role of complaint officer."),
            "complaint": self.env._("No complaint has been registered yet."),
        }.get(
            details.get("missing"),
            self.env._(
                "%(officers)s complaint officers, %(complaints)s complaints.",
                officers=details.get("officers"),
                complaints=formatLang(self.env, details.get("complaints") or 0, digits=0),
            ),
        )

    # -- campaigns -----------------------------------------------------------------------------------------------------

    @api.model
    def _ready_ready_campaign(self, scope):
        """The smallest effect that a campaign for all customers would show, with the margins of the window."""
        [row] = self._fetch(
            SQL(
                "SELECT count(*) AS customers, COALESCE(avg(margin), 0)::float8 AS average,"
                " COALESCE(stddev_samp(margin), 0)::float8 AS deviation FROM %s",
                SQL.identifier(CUSTOMERS),
            )
        )
        control = round(row["customers"] * CONTROL_SHARE)
        effect = minimum_detectable_effect(row["customers"] - control, control, row["deviation"])
        missing = None
        if control < SMALLEST_ARM or not math.isfinite(effect):
            missing = "customers"
        elif effect > row["average"]:
            missing = "effect"
        return {
            "missing": missing,
            "customers": row["customers"],
            "needed": math.ceil(SMALLEST_ARM / CONTROL_SHARE),
            "effect": effect if math.isfinite(effect) else None,
            "average": row["average"],
        }

    @api.model
    def _describe_ready_campaign(self, details, company):
        if details.get("missing") == "customers":
            return self.env._(
                "A result needs at least %(needed)s customers whose margins differ: there are %(customers)s.",
                needed=details["needed"],
                customers=formatLang(self.env, details["customers"], digits=0),
            )
        words = {
            "customers": formatLang(self.env, details["customers"], digits=0),
            "effect": company.currency_id.format(details["effect"]),
            "average": company.currency_id.format(details["average"]),
        }
        if details.get("missing"):
            return self.env._(
                "With %(customers)s customers, an effect would show from %(effect)s per customer on, which is more "
                "than the margin of the average customer, %(average)s.",
                **words,
            )
        return self.env._(
            "With %(customers)s customers, an effect shows from %(effect)s per customer on; the margin of the average "
            "customer is %(average)s.",
            **words,
        )
