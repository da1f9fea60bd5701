"""The head of the customer page: each figure against the records one by one, and only for those who may read them."""

from datetime import timedelta

from odoo.tests import new_test_user, tagged

from .test_customer_page import PageCase


@tagged("post_install", "-at_install")
class TestCustomerPageHead(PageCase):
    def head(self, user=None):
        Page = self.Page.with_user(user) if user else self.Page
        with self.reading_only():
            return Page.get_page(self.contact.id)["head"]

    def rate(self, ticket, rating):
        values = {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": ticket.id,
            "partner_id": self.contact.id,
            "rating": rating,
            "consumed": True,
        }
        return self.env["rating.rating"].sudo().create(values)

    def test_nothing_is_known(self):
        self.assertEqual(
            self.head(), {"keep": "", "lifetime": False, "risk": False, "satisfaction": False}, "no invented zeros"
        )

    def test_tier_and_what_keeps_it(self):
        for hold, override, sentence in ((0, False, "40.0 or more"), (600, False, "at least"), (600, True, "manually")):
            policy = self.make_policy(
                {"revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0}},
                {"Top": {"entry_score": 60.0, "keep_score": 40.0, "hold_months": hold}, "Base": 0.0},
            )
            self.invoice(self.firm, self.days_ago(3), 100)
            policy._run(as_of=self.today)
            if override:
                score = self.score(self.firm)
                score.sudo().override_id = (
                    self.env["customer.value.override"]
                    .sudo()
                    .create({"partner_id": self.firm.id, "tier_id": score.tier_id.id, "reason": "Friend"})
                )
            self.assertIn(sentence, self.head()["keep"])

    def test_limit_of_next_to_nothing(self):
        """That a tier is kept with a score of 0.0 tells nobody anything."""
        policy = self.make_policy(
            {"revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0}},
            {"Top": {"entry_score": 60.0, "keep_score": 0.04}, "Base": 0.0},
        )
        self.invoice(self.firm, self.days_ago(3), 100)
        policy._run(as_of=self.today)
        self.assertEqual(self.head()["keep"], "")

    def test_grace(self):
        policy = self.make_policy(
            {"revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0}},
            {"Top": {"entry_score": 60.0, "keep_score": 40.0, "grace_days": 90}, "Base": 0.0},
        )
        self.invoice(self.firm, self.days_ago(50), 90)
        policy._run(as_of=self.days_ago(49))
        self.credit_note(self.firm, self.days_ago(10), 60)
        policy._run(as_of=self.today)
        self.assertTrue(self.score(self.firm).grace_until)
        keep = self.head()["keep"]
        self.assertIn("Top ends after", keep)
        self.assertIn("to keep Top", keep)

    def test_lifetime(self):
        parts = {"lifetime_historical": 100.5, "lifetime_current": 20.25, "lifetime_potential": 3.0}
        values = {"partner_id": self.firm.id, "company_id": self.company.id, "as_of": self.today}
        record = self.env["customer.lifetime.value"].sudo().create(values | parts | {"lifetime_value": 123.75})
        lifetime = self.head()["lifetime"]
        self.assertEqual(lifetime["id"], record.id)
        self.assertIn("123.75", lifetime["value"])
        self.assertEqual([part["amount"].strip("$\xa0 ") for part in lifetime["parts"]], ["100.50", "20.25", "3.00"])

    def test_risk(self):
        for number in range(5):
            self.order(self.contact, self.days_ago(90 + 10 * number), lines=[{"price_unit": 100, "purchase_price": 10}])
        self.env["customer.retention.risk"]._refresh(self.company)
        self.env.invalidate_all()
        risk = self.env["customer.retention.risk"].search([("partner_id", "=", self.firm.id)])
        self.assertTrue(risk)
        head = self.head()["risk"]
        self.assertEqual((head["model"], head["id"], head["reason"]), (risk._name, risk.id, risk._explain_with_stake()))

    def test_satisfaction(self):
        """Of the tickets that the reader may open, and of this customer alone."""
        mine, theirs = self.ticket(self.contact), self.ticket(self.firm)
        self.rate(mine, 5)
        self.rate(theirs, 2)
        self.rate(self.ticket(self.other), 1)
        found = self.head()["satisfaction"]
        self.assertEqual((found["average"], found["count"]), ("3.5", 2))
        agent = new_test_user(
            self.env,
            "head_agent",
            "helpdesk_mgmt.group_helpdesk_user_own,customer_value.group_customer_value_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        mine.user_id, theirs.user_id = agent, self.env.user
        found = self.head(agent)["satisfaction"]
        self.assertEqual((found["average"], found["count"]), ("5.0", 1))

    def test_one_advice(self):
        """The page shows the step that every other place shows."""
        self.make_policy(["revenue"])
        self.invoice(self.firm, self.days_ago(60), 100, due=self.days_ago(30))
        self.run_policy(as_of=self.today - timedelta(days=1))
        page = self.Page.get_page(self.firm.id)
        step = self.firm._get_next_steps(self.company)[self.firm.id]
        self.assertEqual(page["value"]["next_step"], step)
        self.assertEqual(step["code"], "overdue")
