from odoo import models


class CustomerValueScore(models.Model):
    _inherit = "customer.value.score"

    def _get_membership(self):
        """Active ``customer.value.membership`` of the customers of these scores, each in the company of its score."""
        members = self.env["customer.value.membership"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "active"),
            ]
        )
        wanted = {(score.partner_id, score.company_id) for score in self}
        return members.filtered(lambda member: (member.partner_id, member.company_id) in wanted)
