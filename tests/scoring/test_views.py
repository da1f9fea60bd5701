from functools import partial

from lxml import etree
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..core.value_case import ValueCase

USER_MODELS = {
    "customer.value.score": ["list", "kanban", "pivot", "graph", "form", "search"],
    "customer.value.history": ["list", "pivot", "graph", "form", "search"],
}

MANAGER_MODELS = {
    "customer.value.run": ["list", "form", "search"],
    "customer.value.run.move": ["list", "pivot", "graph", "form", "search"],
    "customer.value.policy": ["list", "form", "search"],
    "customer.value.dimension": ["form"],
    "customer.value.tier": ["form"],
}

HOST_VIEWS = {
    "res.partner": ["form", "list", "kanban", "search"],
    "sale.order": ["form", "list", "search"],
}


@tagged("post_install", "-at_install")
class TestViews(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        sales = "sales_team.group_sale_salesman_all_leads"
        cls.user = new_test_user(cls.env, "views_user", f"{sales},customer_value.group_customer_value_user", **company)
        cls.manager = new_test_user(
            cls.env, "views_manager", f"{sales},customer_value.group_customer_value_manager", **company
        )
        cls.salesman = new_test_user(cls.env, "views_salesman", sales, **company)
        cls.partners = cls.customers(8)
        for number, partner in enumerate(cls.partners, start=1):
            cls.order(partner, amount=100.0 * number)
            cls.invoice(partner, amount=100.0 * number)
        cls.run_policy()

    def views(self, user, model, types):
        return self.env[model].with_user(user).get_views([(False, kind) for kind in types])["views"]

    def queries(self, function):
        """Number of queries of a call whose caches of rights, labels and the like are warm, but not its records'."""
        function()
        return self.count_queries(function)

    def test_views_load(self):
        """Every view can be opened by users who have its menu."""
        for user, models in ((self.user, USER_MODELS), (self.manager, USER_MODELS | MANAGER_MODELS)):
            for model, types in models.items():
                with self.subTest(user=user.login, model=model):
                    self.assertEqual(set(self.views(user, model, types)), set(types))

    def test_menus(self):
        """Runs and policies are for managers; users in neither group do not see the app."""
        prefix = "menu_customer_value_"
        menus = {
            name: self.env.ref(f"customer_value.{prefix}{name}").id
            for name in ("root", "customers", "history", "runs", "policies")
        }
        for user, expected in (
            (self.user, {"root", "customers", "history"}),
            (self.manager, set(menus)),
            (self.salesman, set()),
        ):
            visible = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertEqual({name for name, menu in menus.items() if menu in visible}, expected, user.login)

    def test_host_views(self):
        """Partners and orders show the value to users who may see it, and work for all others."""
        for model, types in HOST_VIEWS.items():
            for user, shown in ((self.user, True), (self.salesman, False)):
                for kind, view in self.views(user, model, types).items():
                    with self.subTest(model=model, user=user.login, kind=kind):
                        self.assertEqual("value_tier_id" in view["arch"], shown)
        form = self.views(self.salesman, "res.partner", ["form"])["form"]["arch"]
        self.assertNotIn("customer_value_explanation", form)

    def test_partner_form_costs_two_queries(self):
        """All that the form reads of a customer or a contact, against the same without what this addon adds to it."""
        company = self.partners[0]
        contact = self.customer("Contact", parent_id=company.id)
        for partner in (company, contact):
            partner = partner.with_user(self.user)
            full = Form(partner, view="base.view_partner_form")._view["fields_spec"]
            bare = {name: spec for name, spec in full.items() if not name.startswith("value_")}
            self.assertIn("value_tier_id", full)
            with_value, without = (self.queries(partial(partner.web_read, spec)) for spec in (full, bare))
            extra = with_value - without
            self.assertLessEqual(extra, 2, partner.name)
            self.assertEqual(partner.value_tier_id, self.score(company).tier_id)

    def test_partner_form_costs_two_queries_in_all(self):
        """With all that the addon shows there, whatever its name: the score, and what is beside it."""
        partner = self.partners[0].with_user(self.user)
        full = Form(partner, view="base.view_partner_form")._view["fields_spec"]
        bare = {name: spec for name, spec in full.items() if "customer_value" not in partner._fields[name]._modules}
        self.assertTrue({"retention_risk_level", "value_membership_id", "value_score"} <= set(full) - set(bare))
        with_ours, without = (self.queries(partial(partner.web_read, spec)) for spec in (full, bare))
        self.assertLessEqual(with_ours - without, 2)

    def test_what_is_read_together_keeps_to_its_groups(self):
        """Whoever may not see the value of customers gets nothing of what one statement reads, superusers' code all."""
        names = [name for name, field in self.env["res.partner"]._fields.items() if field.compute == "_compute_beside"]
        self.assertIn("retention_risk_id", names)
        partner = self.partners[0].with_user(self.salesman)
        # what salespeople are told of the pricelist that they have set is for them
        for name in set(names) - {"value_chosen_pricelist_id"}:
            with self.assertRaises(AccessError, msg=name):
                partner.mapped(name)
            self.assertFalse(partner.sudo()[name], name)

    def test_lists_of_hosts_cost_no_query_for_each_row(self):
        """What the addon adds to the lists of customers and orders, all columns shown, for 4 and for 8 rows."""
        orders = self.env["sale.order"].search([("partner_id", "in", self.partners.ids)])
        for records in (self.partners, orders):
            records = records.with_user(self.user)
            arch = etree.fromstring(records.get_views([(False, "list")])["views"]["list"]["arch"])
            names = {node.get("name") for node in arch.iter("field")}
            ours = {name for name in names if "customer_value" in records._fields[name]._modules}
            self.assertTrue(ours, records._name)
            spec = {
                name: {"fields": {"display_name": {}}} if records._fields[name].type == "many2one" else {}
                for name in ours
            }
            few, many = (self.queries(partial(rows.web_read, spec)) for rows in (records[:4], records[:8]))
            self.assertEqual(few, many, records._name)

    def test_partners_are_grouped_as_the_list_groups_them(self):
        """Groups, their counts and what opening them finds agree."""
        Partner = self.env["res.partner"].with_user(self.user)
        domain = [("id", "in", self.partners.ids)]
        for field in ("value_tier_id", "value_segment_id", "value_abc_class", "value_lifecycle"):
            described = Partner.fields_get([field], ["groupable", "sortable"])[field]
            self.assertTrue(described["groupable"] and described["sortable"], field)
            groups = Partner.web_read_group(domain, [field], ["__count"])["groups"]
            self.assertEqual(sum(group["__count"] for group in groups), len(self.partners), field)
            for group in groups:
                found = Partner.search_count(domain + group["__extra_domain"])
                self.assertEqual(found, group["__count"], (field, group[field]))

    def test_partners_are_sorted_by_score_and_tier(self):
        Partner = self.env["res.partner"].with_user(self.user)
        domain = [("id", "in", self.partners.ids)]
        scores = Partner.search(domain, order="value_score desc").mapped("value_score")
        self.assertEqual(scores, sorted(scores, reverse=True))
        entries = Partner.search(domain, order="value_tier_id").mapped("value_tier_id.entry_score")
        self.assertEqual(entries, sorted(entries, reverse=True))

    def test_explanation_of_a_contact(self):
        """A contact shows the value of the company, and says whose it is."""
        company = self.partners[0]
        contact = self.customer("Contact", parent_id=company.id)
        with self.reading_only():
            value = contact.with_user(self.user).get_value_explanation()
        self.assertEqual(value["score_id"], self.score(company).id)
        self.assertEqual(value["customer"], company.display_name)
        self.assertTrue(value["is_contact"])
        self.assertFalse(value["can_run"])
        self.assertEqual(value["trend"][-1][1], self.score(company).score)
        self.assertFalse(company.with_user(self.user).get_value_explanation()["is_contact"])

    def test_explanation_without_a_score(self):
        value = self.customer("Nobody").with_user(self.manager).get_value_explanation()
        self.assertEqual((value["score_id"], value["can_run"]), (False, True))

    def test_change_of_score(self):
        """Customers whose score fell can be found, and sorted by how far."""
        for number, partner in enumerate(self.partners[:3], start=1):
            self.order(partner, day="2025-07-15", amount=5000.0 * number)
            self.invoice(partner, day="2025-07-15", amount=5000.0 * number)
        self.run_policy(as_of="2025-07-31")
        Score = self.Score.with_user(self.user)
        domain = [("partner_id", "in", self.partners.ids)]
        everyone = Score.search(domain, order="score_change")
        changes = everyone.mapped("score_change")
        self.assertEqual(changes, sorted(changes))
        fell = Score.search([*domain, ("score_change", "<", 0)])
        self.assertEqual(fell, everyone.filtered(lambda score: score.score_change < 0).sorted())
        self.assertTrue(fell)
        self.assertEqual(Score.search_count([*domain, ("score_change", ">=", 0)]), len(everyone) - len(fell))

    def test_history_tells_what_made_the_difference(self):
        partner = self.partners[0]
        self.order(partner, day="2025-07-15", amount=5000.0)
        self.invoice(partner, day="2025-07-15", amount=5000.0)
        self.run_policy(as_of="2025-07-31")
        entry = self.history(partner)[-1].with_user(self.user)
        self.assertEqual(entry.tier_move, "up")
        with self.reading_only():
            lines = entry.get_comparison()
        self.assertEqual({line["label"] for line in lines}, set(self.policy.dimension_ids.mapped("display_name")))
        self.assertAlmostEqual(sum(line["after"] for line in lines), entry.score, 2)
        self.assertAlmostEqual(sum(line["before"] for line in lines), entry.previous_score, 2)

    def test_matrix_of_a_draft(self):
        """Tiers of the version in force are shown as those of the draft made from it; moves keep their own names."""
        action = self.policy.action_new_version()
        draft = self.Policy.browse(action["res_id"])
        run = draft._run(as_of="2025-06-30", simulate=True)
        with self.reading_only():
            matrix = run.get_matrix()
        self.assertEqual(
            [tier["id"] for tier in matrix["tiers"]], [*draft.tier_ids.sorted("entry_score", reverse=True).ids, False]
        )
        self.assertTrue(all(cell["from"] == cell["to"] for cell in matrix["cells"]))
        self.assertEqual(sum(cell["customers"] for cell in matrix["cells"]), len(self.partners))
