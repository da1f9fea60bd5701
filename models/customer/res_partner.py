from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ...analytics.core import phones
from ..core.groups import VALUE_USER

PHONE = "value_phone_e164"
# Rows that are filled by one statement.
BATCH = 10_000


class ResPartner(models.Model):
    """A customer is found by their phone number in any notation, has a page, and contacts made with them."""

    _inherit = "res.partner"

    # Odoo's phone_sanitized is no help: it forgets numbers that no operator has given out yet, and has no index
    value_phone_e164 = fields.Char(
        string="Phone, Normalized",
        compute="_compute_value_phone_e164",
        store=True,
        index="btree_not_null",
        help="The phone number in E.164, for comparing. Of a number that fits no country, its digits alone.",
    )
    customer_contact_count = fields.Integer(
        string="Number of Contacts Made", compute="_compute_beside", compute_sudo=True, groups=VALUE_USER
    )

    value_is_former = fields.Boolean(
        string="Was a Customer",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The contact was a customer of its own once, and has orders of that time.",
    )
    value_former_ids = fields.One2many(
        "res.partner",
        "commercial_partner_id",
        string="Former Customers",
        domain=[("value_is_former", "=", True)],
        context={"active_test": False},
        readonly=True,
        groups="base.group_user",
        help="Contacts who were customers of their own once.",
    )

    # names in Chinese and the like are found by their first character
    _value_initial = models.Index("(left(name, 1)) WHERE ascii(name) > 255")
    _value_former = models.Index("(commercial_partner_id) WHERE value_is_former IS TRUE")
    # of very many contacts the first ones by name
    _value_contacts = models.Index("(commercial_partner_id, complete_name, id DESC) WHERE active IS TRUE")
    # numbers written down in part are found by their ending
    _value_phone_ending = models.Index(
        "(reverse(value_phone_e164) text_pattern_ops) WHERE value_phone_e164 IS NOT NULL"
    )

    # -- phone numbers -------------------------------------------------------------------------------------------------

    @api.depends("phone", "country_id", "company_id.country_id")
    def _compute_value_phone_e164(self):
        """National numbers are those of the partner's country, else of their company, else of the current one."""
        without = self.filtered(lambda partner: not partner.phone)
        without.value_phone_e164 = False
        for partner in self - without:
            country = partner.country_id or partner.company_id.country_id or self.env.company.country_id
            partner.value_phone_e164 = phones.normalize_or_digits(partner.phone, country.code)

    def _auto_init(self):
        """Fill a new column here: the ORM would read and write every partner."""
        is_new = not column_exists(self.env.cr, self._table, PHONE)
        if is_new:
            create_column(self.env.cr, self._table, PHONE, "varchar")
        result = super()._auto_init()
        if is_new:
            self._fill_phones()
        return result

    @api.model
    def _fill_phones(self):
        """Normalize the numbers of all partners: one reading, and one statement for each batch."""
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                SELECT partner.id, partner.phone, COALESCE(own.code, company_country.code, main.code)
                  FROM res_partner partner
                  LEFT JOIN res_country own ON own.id = partner.country_id
                  LEFT JOIN res_company company ON company.id = partner.company_id
                  LEFT JOIN res_partner company_partner ON company_partner.id = company.partner_id
                  LEFT JOIN res_country company_country ON company_country.id = company_partner.country_id
                  LEFT JOIN (SELECT country.code
                               FROM res_company first
                               JOIN res_partner address ON address.id = first.partner_id
                               JOIN res_country country ON country.id = address.country_id
                              ORDER BY first.id LIMIT 1) main ON TRUE
                 WHERE partner.phone <> ''
                """
            )
        )
        rows = [(number, phones.normalize_or_digits(text, code)) for number, text, code in cr.fetchall()]
        rows = [row for row in rows if row[1]]
        for start in range(0, len(rows), BATCH):
            ids, numbers = zip(*rows[start : start + BATCH], strict=True)
            cr.execute(
                SQL(
                    """
                    UPDATE res_partner partner SET value_phone_e164 = given.number
                      FROM unnest(%s::int[], %s::text[]) AS given (id, number)
                     WHERE partner.id = given.id
                    """,
                    list(ids),
                    list(numbers),
                )
            )
        self.invalidate_model([PHONE], flush=False)

    @api.model
    def _find_by_phone(self, text, limit=None):
        """Partners with a number: as it may be meant anywhere, or else, if nobody has it, with such an ending.

        :param str text: in any notation
        :return: partners that the user may see; those with the number of the current company's country first
        """
        meanings = phones.get_meanings(text, self.env.company.country_id.code)
        if meanings:
            found = self.search([(PHONE, "in", meanings)])
            if found:
                rank = {number: place for place, number in enumerate(meanings)}
                return found.sorted(lambda partner: rank[partner.value_phone_e164])[:limit]
        ending = phones.get_ending(text)
        if not ending:
            return self.browse()
        query = self._search([(PHONE, "!=", False)])
        column = self._field_to_sql(self._table, PHONE, query)
        query.add_where(SQL("reverse(%s) LIKE %s", column, f"{ending[::-1]}%"))
        query.limit = limit
        return self.browse(query)

    # -- contacts made -------------------------------------------------------------------------------------------------

    def _get_beside(self):
        parts = super()._get_beside()
        Contact = self.env["customer.contact"]
        if Contact.has_access("read"):
            query = Contact._search([("customer_id", "!=", False)])
            customer = SQL.identifier(Contact._table, "customer_id")
            query.groupby = customer
            parts["customer_contact_count"] = ("commercial_partner_id", query.select(customer, SQL("count(*)")))
        return parts

    def action_view_customer_contacts(self):
        """The contacts made with the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_contact")
        return action | {
            "domain": [("customer_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }

    def action_choose_for_contact(self):
        """Say that it was they with whom a contact, given in the context, was made."""
        self.ensure_one()
        contact = self.env["customer.contact"].browse(self.env.context.get("customer_contact_id") or ()).exists()
        contact.check_access("write")
        self.check_access("read")
        contact.partner_id = self

    # -- the customer page ---------------------------------------------------------------------------------------------

    def _get_orders_domain(self):
        """Orders of the customer, and of those who were customers of their own before they became contacts.

        By id: the database could not tell how few of very many contacts have any.
        """
        # sudo: the rules of orders decide who sees them, not those of contacts
        return Domain("value_customer_id", "in", (self | self.sudo().value_former_ids).ids)

    def action_open_customer(self):
        """For those who may see the value of customers, all about them on one page."""
        if self.env.user.has_group(VALUE_USER):
            return self.action_open_customer_page()
        return super().action_open_customer()

    def action_open_customer_page(self):
        """Open everything about the customer on one page."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("customer_value.action_customer_page")
        return action | {"params": {"partner_id": self.id}, "context": {"active_id": self.id}}

    def _customer_timeline(self, limit=50, after=None, channels=None, until=None):
        """What happened with a customer, as far as the reader may open it; of a contact, that of their company.

        Paging: pass the ``key`` of the last row as ``after``, with the same ``channels`` and ``until``; rows that are
        entered meanwhile are not shown twice. A page of fewer rows than ``limit`` is the last one.

        :param int limit: rows at most
        :param after: ``key`` of the last row that has been read; None: from the latest on
        :param channels: codes of ``customer.channel``; all that the reader may read if empty
        :param date until: last day
        :return: list of dicts, the latest first: ``day`` (date), ``channel``, ``model``, ``res_id``, ``direction``
            (``in``: from the customer, ``out``: to them, or ""), ``amount`` (number in the currency of the record, or
            False), ``text`` and ``key``
        :raise AccessError: the user may not see customer values, or the customer
        """
        self.ensure_one()
        Page = self.env["customer.page"]
        customer = Page._get_customer(self.id)
        found = Page._read_page(
            customer,
            limit=limit,
            kinds=set(channels or ()),
            before=tuple(after) if after else None,
            until=until,
        )
        return [
            {
                "day": fields.Date.to_date(row["moment"][:10]),
                "channel": row["channel"],
                "model": row["model"],
                "res_id": row["id"],
                "direction": row["direction"],
                "amount": row["value"],
                "text": row["text"],
                "key": (row["moment"], row["channel"], row["id"]),
            }
            for row in found["rows"]
        ]
