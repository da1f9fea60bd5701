from odoo import fields, models
from odoo.tools import SQL

from ..core.groups import VALUE_USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    duplicate_count = fields.Integer(
        string="Duplicates", compute="_compute_beside", compute_sudo=True, groups=VALUE_USER
    )

    def _get_beside(self):
        """Pairs to review that the user may see; of contacts none."""
        parts = super()._get_beside()
        Pair = self.env["customer.duplicate"]
        if Pair.has_access("read"):
            query = Pair._search(Pair._get_queue_domain())
            sides = (
                query.select(SQL("%s AS partner_id", SQL.identifier(Pair._table, name)))
                for name in ("partner_id", "other_id")
            )
            parts["duplicate_count"] = (
                "id",
                SQL(
                    "SELECT partner_id, count(*) FROM (%s) side GROUP BY partner_id",
                    SQL(" UNION ALL ").join(sides),
                ),
            )
        return parts

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
