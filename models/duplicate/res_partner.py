from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain

from ..core.groups import VALUE_USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    duplicate_count = fields.Integer(string="Duplicates", compute="_compute_duplicate_count", groups=VALUE_USER)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_duplicate_count(self):
        """Pairs to review that the user may see; of contacts none."""
        Pair = self.env["customer.duplicate"]
        own = Domain("partner_id", "in", self.ids) | Domain("other_id", "in", self.ids)
        pairs = Pair.search_fetch(Pair._get_queue_domain() & own, ["partner_id", "other_id"])
        counts = Counter(side.id for pair in pairs for side in (pair.partner_id, pair.other_id))
        for partner in self:
            partner.duplicate_count = counts[partner.id]

    def action_view_duplicates(self):
        """The pairs to review in which the customer is."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_duplicate")
        return action | {"domain": ["|", ("partner_id", "=", self.id), ("other_id", "=", self.id)]}

    def _get_compared_values(self):
        """What is compared of a customer, as their form shows it.

        :return: dict of texts by term of ``analytics/duplicate/matching.py``
        """
        self.ensure_one()
        return {
            "name": self.name or "",
            "street": " ".join(filter(None, (self.street, self.street2))),
            "place": " ".join(filter(None, (self.zip, self.city))),
            "vat": self.vat or "",
            "phone": self.phone or "",
            "mail": self.email or "",
        }
