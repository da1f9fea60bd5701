from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_USER

_lt = LazyTranslate(__name__)

OWN_CODES = _lt("A campaign gives its codes itself, each to one customer.")

OWN_TICKETS = _lt("Campaigns give free service with tickets that they make themselves.")


class LoyaltyCard(models.Model):
    _name = "loyalty.card"
    _inherit = ["loyalty.card", "customer.value.workflow.record"]

    # whoever may edit codes must not give those of campaigns to others
    retention_member_id = fields.Many2one(
        "customer.retention.member",
        string="Given in a Campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=VALUE_USER,
        help="Only this customer can use the code.",
        workflow=OWN_CODES,
    )


class MailActivity(models.Model):
    _inherit = "mail.activity"

    retention_member_ids = fields.One2many(
        "customer.retention.member", "activity_id", string="Made by a Campaign", groups=VALUE_USER
    )

    def unlink(self):
        """Calls that are removed before anybody has made them were not made: with the person who leaves, or by hand."""
        # sudo: members are written by nobody but their campaign, whoever removes the activity
        members = self.filtered("active").sudo().retention_member_ids
        members._was_not_made("failed", self.env._("The activity was removed before anybody got round to it."))
        return super().unlink()


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    retention_member_id = fields.Many2one(
        "customer.retention.member",
        string="Free Service for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=VALUE_USER,
        help="Given by a retention campaign: the customer pays nothing for it.",
        workflow=OWN_TICKETS,
    )
