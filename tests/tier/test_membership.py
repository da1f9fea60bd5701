"""Members of clubs: who is one, since when and until when, whatever happens to tiers, runs and seasons."""

from datetime import date

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..core.value_case import ONE_TO_ONE
from ..scoring.staff_case import TODAY, FrozenCase


class MembershipCase(FrozenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top, cls.middle, cls.base = (cls.tier(name) for name in ("Top", "Middle", "Base"))
        cls.top.write({"is_club": True, "club_name": "Diamond Club"})
        cls.partner = cls.customer()
        cls.Membership = cls.env["customer.value.membership"]

    def amount(self, amount, day=TODAY, partner=None):
        """Bring the customer's revenue to ``amount`` and let a run as of ``day`` judge it."""
        partner = partner or self.partner
        present = self.score(partner).revenue
        document = self.invoice if amount > present else self.credit_note
        document(partner, day, abs(amount - present))
        return self.run_policy(as_of=day)

    def keep(self, day):
        """The daily job, on ``day``."""
        with freeze_time(day), self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_memberships").method_direct_trigger()
        self.env.invalidate_all()

    def memberships(self, partner=None):
        self.env.invalidate_all()
        return self.Membership.search([("partner_id", "=", (partner or self.partner).id)], order="id")


@tagged("post_install", "-at_install")
class TestMembership(MembershipCase):
    def test_from_entering_to_leaving(self):
        self.amount(50)
        self.assertFalse(self.memberships())
        self.amount(90)
        member = self.memberships()
        self.assertRecordValues(
            member,
            [{"state": "active", "tier_id": self.top.id, "date_from": TODAY, "date_until": date(2026, 6, 29)}],
        )
        self.assertEqual(self.partner.value_membership_id, member)
        self.assertEqual(self.score(self.partner)._get_membership(), member)
        with freeze_time("2025-09-01"):
            self.amount(50, date(2025, 9, 1))
        self.assertRecordValues(
            self.memberships(), [{"state": "ended", "ended_on": date(2025, 9, 1), "end_reason": "left"}]
        )
        self.assertFalse(self.partner.value_membership_id)

    def test_first_tier_is_the_club(self):
        """New customers in a club are members even if the tier grants nothing else."""
        self.amount(90)
        self.assertEqual(self.memberships().state, "active")

    def test_no_customer_any_more(self):
        self.amount(90)
        self.env["account.move"].search([("partner_id", "=", self.partner.id)]).button_draft()
        self.run_policy(as_of=TODAY)
        self.assertFalse(self.score(self.partner))
        self.assertRecordValues(self.memberships(), [{"state": "ended", "end_reason": "left"}])

    def test_from_club_to_club(self):
        self.middle.is_club = True
        self.amount(50)
        self.amount(90)
        self.assertRecordValues(
            self.memberships(),
            [{"tier_id": self.middle.id, "state": "ended"}, {"tier_id": self.top.id, "state": "active"}],
        )
        first, second = self.memberships()
        self.assertNotEqual(first.name, second.name)

    def test_undone_run(self):
        """What the run started ends; what it ended goes on with the same number."""
        self.middle.is_club = True
        self.amount(50)
        run = self.amount(90)
        number = self.memberships()[0].name
        run.action_undo()
        old, new = self.memberships()
        self.assertRecordValues(
            old + new,
            [
                {"state": "active", "name": number, "ended_on": False, "end_reason": False},
                {"state": "ended", "name": new.name, "ended_on": TODAY, "end_reason": "undo"},
            ],
        )

    def test_tier_set_by_hand(self):
        self.amount(10)
        override = self.env["customer.value.override"].create(
            {"partner_id": self.partner.id, "company_id": self.company.id, "tier_id": self.top.id, "reason": "Friend"}
        )
        if override.state == "pending":
            override.sudo()._put_in_force()
        self.assertEqual(self.memberships().state, "active")
        override.action_end()
        self.assertEqual(self.memberships().state, "ended")

    def test_simulation_makes_no_members(self):
        self.invoice(self.partner, TODAY, 90)
        self.run_policy(as_of=TODAY, simulate=True)
        self.assertFalse(self.memberships())

    def test_second_run_changes_nothing(self):
        self.amount(90)
        before = self.rows("customer_value_membership")
        self.run_policy(as_of=TODAY)
        self.keep(TODAY)
        self.assertEqual(self.rows("customer_value_membership"), before)

    def test_renewed_on_the_day_after_its_last(self):
        self.top.membership_months = 1
        self.amount(90)
        member = self.memberships()
        self.assertEqual(member.date_until, date(2025, 7, 29))
        self.keep("2025-07-29")
        self.assertEqual((member.date_until, member.renewal_count), (date(2025, 7, 29), 0))
        self.keep("2025-07-30")
        self.assertEqual((member.date_until, member.renewal_count, member.state), (date(2025, 8, 29), 1, "active"))

    def test_short_months_do_not_drift(self):
        """However long the job did not run: the period counts from the first day, against dateutil as the oracle."""
        self.top.membership_months = 1
        first = date(2025, 5, 31)
        self.amount(90, first)
        member = self.memberships()
        self.assertEqual(member.date_from, first)
        for today in (TODAY, date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 31), date(2028, 2, 29)):
            self.keep(today)
            periods = (first + relativedelta(months=k, days=-1) for k in range(1, 99))
            expected = next(day for day in periods if day >= today)
            self.assertEqual(member.date_until, expected, today)

    def test_without_an_end(self):
        self.top.membership_months = 0
        self.amount(90)
        self.keep("2035-01-01")
        self.assertRecordValues(self.memberships(), [{"state": "active", "date_until": False, "renewal_count": 0}])

    def test_tier_that_becomes_a_club(self):
        """Those in it are members from that day; and no longer when it is a club no more."""
        self.amount(50)
        self.middle.is_club = True
        self.keep("2025-08-01")
        member = self.memberships()
        self.assertEqual((member.date_from, member.date_until), (date(2025, 8, 1), date(2026, 7, 31)))
        self.middle.is_club = False
        self.keep("2025-09-01")
        self.assertRecordValues(member, [{"state": "ended", "ended_on": date(2025, 9, 1), "end_reason": "club"}])

    def test_season(self):
        """There are no members before its first day or after its last; the next season makes new members."""
        self.top.write({"season_from": "2025-08-01", "season_until": "2025-10-31"})
        self.amount(90)
        self.assertFalse(self.memberships())
        self.keep("2025-07-31")
        self.assertFalse(self.memberships())
        self.keep("2025-08-01")
        member = self.memberships()
        self.assertEqual((member.date_from, member.date_until), (date(2025, 8, 1), date(2025, 10, 31)))
        self.top.season_until = "2025-11-15"
        self.keep("2025-08-02")
        self.assertEqual(member.date_until, date(2025, 11, 15), "the season was made longer")
        self.keep("2025-11-15")
        self.assertEqual(member.state, "active")
        self.keep("2025-11-18")
        self.assertRecordValues(member, [{"state": "ended", "ended_on": date(2025, 11, 15), "end_reason": "season"}])
        self.top.write({"season_from": "2026-08-01", "season_until": "2026-10-31"})
        self.keep("2026-08-03")
        self.assertEqual(self.memberships()[1].date_from, date(2026, 8, 3))

    def test_benefits_of_a_season(self):
        """The benefits of the tier are those of the members: out of season they are not given."""
        pricelist = self.env["product.pricelist"].create({"name": "Members", "company_id": self.company.id})
        team = self.env["helpdesk.ticket.team"].create({"name": "First class", "company_id": self.company.id})
        self.top.write(
            {
                "pricelist_id": pricelist.id,
                "helpdesk_team_id": team.id,
                "season_from": "2025-08-01",
                "season_until": "2025-10-31",
            }
        )
        self.amount(90)
        values = {"name": "Question", "description": "How?", "partner_id": self.partner.id}
        for day, given in (
            (TODAY, False), ("2025-07-31", False), ("2025-08-01", True), ("2025-10-31", True), ("2025-11-01", False),
        ):  # fmt: skip
            with self.subTest(day=day):
                self.keep(day)
                self.assertEqual(self.partner.specific_property_product_pricelist == pricelist, given)
                with freeze_time(day):
                    ticket = self.env["helpdesk.ticket"].create(values | {"company_id": self.company.id})
                self.assertEqual(ticket.team_id == team, given)

    def test_season_set_while_benefits_are_given(self):
        pricelist = self.env["product.pricelist"].create({"name": "Members", "company_id": self.company.id})
        self.top.pricelist_id = pricelist
        self.amount(90)
        self.keep(TODAY)
        self.assertEqual(self.partner.specific_property_product_pricelist, pricelist)
        self.top.write({"season_from": "2025-12-01"})
        self.keep("2025-07-01")
        self.assertFalse(self.partner.specific_property_product_pricelist)
        self.top.is_club = False
        self.keep("2025-07-02")
        self.assertEqual(self.partner.specific_property_product_pricelist, pricelist)

    def test_season_that_ends_before_it_begins(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.top.write({"season_from": "2025-08-01", "season_until": "2025-07-31"})

    def test_merged_customers_keep_one(self):
        self.middle.is_club = True
        other = self.customer("Same customer")
        self.invoice(other, TODAY, 50)
        self.amount(90)
        keeper, spare = self.memberships(), self.memberships(other)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | other).ids, other)
        self.env.invalidate_all()
        self.assertRecordValues(
            keeper + spare,
            [
                {"partner_id": other.id, "state": "active", "end_reason": False},
                {"partner_id": other.id, "state": "ended", "end_reason": "merge"},
            ],
        )

    def test_companies_have_their_own(self):
        """Two companies: two policies, two memberships, numbers of their own sequence."""
        other = self.make_company("Other Company", "EUR")
        policy = self.make_policy(ONE_TO_ONE, window_months=0, company=other)
        self.tier("Top", policy).is_club = True
        self.amount(90)
        self.invoice(self.partner, TODAY, 95, company=other)
        policy._run(as_of=TODAY)
        ours, theirs = self.memberships()
        self.assertEqual((ours.company_id, theirs.company_id), (self.company, other))
        self.assertEqual((ours.name, theirs.name), ("M000001", "M000001"))
        self.assertEqual(self.partner.with_company(other).value_membership_id, theirs)

    def test_numbers_of_a_sequence_without_gaps(self):
        self.amount(90)
        sequence = self.env["ir.sequence"].search(
            [("code", "=", "customer.value.membership"), ("company_id", "=", self.company.id)]
        )
        sequence.write({"implementation": "no_gap", "number_next_actual": 77, "prefix": "CLUB-", "padding": 3})
        other = self.customer("Another")
        self.amount(90, partner=other)
        self.assertEqual(self.memberships(other).name, "CLUB-077")

    def test_nobody_writes_members_by_hand(self):
        self.amount(90)
        for role in ("user", "manager"):
            user = new_test_user(
                self.env,
                f"club_{role}",
                f"base.group_user,customer_value.group_customer_value_{role}",
                company_id=self.company.id,
                company_ids=self.company.ids,
            )
            member = self.memberships().with_user(user)
            self.assertTrue(member.read(["name", "date_until"]))
            for forbidden in (
                lambda member=member: member.write({"date_until": "2099-01-01"}),
                lambda member=member: member.copy(),
                lambda member=member: member.unlink(),
            ):
                with self.assertRaises(AccessError):
                    forbidden()
            self.assertEqual(self.partner.with_user(user).value_membership_id, member)

    def test_members_of_another_company_are_hidden(self):
        self.amount(90)
        other = self.make_company("Elsewhere", "EUR")
        user = new_test_user(
            self.env,
            "club_elsewhere",
            "base.group_user,customer_value.group_customer_value_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        Membership = self.Membership.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(Membership.search([("id", "in", self.memberships().ids)]))

    def test_search_by_membership(self):
        self.amount(90)
        stranger = self.customer("Stranger")
        contact = self.customer("Contact", parent_id=self.partner.id)
        everybody = self.partner + stranger + contact
        Partner = self.env["res.partner"]
        members = Partner.search([("id", "in", everybody.ids), ("value_membership_id", "!=", False)])
        self.assertEqual(set(members), {self.partner, contact})
        self.assertEqual(Partner.search([("id", "in", everybody.ids), ("value_membership_id", "=", False)]), stranger)
        number = self.memberships().name
        found = Partner.search([("id", "in", everybody.ids), ("value_membership_id", "ilike", number)])
        self.assertEqual(set(found), {self.partner, contact})

    def test_version_of_the_policy_keeps_members(self):
        """The club and its members go on under the tier's new version."""
        self.amount(90)
        policy = self.Policy._get_active(self.company)
        draft = self.Policy.browse(policy.action_new_version()["res_id"])
        draft.action_activate()
        self.run_policy(as_of=TODAY)
        self.keep("2025-07-01")
        self.assertRecordValues(self.memberships(), [{"state": "active", "tier_id": self.top.id, "renewal_count": 0}])

    def test_queries_do_not_grow_with_the_members(self):
        def queries(count):
            for partner in self.customers(count, f"Member {count} "):
                self.invoice(partner, "2025-01-10", 90)
            return self.count_queries(lambda: self.run_policy(as_of=TODAY))

        queries(2)
        few, many = queries(10), queries(20)
        self.assertEqual(len(self.Membership.search([("company_id", "=", self.company.id)])), 32)
        self.assertLessEqual(many - few, 3)
