from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import formatLang

from ...analytics.risk.expectation import expect
from ...models.complaint.customer_complaint_followup import RECOVERY_DAYS
from ...models.core.groups import VALUE_MANAGER
from ...models.scoring.customer_value_source import EPOCH
from .customer_retention_profit_customer import CUSTOMERS, FLAGS
from .customer_retention_profit_period import Period

COSTS = ("service", "redress", "campaigns", "care")

# What it brought, as far as it can be told from what would have come anyway
GAINS = ("effect_total", "margin_above")

# Years that are compared, up to that in which the period ends
YEARS = 3


class CustomerRetentionProfit(models.AbstractModel):
    """The profit center: what customer retention costs and brings in a period, in the currency of the company.

    Everything is of the current company. Figures are those of the whole company, whatever documents the manager may
    open; it shows what they may see. Costs that are not entered are None, never guessed.
    """

    _name = "customer.retention.profit"
    _description = "Profit Center"

    # -- for the page --------------------------------------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_profit_center(self, date_from, date_to):
        """Everything the page shows.

        :param date_from: first day
        :param date_to: last day; today if it lies ahead
        :return: dict of ``period`` and ``before`` (``from``, ``to``), ``currency_id``, ``company``, ``figures`` (see
            ``_get_figures``), ``gains`` and ``costs`` (keys of the figures that make the profit), ``tiers`` (list, see
            ``_get_tiers``), ``after_days`` and ``after_open`` (how long loops are followed, and whether that time goes
            on), ``missing`` (list of ``code`` and ``text``: what is to be entered), ``can_set`` (whether the user may
            enter it), ``empty`` (whether there is nothing to show)
        :raise AccessError: not a manager of Customer Value
        :raise UserError: no such period
        """
        self._check_manager()
        self.env["ir.config_parameter"]._use_sort_memory()
        period = Period.make(self.env, date_from, date_to)
        (now, cells, compared), (before, cells_before, compared_before), (_measures, _cells, compared_earlier) = (
            self._measure_customers([period, period.before, period.before.before])
        )
        now, before = self._get_measures(period, now), self._get_measures(period.before, before)
        expected = expect(cells, cells_before, period.days / period.before.days)
        tiers = self._get_tiers(cells, expected)
        now |= self._compare(now, tiers, expected)
        now |= self._get_result(now, compared, compared_before, period)
        before |= self._get_result(before, compared_before, compared_earlier, period.before)
        return {
            "period": self._describe(period),
            "before": self._describe(period.before),
            "currency_id": self.env.company.currency_id.id,
            "company": self.env.company.name,
            "figures": self._get_figures(now, before),
            "gains": list(GAINS),
            "costs": list(COSTS),
            "tiers": tiers,
            "after_days": RECOVERY_DAYS,
            "after_open": period.last >= fields.Date.subtract(self.env.company._get_value_today(), days=RECOVERY_DAYS),
            "missing": self._get_missing(),
            "can_set": self.env.user.has_group("base.group_system"),
            "empty": not any(
                now[key]
                for key in (
                    *("base", "new", "contacted", "tickets", "redress_count", "offers", "measured"),
                    # booked on accounts, even if nothing else has happened
                    *("keeping", "acquisition"),
                )
            ),
        }

    @api.model
    @api.readonly
    def get_years(self, date_from, date_to):
        """Acquisition and retention, year by year, the latest first; apart from the page, since it reads years.

        :param date_from, date_to: as of ``get_profit_center``; the last day is in the latest year
        :return: list of dict ``year``, ``from``, ``to``, ``new``, ``acquisition``, ``per_new``, ``kept``, ``keeping``,
            ``per_kept`` and ``ratio``; amounts of which there are no records are None
        :raise AccessError: not a manager of Customer Value
        :raise UserError: no such period
        """
        self._check_manager()
        period = Period.make(self.env, date_from, date_to)
        numbers = range(period.last.year, max(period.last.year - YEARS, EPOCH.year), -1)
        spans = [Period.of_year(self.env, year) for year in numbers]
        years = []
        for year, span, (customers, _cells, _compared) in zip(
            numbers, spans, self._measure_customers(spans), strict=True
        ):
            measures = customers | self._measure_costs(span) | self._measure_acquisition(span)
            years.append(
                {
                    "year": year,
                    **self._describe(span),
                    **{key: measures[key] for key in ("new", "acquisition", "kept")},
                    "keeping": measures["keeping"] if measures["keeping_known"] else None,
                    **self._compare_costs(measures),
                }
            )
        return years

    @api.model
    @api.readonly
    def get_records_action(self, key, date_from, date_to, tier_id=None):
        """The window action that opens the records behind a figure.

        :param str key: of a figure that has records
        :param tier_id: only customers who had this tier when the period began; False for those who had none
        :raise AccessError: not a manager, or no access to these records
        :raise UserError: no such figure or period
        """
        self._check_manager()
        period = Period.make(self.env, date_from, date_to)
        model, domain, title = self._get_records(key, period)
        self.env[model].check_access("read")
        context = {"create": False}
        views = [(False, "list"), (False, "form")]
        if model == CUSTOMERS:
            # rows of the period, without a form of their own
            context |= period.context
            views = views[:1]
            if tier_id is not None:
                domain &= Domain("tier_id", "=", tier_id)
        help_text = Markup('<p class="o_view_nocontent_smiling_face">%s</p>') % self.env._(
            "There are no records for this figure. Choose another period."
        )
        action = self.env["customer.value.source"]._list_action(title, model, list(domain), context)
        return action | {"views": views, "help": help_text}

    @api.model
    def action_print(self, date_from, date_to):
        """The page as PDF."""
        self._check_manager()
        period = Period.make(self.env, date_from, date_to)
        document = self.env["customer.retention.profit.print"].create(
            {"date_from": period.first, "date_to": period.last, "company_id": self.env.company.id}
        )
        return document.action_print()

    @api.model
    def _check_manager(self):
        """:raise AccessError: figures come from SQL, which knows no record rules"""
        if not self.env.su and not self.env.user.has_group(VALUE_MANAGER):
            raise AccessError(self.env._("The profit center is only available to Customer Value managers."))

    # -- figures -------------------------------------------------------------------------------------------------------

    @api.model
    def _describe(self, period):
        return {"from": fields.Date.to_string(period.first), "to": fields.Date.to_string(period.last)}

    @api.model
    def _get_measures(self, period, customers):
        """
        :param dict customers: counts and margins, see ``_measure_customers``
        :return: dict of what is known of the period
        """
        measures = self._measure_costs(period) | customers
        measures |= self._measure_effects(period) | self._measure_campaigns(period) | self._measure_acquisition(period)
        measures |= self._compare_costs(measures)
        measures["kept_share"] = self._percent(measures["kept"], measures["base"])
        measures["loyalty"] = self._percent(measures["bought_again"], measures["bought_before"])
        return measures

    @api.model
    def _get_result(self, measures, compared, reference, period):
        """What keeping customers brought beyond what would have come anyway, less its cost.

        The effect of campaigns that was measured against a control group, and the margin above expectation of the
        customers in no measured campaign. Where neither can be told, there is no profit to speak of.

        :param dict compared: cells of the customers in no measured campaign
        :param dict reference: the same of the time before
        :return: dict of ``margin_above``, ``above_base`` (customers compared) and ``profit``
        """
        expected = expect(compared, reference, period.days / period.before.days) if compared else None
        above = None
        if expected is not None:
            above = sum(cell.margin for cell in compared.values()) - sum(margin for _kept, margin in expected.values())
        brought = [amount for amount in (measures["effect_total"], above) if amount is not None]
        return {
            "margin_above": above,
            "above_base": sum(cell.base for cell in compared.values()),
            "profit": sum(brought) - measures["keeping"] if brought else None,
        }

    @api.model
    def _percent(self, part, whole):
        return 100 * part / whole if whole else None

    @api.model
    def _compare(self, measures, tiers, expected):
        """:return: dict of what was expected, and of what is beyond it"""
        if expected is None or not tiers:
            return dict.fromkeys(("kept_expected", "kept_difference", "margin_expected", "margin_difference"))
        kept, margin = (sum(values) for values in zip(*expected.values(), strict=True))
        return {
            "kept_expected": kept,
            "kept_difference": measures["kept"] - kept,
            "margin_expected": margin,
            "margin_difference": measures["margin_kept"] - margin,
        }

    @api.model
    def _get_tiers(self, cells, expected):
        """Customers active before by their tier at the start, the highest first, those without one last.

        :return: list of dict ``tier_id``, ``name``, ``color``, ``base``, ``kept``, ``share`` (percent), ``margin``, and
            ``expected``, ``expected_share`` and ``margin_expected``, which are None where nobody was there before
        """
        rows = {}
        # sudo: names of tiers, those of policies out of use too
        for (tier, late), cell in sorted(
            cells.items(), key=lambda item: (not item[0][0], -item[0][0].sudo().entry_score, item[0][0].id or 0)
        ):
            row = rows.setdefault(
                tier.id,
                {
                    "tier_id": tier.id,
                    "name": tier.sudo().name or self.env._("No tier"),
                    "color": tier.sudo().color,
                    "base": 0,
                    "kept": 0,
                    "margin": 0.0,
                    "expected": None if expected is None else 0.0,
                    "margin_expected": None if expected is None else 0.0,
                },
            )
            row["base"] += cell.base
            row["kept"] += cell.kept
            row["margin"] += cell.margin
            if expected is not None:
                row["expected"] += expected[tier, late][0]
                row["margin_expected"] += expected[tier, late][1]
        for row in rows.values():
            row["share"] = self._percent(row["kept"], row["base"])
            row["expected_share"] = None if expected is None else self._percent(row["expected"], row["base"])
        return list(rows.values())

    @api.model
    def _get_figures(self, now, before):
        """:return: ``{key: dict}`` of ``label``, ``unit``, ``value`` and ``before`` (None if not known), ``hint`` (what
        it is made of, in words) and ``records`` (whether the user may open what is behind it)
        """
        hints = self._get_hints(now)
        now["missed"], before["missed"] = (measures["base"] - measures["kept"] for measures in (now, before))
        return {
            key: {
                "label": label,
                "unit": unit,
                "value": now.get(key),
                "before": before.get(key),
                "hint": hints.get(key, ""),
                "records": now.get(key) is not None and self._can_open(key),
            }
            for key, (label, unit) in self._get_labels().items()
        }

    @api.model
    def _can_open(self, key):
        if key in FLAGS or key == "missed":
            return True
        return self._get_model(key) is not None and self.env[self._get_model(key)].has_access("read")

    @api.model
    def _get_model(self, key):
        """Model of the records behind a figure; None if it is made of other figures."""
        company = self.env.company.sudo()  # sudo: what the settings say
        lines = "account.analytic.line"
        return {
            "tickets": "helpdesk.ticket",
            "service": lines if company.retention_service_account_id else "helpdesk.ticket",
            "redress": "customer.complaint.redress",
            "campaigns": "customer.retention.member",
            "face_value": "customer.retention.member",
            "care": "customer.value.care",
            "acquisition_booked": lines,
            "acquisition_work": "mail.activity",
            "margin_above": CUSTOMERS,
            "answer_days": "customer.complaint.report",
            "on_time": "customer.complaint.report",
            "satisfaction": "rating.rating",
            **dict.fromkeys(
                ("measured", "pending", "effect_total", "effect_cost", "effect_profit"), "customer.retention.campaign"
            ),
        }.get(key)

    # -- words of the figures, in the language of the reader -----------------------------------------------------------

    @api.model
    def _get_labels(self):
        """:return: ``{key: (label, unit)}`` of every figure; units: money, count, number, share (percent), days, points
        and times
        """
        return {
            "tickets": (self.env._("Tickets and complaints closed"), "count"),
            "service": (self.env._("Service"), "money"),
            "redress": (self.env._("Complaint redress"), "money"),
            "campaigns": (self.env._("Campaigns"), "money"),
            "face_value": (self.env._("Face value of offers"), "money"),
            "care": (self.env._("Care"), "money"),
            "keeping": (self.env._("Retention cost"), "money"),
            "margin_kept": (self.env._("Margin of retained customers"), "money"),
            "margin_above": (self.env._("Margin above expectation"), "money"),
            "profit": (self.env._("Retention profit"), "money"),
            "base": (self.env._("Previously active"), "count"),
            "kept": (self.env._("Retained customers"), "count"),
            "missed": (self.env._("Not retained"), "count"),
            "kept_share": (self.env._("Retention rate"), "share"),
            "kept_expected": (self.env._("Customers expected"), "number"),
            "kept_difference": (self.env._("Customers beyond expectation"), "number"),
            "margin_expected": (self.env._("Margin expected"), "money"),
            "margin_difference": (self.env._("Margin beyond expectation"), "money"),
            "new": (self.env._("New customers"), "count"),
            "acquisition": (self.env._("Acquisition cost"), "money"),
            "acquisition_booked": (self.env._("Acquisition cost booked on accounts"), "money"),
            "acquisition_work": (self.env._("Sales activities for those who had not ordered yet"), "money"),
            "per_new": (self.env._("Cost per new customer"), "money"),
            "per_kept": (self.env._("Cost per retained customer"), "money"),
            "ratio": (self.env._("Acquisition / retention cost ratio"), "times"),
            "contacted": (self.env._("Contacted by service"), "count"),
            "ordered_after": (self.env._("Ordered afterwards"), "count"),
            "margin_after": (self.env._("Margin of these orders"), "money"),
            "won_after": (self.env._("Service contacts that led to new business"), "count"),
            "won_margin": (self.env._("Margin of service contacts that led to new business"), "money"),
            "measured": (self.env._("Campaigns measured"), "count"),
            "pending": (self.env._("Campaigns still being measured"), "count"),
            "effect_total": (self.env._("Measured effect of campaigns"), "money"),
            "effect_low": (self.env._("No less than"), "money"),
            "effect_high": (self.env._("No more than"), "money"),
            "effect_cost": (self.env._("Campaign cost"), "money"),
            "effect_profit": (self.env._("Campaign profit"), "money"),
            "effect_return": (self.env._("Return on cost"), "share"),
            "answer_days": (self.env._("Days to the first answer"), "days"),
            "on_time": (self.env._("Answered on time"), "share"),
            "satisfaction": (self.env._("Satisfaction"), "points"),
            "bought_before": (self.env._("Ordered in the previous period"), "count"),
            "bought_again": (self.env._("Ordered in both periods"), "count"),
            "loyalty": (self.env._("Loyalty"), "share"),
        }

    @api.model
    def _label(self, key):
        return self._get_labels()[key][0]

    @api.model
    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.env.company.currency_id)

    @api.model
    def _get_hints(self, now):
        """What figures are made of, in words."""
        company = self.env.company.sudo()  # sudo: what the settings say
        hints = {
            "redress": self.env._("Executed: %s", now["redress_count"]),
            "campaigns": self.env._("Offers made: %s", now["offers"]),
            "face_value": self.env._("Already included in the margin; not deducted again."),
            "care": self.env._(
                "Activities: %(activities)s, letters: %(letters)s",
                activities=now["activities"],
                letters=now["letters"],
            ),
        }
        if company.retention_service_account_id:
            hints["service"] = self.env._("Booked on %s", company.retention_service_account_id.display_name)
        elif now["service"] is not None:
            hints["service"] = self.env._(
                "Closed: %(count)s, %(cost)s each",
                count=now["tickets_counted"],
                cost=self._money(company.retention_ticket_cost),
            )
        accounts = company.retention_acquisition_account_ids
        if accounts:
            hints["acquisition_booked"] = self.env._("Booked on %s", ", ".join(accounts.mapped("display_name")))
        if now["acquisition_work"] is not None:
            hints["acquisition_work"] = self.env._(
                "Done: %(count)s, %(cost)s each",
                count=now["acquisition_count"],
                cost=self._money(company.retention_sales_activity_cost),
            )
        if now["effect_total"] is not None:
            hints["effect_total"] = self.env._("Campaigns with a control group: %s", now["measured"])
        if now["margin_above"] is not None:
            hints["margin_above"] = self.env._("Customers in no measured campaign: %s", now["above_base"])
        return hints

    @api.model
    def _get_missing(self):
        """:return: list of dict ``code`` and ``text``: what has to be entered before a figure can be shown"""
        company = self.env.company.sudo()  # sudo: what the settings say
        missing = []
        if not company.retention_service_account_id and not company.retention_ticket_cost:
            missing.append(
                {
                    "code": "service",
                    "text": self.env._(
                        "The cost of service is unknown. Enter the cost of a ticket, or the analytic account of "
                        "service, in the settings."
                    ),
                }
            )
        if not company.retention_activity_cost and not company.retention_letter_cost:
            missing.append(
                {
                    "code": "care",
                    "text": self.env._(
                        "The cost of care is unknown. Enter the cost of a care activity and of a letter in the "
                        "settings."
                    ),
                }
            )
        if not company.retention_acquisition_account_ids and not company.retention_sales_activity_cost:
            missing.append(
                {
                    "code": "acquisition",
                    "text": self.env._(
                        "The cost of customer acquisition is unknown. Choose the analytic accounts on which it is "
                        "booked, or enter the cost of a sales activity, in the settings."
                    ),
                }
            )
        return missing
