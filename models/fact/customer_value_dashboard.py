import json

from odoo import Command, api, models
from odoo.tools import file_open

from ..core.groups import VALUE_USER

GROUP = "customer_value.dashboard_group_customer_value"


class CustomerValueDashboard(models.AbstractModel):
    """Dashboards of Odoo's ``spreadsheet_dashboard``, where that is installed, whichever of both came first."""

    _name = "customer.value.dashboard"
    _description = "Dashboards of Customer Value"

    @api.model
    def _get_dashboards(self):
        """:return: ``{code: name}``; each has a file ``<code>_dashboard.json`` in ``data/fact/files``"""
        return {
            "portfolio": self.env._("Customer Portfolio"),
            "service": self.env._("Customer Service"),
            "retention": self.env._("Customer Retention"),
        }

    def _register_hook(self):
        """Data files are loaded with the module alone, which does not depend on dashboards: see whether one of both has
        been installed or updated just now."""
        super()._register_hook()
        if {"customer_value", "spreadsheet_dashboard"} & set(self.env.registry.updated_modules):
            self._load()

    @api.model
    def _load(self):
        """Create the dashboards, or bring them up to date.

        :return: the ``spreadsheet.dashboard``; None where there are none in this database
        """
        if "spreadsheet.dashboard" not in self.env:
            return None
        # without updates of their own by the data of the module, which would take them for gone
        [group] = self.env["spreadsheet.dashboard.group"]._load_records(
            [{"xml_id": GROUP, "values": {"name": "Customer Value", "sequence": 150}, "noupdate": True}]
        )
        dashboards = self.env["spreadsheet.dashboard"]._load_records(
            [
                {
                    "xml_id": f"customer_value.dashboard_{code}",
                    "values": {
                        "name": name,
                        "dashboard_group_id": group.id,
                        "group_ids": [Command.set(self.env.ref(VALUE_USER).ids)],
                        "spreadsheet_data": self._read(code),
                        "main_data_model_ids": [Command.set(self.env["ir.model"]._get("customer.value.fact").ids)],
                        "sequence": sequence,
                        "is_published": True,
                    },
                    "noupdate": True,
                }
                for sequence, (code, name) in enumerate(self._get_dashboards().items(), start=10)
            ]
        )
        for lang, _label in self.env["res.lang"].get_installed():
            names = self.with_context(lang=lang)._get_dashboards()
            for dashboard, name in zip(dashboards.with_context(lang=lang), names.values(), strict=True):
                dashboard.name = name
        return dashboards

    @api.model
    def _read(self, code):
        with file_open(f"customer_value/data/fact/files/{code}_dashboard.json") as source:
            return json.dumps(json.load(source))
