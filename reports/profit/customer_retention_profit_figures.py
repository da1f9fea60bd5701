from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...analytics.risk.expectation import NOBODY, Cell, total_interval
from .customer_retention_profit_customer import CUSTOMERS, FLAGS

SUMS = ("was_active", "kept", "is_new", "contacted", "ordered_after", "won_after", "bought_before", "bought_again")

AMOUNTS = ("kept_margin", "margin_after", "won_margin")


class CustomerRetentionProfit(models.AbstractModel):
    """The records behind each figure, and their sums. Both come from the same domain."""

    _inherit = "customer.retention.profit"

    # -- records -------------------------------------------------------------------------------------------------------

    @api.model
    def _get_records(self, key, period):
        """:return: tuple of model, domain and title of the records behind the figure ``key``

        :raise UserError: there is no such figure
        """
        if key in FLAGS:
            return CUSTOMERS, Domain(FLAGS[key], "=", 1), self._label(key)
        if key == "missed":
            return CUSTOMERS, Domain("was_active", "=", 1) & Domain("kept", "=", 0), self._label(key)
        method = getattr(self, f"_records_{key}", None) if key in self._get_labels() else None
        if not method:
            raise UserError(self.env._("There are no records for this figure."))
        model, domain = method(period)
        return model, domain, self._label(key)

    @api.model
    def _within(self, field, period):
        """Moments of ``field`` in the period, by the days of the company."""
        scope = period.scope(self.env.company)
        return Domain(field, ">=", scope.window_opens) & Domain(field, "<", scope.until)

    @api.model
    def _ours(self):
        return Domain("company_id", "=", self.env.company.id)

    @api.model
    def _records_tickets(self, period):
        """Tickets and complaints closed; duplicates and merged ones are the same told twice."""
        complaint = Domain("is_complaint", "=", True)
        closed = (
            complaint & Domain("complaint_state", "=", "closed") & self._within("complaint_closed_on", period)
        ) | (~complaint & Domain("stage_id.closed", "=", True) & self._within("closed_date", period))
        return "helpdesk.ticket", self._ours() & Domain("duplicate_id", "=", False) & closed

    @api.model
    def _records_service(self, period):
        account = self.env.company.sudo().retention_service_account_id
        if account:
            return self._records_account(account, period)
        model, domain = self._records_tickets(period)
        # what a campaign has booked for its tickets counts there
        # sudo: the figure of the company, whatever tickets the reader may see
        booked = (
            self.env["customer.retention.member"]
            .sudo()
            ._search(self._ours() & Domain("ticket_id", "!=", False) & Domain("cost", ">", 0))
        )
        tickets = self.env[model].sudo().search(domain & Domain("id", "in", booked.subselect("ticket_id")))
        return model, domain & Domain("id", "not in", tickets.ids)

    @api.model
    def _records_account(self, account, period):
        """Analytic lines of the account; credit notes of redress are left out, for redress is counted already."""
        column = account.plan_id._column_name()
        lines = (
            self._ours()
            & Domain(column, "=", account.id)
            & Domain("date", ">=", period.first)
            & Domain("date", "<=", period.last)
        )
        # sudo: as in _records_service
        redress = (
            self.env["customer.complaint.redress"]
            .sudo()
            ._search(self._ours() & Domain("state", "=", "done") & Domain("move_id", "!=", False))
        )
        counted = Domain("move_line_id.move_id", "in", redress.subselect("move_id"))
        counted = self.env["account.analytic.line"].sudo().search(lines & counted)
        return "account.analytic.line", lines & Domain("id", "not in", counted.ids)

    @api.model
    def _records_redress(self, period):
        done = self._ours() & Domain("state", "=", "done") & self._within("done_on", period)
        return "customer.complaint.redress", done

    @api.model
    def _records_campaigns(self, period):
        return "customer.retention.member", self._ours() & self._within("offered_on", period)

    @api.model
    def _records_face_value(self, period):
        model, domain = self._records_campaigns(period)
        return model, domain & Domain("face_value", "!=", 0)

    @api.model
    def _records_care(self, period):
        done = (
            Domain("state", "=", "done") & Domain("done_on", ">=", period.first) & Domain("done_on", "<=", period.last)
        )
        return "customer.value.care", self._ours() & done

    @api.model
    def _records_acquisition(self, period):
        account = self.env.company.sudo().retention_acquisition_account_id
        if account:
            return self._records_account(account, period)
        return CUSTOMERS, Domain(FLAGS["new"], "=", 1)

    @api.model
    def _records_on_time(self, period):
        return "customer.complaint.report", self._ours() & self._within("answered_on", period)

    @api.model
    def _records_answer_days(self, period):
        return self._records_on_time(period)

    @api.model
    def _records_satisfaction(self, period):
        # sudo: as in _records_service
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        rated = (
            Domain("res_model", "=", "helpdesk.ticket")
            & Domain("consumed", "=", True)
            & Domain("rating", ">=", 1)
            & Domain("is_internal", "=", False)
            & self._within("rated_on", period)
        )
        ratings = self.env["rating.rating"].sudo().search_fetch(rated, ["res_id"])
        ours = tickets.search(
            self._ours() & Domain("duplicate_id", "=", False) & Domain("id", "in", ratings.mapped("res_id"))
        )
        return "rating.rating", rated & Domain("res_id", "in", ours.ids)

    @api.model
    def _records_measured(self, period):
        """Campaigns whose last day measured is in the period and whose result is final and known.

        Those that found nothing, or too little to be sure of, are among them: to count successes only would be to
        choose the result.
        """
        final = (
            Domain("result_state", "not in", (False, "early"))
            & Domain("is_effect_known", "=", True)
            & Domain("measure_until", ">=", period.first)
            & Domain("measure_until", "<=", period.last)
        )
        return "customer.retention.campaign", self._ours() & final

    _records_effect_total = _records_effect_cost = _records_effect_profit = _records_measured

    # -- sums ----------------------------------------------------------------------------------------------------------

    @api.model
    def _sum(self, key, period, *aggregates):
        """Of the records behind ``key``; sudo: figures are of the company, not of what the reader may open."""
        model, domain, _title = self._get_records(key, period)
        [row] = self.env[model].sudo().with_context(**period.context)._read_group(domain, aggregates=aggregates)
        return row

    @api.model
    def _measure_costs(self, period):
        """:return: dict of costs, None where they are not entered, and of the numbers behind them"""
        company = self.env.company.sudo()  # sudo: what the settings say
        measures = {}
        [measures["tickets"]] = self._sum("tickets", period, "__count")
        measures["service"] = None
        if company.retention_service_account_id:
            [amount] = self._sum("service", period, "amount:sum")
            measures["service"] = -(amount or 0.0)
        elif company.retention_ticket_cost:
            [count] = self._sum("service", period, "__count")
            measures |= {"service": count * company.retention_ticket_cost, "tickets_counted": count}
        measures["redress_count"], redress = self._sum("redress", period, "__count", "cost:sum")
        measures["offers"], cost, face_value = self._sum("campaigns", period, "__count", "cost:sum", "face_value:sum")
        measures |= {"redress": redress or 0.0, "campaigns": cost or 0.0, "face_value": face_value or 0.0}
        _model, domain, _title = self._get_records("care", period)
        # sudo: as in _sum
        care = dict(self.env["customer.value.care"].sudo()._read_group(domain, ["action"], ["__count"]))
        measures |= {"activities": care.get("activity", 0), "letters": care.get("letter", 0), "care": None}
        if company.retention_activity_cost or company.retention_letter_cost:
            measures["care"] = (
                measures["activities"] * company.retention_activity_cost
                + measures["letters"] * company.retention_letter_cost
            )
        measures["keeping"] = sum(measures[key] or 0.0 for key in ("service", "redress", "campaigns", "care"))
        return measures

    @api.model
    def _measure_customers(self, period):
        """:return: tuple: dict of counts and margins; of those active before ``{(tier, late): Cell}``"""
        # sudo: as in _sum
        rows = (
            self.env[CUSTOMERS]
            .sudo()
            .with_context(**period.context)
            ._read_group([], ["tier_id", "slipping"], [f"{name}:sum" for name in (*SUMS, *AMOUNTS)])
        )
        totals = dict.fromkeys((*SUMS, *AMOUNTS), 0)
        cells = {}
        for tier, late, *numbers in rows:
            row = dict(zip(totals, (number or 0 for number in numbers), strict=True))
            totals = {name: total + row[name] for name, total in totals.items()}
            if row["was_active"]:
                key = (tier, late)
                cells[key] = cells.get(key, NOBODY) + Cell(row["was_active"], row["kept"], float(row["kept_margin"]))
        names = {"kept_margin": "margin_kept", "was_active": "base", "is_new": "new"}
        return {names.get(name, name): total for name, total in totals.items()}, cells

    @api.model
    def _measure_winning(self, period, new):
        """:return: cost of acquiring the ``new`` customers; None where it is not entered"""
        company = self.env.company.sudo()  # sudo: what the settings say
        if company.retention_acquisition_account_id:
            [amount] = self._sum("acquisition", period, "amount:sum")
            return -(amount or 0.0)
        return new * company.retention_acquisition_cost if company.retention_acquisition_cost else None

    @api.model
    def _measure_campaigns(self, period):
        """:return: dict of what campaigns have done against their control groups; None where no result became final"""
        model, domain, _title = self._get_records("measured", period)
        # sudo: as in _sum
        campaigns = self.env[model].sudo().search(domain)
        keys = ("effect_total", "effect_low", "effect_high", "effect_cost", "effect_profit", "effect_return")
        measures = {"measured": len(campaigns)} | dict.fromkeys(keys)
        if campaigns:
            effects = [
                [campaign.effect_total, *(end * campaign.result_treated for end in ends)]
                for campaign in campaigns
                for ends in [(campaign.effect_low, campaign.effect_high)]
            ]
            total, low, high = total_interval(effects)
            cost, profit = (sum(campaigns.mapped(name)) for name in ("cost_total", "profit"))
            rate = self._percent(profit, cost)
            measures |= dict(zip(keys, (total, low, high, cost, profit, rate), strict=True))
        return measures

    @api.model
    def _measure_effects(self, period):
        days, answers = self._sum("answer_days", period, "days_to_answer:avg", "days_to_answer:count")
        on_time, judged = self._sum("on_time", period, "on_time:avg", "on_time:count")
        satisfaction, ratings = self._sum("satisfaction", period, "rating:avg", "__count")
        return {
            "answer_days": days if answers else None,
            "on_time": 100 * on_time if judged else None,
            "satisfaction": satisfaction if ratings else None,
        }
