"""What the tests of cross-sell share, and an oracle that counts baskets one by one."""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import permutations

from odoo import Command
from odoo.tools import SQL

from ..core.value_case import AS_OF, ValueCase


def oracle(baskets, min_customers=2, min_support=0, min_lift=1, max_products=500, max_basket=200):
    """Rules of ``baskets`` (customer: set of products), in exact fractions, counted pair by pair.

    :return: ``{(a, b): (customers, support, confidence, lift)}``
    """
    baskets = {customer: set(items) for customer, items in baskets.items() if items}
    popularity = Counter(item for items in baskets.values() for item in items)
    ranked = sorted((item for item in popularity if popularity[item] >= min_customers),
                    key=lambda item: (-popularity[item], item))  # fmt: skip
    looked_at = set(ranked[:max_products])
    baskets = {customer: items & looked_at for customer, items in baskets.items()}
    baskets = {customer: items for customer, items in baskets.items() if len(items) <= max_basket}
    single = Counter(item for items in baskets.values() for item in items)
    both = Counter(pair for items in baskets.values() for pair in permutations(items, 2))
    rules = {}
    for (a, b), n in both.items():
        support, confidence = Fraction(n, len(baskets)), Fraction(n, single[a])
        lift = confidence / Fraction(single[b], len(baskets))
        if n >= min_customers and support * 100 >= Fraction(str(min_support)) and lift >= Fraction(str(min_lift)):
            rules[a, b] = (n, support, confidence, lift)
    return rules


class AssociationCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Association = cls.env["customer.retention.association"]
        cls.company.write(
            {
                "retention_association_customers": 2,
                "retention_association_support": 0,
                "retention_association_lift": 1,
            }
        )

    @classmethod
    def goods(cls, *names, **values):
        """One template for each name, without taxes."""
        return cls.env["product.template"].create(
            [
                {"name": name, "type": "consu", "taxes_id": [Command.clear()], "list_price": 100} | values
                for name in names
            ]
        )

    @classmethod
    def buy(cls, partner, *templates, day=AS_OF, **options):
        lines = [
            {"product_id": template.product_variant_id.id, "price_unit": 100, "purchase_price": 60}
            for template in templates
        ]
        return cls.order(partner, day, lines=lines, **options)

    def owned_by(self, company, template):
        """The product belongs to ``company``: Odoo refuses that once goods of it have moved elsewhere."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE product_template SET company_id = %s WHERE id = %s", [company.id, template.id])
        self.env.invalidate_all()

    def refresh(self, as_of=AS_OF, company=None):
        company = company or self.company
        return self.Association.with_company(company)._refresh(company, as_of)

    def rules(self, company=None):
        """``{(antecedent id, consequent id): (customers, support, confidence, lift)}`` as stored."""
        return {
            (a, b): numbers
            for a, b, *numbers in self.env.execute_query(
                SQL(
                    "SELECT antecedent_id, consequent_id, customers, support, confidence, lift"
                    " FROM customer_retention_association WHERE company_id = %s",
                    (company or self.company).id,
                )
            )
        }

    def assertRules(self, expected, company=None):
        found = self.rules(company)
        self.assertEqual(set(found), set(expected))
        for pair, (customers, *shares) in expected.items():
            self.assertEqual(found[pair][0], customers, pair)
            for mine, theirs in zip(found[pair][1:], shares, strict=True):
                self.assertAlmostEqual(mine, float(theirs), 9, pair)

    def suggest(self, *partners, **options):
        """``{partner id: [(template id, kind)]}``, best first."""
        customers = self.env["res.partner"].browse([partner.id for partner in partners])
        suggestions = defaultdict(list)
        for row in self.Association._suggest(self.company, customers, as_of=AS_OF, **options):
            suggestions[row["partner_id"]].append((row["consequent_id"], row["kind"]))
        return dict(suggestions)
