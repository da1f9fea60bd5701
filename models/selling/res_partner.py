from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.selling import association
from ..core.groups import VALUE_USER, check_value_company
from ..scoring.customer_value_source import Scope

# No more can be asked for at once.
MOST_SUGGESTIONS = 50


class ResPartner(models.Model):
    """What a customer buys and lacks, in the current company.

    The two fields are there to be searched: so that an audience stays a filter, and a filter one query.
    """

    _inherit = "res.partner"

    retention_buys_product_id = fields.Many2one(
        "product.template",
        string="Bought",
        compute="_compute_retention_products",
        search="_search_retention_buys_product_id",
        groups=VALUE_USER,
    )
    retention_lacks_product_id = fields.Many2one(
        "product.template",
        string="Never Bought",
        compute="_compute_retention_products",
        search="_search_retention_lacks_product_id",
        groups=VALUE_USER,
    )

    def _compute_retention_products(self):
        self.retention_buys_product_id = False
        self.retention_lacks_product_id = False

    @api.model
    def _search_templates(self, field, operator, value):
        """:return: ids of the templates meant, or NotImplemented"""
        # Odoo does not look at the groups of a field with a search method: searching would tell what reading hides
        self._check_field_access(self._fields[field], "read")
        if operator == "in":
            return [template_id for template_id in value if template_id]
        if operator == "any" and isinstance(value, Domain):
            # by name: of everything that was ever sold
            return self.env["product.template"].with_context(active_test=False).search(value).ids
        return NotImplemented

    @api.model
    def _search_retention_buys_product_id(self, operator, value):
        """Customers who bought one of the products within the window of cross-sell, and kept it."""
        templates = self._search_templates("retention_buys_product_id", operator, value)
        if templates is NotImplemented:
            return NotImplemented
        company = self.env.company
        scope = Scope.make(company, company._get_value_today(), company.retention_association_months)
        self._flush_purchases()
        has_delivery = self.env["customer.value.source"]._has_delivery()
        tills = self.env["customer.value.source"]._till_goods_sql(scope)
        baskets = association.basket_sql(scope, company._get_product_companies(), has_delivery, tills)
        query = SQL(
            "(SELECT basket.partner_id FROM (%s) basket WHERE basket.item_id = ANY(%s))", baskets, list(templates)
        )
        return Domain("id", "in", query)

    @api.model
    def _search_retention_lacks_product_id(self, operator, value):
        """Customers, and any other partners of their own, who never had one of the products."""
        templates = self._search_templates("retention_lacks_product_id", operator, value)
        if templates is NotImplemented:
            return NotImplemented
        company = self.env.company
        scope = Scope.make(company, company._get_value_today(), 0)
        self._flush_purchases()
        tills = self.env["customer.value.source"]._till_goods_sql(scope)
        owned = association.owned_sql(scope.books, scope.until, SQL("TRUE"), tills)
        return Domain.OR(
            Domain(
                "id",
                "not in",
                SQL("(SELECT owned.partner_id FROM (%s) owned WHERE owned.item_id = %s)", owned, template_id),
            )
            for template_id in templates
        )

    @api.model
    def _flush_purchases(self):
        """What the queries above read, in SQL that Odoo does not look into."""
        for name in ("sale.order", "sale.order.line", "account.move", "account.move.line", "product.template"):
            self.env[name].flush_model()
        self.flush_model(["commercial_partner_id"])

    def get_cross_sell(self, company_id=False, product_ids=(), limit=5):
        """What customers like this one buy and this one does not.

        :param int company_id: the current company if not given
        :param product_ids: products in the quotation at hand
        :return: dict of ``company_id`` and ``suggestions``, see ``_describe_suggestions``
        :raise AccessError: the user may not see customer values, the customer or the company
        """
        company = check_value_company(self.env, company_id)
        return {"company_id": company.id, "suggestions": self._find_cross_sell(company, product_ids, limit)}

    def accept_cross_sell(self, template_id, company_id=False, product_ids=(), order_id=False):
        """Note that the user follows the suggestion of a product, in the words in which it was made.

        :param int template_id: the product; nothing is noted where it is not suggested any more
        :param int company_id: the current company if not given
        :param product_ids: products that were in the quotation at hand before
        :param int order_id: the quotation, if it was saved
        :raise AccessError: the user may not see customer values, the customer or the company
        """
        company = check_value_company(self.env, company_id)
        suggestions = self._find_cross_sell(company, product_ids, MOST_SUGGESTIONS)
        for suggestion in suggestions:
            if suggestion["template_id"] == template_id:
                self.env["customer.value.advice"]._accept(
                    company,
                    self,
                    "product",
                    f"{suggestion['name']}: {suggestion['reason']}",
                    product_tmpl_id=template_id,
                    expected_margin=suggestion["margin"],
                    order_id=self._find_quotation(company, order_id).id,
                )

    def _find_quotation(self, company, order_id):
        """The order, if it is there, is one of the customer and of the company, and the user may read it."""
        order = self.env["sale.order"].browse(order_id or []).exists()._filtered_access("read")
        customer = order.partner_id.commercial_partner_id
        is_theirs = customer == self.commercial_partner_id and order.company_id == company
        return order if is_theirs else order.browse()

    def _find_cross_sell(self, company, product_ids, limit):
        """
        :return: list of dicts, see ``customer.retention.association._describe_suggestions``
        :raise AccessError: the user may not see the customer
        """
        self.ensure_one()
        self.check_access("read")
        Association = self.env["customer.retention.association"].with_company(company)
        # sudo: an archived product, or one of another company, may stand in an old quotation
        templates = self.env["product.product"].sudo().browse(product_ids).exists().product_tmpl_id
        rows = Association._suggest(
            company, self.commercial_partner_id, templates, limit=max(1, min(limit, MOST_SUGGESTIONS))
        )
        return Association._describe_suggestions(company, rows)
