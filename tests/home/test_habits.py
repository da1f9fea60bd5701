"""What users of Odoo expect of every list, and of a menu."""

from lxml import etree
from odoo.tests import new_test_user, tagged
from odoo.tools import html2plaintext

from ..core.value_case import ValueCase

ENTRIES = ["Home", "Customers", "Complaints", "Retention", "Care", "Reporting", "Configuration"]

# pixels: what Odoo gives a column of numbers, what letters of a header take at most, and the arrow of the order
NUMBERS = {"integer": 71, "float": 93, "monetary": 105}
NARROW, LETTER, SORTING = 4.6, 7.9, 13
# pixels: what Odoo gives other columns at least, what stands around each column, and beside all of them
LEAST, PADDING, BESIDE, PANEL = {"boolean": 20, "date": 101, "datetime": 137}, 10, 72, 220
# pixels: screens on which nobody should have to scroll sideways; panels are left out of the smaller one
SMALL, LARGE = 1100, 1200

GROUPS = {
    "user": "customer_value.group_customer_value_user",
    "officer": "customer_value.group_complaint_officer",
    "manager": "customer_value.group_customer_value_manager,customer_value.group_complaint_manager",
}


@tagged("post_install", "-at_install")
class TestHabits(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.people = {
            name: new_test_user(cls.env, f"habits_{name}", f"base.group_user,{groups}", **company)
            for name, groups in GROUPS.items()
        }

    def get_lists(self):
        """Our window actions that show many records, by the name of their external id."""
        records = self.env["ir.model.data"].search(
            [("module", "=", "customer_value"), ("model", "=", "ir.actions.act_window")]
        )
        self.assertGreater(len(records), 50)
        for record in records:
            action = self.env["ir.actions.act_window"].browse(record.res_id)
            if action.target != "new" and action.view_mode != "form":
                yield record.name, action

    def get_arch(self, action, kind):
        view = action.search_view_id if kind == "search" else self.env["ir.ui.view"]
        view = action.view_ids.filtered(lambda line: line.view_mode == kind).view_id or view
        return etree.fromstring(self.env[action.res_model].get_view(view.id, kind)["arch"])

    def test_lists_say_what_to_do_when_they_are_empty(self):
        for name, action in self.get_lists():
            self.assertGreater(len(html2plaintext(action.help or "").split()), 5, name)

    def test_lists_can_be_searched_filtered_and_grouped(self):
        for name, action in self.get_lists():
            with self.subTest(name):
                default = self.env["ir.ui.view"].default_view(action.res_model, "search")
                self.assertTrue(action.search_view_id or default)
                search = self.get_arch(action, "search")
                self.assertTrue(search.xpath("//field[@name]"))
                self.assertTrue(search.xpath("//filter[contains(@context, 'group_by')]"))

    def find_columns(self):
        """The columns of our lists, those in forms included: the view, the model and the node of each."""
        views = self.env["ir.ui.view"].search([("type", "in", ("list", "form")), ("mode", "=", "primary")])
        for view in views.filtered(lambda view: (view.xml_id or "").startswith("customer_value.")):
            for rows in etree.fromstring(self.env[view.model].get_view(view.id, view.type)["arch"]).iter("list"):
                model = self.env[view.model]
                for parent in reversed([*rows.iterancestors("field")]):
                    model = self.env[model._fields[parent.get("name")].comodel_name]
                for node in rows.findall("field"):
                    yield view.xml_id, model, node

    def test_headers_of_numbers_are_not_cut(self):
        """Odoo gives columns of numbers a width of their own, whatever stands above them."""
        seen = 0
        for view, model, node in self.find_columns():
            field = model._fields[node.get("name")]
            width = int((node.get("width") or "0").removesuffix("px")) or NUMBERS.get(field.type)
            written = node.get("widget") in ("progressbar", "handle") or node.get("nolabel")
            if field.type in NUMBERS and not written and node.get("column_invisible") not in ("1", "True"):
                seen += 1
                label = node.get("string") or field._description_string(self.env)
                with self.subTest(view, column=node.get("name")):
                    needed = sum(NARROW if letter in "iljtfrI.,()/' " else LETTER for letter in label)
                    self.assertLessEqual(needed + SORTING, width, label)
        self.assertGreater(seen, 200)

    def test_lists_fit_a_small_screen(self):
        """What is secondary is hidden at first."""
        for name, action in self.get_lists():
            if "list" not in action.view_mode:
                continue
            fields = self.env[action.res_model]._fields
            panel = self.get_arch(action, "search").find("searchpanel")
            shown = panel is not None and "list" in (panel.get("view_types") or "list")
            needed = BESIDE
            rows = self.get_arch(action, "list")
            for node in rows.findall("field"):
                if node.get("column_invisible") not in ("1", "True") and node.get("optional") != "hide":
                    kind = node.get("widget") or fields[node.get("name")].type
                    width = (node.get("width") or "").removesuffix("px") or (NUMBERS | LEAST).get(kind, 80)
                    needed += int(width) + PADDING
            if rows.find("button") is not None:
                needed += 80 + PADDING
            with self.subTest(name):
                self.assertLessEqual(needed, SMALL)
                self.assertLessEqual(needed + PANEL * shown, LARGE)
                self.assertTrue(not shown or "d-lg-none d-xl-block" in panel.get("class", ""))

    def test_no_card_has_a_label_without_its_field(self):
        """What readers may not read is left out of a card; the words before it are to go with it."""
        views = self.env["ir.ui.view"].search([("type", "=", "kanban"), ("mode", "=", "primary")])
        ours = views.filtered(lambda view: (view.xml_id or "").startswith("customer_value."))
        self.assertGreater(len(ours), 10)
        for view in ours:
            for name, user in self.people.items():
                model = self.env[view.model].with_user(user)
                if model.has_access("read"):
                    card = etree.fromstring(model.get_view(view.id, "kanban")["arch"])
                    for node in card.iter("span", "div"):
                        if (node.text or "").strip().endswith(":"):
                            self.assertTrue(len(node) or node.get("t-esc"), f"{view.xml_id} of {name}: {node.text}")

    def test_lists_that_are_calculated_are_calculated_once(self):
        calculated = [
            model for model in self.env.registry.values()
            if model._name.startswith("customer.") and not model._abstract and not model._auto
        ]  # fmt: skip
        self.assertGreater(len(calculated), 5)
        for model in calculated:
            self.assertTrue(issubclass(model, self.env.registry["customer.value.calculated"]), model._name)

    def test_rows_about_customers_show_and_plan_activities(self):
        Row = self.env.registry["customer.value.customer.row"]
        models = set()
        for name, action in self.get_lists():
            if issubclass(self.env.registry[action.res_model], Row):
                models.add(action.res_model)
                with self.subTest(name):
                    rows = self.get_arch(action, "list")
                    self.assertTrue(rows.xpath("//field[@name='activity_ids']"))
                    self.assertTrue(rows.xpath("//header/button[@name='action_view_customers']"))
        self.assertGreaterEqual(len(models), 7)

    def test_whatever_has_activities_has_a_view_of_them(self):
        Activities = self.env.registry["mail.activity.mixin"]
        for name, action in self.get_lists():
            ours = action.res_model.startswith("customer.")
            if ours and "graph" not in action.view_mode and issubclass(self.env.registry[action.res_model], Activities):
                self.assertIn("activity", action.view_mode, name)

    # -- the menu --------------------------------------------------------------------------------------------------

    def get_menus(self, name):
        return self.env["ir.ui.menu"].with_user(self.people[name]).load_web_menus(False)

    def test_the_menu_reads_as_the_work(self):
        root = self.env.ref("customer_value.menu_customer_value_root").id
        for name, left_out in (
            ("manager", set()),
            ("officer", {"Configuration"}),
            ("user", {"Complaints", "Configuration"}),
        ):
            menus = self.get_menus(name)
            entries = [menus[child]["name"] for child in menus[root]["children"]]
            self.assertEqual(entries, [entry for entry in ENTRIES if entry not in left_out], name)

    def test_the_app_opens_with_home(self):
        root = self.env.ref("customer_value.menu_customer_value_root").id
        home = self.env.ref("customer_value.action_customer_home").id
        for name in self.people:
            self.assertEqual(self.get_menus(name)[root]["actionID"], home, name)

    def test_no_entry_leads_nowhere(self):
        """Below each entry stands something that the reader can open."""
        root = self.env.ref("customer_value.menu_customer_value_root").id
        for name in self.people:
            menus = self.get_menus(name)

            def follow(menu, menus=menus, name=name):
                self.assertTrue(menu["children"] or menu["actionID"], f"{menu['name']} of {name}")
                for child in menu["children"]:
                    follow(menus[child])

            follow(menus[root])
