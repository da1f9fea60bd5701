from odoo import api, fields, models
from odoo.tools import format_amount
from odoo.tools.misc import formatLang

from ..analytics import association
from .customer_value_source import Scope


class CustomerRetentionAssociation(models.Model):
    """Customers like this one buy it, and this one does not."""

    _inherit = "customer.retention.association"

    @api.model
    def _suggest(self, company, partners, templates=None, limit=5, as_of=None):
        """Products to offer, best first; one query, whatever the number of customers.

        :param partners: commercial entities
        :param templates: products in the quotation at hand, for one customer: they tell what he wants, too
        :param int limit: suggestions a customer
        :return: list of dicts, see ``analytics.association.suggestions_sql``
        """
        if not partners:
            return []
        scope = Scope.make(
            company, as_of or fields.Date.context_today(self), company.retention_association_months, partners
        )
        self.env.flush_all()
        self.env.cr.execute(
            association.suggestions_sql(
                scope,
                company._get_product_companies(),
                self._has_delivery(),
                templates.ids if templates else [],
                limit,
            )
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _describe_suggestions(self, company, rows):
        """What users read of the ``rows`` of ``_suggest``.

        :return: list of dicts ``partner_id``, ``template_id``, ``name``, ``kind``, ``kind_label``, ``reason``,
            ``margin`` (company currency), ``margin_text``
        """
        Template = self.env["product.template"]
        templates = Template.browse(
            {row[name] for row in rows for name in ("antecedent_id", "consequent_id")}
        ).with_company(company)
        # sudo: whoever may see the customer's value may know what is sold; records are not handed out
        names = {template.id: template.display_name for template in templates.sudo()}
        kinds = {"cross": self.env._("Cross-sell"), "up": self.env._("Up-sell")}
        return [
            {
                "partner_id": row["partner_id"],
                "template_id": row["consequent_id"],
                "name": names[row["consequent_id"]],
                "kind": row["kind"],
                "kind_label": kinds[row["kind"]],
                "reason": self._reason(row, names),
                "margin": float(row["expected_margin"] or 0),
                "margin_text": format_amount(self.env, float(row["expected_margin"] or 0), company.currency_id),
            }
            for row in rows
        ]

    @api.model
    def _reason(self, row, names):
        return self.env._(
            "Bought by %(share)s%% of those who buy %(product)s, %(lift)s times as often as by all customers"
            " (%(customers)s customers)",
            share=formatLang(self.env, 100 * row["confidence"], digits=0),
            product=names[row["antecedent_id"]],
            lift=formatLang(self.env, row["lift"], digits=1),
            customers=row["customers"],
        )
