"""What if: the effect of other weights and limits, told from stored scores, is that of a run with these values."""

import random
from collections import Counter
from datetime import date
from itertools import count
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..core.common import AS_OF, ValueCase

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


@tagged("post_install", "-at_install")
class TestWhatIf(WhatIfCase):
    def test_effect_is_that_of_a_simulated_draft(self):
        """And that of an independent computation; and every change but the first makes a difference."""
        seen = []
        for changes in self.CHANGES:
            with self.subTest(changes):
                wizard = self.what_if()
                self.change(wizard, **changes)
                wizard.action_show_effect()
                found = self.cells(wizard.get_matrix())
                self.assertEqual(found, self.oracle(**changes))
                draft = self.env["customer.value.policy"].browse(wizard.action_keep()["params"]["next"]["res_id"])
                run = draft._run(as_of=AS_OF, simulate=True)
                self.assertEqual(found, self.cells(run.get_matrix()))
                self.assertEqual((wizard.up_count, wizard.down_count), (run.up_count, run.down_count))
                self.assertEqual(wizard.revenue_at_stake, run.revenue_at_stake)
                self.assertEqual(
                    {move.partner_id: (move.score, move.tier_move) for move in self.moves(wizard)},
                    {move.partner_id: (move.score, move.tier_move) for move in run.move_ids},
                )
                seen.append(wizard.up_count + wizard.down_count)
                draft.unlink()
        self.assertFalse(seen[0])
        self.assertTrue(all(seen[1:]), seen)

    def moves(self, wizard):
        action = wizard.action_view_moves()
        return self.env[action["res_model"]].search(action["domain"])

    def test_quantiles_of_the_default_policy(self):
        policy = self.make_policy(
            {"revenue": {"quantiles": 5, "weight": 2.0}, "recency_days": {"quantiles": 4}, "margin": {"weight": 0.0}},
            {"Top": 70.0, "Middle": 45.0, "Low": 20.0, "Base": 0.0},
        )
        policy._run(as_of=AS_OF)
        wizard = self.what_if()
        self.change(wizard, weights={"revenue": 1.0, "recency_days": 3.0, "margin": 1.0})
        wizard.action_show_effect()
        draft = self.env["customer.value.policy"].browse(wizard.action_keep()["params"]["next"]["res_id"])
        run = draft._run(as_of=AS_OF, simulate=True)
        self.assertEqual(self.cells(wizard.get_matrix()), self.cells(run.get_matrix()))
        self.assertTrue(run.up_count + run.down_count)

    def test_nothing_changes_and_no_document_is_read(self):
        tables = ("customer_value_score", "customer_value_history", "customer_value_run", "customer_value_policy")
        before = {table: self.rows(table) for table in tables}
        wizard = self.what_if()
        self.change(wizard, weights={"order_count": 9.0})
        with self.assertNoDocuments():
            wizard.action_show_effect()
        self.assertTrue(wizard.up_count + wizard.down_count)
        self.assertEqual({table: self.rows(table) for table in tables}, before)

    def assertNoDocuments(self):
        """The statements of the block read from no table of documents."""
        case, execute = self, type(self.env.cr).execute

        def watched(cursor, query, *args, **kwargs):
            text = str(getattr(query, "code", query))
            case.assertNotRegex(text, r'(FROM|JOIN)\s+"?(sale_order|account_|crm_lead|helpdesk_ticket)')
            return execute(cursor, query, *args, **kwargs)

        return patch.object(type(self.env.cr), "execute", watched)

    def test_selected_customers(self):
        """Partners, contacts of theirs, and scores: the effect on these alone."""
        some = self.partners[:5]
        contact = self.customer("Contact", parent_id=some[0].id)
        changes = self.CHANGES[1]
        scores = self.Score.search([("partner_id", "in", some.ids)])
        for records in (some, some[1:] | contact, scores):
            wizard = self.what_if(records)
            self.change(wizard, **changes)
            wizard.action_show_effect()
            self.assertEqual(self.cells(wizard.get_matrix()), self.oracle(**changes, partners=some))

    def test_shown_again_replaces_the_moves(self):
        wizard = self.what_if()
        self.change(wizard, weights={"order_count": 9.0})
        wizard.action_show_effect()
        first = len(self.moves(wizard))
        wizard.action_reset()
        self.assertFalse(wizard.is_current)
        wizard.action_show_effect()
        self.assertTrue(first)
        self.assertEqual((len(self.moves(wizard)), wizard.is_current), (0, True))

    def test_form_tells_that_the_effect_is_old(self):
        form = Form(self.env["customer.value.what.if"].with_user(self.manager))
        wizard = form.save()
        wizard.action_show_effect()
        form = Form(wizard)
        self.assertTrue(form.is_current)
        with form.weight_ids.edit(0) as line:
            line.weight = 44.0
        self.assertFalse(form.is_current)

    def test_reasons(self):
        wizard = self.what_if()
        self.change(wizard, terms={"Top": {"entry_score": 50.0, "keep_score": 45.0}})
        wizard.action_show_effect()
        moves = self.moves(wizard)
        self.assertTrue(moves)
        for move in moves:
            self.assertIn("reaches Top (from 50.00)", move.reason)
            self.assertIn("limits of the tiers", move.reason)

    def test_values_that_make_no_policy(self):
        cases = (
            ({"weights": dict.fromkeys(DIMENSIONS, 0.0)}, UserError, "All weights are zero"),
            ({"terms": {"Top": {"entry_score": 40.0, "keep_score": 40.0}}}, ValidationError, "overlap"),
            ({"terms": {"Top": {"entry_score": 70.0, "keep_score": 30.0}}}, ValidationError, "Raise the keep score"),
            ({"terms": {"Top": {"entry_score": 30.0, "keep_score": 30.0}}}, UserError, "change places"),
        )
        for changes, error, message in cases:
            wizard = self.what_if()
            self.change(wizard, **changes)
            for method in ("action_show_effect", "action_keep"):
                with self.subTest(message, method=method), self.assertRaisesRegex(error, message):
                    getattr(wizard, method)()
        with self.assertRaises(CheckViolation), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.change(self.what_if(), weights={"revenue": -1.0})
        with self.assertRaises(CheckViolation), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.change(self.what_if(), terms={"Top": {"keep_score": 71.0}})

    def test_keep_as_draft(self):
        wizard = self.what_if()
        self.change(
            wizard, weights={"revenue": 5.0}, terms={"Middle": {"entry_score": 45.0, "hold_months": 2}}, limit=1.0
        )
        action = wizard.action_keep()
        self.assertIn("draft", action["params"]["message"])
        draft = self.env["customer.value.policy"].browse(action["params"]["next"]["res_id"])
        self.assertEqual((draft.state, draft.origin_id, self.policy.state), ("draft", self.policy, "active"))
        weights = {dimension.metric: dimension.weight for dimension in draft.dimension_ids}
        self.assertEqual(weights, {"revenue": 5.0, "order_count": 1.0, "margin": 0.0})
        middle = self.tier("Middle", draft)
        self.assertEqual((middle.entry_score, middle.keep_score, middle.hold_months), (45.0, 35.0, 2))
        self.assertEqual((draft.gate_ids.value, self.policy.gate_ids.value), (1.0, 0.0))
        note = draft.message_ids[0].body
        for change in ("3 → 5", "Middle – Entry Score: 40 → 45", "Minimum Hold (months): 0 → 2"):
            self.assertIn(change, note)

    def test_what_there_must_be_first(self):
        draft = self.env["customer.value.policy"].browse(self.policy.action_new_version()["res_id"])
        with self.assertRaisesRegex(UserError, "Only the active policy"):
            self.what_if(draft)
        wizard = self.what_if()
        self.policy.dimension_ids[0].copy({"metric": "average_order"})
        with self.assertRaisesRegex(UserError, "changed meanwhile"):
            wizard.action_show_effect()
        with self.assertRaisesRegex(UserError, "Run it for all customers"):
            self.what_if().action_show_effect()
        self.policy.window_months = 3
        self.policy.action_archive()
        with self.assertRaisesRegex(UserError, "not the active policy"):
            wizard.action_show_effect()
        with self.assertRaisesRegex(UserError, "no active policy"):
            self.what_if()

    def test_nobody_scored_yet(self):
        fresh = self.make_company("Fresh Company", "EUR")
        self.manager.company_ids += fresh
        with self.assertRaisesRegex(UserError, "Nobody has been scored"):
            self.what_if(allowed_company_ids=fresh.ids)

    def test_queries_do_not_grow_with_customers(self):
        wizard = self.what_if()
        self.change(wizard, weights={"order_count": 9.0})

        def queries(partners):
            wizard.partner_ids = partners
            wizard.action_show_effect()
            return self.count_queries(wizard.action_show_effect)

        queries(self.partners[:2])
        self.assertEqual(queries(self.partners[:8]), queries(self.partners))
