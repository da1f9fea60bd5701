from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.risk.expectation import NOBODY, Cell, total_interval
from ...analytics.scoring.purchases import is_purchase_sql
from ...models.scoring.customer_value_source import CustomerScope
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
    def _books(self):
        """What customers cost counts as their margin does: with the branches whose orders count."""
        return Domain("company_id", "in", self.env.company._get_value_books().ids)

    @api.model
    def _records_tickets(self, period):
        """Tickets and complaints closed; duplicates and merged ones are the same told twice."""
        complaint = Domain("is_complaint", "=", True)
        closed = (
            complaint & Domain("complaint_state", "=", "closed") & self._within("complaint_closed_on", period)
        ) | (~complaint & Domain("stage_id.closed", "=", True) & self._within("closed_date", period))
        return "helpdesk.ticket", self._books() & Domain("duplicate_id", "=", False) & closed

    @api.model
    def _records_service(self, period):
        account = self.env.company.sudo().retention_service_account_id
        if account:
            return self._records_accounts(account, period)
        model, domain = self._records_tickets(period)
        # what a campaign has booked for its tickets counts there
        # sudo: the figure of the company, whatever tickets the reader may see
        booked = (
            self.env["customer.retention.member"]
            .sudo()
            ._search(self._books() & Domain("ticket_id", "!=", False) & Domain("cost", ">", 0))
        )
        tickets = self.env[model].sudo().search(domain & Domain("id", "in", booked.subselect("ticket_id")))
        return model, domain & Domain("id", "not in", tickets.ids)

    @api.model
    def _records_accounts(self, accounts, period):
        """Analytic lines of the accounts; credit notes of redress are left out, for redress is counted already."""
        # a line has a column for each plan
        booked = Domain.OR(
            Domain(plan._column_name(), "in", own.ids) for plan, own in accounts.grouped("plan_id").items()
        )
        lines = self._books() & booked & Domain("date", ">=", period.first) & Domain("date", "<=", period.last)
        # sudo: as in _records_service
        redress = (
            self.env["customer.complaint.redress"]
            .sudo()
            ._search(self._books() & Domain("state", "=", "done") & Domain("move_id", "!=", False))
        )
        counted = Domain("move_line_id.move_id", "in", redress.subselect("move_id"))
        counted = self.env["account.analytic.line"].sudo().search(lines & counted)
        return "account.analytic.line", lines & Domain("id", "not in", counted.ids)

    @api.model
    def _records_redress(self, period):
        done = self._books() & Domain("state", "=", "done") & self._within("done_on", period)
        return "customer.complaint.redress", done

    @api.model
    def _get_final_domain(self):
        """Campaigns whose result is final and known. Those that found nothing are among them."""
        return Domain("result_state", "not in", (False, "early")) & Domain("is_effect_known", "=", True)

    @api.model
    def _get_pending_domain(self):
        """Campaigns with a control group whose result is not final yet."""
        return (
            Domain("result_state", "in", (False, "early"))
            & Domain("state", "!=", "draft")
            & Domain("member_ids.arm", "=", "holdout")
        )

    @api.model
    def _records_campaigns(self, period):
        """Offers: those of campaigns with a control group in the period in which their result is final, so that effect
        and cost stand together; others on their day.
        """
        # sudo: as in _records_service
        Campaign = self.env["customer.retention.campaign"].sudo()
        books = self._books()
        with_control = Campaign._search(books & (self._get_final_domain() | self._get_pending_domain()))
        _model, measured = self._records_measured(period)
        offered = Domain("offered_on", "!=", False)
        domain = (offered & Domain("campaign_id", "in", Campaign.search(measured).ids)) | (
            self._within("offered_on", period) & Domain("campaign_id", "not in", list(with_control))
        )
        return "customer.retention.member", books & domain

    @api.model
    def _records_offers(self, period):
        """Offers by the day on which they were made."""
        return "customer.retention.member", self._books() & self._within("offered_on", period)

    @api.model
    def _records_face_value(self, period):
        model, domain = self._records_offers(period)
        return model, domain & Domain("face_value", "!=", 0)

    @api.model
    def _records_pending(self, period):
        """Campaigns still being measured in the period: neither their effect nor their cost is in it."""
        going_on = Domain("date_start", "<=", period.last) & Domain("measure_until", ">=", period.first)
        return "customer.retention.campaign", self._books() & self._get_pending_domain() & going_on

    @api.model
    def _records_margin_above(self, _period):
        return CUSTOMERS, Domain("was_active", "=", 1) & Domain("measured", "=", 0)

    @api.model
    def _records_care(self, period):
        done = (
            Domain("state", "=", "done") & Domain("done_on", ">=", period.first) & Domain("done_on", "<=", period.last)
        )
        return "customer.value.care", self._books() & done

    @api.model
    def _records_acquisition_booked(self, period):
        return self._records_accounts(self.env.company.sudo().retention_acquisition_account_ids, period)

    @api.model
    def _records_acquisition_work(self, period):
        """Activities done on leads, opportunities and quotations for those who had not ordered before.

        What was in vain is part of it: it took all of it to win those who came.
        """
        self.env["mail.activity"].flush_model()
        self.env["crm.lead"].flush_model(["partner_id", "company_id", "team_id", "user_id"])
        self.env["sale.order"].flush_model(["value_customer_id", "company_id", "state", "date_order"])
        self.env["sale.order"]._flush_purchases()
        scope = period.scope(self.env.company)
        Source, tills = self.env["customer.value.source"], SQL()
        if Source._has_tills():
            buyer = CustomerScope(**vars(scope), customer=SQL("rp.commercial_partner_id"))
            tills = SQL(
                "AND NOT EXISTS (SELECT FROM (%s) earlier WHERE earlier.day < work.date_done)",
                Source._till_purchases_sql(buyer),
            )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT work.id
                  FROM (
                        SELECT activity.id, activity.date_done, lead.partner_id,
                               COALESCE(lead.company_id, team.company_id, seller.company_id) AS company_id
                          FROM mail_activity activity
                          JOIN crm_lead lead ON lead.id = activity.res_id AND activity.res_model = 'crm.lead'
                          LEFT JOIN crm_team team ON team.id = lead.team_id
                          LEFT JOIN res_users seller ON seller.id = lead.user_id
                         WHERE %(done)s
                         UNION ALL
                        SELECT activity.id, activity.date_done, so.value_customer_id, so.company_id
                          FROM mail_activity activity
                          JOIN sale_order so ON so.id = activity.res_id AND activity.res_model = 'sale.order'
                         WHERE %(done)s
                       ) work
                  LEFT JOIN res_partner rp ON rp.id = work.partner_id
                 WHERE work.company_id = %(company)s
                   AND NOT EXISTS (SELECT FROM sale_order earlier
                                     JOIN res_partner buyer ON buyer.id = earlier.value_customer_id
                                    WHERE buyer.commercial_partner_id = rp.commercial_partner_id
                                      AND earlier.company_id = %(company)s AND earlier.state = 'sale'
                                      AND %(ordered)s < work.date_done AND %(is_purchase)s)
                   %(tills)s
                """,
                done=SQL(
                    "activity.active IS NOT TRUE AND activity.automated IS NOT TRUE"
                    " AND activity.date_done BETWEEN %s AND %s",
                    period.first,
                    period.last,
                ),
                company=scope.books,
                ordered=scope.day(SQL("earlier.date_order")),
                is_purchase=is_purchase_sql("earlier"),
                tills=tills,
            )
        )
        return "mail.activity", Domain("active", "=", False) & Domain("id", "in", [row for (row,) in rows])

    @api.model
    def _records_on_time(self, period):
        return "customer.complaint.report", self._books() & self._within("judged_on", period)

    @api.model
    def _records_answer_days(self, period):
        return "customer.complaint.report", self._books() & self._within("answered_on", period)

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
            self._books() & Domain("duplicate_id", "=", False) & Domain("id", "in", ratings.mapped("res_id"))
        )
        return "rating.rating", rated & Domain("res_id", "in", ours.ids)

    @api.model
    def _records_measured(self, period):
        """Campaigns whose last day measured is in the period and whose result is final and known.

        Those that found nothing, or too little to be sure of, are among them: to count successes only would be to
        choose the result.
        """
        within = Domain("measure_until", ">=", period.first) & Domain("measure_until", "<=", period.last)
        return "customer.retention.campaign", self._books() & self._get_final_domain() & within

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
            amount, lines = self._sum("service", period, "amount:sum", "__count")
            measures["service"] = -(amount or 0.0)
            measures["service_lines"] = lines
        elif company.retention_ticket_cost:
            [count] = self._sum("service", period, "__count")
            measures |= {"service": count * company.retention_ticket_cost, "tickets_counted": count}
        measures["redress_count"], redress = self._sum("redress", period, "__count", "cost:sum")
        measures["offers"], cost = self._sum("campaigns", period, "__count", "cost:sum")
        [face_value] = self._sum("face_value", period, "face_value:sum")
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
        known = (
            measures.get("service_lines") or measures.get("tickets_counted"),
            measures["redress_count"] or measures["offers"],
            measures["care"] is not None and (measures["activities"] or measures["letters"]),
        )
        measures["keeping_known"] = any(known)
        measures["keeping"] = sum(measures[key] or 0.0 for key in ("service", "redress", "campaigns", "care"))
        return measures

    @api.model
    def _measure_customers(self, periods):
        """:return: for each period a tuple: dict of counts and margins; of those active before
        ``{(tier, late): Cell}``, all of them, and those in no measured campaign
        """
        # sudo: as in _sum
        Rows = self.env[CUSTOMERS].sudo()
        names = (*SUMS, *AMOUNTS)
        return [
            self._add_up_customers(names, rows)
            for rows in Rows._read_sums(periods, ("tier_id", "slipping", "measured"), names)
        ]

    @api.model
    def _add_up_customers(self, names, rows):
        Tier = self.env["customer.value.tier"].sudo()
        totals = dict.fromkeys(names, 0)
        cells, compared = {}, {}
        for tier_id, late, measured, *numbers in rows:
            row = dict(zip(totals, numbers, strict=True))
            totals = {name: total + row[name] for name, total in totals.items()}
            if row["was_active"]:
                cell = Cell(row["was_active"], row["kept"], float(row["kept_margin"]))
                for group in (cells,) if measured else (cells, compared):
                    key = Tier.browse(tier_id or ()), late
                    group[key] = group.get(key, NOBODY) + cell
        keys = {"kept_margin": "margin_kept", "was_active": "base", "is_new": "new"}
        return {keys.get(name, name): total for name, total in totals.items()}, cells, compared

    @api.model
    def _measure_acquisition(self, period):
        """:return: dict of what acquiring customers cost by the records, None where there are none of the kind"""
        company = self.env.company.sudo()  # sudo: what the settings say
        measures = dict.fromkeys(("acquisition", "acquisition_booked", "acquisition_work"))
        if company.retention_acquisition_account_ids:
            amount, lines = self._sum("acquisition_booked", period, "amount:sum", "__count")
            measures["acquisition_booked"] = -amount if lines else None
        if company.retention_sales_activity_cost:
            [count] = self._sum("acquisition_work", period, "__count")
            measures["acquisition_count"] = count
            measures["acquisition_work"] = count * company.retention_sales_activity_cost if count else None
        known = [measures[key] for key in ("acquisition_booked", "acquisition_work") if measures[key] is not None]
        measures["acquisition"] = sum(known) if known else None
        return measures

    @api.model
    def _compare_costs(self, measures):
        """:return: dict of the cost of acquiring and of keeping one customer, and how many times the first is the other

        A time without records of a side has no such cost: nothing booked is not the same as nothing spent.
        """
        winning, keeping = measures["acquisition"], measures["keeping"] if measures["keeping_known"] else None
        new, kept = measures["new"], measures["kept"]
        per_new = winning / new if winning is not None and new else None
        per_kept = keeping / kept if keeping is not None and kept else None
        # more booked back than spent is no cost that anything could be a multiple of
        comparable = per_new is not None and per_new >= 0 and per_kept is not None and per_kept > 0
        return {"per_new": per_new, "per_kept": per_kept, "ratio": per_new / per_kept if comparable else None}

    @api.model
    def _measure_campaigns(self, period):
        """:return: dict of what campaigns have done against their control groups; None where no result became final"""
        model, domain, _title = self._get_records("measured", period)
        # sudo: as in _sum
        campaigns = self.env[model].sudo().search(domain)
        keys = ("effect_total", "effect_low", "effect_high", "effect_cost", "effect_profit", "effect_return")
        [pending] = self._sum("pending", period, "__count")
        measures = {"measured": len(campaigns), "pending": pending} | dict.fromkeys(keys)
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
