from odoo import api, fields, models
from odoo.tools.misc import format_date
from odoo.tools.translate import LazyTranslate
from psycopg2 import OperationalError

from ..core.groups import VALUE_MANAGER, check_group
from .customer_value_fact import MONTH

_lt = LazyTranslate(__name__)

BY_JOB = _lt("Press Start: a scheduled job then rebuilds month by month and reports its progress here.")


class CustomerValueFactRebuild(models.Model):
    """Monthly figures that are read anew, month by month backwards, by a job."""

    _name = "customer.value.fact.rebuild"
    _description = "Rebuild Monthly Figures"
    _inherit = ["customer.value.company.record", "customer.value.workflow.record"]
    _order = "id desc"
    _rec_name = "company_id"
    _workflow = BY_JOB

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade", workflow=False
    )
    months = fields.Integer(
        required=True,
        default=12,
        workflow=False,
        help="How many months before the current one are read anew.",
    )
    state = fields.Selection(
        [("draft", "To do"), ("running", "In progress"), ("done", "Done"), ("failed", "Failed")],
        default="draft",
        readonly=True,
        copy=False,
    )
    month = fields.Date(string="Next Month", readonly=True, copy=False)
    done = fields.Integer(string="Months Done", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", string="Progress (%)")
    error = fields.Text(readonly=True, copy=False)

    _months = models.Constraint("CHECK(months BETWEEN 1 AND 120)", "Choose between 1 and 120 months.")

    @api.depends("months", "done")
    def _compute_progress(self):
        for rebuild in self:
            rebuild.progress = 100 * rebuild.done / rebuild.months if rebuild.months else 0

    @api.depends("company_id.name", "months")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rebuild in self:
            rebuild.display_name = self.env._(
                "%(months)s months of %(company)s", months=rebuild.months, company=rebuild.company_id.name or ""
            )

    def action_start(self):
        """Leave it to the job; months that were done before are done again.

        :raise AccessError: the user is no manager
        """
        check_group(self.env, VALUE_MANAGER)
        self.check_access("write")
        for rebuild in self:
            today = rebuild.company_id._get_value_today()
            # sudo: the state is closed to everybody but this workflow
            rebuild.sudo().write({"state": "running", "month": today.replace(day=1) - MONTH, "done": 0, "error": False})
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_customer_value_fact_rebuild").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The months are rebuilt in the background. Reload this page to see the progress."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_rebuild(self):
        rebuilds = self.search([("state", "=", "running")], order="id")
        remaining = sum(rebuild.months - rebuild.done for rebuild in rebuilds)
        self.env["ir.cron"]._value_do_in_parts(rebuilds, "_rebuild_month", remaining, channel="facts")

    def _rebuild_month(self):
        """One month; what fails is said on the record, and ends it.

        :return: how many months were looked at; 0: nothing is left
        """
        self.ensure_one()
        if self.state != "running":
            return 0
        company = self.company_id
        try:
            with self.env.cr.savepoint():
                self.env["customer.value.fact"].with_company(company)._rebuild(company, self.month)
        except OperationalError:
            # a concurrent update: the job takes the month again
            raise
        except Exception as error:
            reason = self.env._("%(month)s: %(error)s", month=format_date(self.env, self.month), error=error)
            self.write({"state": "failed", "error": reason})
            return 1
        done = self.done + 1
        self.write({"done": done, "month": self.month - MONTH, "state": "done" if done >= self.months else "running"})
        return 1
