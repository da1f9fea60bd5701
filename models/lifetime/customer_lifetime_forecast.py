from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.misc import formatLang

from ..core.groups import VALUE_MANAGER
from .customer_lifetime_calibration import CHAMPIONS

# How many calibrations can be looked back at.
SHOWN = 24


class CustomerLifetimeForecast(models.AbstractModel):
    """The page that says how good the forecasts of the current company are."""

    _name = "customer.lifetime.forecast"
    _description = "How Good Is This Forecast?"

    @api.model
    def get_page(self, calibration_id=None):
        """:param int calibration_id: the latest of the current company if not given
        :return: dict for the page: ``title``, ``missing`` (text, or False), ``can_calibrate``, ``calibrations`` and,
            where there is a forecast, ``grade``, ``verdict`` (sentences), ``figures``, ``deciles``, ``contestants``
        """
        Calibration = self.env["customer.lifetime.calibration"]
        Calibration.check_access("read")
        own = [("company_id", "=", self.env.company.id)]
        shown = Calibration.search(own, limit=SHOWN)
        chosen = Calibration.search([*own, ("id", "=", calibration_id)]) if calibration_id else shown[:1]
        page = {
            "id": chosen.id,
            "company": self.env.company.name,
            "can_calibrate": self.env.user.has_group(VALUE_MANAGER),
            "calibrations": [{"id": found.id, "label": format_date(self.env, found.as_of)} for found in shown],
            "missing": False,
        }
        if not chosen:
            return page | {
                "missing": self.env._(
                    "There is no forecast yet. It is made by a daily job, or when a manager calibrates."
                )
            }
        if chosen.missing:
            return page | {"missing": chosen._explain_missing()}
        return page | self._describe(chosen)

    @api.model
    def _describe(self, calibration):
        results = calibration.results
        best = results["results"][calibration.champion]
        baseline = results["baseline"]
        currency = calibration.currency_id

        def money(amount):
            return format_amount(self.env, amount, currency)

        labels = dict(calibration._fields["champion"]._description_selection(self.env))
        grades = dict(calibration._fields["grade"]._description_selection(self.env))
        return {
            "grade": calibration.grade,
            "grade_label": grades[calibration.grade],
            "champion": labels[calibration.champion],
            "verdict": self._explain(calibration, best, baseline, labels, money),
            "figures": [
                {
                    "key": "found",
                    "label": self.env._("High-value customers found"),
                    "value": self._say_share(best["found"]),
                    "note": self.env._("%s by revenue so far", self._say_share(baseline["found"])),
                },
                {
                    "key": "error",
                    "label": self.env._("Error of the total"),
                    "value": self._say_signed(best["error"]),
                    "note": self.env._(
                        "%(forecast)s forecast, %(actual)s came",
                        forecast=money(best["forecast"]),
                        actual=money(best["actual"]),
                    ),
                },
                {
                    "key": "top10",
                    "label": self.env._("Revenue of the best 10%"),
                    "value": self._say_share(best["top10"]),
                    "note": self.env._("%s by revenue so far", self._say_share(baseline["top10"])),
                },
            ],
            "deciles": [
                group
                | {
                    "label": str(place),
                    "text_forecast": self.env._(
                        "Group %(group)s: %(amount)s per customer forecast",
                        group=place,
                        amount=money(group["forecast"]),
                    ),
                    "text_actual": self.env._(
                        "Group %(group)s: %(amount)s per customer came", group=place, amount=money(group["actual"])
                    ),
                }
                for place, group in enumerate(best["deciles"], start=1)
            ],
            "activity": [
                {
                    "label": self.env._(
                        "%(low)s to %(high)s",
                        low=self._say_share(group["from"], 0),
                        high=self._say_share(group["from"] + 0.2, 0),
                    ),
                    "customers": formatLang(self.env, group["customers"], digits=0),
                    "active": self._say_share(group["active"], 0),
                    "returned": self._say_share(group["returned"], 0),
                }
                for group in results["activity"]
            ],
            "activity_note": self._explain_activity(results["activity"], calibration.weeks),
            "contestants": [
                *(
                    self._row(name, labels[name], results["results"][name], name == calibration.champion)
                    for name, _label in CHAMPIONS
                ),
                self._row("baseline", self.env._("Revenue so far (order only)"), baseline, False),
            ],
        }

    @api.model
    def _row(self, name, label, result, is_champion):
        return {
            "name": name,
            "label": label,
            "is_champion": is_champion,
            "gini": self._say_number(result["gini"]),
            **{key: self._say_share(result[key]) for key in ("top5", "top10", "top20", "found")},
            "error": self._say_signed(result.get("error")),
        }

    @api.model
    def _explain(self, calibration, best, baseline, labels, money):
        """:return: list of sentences"""
        start = fields.Date.subtract(calibration.as_of, weeks=calibration.weeks)
        sentences = [
            self.env._(
                "As of %(date)s, the revenue of %(customers)s customers was forecast for the %(weeks)s weeks up to "
                "%(until)s, with nothing known of these, and compared with what came.",
                date=format_date(self.env, start),
                customers=formatLang(self.env, calibration.customers, digits=0),
                weeks=calibration.weeks,
                until=format_date(self.env, calibration.as_of),
            )
        ]
        if calibration.results["judged"] < calibration.customers:
            sentences.append(
                self.env._(
                    "The figures below are of %s of these customers, drawn at random.",
                    formatLang(self.env, calibration.results["judged"], digits=0),
                )
            )
        if calibration.champion in ("mbg", "pareto"):
            sentences.append(
                self.env._(
                    "The best of the models and rules below makes the forecasts: %s.", labels[calibration.champion]
                )
            )
        else:
            sentences.append(
                self.env._(
                    "A rule of thumb did better than the models, so it makes the forecasts: %s. The probability of "
                    "being active comes from a model.",
                    labels[calibration.champion],
                )
            )
        share = self._say_share(abs(best["error"] or 0))
        if (best["error"] or 0) > 0:
            sentences.append(self.env._("The total was %s too high. Amounts are not corrected by it.", share))
        elif best["error"]:
            sentences.append(self.env._("The total was %s too low. Amounts are not corrected by it.", share))
        if best["found"] < baseline["found"]:
            sentences.append(
                self.env._("It finds fewer high-value customers than the revenue so far does: rank customers by that.")
            )
        return sentences

    @api.model
    def _explain_activity(self, groups, weeks):
        """What follows from customers who came back although they had probably left."""
        low = groups[0]
        if low["from"] or low["returned"] <= low["active"]:
            return self.env._(
                "Share of customers who ordered again within %s weeks. Those who are active need not have ordered yet.",
                weeks,
            )
        return self.env._(
            "Share of customers who ordered again within %(weeks)s weeks. A low probability means seldom, not never: "
            "of those below 20%%, %(share)s came back.",
            weeks=weeks,
            share=self._say_share(low["returned"], 0),
        )

    @api.model
    def _say_share(self, share, digits=1):
        return f"{formatLang(self.env, 100 * share, digits=digits)}%"

    @api.model
    def _say_signed(self, share):
        if share is None:
            return "–"
        sign = "+" if share > 0 else "−" if share < 0 else ""
        return f"{sign}{formatLang(self.env, 100 * abs(share), digits=1)}%"

    @api.model
    def _say_number(self, value):
        return formatLang(self.env, value, digits=3)
