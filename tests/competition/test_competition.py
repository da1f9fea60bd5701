"""Competitors in deals: whose they are, how deals ended, prices, and the rates against an independent reckoning."""

import random
from collections import defaultdict
from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError
from scipy.stats import binomtest

from ...analytics.competition import wilson
from ..core.value_case import AS_OF
from ..risk.retention_risk_case import TODAY, RiskCase, days_ago


class CompetitionCase(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Line = cls.env["customer.competition.line"]
        cls.Report = cls.env["customer.competition.report"]
        cls.rival, cls.other = cls.env["res.partner"].create(
            [
                {"name": "Rival Ltd", "is_company": True, "is_competitor": True, "competitor_price": "cheaper"},
                {"name": "Other Ltd", "is_company": True, "is_competitor": True},
            ]
        )

    def line(self, deal, competitor=None, **values):
        name = "lead_id" if deal._name == "crm.lead" else "order_id"
        return self.Line.create({name: deal.id, "competitor_id": (competitor or self.rival).id, **values})


@tagged("post_install", "-at_install")
class TestCompetition(CompetitionCase):
    def test_outcome_follows_the_opportunity(self):
        partner = self.customer()
        lead = self.lead(partner, 900.0)
        line = self.line(lead, price=1000.0)
        self.assertRecordValues(
            line,
            [
                {
                    "outcome": "open",
                    "decided_on": False,
                    "own_price": 900.0,
                    "price_gap": -10.0,
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                }
            ],
        )
        lead.action_set_lost()
        self.assertRecordValues(line, [{"outcome": "lost", "decided_on": TODAY}])
        lead.action_unarchive()
        lead.probability = 20
        self.assertRecordValues(line, [{"outcome": "open", "decided_on": False}])
        lead.action_set_won()
        self.assertEqual(line.outcome, "won")

    def test_company_of_the_team(self):
        """An opportunity without a company is one of its team's, whenever the team gets one."""
        other = self.make_company("Other Company", "EUR")
        team = self.env["crm.team"].create({"name": "Anywhere", "company_id": False})
        lead = self.lead(self.customer(), company_id=False, team_id=team.id)
        line = self.line(lead)
        self.assertEqual(line.company_id, lead.company_id or self.env.company)
        team.company_id = other
        self.assertEqual(line.company_id, lead.company_id or other)

    def test_outcome_follows_the_quotation(self):
        """A quotation without an opportunity is a deal of its own; price in its currency."""
        euro = self.currency("EUR", d2020_01_01=0.5)
        order = self.order(self.customer(), AS_OF, 110.0, confirm=False, currency=euro)
        line = self.line(order, price=100.0)
        self.assertRecordValues(line, [{"outcome": "open", "currency_id": order.currency_id.id}])
        self.assertAlmostEqual(line.price_gap, 10.0)
        order.action_confirm()
        self.assertEqual(line.outcome, "won")
        lost = self.order(self.customer(), AS_OF, 110.0, confirm=False)
        line = self.line(lost)
        lost._action_cancel()
        self.assertRecordValues(line, [{"outcome": "lost", "decided_on": TODAY, "price_gap": 0.0}])

    def test_quotation_joins_its_opportunity(self):
        """What was heard for the quotation counts for the opportunity once, also if it is known there."""
        partner = self.customer()
        lead = self.lead(partner)
        order = self.order(partner, confirm=False)
        line = self.line(order)
        order.opportunity_id = lead
        self.assertEqual(line.lead_id, lead)
        self.assertEqual(order.opportunity_competition_line_ids, line)
        again = self.order(partner, confirm=False)
        second = self.line(again)
        again.opportunity_id = lead
        self.assertFalse(second.lead_id)

    def test_last_quotation_is_the_price(self):
        partner = self.customer()
        lead = self.lead(partner, 5000.0)
        line = self.line(lead, price=1000.0)
        order = self.order(partner, amount=1200.0, confirm=False)
        order.opportunity_id = lead
        self.assertAlmostEqual(line.price_gap, 20.0)

    def test_what_is_refused(self):
        lead = self.lead(self.customer())
        with self.assertRaisesRegex(ValidationError, "not marked as a competitor"):
            self.line(lead, self.customer("Friend"))
        self.line(lead, is_winner=True)
        for values in ({"competitor": self.rival}, {"competitor": self.other, "is_winner": True}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.line(lead, **values)
                self.env.flush_all()

    def test_asked_when_lost(self):
        """The dialog asks; skipping it costs nothing; a second answer replaces the first."""
        lead = self.lead(self.customer())
        lost = self.env["crm.lead.lost"].with_context(default_lead_ids=lead.ids)
        Form(lost).save().action_lost_reason_apply()
        self.assertFalse(lead.competition_line_ids)
        form = Form(lost)
        form.competitor_id = self.rival
        form.competitor_price = 750.0
        form.competitor_incumbent = True
        form.save().action_lost_reason_apply()
        self.assertRecordValues(
            lead.competition_line_ids,
            [
                {
                    "competitor_id": self.rival.id,
                    "price": 750.0,
                    "is_incumbent": True,
                    "is_winner": True,
                    "outcome": "lost",
                }
            ],
        )
        form = Form(lost)
        form.competitor_id = self.other
        form.save().action_lost_reason_apply()
        self.assertEqual(lead.competition_line_ids.filtered("is_winner").competitor_id, self.other)
        self.assertEqual(lead.competition_line_ids.competitor_id, self.rival + self.other)

    def test_asked_when_several_are_lost(self):
        leads = self.lead(self.customer()) + self.lead(self.customer())
        form = Form(self.env["crm.lead.lost"].with_context(default_lead_ids=leads.ids))
        form.competitor_id = self.rival
        form.save().action_lost_reason_apply()
        self.assertEqual(leads.competition_line_ids.mapped("is_winner"), [True, True])

    def test_asked_when_won(self):
        """Asked once, in the company that wants it, where there are competitors and none is known for the deal."""
        lead = self.lead(self.customer())
        action = lead.action_set_won_rainbowman()
        self.assertEqual(action["res_model"], "customer.competition.question")
        question = self.env[action["res_model"]].with_context(**action["context"]).create({})
        question.write({"competitor_id": self.rival.id, "price": 900.0})
        self.assertEqual(question.action_save().get("effect"), question.effect or None)
        self.assertRecordValues(lead.competition_line_ids, [{"price": 900.0, "is_winner": False, "outcome": "won"}])
        self.assertNotIn("res_model", self.result(lead))
        second = self.lead(self.customer())
        self.company.competition_ask = False
        self.assertNotIn("res_model", self.result(second))
        self.company.competition_ask = True
        (self.rival + self.other).is_competitor = False
        self.assertNotIn("res_model", self.result(self.lead(self.customer())))

    def result(self, lead):
        result = lead.action_set_won_rainbowman()
        return result if isinstance(result, dict) else {}

    def test_skipped(self):
        lead = self.lead(self.customer())
        context = lead.action_set_won_rainbowman()["context"]
        question = self.env["customer.competition.question"].with_context(**context).create({})
        question.action_skip()
        question.action_save()
        self.assertFalse(lead.competition_line_ids)

    # -- rates ---------------------------------------------------------------------------------------------------------

    def test_rates(self):
        """Against plain Python and scipy's interval of Wilson, for every grouping of random deals."""
        chance = random.Random(3)
        categories = self.env["product.category"].create([{"name": "Chairs"}, {"name": "Desks"}])
        products = self.env["product.product"].create(
            [{"name": category.name, "categ_id": category.id, "type": "consu"} for category in categories]
        )
        partner = self.customer()
        deals = []
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "order_line": [
                        Command.create({"product_id": products[n % 2].id, "price_unit": 100.0}),
                        Command.create({"product_id": products[1 - n % 2].id, "price_unit": 40.0}),
                    ],
                }
                for n in range(90)
            ]
        )
        for n, order in enumerate(orders):
            rival = self.rival if n < 70 else self.other
            price = chance.choice([0.0, 80.0, 120.0])
            self.line(order, rival, price=price)
            deals.append((rival.id, categories[n % 2].id, chance.random() < 0.4, price))
        for order, deal in zip(orders, deals, strict=True):
            order.action_confirm() if deal[2] else order._action_cancel()
        wanted = defaultdict(list)
        for competitor, category, won, price in deals:
            gap = 100 * (140.0 / price - 1) if price else None
            for key in ((competitor, category), (competitor, None), (None, None)):
                wanted[key].append((won, gap))
        rates = ["win_rate:avg", "win_low:avg", "win_high:avg"]
        measures = ["decided:sum", "won:sum", *rates, "gap_won:avg", "gap_lost:avg"]
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id)]
        for groupby in (["competitor_id", "category_id"], ["competitor_id"], []):
            for *keys, decided, won, rate, low, high, gap_won, gap_lost in self.Report._read_group(
                domain, groupby, measures
            ):
                key = tuple(key.id for key in keys) + (None,) * (2 - len(keys))
                rows = wanted.pop(key)
                hits = sum(hit for hit, _gap in rows)
                self.assertEqual((decided, won), (len(rows), hits))
                for value, state in ((gap_won, True), (gap_lost, False)):
                    gaps = [gap for hit, gap in rows if hit is state and gap is not None]
                    self.assertAlmostEqual(value, sum(gaps) / len(gaps), 1)
                if len(rows) < 30:
                    self.assertEqual((rate, low, high), (False, False, False))
                    continue
                interval = binomtest(hits, len(rows)).proportion_ci(method="wilson")
                self.assertAlmostEqual(rate, 100 * hits / len(rows), 6)
                self.assertAlmostEqual(low, 100 * interval.low, 6)
                self.assertAlmostEqual(high, 100 * interval.high, 6)
        self.assertFalse(wanted)
        self.assertIn("of 70 deals (", self.Report._describe_record(self.rival, self.company))
        self.assertIn("not enough decided", self.Report._describe_record(self.other, self.company))

    def test_interval_of_none_and_all(self):
        """Of no deal won the least is 0 and no trace below it, and of all the most is 1."""
        bounds = [wilson.bound_sql(SQL("hits"), SQL("trials"), upper) for upper in (False, True)]
        self.env.cr.execute(
            SQL(
                """SELECT hits, trials, %s, %s FROM generate_series(30, 330, 50) trials
                    CROSS JOIN LATERAL generate_series(0, trials, trials / 10) hits""",
                *bounds,
            )
        )
        for hits, trials, low, high in self.env.cr.fetchall():
            interval = binomtest(hits, trials).proportion_ci(method="wilson")
            self.assertAlmostEqual(low, interval.low, 12)
            self.assertAlmostEqual(high, interval.high, 12)
            self.assertEqual((low == 0, high == 1), (hits == 0, hits == trials))
        self.env.cr.execute(SQL("SELECT %s, %s FROM (SELECT 0 AS hits, 0 AS trials) nothing", *bounds))
        self.assertEqual(self.env.cr.fetchone(), (None, None))

    def test_battle_cards(self):
        """Those in the running; else those met earlier at the customer, whoever of the company was asked."""
        company = self.customer("Firm", is_company=True)
        contact = self.customer("Contact", parent_id=company.id)
        self.rival.competitor_how_to_win = "Show the service."
        self.line(self.lead(company), self.rival, is_incumbent=True)
        Order = self.env["sale.order"]
        [card] = Order.get_battle_cards(contact.id, self.company.id)
        self.assertEqual(
            card,
            {
                "id": self.rival.id,
                "name": "Rival Ltd",
                "incumbent": True,
                "price_position": "Cheaper than we are",
                "how_to_win": "Show the service.",
                "strengths": "",
                "weaknesses": "",
                "record": "No deal decided against them yet.",
            },
        )
        [card] = Order.get_battle_cards(contact.id, self.company.id, self.other.ids)
        self.assertEqual((card["id"], card["incumbent"]), (self.other.id, False))
        self.assertEqual(Order.get_battle_cards(self.customer().id, self.company.id), [])

    # -- what a lost deal means ----------------------------------------------------------------------------------------

    def lose(self, partner, days, competitor=None):
        lead = self.lead(partner)
        line = self.line(lead, competitor, is_winner=True)
        lead.action_set_lost()
        self.env.flush_all()
        # deals are closed today
        self.env.cr.execute(
            "UPDATE customer_competition_line SET decided_on = %s WHERE id = %s", [days_ago(days), line.id]
        )
        self.env.invalidate_all()
        return line

    def test_at_risk(self):
        """A customer who gave a deal away lately and has ordered nothing since is at risk."""
        stays, gives, gave = self.customer("Stays"), self.customer("Gives"), self.customer("Gave")
        for partner, last in ((stays, 10), (gives, 40), (gave, 200)):
            self.order(partner, days_ago(last))
        self.lose(stays, 20)
        self.lose(gives, 20)
        self.lose(gave, 120)
        self.refresh()
        risk = self.stored(gives)
        self.assertEqual((risk.reason_id.code, risk.level), ("competitor", "serious"))
        self.assertEqual(risk.explanation, "A deal was lost to Rival Ltd on 06/10/2025, and nothing was ordered since.")
        for partner in (stays, gave):
            self.assertNotIn("competitor", (self.stored(partner).factors or "").split())
        # they order again
        self.order(gives, days_ago(1))
        self.refresh()
        self.assertNotIn("competitor", (self.stored(gives).factors or "").split())

    def test_lost_to_a_competitor(self):
        """The reason of a loss: after service, before the price; another company's deals do not count."""
        self.make_policy(["revenue"], dormant_days=90, lost_days=180)
        gone, silent = self.customer("Gone"), self.customer("Silent")
        for partner in (gone, silent):
            self.order(partner, days_ago(300))
        line = self.lose(gone, 300 - 30)
        self.lose(silent, 5)
        self.run_policy(as_of=TODAY)
        Loss = self.env["customer.retention.loss"]
        Loss._refresh(self.company, TODAY)
        losses = {loss.partner_id: loss for loss in Loss.search([("company_id", "=", self.company.id)])}
        self.assertEqual(losses[gone].reason_id.code, "loss_competitor")
        self.assertEqual(losses[gone].explanation, "A deal was lost to Rival Ltd.")
        self.assertEqual(losses[silent].reason_id.code, "loss_silence")
        self.assertGreater(line.decided_on, days_ago(300) + timedelta(days=1))
