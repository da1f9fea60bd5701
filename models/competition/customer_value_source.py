from odoo import api, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Metric


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "share_of_wallet": Metric(
                "wallet", self.env._("Share of wallet"), "percent", additive=False, windowed=False
            ),
        }

    @api.model
    def _source_wallet(self, scope, metrics):
        """The share that was last worked out, see ``customer.wallet``. One that has changed since ``as_of`` was made of
        what was bought after it.
        """
        return SQL(
            "SELECT wallet.partner_id, wallet.share AS share_of_wallet FROM customer_wallet wallet"
            " WHERE wallet.company_id = %s AND wallet.share IS NOT NULL AND COALESCE(wallet.as_of <= %s, TRUE) AND %s",
            scope.company_id,
            scope.as_of,
            scope.among(SQL("wallet.partner_id")),
        )

    @api.model
    def _get_passive_sources(self):
        return super()._get_passive_sources() | {"wallet"}

    @api.model
    def _get_standing_metrics(self):
        return super()._get_standing_metrics() | {"share_of_wallet"}

    @api.model
    def _documents_action(self, metric, scope, partner):
        if metric != "share_of_wallet":
            return super()._documents_action(metric, scope, partner)
        return partner.with_company(scope.company_id).action_view_wallet()
