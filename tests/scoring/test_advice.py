"""Advice that users accept: what is noted, when it worked, who sees it, and what happens when customers are merged."""

import random
from datetime import datetime, time, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .staff_case import TODAY, StaffCase


@tagged("post_install", "-at_install")
class TestAdvice(StaffCase):
    staff = "advice"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Advice = cls.env["customer.value.advice"].sudo()
        cls.firm = cls.customer("Firm", is_company=True)
        cls.contact = cls.customer("Contact", parent_id=cls.firm.id)
        cls.lamp = cls.env["product.template"].create({"name": "Lamp", "list_price": 10.0})

    def accept(self, partner, day=TODAY, kind="step", days=60, company=None, **values):
        with freeze_time(datetime.combine(day, time(9))):
            return self.Advice._accept(company or self.company, partner, kind, "Call them", days, **values)

    def of(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    # -- what became of it ---------------------------------------------------------------------------------------------

    def test_outcomes(self):
        """Each against plain Python; in lists, groups and the record itself."""
        dice = random.Random("advice")
        foreign = self.make_company("Elsewhere", "USD")
        firms = [self.customer(f"Advised {number}", is_company=True) for number in range(12)]
        people = {firm: [firm, self.customer(f"Person of {firm.name}", parent_id=firm.id)] for firm in firms}
        goods = [self.lamp, self.product.product_tmpl_id]
        orders = []
        for firm in firms:
            for _number in range(dice.randrange(3)):
                day = TODAY - timedelta(days=dice.randrange(150))
                company = foreign if dice.random() < 0.2 else self.company
                product = dice.choice(goods)
                state = dice.choice(["sale", "sale", "sale", "draft", "cancel", "for nothing"])
                order = self.order(
                    dice.choice(people[firm]),
                    day,
                    lines=[
                        {
                            "product_id": product.product_variant_id.id,
                            "price_unit": 0.0 if state == "for nothing" else 10.0,
                        }
                    ],
                    company=company,
                    confirm=state in ("sale", "for nothing"),
                )
                if state == "cancel":
                    order._action_cancel()
                orders.append((firm, day, product, company, state))
        expected = {}
        for firm in firms:
            for product in (None, *goods):
                day = TODAY - timedelta(days=dice.randrange(150))
                days = dice.choice([14, 30, 60])
                kind = "product" if product else "risk"
                advice = self.accept(
                    dice.choice(people[firm]), day, kind, days, product_tmpl_id=bool(product) and product.id
                )
                until = day + timedelta(days=days)
                worked = any(
                    theirs == firm
                    and day <= ordered <= until
                    and where == self.company
                    and state == "sale"
                    and (product is None or sold == product)
                    for theirs, ordered, sold, where, state in orders
                )
                expected[advice] = "worked" if worked else "failed" if until < TODAY else "waiting"
        self.assertEqual(set(expected.values()), {"worked", "failed", "waiting"})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual({advice: advice.outcome for advice in expected}, expected)
        counts = {}
        for outcome in ("worked", "failed", "waiting"):
            advices = {advice for advice, found in expected.items() if found == outcome}
            self.assertEqual(set(self.Advice.search([("outcome", "=", outcome)])), advices)
            counts[outcome] = len(advices)
        self.assertEqual(dict(self.Advice._read_group([], ["outcome"], ["__count"])), counts)
        self.assertEqual(
            set(self.Advice.search([("outcome", "!=", "worked")])),
            {advice for advice, found in expected.items() if found != "worked"},
        )

    def test_borders(self):
        """From the moment of accepting on, to the end of the last day; days are those of the company."""
        early, first, last, late = self.customers(4)
        day = TODAY - timedelta(days=80)
        advices = [self.accept(partner, day) for partner in (early, first, last, late)]
        self.order(early, datetime.combine(day, time(8, 59, 59)))
        self.order(first, datetime.combine(day, time(9)))
        self.order(last, datetime.combine(day + timedelta(days=60), time(23, 59)))
        self.order(late, datetime.combine(day + timedelta(days=61), time()))
        self.assertEqual([advice.outcome for advice in advices], ["failed", "worked", "worked", "failed"])
        # at midnight in UTC it is still the day before
        self.company.value_tz = "America/New_York"
        self.env.invalidate_all()
        self.assertEqual([advice.outcome for advice in advices], ["failed", "worked", "worked", "worked"])

    def test_an_order_that_is_canceled_later(self):
        advice = self.accept(self.firm, TODAY - timedelta(days=5))
        order = self.order(self.contact, TODAY)
        self.assertEqual(advice.outcome, "worked")
        order._action_cancel()
        advice.invalidate_recordset()
        self.assertEqual(advice.outcome, "waiting")

    def test_number_of_queries(self):
        partners = self.customers(8)
        for partner in partners:
            self.accept(partner)
            self.order(partner)

        def look(count):
            self.env.invalidate_all()
            advices = self.Advice.search([("partner_id", "in", partners[:count].ids)])
            return self.count_queries(lambda: advices.mapped("outcome"))

        look(4)
        self.assertEqual(look(4), look(8))

    # -- accepting -----------------------------------------------------------------------------------------------------

    def test_once_while_it_may_work(self):
        advice = self.accept(self.contact, TODAY - timedelta(days=61))
        self.assertRecordValues(
            advice, [{"partner_id": self.firm.id, "user_id": self.env.uid, "until": TODAY - timedelta(days=1)}]
        )
        again = self.accept(self.firm)
        self.assertNotEqual(again, advice)
        self.assertEqual(self.accept(self.contact), again)
        product = self.accept(self.firm, kind="product", product_tmpl_id=self.lamp.id)
        self.assertNotEqual(product, again)
        self.assertEqual(self.accept(self.firm, kind="product", product_tmpl_id=self.lamp.id), product)
        self.assertEqual(self.accept(self.firm, kind="grace"), again, "a step is a step")

    def schedule(self, partner, user, **context):
        wizard = (
            self.of(self.env["mail.activity.schedule"], user)
            .with_context(active_model="res.partner", active_ids=partner.ids, active_id=partner.id, **context)
            .create({"summary": "Call", "activity_type_id": self.env.ref("mail.mail_activity_data_call").id})
        )
        wizard.action_schedule_activities()

    def test_planning_the_next_step_accepts_it(self):
        self.order(self.firm, TODAY - timedelta(days=3))
        self.run_policy(as_of=TODAY)
        step = self.firm._get_next_steps(self.company)[self.firm.id]
        action = self.of(self.contact, self.user).action_plan_next_step()
        self.assertEqual(action["context"]["default_note"], step["sentence"])
        self.assertEqual(action["context"]["default_summary"], step["title"])
        self.assertFalse(self.Advice.search([]), "looking is not accepting")
        self.schedule(self.contact, self.user, value_advice_company_id=self.company.id)
        self.assertRecordValues(
            self.Advice.search([]),
            [
                {
                    "partner_id": self.firm.id,
                    "company_id": self.company.id,
                    "user_id": self.user.id,
                    "kind": "step",
                    "promise": step["sentence"],
                    "accepted_on": datetime.combine(TODAY, time()),
                    "until": TODAY + timedelta(days=60),
                }
            ],
        )
        self.schedule(self.contact, self.user)
        self.assertEqual(len(self.Advice.search([])), 1)

    def test_nothing_is_advised(self):
        """Of those who were never scored nothing is known, so nothing is accepted."""
        action = self.of(self.firm, self.user).action_plan_next_step()
        self.assertNotIn("value_advice_company_id", action["context"])
        self.schedule(self.firm, self.user, value_advice_company_id=self.company.id)
        self.assertFalse(self.Advice.search([]))

    # -- rights --------------------------------------------------------------------------------------------------------

    def test_roles(self):
        advice = self.accept(self.firm)
        portal = new_test_user(self.env, "advice_portal", "base.group_portal")
        clerk = new_test_user(
            self.env,
            "advice_clerk",
            "base.group_user,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        for outsider in (portal, clerk):
            self.assertFalse(advice.with_user(outsider).has_access("read"))
            with self.assertRaises(AccessError):
                advice.with_user(outsider).read(["promise"])
        with self.assertRaises(AccessError):
            self.of(self.firm, clerk).action_plan_next_step()
        with self.assertRaises(AccessError):
            self.schedule(self.firm, clerk, value_advice_company_id=self.company.id)
        for user in (self.user, self.manager):
            mine = self.of(advice, user)
            self.assertEqual(mine.outcome, "waiting")
            self.assertEqual(mine.search([("outcome", "=", "waiting")]), mine)
            for call in (
                lambda mine=mine: mine.write({"user_id": self.env.uid}),
                lambda mine=mine: mine.copy(),
                lambda mine=mine: mine.unlink(),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_two_companies(self):
        foreign = self.make_company("Elsewhere", "USD")
        stranger = new_test_user(
            self.env,
            "advice_stranger",
            "base.group_user,base.group_partner_manager,customer_value.group_customer_value_user",
            company_id=foreign.id,
            company_ids=foreign.ids,
        )
        ours = self.accept(self.firm)
        theirs = self.accept(self.firm, company=foreign)
        self.assertNotEqual(ours, theirs)
        self.order(self.firm, TODAY, company=foreign)
        self.env.invalidate_all()
        self.assertEqual(self.of(theirs, stranger).search([("outcome", "=", "worked")]), theirs)
        self.assertFalse(self.of(ours, stranger).has_access("read"))
        self.assertFalse(self.of(ours, self.user).search([("outcome", "=", "worked")]))
        self.assertEqual(ours.outcome, "waiting")
        with self.assertRaises(AccessError):
            self.schedule(self.firm, stranger, value_advice_company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.of(self.customer("Ours alone", company_id=self.company.id), stranger).action_plan_next_step()

    # -- customers become others ---------------------------------------------------------------------------------------

    def test_merged_customers(self):
        source, kept = self.customers(2, "Twin")
        advices = self.accept(source) | self.accept(kept)
        self.order(kept, TODAY)
        self.env["base.partner.merge.automatic.wizard"]._merge((source | kept).ids, kept)
        self.env.invalidate_all()
        self.assertEqual(advices.partner_id, kept)
        self.assertEqual(set(advices.mapped("outcome")), {"worked"})

    def test_a_customer_who_becomes_a_contact(self):
        person = self.customer("On Their Own")
        advice = self.accept(person)
        person.parent_id = self.firm
        self.assertEqual(advice.partner_id, self.firm)
        person.parent_id = False
        self.assertEqual(advice.partner_id, self.firm)
