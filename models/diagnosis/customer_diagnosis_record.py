from odoo import fields, models


class CustomerDiagnosisRecord(models.Model):
    """A record that a finding is about, as of its last measurement. A diagnosis writes them in SQL."""

    _name = "customer.diagnosis.record"
    _description = "Record of a Finding"
    _log_access = False
    _rec_name = "finding_id"

    finding_id = fields.Many2one("customer.diagnosis.finding", required=True, readonly=True, ondelete="cascade")
    record_id = fields.Many2oneReference(model_field="record_model", required=True, readonly=True)
    record_model = fields.Char(related="finding_id.record_model")

    _once = models.UniqueIndex("(finding_id, record_id)", "A finding names each record once.")
