"""What leads are worth, look-alikes, and the backtest, against pandas."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .acquisition_case import TODAY, AcquisitionCase

WON = 48


class LeadWorthCase(AcquisitionCase):
    """Customers of two industries and two channels, most of them for more than a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"acquisition_pursuit_basis": "lead", "acquisition_pursuit_cost": 12.0})
        cls.industries = cls.env["res.partner.industry"].create([{"name": "Libraries"}, {"name": "Shops"}])
        cls.country = cls.env.ref("base.us")
        cls.buyers = cls.customers(WON, "Won")
        cls.facts = []
        for number, buyer in enumerate(cls.buyers):
            industry = cls.industries[number % 2]
            source = cls.fair_source if number % 3 else cls.search_source
            amount = 100.0 + 200.0 * (number % 2) + 90.0 * bool(number % 3) + number
            day = date(2024, 1, 1) + timedelta(days=number)
            buyer.write({"industry_id": industry.id, "country_id": cls.country.id})
            lead = cls.won_lead(buyer, day, source_id=source.id, expected_revenue=20.0 * (number + 1))
            order = cls.order(buyer, day + timedelta(days=1), amount)
            order.opportunity_id = lead
            cls.facts.append((buyer, industry, source, amount, lead.expected_revenue))
        # what comes after the first 12 months is none of theirs
        cls.order(cls.buyers[0], date(2025, 5, 1), 9000.0)
        # whose first months are not over says nothing yet
        cls.order(cls.customer("Young"), date(2025, 3, 1), 5000.0)

    def learned(self):
        """The same effects by pandas: analysis of variance, then one effect after another."""
        frame = pd.DataFrame(
            [
                (
                    self.fair.id if source == self.fair_source else self.online.id,
                    industry.id,
                    self.country.id,
                    revenue,
                    margin,
                )
                for _buyer, industry, source, margin, revenue in self.facts
            ],
            columns=["channel", "industry", "country", "revenue", "margin"],
        )
        edges = np.quantile(frame["revenue"], [0.25, 0.5, 0.75], method="higher")
        frame["size"] = np.digitize(frame["revenue"], edges)
        rest = frame["margin"] - frame["margin"].mean()
        penalties = {}
        for name in ("channel", "industry", "size"):
            groups = rest.groupby(frame[name])
            size, count = groups.size(), groups.ngroups
            within = (groups.var() * (size - 1)).sum() / (len(frame) - count)
            among = (size * groups.mean() ** 2).sum() / (count - 1)
            between = (among - within) / ((len(frame) - (size**2).sum() / len(frame)) / (count - 1))
            if between > 0:
                penalties[name] = within / between
        effects = {name: dict.fromkeys(frame[name].unique(), 0.0) for name in penalties}
        for _round in range(2000):
            for name, penalty in penalties.items():
                others = sum(frame[other].map(effects[other]) for other in penalties if other != name)
                groups = (rest - others).groupby(frame[name])
                effects[name] = (groups.sum() / (groups.size() + penalty)).to_dict()
        return frame["margin"].mean(), effects, edges


@tagged("post_install", "-at_install")
class TestLeadWorth(LeadWorthCase):
    def test_worth_against_pandas(self):
        asks = self.customer("Asks", industry_id=self.industries[1].id, country_id=self.country.id)
        lead = self.lead(asks, amount=700.0, probability=40.0, source_id=self.fair_source.id)
        nobody = self.lead(self.customer("Nobody"), amount=0.0, probability=40.0)
        self.refresh()
        mean, effects, edges = self.learned()
        size = int(np.digitize(700.0, edges))
        parts = {
            "mean": 0.4 * mean,
            "channel": 0.4 * effects["channel"][self.fair.id],
            "industry": 0.4 * effects["industry"][self.industries[1].id],
            "country": 0.0,
            "size": 0.4 * effects.get("size", {}).get(size, 0.0),
            "pursuit": -12.0,
        }
        found = {line["key"]: line["amount"] for line in lead._get_worth_lines()}
        self.assertEqual(found.keys(), parts.keys())
        for key, amount in parts.items():
            self.assertAlmostEqual(found[key], amount, delta=0.006, msg=key)
        self.assertEqual(lead.value_worth, round(sum(found.values()), 2))
        self.assertEqual(nobody.value_worth, round(round(0.4 * mean, 2) - 12.0, 2))
        self.assertIn("Shops", str(lead.value_worth_text))
        self.assertIn("not known", str(nobody.value_worth_text))

    def test_parts_add_up_whatever_the_numbers(self):
        leads = self.env["crm.lead"]
        for number in range(40):
            partner = self.customer("Asks", industry_id=self.industries[number % 2].id)
            leads += self.lead(
                partner, amount=37.0 * number, probability=(7.3 * number) % 99, source_id=self.fair_source.id
            )
        self.refresh()
        for lead in leads:
            self.assertEqual(lead.value_worth, round(sum(line["amount"] for line in lead._get_worth_lines()), 2))
        best = leads.filtered(lambda lead: lead.value_worth_class == "best")
        self.assertLessEqual(len(best), 0.2 * len(leads) + 1)
        self.assertGreaterEqual(min(best.mapped("value_worth")), max((leads - best).mapped("value_worth")))
        self.assertTrue(
            all((lead.value_worth <= 0) == (lead.value_worth_class == "not") for lead in leads),
            leads.mapped("value_worth"),
        )

    def test_nothing_is_written_a_second_time(self):
        self.lead(self.customer("Asks"), amount=700.0, probability=40.0)
        self.refresh()
        before = self.rows("crm_lead")
        self.assertEqual(self.env["crm.lead"].sudo()._refresh_worth(self.company), 0)
        self.assertEqual(self.rows("crm_lead"), before)

    def test_pursuit_by_activities(self):
        """Leads took two activities on average; one was done on this one, and two are planned on another."""
        self.company.write({"acquisition_pursuit_basis": "activity", "retention_sales_activity_cost": 5.0})
        todo = self.env.ref("mail.mail_activity_data_todo")

        def work(lead, done, planned=0):
            for number in range(done + planned):
                activity = self.env["mail.activity"].create(
                    {
                        "activity_type_id": todo.id,
                        "user_id": self.env.user.id,
                        "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                        "res_id": lead.id,
                    }
                )
                if number < done:
                    activity.action_feedback()

        decided = self.env["crm.lead"].search([("won_status", "=", "won"), ("company_id", "=", self.company.id)])
        for lead in decided:
            work(lead, 2)
        begun, planned, done = (self.lead(self.customer("Asks"), probability=0.0) for _number in range(3))
        work(begun, 1)
        work(planned, 1, planned=2)
        work(done, 3)
        self.refresh()
        self.assertEqual([lead.value_worth for lead in (begun, planned, done)], [-5.0, -10.0, 0.0])

    def test_too_few_customers(self):
        lead = self.lead(self.customer("Asks"))
        self.refresh(date(2024, 12, 1))
        self.assertFalse(lead.value_worth_details)
        with self.at(date(2024, 12, 1)), self.assertRaises(UserError) as caught:
            lead.action_refresh_worth()
        self.assertIn("30", str(caught.exception))

    def test_job_refreshes_all_companies(self):
        lead = self.lead(self.customer("Asks"), probability=50.0)
        with self.at(), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_customer_acquisition").method_direct_trigger()
        self.env.invalidate_all()
        self.assertGreater(lead.value_worth, 0)

    def test_queries_do_not_grow(self):
        self.refresh()
        Lead = self.env["crm.lead"].sudo()

        def refresh():
            Lead._refresh_worth(self.company)

        for _number in range(4):
            self.lead(self.customer("Asks"))
        refresh()
        few = self.count_queries(refresh)
        for _number in range(8):
            self.lead(self.customer("Asks"))
        self.assertEqual(self.count_queries(refresh), few)

    # -- roles -----------------------------------------------------------------------------------------------------

    def test_roles(self):
        company = {"company_id": self.company.id, "company_ids": self.company.ids}
        sales, value = "sales_team.group_sale_salesman", "customer_value.group_customer_value_"
        seller = new_test_user(self.env, "worth_seller", f"{sales},{value}user", **company)
        manager = new_test_user(self.env, "worth_manager", f"{sales}_all_leads,{value}manager", **company)
        plain = new_test_user(self.env, "worth_plain", f"{sales}_all_leads", **company)
        portal = new_test_user(self.env, "worth_portal", "base.group_portal")
        mine = self.lead(self.customer("Mine"), user_id=seller.id)
        other = self.lead(self.customer("Other"), user_id=manager.id)
        self.refresh()
        found = self.env["crm.lead"].with_user(seller).search([("value_worth", ">", 0)])
        self.assertIn(mine, found)
        self.assertNotIn(other, found)
        with self.assertRaises(AccessError):
            other.with_user(seller).read(["value_worth"])
        with self.assertRaises(AccessError):
            other.with_user(seller).action_refresh_worth()
        mine.with_user(seller).action_refresh_worth()
        self.assertEqual(len((mine + other).with_user(manager).mapped("value_worth")), 2)
        with self.assertRaises(AccessError):
            mine.with_user(plain).read(["value_worth"])
        with self.assertRaises(AccessError):
            mine.with_user(plain).action_refresh_worth()
        with self.assertRaises(AccessError):
            mine.with_user(portal).read(["value_worth"])
        for name, value in (("value_worth", 5.0), ("value_worth_details", {}), ("value_worth_class", "best")):
            with self.subTest(name), self.assertRaises(AccessError):
                mine.with_user(manager).write({name: value})
        for model in ("report", "booking", "customer", "cost", "lesson", "backtest"):
            with self.subTest(model):
                self.assertFalse(self.env[f"customer.acquisition.{model}"].with_user(seller).has_access("read"))
                self.assertTrue(self.env[f"customer.acquisition.{model}"].with_user(manager).has_access("read"))
                self.assertFalse(self.env[f"customer.acquisition.{model}"].with_user(portal).has_access("read"))
        self.assertFalse(self.env["customer.acquisition.channel"].with_user(seller).has_access("write"))
        self.assertFalse(self.env["customer.acquisition.channel"].with_user(portal).has_access("read"))
        self.assertFalse(self.env["customer.acquisition.prospect"].with_user(plain).has_access("read"))
        for method in ("get_page", "open_cell"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.env["customer.acquisition.cohort"].with_user(seller), method)(
                    *(("2024-01-01",) if method == "open_cell" else ())
                )

    def test_companies_do_not_mix(self):
        other = self.make_company("Other Company", "USD")
        manager = new_test_user(
            self.env,
            "worth_abroad",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        abroad = self.lead(self.customer("Abroad"), company=other)
        self.refresh()
        with self.at():
            self.Lesson.sudo()._refresh(other)
        self.env.invalidate_all()
        self.assertFalse(abroad.value_worth_details)
        self.cost(self.fair, date(2024, 1, 1), date(2024, 1, 31), 10.0)
        env = self.env(user=manager, context={"allowed_company_ids": other.ids})
        with self.at():
            for model in ("report", "customer", "prospect", "booking", "cost"):
                rows = env[f"customer.acquisition.{model}"].search([])
                self.assertFalse(rows.filtered(lambda row: row.company_id != other), model)

    # -- look-alikes -----------------------------------------------------------------------------------------------

    def test_look_alikes(self):
        shop = self.customer("New shop", industry_id=self.industries[1].id, country_id=self.country.id)
        library = self.customer("New library", industry_id=self.industries[0].id)
        asked = self.customer("Asked", industry_id=self.industries[1].id)
        self.lead(asked)
        sold = self.customer("Invoiced only")
        self.invoice(sold, date(2024, 5, 5), 10.0)
        rival = self.customer("Rival", is_competitor=True)
        sampled = self.customer("Sampled")
        free = self.order(sampled, date(2024, 5, 5), lines=[{"price_unit": 9.0, "discount": 100.0}])
        self.invoice(sampled, date(2024, 5, 5), order=free, lines=[{"price_unit": 9.0, "discount": 100.0}])
        colleague = new_test_user(self.env, "prospect_colleague").partner_id
        self.refresh()
        mean, effects, _edges = self.learned()
        Prospect = self.env["customer.acquisition.prospect"]
        with self.at():
            rows = Prospect.search([("company_id", "=", self.company.id)])
            found = {row.partner_id: row for row in rows}
            for partner, industry in ((shop, 1), (library, 0)):
                self.assertAlmostEqual(
                    found[partner].expected_margin,
                    mean + effects["industry"][self.industries[industry].id],
                    delta=0.011,
                )
            self.assertGreater(rows.ids.index(found[library].id), rows.ids.index(found[shop].id))
            self.assertFalse({sold, rival, colleague, *self.buyers, self.company.partner_id} & found.keys())
            self.assertEqual(found[asked].open_leads, 1)
            self.assertIn(sampled, found, "was given something, and never bought")
            chosen = found[shop] + found[asked]
            action = chosen.action_make_leads()
            made = self.env["crm.lead"].search(action["domain"])
            self.assertEqual((made.partner_id, made.type), (shop, "opportunity"))
            self.assertTrue(made.value_worth_details)
            self.env.invalidate_all()
            with self.assertRaises(UserError):
                chosen.action_make_leads()
            # a contact is not sold to by a quotation
            self.order(library, TODAY, confirm=False)
            self.env.flush_all()
            self.assertTrue(Prospect.search([("partner_id", "=", library.id), ("company_id", "=", self.company.id)]))


@tagged("post_install", "-at_install")
class TestLeadBacktest(LeadWorthCase):
    """Leads of the cut-off in 2025, half of which were won since."""

    CUT_OFF = date(2025, 3, 31)

    def decide(self, good, bad, count=60):
        """Leads of an industry that brings much and of one that brings little, with what they really brought.

        :return: list of (lead, industry, margin)
        """
        rows = []
        stray = self.lead(self.customer("Lost earlier"), day="2024-06-01")
        with self.at(date(2024, 7, 1)):
            stray.action_set_lost()
        for number in range(count):
            industry = number % 2
            partner = self.customer("Decided", industry_id=self.industries[industry].id)
            lead = self.lead(partner, day="2025-03-01", amount=0.0)
            is_won = number % 4 < 2
            with self.at(date(2025, 4, 15)):
                if is_won:
                    lead.action_set_won()
                else:
                    lead.action_set_lost()
            margin = (good if industry else bad) if is_won else 0.0
            if margin:
                self.order(partner, date(2025, 4, 20), margin)
            rows.append((lead, industry, margin))
        self.env.flush_all()
        return rows

    def run_backtest(self):
        with self.at():
            wizard = self.env["customer.acquisition.backtest"].create({"cut_off": self.CUT_OFF})
            wizard.action_run()
        return wizard

    def test_worth_wins(self):
        rows = self.decide(300.0, 50.0)
        self.company.acquisition_sort = "probability"
        wizard = self.run_backtest()
        total = sum(margin for *_lead, margin in rows)
        # the better industry is half of the leads, in no order among themselves: the best 20% are two fifths of it
        found = sum(margin for _lead, industry, margin in rows if industry) * 0.2 * len(rows) / (len(rows) / 2)
        self.assertRecordValues(wizard, [{"leads": 60, "won": 30, "better": "worth", "missing": False}])
        self.assertAlmostEqual(wizard.margin, total, 2)
        self.assertAlmostEqual(wizard.worth_margin, found, 2)
        # all have the same probability
        self.assertAlmostEqual(wizard.probability_margin, 0.2 * total, 2)
        self.assertIn("Worth was better", wizard.verdict)
        self.assertEqual(self.company.acquisition_sort, "worth")
        views = self.env["crm.lead"]._open_by_worth()["views"]
        self.assertIn((self.env.ref("customer_value.crm_lead_view_list_by_worth").id, "list"), views)

    def test_probability_wins_and_sorts(self):
        """What was learned is no longer true: those who brought much bring little now."""
        rows = self.decide(40.0, 300.0)
        wizard = self.run_backtest()
        total = sum(margin for *_lead, margin in rows)
        self.assertEqual(wizard.better, "probability")
        self.assertAlmostEqual(wizard.probability_margin, 0.2 * total, 2)
        self.assertLess(wizard.worth_margin, wizard.probability_margin)
        self.assertIn("Probability alone was better", wizard.verdict)
        self.assertEqual(self.company.acquisition_sort, "probability")
        views = self.env["crm.lead"]._open_by_worth()["views"]
        self.assertIn((self.env.ref("customer_value.crm_lead_view_list_by_probability").id, "list"), views)

    def test_what_is_missing_is_said(self):
        self.decide(300.0, 50.0, count=8)
        wizard = self.run_backtest()
        self.assertFalse(wizard.verdict)
        self.assertEqual(len(wizard.missing.splitlines()), 2)
        self.assertIn("8", wizard.missing)
        self.assertEqual(self.company.acquisition_sort, "worth")

    def test_cut_off_has_to_be_past(self):
        with self.at(), self.assertRaises(UserError):
            self.env["customer.acquisition.backtest"].create({"cut_off": TODAY}).action_run()

    def test_several_leads_share_the_margin_of_their_customer(self):
        rows = self.decide(300.0, 50.0)
        lead = next(lead for lead, _industry, margin in rows if margin)
        self.won_lead(lead.partner_id, "2025-03-02", date(2025, 5, 1), amount=0.0)
        wizard = self.run_backtest()
        self.assertAlmostEqual(wizard.margin, sum(margin for *_lead, margin in rows), 2)
        self.assertEqual(wizard.leads, 61)
