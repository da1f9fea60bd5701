from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

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
