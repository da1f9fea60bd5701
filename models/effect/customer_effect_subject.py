from odoo import api, fields, models
from odoo.fields import Domain

from ..core.groups import VALUE_MANAGER


class CustomerEffectSubject(models.AbstractModel):
    """A record that a figure rests on: lists can be filtered by the figure and the window."""

    _name = "customer.effect.subject"
    _description = "Subject of a Comparison"

    effect_figure = fields.Char(
        string="Figure Before and After",
        store=False,
        copy=False,
        search="_search_effect_figure",
        groups=VALUE_MANAGER,
    )

    @api.model
    def _search_effect_figure(self, operator, value):
        """:param value: texts ``<id of the figure>/before`` or ``<id of the figure>/after``"""
        if operator != "in":
            return NotImplemented
        Figure = self.env["customer.effect.figure"]
        domains = []
        for text in value:
            number, _slash, side = str(text).partition("/")
            # what the reader may not see of figures says nothing about records
            figure = Figure.search([("id", "=", int(number) if number.isdecimal() else 0)])
            rows = figure and figure._find_rows(self._name, side)
            domains.append(Domain("id", "in", rows) if rows else Domain.FALSE)
        return Domain.OR(domains)
