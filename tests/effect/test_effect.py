"""Each figure before and after a day, against plain Python over documents written by hand."""

import random
from collections import defaultdict
from datetime import datetime, time, timedelta
from statistics import median

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .effect_case import DAY, TODAY, EffectCase

LENGTH = 91
FIRST, LAST = DAY - timedelta(days=LENGTH), DAY + timedelta(days=LENGTH - 1)
BEFORE = [FIRST + timedelta(days=number) for number in range(LENGTH)]
AFTER = [DAY + timedelta(days=number) for number in range(LENGTH)]


@tagged("post_install", "-at_install")
class TestEffect(EffectCase):
    def test_windows_and_notes(self):
        effect = self.measured()
        self.assertEqual((effect.before_from, effect.before_until), (FIRST, DAY - timedelta(days=1)))
        self.assertEqual((effect.after_from, effect.after_until), (DAY, LAST))
        self.assertTrue(effect.is_full)
        season = self.measured(comparison="season")
        self.assertEqual((season.before_from, season.before_until), (DAY.replace(year=2024), LAST.replace(year=2024)))
        long = self.measured(months="12")
        self.assertFalse(long.is_full)
        self.assertEqual((long.after_from, long.after_until), (DAY, TODAY - timedelta(days=1)))
        days = (TODAY - DAY).days
        self.assertEqual((long.before_from, long.before_until), (DAY - timedelta(days=days), DAY - timedelta(days=1)))
        self.assertIn("both windows were shortened", " ".join(long.get_page()["notes"]))
        self.assertNotIn("both windows were shortened", " ".join(effect.get_page()["notes"]))
        for one in (effect, season, long):
            self.assertIn("no proof", " ".join(one.get_page()["notes"]))

    def test_nothing_there(self):
        """Without documents nothing is known, and nothing is said."""
        effect = self.measured()
        self.assertTrue(effect.figure_ids)
        self.assertEqual(set(effect.figure_ids.mapped("verdict")), {"few", "missing"})
        self.assertFalse(effect.figure_ids.filtered("has_before"))
        self.assertFalse(self.figure(effect, "repeat").known_since)
        page = effect.get_page()
        labels = [figure["obstacle"] for section in page["sections"] for figure in section["figures"]]
        self.assertIn("Nothing of this has been recorded yet.", labels)

    def test_too_early(self):
        for day in (TODAY, TODAY + timedelta(days=30), TODAY - timedelta(days=13)):
            with self.assertRaises(UserError) as refused:
                self.effect(date=day).action_measure()
            self.assertIn("14 full days", str(refused.exception))
        self.assertTrue(self.measured(date=TODAY - timedelta(days=14)).measured_on)

    def test_comparison_that_is_proposed(self):
        """Where orders reach back far enough, the season is left out."""
        effect = self.Effect.create({"name": "New", "date": DAY, "company_id": self.company.id, "months": "3"})
        self.assertEqual(effect.comparison, "adjacent")
        self.order(self.customer(), DAY.replace(year=2024))
        effect.months = "6"
        self.assertEqual(effect.comparison, "adjacent")
        self.order(self.customer(), "2023-09-30")
        effect.months = "3"
        self.assertEqual(effect.comparison, "season")
        effect.months = "12"
        self.assertEqual(effect.comparison, "adjacent")
        self.assertEqual(self.effect(months="3").comparison, "adjacent")

    def test_other_windows_need_other_figures(self):
        effect = self.measured()
        effect.name = "Another name"
        self.assertTrue(effect.figure_ids)
        effect.months = "6"
        self.assertFalse(effect.figure_ids | effect.figure_ids.exists())
        self.assertFalse(effect.measured_on)
        self.assertEqual(effect.get_page(), {"notes": [], "sections": []})

    # -- documents -----------------------------------------------------------------------------------------------------

    def test_orders_and_invoices(self):
        """Repeat purchases, customers kept, margin, refunds and complaints of customers drawn at random."""
        dice = random.Random("effect")
        partners = [self.customer(f"Buyer {number}") for number in range(14)]
        start = FIRST - timedelta(days=LENGTH)
        # so that the windows are known to be whole
        self.order(partners[0], start)
        orders, moves, complaints = [(partners[0], start, 100.0)], [], []
        for _number in range(70):
            partner, day = dice.choice(partners[1:]), start + timedelta(days=dice.randrange(4 * LENGTH))
            amount = float(dice.randrange(20, 400))
            order = self.order(partner, day, amount, cost=amount / 2)
            orders.append((partner, day, amount / 2))
            if dice.random() < 0.6:
                later = min(day + timedelta(days=dice.randrange(5)), TODAY)
                self.invoice(partner, later, amount, order=order)
                moves.append((partner, later, amount))
        for _number in range(12):
            partner, day = dice.choice(partners), FIRST + timedelta(days=dice.randrange(2 * LENGTH))
            self.credit_note(partner, day, 15.0)
            moves.append((partner, day, -15.0))
        for _number in range(9):
            partner, day = dice.choice(partners), FIRST - timedelta(days=3) + timedelta(days=dice.randrange(2 * LENGTH))
            self.complaint(partner, day)
            complaints.append((partner, day))
        self.complaint(partners[0], FIRST - timedelta(days=20))
        effect = self.measured()

        sides = []
        for window, earlier in ((BEFORE, [day - timedelta(days=LENGTH) for day in BEFORE]), (AFTER, BEFORE)):
            days = defaultdict(set)
            for partner, day, _margin in orders:
                if day in window:
                    days[partner].add(day)
            formerly = {partner for partner, day, _margin in orders if day in earlier}
            margin = sum(margin for partner, day, margin in orders if day in window)
            # credit notes without an order are lost in full, of whomever; here of customers who ordered
            margin -= sum(-amount for partner, day, amount in moves if day in window and amount < 0 and partner in days)
            told = [partner for partner, day in complaints if day in window]
            placed = sum(day in window for _partner, day, _margin in orders)
            invoiced = [amount for _partner, day, amount in moves if day in window]
            sides.append(
                {
                    "repeat": (100 * sum(len(d) > 1 for d in days.values()) / len(days), len(days)),
                    "kept": (100 * sum(p in days for p in formerly) / len(formerly), len(formerly)),
                    "margin": (margin / len(days), len(days)),
                    "complaints": (100 * len(told) / placed, len(set(told) | set(days))),
                    "refunds": (
                        100 * -sum(a for a in invoiced if a < 0) / sum(a for a in invoiced if a > 0),
                        len(invoiced),
                    ),
                }
            )
        for code in sides[0]:
            (before, count_before), (after, count_after) = (side[code] for side in sides)
            with self.subTest(code):
                self.assertFigure(effect, code, before, after, (count_before, count_after))

    def test_the_day_itself_counts_as_after(self):
        """And the last day of the window counts, the one behind it does not."""
        partner, other, third = (self.customer(f"Border {number}") for number in range(3))
        self.order(third, FIRST - timedelta(days=LENGTH))
        moments = [
            (partner, datetime.combine(DAY, time.min) - timedelta(seconds=1), "before"),
            (partner, datetime.combine(DAY, time.min), "after"),
            (other, datetime.combine(LAST, time(23, 59, 59)), "after"),
            (third, datetime.combine(LAST + timedelta(days=1), time.min), None),
        ]
        for who, moment, _side in moments:
            self.order(who, moment)
            self.complaint(who, moment, answered=moment + timedelta(hours=1))
        self.complaint(third, FIRST)
        effect = self.measured()
        self.assertFigure(effect, "repeat", 0.0, 0.0, (1, 2), (partner, partner | other))
        self.assertFigure(effect, "complaint_on_time", 50.0, 100.0, (2, 2))

    def test_days_are_those_of_the_company(self):
        """At 23:00 in New York it is the next day in UTC, and still the day before."""
        self.company.value_tz = "America/New_York"
        partner = self.customer()
        self.order(self.customer(), FIRST - timedelta(days=LENGTH + 1))
        self.order(partner, datetime.combine(DAY, time(3)))
        effect = self.measured()
        self.assertFigure(effect, "repeat", 0.0, None, (1, 0), (partner, partner.browse()))

    def test_answers_and_complaints(self):
        partners = [self.customer(f"Asking {number}") for number in range(12)]
        Contact = self.env["customer.contact"]
        hours = {"before": [5, 30, 8, 2, 50], "after": [1, 2, 3, 9]}
        for side, first in (("before", FIRST), ("after", DAY)):
            for number, taken in enumerate(hours[side]):
                partner = partners[number if side == "before" else 6 + number]
                moment = datetime.combine(first + timedelta(days=5 * number), time(9))
                values = {"partner_id": partner.id, "company_id": self.company.id, "channel": "mail"}
                Contact.create(values | {"direction": "in", "moment": moment})
                Contact.create(values | {"direction": "out", "moment": moment + timedelta(hours=taken)})
        # nobody has answered yet: it does not count
        Contact.create(values | {"partner_id": partners[11].id, "direction": "in", "moment": moment})
        answered = [
            # received, answered after hours, closed after days
            (FIRST, 10, 4), (FIRST + timedelta(days=3), 60, 9), (FIRST + timedelta(days=40), 47, None),
            (DAY, 1, 2), (DAY + timedelta(days=1), 2, 3), (DAY + timedelta(days=9), None, None),
            (DAY + timedelta(days=20), 3, 10),
        ]  # fmt: skip
        for number, (day, taken, closed) in enumerate(answered):
            received = datetime.combine(day, time(8))
            self.complaint(
                self.customer(f"Complaining {number}"),
                received,
                answered=taken and received + timedelta(hours=taken),
                closed=closed and received + timedelta(days=closed),
            )
        # due tomorrow: it can still be answered on time
        self.complaint(self.customer("Complaining"), DAY, due=datetime.combine(TODAY + timedelta(days=1), time(9)))
        # waiting for the customer since before it: the clock stands still
        waiting = self.complaint(self.customer("Asked Back"), DAY)
        self.set_columns(waiting, complaint_waiting_since=datetime.combine(DAY + timedelta(days=1), time()))
        effect = self.measured()
        self.assertFigure(effect, "answer_hours", median(hours["before"]), median(hours["after"]), (5, 4))
        self.assertFigure(effect, "complaint_on_time", 100 * 2 / 3, 100 * 3 / 4, (3, 4))
        self.assertFigure(effect, "complaint_days", median([4, 9]), median([2, 3, 10]), (2, 3))

    def test_ratings_and_deals(self):
        partner = self.customer()
        stars = {"before": [5, 3, 1], "after": [5, 4, 4, 2]}
        for side, first in (("before", FIRST), ("after", DAY)):
            for number, points in enumerate(stars[side]):
                ticket = self.ticket(partner, first)
                rating = self.env["rating.rating"].create(
                    {
                        "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                        "res_id": ticket.id,
                        "rating": points,
                        "consumed": True,
                        "partner_id": partner.id,
                    }
                )
                self.set_columns(rating, rated_on=datetime.combine(first + timedelta(days=number), time(10)))
        for first, won, lost in ((FIRST, 1, 3), (DAY, 2, 1)):
            for number in range(won + lost):
                lead = self.lead(partner, day=first)
                if number < won:
                    lead.action_set_won()
                else:
                    lead.action_set_lost()
                self.set_columns(lead, date_closed=datetime.combine(first + timedelta(days=number), time(10)))
        # still open
        self.lead(partner, day=DAY)
        effect = self.measured()
        self.assertFigure(effect, "satisfied", 100 / 3, 75.0, (3, 4))
        self.assertFigure(effect, "won", 25.0, 100 * 2 / 3, (4, 3))

    def test_tiers(self):
        """Who was at the top when a window began brings so much of its revenue, whatever they have become since."""
        policy = self.make_policy(tiers={"Best": 80, "Good": 60, "Fair": 30, "Base": 0})
        best, good, fair, base = policy.tier_ids.sorted("entry_score", reverse=True)
        star, riser, faller, gone, nobody = (self.customer(f"Tier {number}") for number in range(5))
        entries = [
            (star, FIRST - timedelta(days=9), best, None, "entered"),
            (riser, FIRST - timedelta(days=9), base, None, "entered"),
            (riser, FIRST + timedelta(days=9), good, "up", "changed"),
            (faller, FIRST, good, None, "entered"),
            (faller, DAY - timedelta(days=1), fair, "down", "changed"),
            (faller, DAY, base, "down", "changed"),
            (riser, LAST, best, "up", "changed"),
            (star, DAY + timedelta(days=3), best, "same", "changed"),
            (gone, FIRST - timedelta(days=9), best, None, "entered"),
            (gone, FIRST - timedelta(days=2), best, None, "left"),
        ]
        made = [self.entry(who, day, tier, move, event) for who, day, tier, move, event in entries]
        for who, before, after in (
            (star, 100.0, 50.0), (riser, 200.0, 250.0), (faller, 60.0, 80.0), (gone, 30.0, 0.0), (nobody, 10.0, 20.0)
        ):  # fmt: skip
            self.invoice(who, FIRST + timedelta(days=20), before)
            if after:
                self.invoice(who, DAY + timedelta(days=20), after)
        self.credit_note(star, DAY + timedelta(days=30), 10.0)
        effect = self.measured()
        self.assertFigure(effect, "top_revenue", 100 * (100 + 60) / 400, 100 * (40 + 250) / 390, (5, 4))
        self.assertFigure(effect, "tier_up", 50.0, 50.0, (2, 2), (made[2] | made[4], made[5] | made[6]))

    def test_what_was_recorded_later_is_not_compared(self):
        """Tiers known only from some day on would make the time before look empty."""
        partner = self.customer()
        tier = self.policy.tier_ids[0]
        self.entry(partner, FIRST + timedelta(days=5), tier, event="entered")
        self.order(partner, FIRST + timedelta(days=1))
        self.order(partner, DAY)
        effect = self.measured()
        for code in ("tier_up", "top_revenue", "repeat", "kept", "margin"):
            figure = self.figure(effect, code)
            self.assertEqual((figure.verdict, figure.obstacle), ("missing", "since"), code)
        self.assertEqual(self.figure(effect, "tier_up").known_since, FIRST + timedelta(days=5))
        self.assertIn("Recorded only since", self.figure(effect, "tier_up")._describe()["obstacle"])
        self.assertFalse(self.listed(self.figure(effect, "repeat"), "after"))
        later = self.measured(date=DAY + timedelta(days=30))
        self.assertEqual(self.figure(later, "repeat").obstacle, False)
        # as many days before the window are not known
        self.assertEqual(self.figure(later, "kept").obstacle, "since")

    def test_days_since_which_something_is_known_are_those_of_the_company(self):
        """In New York the first evening is part of the window, though it is the next day in UTC."""
        self.company.value_tz = "America/New_York"
        evening = datetime.combine(FIRST, time(23))
        self.order(self.customer(), evening + timedelta(hours=4))
        effect = self.measured()
        self.assertEqual(effect.before_from, FIRST)
        self.assertFalse(self.figure(effect, "repeat").obstacle)
        self.env["customer.value.advice"].sudo().create(
            {
                "company_id": self.company.id,
                "partner_id": self.customer().id,
                "kind": "step",
                "promise": "Call them",
                "accepted_on": evening + timedelta(hours=4),
                "until": DAY,
            }
        )
        self.assertEqual(self.env["customer.effect.measure"]._read_beginnings(self.company)["advice"], FIRST)

    # -- decisions and campaigns ---------------------------------------------------------------------------------------

    def offer_made(self, campaign, partner, day, **values):
        return self.env["customer.retention.member"].create(
            {
                "campaign_id": campaign.id,
                "company_id": campaign.company_id.id,
                "partner_id": partner.id,
                "arm": "treatment",
                "state": "offered",
                "offered_on": datetime.combine(day, time(9)),
            }
            | values
        )

    def campaign(self, **values):
        offer = self.env["customer.retention.offer"].create(
            {"name": "Call", "kind": "call", "company_id": self.company.id}
        )
        return self.env["customer.retention.campaign"].create(
            {"name": "Campaign", "company_id": self.company.id, "offer_id": offer.id} | values
        )

    def test_offers(self):
        """An offer worked if the customer ordered within 60 days; those whose days reach beyond the window wait."""
        campaign = self.campaign()
        partners = [self.customer(f"Offered {number}") for number in range(9)]
        made = [
            # offered, ordered after so many days
            (FIRST, 0), (FIRST + timedelta(days=30), 60), (FIRST + timedelta(days=20), 61), (FIRST, None),
            (FIRST + timedelta(days=31), 1),
            (DAY, 5), (DAY + timedelta(days=30), 59), (DAY + timedelta(days=10), None),
            (DAY + timedelta(days=31), 2),
        ]  # fmt: skip
        members = [
            self.offer_made(campaign, partner, day) for partner, (day, _days) in zip(partners, made, strict=True)
        ]
        for partner, (day, days) in zip(partners, made, strict=True):
            if days is not None:
                self.order(partner, day + timedelta(days=days))
        Member = self.env["customer.retention.member"]
        program = self.env["loyalty.program"].create(
            {"name": "Codes", "program_type": "coupons", "company_id": self.company.id}
        )
        for place in (0, 3, 5, 8):
            card = self.env["loyalty.card"].create(
                {"program_id": program.id, "retention_member_id": members[place].id, "points": 1}
            )
            if place == 0:
                order = self.order(partners[0], FIRST + timedelta(days=2))
                order.order_line.coupon_id = card
        effect = self.measured()
        counted = [Member.union(*members[:4]), Member.union(*members[5:8])]
        self.assertFigure(effect, "offers_bought", 50.0, 100 * 2 / 3, (4, 3), counted)
        self.assertFigure(effect, "offers_used", 50.0, 0.0, (2, 1), [members[0] | members[3], members[5]])

    def test_advice(self):
        """Of the advice accepted, what was followed by an order; where the days reach beyond the window it waits."""
        Advice = self.env["customer.value.advice"].sudo()
        dice = random.Random("accepted")
        self.customer("Advised")
        partners = [self.customer(f"Advised {number}") for number in range(24)]
        sold = [self.product, self.env["product.product"].create({"name": "Other"})]
        orders = defaultdict(list)
        for partner in partners:
            for _number in range(2):
                day = FIRST + timedelta(days=dice.randrange(2 * LENGTH))
                product = dice.choice(sold)
                self.order(partner, day, lines=[{"product_id": product.id, "price_unit": 9.0}])
                orders[partner].append((day, product))
        sides = {"before": [], "after": []}
        # so that it is known to be recorded from before the window on
        with freeze_time(FIRST - timedelta(days=1)):
            Advice._accept(self.company, self.customer("Early"), "step", "Call")
        for partner in partners:
            day = FIRST + timedelta(days=dice.randrange(2 * LENGTH))
            days, product = dice.choice([(60, sold[0]), (60, None), (20, None)])
            with freeze_time(datetime.combine(day, time(8))):
                advice = Advice._accept(
                    self.company,
                    partner,
                    "product" if product else "risk",
                    "Sell",
                    days,
                    product_tmpl_id=bool(product) and product.product_tmpl_id.id,
                )
            until = day + timedelta(days=days)
            worked = any(day <= ordered <= until and product in (None, thing) for ordered, thing in orders[partner])
            for side, window in (("before", BEFORE), ("after", AFTER)):
                if window[0] <= day and until <= window[-1]:
                    sides[side].append((advice, worked))
        effect = self.measured()
        shares = [100 * sum(worked for _advice, worked in rows) / len(rows) for rows in sides.values()]
        self.assertTrue(all(0 < share < 100 for share in shares), shares)
        figure = self.assertFigure(
            effect,
            "advice_worked",
            *shares,
            [len(rows) for rows in sides.values()],
            [Advice.union(*(advice for advice, _worked in rows)) for rows in sides.values()],
        )
        self.assertEqual(figure.verdict == "few", min(len(rows) for rows in sides.values()) < 10)

    def test_advice_recorded_too_late(self):
        self.assertEqual(self.figure(self.measured(), "advice_worked").obstacle, "since")

    def test_customers_at_risk(self):
        """Somebody spoke with a customer who was at risk, and they ordered again."""
        month = {"company_id": self.company.id, "is_closed": True, "origin": "recorded", "score": 1.0}
        Fact = self.env["customer.value.fact"].sudo()
        saved, lost, calm, late = (self.customer(f"Risk {number}") for number in range(4))
        Fact.create(month | {"partner_id": calm.id, "month": FIRST.replace(day=1)})
        for partner in (saved, lost, late):
            for first in ("2024-11-01", "2024-12-01", "2025-03-01", "2025-04-01"):
                Fact.create(month | {"partner_id": partner.id, "month": first, "risk_level": "serious"})
        done = self.env.ref("mail.mt_activities")
        call = self.env.ref("mail.mail_activity_data_call")

        def speak(partner, day):
            self.env["mail.message"].create(
                {
                    "model": "res.partner",
                    "res_id": partner.id,
                    "subtype_id": done.id,
                    "mail_activity_type_id": call.id,
                    "date": datetime.combine(day, time(9)),
                }
            )

        begins = FIRST + timedelta(days=10)
        for partner in (saved, lost, calm):
            speak(partner, begins)
        self.order(saved, begins + timedelta(days=30))
        for partner in (saved, lost):
            speak(partner, DAY + timedelta(days=3))
            self.order(partner, DAY + timedelta(days=40))
        # the 60 days are not over within the window
        speak(late, DAY + timedelta(days=40))
        effect = self.measured()
        self.assertFigure(effect, "risk_bought", 50.0, 100.0, (2, 2), [saved | lost, saved | lost])
        self.assertEqual(self.figure(self.measured(date=TODAY - timedelta(days=50)), "risk_bought").obstacle, "short")

    def test_campaigns(self):
        """Margin gained by cost, with the interval that follows from those of the campaigns."""
        known = {"is_effect_known": True, "confidence": 95.0, "result_treated": 10, "result_state": "underpowered"}
        self.campaign(**known, date_start=FIRST, effect_total=100, cost_total=50, effect_low=6, effect_high=14)
        self.campaign(**known, date_start=DAY, effect_total=300, cost_total=50, effect_low=27, effect_high=33)
        self.campaign(**known, date_start=LAST, effect_total=100, cost_total=50, effect_low=6, effect_high=14)
        self.campaign(date_start=DAY, effect_total=900, cost_total=50)
        self.campaign(**known, date_start=DAY, effect_total=900)
        early = known | {"result_state": "early"}
        self.campaign(**early, date_start=DAY, effect_total=1, cost_total=50, effect_low=-10, effect_high=20)
        effect = self.measured()
        figure = self.assertFigure(effect, "campaign_gain", 2.0, 4.0, (1, 2))
        reach = ((40 / 50) ** 2 + (30**2 + 40**2) / 100**2) ** 0.5
        self.assertAlmostEqual(figure.low, 2 - reach, 2)
        self.assertAlmostEqual(figure.high, 2 + reach, 2)
        self.assertEqual(figure.verdict, "better")

    def test_forecasts(self):
        Calibration = self.env["customer.lifetime.calibration"].sudo()
        for day, error in ((FIRST, -0.2), (DAY - timedelta(days=1), 0.1), (DAY, 0.05)):
            Calibration.create(
                {
                    "company_id": self.company.id,
                    "as_of": day,
                    "champion": "mbg",
                    "results": {"results": {"mbg": {"error": error}, "same": {"error": 0.9}}},
                }
            )
        Calibration.create({"company_id": self.company.id, "as_of": DAY, "missing": "days"})
        figure = self.assertFigure(self.measured(), "forecast_error", 15.0, 5.0, (2, 1))
        self.assertEqual(figure.verdict, "few")

    # -- intervals, time and growth ------------------------------------------------------------------------------------

    def test_verdicts(self):
        """Enough customers for an interval: fewer complaints are better, and so is a higher margin."""
        partners = self.customers(32)
        self.order(partners[0], FIRST - timedelta(days=LENGTH))
        self.complaint(partners[0], FIRST)
        for number, partner in enumerate(partners):
            self.order(partner, FIRST + timedelta(days=number), 100.0 + number, cost=60.0)
            self.order(partner, DAY + timedelta(days=number), 100.0 + number, cost=20.0)
            if number % 2:
                self.complaint(partner, FIRST + timedelta(days=number), answered=DAY)
            self.order(partner, DAY + timedelta(days=number + 1), 10.0, cost=10.0)
        effect = self.measured()
        verdicts = {figure.code: figure.verdict for figure in effect.figure_ids}
        self.assertEqual(verdicts["margin"], "better")
        self.assertEqual(verdicts["complaints"], "better")
        self.assertEqual(verdicts["repeat"], "better")
        margins = [40.0 + number for number in range(32)], [80.0 + number for number in range(32)]
        figure = self.figure(effect, "margin")
        variance = sum((m - 55.5) ** 2 for m in margins[0]) / 31 / 32
        self.assertAlmostEqual(figure.change, 40.0, 2)
        self.assertAlmostEqual(figure.high - figure.low, 2 * 1.959964 * (2 * variance) ** 0.5, 1)
        self.assertEqual((effect.better_count, effect.worse_count), (3, 0))
        again = effect.figure_ids.ids
        effect.action_measure()
        self.assertEqual(effect.figure_ids.ids, again)

    def test_measured_every_night(self):
        """As long as the window after is not over, and once more when it is."""
        effect = self.measured(months="6")
        over = self.measured()
        last = effect.after_until
        with freeze_time("2025-10-05 03:00:00"), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_customer_effect").method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(str(effect.after_until), "2025-09-30")
        self.assertGreater(effect.after_until, last)
        self.assertTrue(effect.is_full)
        self.assertEqual(str(over.measured_on)[:10], str(TODAY))

    def test_number_of_queries(self):
        """As many for twice the documents."""
        partners = self.customers(4)

        def trade():
            for partner in partners:
                for first in (FIRST, DAY):
                    self.order(partner, first)
                    self.invoice(partner, first)
                    self.complaint(partner, first, answered=first)

        trade()
        self.measured()
        first = self.count_queries(self.effect().action_measure)
        trade()
        effect = self.effect()
        self.assertEqual(self.count_queries(effect.action_measure), first)
        page = self.count_queries(effect.get_page)
        trade()
        effect.action_measure()
        self.assertEqual(self.count_queries(effect.get_page), page)
        with self.reading_only():
            effect.get_page()
