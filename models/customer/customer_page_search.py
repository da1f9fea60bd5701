import unicodedata

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, escape_psql

from ..core.groups import check_value_company

CANDIDATES = 12
MOST_CANDIDATES = 100


class CustomerPage(models.AbstractModel):
    """Who it is about: by whatever a caller can tell."""

    _inherit = "customer.page"

    @api.model
    @api.readonly
    def find(self, text, limit=CANDIDATES):
        """Customers by name, number (former ones, too), VAT, mail address, phone in any notation, or document.

        :param int limit: of customers, at most 100
        :return: list of dicts of ``id`` (commercial entity), ``name``, ``found`` (by what), and ``contact_id`` and
            ``contact`` (the only contact that was found, or the customer); each customer once
        :raise AccessError: the user may not see customer values
        """
        check_value_company(self.env)
        text = (text or "").strip()
        limit = min(limit, MOST_CANDIDATES)
        Partner = self.env["res.partner"].with_context(active_test=False)
        if not self._is_enough(text):
            return []
        found, contacts = {}, {}
        # the number "10_1" is not 1011 as well
        same = escape_psql(text)

        def add(partners, label):
            for partner in partners:
                customer = partner.commercial_partner_id
                found.setdefault(customer.id, {"id": customer.id, "name": customer.display_name, "found": label})
                contacts.setdefault(customer.id, {})[partner.id] = partner

        exact = {"ref": self.env._("Number"), "vat": self.env._("Tax ID"), "email": self.env._("Email")}
        for name, label in exact.items():
            add(Partner.search([(name, "=ilike", same)], limit=limit), label)
        former = self.env["customer.former.number"].search([("name", "=ilike", same)], limit=limit)
        # partners that the reader may see: the number alone does not say so
        add(Partner.search([("id", "in", former.partner_id.ids)]), self.env._("Former number"))
        add(Partner._find_by_phone(text, limit), self.env._("Phone"))
        documents = {
            "sale.order": self.env._("Order"),
            "account.move": self.env._("Invoice"),
            "helpdesk.ticket": self.env._("Ticket"),
        }
        for model, label in documents.items():
            name = "number" if model == "helpdesk.ticket" else "name"
            Model = self.env[model]
            if Model.has_access("read"):
                records = Model.search([(name, "=ilike", same)], limit=limit)
                add(records.partner_id.with_context(active_test=False), f"{label} {text}")
        add(Partner.search(self._get_name_domain(text), limit=limit), self.env._("Name"))
        for customer_id, row in found.items():
            partners = list(contacts[customer_id].values())
            contact = partners[0] if len(partners) == 1 else Partner.browse(customer_id)
            row |= {"contact_id": contact.id, "contact": contact.name or contact.display_name}
        return list(found.values())[:limit]

    @api.model
    def _is_enough(self, text):
        """Whether a text can tell customers apart: two characters, or one where it is a word, as in Chinese."""
        return len(text) > 1 or (len(text) == 1 and unicodedata.category(text) == "Lo")

    @api.model
    def _get_name_domain(self, text):
        """Names with the text in them; of a single character, those that begin with it, as family names do.

        A part of a name can be anywhere, and is looked for in all names; a single character would be in very many.
        """
        if len(text) > 1:
            return Domain("name", "ilike", text)
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(left(%(name)s, 1) = %(text)s AND ascii(%(name)s) > 255)",
                name=model._field_to_sql(alias, "name", query),
                text=text,
            )
        )
