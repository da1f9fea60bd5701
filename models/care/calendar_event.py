from odoo import fields, models


class CalendarEvent(models.Model):
    """The day of planned care, in the calendar of the responsible."""

    _inherit = "calendar.event"

    value_care_ids = fields.One2many("customer.value.care", "event_id", string="Customer Care")

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"start", "start_date"} and not self.env.context.get("customer_value_care_sync"):
            # sudo: care is postponed by moving it in the calendar, which its responsible may do
            for care in self.sudo().value_care_ids.filtered(lambda care: care.state == "planned"):
                day = care.event_id.start_date or care.event_id.start.date()
                if day != care.planned_date:
                    care.write({"planned_date": day, "postponed": True})
        return result

    def _quietly(self):
        """For events that follow the plan: no invitations are sent, and the events do not change the plan in turn."""
        return self.with_context(
            customer_value_care_sync=True,
            no_mail_to_attendees=True,
            dont_notify=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            tracking_disable=True,
            skip_contact_description=True,
        )
