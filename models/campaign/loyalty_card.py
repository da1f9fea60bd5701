from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_USER

_lt = LazyTranslate(__name__)

OWN_CODES = _lt("A campaign gives its codes itself, each to one customer.")


class LoyaltyCard(models.Model):
    """Codes that campaigns have given: they are for one customer."""

    _name = "loyalty.card"
    _inherit = ["loyalty.card", "customer.value.workflow.record"]

    # users who may edit codes must not give those of campaigns to others
    retention_member_id = fields.Many2one(
        "customer.retention.member",
        string="Issued by Campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=VALUE_USER,
        help="Only this customer can use the code.",
        workflow=OWN_CODES,
    )
