from odoo import api, fields, models

from ..core.groups import check_value_company
from ..core.together import Search, look_ahead, read_together

# Rows of the timeline that are shown at a time.
PAGE = 40
# Contacts that can be chosen.
CONTACTS = 100


class CustomerPage(models.AbstractModel):
    """Everything about one customer on one page. Nothing of it is stored.

    All of it is about the commercial entity with its contacts, in the current company, and read with the rights of the
    user who looks.
    """

    _name = "customer.page"
    _description = "Customer Page"

    @api.model
    @api.readonly
    def get_page(self, partner_id, with_products=True):
        """:param int partner_id: customer or contact
        :param bool with_products: whether the answer waits for ``products`` and ``suggestions``; see ``get_products``
        :return: dict of ``id``, ``name``, ``reference``, ``contact`` details, ``user``, ``value`` (as of
            ``sale.order.get_value_panel``), ``head`` (as of ``_get_head``), ``open``, ``products``,
            ``suggestions``, ``can_quote``, ``can_see_orders``, ``channels``, ``contacts`` and ``timeline``
        :raise AccessError: the user may not see customer values, or the customer
        """
        customer = self._get_customer(partner_id)
        return self._get_parts(customer) | (self._get_all_products(customer) if with_products else {})

    @api.model
    @api.readonly
    def get_products(self, partner_id):
        """What takes longest of the page, for a reader who sees the rest meanwhile.

        :return: dict of ``products`` and ``suggestions``
        """
        return self._get_all_products(self._get_customer(partner_id))

    @api.model
    def _get_parts(self, customer, limit=PAGE):
        """:param customer: commercial entity that the reader may see
        :param int limit: rows of the timeline
        :return: as ``get_page``, without products
        """
        company = self.env.company
        searches = {
            "contacts": self._get_contacts_search(customer),
            **self._get_head_searches(customer, company),
        }
        Channel = self.env["customer.channel"]
        known = Channel._get_known_searches(customer)
        ahead = [*customer._get_searches_ahead(company), *searches.values(), *known.values()]
        customer = Channel._keep_known(look_ahead(customer, ahead), known)
        customer = customer._keep_overdue(company)
        contacts = searches["contacts"].find(customer)
        value = customer.env["sale.order"].get_value_panel(customer.id, company.id)
        channels = Channel._get_open_channels(customer)
        opened = self._find_open(customer, company)
        told = self._find_timeline(customer, channels, limit)
        read_together(self.env, [*self._get_open_searches(opened), *self._get_timeline_searches(told)])
        return {
            "id": customer.id,
            "name": customer.display_name,
            "reference": customer.ref or "",
            "email": customer.email or "",
            "phone": customer.phone or "",
            "city": ", ".join(filter(None, [customer.city, customer.country_id.name])),
            "user": customer.user_id.sudo().name or "",
            "value": value,
            "head": self._get_head(customer, company, value, searches),
            "open": self._describe_opened(opened, company),
            "can_quote": self.env["sale.order"].has_access("create"),
            "can_see_orders": self.env["sale.order"].has_access("read"),
            "channels": [
                {"code": code, "label": channel.label, "icon": channel.icon} for code, channel in channels.items()
            ],
            "contacts": [
                {
                    "id": contact.id,
                    "name": contact.name or contact.display_name,
                    "function": contact.function or "",
                    "email": contact.email or "",
                    "phone": contact.phone or "",
                }
                for contact in contacts
            ],
            "timeline": self._describe_timeline(told),
        }

    @api.model
    def _get_contacts_search(self, customer):
        """:return: ``Search`` for the contacts that the timeline can be reduced to"""
        own = [("commercial_partner_id", "=", customer.id), ("id", "!=", customer.id)]
        names = ("name", "display_name", "function", "email", "phone")
        return Search(self.env["res.partner"], own, names, CONTACTS)

    @api.model
    @api.readonly
    def get_timeline(self, partner_id, kinds=(), text="", contact_id=False, since=False, until=False, before=None):
        """A page of what happened with a customer, the latest first.

        :param kinds: codes of channels; empty: all
        :param str text: searched in names and references
        :param int contact_id: only with this contact
        :param str since: first day, ``until`` last day; ISO
        :param list before: ``next`` of the page before
        :return: dict of ``rows`` and ``next`` (False: there is no more)
        """
        customer = self._get_customer(partner_id)
        return self._read_page(
            customer,
            kinds=set(kinds),
            before=tuple(before) if before else None,
            text=text.strip() or None,
            contact=contact_id or None,
            since=fields.Date.to_date(since) if since else None,
            until=fields.Date.to_date(until) if until else None,
        )

    @api.model
    def _read_page(self, customer, limit=PAGE, **conditions):
        """:param conditions: see ``customer.channel._read_timeline``
        :return: as ``get_timeline``
        """
        Channel = self.env["customer.channel"]
        known = Channel._get_known_searches(customer)
        customer = Channel._keep_known(look_ahead(customer, known.values()), known)
        told = self._find_timeline(customer, Channel._get_open_channels(customer), limit, **conditions)
        read_together(self.env, self._get_timeline_searches(told))
        return self._describe_timeline(told)

    @api.model
    def _find_timeline(self, customer, channels, limit, **conditions):
        """:param dict channels: those that the reader may read
        :return: dict of ``customer``, ``channels``, ``rows`` as of ``customer.channel._read_timeline`` and ``more``
        """
        rows = self.env["customer.channel"]._read_timeline(customer, limit=limit, channels=channels, **conditions)
        return {"customer": customer, "channels": channels, "rows": rows[:limit], "more": len(rows) > limit}

    @api.model
    def _get_timeline_searches(self, told):
        return self.env["customer.channel"]._get_searches(told["rows"], told["channels"])

    @api.model
    def _describe_timeline(self, told):
        rows = told["rows"]
        moment, code, number = rows[-1] if rows else (None, None, None)
        return {
            "rows": self.env["customer.channel"]._describe(told["customer"], rows, told["channels"]),
            "next": [moment.isoformat(), code, number] if told["more"] else False,
        }

    @api.model
    def _get_customer(self, partner_id):
        company = check_value_company(self.env)
        # statements of very many branches are taken for so costly that the database would compile them, or share them
        # out among processes, first: both take longer than they do
        self.env.cr.execute("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0")
        partner = self.env["res.partner"].browse(partner_id)
        self._read_first(partner, company)
        partner.check_access("read")
        customer = partner.commercial_partner_id
        customer.check_access("read")
        return customer

    @api.model
    def _read_first(self, partner, company):
        """Read what access rights and every amount are about, before anybody asks for it one by one."""
        # sudo: into the cache, where access is checked as ever
        Partner, Company, User = (
            self.env[name].sudo().with_context(active_test=False)
            for name in ("res.partner", "res.company", "res.users")
        )
        # the language of amounts, where the user has none
        main = ("company_id.*", "company_id.partner_id.*")
        names = ("*", "value_former_ids", "country_id.*", "user_id.*", "user_id.partner_id.*")
        read_together(
            self.env,
            [
                Search(Partner, [("id", "=", partner.id)], (*names, *(f"commercial_partner_id.{n}" for n in names))),
                Search(Company, [("id", "=", company.id)], ("*", "currency_id.*", "partner_id.*")),
                Search(User, [("id", "=", self.env.uid)], ("*", "partner_id.*", "partner_id.channel_ids", *main)),
            ],
        )
