from odoo import api, models

from ..core.messages import preview


class CustomerChannel(models.AbstractModel):
    """What some channels say more of their records, see ``describe`` of ``Channel``."""

    _inherit = "customer.channel"

    @api.model
    def _describe_payments(self, customer, payments):
        ways = {"inbound": "in", "outbound": "out"}
        return {payment.id: {"direction": ways[payment.payment_type]} for payment in payments}

    @api.model
    def _describe_pickings(self, customer, pickings):
        ways = {"outgoing": "out", "incoming": "in"}
        return {picking.id: {"direction": ways.get(picking.picking_type_code, "")} for picking in pickings}

    @api.model
    def _describe_ratings(self, customer, ratings):
        """The rating is opened as its ticket, and says which one it is of."""
        labels = dict(ratings._fields["rating_text"]._description_selection(self.env))
        return {
            rating.id: {
                "opens": [rating.res_model, rating.res_id],
                "text": ": ".join(filter(None, [labels.get(rating.rating_text), rating.res_name])),
            }
            for rating in ratings
        }

    @api.model
    def _describe_messages(self, customer, messages):
        """A message stands on its document, and comes from the customer if one of their contacts wrote it."""
        return {
            message.id: {
                "opens": [message.model, message.res_id],
                "direction": "in" if message.author_id.commercial_partner_id == customer else "out",
                "text": ": ".join(filter(None, [message.subject, message.preview])) or message.display_name,
            }
            for message in messages
        }

    @api.model
    def _describe_contacts(self, customer, contacts):
        return {contact.id: {"direction": contact.direction} for contact in contacts}

    @api.model
    def _describe_activities(self, customer, messages):
        """What was done stands in a message; its type says what it was."""
        return {
            message.id: {
                "opens": [message.model, message.res_id],
                "state": message.mail_activity_type_id.name,
                "text": preview(message.body) or message.display_name,
            }
            for message in messages
        }

    @api.model
    def _describe_stages(self, customer, messages):
        """The stage that an opportunity came to, or what became of it."""
        stage = self.env["ir.model.fields"]._get("crm.lead", "stage_id")
        told = {}
        for message in messages:
            moves = message.tracking_value_ids.filtered(lambda value: value.field_id == stage)[:1]
            ends = [moves.old_value_char, moves.new_value_char] if moves else []
            what = " → ".join(filter(None, ends)) or message.subtype_id.name
            told[message.id] = {
                "opens": [message.model, message.res_id],
                "text": self.env._("%(document)s: %(what)s", document=message.record_name or "", what=what),
            }
        return told

    @api.model
    def _describe_steps(self, customer, events):
        """What happened to a complaint, in the words of its states: they come first, since names are long."""
        states = dict(self.env["helpdesk.ticket"]._fields["complaint_state"]._description_selection(self.env))
        told = {}
        for event in events:
            ways = {"staff": "out", "customer": "in"}
            is_state = event.kind == "state"
            what = states.get(event.state_to, "") if is_state else event.note
            text = [what, event.ticket_id.display_name] if is_state else [event.ticket_id.display_name, what]
            told[event.id] = {
                "opens": ["helpdesk.ticket", event.ticket_id.id],
                "direction": ways.get(event.actor, ""),
                "text": ": ".join(filter(None, text)),
                # the text says which one
                **({"state": ""} if is_state else {}),
            }
        return told
