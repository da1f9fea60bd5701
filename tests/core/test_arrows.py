"""Rooms use only what stands left of them: see docs/ARCHITECTURE.md."""

import shutil
import tempfile
from pathlib import Path

from odoo.tests import BaseCase, tagged

from .arrows import FOLDERS, Addon

ROOT = Path(__file__).parents[2]

# What is planted, by the file that it is added to, and the name that has to be found there.
PYTHON = {
    "model": ('self.env["customer.complaint.event"]', "customer.complaint.event"),
    "inherit": ('class Planted:\n    _inherit = "customer.complaint.event"', "customer.complaint.event"),
    "comodel": ('event_ids = fields.One2many("customer.complaint.event", "x")', "customer.complaint.event"),
    "reference": ('env.ref("customer_value.group_complaint_officer")', "group_complaint_officer"),
    "table": ('QUERY = "SELECT id FROM customer_complaint_event"', "customer_complaint_event"),
    "field in a domain": ('DOMAIN = [("ticket_id.complaint_state", "=", "closed")]', "complaint_state"),
    "field of a record": ("ticket.complaint_state = False", "complaint_state"),
    "method": ("ticket._make_complaint()", "_make_complaint"),
    "import": ("from ..complaint import helpdesk_ticket", "complaint"),
}
VIEWS = {
    "field": ('<field name="complaint_state"/>', "complaint_state"),
    "groups": ('<field name="x" groups="customer_value.group_complaint_officer"/>', "group_complaint_officer"),
    "format": ('<button name="%(customer_value.group_complaint_manager)d"/>', "group_complaint_manager"),
    "model": ('<field name="model">customer.complaint.event</field>', "customer.complaint.event"),
}


@tagged("post_install", "-at_install")
class TestArrows(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.copy = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.copy)
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, cls.copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "__manifest__.py", cls.copy)
        cls.addon = Addon(cls.copy)

    def plant(self, path, text):
        """:return: what is wrong with a file of such text"""
        file = self.copy / path
        file.write_text(text)
        self.addCleanup(file.unlink, missing_ok=True)
        return self.addon.find_breaches_of(path, path.removeprefix("static/").split("/")[1])

    def test_rooms_use_what_stands_left_of_them(self):
        self.assertEqual([str(breach) for breach in self.addon.find_breaches()], [])

    def test_rooms_are_loaded_in_order(self):
        self.assertEqual(list(self.addon.find_disorder()), [])

    def test_methods_stand_once(self):
        self.assertEqual([str(override) for override in self.addon.find_overrides()], [])

    def test_views_of_a_room_do_not_extend_each_other(self):
        self.assertEqual(list(self.addon.find_views_inheriting_ours()), [])

    def test_a_room_extends_a_view_once(self):
        self.assertEqual(list(self.addon.find_split_views()), [])

    def test_python_that_breaks_them_is_found(self):
        for kind, (text, name) in PYTHON.items():
            with self.subTest(kind):
                breaches = self.plant("models/tier/planted.py", text)
                self.assertIn(name, [breach.owner if breach.kind == "file" else breach.name for breach in breaches])

    def test_views_that_break_them_are_found(self):
        for kind, (text, name) in VIEWS.items():
            with self.subTest(kind):
                breaches = self.plant("views/tier/planted.xml", f"<odoo><data>{text}</data></odoo>")
                self.assertIn(name, [breach.name for breach in breaches])

    def test_scripts_and_rights_that_break_them_are_found(self):
        script = 'import { x } from "../complaint/complaint_facts";\n'
        self.assertTrue(self.plant("static/src/tier/planted.js", script))
        rights = "id,name,model_id:id\naccess_x,x,model_customer_complaint_event\n"
        self.assertTrue(self.plant("security/tier/planted.csv", rights))

    def test_siblings_leave_each_other_alone(self):
        for path, text in (
            ("models/care/planted.py", 'env["customer.complaint.event"]'),
            ("models/selling/planted.py", 'env["customer.retention.risk"]'),
            ("models/desk/planted.py", 'env["customer.retention.profit"]'),
        ):
            with self.subTest(path):
                self.assertTrue(self.plant(path, text))
        self.assertFalse(self.plant("models/risk/planted.py", 'env["customer.complaint.event"]'))

    def test_disorder_is_found(self):
        manifest = self.copy / "__manifest__.py"
        self.addCleanup(manifest.write_text, manifest.read_text())
        manifest.write_text('{"data": ["views/tier/a.xml", "views/scoring/b.xml"]}')
        self.assertTrue(list(self.addon.find_disorder()))

    def test_second_definitions_are_found(self):
        text = 'class Planted:\n    _inherit = "customer.value.run"\n\n    def _execute(self):\n        {}\n'
        for path in ("models/scoring/planted.py", "models/tier/planted.py"):
            (self.copy / path).write_text(text.format("return super()._execute()"))
            with self.subTest(path):
                found = [override.method for override in Addon(self.copy).find_overrides()]
                self.assertIn("_execute", found)
            (self.copy / path).unlink()
