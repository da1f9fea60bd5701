"""The audience of a campaign, and exclusions from it."""

import random
from datetime import date, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.campaign import customer_retention_campaign_audience as audience
from ...models.scoring import customer_value_source
from ..core.value_case import ONE_TO_ONE
from ..scoring.staff_case import TODAY
from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestAudience(RetentionCase):
    def candidates(self, campaign):
        """The same whether their documents are picked out or read with those of everybody.

        :return: ``{partner: row}``
        """
        picked_out, with_everybody = (self.collect(campaign, is_large) for is_large in (False, True))
        self.assertEqual(with_everybody, picked_out)
        return picked_out

    def collect(self, campaign, is_large):
        with patch.object(audience, "are_large_part", lambda company, count: is_large):
            campaign._collect_candidates()
        self.env.cr.execute("SELECT * FROM customer_retention_candidate")
        return {self.env["res.partner"].browse(row["partner_id"]): row for row in self.env.cr.dictfetchall()}

    def excluded(self, campaign):
        return {partner: row["excluded_by"] for partner, row in self.candidates(campaign).items()}

    def test_contacts_count_for_their_company_once(self):
        firm, single = self.buyers(2)
        contacts = self.env["res.partner"].create([{"name": f"C {n}", "parent_id": firm.id} for n in range(3)])
        deep = self.customer("Deep", parent_id=contacts[0].id)
        campaign = self.campaign(contacts | deep | single)
        self.assertEqual(set(self.candidates(campaign)), {firm, single})

    def test_models(self):
        """Partners, scores, a segment, and whatever belongs to a partner."""
        rich, poor = self.buyers(2)
        self.invoice(rich, "2025-06-01", 90)
        self.invoice(poor, "2025-06-01", 10)
        self.run_policy(as_of=TODAY)
        score = self.score(rich)
        order = self.env["sale.order"].search([("partner_id", "=", poor.id)])
        for model, domain, expected in (
            ("res.partner", [("id", "in", (rich | poor).ids)], {rich, poor}),
            ("customer.value.score", [("id", "=", score.id)], {rich}),
            ("customer.value.segment", [("id", "=", score.segment_id.id)], None),
            ("sale.order", [("id", "=", order.id)], {poor}),
        ):
            campaign = self.campaign(audience_model=model, audience_domain=repr(domain))
            found = set(self.candidates(campaign))
            if expected is None:
                expected = set(self.Score.search([("segment_id", "=", score.segment_id.id)]).partner_id)
            with self.subTest(model=model):
                self.assertEqual(found, expected)
                self.assertTrue(found)

    def test_other_companies(self):
        """Scores and orders of another company are no way in, nor are its partners."""
        elsewhere = self.make_company("Elsewhere", "EUR")
        partner, theirs = self.buyers(2)
        self.order(partner, "2025-06-01", company=elsewhere)
        both = self.env["sale.order"].search([("partner_id", "=", partner.id)])
        self.assertEqual(len(both.company_id), 2)
        campaign = self.campaign(
            audience_model="sale.order",
            audience_domain=repr([("id", "in", both.filtered(lambda o: o.company_id == elsewhere).ids)]),
        )
        self.assertFalse(self.candidates(campaign))
        theirs.company_id = elsewhere
        self.assertFalse(self.candidates(self.campaign(theirs)))

    def test_numbers_of_candidates(self):
        """Against the documents, by hand: windows, credit notes, what was never ordered."""
        partner, quiet = self.buyers(2)
        prospect, sampled = self.customer("Prospect"), self.customer("Sampled")
        self.env["sale.order"].search([("partner_id", "in", (partner | quiet).ids)])._action_cancel()
        self.order(partner, "2024-06-30 12:00:00", 100, cost=60)
        self.order(partner, "2024-06-29 12:00:00", 900, cost=0)
        self.order(partner, "2025-06-20", 200, cost=20)
        free = self.order(sampled, "2025-06-20", lines=[{"price_unit": 9.0, "purchase_price": 5.0, "discount": 100.0}])
        self.invoice(sampled, "2025-06-20", order=free, lines=[{"price_unit": 9.0, "discount": 100.0}])
        self.credit_note(partner, "2025-06-21", 30)
        campaign = self.campaign(
            partner | quiet | prospect | sampled, date_end=TODAY, measure_until=TODAY + relativedelta(days=29)
        )
        rows = self.candidates(campaign)
        row = rows[partner]
        self.assertEqual(row["user_id"], self.user.id)
        self.assertEqual((row["order_count"], float(row["average_order"])), (2, 150.0))
        self.assertAlmostEqual(float(row["margin_rate"]), (40 + 180) / 300)
        self.assertEqual((float(row["margin_before"]), float(row["margin_earlier"])), (180 - 30, 0))
        self.assertEqual((rows[quiet]["order_count"], rows[quiet]["margin_rate"]), (0, None))
        self.assertEqual(rows[prospect]["excluded_by"], "not_customer")
        self.assertEqual((rows[sampled]["excluded_by"], rows[sampled]["order_count"]), ("not_customer", 0))
        self.assertEqual(float(rows[sampled]["margin_before"]), -5)

    def test_numbers_against_plain_python(self):
        """Random documents; times before of a day, a month, and longer than the twelve months of orders."""
        draw = random.Random("candidates")
        partners = self.customers(4)
        ordered, credited = [], []
        for _number in range(40):
            day = TODAY - timedelta(days=draw.randrange(-5, 900) if draw.random() < 0.5 else draw.randrange(1, 70))
            # one in ten is given away
            amount, cost = draw.randrange(1, 400) * (draw.random() > 0.1), draw.randrange(1, 200)
            partner = draw.choice(partners)
            self.order(partner, day, amount, cost=cost)
            ordered.append((partner, day, amount, amount - cost))
        for _number in range(15):
            partner, day, amount = draw.choice(partners), TODAY - timedelta(days=draw.randrange(90)), draw.randrange(90)
            self.credit_note(partner, day, amount)
            credited.append((partner, day, amount))

        def margin(partner, first, last):
            return sum(kept for who, day, _amount, kept in ordered if who == partner and first <= day <= last) - sum(
                lost for who, day, lost in credited if who == partner and first <= day <= last
            )

        for days in (1, 30, 500):
            length = timedelta(days=days)
            last = TODAY - timedelta(days=1)
            rows = self.candidates(
                self.campaign(partners, date_end=TODAY, measure_until=TODAY + length - timedelta(days=1))
            )
            for partner in partners:
                year = [row for row in ordered if row[0] == partner and date(2024, 6, 30) <= row[1] <= last]
                sales = sum(amount for _who, _day, amount, _kept in year)
                row = rows[partner]
                with self.subTest(days=days, partner=partner.name):
                    self.assertEqual(row["margin_before"], margin(partner, last - length + timedelta(days=1), last))
                    self.assertEqual(
                        row["margin_earlier"], margin(partner, last - 2 * length + timedelta(days=1), last - length)
                    )
                    bought = sum(amount > 0 for _who, _day, amount, _kept in year)
                    self.assertEqual(row["order_count"], bought)
                    self.assertAlmostEqual(float(row["average_order"] or 0), sales / max(bought, 1), 2)
                    rate = sum(kept for _who, _day, _amount, kept in year) / sales if sales else None
                    expected = rate if rate is None else min(max(rate, 0), 1)
                    self.assertAlmostEqual(row["margin_rate"] and float(row["margin_rate"]), expected)

    def test_read_with_everybody(self):
        """Currencies, deliveries, means of payment, payers, and contacts who became part of a company: to the last
        digit the same as picked out."""
        euro = self.currency("EUR", d2024_01_01=0.3)
        plain, foreign, parent, contact, payer, other, sampled = self.customers(7)
        for day, price in (("2025-06-10", 100), ("2025-06-10", 33.33), ("2025-05-15", 10), ("2023-05-05", 7)):
            self.order(plain, day, price, cost=3)
            self.order(foreign, day, price, cost=3, currency=euro)
            self.order(contact, day, price, cost=1)
            self.order(other, day, price, cost=2)
        contact.parent_id = parent
        sent = self.env["product.product"].create(
            {"name": "Sent", "type": "consu", "taxes_id": [Command.clear()], "invoice_policy": "delivery"}
        )
        line = {"product_id": sent.id, "product_uom_qty": 4.0, "price_unit": 30.0, "purchase_price": 10.0}
        self.order(foreign, "2025-06-11", lines=[line], currency=euro).order_line.qty_delivered = 3
        card = self.order(plain, "2025-06-12", 50, cost=0)
        program = self.env["loyalty.program"].create({"name": "Cards", "program_type": "gift_card"})
        program.rule_ids.product_ids = card.order_line.product_id = self.env["product.product"].create({"name": "Card"})
        order = self.order(plain, "2025-06-13", 200, cost=90)
        self.invoice(payer, "2025-06-14", 180, order=order)
        self.credit_note(payer, "2025-06-15", 50, order=order)
        self.credit_note(foreign, "2025-05-20", 12)
        for partner in (plain, sampled):
            self.order(partner, "2025-06-16", lines=[{"price_unit": 9, "purchase_price": 4, "discount": 100}])
        asked = plain | foreign | parent | payer | sampled
        campaign = self.campaign(asked, date_end=TODAY, measure_until=TODAY + timedelta(days=29))
        rows = self.candidates(campaign)
        self.assertEqual(set(rows), set(asked))
        self.assertEqual(rows[parent]["order_count"], 3)
        self.assertGreater(rows[foreign]["margin_before"], rows[foreign]["margin_earlier"])

    def test_when_read_with_everybody(self):
        """Where the audience is large, and a large part of those scored. Nobody knows that before there are scores."""
        partners = self.buyers(4)
        campaign = self.campaign(partners[:1])
        everybody = SQL("TRUE")

        def condition():
            campaign._collect_candidates()
            return campaign._get_scope().among(SQL("partner_id"))

        with patch.object(customer_value_source, "LARGE", 1):
            self.assertNotEqual(condition(), everybody)
            self.make_policy()
            run = self.run_policy(as_of=TODAY)
            self.assertEqual(run.customer_count, 4)
            self.assertNotEqual(condition(), everybody, "a quarter is not more than a quarter")
            campaign.audience_domain = repr([("id", "in", partners[:2].ids)])
            with patch.object(self.registry["customer.value.source"], "_has_tills", lambda source: False):
                self.assertEqual(condition(), everybody)
            with patch.object(self.registry["customer.value.source"], "_has_tills", lambda source: True):
                self.assertNotEqual(condition(), everybody, "what tills sold is picked out with orders")
        self.assertNotEqual(condition(), everybody)

    def test_who_was_invoiced_alone_is_a_customer(self):
        """In the time before; what was invoiced earlier, without an order, is nothing to keep."""
        recent, past = self.customers(2)
        self.invoice(recent, "2025-06-20", 10)
        self.invoice(past, "2025-05-20", 10)
        campaign = self.campaign(recent | past, date_end=TODAY, measure_until=TODAY + timedelta(days=29))
        self.assertEqual(self.excluded(campaign), {recent: None, past: "not_customer"})

    def test_a_lead_makes_no_customer(self):
        """Customers scored because of a lead have not ordered yet; customers invoiced long ago have bought."""
        prospect, old = self.customers(2)
        self.lead(prospect, day=TODAY)
        self.make_policy(
            ONE_TO_ONE | {"open_pipeline": {"scale": "linear", "floor": 0.0, "cap": 100.0}}, window_months=0
        )
        self.invoice(old, "2023-01-10", 10)
        self.run_policy(as_of=TODAY)
        self.assertTrue(self.score(prospect) and self.score(old))
        self.assertEqual(self.excluded(self.campaign(prospect | old)), {prospect: "not_customer", old: None})

    def test_tiers_are_those_of_the_company_of_the_campaign(self):
        """In whichever company the user works when they press the button."""
        here, there = self.buyers(2)
        elsewhere = self.make_company("Elsewhere", "EUR")
        self.manager.company_ids += elsewhere
        policy = self.make_policy(ONE_TO_ONE, company=elsewhere, window_months=0)
        for partner, company, run_policy in ((here, self.company, None), (there, elsewhere, policy)):
            self.invoice(partner, "2025-06-01", 90, company=company)
            self.run_policy(as_of=TODAY, policy=run_policy)
        tier = self.score(here).tier_id.name
        self.assertEqual(self.score(there, elsewhere).tier_id.name, tier)
        campaign = self.campaign(
            audience_model="res.partner",
            audience_domain=repr([("value_tier_id.name", "=", tier), ("id", "in", (here | there).ids)]),
        )
        for company in (self.company, elsewhere):
            working = campaign.with_user(self.manager).with_context(
                allowed_company_ids=[company.id, *(self.company | elsewhere - company).ids]
            )
            self.assertEqual(set(self.candidates(working)), {here})

    def test_exclusions(self):
        names = ("fine", "out", "busy", "angry", "gone", "insider", "paid", "settled", "closed", "silent")
        people = dict(zip(names, self.buyers(len(names)), strict=True))
        people["out"].retention_opt_out = True
        self.started(people["busy"], name="Earlier", holdout_percent=0, without_holdout=True)
        self.complaint(people["angry"])
        self.complaint(people["settled"]).sudo().write({"complaint_state": "closed"})
        people["gone"].active = False
        for name in ("closed", "silent"):
            reason = self.env.ref(f"customer_value.retention_reason_loss_{name.replace('silent', 'silence')}")
            self.env["customer.retention.loss"].create(
                {"partner_id": people[name].id, "company_id": self.company.id, "reason_id": reason.id}
            )
        new_test_user(self.env, "insider", partner_id=people["insider"].id)
        contact = self.customer("Contact of the archived", parent_id=people["gone"].id)
        campaign = self.campaign(self.env["res.partner"].union(*people.values(), contact, self.company.partner_id))
        self.assertEqual(
            self.excluded(campaign),
            {
                people["fine"]: None,
                people["out"]: "opt_out",
                people["busy"]: "other_campaign",
                people["angry"]: "dispute",
                people["gone"]: "not_customer",
                people["insider"]: "not_customer",
                people["paid"]: None,
                people["settled"]: None,
                people["closed"]: "cannot_return",
                people["silent"]: None,
                self.company.partner_id: "not_customer",
            },
        )

    def test_a_campaign_against_complaints(self):
        """It goes to customers who complain, but not about an invoice that is overdue."""
        angry, disputing, waiting = self.buyers(3)
        overdue = self.invoice(disputing, "2025-05-01", due=date(2025, 6, 1))
        due_later = self.invoice(waiting, "2025-06-01", due=date(2025, 7, 30))
        self.complaint(angry)
        self.complaint(disputing, complaint_move_id=overdue.id)
        self.complaint(waiting, complaint_move_id=due_later.id)
        reason = self.env.ref("customer_value.retention_reason_complaint")
        campaign = self.campaign(angry | disputing | waiting, reason_id=reason.id)
        self.assertEqual(self.excluded(campaign), {angry: None, disputing: "dispute", waiting: None})
        self.pay(overdue, "2025-06-29")
        self.assertIsNone(self.excluded(campaign)[disputing])
        campaign.reason_id = False
        self.assertEqual(set(self.excluded(campaign).values()), {"dispute"})

    def test_nobody_to_do_it(self):
        managed, alone, left = self.buyers(3)
        alone.user_id = False
        left.user_id = self.deputy
        self.deputy.active = False
        campaign = self.campaign(managed | alone | left)
        self.assertEqual(set(self.excluded(campaign).values()), {None}, "they fall to the responsible")
        campaign.user_id = False
        self.assertEqual(self.excluded(campaign), {managed: None, alone: "nobody", left: "nobody"})

    def test_rights_of_who_starts(self):
        """Users cannot put customers into a campaign whom they may not read."""
        partners = self.buyers(3)
        rule = self.env["ir.rule"].create(
            {
                "name": "Not that one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": repr([("id", "!=", partners[0].id)]),
            }
        )
        self.assertTrue(rule)
        campaign = self.campaign(partners).with_user(self.manager)
        campaign.action_start()
        self.assertEqual(self.members(campaign).partner_id, partners[1:])
        with self.assertRaises(UserError):
            self.campaign(audience_model="ir.cron", audience_domain="[]").with_user(self.manager).action_start()
