from odoo import api, models
from odoo.tools import format_amount, format_date
from odoo.tools.misc import formatLang

from ..core.together import Search
from ..lifetime.customer_lifetime_value import PARTS


class CustomerPage(models.AbstractModel):
    """The head of the page: what the customer is worth, whether they are about to leave, and how content they are."""

    _inherit = "customer.page"

    @api.model
    def _get_head_searches(self, customer, company):
        """:return: ``{code: Search}`` of what the head shows, besides the score"""
        kept = customer._get_kept_domain(company)
        searches = {
            "lifetime": Search(self.env["customer.lifetime.value"], kept, ("lifetime_value", *PARTS)),
            "risk": Search(self.env["customer.retention.risk"], kept),
            "loss": Search(self.env["customer.retention.loss"], kept),
        }
        Ticket = self.env["helpdesk.ticket"]
        if Ticket.has_access("read"):
            own = [
                ("commercial_partner_id", "=", customer.id),
                ("company_id", "in", company._get_value_books().ids),
                ("duplicate_id", "=", False),
            ]
            tickets = Ticket.with_context(active_test=False)._search(own)
            rated = [
                ("res_model", "=", "helpdesk.ticket"),
                ("consumed", "=", True),
                ("rating", ">=", 1),
                ("is_internal", "=", False),
                ("res_id", "in", tickets),
            ]
            searches["ratings"] = Search(self.env["rating.rating"], rated, ("rating",))
        return searches

    @api.model
    def _get_head(self, customer, company, value, searches):
        """:param customer: with what ``searches`` have found, see ``look_ahead``
        :param dict value: as of ``sale.order.get_value_panel``
        :return: dict of ``keep`` (a sentence, or ""), ``lifetime``, ``risk`` and ``satisfaction``: each a dict, or
            False where nothing is known or the reader may not know it
        """
        score = customer.env["customer.value.score"].browse(value["score_id"] or ())
        found = {code: search.find(customer) for code, search in searches.items()}
        return {
            "keep": self._describe_keep(score) if score else "",
            "lifetime": self._describe_lifetime(found["lifetime"], company),
            "risk": self._describe_risk(found["risk"], found["loss"][:1]),
            "satisfaction": self._describe_satisfaction(found.get("ratings", self.env["rating.rating"])),
        }

    @api.model
    def _describe_keep(self, score):
        """What the tier rests on: in grace, what would save it."""
        # sudo: readers of a score may read what is said of its tier
        tier, gate = score.tier_id.sudo(), score.gate_id.sudo()
        if not tier:
            return ""
        kind, until = score._get_tier_until()
        if kind == "grace":
            advice = score._get_keep_advice()
            ends = self.env._("%(tier)s ends after %(date)s.", tier=tier.name, date=format_date(self.env, until))
            return " ".join(filter(None, [ends, advice.get("sentence"), advice.get("hint")]))
        if score.override_id:
            if until:
                return self.env._("Set manually until %s", format_date(self.env, until))
            return self.env._("Set manually")
        if kind == "club":
            return self.env._("By membership until %s", format_date(self.env, until))
        if kind == "hold":
            return self.env._("Stays until %s at least", format_date(self.env, until))
        if gate:
            return self.env._("By override rule: %s", gate.display_name)
        # a limit that was found as a share of customers can be next to nothing
        if tier.policy_id.tier_method == "score" and round(tier.keep_score, 1) > 0:
            return self.env._("Kept with a score of %s or more", formatLang(self.env, tier.keep_score, digits=1))
        return ""

    @api.model
    def _describe_lifetime(self, value, company):
        """:return: dict of ``id``, ``value`` and ``parts`` (label and amount), which add up to it; amounts are words"""
        if not value:
            return False
        return {
            "id": value.id,
            "value": format_amount(self.env, value.lifetime_value, company.currency_id),
            "parts": [
                {
                    "label": value._fields[name]._description_string(self.env),
                    "amount": format_amount(self.env, value[name], company.currency_id),
                }
                for name in PARTS
            ],
        }

    @api.model
    def _describe_risk(self, risk, loss):
        """:return: dict of ``model``, ``id``, ``label``, ``style`` and ``reason``; of customers who are lost as well"""
        if risk:
            labels = dict(risk._fields["level"]._description_selection(self.env))
            return {
                "model": risk._name,
                "id": risk.id,
                "label": self.env._("At risk: %s", labels.get(risk.level, "")),
                "style": "text-bg-danger" if risk.level == "urgent" else "text-bg-warning",
                "reason": risk._explain_with_stake(),
            }
        if loss:
            return {
                "model": loss._name,
                "id": loss.id,
                "label": self.env._("Lost"),
                "style": "text-bg-danger",
                "reason": loss.explanation,
            }
        return False

    @api.model
    def _describe_satisfaction(self, ratings):
        """What customers have said of the tickets that the reader may open.

        :return: dict of ``average`` (text, of 5), ``count`` and ``domain`` of the ratings
        """
        if not ratings:
            return False
        return {
            "average": formatLang(self.env, sum(ratings.mapped("rating")) / len(ratings), digits=1),
            "count": len(ratings),
            "domain": [("id", "in", sorted(ratings.ids))],
        }
