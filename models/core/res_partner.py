from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .differing import get_differing
from .groups import VALUE_USER
from .prefetching import read_apart


class ResPartner(models.Model):
    """What rooms share in the customer: where they become others, and how they are found by what is kept of them."""

    _name = "res.partner"
    _inherit = ["res.partner", "customer.value.carried"]

    def _post_model_setup__(self):
        """What we keep of partners is read apart: every document reads its partners."""
        result = super()._post_model_setup__()
        read_apart(self)
        return result

    value_list = fields.Char(
        string="List of Customers",
        compute="_compute_value_list",
        search="_search_value_list",
        exportable=False,
        groups=VALUE_USER,
        help="Technical name of a list that the customer is in; for filters only.",
    )

    def _compute_value_list(self):
        self.value_list = False

    @api.model
    def _search_value_list(self, operator, value):
        """Customers with a row that the user may read in one of the lists.

        :param value: names of models that are a ``customer.value.customer.row``
        """
        self._check_field_access(self._fields["value_list"], "read")
        if operator != "in":
            return NotImplemented
        Row = self.env.registry["customer.value.customer.row"]
        models = [self.env[name] for name in value if issubclass(self.env.registry.get(name, object), Row)]
        return Domain.OR(Domain("id", "in", model._search([]).subselect("partner_id")) for model in models)

    # -- what the form shows beside the customer -----------------------------------------------------------------------

    @api.model
    def _get_beside(self):
        """What rooms keep of customers and their form shows: all of it is read by one statement. Extended by others.

        A field that has ``compute="_compute_beside"`` and ``compute_sudo=True`` is added with what it is read from. It
        keeps to its own groups; queries are made as the user, so that rules of their models count.

        :return: ``{name of the field: (by, query)}``. The query is SQL of two columns, id of a partner and what the
            field gets: the number of a record, another number, or a key of a selection. It finds at most one row for
            each partner. ``by`` says whose row a partner has: ``id`` (their own) or ``commercial_partner_id``
        """
        return {}

    @api.model
    def _kept_beside(self, model, column="id", domain=Domain.TRUE):
        """For ``_get_beside``: what ``model`` keeps of commercial entities in the current company.

        :param str model: with ``partner_id`` and ``company_id``, at most one record for both within ``domain``
        :param str column: of its table
        :return: ``(by, query)``
        """
        # sudo: the group of the field decides
        Kept = self.env[model].sudo()
        query = Kept._search(Domain(domain) & Domain("company_id", "=", self.env.company.id))
        columns = (SQL.identifier(Kept._table, name) for name in ("partner_id", column))
        return "commercial_partner_id", query.select(*columns)

    @api.model
    def _get_beside_depends(self):
        """Names of fields after whose change it is read anew. Extended by others."""
        return ("commercial_partner_id",)

    @api.depends(lambda self: self._get_beside_depends())
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_beside(self):
        user = self.with_user(self.env.user)
        parts = user._get_beside()
        ids = sorted({*self._origin.ids, *self.commercial_partner_id._origin.ids})
        rows = []
        if ids and parts:
            rows = self.env.execute_query(
                SQL(
                    "SELECT * FROM (%s) beside WHERE partner_id = ANY(%s)",
                    SQL(" UNION ALL ").join(
                        SQL(
                            "SELECT %s AS name, partner_id, to_jsonb(value) FROM (%s) part (partner_id, value)",
                            name,
                            query,
                        )
                        for name, (_by, query) in parts.items()
                    ),
                    ids,
                )
            )
        found = {(name, partner_id): value for name, partner_id, value in rows}
        names = [name for name, field in self._fields.items() if field.compute == "_compute_beside"]
        for partner in self:
            for name in names:
                by, _query = parts.get(name, ("id", None))
                whose = partner if by == "id" else partner[by]
                partner[name] = found.get((name, whose._origin.id))

    def _get_changing_company(self, vals):
        """Those who belong to another company, or become one, once ``vals`` are written.

        Looks at the values first: whatever else is written to partners costs no query.
        """
        changing = {name: vals[name] for name in ("parent_id", "is_company") if name in vals}
        return self.filtered(lambda partner: get_differing(partner, changing)) if changing else self.browse()

    def write(self, vals):
        """Models that keep something of customers act when these become others; see ``customer.succession``.

        Costs queries where they do, and none otherwise.
        """
        Succession = self.env["customer.succession"]
        followed = Succession._get_followed(vals)
        if followed:
            names = set().union(*followed.values())
            own = {name: vals[name] for name in names}
            with Succession._change(self, own, followed):
                result = super().write(own)
            vals = {name: value for name, value in vals.items() if name not in names}
            if not vals:
                return result
        moving = self._get_changing_company(vals)
        if not moving:
            return super().write(vals)
        with Succession._move(moving):
            return super().write(vals)

    def _track_prepare(self, fields_iter):
        """Read all fields that are tracked at once: where an invoice counts for its customer, they are not prefetched.

        Each would be read by a query of its own, and rooms track some more than Odoo does.
        """
        names = {*fields_iter}
        if not self.env.context.get("prefetch_fields", True):
            self.fetch([name for name in self._track_get_fields() & names if self._fields[name].store])
        return super()._track_prepare(names)

    def action_open_customer(self):
        """What the name of a customer opens, in lists and on the dashboard. Extended by others.

        :return: dict, an action; here the form of the partner
        """
        self.ensure_one()
        return self.get_formview_action()

    @api.model
    def _get_blacklisted_sql(self, partner):
        """Whether letters to a partner would reach an address on the blacklist: any of those in their email field.

        Odoo looks at the first one alone, and writes to all of them.

        :param SQL partner: id of the partner
        :return: SQL of a condition
        """
        return SQL(
            r"""%s IN (SELECT p.id FROM res_partner p JOIN mail_blacklist b ON b.email = p.email_normalized
                        WHERE b.active
                        UNION ALL
                       SELECT p.id FROM res_partner p
                        CROSS JOIN LATERAL regexp_split_to_table(lower(p.email), '[][\s,;:<>()"/|]+') address
                         JOIN mail_blacklist b ON b.email = address
                        WHERE b.active AND p.email LIKE '%%@%%@%%')""",
            partner,
        )

    def _is_any_address_blacklisted(self):
        """As of :meth:`_get_blacklisted_sql`."""
        self.ensure_one()
        self.env["res.partner"].flush_model(["email", "email_normalized"])
        self.env["mail.blacklist"].flush_model(["email", "active"])
        return bool(self.env.execute_query(SQL("SELECT 1 WHERE %s", self._get_blacklisted_sql(SQL("%s", self.id)))))

    def _filter_willing(self):
        """Those of these customers who can be emailed and have not said that they want none.

        Extended by others, where customers can say so.
        """
        if not self:
            return self
        self.env["res.partner"].flush_model(["email", "email_normalized"])
        self.env["mail.blacklist"].flush_model(["email", "active"])
        rows = self.env.execute_query(
            SQL(
                "SELECT c.id FROM res_partner c WHERE c.id = ANY(%s) AND %s",
                self.ids,
                self._get_blacklisted_sql(SQL.identifier("c", "id")),
            )
        )
        unwilling = {partner_id for (partner_id,) in rows}
        return self.filtered(lambda partner: partner.id not in unwilling and partner.email)

    @api.model
    def _search_by_kept(self, own, model, field, operator, value, domain=Domain.TRUE):
        """For search methods: partners by what ``model`` keeps of their commercial entity in the current company.

        For an empty value these include partners without a record of it.

        :param str own: the field of the partner that is searched, whose groups count
        :param str model: with ``partner_id`` and ``company_id``, at most one record for both within ``domain``
        :param str field: of ``model``
        :return: Domain, or NotImplemented
        """
        # Odoo does not look at the groups of a field with a search method: searching would tell what reading hides
        self._check_field_access(self._fields[own], "read")
        operators = {"in", "any"}
        if field != "id":
            operators |= {"like", "ilike", "=like", "=ilike", "<", ">", "<=", ">="}
        if operator not in operators:
            return NotImplemented
        # sudo: users who may read the partner's field may search by it
        Kept = self.env[model].sudo()
        domain = Domain(domain) & Domain("company_id", "=", self.env.company.id)
        if operator == "in" and False in value:
            others = Kept._search(domain & Domain(field, "not in", value))
            return Domain("commercial_partner_id", "not in", others.subselect("partner_id"))
        matching = Kept._search(domain & Domain(field, operator, value))
        return Domain("commercial_partner_id", "in", matching.subselect("partner_id"))
