from odoo import api, fields, models

from ..core.groups import check_value_company

# Rows of the timeline that are shown at a time.
PAGE = 40


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
            ``suggestions``, ``can_quote``, ``channels``, ``contacts`` and ``timeline``
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
        channels = self.env["customer.channel"]._get_open_channels(customer)
        contacts = self.env["res.partner"].search(
            [("commercial_partner_id", "=", customer.id), ("id", "!=", customer.id)], limit=100
        )
        value = self.env["sale.order"].get_value_panel(customer.id, company.id)
        return {
            "id": customer.id,
            "name": customer.display_name,
            "reference": customer.ref or "",
            "email": customer.email or "",
            "phone": customer.phone or "",
            "city": ", ".join(filter(None, [customer.city, customer.country_id.name])),
            "user": customer.user_id.sudo().name or "",
            "value": value,
            "head": self._get_head(customer, company, value),
            "open": self._get_open(customer, company),
            "can_quote": self.env["sale.order"].has_access("create"),
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
            "timeline": self._read_page(customer, channels, limit),
        }

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
            self.env["customer.channel"]._get_open_channels(customer),
            kinds=set(kinds),
            before=tuple(before) if before else None,
            text=text.strip() or None,
            contact=contact_id or None,
            since=fields.Date.to_date(since) if since else None,
            until=fields.Date.to_date(until) if until else None,
        )

    @api.model
    def _read_page(self, customer, channels, limit=PAGE, **conditions):
        """:param dict channels: those that the reader may read
        :param conditions: see ``customer.channel._read_timeline``
        :return: as ``get_timeline``
        """
        Channel = self.env["customer.channel"]
        found = Channel._read_timeline(customer, limit=limit, channels=channels, **conditions)
        rows = found[:limit]
        moment, code, number = rows[-1] if rows else (None, None, None)
        return {
            "rows": Channel._describe(customer, rows, channels),
            "next": [moment.isoformat(), code, number] if len(found) > limit else False,
        }

    @api.model
    def _get_customer(self, partner_id):
        check_value_company(self.env)
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        customer = partner.commercial_partner_id
        customer.check_access("read")
        return customer
