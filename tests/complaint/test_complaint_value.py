"""What complaints say of a customer's value, against numbers counted by hand and by chance."""

import random
from datetime import date, datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..core.value_case import AS_OF
from ..scoring.source_case import SourceCase
from .complaint_case import ComplaintCase

OPENS = datetime(2024, 7, 1)  # of the window of a year up to AS_OF

AFTERWARDS = timedelta(days=90)

METRICS = ("complaint_share", "abusive_complaints", "recovery_rate", "satisfaction")


class ComplaintValueCase(SourceCase, ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.user("complaint_second", "customer_value.group_complaint_manager")

    def received(self, day, partner=None, **values):
        with freeze_time(self._moment(day)):
            return self.ticket(partner or self.partner, is_complaint=True, **values).sudo()

    def closed(self, day, partner=None, **values):
        """Received, answered and closed within a day."""
        complaint = self.received(day, partner, **values)
        with freeze_time(self._moment(day) + timedelta(hours=1)):
            return self.bring_to(complaint, "closed")

    def claim(self, complaint):
        Review = self.env["customer.complaint.review"].with_user(self.manager)
        return Review.create({"ticket_id": complaint.id, "evidence": "The same photo as in May."})

    def confirmed(self, complaint, day):
        with freeze_time(self._moment(day)):
            review = self.claim(complaint)
            review.with_user(self.second).action_confirm()
        return review

    def rated(self, ticket, rating, day=AS_OF, **values):
        with freeze_time(self._moment(day)):
            return self.env["rating.rating"].create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                    "res_id": ticket.id,
                    "rating": rating,
                    "consumed": True,
                }
                | values
            )


@tagged("post_install", "-at_install")
class TestComplaintValue(ComplaintValueCase):
    def test_share_of_orders(self):
        """Of eight orders two led to a complaint: one told twice, one withdrawn and one abusive do not count."""
        for _number in range(8):
            self.order(self.partner, "2025-05-01")
        self.order(self.partner, "2024-06-30")
        self.received("2024-06-30")
        complaints = self.received("2024-07-01") + self.received("2025-06-30")
        self.received("2025-07-01")
        self.received("2025-05-02", duplicate_id=complaints[0].id)
        self.received("2025-05-02").with_user(self.officer)._make_ordinary("A question")
        self.confirmed(abusive := self.received("2025-05-02"), "2025-05-20")
        self.assertEqual(self.raw("complaint_share"), 25)
        self.assertEqual(self.documents("complaint_share"), complaints)
        self.assertEqual(self.score(self.partner).metrics["abusive_complaints"], 1)
        self.assertEqual(self.documents("abusive_complaints"), abusive)
        with self.assertRaisesRegex(AccessError, "only visible to complaint officers"):
            user = self.user("value_only", "customer_value.group_customer_value_user,sales_team.group_sale_salesman")
            self.score(self.partner).with_user(user).action_open_documents("abusive_complaints")

    def test_nothing_ordered_in_the_window(self):
        self.order(self.partner, "2023-05-01")
        self.received("2025-05-01")
        self.assertIsNone(self.raw("complaint_share"))
        self.assertEqual(self.score(self.partner).metrics["abusive_complaints"], 0)
        self.assertIsNone(self.score(self.partner).metrics["recovery_rate"])
        self.assertIsNone(self.score(self.partner).metrics["satisfaction"])

    def test_tickets_other_than_complaints(self):
        self.order(self.partner)
        question = self.ticket(self.partner)
        complaint = self.ticket(self.partner, is_complaint=True)
        self.env.cr.execute("UPDATE helpdesk_ticket SET is_complaint = NULL WHERE id = %s", [question.id])
        self.env.invalidate_all()
        self.assertEqual(self.raw("ticket_count"), 1)
        self.assertEqual(self.documents("ticket_count"), question)
        self._created(complaint, "2025-06-01")
        self.confirmed(complaint, "2025-06-02")
        self.assertEqual(self.raw("ticket_count"), 1, "an abusive one counts once, in the metric for it")

    def test_findings_as_they_were_known(self):
        """Claimed on the 10th, confirmed on the 12th, reversed on the 20th."""
        self.order(self.partner, "2025-05-01")
        complaint = self.received("2025-06-01")
        with freeze_time("2025-06-10 12:00:00"):
            review = self.claim(complaint)
        with freeze_time("2025-06-12 12:00:00"):
            review.with_user(self.second).action_confirm()
        with freeze_time("2025-06-20 12:00:00"):
            review.with_user(self.manager)._reverse("Another customer's photo")
        for day, expected in ((1, 0), (10, 0), (11, 0), (12, 1), (19, 1), (20, 0), (30, 0)):
            with self.subTest(day=day):
                self.assertEqual(self.raw("abusive_complaints", as_of=date(2025, 6, day)), expected)
                self.assertEqual(self.score(self.partner).metrics["complaint_share"], 100 * (1 - expected))
                self.assertEqual(self.documents("abusive_complaints"), complaint if expected else self.Ticket)
                self.assertEqual(self.documents("complaint_share"), self.Ticket if expected else complaint)

    def test_refused_claims_do_not_count(self):
        self.order(self.partner, "2025-05-01")
        review = self.claim(self.received("2025-06-01"))
        self.assertEqual(self.raw("abusive_complaints"), 0)
        review.with_user(self.second)._refuse("No proof")
        self.assertEqual(self.raw("abusive_complaints"), 0)

    # -- won back --------------------------------------------------------------------------------------------------

    def test_won_back(self):
        """Four complaints whose 90 days ended in the window: one led to an order, one answer was accepted."""
        came, accepted, silent, swapped = (self.customer(name) for name in ("Came", "Accepted", "Silent", "Swapped"))
        closed = [self.closed("2025-02-01", partner) for partner in (came, silent, swapped)]
        self.order(came, closed[0].complaint_closed_on + AFTERWARDS)
        self.order(silent, closed[1].complaint_closed_on + AFTERWARDS + timedelta(seconds=1))
        self.order(silent, closed[1].complaint_closed_on)
        self.order(swapped, "2025-02-10", 0)
        complaint = self.received("2025-02-01", accepted)
        with freeze_time("2025-02-03 12:00:00"):
            self.bring_to(complaint, "answered")
            complaint._customer_accepts()
            complaint.with_user(self.manager)._take_complaint_step("close")
        rates = [self.raw("recovery_rate", partner) for partner in (came, accepted, silent, swapped)]
        self.assertEqual(rates, [100, 100, 0, 0])
        self.assertEqual(self.documents("recovery_rate", came), closed[0])

    def test_acceptance_of_an_answer_disputed_later(self):
        self.order(self.partner, "2024-01-01")
        complaint = self.received("2025-02-01")
        with freeze_time("2025-02-03 12:00:00"):
            self.bring_to(complaint, "answered")
            complaint._customer_accepts()
            complaint._customer_disputes("On second thoughts, no")
            for step in ("investigate", "answer", "close"):
                complaint.with_user(self.manager)._take_complaint_step(step)
        self.assertEqual(self.raw("recovery_rate"), 0)

    def test_counted_when_the_time_is_over(self):
        """Not as soon as customers order: then those who have not ordered yet would be missing."""
        complaint = self.closed("2025-02-01")
        end = (complaint.complaint_closed_on + AFTERWARDS).date()
        self.order(self.partner, "2025-02-10")
        self.assertIsNone(self.raw("recovery_rate", as_of=end - timedelta(days=1)))
        self.assertFalse(self.documents("recovery_rate"))
        self.assertEqual(self.raw("recovery_rate", as_of=end), 100)
        self.assertEqual(self.documents("recovery_rate"), complaint)
        # the window of a year opens on the day after the same day a year before
        self.assertEqual(self.raw("recovery_rate", as_of=end + timedelta(days=364)), 100)
        self.assertIsNone(self.raw("recovery_rate", as_of=end + timedelta(days=365)))

    def test_not_closed_any_more(self):
        """Referred outside on 2 June: until then it was closed, and since it is not."""
        complaint = self.closed("2025-02-01")
        self.order(self.partner, "2025-02-10")
        with freeze_time("2025-06-02 12:00:00"):
            complaint.with_user(self.manager)._take_complaint_step("refer")
        self.assertEqual(self.raw("recovery_rate", as_of=date(2025, 6, 1)), 100)
        self.assertIsNone(self.raw("recovery_rate", as_of=date(2025, 6, 2)))

    def test_merged_and_abusive_are_no_matter_of_recovery(self):
        self.order(self.partner, "2024-01-01")
        complaint = self.closed("2025-02-01")
        self.closed("2025-02-01", duplicate_id=complaint.id)
        self.confirmed(self.closed("2025-02-01"), "2025-03-01")
        self.order(self.partner, "2025-02-10")
        self.assertEqual(self.raw("recovery_rate"), 100)
        self.assertEqual(self.documents("recovery_rate"), complaint)

    # -- satisfaction ----------------------------------------------------------------------------------------------

    def test_satisfaction(self):
        self.order(self.partner)
        question = self.ticket(self.partner, "2023-01-01")
        complaint = self.closed("2025-02-01")
        merged = self.closed("2025-02-01", duplicate_id=complaint.id)
        self.rated(question, 4, "2024-07-01")
        self.rated(question, 5, "2025-06-30")
        self.rated(complaint, 1, "2025-06-30")
        self.rated(question, 1, "2024-06-30")
        self.rated(question, 1, "2025-07-01")
        self.rated(question, 0)
        self.rated(question, 2, consumed=False)
        self.rated(merged, 1)
        self.assertEqual(self.raw("satisfaction"), 3.33)
        self.assertEqual(self.documents("satisfaction"), question + complaint)

    # -- never against the honest ----------------------------------------------------------------------------------

    def test_honest_complaints_never_lower_a_score(self):
        """Whatever the policy weighs, by default: more complaints not found abusive, no fewer points."""
        others = self.customers(6, "Other")
        for number, partner in enumerate(others):
            self.order(partner, "2025-05-01", 100)
            for _complaint in range(number % 3):
                self.received("2025-05-02", partner)
        self.order(self.partner, "2025-05-01", 100)
        for scale in ({"scale": "linear", "cap": 100.0}, {"scale": "quantile", "quantiles": 4}):
            policy = self.make_policy(dict.fromkeys(("order_count", "ticket_count", *METRICS[:2]), scale))
            policy._run(as_of=AS_OF)
            before = self.score(self.partner).score
            for _number in range(3):
                self.received("2025-05-10")
            policy._run(as_of=AS_OF, partners=self.partner)
            self.assertGreaterEqual(self.score(self.partner).score, before, scale)
        policy = self.make_policy({"abusive_complaints": {"scale": "linear", "cap": 4.0}})
        policy._run(as_of=AS_OF)
        self.assertEqual(self.score(self.partner).score, 100)
        self.confirmed(self.received("2025-05-11"), "2025-05-12")
        policy._run(as_of=AS_OF)
        self.assertEqual(self.score(self.partner).score, 75, "found abusive by two, it counts")

    def test_no_policy_turns_complaints_against_customers(self):
        policy = self.make_policy({"complaint_share": {"scale": "linear", "cap": 50.0}}, activate=False)
        dimension = policy.dimension_ids
        self.assertEqual(dimension.direction, "higher")
        with self.assertRaisesRegex(ValidationError, "customers who complain want to stay"), self.env.cr.savepoint():
            dimension.direction = "lower"
        rising = [
            Command.create({"from_value": 0.0, "points": 10.0}),
            Command.create({"from_value": 9.0, "points": 20.0}),
        ]
        dimension.write({"scale": "bands", "band_ids": rising})
        with self.assertRaisesRegex(ValidationError, "customers who complain want to stay"), self.env.cr.savepoint():
            dimension.band_ids.filtered(lambda band: band.from_value).points = 5.0
        Gate = self.env["customer.value.gate"]
        gate = {"policy_id": policy.id, "metric": "complaint_share", "value": 20.0, "tier_id": policy.tier_ids[1].id}
        for operator, effect, allowed in (
            (">=", "at_least", True), ("<=", "at_most", True), (">=", "at_most", False), ("<=", "at_least", False),
        ):  # fmt: skip
            with self.subTest(operator=operator, effect=effect):
                terms = gate | {"operator": operator, "effect": effect}
                if allowed:
                    Gate.create(terms).unlink()
                else:
                    with self.assertRaisesRegex(ValidationError, "against a customer"), self.env.cr.savepoint():
                        Gate.create(terms)
        Gate.create(gate | {"metric": "abusive_complaints", "operator": ">=", "effect": "at_most"})

    # -- by chance, in two companies -------------------------------------------------------------------------------

    def test_two_companies_by_chance(self):
        """Contacts of any depth, two companies, days of the company's time zone, three dates."""
        dice = random.Random(90)
        other = self.make_company("Other Company", "EUR")
        policy = self.make_policy({metric: {"scale": "linear", "cap": 100.0} for metric in METRICS}, company=other)
        policies = {self.company: self.policy, other: policy}
        buyers = {}
        for head in self.customers(3, "Head"):
            partner = head
            for level in range(3):
                buyers[partner] = head
                partner = self.customer(f"Level {level}", parent_id=partner.id)
        company_of, told = {}, {company: [] for company in policies}
        for _number in range(40):
            company, buyer = dice.choice(list(policies)), dice.choice(list(buyers))
            begin = self.chance(dice)
            ticket = self.ticket(buyer, begin, company=company, team_id=False)
            with freeze_time(begin):
                ticket._make_complaint()
            case = {"ticket": ticket, "customer": buyers[buyer], "begin": begin, "closed": None, "abuse": None}
            case["merged"] = bool(told[company]) and dice.random() < 0.15
            if case["merged"]:
                ticket.duplicate_id = told[company][0]["ticket"]
            if dice.random() < 0.7:
                case["closed"] = begin + timedelta(hours=dice.randrange(1, 900))
                self.fill_in(ticket)
                with freeze_time(case["closed"]):
                    for step in ("acknowledge", "assess", "investigate", "answer", "close"):
                        if ticket.sudo().complaint_state != "acknowledged" or step != "acknowledge":
                            ticket.sudo()._take_complaint_step(step)
            if dice.random() < 0.3:
                case["abuse"] = begin + timedelta(hours=dice.randrange(1, 900))
                with freeze_time(case["abuse"]):
                    # two people who work for both companies
                    review = self.env["customer.complaint.review"].sudo().create(
                        {"ticket_id": ticket.id, "evidence": "Photo"}
                    )  # fmt: skip
                    review.write({"state": "confirmed", "decided_on": case["abuse"]})
            case["ratings"] = []
            if dice.random() < 0.5:
                case["ratings"].append((given := self.chance(dice), score := dice.randrange(1, 6)))
                self.rated(ticket, score, given)
            told[company].append(case)
            company_of[ticket] = company
        orders = []
        for _number in range(30):
            company, buyer, moment = dice.choice(list(policies)), dice.choice(list(buyers)), self.chance(dice)
            self.order(buyer, moment, 10, company=company)
            orders.append((company, buyers[buyer], moment))
        seen = {metric: set() for metric in METRICS}
        for as_of in (date(2025, 3, 31), AS_OF, date(2025, 8, 31)):
            opens = datetime.combine(date(as_of.year - 1, as_of.month, as_of.day) + timedelta(days=1), time())
            until = datetime.combine(as_of + timedelta(days=1), time())
            for company, policy in policies.items():
                policy._run(as_of=as_of)
                bought = [(customer, moment) for where, customer, moment in orders if where == company]
                for head in set(buyers.values()):
                    expected = self.expected(head, told[company], bought, opens, until)
                    metrics = self.score(head, company).metrics or {}
                    if not metrics:
                        self.assertFalse(any(expected.values()))
                        continue
                    for metric in METRICS:
                        self.assertEqual(metrics[metric], expected[metric], (as_of, company.name, head.name, metric))
                        seen[metric].add(expected[metric])
        for metric, values in seen.items():
            self.assertGreater(len(values), 2, f"{metric}: chance has tested something")

    def chance(self, dice):
        return datetime(2024, 3, 1) + timedelta(minutes=dice.randrange(540 * 24 * 60))

    def expected(self, head, cases, orders, opens, until):
        """The metrics of a customer, counted one complaint at a time."""
        mine = [case for case in cases if case["customer"] == head and not case["merged"]]
        bought = [moment for customer, moment in orders if customer == head]
        counted = sum(opens <= moment < until for moment in bought)
        found = [case for case in mine if case["abuse"] and case["abuse"] < until]
        here = [case for case in mine if opens <= case["begin"] < until]
        honest = sum(case not in found for case in here)
        over = [
            case["closed"]
            for case in mine
            if case["closed"] and case not in found and opens <= case["closed"] + AFTERWARDS < until
        ]
        back = sum(any(end < moment <= end + AFTERWARDS for moment in bought) for end in over)
        given = [score for case in mine for moment, score in case["ratings"] if opens <= moment < until]
        return {
            "complaint_share": round(100 * honest / counted, 2) if counted else None,
            "abusive_complaints": sum(case in found for case in here),
            "recovery_rate": round(100 * back / len(over), 2) if over else None,
            "satisfaction": round(sum(given) / len(given), 2) if given else None,
        }

    # -- the daily job ---------------------------------------------------------------------------------------------

    def changed(self, since):
        partners = set()
        for query in self.Source._changed_queries(self.company, since):
            partners |= {row[0] for row in self.env.execute_query(query)}
        return partners

    def test_the_daily_job_notices(self):
        """Findings, steps and ratings make their customer due, and no other."""
        partners = self.customers(4, "Changed")
        tickets = [self.received("2025-05-01", partner) for partner in partners]
        self.env.flush_all()
        long_ago = datetime(2025, 1, 1)
        for table in ("helpdesk_ticket", "res_partner"):
            self.env.cr.execute(f"UPDATE {table} SET write_date = %s", [long_ago])
        self.env.cr.execute("UPDATE customer_complaint_event SET date = %s", [long_ago])
        self.env.invalidate_all()
        since = datetime(2025, 6, 1)
        self.assertFalse(self.changed(since) & set(partners.ids))
        now = datetime(2025, 6, 2)
        self.rated(tickets[0], 5, now)
        self.claim(tickets[1])
        tickets[2]._log_complaint("state", "Said so")
        self.env.flush_all()
        self.env.cr.execute("UPDATE helpdesk_ticket SET write_date = %s", [long_ago])
        self.assertEqual(self.changed(since) & set(partners.ids), set(partners[:3].ids))
