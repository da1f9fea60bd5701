from odoo import fields, models

from ..core.groups import VALUE_USER


class CrmLead(models.Model):
    _inherit = "crm.lead"

    competition_line_ids = fields.One2many(
        "customer.competition.line", "lead_id", string="Competitors", groups=VALUE_USER
    )

    def action_set_won_rainbowman(self):
        """Celebrate, and ask who else was in the running where nobody has said so yet."""
        result = super().action_set_won_rainbowman()
        if not self._is_competition_unknown():
            return result
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_competition_question")
        effect = result.get("effect") if isinstance(result, dict) else None
        return action | {"context": {"default_lead_id": self.id, "default_effect": effect}}

    def _merge_dependences(self, opportunities):
        """What was heard of competitors on the others is known on this one as well."""
        result = super()._merge_dependences(opportunities)
        # sudo: salespeople who may not see competitors merge opportunities as well
        self.env["customer.competition.line"].sudo()._move(opportunities, self)
        return result

    def _is_competition_unknown(self):
        """Whether to ask for competitors: the company wants to know, there are some, and none is on these leads."""
        company = self.company_id[:1] or self.env.company
        return bool(
            company.competition_ask
            and self.env.user.has_group(VALUE_USER)
            and not self.competition_line_ids
            and self.env["res.partner"].search_count([("is_competitor", "=", True)], limit=1)
        )
