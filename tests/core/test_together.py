"""Reading several models in one statement, against what Odoo reads of each."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.core.together import AHEAD, Search, look_ahead, read_together, search_ahead
from .value_case import ValueCase

MODELS = (
    "res.partner", "res.company", "res.users", "sale.order", "account.move", "crm.lead", "helpdesk.ticket",
    "product.template", "mail.message", "customer.value.score", "customer.value.policy",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestTogether(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.customer("Firm", city="Ghent", country_id=cls.env.ref("base.be").id, color=3)
        cls.contact = cls.customer("Contact", parent_id=cls.firm.id)
        cls.one, cls.two = (cls.order(cls.firm, amount=amount) for amount in (10.25, 7))
        cls.invoice(cls.contact)
        cls.lead(cls.contact)
        cls.ticket(cls.firm)
        cls.run_policy()

    def cached(self, records):
        """``{field: {id: value}}`` of what is in the cache"""
        return {
            field.name: {number: cache[number] for number in records.ids if number in cache}
            for field in records._fields.values()
            if (cache := field._get_cache(records.env))
        }

    def test_as_odoo_reads(self):
        """Every value of every field, in another language as well."""
        self.env["res.lang"]._activate_lang("nl_NL")
        for lang in ("en_US", "nl_NL"):
            env = self.env(context=self.env.context | {"lang": lang})
            searches = [Search(env[name], [], limit=20) for name in MODELS]
            env.invalidate_all()
            found = read_together(env, searches)
            for records in found:
                self.assertEqual(records, records.browse(records.search([], limit=20).ids))
                ours = self.cached(records)
                self.assertTrue(records and ours, records._name)
                env.invalidate_all()
                records.fetch()
                theirs = self.cached(records)
                for name, values in theirs.items():
                    if records._fields[name].column_type and records._fields[name].type not in ("binary", "properties"):
                        self.assertEqual(ours.get(name), values, f"{records._name}.{name}")
                env.invalidate_all()
                read_together(env, searches)

    def test_in_any_order(self):
        """Where some will do, and a domain that is no condition of a field is known again."""
        some = self.env["res.partner"].search([("id", "in", (self.firm + self.contact).ids)])
        custom = Domain.custom(
            to_sql=lambda model, alias, query: SQL("%s = ANY(%s)", SQL.identifier(alias, "id"), some.ids)
        )
        search = Search(self.env["res.partner"], custom & Domain("color", "=", 3), ("name",), 5, ordered=False)
        other = Search(self.env["res.partner"], Domain("color", "=", 3) & custom, ("name",), 1)
        known = look_ahead(self.firm, [search, other])
        self.assertEqual((search.find(known), other.find(known)), (self.firm, self.firm))
        self.assertEqual(self.count_queries(lambda: look_ahead(known, [search])), 0)

    def test_one_statement(self):
        """Also of what they refer to, and nothing is left to be read."""
        names = ("*", "partner_id.name", "partner_id.country_id.code", "order_line.product_id", "tag_ids")
        search = Search(self.env["sale.order"], [("partner_id", "=", self.firm.id)], names)
        self.one.tag_ids = [Command.create({"name": "Urgent"})]

        def read():
            [orders] = read_together(self.env, [search])
            self.assertEqual(orders.sorted("id"), self.one + self.two)
            for order in orders:
                self.assertEqual((order.partner_id.name, order.partner_id.country_id.code), ("Firm", "BE"))
                self.assertEqual(order.order_line.product_id, self.product)
            self.assertEqual(self.one.tag_ids.mapped("id"), orders.tag_ids.ids)

        self.assertEqual(self.count_queries(read), 1)
        self.assertEqual(read_together(self.env, []), [])

    def test_many_of_the_same_model(self):
        """Children of a partner are partners; each has their own."""
        names = ("child_ids", "child_ids.name", "child_ids.active", "category_id", "category_id.active")
        self.contact.category_id = [Command.create({"name": "Friend"}), Command.create({"name": "Buyer"})]
        of = [("id", "in", (self.firm + self.contact).ids)]

        def read():
            read_together(self.env, [Search(self.env["res.partner"], of, names)])
            self.assertEqual(self.firm.child_ids, self.contact)
            self.assertEqual(self.firm.child_ids.name, "Contact")
            self.assertFalse(self.contact.child_ids or self.firm.category_id)
            self.assertEqual(len(self.contact.category_id), 2)

        self.assertEqual(self.count_queries(read), 1)

    def test_what_is_written_stays(self):
        """A change that the database does not know yet is what is read."""
        self.firm.city = "Bruges"
        [found] = read_together(self.env, [Search(self.env["res.partner"], [("id", "=", self.firm.id)])])
        self.assertEqual(found.city, "Bruges")

    def test_rules(self):
        """Those of the user who searches, model by model."""
        seller = new_test_user(
            self.env, "together", "sales_team.group_sale_salesman", company_id=self.company.id,
            company_ids=self.company.ids,
        )  # fmt: skip
        self.one.user_id, self.two.user_id = seller, self.env.user
        env = self.env(user=seller.id)
        of = [("id", "in", (self.one + self.two).ids)]
        mine, everybody = read_together(env, [Search(env["sale.order"], of), Search(env["sale.order"].sudo(), of)])
        self.assertEqual((mine.ids, sorted(everybody.ids)), (self.one.ids, (self.one + self.two).ids))
        with self.assertRaises(AccessError):
            read_together(env, [Search(env["customer.value.score"], [])])

    def test_ahead(self):
        """What was found is not asked for again: with the same rights, the same domain and the same limit."""
        Order = self.env["sale.order"]
        of = [("partner_id", "=", self.firm.id)]
        firm = look_ahead(self.firm, [Search(Order, of, ("name",))])
        known = firm.env["sale.order"]
        self.assertEqual(self.count_queries(lambda: search_ahead(known, of), warm=True), 0)
        self.assertEqual(search_ahead(known, of), Order.search(of))
        for model, limit in (
            (known, 1),
            (known.with_context(active_test=False), None),
            (known.with_context(allowed_company_ids=self.env.user.company_ids.ids), None),
            (known.with_user(self.env.ref("base.user_admin")).sudo(), None),
        ):
            self.assertEqual(self.count_queries(lambda m=model, n=limit: search_ahead(m, of, limit=n), warm=True), 1)
        self.assertEqual(look_ahead(firm, [Search(Order, of, ("name",))]), firm)

    def test_nobody_sends_it(self):
        """What a call has in its context under that name is no answer."""
        of = [("partner_id", "=", self.contact.id)]
        Order = self.env["sale.order"].with_context(**{AHEAD: {"ids": {}}})
        self.assertFalse(search_ahead(Order, of))
        self.assertFalse(Search(Order, of).find(look_ahead(self.contact, [Search(Order, of)])))
