"""Dashboards: what their files name exists, whether or not dashboards are installed; and they load where they are."""

import json
from pathlib import Path

from odoo.fields import Domain
from odoo.tests import tagged

from .fact_case import FactCase

FILES = Path(__file__).parents[2] / "data" / "fact" / "files"


@tagged("post_install", "-at_install")
class TestDashboard(FactCase):
    def charts(self):
        for path in sorted(FILES.glob("*.json")):
            data = json.loads(path.read_text())
            for sheet in data["sheets"]:
                for figure in sheet["figures"]:
                    yield path.name, data, figure["data"]

    def test_files_are_those_that_are_loaded(self):
        named = {f"{code}_dashboard.json" for code in self.env["customer.value.dashboard"]._get_dashboards()}
        self.assertEqual(named, {path.name for path in FILES.glob("*")})

    def test_fields(self):
        """Each chart can be read: its groups, its measure, its domain, and the fields that filters match."""
        self.rebuild(4, 5)
        count = 0
        for name, data, chart in self.charts():
            with self.subTest(file=name, chart=chart["title"]["text"]):
                count += 1
                meta, search = chart["metaData"], chart["searchParams"]
                self.assertIn(meta["resModel"], self.env)
                Model = self.env[meta["resModel"]]
                self.assertEqual(meta["groupBy"], search["groupBy"])
                measure = meta["measure"]
                if measure != "__count":
                    self.assertTrue(Model._fields[measure].aggregator)
                    measure = f"{measure}:{Model._fields[measure].aggregator}"
                Model._read_group(search["domain"], meta["groupBy"], [measure])
                filters = {item["id"]: item for item in data["globalFilters"]}
                for filter_id, matched in chart["fieldMatching"].items():
                    self.assertIn(filter_id, filters)
                    value = False if matched["type"] == "many2one" else "2025-04-01"
                    Model.search(Domain(matched["chain"], "=", value), limit=1)
                    found = Model
                    for field in matched["chain"].split("."):
                        kind = found._fields[field].type
                        found = self.env[found._fields[field].comodel_name] if kind == "many2one" else None
                    self.assertEqual(kind, matched["type"])
                    if kind == "many2one":
                        self.assertEqual(found._name, filters[filter_id]["modelName"])
        self.assertGreaterEqual(count, 12)

    def test_menus(self):
        for name, data, chart in self.charts():
            with self.subTest(file=name, chart=chart["title"]["text"]):
                menu = self.env.ref(data["chartOdooMenusReferences"][chart["chartId"]])
                self.assertEqual(menu.action.res_model, chart["metaData"]["resModel"])

    def test_load(self):
        """Once and again, where dashboards are installed; nothing happens where they are not."""
        Dashboard = self.env["customer.value.dashboard"]
        loaded = Dashboard._load()
        if "spreadsheet.dashboard" not in self.env:
            self.assertIsNone(loaded)
            return
        self.assertEqual(len(loaded), 3)
        self.assertEqual(Dashboard._load(), loaded)
