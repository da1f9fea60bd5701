"""The wizard: audience, purpose, offer, responsible, schedule; size, cost and power; the start."""

from datetime import timedelta

import pandas as pd
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...analytics.campaign import experiment
from ..scoring.staff_case import TODAY
from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestWizard(RetentionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.buyers(20)
        cls.Wizard = cls.env["customer.retention.wizard"].with_user(cls.manager)

    def wizard(self, records=None, **context):
        if records is not None:
            context |= {"active_model": records._name, "active_ids": records.ids}
        return Form(self.Wizard.with_context(**context))

    def filled(self, records, **values):
        form = self.wizard(records)
        form.name = "From the wizard"
        form.offer_id = self.offer
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def numbers(self, wizard):
        return {code: count for code, _label, count in wizard.breakdown}

    def test_from_a_selection_to_a_campaign(self):
        wizard = self.filled(self.partners).save()
        self.assertRecordValues(
            wizard,
            [{"is_current": True, "audience_count": 20, "left_count": 20, "treated_count": 16, "holdout_count": 4}],
        )
        action = wizard.action_start()
        campaign = self.Campaign.browse(action["res_id"])
        self.assertRecordValues(campaign, [{"name": "From the wizard", "state": "running"}])
        self.assertEqual(self.members(campaign).partner_id, self.partners)

    def test_saved_as_a_draft_and_taken_up_again(self):
        action = self.filled(self.partners, holdout_percent=30).save().action_save()
        campaign = self.Campaign.browse(action["res_id"])
        self.assertRecordValues(campaign, [{"state": "draft", "holdout_percent": 30, "audience_model": "res.partner"}])
        self.assertFalse(self.members(campaign))
        form = self.wizard(default_campaign_id=campaign.id)
        self.assertEqual((form.name, form.left_count, form.holdout_percent), ("From the wizard", 20, 30))
        form.budget = 77
        again = form.save()
        again.action_start()
        self.assertRecordValues(campaign, [{"state": "running", "budget": 77, "seed": again.seed}])

    def test_adding_to_a_campaign(self):
        campaign = self.started(self.partners[:5])
        before = self.rows("customer_retention_member")
        form = self.wizard(self.partners)
        self.assertEqual(form.left_count, 15)
        form.campaign_id = campaign
        self.assertTrue(form.is_adding)
        wizard = form.save()
        self.assertEqual(self.numbers(wizard), {"audience": 20, "member": 5, "left": 15})
        for attempt in range(2):
            if attempt:
                with self.assertRaisesRegex(UserError, "Already in this campaign: 20"):
                    wizard.action_add()
            else:
                wizard.action_add()
            self.assertEqual(self.rows("customer_retention_member")[: len(before)], before)
            self.assertEqual(len(self.members(campaign)), 20)
        with self.assertRaisesRegex(UserError, "has already started"):
            wizard.action_save()

    def test_wizard_twice(self):
        """Starting the same choice twice takes no customer twice."""
        wizard = self.filled(self.partners).save()
        wizard.action_preview()
        wizard.action_start()
        campaign = wizard.campaign_id
        self.assertEqual(campaign.state, "running")
        with self.assertRaisesRegex(UserError, "has already started"):
            wizard.action_start()
        second = self.filled(self.partners).save()
        self.assertEqual(second.left_count, 0)
        second.action_preview()
        with self.assertRaisesRegex(UserError, "In another running campaign: 20"):
            second.action_start()
        self.assertEqual(len(self.Member.search([("partner_id", "in", self.partners.ids)])), 20)

    def test_numbers_add_up_and_open_their_customers(self):
        out, angry, busy = self.partners[:3]
        out.retention_opt_out = True
        self.complaint(angry)
        self.started(busy, holdout_percent=0, without_holdout=True)
        prospect = self.customer("Prospect")
        wizard = self.filled(self.partners | prospect).save()
        expected = {"not_customer": prospect, "opt_out": out, "other_campaign": busy, "dispute": angry}
        numbers = self.numbers(wizard)
        self.assertEqual(numbers, {"audience": 21, **dict.fromkeys(expected, 1), "left": 17})
        labels = {code: label for code, label, _count in wizard.breakdown}
        Candidate = self.env["customer.retention.wizard.candidate"].with_user(self.manager)
        for code, partner in expected.items():
            action = wizard.action_view_candidates(code)
            rows = Candidate.search(action["domain"])
            with self.subTest(code=code):
                self.assertEqual((rows.partner_id, rows.reason, action["name"]), (partner, labels[code], labels[code]))
        rows = Candidate.search(wizard.action_view_candidates("left")["domain"])
        self.assertEqual(rows.partner_id, self.partners[3:])
        self.assertEqual(rows.sorted(lambda row: row.partner_id.id)[:1].margin_before, 4)
        self.assertEqual(len(Candidate.search(wizard.action_view_candidates("audience")["domain"])), 21)

    def test_cost_against_the_budget(self):
        offer = self.offer.copy({"contact_cost": 25.0})
        form = self.filled(self.partners)
        form.offer_id = offer
        form.budget = 250
        wizard = form.save()
        self.assertRecordValues(wizard, [{"unit_cost": 25, "cost": 16 * 25, "is_over_budget": True}])
        self.assertIn("10 of 16 customers", wizard.cost_text)
        form = Form(wizard)
        form.budget = 400
        self.assertFalse(form.is_over_budget)
        form.budget = 0
        self.assertFalse(form.is_over_budget)

    def test_budget_in_the_smallest_unit(self):
        """3.3 / 1.1 is less than 3 for a computer; the campaign makes three offers, and the wizard says so."""
        form = self.filled(self.partners)
        form.offer_id = self.offer.copy({"contact_cost": 1.1})
        form.budget = 3.3
        self.assertIn("covers only 3 of 16", form.cost_text)
        form.offer_id = self.offer.copy({"contact_cost": 0.001})
        self.assertFalse(form.is_over_budget)

    @mute_logger("odoo.sql_db")
    def test_filter_that_cannot_be_read(self):
        for domain in ("[(", "5", "[('nothing', '=', 1)]", "[('id', '=', 'abc')]"):
            wizard = self.Wizard.create(
                {"name": "Broken", "audience": "selected", "audience_model": "res.partner", "audience_domain": domain}
            )
            with self.subTest(domain=domain):
                with self.assertRaisesRegex(UserError, "cannot be read"), self.env.cr.savepoint():
                    wizard.action_preview()
                # shown; or raised, where the database refuses
                with self.assertRaisesRegex(UserError, "cannot be read"), self.env.cr.savepoint():
                    raise UserError(wizard.audience_text)

    def test_draft_whose_audience_cannot_be_read_any_more(self):
        """A field of its filter is gone, say: the wizard opens, says so, and takes others."""
        draft = self.campaign(self.partners, audience_domain="[('x_gone', '=', 1)]")
        form = self.wizard(default_campaign_id=draft.id)
        self.assertIn("x_gone", form.audience_text)
        self.assertFalse(form.is_current)
        form = self.wizard(self.partners[:10], default_campaign_id=draft.id)
        self.assertEqual(form.left_count, 10)
        form.save().action_start()
        self.assertEqual(self.members(draft).partner_id, self.partners[:10])

    def test_smallest_effect(self):
        """Against pandas and the formula, from the documents: deviation and correlation of the two times before."""
        length = 30
        data = []
        for number, partner in enumerate(self.partners):
            self.order(partner, TODAY - timedelta(days=5), 300 + 10 * number, cost=0)
            self.order(partner, TODAY - timedelta(days=40), 100 + 13 * (number % 7), cost=0)
            data.append((300.0 + 10 * number, 100.0 + 13 * (number % 7) + number + 1))
        form = self.filled(self.partners)
        form.date_end = TODAY
        form.measure_until = TODAY + timedelta(days=length - 1)
        wizard = form.save()
        frame = pd.DataFrame(data, columns=["before", "earlier"])
        self.assertAlmostEqual(wizard.margin_average, frame.before.mean(), 2)
        self.assertAlmostEqual(wizard.margin_deviation, frame.before.std(ddof=1), 4)
        self.assertAlmostEqual(wizard.margin_correlation, frame.before.corr(frame.earlier), 6)
        expected = experiment.minimum_detectable_effect(
            16, 4, frame.before.std(ddof=1), correlation=frame.before.corr(frame.earlier)
        )
        self.assertAlmostEqual(wizard.detectable_effect, expected, 2)
        self.assertAlmostEqual(wizard.detectable_percent, 100 * expected / frame.before.mean(), 1)
        self.assertFalse(wizard.is_too_small)
        self.assertFalse(wizard.size_text)
        wizard.action_start()
        self.assertAlmostEqual(wizard.campaign_id.detectable_effect, expected, 2)

    def test_too_small(self):
        """Said before the start: what would be noticed is more than customers bring at all."""
        few = self.partners[:6]
        wizard = self.filled(few, holdout_percent=40).save()
        self.assertTrue(wizard.is_too_small)
        self.assertIn("too small", wizard.size_text)
        self.assertTrue(wizard.has_warning)
        fewer = self.filled(few, holdout_percent=10).save()
        self.assertFalse(fewer.is_detectable)
        self.assertIn("too few customers to measure an effect", fewer.size_text)

    def test_nobody_starts_without_having_been_warned(self):
        wizard = self.filled(self.partners[:6]).save()
        wizard.is_current = False
        action = wizard.action_start()
        self.assertEqual((action["res_model"], action["res_id"]), (wizard._name, wizard.id))
        self.assertFalse(wizard.campaign_id)
        wizard.action_start()
        self.assertEqual(wizard.campaign_id.state, "running")

    def test_holdout_of_none(self):
        wizard = self.filled(self.partners, holdout_percent=0).save()
        self.assertTrue(wizard.has_warning)
        with self.assertRaisesRegex(UserError, "the effect of the campaign cannot be measured"):
            wizard.action_start()
        wizard.without_holdout = True
        wizard.action_start()
        self.assertEqual(set(self.members(wizard.campaign_id).mapped("arm")), {"treatment"})
        self.assertEqual(wizard.campaign_id.detectable_effect, 0)

    def test_bad_input(self):
        for values, message in (
            ({"date_end": TODAY - timedelta(days=1)}, "end before"),
            ({"measure_until": TODAY}, "must end after the last offer"),
            ({"holdout_percent": 100}, "less than 100"),
            ({"seed": False}, "Enter a seed"),
            ({"offer_id": self.env["customer.retention.offer"]}, "Choose an offer"),
            ({"date_end": False}, "Enter the schedule"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
                wizard = self.filled(self.partners).save()
                wizard.write({name: value.id if hasattr(value, "id") else value for name, value in values.items()})
                wizard.action_start()
        form = self.wizard()
        form.name = "For nobody"
        form.offer_id = self.offer
        wizard = form.save()
        for button in (wizard.action_preview, wizard.action_save, wizard.action_start):
            with (
                self.subTest(button=button),
                self.assertRaisesRegex(UserError, "Choose an audience: select customers in a list"),
            ):
                button()

    def test_saved_filter(self):
        Filter = self.env["ir.filters"]
        mine = Filter.create(
            {
                "name": "Mine",
                "model_id": "res.partner",
                "domain": "[('user_id', '=', uid)]",
                "user_ids": [Command.link(self.manager.id)],
            }
        )
        self.partners[:7].user_id = self.manager
        form = self.wizard()
        form.audience = "filter"
        form.filter_id = mine
        self.assertEqual(form.left_count, 7)
        broken = mine.copy({"domain": "{[]: uid}"})
        with self.assertRaisesRegex(UserError, "cannot be used here"):
            form.filter_id = broken
        daily = mine.copy({"domain": "[('create_date', '>', context_today())]"})
        with self.assertRaisesRegex(UserError, "depends on the date"):
            form.filter_id = daily

    def test_segment(self):
        for partner in self.partners[:3]:
            self.invoice(partner, "2025-06-01", 90)
        self.run_policy(as_of=TODAY)
        segment = self.score(self.partners[0]).segment_id
        form = self.wizard()
        form.audience = "segment"
        form.segment_id = segment
        self.assertEqual(form.audience_count, self.Score.search_count([("segment_id", "=", segment.id)]))
        self.assertGreater(form.left_count, 0)

    def test_contexts_of_the_contract(self):
        """A domain as text, purpose, reason, product and offer."""
        reason = self.env.ref("customer_value.retention_reason_rhythm")
        form = self.wizard(
            default_audience_model="res.partner",
            default_audience_domain=repr([("id", "in", self.partners[:4].ids)]),
            default_purpose="cross_sell",
            default_reason_id=reason.id,
            default_product_id=self.product.id,
            default_offer_id=self.offer.id,
        )
        wizard = form.save()
        self.assertRecordValues(
            wizard,
            [
                {
                    "audience": "selected",
                    "left_count": 4,
                    "purpose": "cross_sell",
                    "reason_id": reason.id,
                    "product_id": self.product.id,
                    "offer_id": self.offer.id,
                }
            ],
        )
        wizard.action_save()
        self.assertEqual(wizard.campaign_id.product_id, self.product)
        orders = self.env["sale.order"].search([("partner_id", "in", self.partners[:3].ids)])
        with self.assertRaises(AccessError):
            self.wizard(orders)
        self.manager.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertEqual(self.wizard(orders).left_count, 3)

    def test_a_whole_list_is_selected(self):
        """The client cuts off very long selections; the domain of the list counts then."""
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "5")
        form = self.wizard(self.partners[:5], active_domain=[["id", "in", self.partners.ids]])
        self.assertEqual(form.left_count, 20)

    def test_large_audiences_wait_for_the_button(self):
        self.patch(self.env.registry["customer.retention.wizard"], "_count_audience", lambda *_args: (10**6, 0, 0))
        form = self.filled(self.partners)
        self.assertFalse(form.is_current)
        wizard = form.save()
        wizard.action_preview()
        self.assertEqual((wizard.is_current, wizard.left_count), (True, 20))
        form = Form(wizard)
        form.holdout_percent = 50
        self.assertTrue(form.is_current, "what only needs arithmetic is shown at once")
        self.assertEqual(form.holdout_count, 10)
        form.measure_until = TODAY + timedelta(days=200)
        self.assertFalse(form.is_current)

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(count):
            partners = self.buyers(count, f"Many {count}")
            wizard = self.filled(partners).save()
            taken = self.count_queries(wizard.action_preview)
            self.assertEqual(wizard.left_count, count)
            return taken

        queries(2)
        self.assertEqual(queries(10), queries(20))

    def test_roles(self):
        Wizard = self.env["customer.retention.wizard"].with_user(self.user)
        with self.assertRaises(AccessError):
            Wizard.create({"name": "No"})
