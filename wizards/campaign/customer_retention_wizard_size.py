import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

# So many customers are looked at while somebody types; more wait for the button.
LIVE = 2_000


class CustomerRetentionWizard(models.TransientModel):
    """How many, what it costs, and what the size can show."""

    _inherit = "customer.retention.wizard"

    is_current = fields.Boolean(help="The size shown corresponds to the current selection.")
    audience_count = fields.Integer(string="Audience Size")
    elsewhere_count = fields.Integer(string="In Other Campaigns")
    elsewhere_holdout_count = fields.Integer(string="In Other Control Groups")
    elsewhere_text = fields.Char(compute="_compute_elsewhere_text")
    left_count = fields.Integer(string="Eligible")
    breakdown = fields.Json(help="List of [code, label, customers]: selected, excluded per reason, eligible.")
    margin_average = fields.Monetary(
        string="Average Margin", help="For eligible customers, over a prior period as long as the measurement."
    )
    margin_deviation = fields.Float(help="Standard deviation of the prior margin, in company currency per customer.")
    margin_correlation = fields.Float(help="Correlation with the margin of the period before that.")
    keep_known = fields.Integer(help="Eligible customers whose lifetime value is forecast.")
    keep_average = fields.Monetary(
        string="Most to Spend per Customer",
        help="On keeping one of the eligible customers, on average, by the forecast of their lifetime values.",
    )
    keep_dear = fields.Integer(help="Eligible customers on whom less may be spent than the offer costs.")
    keep_text = fields.Text(compute="_compute_keep_text")

    treated_count = fields.Integer(compute="_compute_size", string="Offer Group")
    holdout_count = fields.Integer(compute="_compute_size", string="Control Group")
    unit_cost = fields.Monetary(compute="_compute_size", string="Cost per Customer")
    cost = fields.Monetary(compute="_compute_size", string="Maximum Cost")
    is_over_budget = fields.Boolean(compute="_compute_size")
    detectable_effect = fields.Monetary(
        compute="_compute_size",
        help="The smallest difference in margin per customer that the campaign would detect.",
    )
    detectable_percent = fields.Float(compute="_compute_size", string="% of Average Margin")
    is_detectable = fields.Boolean(compute="_compute_size")
    is_too_small = fields.Boolean(compute="_compute_size")
    has_warning = fields.Boolean(compute="_compute_size")
    size_text = fields.Text(compute="_compute_size")
    cost_text = fields.Text(compute="_compute_size")

    @api.depends(
        "left_count", "margin_average", "margin_deviation", "margin_correlation", "holdout_percent", "confidence",
        "power", "offer_id", "budget", "campaign_id", "is_current",
    )  # fmt: skip
    def _compute_size(self):
        for wizard in self:
            campaign = wizard.campaign_id
            share = min(max(wizard.holdout_percent / 100, 0), 1)
            wizard.holdout_count = round(wizard.left_count * share)
            wizard.treated_count = wizard.left_count - wizard.holdout_count
            unit_cost = sum(wizard.offer_id._get_unit_cost()) if wizard.offer_id else 0.0
            # as it is booked
            wizard.unit_cost = wizard.currency_id.round(unit_cost) if wizard.currency_id else unit_cost
            wizard.cost = wizard.treated_count * wizard.unit_cost
            spent = sum(campaign._get_booked().values()) if wizard.is_adding else 0.0
            wizard.is_over_budget = bool(wizard.budget) and (
                wizard.currency_id.compare_amounts(wizard.cost + spent, wizard.budget) > 0
            )
            effect = math.inf
            if 50 <= wizard.confidence < 100 and 50 <= wizard.power < 100:
                effect = (
                    self.env["customer.retention.campaign"]
                    .new({"confidence": wizard.confidence, "power": wizard.power})
                    ._get_detectable_effect(
                        wizard.treated_count + (campaign.treatment_count if wizard.is_adding else 0),
                        wizard.holdout_count + (campaign.holdout_count if wizard.is_adding else 0),
                        {"deviation": wizard.margin_deviation, "correlation": wizard.margin_correlation},
                    )
                )
            wizard.is_detectable = math.isfinite(effect)
            wizard.detectable_effect = effect if wizard.is_detectable else 0.0
            average = wizard.margin_average
            wizard.detectable_percent = 100 * wizard.detectable_effect / average if average > 0 else 0.0
            wizard.is_too_small = (
                bool(wizard.left_count)
                and bool(wizard.holdout_percent)
                and (not wizard.is_detectable or average <= 0 or effect > average)
            )
            wizard.has_warning = (
                not wizard.left_count or wizard.is_too_small or wizard.is_over_budget or not wizard.holdout_percent
            )
            wizard.size_text = wizard._describe_size()
            wizard.cost_text = wizard._describe_cost(spent)

    @api.depends("keep_known", "keep_average", "keep_dear", "unit_cost", "purpose", "is_current")
    def _compute_keep_text(self):
        """What may be spent on keeping the customers, beside what the offer costs; False where it is not about that."""
        for wizard in self:
            money = wizard.currency_id.format
            if not wizard.is_current or not wizard.keep_known or wizard.purpose != "retention":
                wizard.keep_text = False
            elif wizard.keep_dear:
                wizard.keep_text = self.env._(
                    "The offer costs %(cost)s per customer. For %(count)s of %(known)s customers this is more than "
                    "should be spent on keeping them; the average is %(average)s.",
                    cost=money(wizard.unit_cost),
                    count=wizard.keep_dear,
                    known=wizard.keep_known,
                    average=money(wizard.keep_average),
                )
            else:
                wizard.keep_text = self.env._(
                    "The offer costs no more than should be spent on keeping each customer: %s on average.",
                    money(wizard.keep_average),
                )

    def action_use_keep_budget(self):
        """Take what may be spent on keeping all customers of the offer group as the budget."""
        self.ensure_one()
        self.check_access("write")
        self.budget = self.currency_id.round(self.keep_average * self.treated_count)

    def _measure_keeping(self):
        """What may be spent on keeping the eligible customers, of whom a forecast is known.

        :return: dict of fields of the wizard
        """
        cost = sum(self.offer_id._get_unit_cost()) if self.offer_id else 0.0
        [(known, average, dear)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*), COALESCE(avg(future.keep_budget), 0), count(*) FILTER (WHERE future.keep_budget < %s)
                  FROM customer_retention_candidate c
                  JOIN customer_lifetime_value future
                       ON future.partner_id = c.partner_id AND future.company_id = %s AND future.purchases > 0
                 WHERE c.excluded_by IS NULL
                """,
                cost,
                self.company_id.id,
            )
        )
        return {"keep_known": known, "keep_average": self.currency_id.round(float(average)), "keep_dear": dear}

    def _describe_size(self):
        """What there is to warn of in the size, in words; False if nothing."""

        def money(amount):
            return formatLang(self.env, amount, currency_obj=self.currency_id)

        if not self.is_too_small:
            return False
        if not self.is_detectable:
            return self.env._(
                "There are too few customers to measure an effect. Choose more customers, or a larger control group; "
                "otherwise the result will be “not enough data”."
            )
        return self.env._(
            "The campaign is too small to measure its effect. It can only detect a difference of %(effect)s per "
            "customer, but the average margin in the prior period was %(average)s. Choose more customers, a "
            "larger control group or a longer period; otherwise the result will be “not enough data”.",
            effect=money(self.detectable_effect),
            average=money(self.margin_average),
        )

    def _describe_cost(self, spent):
        """:param spent: booked and promised already, company currency"""
        if not self.is_over_budget:
            return False
        reached = self.env["customer.retention.campaign"]._count_units(
            self.budget - spent, self.unit_cost, self.currency_id
        )
        return self.env._(
            "The budget of %(budget)s covers only %(reached)s of %(treated)s customers. The campaign pauses when "
            "it is used up; the other customers count for the result without having received an offer.",
            budget=formatLang(self.env, self.budget, currency_obj=self.currency_id),
            reached=reached,
            treated=self.treated_count,
        )

    @api.depends("audience_count", "elsewhere_count", "elsewhere_holdout_count")
    def _compute_elsewhere_text(self):
        """How many are taken already, in words; False if none."""
        for wizard in self:
            elsewhere, selected = wizard.elsewhere_count, wizard.audience_count
            control = wizard.elsewhere_holdout_count
            if not elsewhere:
                wizard.elsewhere_text = False
            elif control:
                wizard.elsewhere_text = self.env._(
                    "Left out, as in another running campaign: %(elsewhere)s of the %(selected)s selected customers, "
                    "%(control)s of them in its control group.",
                    elsewhere=elsewhere,
                    selected=selected,
                    control=control,
                )
            else:
                wizard.elsewhere_text = self.env._(
                    "Left out, as in another running campaign: %(elsewhere)s of the %(selected)s selected customers.",
                    elsewhere=elsewhere,
                    selected=selected,
                )

    # -- preview -------------------------------------------------------------------------------------------------------

    @api.onchange(
        "campaign_id", "audience", "filter_id", "segment_id", "audience_model", "audience_domain", "reason_id",
        "offer_id", "product_id", "user_id", "executor", "date_start", "measure_until",
    )  # fmt: skip
    def _onchange_choices(self):
        """Small audiences are looked at anew at once, large ones when the button is pressed."""
        self.is_current = False
        model, domain = self._get_audience()
        if not model:
            return
        try:
            counts = self._count_audience(model, domain)
        except UserError as error:
            # a draft whose audience cannot be read any more opens for another choice, and its text says what is wrong
            if self.audience == "selected" and self.campaign_id.state == "draft" and self._can_go_on(error):
                return
            raise
        self.audience_count, self.elsewhere_count, self.elsewhere_holdout_count = counts
        if self.audience_count <= LIVE:
            self._preview()

    def _count_audience(self, model, domain):
        """:return: three numbers: customers in the audience, in another running campaign, in its control group"""
        campaign = self._get_planned()
        audience = campaign._get_audience_sql(model, domain)
        self.env.flush_all()
        with self.env["customer.retention.campaign"]._reading_audience():
            [counts] = self.env.execute_query(
                SQL(
                    "SELECT count(*), %s FROM (%s) c",
                    campaign._elsewhere_counts_sql(),
                    audience,
                )
            )
        return counts

    def _get_planned(self):
        """The campaign as it would be: the running one, or a new one that is not stored."""
        if self.is_adding:
            return self.campaign_id
        return self.env["customer.retention.campaign"].new(
            self._get_campaign_values(), origin=self.campaign_id._origin or None
        )

    def _preview(self):
        """Work out how many there are and what is known of them. Nothing is stored but on the wizard."""
        campaign = self._get_planned()
        model, domain = self._get_audience(required=True)
        campaign._collect_candidates(model, domain)
        counts = campaign._count_candidates()
        measured = campaign._measure_candidates()
        [[elsewhere, elsewhere_holdout]] = self.env.execute_query(
            SQL(
                "SELECT %s FROM customer_retention_candidate c WHERE c.excluded_by = 'other_campaign'",
                campaign._elsewhere_counts_sql(),
            )
        )
        total = sum(counts.values())
        self.update(
            {
                "audience_count": total,
                "elsewhere_count": elsewhere,
                "elsewhere_holdout_count": elsewhere_holdout,
                "left_count": counts.get(None, 0),
                "breakdown": [
                    ["audience", self.env._("Selected"), total],
                    *(
                        [code, label, counts[code]]
                        for code, label, _condition in campaign._get_exclusions()
                        if counts.get(code)
                    ),
                    ["left", self.env._("Eligible"), counts.get(None, 0)],
                ],
                "margin_average": measured["average"],
                "margin_deviation": measured["deviation"],
                "margin_correlation": measured["correlation"],
                "is_current": True,
                **self._measure_keeping(),
            }
        )

    # -- the customers -------------------------------------------------------------------------------------------------

    def action_view_candidates(self, code):
        """The list of those in the audience, as they are now.

        :param str code: ``audience`` for all, ``left`` for eligible customers, or that of an exclusion
        """
        self.ensure_one()
        self.check_access("write")
        campaign = self._get_planned()
        campaign._collect_candidates(*self._get_audience(required=True))
        labels = {code: label for code, label, _condition in campaign._get_exclusions()}
        conditions = {"audience": SQL("TRUE"), "left": SQL("c.excluded_by IS NULL")}
        titles = {"audience": self.env._("Selected"), "left": self.env._("Eligible")} | labels
        cr = self.env.cr
        cr.execute(SQL("DELETE FROM customer_retention_wizard_candidate WHERE wizard_id = %s", self.id))
        cr.execute(
            SQL(
                """INSERT INTO customer_retention_wizard_candidate
                          (wizard_id, partner_id, tier_id, user_id, margin_before, order_count, keep_budget, reason,
                           create_uid, create_date, write_uid, write_date)
                   SELECT %s, c.partner_id, c.tier_id, c.user_id, c.margin_before, c.order_count, future.keep_budget,
                          label.reason,
                          %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC'
                     FROM customer_retention_candidate c
                     LEFT JOIN unnest(%s::varchar[], %s::varchar[]) AS label (code, reason)
                       ON label.code = c.excluded_by
                     LEFT JOIN customer_lifetime_value future
                       ON future.partner_id = c.partner_id AND future.company_id = %s
                    WHERE %s""",
                self.id,
                self.env.uid,
                self.env.uid,
                list(labels),
                list(labels.values()),
                self.company_id.id,
                conditions.get(code) or SQL("c.excluded_by = %s", code),
            )
        )
        self.env["customer.retention.wizard.candidate"].invalidate_model()
        return {
            "type": "ir.actions.act_window",
            "name": titles.get(code, code),
            "res_model": "customer.retention.wizard.candidate",
            "views": [(False, "list")],
            "domain": [("wizard_id", "=", self.id)],
        }
