from odoo import api, fields, models
from odoo.tools import formatLang

# Figures that the page says in words, too
IN_WORDS = ("keeping", "profit", "margin_kept")


class CustomerRetentionProfitPdf(models.AbstractModel):
    """The profit center on paper: the same figures as on the page, formatted here."""

    _name = "report.customer_value.report_retention_profit"
    _description = "Profit Center (PDF)"
    _inherit = ["customer.value.pages"]
    _prints = "customer.retention.profit.print"

    @api.model
    def _get_documents(self, docids):
        documents = super()._get_documents(docids)
        documents._check_print_access()
        return documents

    @api.model
    def _get_page(self, document):
        """:return: what ``get_profit_center`` returns, and ``text`` (``{key: (value, value before)}``), ``words``,
        ``expected_share`` (percent), ``years`` (see ``get_years``), ``bars`` (the steps from the costs to the
        profit), ``dates`` (first and last of both periods), ``format`` (of a value by its unit)
        """
        company = document.company_id
        Profit = self.env["customer.retention.profit"].with_context(allowed_company_ids=company.ids)
        page = Profit.get_profit_center(document.date_from, document.date_to)
        figures, currency = page["figures"], company.currency_id
        base, expected = (figures[key]["value"] for key in ("base", "kept_expected"))
        return page | {
            "expected_share": None if expected is None else Profit._percent(expected, base),
            "dates": [
                fields.Date.to_date(page[period][end]) for period in ("period", "before") for end in ("from", "to")
            ],
            "text": {
                key: [self._format(figure[when], figure["unit"], currency) for when in ("value", "before")]
                for key, figure in figures.items()
            },
            "words": {
                key: currency._value_amount_in_words(figures[key]["value"])
                for key in IN_WORDS
                if figures[key]["value"] is not None
            },
            "bars": self._get_bars(figures, page["costs"], page["gains"]),
            "years": Profit.get_years(document.date_from, document.date_to),
            "format": lambda value, unit: self._format(value, unit, currency),
        }

    @api.model
    def _format(self, value, unit, currency):
        """In the reader's locale; a dash for what is not known."""
        if value is None:
            return "–"
        if unit == "money":
            return formatLang(self.env, value, currency_obj=currency)
        digits = {"count": 0}.get(unit, 1)
        text = formatLang(self.env, value, digits=digits)
        return {
            "share": lambda: self.env._("%s%%", text),
            "days": lambda: self.env._("%s days", text),
            "times": lambda: self.env._("%s times", text),
        }.get(unit, lambda: text)()

    @api.model
    def _get_kind(self, amount, sign):
        """A cost below zero is a gain, a gain below zero a cost; nothing stays what it is called."""
        return "gain" if (amount or sign) > 0 else "cost"

    @api.model
    def _get_bars(self, figures, costs, gains):
        """From the costs over what was gained, one after the other, to the profit; without what is not known.

        :return: list of dict ``key``, ``left`` and ``width`` (percent of the page), ``kind`` (cost, gain or total)
        """
        level, steps = 0.0, []
        for sign, keys in ((-1, costs), (1, gains)):
            for key in keys:
                if figures[key]["value"] is not None:
                    amount = sign * figures[key]["value"]
                    steps.append((key, level, level + amount, self._get_kind(amount, sign)))
                    level += amount
        if figures["profit"]["value"] is not None:
            steps.append(("profit", 0.0, level, "total"))
        ends = [0.0, *(end for _key, start, stop, _kind in steps for end in (start, stop))]
        low, span = min(ends), (max(ends) - min(ends)) or 1.0
        return [
            {
                "key": key,
                "left": 100 * (min(start, stop) - low) / span,
                "width": 100 * abs(stop - start) / span,
                "kind": kind,
            }
            for key, start, stop, kind in steps
        ]
