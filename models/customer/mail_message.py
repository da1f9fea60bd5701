from odoo import models

from .customer_channel import MESSAGES

WRITTEN = f"message_type IN {MESSAGES} AND mail_activity_type_id IS NULL"


class MailMessage(models.Model):
    """Most messages are notes that Odoo writes by itself. What people wrote is found without reading these."""

    _inherit = "mail.message"

    # what was written on some records, without opening the messages
    _value_written_idx = models.Index(f"(model, res_id, date DESC, id DESC) WHERE {WRITTEN}")
    # what was written last, where nearly all records are of one customer
    _value_latest_idx = models.Index(f"(model, date DESC, id DESC) INCLUDE (res_id) WHERE {WRITTEN}")
    # the same of what was done
    _value_done_idx = models.Index("(model, res_id, date DESC, id DESC) WHERE mail_activity_type_id IS NOT NULL")
    _value_done_latest_idx = models.Index(
        "(model, date DESC, id DESC) INCLUDE (res_id) WHERE mail_activity_type_id IS NOT NULL"
    )
