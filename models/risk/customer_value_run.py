from odoo import api, fields, models

from ..scoring.customer_value_run import BY_BUTTON

# Of so many customers of a run, a job looks at nobody else; after larger runs it looks at all.
AT_ONCE = 1000


class CustomerValueRun(models.Model):
    """Risks and losses follow from the scores, among others. A run neither fails nor waits because of them.

    ``risks_due`` is committed with a run and taken away with what was found of its customers, so that nobody is
    forgotten, whatever becomes of the job.
    """

    _inherit = "customer.value.run"

    risks_due = fields.Boolean(readonly=True, copy=False, workflow=BY_BUTTON)

    @api.model
    def _get_followers(self):
        return [*super()._get_followers(), "_look_for_risks"]

    @api.model
    def _get_findings(self):
        """Models whose rows about its customers follow a small run, by one job soon after it. Extended by others.

        :return: list of models with ``_refresh(company, partners=...)``, in the order in which they are brought in line
        """
        return ["customer.retention.risk", "customer.retention.loss"]

    def _is_small(self):
        """Whether what follows from it is no more than what follows of its customers, as they are now."""
        few = self.scope == "some" and len(self.partner_ids) <= AT_ONCE
        return self.state != "undone" and few and self.as_of == self.company_id._get_value_today()

    def _look_for_risks(self):
        """Let jobs look soon for risks and losses: at the customers of a small run, or at all."""
        names = ["cron_retention_risk", "cron_retention_loss"]
        if self._is_small():
            # sudo: what becomes of a run is closed to everybody but its workflow
            self.sudo().risks_due = True
            names = ["cron_retention_risk_soon"]
        for name in names:
            # sudo: jobs are none of a manager's business
            self.env.ref(f"customer_value.{name}").sudo()._trigger()

    # -- scheduled -----------------------------------------------------------------------------------------------------

    @api.model
    def _cron_look_for_risks(self):
        """Look at the customers of small runs, company by company."""
        due = self.search([("risks_due", "=", True)])
        by_company = list(due.grouped("company_id").values())
        self.env["ir.cron"]._value_do_each(by_company, "_refresh_findings")

    def _refresh_findings(self):
        """Bring what is found of the customers of runs of one company in line, once for all of them."""
        company = self.company_id
        for name in self._get_findings():
            self.env[name].with_company(company)._refresh(company, partners=self.partner_ids)
        self.write({"risks_due": False})
