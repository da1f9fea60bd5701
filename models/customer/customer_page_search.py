from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.groups import check_value_company

CANDIDATES = 12

# Digits that two notations of a phone number share at the least.
PHONE_DIGITS = 7


class CustomerPage(models.AbstractModel):
    """Who it is about: by whatever a caller can tell."""

    _inherit = "customer.page"

    @api.model
    @api.readonly
    def find(self, text):
        """Customers by name, number (former ones, too), VAT, mail address, phone in any notation, or document.

        :return: list of dicts of ``id`` (commercial entity), ``name`` and ``found`` (by what), each customer once
        :raise AccessError: the user may not see customer values
        """
        check_value_company(self.env)
        text = (text or "").strip()
        if len(text) < 2:
            return []
        Partner = self.env["res.partner"].with_context(active_test=False)
        found = {}

        def add(partners, label):
            for partner in partners.commercial_partner_id:
                found.setdefault(partner.id, {"id": partner.id, "name": partner.display_name, "found": label})

        exact = {"ref": self.env._("Number"), "vat": self.env._("Tax ID"), "email": self.env._("Email")}
        for name, label in exact.items():
            add(Partner.search([(name, "=ilike", text)], limit=CANDIDATES), label)
        former = self.env["customer.former.number"].search([("name", "=ilike", text)], limit=CANDIDATES)
        # partners that the reader may see: the number alone does not say so
        add(Partner.search([("id", "in", former.partner_id.ids)]), self.env._("Former number"))
        digits = "".join(character for character in text if character.isdigit())
        if len(digits) >= PHONE_DIGITS:
            add(self._find_phone(Partner, digits), self.env._("Phone"))
        documents = {
            "sale.order": self.env._("Order"),
            "account.move": self.env._("Invoice"),
            "helpdesk.ticket": self.env._("Ticket"),
        }
        for model, label in documents.items():
            name = "number" if model == "helpdesk.ticket" else "name"
            Model = self.env[model]
            if Model.has_access("read"):
                records = Model.search([(name, "=ilike", text)], limit=CANDIDATES)
                add(records.partner_id.with_context(active_test=False), f"{label} {text}")
        add(Partner.search(Domain("name", "ilike", text), limit=CANDIDATES), self.env._("Name"))
        return list(found.values())[:CANDIDATES]

    @api.model
    def _find_phone(self, Partner, digits):
        """Contacts whose number ends with the same digits: prefixes and zeros in front are written or not."""
        ending = digits[-max(PHONE_DIGITS, len(digits) - 4) :]
        query = Partner._search([("phone", "!=", False)])
        query.add_where(
            SQL(
                r"regexp_replace(%s, '\D', '', 'g') LIKE %s",
                Partner._field_to_sql(Partner._table, "phone", query),
                f"%{ending}",
            )
        )
        query.limit = CANDIDATES
        return Partner.browse(query)
