from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain

from ..core.together import Search

# Up to so many contacts of a customer, or documents of a kind of ``SELDOM``, are known by id before all else is read.
FEW_CONTACTS = 200
FEW_DOCUMENTS = 10_000
KNOWN = "customer_value_known"


@dataclass(frozen=True)
class Known:
    """What is known of a customer before their page is read, within the rights of one reader.

    Where it is known, the database need not find it anew for every kind of what happened, and plans for what there is.

    :param int customer_id: whose it is
    :param contacts: ids of contacts that the reader may see, the customer among them; None: more than ``FEW_CONTACTS``
    :param dict documents: of models of ``SELDOM`` that the reader may read, the ids; None: more than ``FEW_DOCUMENTS``
    """

    customer_id: int
    contacts: tuple | None
    documents: dict


class CustomerChannel(models.AbstractModel):
    """What is known of a customer before anything is read of them: contacts, and documents of which there are few."""

    _inherit = "customer.channel"

    @api.model
    def _get_known_searches(self, customer):
        """What the reader's ``Known`` of the customer is made of.

        :return: ``{None or model: Search}``, None for contacts
        """
        of_customer = Domain("commercial_partner_id", "=", customer.id)
        Partner = self.env["res.partner"].with_context(active_test=False)
        # an array as well: where the planner sees how many they are, it takes reading any partners for the sooner way
        first = self._get_among("commercial_partner_id", [customer.id])
        searches = {None: Search(Partner, first, (), FEW_CONTACTS + 1, ordered=False)}
        domains = {
            # of very many contacts few have any: the array is searched for in the index, not joined
            "crm.lead": self._get_among("partner_id", Partner._search(of_customer)),
            "helpdesk.ticket": of_customer,
        }
        for model, domain in domains.items():
            Model = self.env[model].with_context(active_test=False)
            if Model.has_access("read"):
                searches[model] = Search(Model, domain, (), FEW_DOCUMENTS + 1, ordered=False)
        return searches

    @api.model
    def _keep_known(self, customer, searches):
        """:param customer: with what ``searches``, as of ``_get_known_searches``, have found; see ``look_ahead``
        :return: the customer with what is known of them
        """
        found = {model: search.find(customer) for model, search in searches.items()}
        contacts = found[None]
        known = Known(
            customer.id,
            tuple(sorted(contacts.ids)) if len(contacts) <= FEW_CONTACTS else None,
            {
                model: tuple(sorted(records.ids)) if len(records) <= FEW_DOCUMENTS else None
                for model, records in found.items()
                if model
            },
        )
        return customer.with_context(**{KNOWN: known})

    @api.model
    def _get_known(self, customer):
        """:return: ``Known`` of the customer, or None"""
        known = customer.env.context.get(KNOWN)
        # an object of this process, which no call from outside can send
        return known if isinstance(known, Known) and known.customer_id == customer.id else None

    @api.model
    def _get_known_ids(self, customer, model):
        """:return: tuple of ids of the customer's documents of one of ``SELDOM``, or None where they are not known"""
        known = self._get_known(customer)
        return known.documents.get(model) if known else None

    @api.model
    def _get_own_domain(self, customer, name="partner_id"):
        """The domain of what is with the customer or a contact of theirs whom the reader may see, by a field."""
        known = self._get_known(customer)
        if known and known.contacts is not None:
            return Domain(name, "in", known.contacts)
        return Domain(f"{name}.commercial_partner_id", "=", customer.id)

    @api.model
    def _get_contacts(self, customer):
        """Contacts of the customer that the reader may see, as a query, or a tuple of ids where these are known."""
        known = self._get_known(customer)
        if known and known.contacts is not None:
            return known.contacts
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search([("commercial_partner_id", "=", customer.id)])
        )
