from odoo import api, fields, models
from odoo.tools import formatLang
from odoo.tools.misc import format_amount, format_date

SLIPPING = 5
DUE = 10


class CustomerRetentionDesk(models.AbstractModel):
    """The desk as a letter."""

    _inherit = "customer.retention.desk"

    @api.model
    def _get_weekly_summary(self, lang):
        """What the weekly letter says of the user's own desk in the current company; see ``res.users``."""
        desk = self._make_desk(self.env.user)
        if not desk.ids:
            return {}
        figures = {figure["name"]: figure for figure in self._get_summary(desk)["figures"]}
        today = self._get_today(desk)
        slipping = self._get_slipping(desk) if "slipping" in self._get_blocks() else {"items": [], "value": 0}
        lines = [
            self._describe_figure(desk, figures[name]["label"], figures[name]["unit"], figures[name]["value"], lang)
            for name in ("customers", "score", "revenue", "margin", "pipeline", "overdue", "complaints", "satisfaction")
            if figures[name]["value"] is not None
        ]
        if slipping["value"]:
            lines += [
                self._describe_figure(desk, self.env._("Slipping customers"), "count", slipping["value"], lang),
                self._describe_figure(desk, self.env._("At stake per year"), "money", slipping["stake"], lang),
            ]
        lines += [
            self._describe_figure(desk, line["label"], "count", line["value"], lang)
            for line in (*today["counts"], *self._get_log(desk)["counts"])
            if line["value"]
        ]
        currency = desk.company.currency_id
        return {
            "company": desk.company.name,
            "email_from": desk.company.email_formatted,
            "lines": lines,
            "slipping": [
                {
                    "customer": item["customer"],
                    "stake": format_amount(self.env, item["stake"], currency),
                    "explanation": item["explanation"],
                }
                for item in slipping["items"][:SLIPPING]
            ],
            "due": [
                {
                    "customer": item["customer"],
                    "what": item["what"],
                    "due": format_date(self.env, fields.Date.to_date(item["due"])),
                }
                for item in today["items"][:DUE]
            ],
            "url": f"{self.env['res.users'].get_base_url()}/odoo/my-customers",
        }

    @api.model
    def _describe_figure(self, desk, label, unit, value, lang):
        """:return: dict ``label``, ``value`` (formatted) and ``words`` (money in words; empty for other figures)"""
        currency = desk.company.currency_id
        if unit == "money":
            return {
                "label": label,
                "value": format_amount(self.env, value, currency),
                "words": currency._value_amount_in_words(value, lang),
            }
        digits = {"points": 1, "rating": 2}.get(unit, 0)
        return {"label": label, "value": formatLang(self.env, value, digits=digits), "words": ""}
