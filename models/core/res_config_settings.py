from odoo import api, fields, models
from odoo.tools import config

from .ir_config_parameter import REPLICA_WAIT, SORT_MEMORY, WHOLE


class ResConfigSettings(models.TransientModel):
    """When a day begins, whose documents count, and what the database may spend on all customers."""

    _inherit = "res.config.settings"

    value_tz = fields.Selection(related="company_id.value_tz", readonly=False, required=True)
    value_branches = fields.Boolean(related="company_id.value_branches", readonly=False)
    has_value_branches = fields.Boolean(compute="_compute_has_value_branches")
    value_sort_memory = fields.Integer(
        string="Sort Memory (MB)", config_parameter=SORT_MEMORY, default=WHOLE[SORT_MEMORY].default
    )
    value_replica_wait = fields.Integer(
        string="Wait for the Replica (seconds)", config_parameter=REPLICA_WAIT, default=WHOLE[REPLICA_WAIT].default
    )
    has_value_replica = fields.Boolean(compute="_compute_has_value_replica")

    @api.depends("company_id")
    def _compute_has_value_branches(self):
        for settings in self:
            # sudo: as the total itself, see _get_value_books
            company = settings.company_id.sudo().with_context(active_test=False)
            settings.has_value_branches = bool(company.child_ids)

    def _compute_has_value_replica(self):
        self.has_value_replica = bool(config["db_replica_host"])

    def set_values(self):
        """:raise ValidationError: a number is beyond what the database can work with"""
        # zero would pass for a parameter that nobody has set
        self.env["ir.config_parameter"]._check_whole(
            {SORT_MEMORY: self.value_sort_memory, REPLICA_WAIT: self.value_replica_wait}
        )
        return super().set_values()
