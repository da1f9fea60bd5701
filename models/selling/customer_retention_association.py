from odoo import api, fields, models
from odoo.tools import format_amount
from odoo.tools.misc import formatLang

from ...analytics.core import storing
from ...analytics.selling import association
from ..core.fields_bulk import BulkMany2one
from ..core.locking import LOCK_ASSOCIATIONS, Busy, lock_company
from ..core.progress import read_progress, report_progress
from ..core.temporary import drop_temporary, make_temporary
from ..scoring.customer_value_source import Scope

# What the work is called while it goes on.
PROGRESS_NAME = "customer_retention_association"


class CustomerRetentionAssociation(models.Model):
    """Customers of one product buy another as well. Written in SQL by the weekly job and by the button.

    Counts are of customers, in what they bought of the company in the window of its settings; the definitions of
    support, confidence and lift, and what bounds the work, stand in ``analytics/selling/association.py``.
    """

    _name = "customer.retention.association"
    _inherit = ["customer.retention.finding"]
    _description = "Products Bought Together"
    _order = "lift desc, customers desc, id"
    _log_access = False

    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    antecedent_id = fields.Many2one(
        "product.template", string="Product Bought", required=True, readonly=True, index=True, ondelete="cascade"
    )
    consequent_id = fields.Many2one(
        "product.template", string="Also Bought", required=True, readonly=True, index=True, ondelete="cascade"
    )
    antecedent_categ_id = fields.Many2one(related="antecedent_id.categ_id", string="Categ. Bought")
    consequent_categ_id = fields.Many2one(related="consequent_id.categ_id", string="Categ. Also Bought")
    customers = fields.Integer(string="Bought Both", readonly=True, aggregator="max")
    antecedent_customers = fields.Integer(string="Buyers", readonly=True, aggregator="max")
    consequent_customers = fields.Integer(string="Also Bought Buyers", readonly=True, aggregator="max")
    population = fields.Integer(
        string="Customers Analyzed",
        readonly=True,
        aggregator="max",
        help="Customers who bought anything in the window.",
    )
    support = fields.Float(readonly=True, aggregator="avg", help="Share of all customers analyzed who bought both.")
    confidence = fields.Float(
        readonly=True, aggregator="avg", help="Share of customers of the first product who buy the second."
    )
    lift = fields.Float(
        readonly=True,
        aggregator="avg",
        help="How many times as often customers of the first product buy the second, compared with all customers. "
        "1: no association.",
    )
    lacking = fields.Integer(
        string="Not Yet Bought",
        compute="_compute_lacking",
        help="Customers who bought the first product but not the second.",
    )
    expected_margin = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Median margin that buyers of the second product generated with it within the window.",
    )
    as_of = fields.Date(readonly=True, help="Date since which these values have been valid.")

    _pair = models.Constraint(
        "UNIQUE(company_id, antecedent_id, consequent_id)", "Two products can have only one association per company."
    )

    @api.depends("antecedent_id", "consequent_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.antecedent_id.display_name} → {rule.consequent_id.display_name}"

    @api.depends("antecedent_customers", "customers")
    def _compute_lacking(self):
        for rule in self:
            rule.lacking = rule.antecedent_customers - rule.customers

    # -- refresh -------------------------------------------------------------------------------------------------------

    @api.model
    def action_refresh(self):
        """Look anew at what customers of the current company buy together.

        :return: a notification of what was found; the list that asked reloads itself
        :raise AccessError: not a manager
        :raise Busy: it is running already
        """
        self._check_refresh()
        counts = self._refresh(self.env.company)
        found = self.env._(
            "%(total)s associations: %(added)s new, %(changed)s with new numbers, %(removed)s gone.", **counts
        )
        if not counts["total"]:
            found = self.env._(
                "No products are bought together often enough. Lower the limits in the settings, or extend the window."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if counts["total"] else "warning",
                "message": found,
            },
        }

    @api.model
    def get_progress(self):
        """How far a refresh of the current company has come, seen from another database session.

        :return: dict, empty if none is running, of ``step`` (a translated word) and ``percent``
        """
        self.check_access("read")
        progress = read_progress(self.env, PROGRESS_NAME, self.env.company.id)
        if not progress:
            return {}
        step, percent = progress
        labels = {
            "collect": self.env._("Reading orders"),
            "count": self.env._("Analyzing products bought together"),
        }
        return {"step": labels[step], "percent": int(percent)}

    @api.model
    def _report_progress(self, company, step, percent):
        report_progress(self.env.cr, PROGRESS_NAME, company.id, step, percent)

    @api.model
    def _refresh(self, company, as_of=None):
        """Find the associations of a company as of a day; write only what changed.

        :return: dict of the numbers ``added``, ``changed``, ``removed`` and ``total``
        :raise Busy: it is running already
        """
        if not lock_company(company, LOCK_ASSOCIATIONS, wait=False):
            raise Busy(
                self.env._(
                    "The associations of %(company)s are currently being analyzed. Wait until this has finished.",
                    company=company.name,
                )
            )
        self.env.flush_all()
        self.env["ir.config_parameter"]._use_sort_memory()
        as_of = as_of or company._get_value_today()
        limits = company._get_association_limits()
        self._report_progress(company, "collect", 10)
        self._collect(company, as_of, limits)
        self._report_progress(company, "count", 40)
        rules = association.rules_sql(limits, company.currency_id.decimal_places)
        self.env.cr.execute(
            storing.store_sql(
                self._table, ["antecedent_id", "consequent_id"], association.COLUMNS, company.id, as_of, rules
            )
        )
        [counts] = self.env.cr.dictfetchall()
        drop_temporary(self.env.cr, "customer_retention_basket", "customer_retention_considered")
        self.env.invalidate_all(flush=False)
        return counts

    @api.model
    def _collect(self, company, as_of, limits):
        """Baskets into the temporary tables ``customer_retention_basket`` and, what is looked at, ``…_considered``."""
        scope = Scope.make(company, as_of, company.retention_association_months)
        has_delivery = self.env["customer.value.source"]._has_delivery()
        tills = self.env["customer.value.source"]._till_goods_sql(scope)
        baskets = association.basket_sql(scope, company._get_product_companies(), has_delivery, tills)
        tables = {
            "customer_retention_basket": baskets,
            "customer_retention_considered": association.considered_sql(limits),
        }
        for name, query in tables.items():
            make_temporary(self.env.cr, name, query)

    @api.model
    @api.readonly
    def get_heat_map(self, limit=20):
        """What goes with what in the current company, among the products that most customers buy.

        :return: dict of ``products`` (``id``, ``name``), most bought first, and ``cells`` (``id``, ``from``, ``to``,
            ``lift``, ``confidence``, ``customers``)
        """
        own = [("company_id", "=", self.env.company.id)]
        groups = self._read_group(
            own, ["antecedent_id"], order="antecedent_customers:max desc, antecedent_id", limit=limit
        )
        products = self.env["product.template"].union(*(product for (product,) in groups))
        rules = self.search_fetch(
            [*own, ("antecedent_id", "in", products.ids), ("consequent_id", "in", products.ids)],
            ["antecedent_id", "consequent_id", "lift", "confidence", "customers"],
        )
        return {
            "products": [{"id": product.id, "name": product.display_name} for product in products],
            "cells": [
                {
                    "id": rule.id,
                    "from": rule.antecedent_id.id,
                    "to": rule.consequent_id.id,
                    "lift": rule.lift,
                    "confidence": rule.confidence,
                    "customers": rule.customers,
                }
                for rule in rules
            ],
        }

    # -- what comes of it ----------------------------------------------------------------------------------------------

    def action_view_lacking(self):
        """Customers who bought the one and never bought the other."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers who never bought %s", self.consequent_id.display_name),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": self.consequent_id._get_cross_sell_domain(self.antecedent_id),
            "context": {"create": False},
        }

    # -- suggestions ---------------------------------------------------------------------------------------------------

    @api.model
    def _suggest(self, company, partners, templates=None, limit=5, as_of=None):
        """Products to offer, best first; one query, whatever the number of customers.

        :param partners: commercial entities
        :param templates: products in the open quotation of one customer: they count as evidence, too
        :param int limit: suggestions a customer
        :return: list of dicts, see ``analytics.association.suggestions_sql``
        """
        if not partners:
            return []
        scope = Scope.make(company, as_of or company._get_value_today(), company.retention_association_months, partners)
        self.env.flush_all()
        Source = self.env["customer.value.source"]
        self.env.cr.execute(
            association.suggestions_sql(
                scope,
                company._get_product_companies(),
                Source._has_delivery(),
                templates.ids if templates else [],
                limit,
                Source._till_goods_sql(scope),
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
        # sudo: users who see the customer's value may know what is sold; no records are returned
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
            "Bought by %(share)s%% of the customers who buy %(product)s, %(lift)s times as often as by all "
            "customers (%(customers)s customers)",
            share=formatLang(self.env, 100 * row["confidence"], digits=0),
            product=names[row["antecedent_id"]],
            lift=formatLang(self.env, row["lift"], digits=1),
            customers=row["customers"],
        )
