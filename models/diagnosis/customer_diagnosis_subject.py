from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.groups import VALUE_MANAGER


class CustomerDiagnosisSubject(models.AbstractModel):
    """A record that a diagnosis can find something wrong with: lists can be filtered by the finding."""

    _name = "customer.diagnosis.subject"
    _description = "Subject of a Diagnosis"

    diagnosis_finding_id = fields.Many2one(
        "customer.diagnosis.finding",
        string="Finding of the Diagnosis",
        store=False,
        copy=False,
        search="_search_diagnosis_finding_id",
        groups=VALUE_MANAGER,
    )

    @api.model
    def _search_diagnosis_finding_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        # what the reader may not see of findings says nothing about records
        known = self.env["customer.diagnosis.finding"].with_context(active_test=False)
        findings = known.search([("id", "in", list(value)), ("record_model", "=", self._name)])
        self.env["customer.diagnosis.record"].flush_model()
        return Domain(
            "id",
            "in",
            SQL("(SELECT record_id FROM customer_diagnosis_record WHERE finding_id = ANY(%s))", findings.ids),
        )
