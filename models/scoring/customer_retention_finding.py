from odoo import api, models
from odoo.exceptions import AccessError

from ..core.groups import VALUE_MANAGER


class CustomerRetentionFinding(models.AbstractModel):
    """What is found in documents and stored until the next look, company by company."""

    _name = "customer.retention.finding"
    _description = "Finding in Documents"

    @api.model
    def _refresh(self, company, as_of=None):
        """Look anew at ``company``, and write what is different.

        :return: dict of the numbers ``added``, ``changed`` and ``removed``, at least
        """
        raise NotImplementedError

    @api.model
    def _look_anew(self, company):
        """What the button does; see ``_refresh``. Findings that keep what they have learned learn it anew."""
        return self._refresh(company)

    @api.model
    def _get_refresh_companies(self):
        """The companies that the job looks at."""
        return self.env["customer.value.policy"].search([("state", "=", "active")]).company_id

    @api.model
    def _cron_refresh(self):
        """Company by company."""
        self.env["ir.cron"]._value_do_each(
            self._get_refresh_companies(), lambda company: self.with_company(company)._refresh(company)
        )

    def _check_refresh(self):
        """:raise AccessError: the user is no manager"""
        if not self.env.user.has_group(VALUE_MANAGER):
            raise AccessError(
                self.env._("Only managers can refresh the list. It is also refreshed automatically by a scheduled job.")
            )

    def action_refresh(self):
        """Look anew, for the companies at hand.

        :return: a notification of what was found; the view that asked loads again
        :raise AccessError: the user is no manager
        """
        self._check_refresh()
        # sudo: users have no write access to findings
        found = [self.sudo().with_company(company)._look_anew(company) for company in self.env.companies]
        counts = {name: sum(count[name] for count in found) for name in ("added", "changed", "removed")}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(added)s new, %(changed)s changed, %(removed)s gone.", **counts),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
