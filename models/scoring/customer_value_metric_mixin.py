from odoo import api, fields, models


class CustomerValueMetricMixin(models.AbstractModel):
    """A line of a policy that looks at one metric."""

    _name = "customer.value.metric.mixin"
    _description = "Line of a Policy with a Metric"
    _inherit = ["customer.value.policy.part"]

    policy_id = fields.Many2one("customer.value.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    metric = fields.Selection(selection="_selection_metric", required=True)
    unit = fields.Char(compute="_compute_unit")

    @api.model
    def _selection_metric(self):
        return self.env["customer.value.source"]._selection_metric()

    @api.depends("metric")
    def _compute_unit(self):
        Source = self.env["customer.value.source"]
        metrics = Source._get_metrics()
        for line in self:
            metric = metrics.get(line.metric)
            line.unit = Source._unit_label(metric.unit, line.company_id.currency_id) if metric else False
