from odoo import api, fields, models
from odoo.fields import Domain

from .groups import VALUE_MANAGER

EVIDENCE = "customer.value.evidence"


class CustomerValueSubject(models.AbstractModel):
    """A record that a finding or a figure rests on: lists can be filtered by these."""

    _name = "customer.value.subject"
    _description = "Subject of a Figure"

    value_evidence = fields.Char(
        string="Behind the Figure", store=False, copy=False, search="_search_value_evidence", groups=VALUE_MANAGER
    )

    @api.model
    def _search_value_evidence(self, operator, value):
        """:param value: texts ``<model>/<id>/<part>``, see ``customer.value.evidence``"""
        self._check_field_access(self._fields["value_evidence"], "read")
        if operator != "in":
            return NotImplemented
        Evidence = self.env.registry[EVIDENCE]
        domains = []
        for text in value:
            model, number, part = [*str(text).split("/"), "", ""][:3]
            found = None
            if number.isdecimal() and model in self.env and isinstance(self.env[model], Evidence):
                # what the reader may not see of figures says nothing about records
                figure = self.env[model].with_context(active_test=False).search([("id", "=", int(number))])
                found = figure and figure._find_subjects(self._name, part)
            domains.append(Domain("id", "in", found) if found else Domain.FALSE)
        return Domain.OR(domains)
