"""Cross-sell from end to end, on a year of a grocer's households: from their purchases to a line and a campaign."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from odoo import fields
from odoo.tests import Form, tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .association_case import AssociationCase
from .journey import read
from .journey_loader import load_journey

MIN_CUSTOMERS, MIN_SUPPORT, MIN_LIFT, MAX_PRODUCTS, MAX_BASKET = 8, 10, 1.25, 120, 70


@tagged("post_install", "-at_install")
class TestCrossSellJourney(AssociationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        shift = (cls.today - date(2017, 12, 31)).days
        cls.partners, cls.products = load_journey(cls.env, cls.company, households=120, shift_days=shift)
        cls.company.write(
            {
                "retention_association_customers": MIN_CUSTOMERS,
                "retention_association_support": MIN_SUPPORT,
                "retention_association_lift": MIN_LIFT,
                "retention_association_products": MAX_PRODUCTS,
                "retention_association_basket": MAX_BASKET,
            }
        )
        rows = read("transactions", households=cls.partners)
        rows = rows.merge(read("products"), on="product_id", how="left")
        rows["kind"] = rows["product_category"].fillna("OTHER")
        # of a kind in a basket so much was paid
        paid = rows.groupby(["household_id", "basket_id", "kind"]).agg(
            paid=("sales_value", "sum"), moment=("transaction_timestamp", "min")
        )
        paid = paid[paid["paid"].round(2) > 0].reset_index()
        # a basket is an order at its first moment
        moment = rows.groupby("basket_id")["transaction_timestamp"].min().dt.floor("s")
        day = (paid["basket_id"].map(moment) + timedelta(days=shift)).dt.date
        first = (pd.Timestamp(cls.today) - pd.DateOffset(years=1)).date()
        paid = paid[(day > first) & (day <= cls.today)]
        cls.has = pd.crosstab(paid["household_id"], paid["kind"]) > 0
        cls.Association._refresh(cls.company, cls.today)

    @classmethod
    def expected(cls):
        """Rules by linear algebra over the table of who bought what."""
        popularity = cls.has.sum()
        popularity = popularity[popularity >= MIN_CUSTOMERS]
        ranked = sorted(popularity.index, key=lambda kind: (-popularity[kind], kind))[:MAX_PRODUCTS]
        table = cls.has[ranked]
        kept = table[table.sum(axis=1) <= MAX_BASKET].astype(np.int64)
        both = kept.T @ kept
        n = both.to_numpy()
        single = np.diag(n)
        confidence = n / single[:, None]
        lift = confidence / (single[None, :] / len(kept))
        # in whole numbers: 1.25 is five quarters, also where a quotient falls just short of it
        passes = (n >= MIN_CUSTOMERS) & (100 * n >= MIN_SUPPORT * len(kept))
        passes &= 4 * n * len(kept) >= 5 * single[:, None] * single[None, :]
        np.fill_diagonal(passes, False)
        return {
            (ranked[a], ranked[b]): (n[a, b], n[a, b] / len(kept), confidence[a, b], lift[a, b])
            for a, b in zip(*np.nonzero(passes), strict=True)
        }, len(kept)

    def test_like_pandas(self):
        expected, population = self.expected()
        self.assertGreater(len(expected), 100)
        self.assertLess(population, len(self.has), "some bought too much of everything")
        template = {
            kind: self.env["product.product"].browse(product_id).product_tmpl_id.id
            for kind, product_id in self.products.items()
        }
        self.assertRules({(template[a], template[b]): numbers for (a, b), numbers in expected.items()})
        self.assertEqual(set(self.Association.search([]).mapped("population")), {population})

    def test_line_and_campaign(self):
        kind_of = {
            self.env["product.product"].browse(product_id).product_tmpl_id: kind
            for kind, product_id in self.products.items()
        }
        rule = next(
            rule
            for rule in self.Association.search([], order="confidence desc, id")
            if (self.has[kind_of[rule.antecedent_id]] & ~self.has[kind_of[rule.consequent_id]]).sum() >= 5
        )
        antecedent, consequent = kind_of[rule.antecedent_id], kind_of[rule.consequent_id]
        households = self.has.index[self.has[antecedent] & ~self.has[consequent]]
        targets = {self.partners[household] for household in households}

        # a quotation for one of them
        partner = self.env["res.partner"].browse(min(targets))
        suggestions = partner.get_cross_sell(limit=50)["suggestions"]
        [suggestion] = [line for line in suggestions if line["template_id"] == rule.consequent_id.id]
        self.assertIn("% of the customers who buy", suggestion["reason"])
        owned = set(self.has.columns[self.has.loc[next(h for h in households if self.partners[h] == partner.id)]])
        self.assertFalse(owned & {kind_of[self.env["product.template"].browse(s["template_id"])] for s in suggestions})
        variant = rule.consequent_id.get_single_product_variant()["product_id"]
        with Form(self.env["sale.order"]) as form:
            form.partner_id = partner
            with form.order_line.new() as line:
                line.product_id = self.env["product.product"].browse(variant)
        order = form.record
        self.assertEqual(order.order_line.product_template_id, rule.consequent_id)
        left = partner.get_cross_sell(product_ids=order.order_line.product_id.ids, limit=50)["suggestions"]
        self.assertNotIn(rule.consequent_id.id, [line["template_id"] for line in left])

        # and a campaign for all of them
        action = rule.action_make_campaign()
        self.assertEqual(set(self.env["res.partner"].search(
            safe_eval(action["context"]["default_audience_domain"])).ids), targets)  # fmt: skip
        offer = self.env["customer.retention.offer"].create(
            {"name": "Call", "company_id": self.company.id, "kind": "call", "contact_cost": 1}
        )
        wizard = self.env["customer.retention.wizard"].with_context(**action["context"]).create({"offer_id": offer.id})
        self.assertEqual((wizard.purpose, wizard.product_id), ("cross_sell", rule.consequent_id.product_variant_id))
        wizard.write({"without_holdout": True, "holdout_percent": 0})
        wizard.action_preview()
        wizard.action_start()
        campaign = wizard.campaign_id
        self.assertEqual(campaign.state, "running")
        audience = campaign._get_audience_sql(campaign.audience_model, campaign.audience_domain)
        self.env.cr.execute(SQL("SELECT partner_id FROM (%s) a", audience))
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, targets)
        self.assertTrue(campaign.member_ids)
        self.assertLessEqual(set(campaign.member_ids.partner_id.ids), targets)
