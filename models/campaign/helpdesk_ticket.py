from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_USER

_lt = LazyTranslate(__name__)

OWN_TICKETS = _lt("Campaigns give free service with tickets that they make themselves.")


class HelpdeskTicket(models.Model):
    """Service that customers get from campaigns."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "customer.value.workflow.record"]

    # what is free of charge follows from campaigns alone
    retention_member_id = fields.Many2one(
        "customer.retention.member",
        string="Free Service For",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=VALUE_USER,
        help="Provided by a retention campaign, free of charge for the customer.",
        workflow=OWN_TICKETS,
    )
