from odoo import api, models
from odoo.tools import SQL

from .customer_value_source import Metric


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "influence": Metric("influence", self.env._("Market influence"), "points", additive=False, windowed=False),
        }

    @api.model
    def _source_influence(self, scope, metrics):
        """Entered on the customer, 0 to 100; 0 is the same as not set. It has no date and no company."""
        return SQL(
            """
            SELECT rp.id AS partner_id, rp.value_influence AS influence
              FROM res_partner rp
             WHERE rp.id = rp.commercial_partner_id AND rp.value_influence > 0 AND %s
            """,
            scope.among(SQL("rp.id")),
        )

    @api.model
    def _get_passive_sources(self):
        return super()._get_passive_sources() | {"influence"}

    @api.model
    def _changed_queries(self, company, since):
        # Whatever puts a partner into the population or takes them out of it (archiving, a new parent) is a write too.
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM res_partner rp
                    WHERE rp.write_date > %s
                      AND (rp.value_influence > 0
                           OR EXISTS (SELECT FROM customer_value_score s
                                       WHERE s.partner_id = rp.id AND s.company_id = %s)
                           OR rp.customer_rank > 0)""",
                since,
                company.id,
            ),
            # a customer who has become a contact of another
            SQL(
                """SELECT rp.id AS partner_id
                     FROM res_partner rp JOIN customer_value_score s ON s.partner_id = rp.id
                    WHERE rp.write_date > %s AND s.company_id = %s AND rp.commercial_partner_id <> rp.id""",
                since,
                company.id,
            ),
        ]
