from markupsafe import Markup
from odoo import api, models
from odoo.tools import formatLang

from ...analytics.campaign.result_picture import draw_result
from ...analytics.core.drawing import BLUE, GREY, PALE, draw_interval, draw_key

# Amounts that the page says in words, too
IN_WORDS = ("effect_total", "cost_total", "profit")

VERDICTS = ("better", "worse")

COLORS = {
    "success": "#1e7e34",
    "danger": "#b02a37",
    "secondary": "#555555",
    "warning": "#8a6100",
    "info": "#1b6f80",
}


class CustomerRetentionResultPdf(models.AbstractModel):
    """What a campaign was and what it brought, on one page, in the language of the user who prints it."""

    _name = "report.customer_value.report_retention_result"
    _description = "Result of a Retention Campaign (PDF)"
    _inherit = ["customer.value.pages"]
    _prints = "customer.retention.campaign"

    @api.model
    def _get_page(self, campaign):
        """:return: dict of ``result`` (see ``get_result``), ``state`` (label), ``color`` of the verdict, ``facts`` and
        ``figures`` (lists of label and text), ``words`` (list of label, amount and amount in words), ``pictures``
        (list of ``title``, ``legend`` and ``svg``), ``interval`` (SVG, or False) and its ``legend``
        """
        result = campaign.get_result()
        return {
            "result": result,
            "subtitle": self._say_subtitle(campaign),
            "color": COLORS[result["tone"]],
            "facts": self._get_facts(campaign),
            "figures": self._get_figures(campaign),
            "words": self._get_words(campaign),
            "pictures": self._get_pictures(campaign, result),
            "interval": self._draw_interval(result["interval"], COLORS[result["tone"]]),
            "legend": self._say_interval(campaign),
        }

    @api.model
    def _draw_interval(self, interval, color):
        if not interval:
            return False
        names = ("low", "effect", "high", "worthwhile")
        # Markup: what draws escapes all that it is given; so below
        return Markup(draw_interval(*(interval[name] for name in names), color))

    @api.model
    def _say_subtitle(self, campaign):
        values = {"company": campaign.company_id.name, "state": self._label(campaign, "state")}
        if not campaign.result_state:
            return self.env._("Result of a retention campaign of %(company)s. State: %(state)s.", **values)
        return self.env._(
            "Result of a retention campaign of %(company)s. State: %(state)s. Measured up to %(date)s.",
            date=self._day(campaign.result_date),
            **values,
        )

    @api.model
    def _say_interval(self, campaign):
        names = {"effect": "effect", "low": "effect_low", "high": "effect_high", "worthwhile": "result_worthwhile"}
        return self.env._(
            "Line: no difference. Dot: effect per customer, %(effect)s. Bar: between %(low)s and %(high)s. "
            "Dotted: worthwhile from %(worthwhile)s.",
            **{key: self._money(campaign, campaign[name]) for key, name in names.items()},
        )

    @api.model
    def _label(self, record, name):
        return dict(record._fields[name]._description_selection(self.env)).get(record[name], "")

    @api.model
    def _number(self, number, digits=0):
        return formatLang(self.env, number, digits=digits)

    @api.model
    def _money(self, campaign, amount):
        return formatLang(self.env, amount, currency_obj=campaign.currency_id)

    @api.model
    def _day(self, day):
        return self.env["ir.qweb.field.date"].value_to_html(day, {}) if day else "–"

    # -- what was done -----------------------------------------------------------------------------------------------

    @api.model
    def _get_facts(self, campaign):
        """Audience, purpose, offer, schedule, responsible and control group: list of (label, sentence)."""
        return [
            (self.env._("Audience"), self._say_whom(campaign)),
            (self.env._("Reason"), self._join(self._label(campaign, "purpose"), campaign.reason_id.name)),
            (self.env._("Details"), self._say_what(campaign)),
            (self.env._("Schedule"), self._say_when(campaign)),
            (self.env._("Assigned to"), self._say_who(campaign)),
            (self.env._("Control group"), self._say_holdout(campaign)),
        ]

    @api.model
    def _join(self, *parts):
        return " · ".join(part for part in parts if part)

    @api.model
    def _say_whom(self, campaign):
        if not campaign.member_count:
            return self.env._(
                "Customers have not been assigned to groups yet. Selected from: %s", campaign.audience_text
            )
        # sudo: counts of the whole campaign, whatever partners the reader may see
        tiers = (
            self.env["customer.retention.member"]
            .sudo()
            ._read_group([("campaign_id", "=", campaign.id)], ["tier_id"], ["__count"])
        )
        parts = [
            self.env._("%(tier)s %(count)s", tier=tier.name or self.env._("without a tier"), count=self._number(count))
            for tier, count in sorted(tiers, key=lambda row: (not row[0], -row[0].entry_score, row[0].id or 0))
        ]
        return self.env._(
            "%(count)s customers, selected from: %(audience)s (%(tiers)s)",
            count=self._number(campaign.member_count),
            audience=campaign.audience_text,
            tiers=", ".join(parts),
        )

    @api.model
    def _say_what(self, campaign):
        # sudo: the name of the product, shown also to users who may not open products
        return self._join(
            self.env._(
                "%(offer)s (%(kind)s)", offer=campaign.offer_id.name, kind=self._label(campaign.offer_id, "kind")
            ),
            campaign.product_id.sudo().display_name,
        )

    @api.model
    def _say_when(self, campaign):
        return self.env._(
            "Offers %(first)s – %(last)s, orders count until %(until)s",
            first=self._day(campaign.date_start),
            last=self._day(campaign.date_end),
            until=self._day(campaign.measure_until),
        )

    @api.model
    def _say_who(self, campaign):
        # sudo: names of colleagues
        people = campaign.user_ids.sudo().mapped("name") if campaign.executor == "users" else []
        return self._join(
            ", ".join(people) or self._label(campaign, "executor"),
            campaign.user_id and self.env._("responsible: %s", campaign.user_id.sudo().name),
        )

    @api.model
    def _say_holdout(self, campaign):
        seed = campaign.seed or "–"
        if not campaign.member_count:
            if not campaign.holdout_percent:
                return self.env._("None: the effect of the campaign will not be measurable.")
            return self.env._(
                "%(share)s%%, selected at random at the start with the seed “%(seed)s”",
                share=self._number(campaign.holdout_percent, 1),
                seed=seed,
            )
        if not campaign.holdout_count:
            return self.env._("None: the effect of the campaign cannot be measured.")
        return self.env._(
            "%(count)s of %(all)s customers (%(share)s%%), selected at random with the seed “%(seed)s” within "
            "each tier and margin group",
            count=self._number(campaign.holdout_count),
            all=self._number(campaign.member_count),
            share=self._number(100 * campaign.holdout_count / campaign.member_count, 1),
            seed=seed,
        )

    # -- what came out -----------------------------------------------------------------------------------------------

    @api.model
    def _get_figures(self, campaign):
        """:return: list of (label, text); profit and return only where a verdict claims an effect"""
        if not campaign.result_state:
            return []
        unknown = self.env._("not enough data yet") if campaign.result_state == "early" else "–"
        if campaign.result_state == "underpowered":
            unknown = self.env._("not enough data")
        claimed = campaign.result_state in VERDICTS
        figures = [
            (self.env._("Cost"), self._money(campaign, campaign.cost_total)),
            (self.env._("Profit"), self._money(campaign, campaign.profit) if claimed else unknown),
        ]
        if campaign.cost_total > 0:
            text = self.env._("%s%%", self._number(100 * campaign.return_rate)) if claimed else unknown
            figures.append((self.env._("Return"), text))
        if campaign.result_treated and campaign.result_holdout:
            shares = {
                "treated": self._number(100 * campaign.retained_treated, 1),
                "holdout": self._number(100 * campaign.retained_holdout, 1),
            }
            figures.append(
                (
                    self.env._("Share that ordered: offer group and control group"),
                    self.env._("%(treated)s%% / %(holdout)s%%", **shares),
                )
            )
        return figures

    @api.model
    def _get_words(self, campaign):
        if not campaign.result_state:
            return []
        names = IN_WORDS if campaign.result_state in VERDICTS else ("cost_total",)
        return [
            (
                campaign._fields[name]._description_string(self.env),
                self._money(campaign, campaign[name]),
                campaign.currency_id._value_amount_in_words(campaign[name]),
            )
            for name in names
        ]

    @api.model
    def _get_pictures(self, campaign, result):
        if not result["points"]:
            return []

        def picture(title, names, legend, band=None):
            svg = draw_result(result, names, self._number, self._day, band)
            keys = [(Markup(draw_key(color)), text) for color, text in legend]
            return {"title": title, "svg": Markup(svg), "legend": keys}

        pictures = [
            picture(
                self.env._("Cumulative margin per customer (%s)", campaign.currency_id.name),
                ["margin_treated", "margin_holdout"],
                [(BLUE, self.env._("Offer group")), (GREY, self.env._("Control group"))],
            ),
            picture(
                self.env._("Difference, adjusted for the prior period (%s)", campaign.currency_id.name),
                ["effect"],
                [(BLUE, self.env._("Difference")), (PALE, self.env._("Interval"))],
                band=("effect_low", "effect_high"),
            ),
        ]
        return [drawn for drawn in pictures if drawn["svg"]]
