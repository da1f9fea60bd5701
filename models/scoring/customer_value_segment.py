from itertools import product

from odoo import api, fields, models


class CustomerValueSegment(models.Model):
    """A named group of RFM codes: a box in the cube of recency, frequency and monetary quintiles (5 is best)."""

    _name = "customer.value.segment"
    _description = "Customer Value Segment"
    _inherit = ["customer.value.policy.line"]
    _order = "policy_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    policy_id = fields.Many2one("customer.value.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    origin_id = fields.Many2one("customer.value.segment", readonly=True, copy=False, index="btree_not_null")
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(translate=True, help="Recommended approach for these customers.")
    r_min = fields.Integer(string="Recency from", default=1, required=True)
    r_max = fields.Integer(string="Recency to", default=5, required=True)
    f_min = fields.Integer(string="Frequency from", default=1, required=True)
    f_max = fields.Integer(string="Frequency to", default=5, required=True)
    m_min = fields.Integer(string="Monetary from", default=1, required=True)
    m_max = fields.Integer(string="Monetary to", default=5, required=True)
    score_count = fields.Integer(compute="_compute_score_count", string="Customers")

    _quintiles = models.Constraint(
        "CHECK(1 <= r_min AND r_min <= r_max AND r_max <= 5"
        " AND 1 <= f_min AND f_min <= f_max AND f_max <= 5"
        " AND 1 <= m_min AND m_min <= m_max AND m_max <= 5)",
        "The quintiles of a segment must be between 1 (worst) and 5 (best), from lower to higher.",
    )

    def _compute_score_count(self):
        counts = dict(
            self.env["customer.value.score"]._read_group([("segment_id", "in", self.ids)], ["segment_id"], ["__count"])
        )
        for segment in self:
            segment.score_count = counts.get(segment, 0)

    @api.model
    def _get_bulk_references(self):
        return super()._get_bulk_references() | {
            "customer.value.score": ("segment_id",),
            "customer.value.history": ("segment_id", "previous_segment_id"),
        }

    def _codes(self):
        """The (recency, frequency, monetary) triples of this segment."""
        self.ensure_one()
        return product(
            range(self.r_min, self.r_max + 1),
            range(self.f_min, self.f_max + 1),
            range(self.m_min, self.m_max + 1),
        )
