from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..core.groups import check_value_company

PAGE = 40
PRODUCTS = 15
OPEN = 5
CANDIDATES = 12
MOST_CANDIDATES = 100


class CustomerPage(models.AbstractModel):
    """Everything about one customer on one page. Nothing of it is stored.

    All of it is about the commercial entity with its contacts, in the current company, and read with the rights of the
    user who looks.
    """

    _name = "customer.page"
    _description = "Customer Page"

    @api.model
    @api.readonly
    def get_page(self, partner_id):
        """:param int partner_id: customer or contact
        :return: dict of ``id``, ``name``, ``reference``, ``contact`` details, ``user``, ``value`` (as of
            ``sale.order.get_value_panel``), ``open``, ``products``, ``channels``, ``contacts`` and ``timeline``
        :raise AccessError: the user may not see customer values, or the customer
        """
        customer = self._get_customer(partner_id)
        company = self.env.company
        channels = self.env["customer.channel"]._get_open_channels(customer)
        contacts = self.env["res.partner"].search(
            [("commercial_partner_id", "=", customer.id), ("id", "!=", customer.id)], limit=100
        )
        return {
            "id": customer.id,
            "name": customer.display_name,
            "reference": customer.ref or "",
            "email": customer.email or "",
            "phone": customer.phone or "",
            "city": ", ".join(filter(None, [customer.city, customer.country_id.name])),
            "user": customer.user_id.sudo().name or "",
            "value": self.env["sale.order"].get_value_panel(customer.id, company.id),
            "open": self._get_open(customer, company),
            "products": self._get_products(customer, company),
            "channels": [
                {"code": code, "label": channel.label, "icon": channel.icon} for code, channel in channels.items()
            ],
            "contacts": [{"id": contact.id, "name": contact.name or contact.display_name} for contact in contacts],
            "timeline": self.get_timeline(customer.id),
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
        Channel = self.env["customer.channel"]
        found = Channel._read_timeline(
            customer,
            kinds=set(kinds),
            limit=PAGE,
            before=tuple(before) if before else None,
            text=text.strip() or None,
            contact=contact_id or None,
            since=fields.Date.to_date(since) if since else None,
            until=fields.Date.to_date(until) if until else None,
        )
        rows = found[:PAGE]
        moment, code, number = rows[-1] if rows else (None, None, None)
        return {
            "rows": Channel._describe(customer, rows),
            "next": [moment.isoformat(), code, number] if len(found) > PAGE else False,
        }

    @api.model
    @api.readonly
    def find(self, text, limit=CANDIDATES):
        """Customers by name, number, VAT, mail address, phone in any notation, or the number of a document.

        :param int limit: of customers, at most 100
        :return: list of dicts of ``id`` (commercial entity), ``name``, ``found`` (by what), and ``contact_id`` and
            ``contact`` (the only contact that was found, or the customer); each customer once
        :raise AccessError: the user may not see customer values
        """
        check_value_company(self.env)
        text = (text or "").strip()
        if len(text) < 2:
            return []
        limit = min(limit, MOST_CANDIDATES)
        Partner = self.env["res.partner"].with_context(active_test=False)
        found, contacts = {}, {}

        def add(partners, label):
            for partner in partners:
                customer = partner.commercial_partner_id
                found.setdefault(customer.id, {"id": customer.id, "name": customer.display_name, "found": label})
                contacts.setdefault(customer.id, {})[partner.id] = partner

        exact = {"ref": self.env._("Number"), "vat": self.env._("Tax ID"), "email": self.env._("Email")}
        for name, label in exact.items():
            add(Partner.search([(name, "=ilike", text)], limit=limit), label)
        add(self._find_phone(Partner, text, limit), self.env._("Phone"))
        documents = {
            "sale.order": self.env._("Order"),
            "account.move": self.env._("Invoice"),
            "helpdesk.ticket": self.env._("Ticket"),
        }
        for model, label in documents.items():
            name = "number" if model == "helpdesk.ticket" else "name"
            Model = self.env[model]
            if Model.has_access("read"):
                records = Model.search([(name, "=ilike", text)], limit=limit)
                add(records.partner_id.with_context(active_test=False), f"{label} {text}")
        add(Partner.search(Domain("name", "ilike", text), limit=limit), self.env._("Name"))
        for customer_id, row in found.items():
            partners = list(contacts[customer_id].values())
            contact = partners[0] if len(partners) == 1 else Partner.browse(customer_id)
            row |= {"contact_id": contact.id, "contact": contact.name or contact.display_name}
        return list(found.values())[:limit]

    @api.model
    def _find_phone(self, Partner, text, limit=CANDIDATES):
        """Partners with such a number, or with such an ending if nobody has it."""
        return Partner._find_by_phone(text, limit)

    # -- parts ---------------------------------------------------------------------------------------------------------

    @api.model
    def _get_customer(self, partner_id):
        check_value_company(self.env)
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        customer = partner.commercial_partner_id
        customer.check_access("read")
        return customer

    @api.model
    def _get_open(self, customer, company):
        """What waits for somebody, the most urgent first: a few records of each kind, their number, and a domain."""
        own = Domain("partner_id.commercial_partner_id", "=", customer.id)
        of_company = Domain("company_id", "=", company.id)
        labels = {
            "complaints": self.env._("Complaints"),
            "overdue": self.env._("Overdue invoices"),
            "activities": self.env._("Activities"),
            "quotations": self.env._("Quotations"),
            "opportunities": self.env._("Opportunities"),
            "tickets": self.env._("Tickets"),
        }
        asked = (
            (labels["complaints"], "helpdesk.ticket", "complaint_escalate_on", "complaint_state",
             Domain(self.env["helpdesk.ticket"]._get_open_complaints_domain(customer, company))),
            (labels["overdue"], "account.move", "invoice_date_due", "amount_residual_signed",
             Domain("commercial_partner_id", "=", customer.id) & of_company & Domain("value_is_overdue", "=", True)),
            (labels["activities"], "mail.activity", "date_deadline", "summary",
             Domain("res_model", "=", "res.partner")
             & Domain("res_id", "in", self.env["customer.channel"]._get_contacts(customer))),
            (labels["quotations"], "sale.order", "validity_date", "amount_total",
             Domain("value_customer_id.commercial_partner_id", "=", customer.id) & of_company
             & Domain("state", "in", ("draft", "sent"))),
            (labels["opportunities"], "crm.lead", "date_deadline", "expected_revenue",
             own & Domain("type", "=", "opportunity") & Domain("won_status", "=", "pending")),
            (labels["tickets"], "helpdesk.ticket", "create_date", "stage_id",
             own & of_company & Domain("is_complaint", "!=", True) & Domain("closed", "=", False)),
        )  # fmt: skip
        blocks = []
        for label, model, moment, shown, domain in asked:
            Model = self.env[model]
            fields_read = [Model._fields[name] for name in (moment, shown)]
            if not Model.has_access("read") or not all(Model._has_field_access(field, "read") for field in fields_read):
                continue
            records = Model.search(domain, order=f"{moment}, id")
            if not records:
                continue
            blocks.append(
                {
                    "label": label,
                    "model": model,
                    "count": len(records),
                    "domain": [("id", "in", records.ids)],
                    "rows": [self._describe_open(record, moment, shown) for record in records[:OPEN]],
                }
            )
        return blocks

    @api.model
    def _describe_open(self, record, moment, shown):
        value, field = record[shown], record._fields[shown]
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            value = currency.format(abs(value)) if currency else ""
        elif field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value, "")
        elif field.type == "many2one":
            value = value.display_name
        day = record[moment]
        return {
            "id": record.id,
            "name": record.display_name,
            "shown": value or "",
            "day": format_date(self.env, day) if day else "",
            "late": bool(day) and fields.Date.to_date(day) < fields.Date.context_today(self),
        }

    @api.model
    def _get_products(self, customer, company):
        """What the customer buys: last price and day, how often, their usual gap, and whether it is due again."""
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return []
        orders = Order._search(
            Domain("value_customer_id.commercial_partner_id", "=", customer.id)
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "sale")
        )
        self.env.flush_all()
        zone = company._get_value_zone()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.product_id,
                       (array_agg(line.price_subtotal / line.product_uom_qty
                                  ORDER BY so.date_order DESC, line.id DESC))[1],
                       (array_agg(so.currency_id ORDER BY so.date_order DESC, line.id DESC))[1],
                       min(day.day), max(day.day), count(DISTINCT day.day), sum(line.product_uom_qty)
                  FROM sale_order so
                  JOIN sale_order_line line ON line.order_id = so.id
                 CROSS JOIN LATERAL (
                        SELECT (so.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day) day
                 WHERE so.id IN %(orders)s AND line.product_id IS NOT NULL AND line.display_type IS NULL
                   AND line.is_downpayment IS NOT TRUE AND line.product_uom_qty > 0
                 GROUP BY line.product_id
                 ORDER BY max(day.day) DESC, count(DISTINCT day.day) DESC, line.product_id
                 LIMIT %(limit)s
                """,
                zone=zone,
                orders=orders.subselect(),
                limit=PRODUCTS,
            )
        )
        today = company._get_value_today()
        # sudo: an archived product, or one of another company, may stand in an old order
        names = {
            product.id: product.display_name
            for product in self.env["product.product"].sudo().browse(r[0] for r in rows)
        }
        products = []
        for product, price, currency, first, last, days, quantity in rows:
            gap = round((last - first).days / (days - 1)) if days > 2 else 0
            due = last + timedelta(days=gap) if gap else None
            status = ""
            if due and today > last + timedelta(days=3 * gap):
                status = "gone"
            elif due and today >= due:
                status = "due"
            products.append(
                {
                    "id": product,
                    "name": names[product],
                    "price": self.env["res.currency"].browse(currency).format(price),
                    "last": format_date(self.env, last),
                    "days": days,
                    "quantity": quantity,
                    "gap": gap,
                    "due": format_date(self.env, due) if due else "",
                    "status": status,
                }
            )
        return products
