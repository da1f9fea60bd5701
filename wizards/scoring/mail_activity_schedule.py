from odoo import models

from ...models.core.groups import check_value_company


class MailActivitySchedule(models.TransientModel):
    """Odoo's dialog: whoever schedules what the next step advises has accepted the advice."""

    _inherit = "mail.activity.schedule"

    def _action_schedule_activities(self):
        activities = super()._action_schedule_activities()
        company_id = self.env.context.get("value_advice_company_id")
        if company_id and self.res_model == "res.partner":
            self._get_applied_on_records()._accept_next_step(check_value_company(self.env, company_id))
        return activities
