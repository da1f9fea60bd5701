import random
from collections import Counter
from datetime import date
from itertools import count

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.tests import new_test_user

from ..core.value_case import AS_OF, ValueCase

LINEAR = {"scale": "linear", "floor": 0.0}

DIMENSIONS = {
    "revenue": LINEAR | {"cap": 1000.0, "weight": 3.0},
    "order_count": LINEAR | {"cap": 5.0, "weight": 1.0},
    "margin": LINEAR | {"cap": 500.0, "weight": 0.0},
}

TIERS = {
    "Top": {"entry_score": 70.0, "keep_score": 60.0, "hold_months": 12},
    "Middle": {"entry_score": 40.0, "keep_score": 35.0},
    "Low": {"entry_score": 20.0, "keep_score": 20.0, "grace_days": 30},
    "Base": {"entry_score": 0.0},
}

BEFORE = date(2025, 1, 31)


class WhatIfCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(DIMENSIONS, TIERS)
        cls.gate = cls.env["customer.value.gate"].create(
            {
                "policy_id": cls.policy.id,
                "metric": "order_count",
                "operator": "<=",
                "value": 0.0,
                "effect": "at_most",
                "tier_id": cls.tier("Middle", cls.policy).id,
            }
        )
        cls.partners = cls.customers(16)
        chance = random.Random(7)
        # what the oracle knows of each customer: revenue, orders, margin
        cls.raw = {}
        for number, partner in enumerate(cls.partners):
            amounts, margin, orders = [], 0, 0
            for day in ("2025-01-10", "2025-06-10"):
                amounts.append(chance.randrange(0, 700))
                cls.invoice(partner, day, amounts[-1] + 1)
                for _repetition in range(number % 3):
                    price, cost = chance.randrange(20, 90), chance.randrange(1, 15)
                    cls.order(partner, day, price, cost=cost)
                    orders, margin = orders + 1, margin + price - cost
                if day < "2025-02":
                    cls.run_policy(as_of=BEFORE)
            cls.raw[partner] = {"revenue": sum(amounts) + 2, "order_count": orders, "margin": margin}
        cls.run_policy()
        cls.manager = new_test_user(
            cls.env,
            "what_if_manager",
            groups="customer_value.group_customer_value_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.logins = count()

    def what_if(self, records=None, user=None, **context):
        if records is not None:
            context |= {"active_model": records._name, "active_ids": records.ids}
        wizard = self.env["customer.value.what.if"].with_user(user or self.manager).with_context(**context)
        return wizard.create({})

    def change(self, wizard, weights=(), terms=(), limit=None):
        """Enter ``{metric: weight}``, ``{tier name: {field: value}}`` and the limit of the gate."""
        for metric, weight in dict(weights).items():
            wizard.weight_ids.filtered(lambda line, m=metric: line.dimension_id.metric == m).weight = weight
        for name, values in dict(terms).items():
            wizard.tier_ids.filtered(lambda line, n=name: line.tier_id.name == n).write(values)
        if limit is not None:
            wizard.gate_ids.value = limit
        self.env.flush_all()

    @staticmethod
    def cells(matrix):
        """``{(from, to): (customers, revenue)}`` by name of tier, of ``get_matrix``."""
        names = {tier["id"]: tier["name"] for tier in matrix["tiers"]}
        return {
            (names[cell["from"]], names[cell["to"]]): (cell["customers"], round(cell["revenue"], 2))
            for cell in matrix["cells"]
        }

    def oracle(self, weights=(), terms=(), limit=0.0, partners=None):
        """The same as ``cells``, from the documents written above and nothing but Python."""
        weights = {metric: vals["weight"] for metric, vals in DIMENSIONS.items()} | dict(weights)
        ladder = {name: dict(vals) | dict(terms).get(name, {}) for name, vals in TIERS.items()}
        rising = sorted(ladder, key=lambda name: ladder[name]["entry_score"])
        customers, revenue = Counter(), Counter()
        for partner in partners or self.partners:
            raw = self.raw[partner]
            points = {metric: 100 * min(max(raw[metric] / DIMENSIONS[metric]["cap"], 0), 1) for metric in DIMENSIONS}
            score = round(sum(weights[metric] * points[metric] for metric in weights) / sum(weights.values()), 2)
            computed = max(rank for rank, name in enumerate(rising) if score >= ladder[name]["entry_score"])
            capped = raw["order_count"] <= limit
            if capped:
                computed = min(computed, rising.index("Middle"))
            before = self.score(partner)
            rank = rising.index(before.tier_id.name)
            vals = ladder[rising[rank]]
            held = before.tier_since + relativedelta(months=vals.get("hold_months", 0))
            if computed >= rank or (capped and rank > rising.index("Middle")):
                after = computed
            elif score >= vals.get("keep_score", vals["entry_score"]) or held > AS_OF or vals.get("grace_days"):
                after = rank
            else:
                after = computed
            customers[rising[rank], rising[after]] += 1
            revenue[rising[rank], rising[after]] += raw["revenue"]
        return {key: (customers[key], round(revenue[key], 2)) for key in customers}

    CHANGES = (
        {},
        {"weights": {"revenue": 1.0, "order_count": 4.0}},
        {"weights": {"revenue": 0.0, "margin": 2.0}},
        {"terms": {"Top": {"entry_score": 85.0, "keep_score": 85.0, "hold_months": 0}}},
        {"terms": {"Middle": {"entry_score": 55.0, "keep_score": 55.0}, "Low": {"grace_days": 0}}},
        {"terms": {"Top": {"entry_score": 50.0, "keep_score": 45.0}}, "limit": 2.0},
    )
