from odoo import api, models
from odoo.fields import Domain

from .customer_channel import Channel


class CustomerChannel(models.AbstractModel):
    """Steps of ordinary tickets: who moved them to which stage, and when. Complaints have steps of their own."""

    _inherit = "customer.channel"

    @api.model
    def _get_channels(self, customer):
        channels = super()._get_channels(customer)
        Ticket = self.env["helpdesk.ticket"].with_context(active_test=False)
        if not Ticket.has_access("read"):
            return channels
        own = self._get_own_domain(customer) & Domain("is_complaint", "!=", True)
        # a customer without tickets has no stages of theirs
        known = self._get_known_ids(customer, Ticket._name)
        label = self.env._("Stages of tickets")
        channels["ticket_stage"] = Channel(
            label,
            "fa-step-forward",
            "mail.message",
            "date",
            [
                ("model", "=", "helpdesk.ticket"),
                ("message_type", "=", "notification"),
                ("mail_activity_type_id", "=", False),
                ("tracking_value_ids.field_id", "=", self._get_ticket_stage().id),
                # messages have no rules of their own: those on tickets that the reader may open
                self._get_among("res_id", [] if known == () else Ticket._search(own)),
            ],
            ("subject", "body"),
            contact=None,
            as_system=True,
            describe="_describe_ticket_stages",
        )
        return channels

    @api.model
    def _get_ticket_stage(self):
        return self.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")

    @api.model
    def _describe_ticket_stages(self, customer, messages):
        """The stages before and after, and who moved the ticket."""
        stage = self._get_ticket_stage()
        told = {}
        for message in messages:
            move = message.tracking_value_ids.filtered(lambda value: value.field_id == stage)[:1]
            told[message.id] = {
                "opens": [message.model, message.res_id],
                "direction": "out",
                "text": self.env._(
                    "%(ticket)s: %(stages)s, by %(user)s",
                    ticket=message.record_name or "",
                    stages=" → ".join(filter(None, [move.old_value_char, move.new_value_char])),
                    user=message.author_id.name or message.email_from or "",
                ),
            }
        return told
