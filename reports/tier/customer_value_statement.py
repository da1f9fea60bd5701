from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ...analytics.core.drawing import BLUE, draw_gauge, draw_lines

# Changes of tier listed, the last first
HISTORY = 12


class CustomerValueStatement(models.AbstractModel):
    """The PDF about the value of one customer, for account managers, in the language of the user who prints it."""

    _name = "report.customer_value.report_statement"
    _description = "Customer Value Statement"
    _inherit = ["customer.value.pages"]
    _prints = "customer.value.score"

    @api.model
    def _get_page(self, score):
        explanation = score.get_explanation()
        currency = score.currency_id
        return {
            "gauge": self._get_gauge(score.score),
            "trend": self._get_trend(score._get_trend()),
            "lines": [self._get_line(line, currency) for line in explanation["lines"]],
            "gate": explanation["gate"],
            "sentences": self._get_sentences(score),
            "revenue_words": currency._value_amount_in_words(score.revenue),
            "margin_words": currency._value_amount_in_words(score.margin),
            "benefits": self._get_benefits(score),
            "tiers": self._get_tiers(score),
        }

    @api.model
    def _get_line(self, line, currency):
        """A dimension: the raw number in words of the reader, and how long its bars are in percent of the page."""
        raw, unit = line["raw"], line["unit"]
        if raw is None:
            text = self.env._("unknown")
        elif unit == "money":
            text = formatLang(self.env, raw, currency_obj=currency)
        else:
            digits = 0 if raw == int(raw) else 1
            text = f"{formatLang(self.env, raw, digits=digits)} {line['unit_label']}".strip()
        return line | {
            "raw_text": text,
            "filled": 100 * line["contribution"] / line["maximum"] if line["maximum"] else 0,
        }

    @api.model
    def _get_gauge(self, score):
        # Markup: what draws escapes all that it is given; so below
        return Markup(draw_gauge(score, formatLang(self.env, score, digits=2)))

    @api.model
    def _get_trend(self, points):
        """:return: dict of ``svg``, and the ``first`` and ``last`` date"""
        dots = [(fields.Date.to_date(day), score) for day, score, _tier in points]
        first, last = dots[0][0], dots[-1][0]
        line = {"color": BLUE, "points": dots}
        svg = draw_lines([line], first, last, ends=(0, 100), levels=(0, 50, 100), size=(300, 90))
        return {"svg": Markup(svg), "first": first, "last": last}

    @api.model
    def _get_sentences(self, score):
        """RFM, segment, class, stage and relationship in words: list of (label, value, sentence)."""
        labels = {
            name: dict(score._fields[name]._description_selection(self.env))
            for name in ("lifecycle", "relationship_class")
        }
        segment, policy = score.segment_id.sudo(), score.policy_id.sudo()
        rows = []
        if score.rfm_code:
            recency, frequency, monetary = score.rfm_code
            rows.append(
                (
                    self.env._("RFM"),
                    score.rfm_code,
                    self.env._(
                        "Recency %(recency)s, frequency %(frequency)s, monetary value %(monetary)s: the customer's "
                        "quintile among all buyers, 5 being the best.",
                        recency=recency,
                        frequency=frequency,
                        monetary=monetary,
                    ),
                )
            )
        if segment:
            rows.append((self.env._("Segment"), segment.name, segment.description or ""))
        if score.abc_class:
            basis = dict(policy._fields["abc_basis"]._description_selection(self.env)).get(policy.abc_basis, "")
            sentences = {
                "A": self.env._(
                    "Customers who contribute the first %(share)g%% of %(basis)s.",
                    share=policy.abc_a_share,
                    basis=basis,
                ),
                "B": self.env._(
                    "Customers who contribute the next %(share)g%% of %(basis)s.",
                    share=policy.abc_b_share - policy.abc_a_share,
                    basis=basis,
                ),
                "C": self.env._("The many customers who contribute the rest of %s.", basis),
            }
            rows.append((self.env._("ABC"), score.abc_class, sentences[score.abc_class]))
        if score.lifecycle:
            rows.append(
                (
                    self.env._("Lifecycle"),
                    labels["lifecycle"][score.lifecycle],
                    self._get_lifecycle_sentences()[score.lifecycle],
                )
            )
        if score.relationship_class:
            rows.append((self.env._("Relationship"), labels["relationship_class"][score.relationship_class], ""))
        return rows

    @api.model
    def _get_lifecycle_sentences(self):
        return {
            "prospect": self.env._("Has not ordered yet."),
            "new": self.env._("Placed the first order recently."),
            "growing": self.env._("Buys more in the second half of the window than in the first."),
            "loyal": self.env._("Buys as regularly as before."),
            "won_back": self.env._("Ordered again after being lost."),
            "declining": self.env._("Buys less than before, or the next order is overdue."),
            "dormant": self.env._("Has not ordered for longer than usual."),
            "lost": self.env._("Has not ordered for so long that another order is unlikely."),
        }

    @api.model
    def _get_benefits(self, score):
        """What the tier gives: list of (label, value)."""
        # sudo: users who may see the customer's tier may read what it promises
        tier = score.tier_id.sudo()
        benefits = []
        names = ["pricelist_id", "payment_term_id", "user_id", "team_id", "helpdesk_team_id", "helpdesk_priority"]
        names += ["sla_ids", "loyalty_program_ids"]
        if tier.delivery_priority == "1":
            names.append("delivery_priority")
        for name in names:
            field, value = tier._fields[name], tier[name]
            if value:
                label = field._description_string(self.env)
                if field.type == "selection":
                    value = dict(field._description_selection(self.env))[value]
                else:
                    value = ", ".join(value.mapped("display_name"))
                benefits.append((label, value))
        if tier.benefit_text:
            benefits.append((self.env._("Promised to the customer"), Markup(tier.benefit_text)))
        return benefits

    @api.model
    def _get_tiers(self, score):
        """The changes of tier: ``customer.value.history``, the last first."""
        return self.env["customer.value.history"].search(
            [
                ("partner_id", "=", score.partner_id.id),
                ("company_id", "=", score.company_id.id),
                "|",
                ("event", "!=", "changed"),
                ("tier_move", "in", ("up", "down")),
            ],
            limit=HISTORY,
        )


class CustomerValueStatementOfPartner(models.AbstractModel):
    """The same from a list or form of contacts, in the current company. A contact stands for the company."""

    _name = "report.customer_value.report_statement_partner"
    _inherit = "report.customer_value.report_statement"
    _description = "Customer Value Statement of Contacts"

    @api.model
    def _get_documents(self, docids):
        """:raise UserError: none of the customers has a score"""
        partners = self.env["res.partner"].browse(docids)
        partners.check_access("read")
        scores = self.env["customer.value.score"].search(
            [("partner_id", "in", partners.commercial_partner_id.ids), ("company_id", "=", self.env.company.id)]
        )
        if not scores:
            raise UserError(
                self.env._(
                    "There is nothing to print: %(customers)s has no score at %(company)s yet. A Customer Value run "
                    "scores every customer with orders, invoices, leads or tickets.",
                    customers=", ".join(partners[:3].mapped("display_name")),
                    company=self.env.company.name,
                )
            )
        return scores
