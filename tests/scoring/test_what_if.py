"""What if: the effect of other weights and limits, told from stored scores, is that of a run with these values."""

from unittest.mock import patch

from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..core.value_case import AS_OF
from .what_if_case import DIMENSIONS, WhatIfCase


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
            self.assertIn("The tier limits have changed", move.reason)

    def test_values_that_make_no_policy(self):
        cases = (
            ({"weights": dict.fromkeys(DIMENSIONS, 0.0)}, UserError, "All weights are zero"),
            ({"terms": {"Top": {"entry_score": 40.0, "keep_score": 40.0}}}, ValidationError, "overlap"),
            ({"terms": {"Top": {"entry_score": 70.0, "keep_score": 30.0}}}, ValidationError, "Increase the keep score"),
            (
                {"terms": {"Top": {"entry_score": 30.0, "keep_score": 30.0}}},
                UserError,
                "order of the tiers would change",
            ),
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
        for change in ("3 → 5", "Middle – Entry Score: 40 → 45", "Min. Stay (months): 0 → 2"):
            self.assertIn(change, note)

    def test_what_there_must_be_first(self):
        draft = self.env["customer.value.policy"].browse(self.policy.action_new_version()["res_id"])
        with self.assertRaisesRegex(UserError, "Only the active policy"):
            self.what_if(draft)
        wizard = self.what_if()
        self.policy.dimension_ids[0].copy({"metric": "average_order"})
        with self.assertRaisesRegex(UserError, "changed in the meantime"):
            wizard.action_show_effect()
        with self.assertRaisesRegex(UserError, "Run it for all customers"):
            self.what_if().action_show_effect()
        self.policy.window_months = 3
        self.policy.action_archive()
        with self.assertRaisesRegex(UserError, "no longer the active policy"):
            wizard.action_show_effect()
        with self.assertRaisesRegex(UserError, "no active policy"):
            self.what_if()

    def test_nobody_scored_yet(self):
        fresh = self.make_company("Fresh Company", "EUR")
        self.manager.company_ids += fresh
        with self.assertRaisesRegex(RedirectWarning, "No customers have been scored") as refused:
            self.what_if(allowed_company_ids=fresh.ids)
        self.assertEqual(refused.exception.args[1], self.env.ref("customer_value.action_customer_value_run").id)

    def test_queries_do_not_grow_with_customers(self):
        wizard = self.what_if()
        self.change(wizard, weights={"order_count": 9.0})

        def queries(partners):
            wizard.partner_ids = partners
            wizard.action_show_effect()
            return self.count_queries(wizard.action_show_effect)

        queries(self.partners[:2])
        self.assertEqual(queries(self.partners[:8]), queries(self.partners))
