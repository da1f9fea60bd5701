"""Customers in the control group get nothing, by any path."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from ...models.campaign.customer_retention_offer import KINDS
from ..scoring.staff_case import TODAY
from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestHoldout(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.buyers(4)

    def one_left_alone(self, **values):
        """A started campaign whose first customer is the control group, the other three get the offer.

        :return: tuple of the campaign, the customer in the control group, and one of the others
        """
        campaign = self.seed_with(self.partners, self.partners[0], holdout_percent=25, **values)
        return campaign, self.partners[0], self.partners[1]

    def offered(self, campaign, partner):
        """As the delivery does."""
        self.member(campaign, partner).sudo().write(
            {"state": "offered", "offered_on": "2025-06-30 10:00:00", "cost": 5}
        )

    def hindered(self, campaign, partner):
        member = self.member(campaign, partner)
        return member._get_standing_hindrances().get(member.id)

    # -- started again, added, in two campaigns ------------------------------------------------------------------------

    def test_added_later(self):
        """Only new customers are drawn; members stay in their group, however often customers are added."""
        campaign, _alone, _other = self.one_left_alone()
        before = self.rows("customer_retention_member")
        more = self.buyers(40, "Further")
        domain = repr([("id", "in", (self.partners | more).ids)])
        treated, holdout = campaign._add_customers("res.partner", domain)
        self.assertEqual((treated, holdout), (30, 10))
        self.assertEqual(self.rows("customer_retention_member")[: len(before)], before)
        for _attempt in range(2):
            with self.assertRaisesRegex(UserError, "Already in this campaign: 44"):
                campaign._add_customers("res.partner", domain)
        self.assertEqual(len(self.members(campaign)), 44)

    def test_adding_one_by_one_cannot_be_counted(self):
        """When customers are added one by one the control group cannot be predicted: it is not every fourth."""
        campaign, _alone, _other = self.one_left_alone()
        turns = []
        for partner in self.buyers(24, "Single"):
            turns.append(campaign._add_customers("res.partner", repr([("id", "=", partner.id)]))[1])
        self.assertTrue(any(turns[i] != turns[i + 4] for i in range(20)))
        self.assertLess(0, sum(turns))
        self.assertLess(sum(turns), 24)

    def test_two_campaigns(self):
        campaign, alone, _other = self.one_left_alone()
        with self.assertRaisesRegex(UserError, "In another running campaign: 4"):
            self.started(self.partners, name="Second", holdout_percent=0, without_holdout=True)
        campaign.action_pause()
        with self.assertRaisesRegex(UserError, "In another running campaign: 1"):
            self.started(alone, name="Third", holdout_percent=0, without_holdout=True)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.Member.create(
                {
                    "campaign_id": self.campaign(alone).id,
                    "company_id": self.company.id,
                    "partner_id": alone.id,
                    "arm": "treatment",
                    "is_open": True,
                }
            )

    def test_contact_of_the_holdout(self):
        """A contact counts for their company, whatever list they were chosen from."""
        campaign, alone, _other = self.one_left_alone()
        contact = self.customer("Contact", parent_id=alone.id)
        with self.assertRaisesRegex(UserError, "Already in this campaign: 1"):
            campaign._add_customers("res.partner", repr([("id", "=", contact.id)]))

    # -- manually ------------------------------------------------------------------------------------------------------

    def test_by_hand(self):
        """Members cannot be written, imported, deleted or added, neither by managers nor by administrators."""
        campaign, alone, _other = self.one_left_alone()
        member = self.member(campaign, alone)
        values = {"campaign_id": campaign.id, "company_id": self.company.id, "partner_id": alone.id, "arm": "treatment"}
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [Command.link(self.company.id)]})
        admin.write({"group_ids": [Command.link(self.env.ref("customer_value.group_customer_value_manager").id)]})
        for user in (self.user, self.manager, admin):
            theirs = member.with_user(user).with_context(allowed_company_ids=self.company.ids)
            with self.subTest(user=user.login):
                self.assertEqual(theirs.arm, "holdout")
                for change in (
                    {"arm": "treatment"},
                    {"state": "offered"},
                    {"excluded": "x"},
                    {"planned_date": "2025-07-01"},
                ):
                    with self.assertRaises(AccessError):
                        theirs.write(change)
                with self.assertRaises(AccessError):
                    theirs.unlink()
                with self.assertRaises(AccessError):
                    theirs.create(values)
                with self.assertRaises(AccessError):
                    campaign.with_user(user).write({"member_ids": [Command.delete(member.id), Command.create(values)]})
        result = member.with_user(self.manager).load([".id", "arm"], [[str(member.id), "treatment"]])
        self.assertFalse(result["ids"])
        self.assertEqual(self.member(campaign, alone).arm, "holdout")

    def test_the_database_itself(self):
        """The database refuses it from any code: a control group member with an offer or a cost."""
        campaign, alone, _other = self.one_left_alone()
        member = self.member(campaign, alone)
        for values in (
            {"state": "planned"},
            {"state": "offered", "offered_on": "2025-06-30 10:00:00"},
            {"offered_on": "2025-06-30 10:00:00"},
            {"cost": 1},
            {"face_value": 1},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                member.write(values)
                member.flush_recordset()
            self.env.invalidate_all()

    # -- merged customers ----------------------------------------------------------------------------------------------

    def test_merged_before_the_offer(self):
        for into in (0, 1):
            with self.subTest(into=into), self.env.cr.savepoint() as savepoint:
                campaign, alone, other = self.one_left_alone()
                self.merge(alone | other, (alone | other)[into])
                members = self.members(campaign)
                self.assertEqual(len(members), 3)
                member = members.filtered(lambda m, kept=(alone | other)[into]: m.partner_id == kept)
                self.assertRecordValues(
                    member,
                    [{"arm": "holdout", "state": "holdout", "excluded": False, "margin_before": 3, "is_open": True}],
                )
                savepoint.rollback()
            self.env.invalidate_all()

    def test_merged_after_the_offer(self):
        campaign, alone, other = self.one_left_alone()
        self.offered(campaign, other)
        self.merge(alone | other, alone)
        member = self.member(campaign, alone)
        self.assertRecordValues(member, [{"arm": "treatment", "state": "offered", "cost": 5}])
        self.assertIn("a customer in the control group", member.excluded)

    def test_merged_of_one_arm(self):
        campaign, _alone, other = self.one_left_alone()
        third, fourth = self.partners[2], self.partners[3]
        self.offered(campaign, third)
        self.merge(other | third, other)
        self.assertRecordValues(
            self.member(campaign, other), [{"state": "offered", "excluded": False, "cost": 5, "margin_before": 5}]
        )
        self.offered(campaign, fourth)
        self.merge(other | fourth, fourth)
        self.assertRecordValues(self.member(campaign, fourth), [{"state": "offered", "excluded": False, "cost": 10}])

    def two_campaigns(self):
        """:return: the first campaign and its control group customer, the second and one who gets the offer there"""
        first, alone, _other = self.one_left_alone()
        buyer = self.buyers(1, "Elsewhere")
        second = self.started(buyer, name="Second", holdout_percent=0, without_holdout=True)
        return first, alone, second, buyer

    def test_merged_over_two_campaigns(self):
        """A customer in the control group of one campaign gets nothing in the other either."""
        for into in (0, 1):
            with self.subTest(into=into), self.env.cr.savepoint() as savepoint:
                first, alone, second, buyer = self.two_campaigns()
                kept = (alone | buyer)[into]
                self.merge(alone | buyer, kept)
                self.assertRecordValues(
                    self.member(first, kept), [{"arm": "holdout", "is_open": True, "excluded": False}]
                )
                member = self.member(second, kept)
                self.assertRecordValues(member, [{"arm": "treatment", "state": "withdrawn", "is_open": False}])
                self.assertIn("Campaign under test", member.excluded)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_merged_over_two_campaigns_after_the_offer(self):
        first, alone, second, buyer = self.two_campaigns()
        self.offered(second, buyer)
        self.merge(alone | buyer, alone)
        self.assertRecordValues(self.member(first, alone), [{"arm": "holdout", "state": "holdout", "is_open": True}])
        self.assertIn("Second", self.member(first, alone).excluded)
        self.assertRecordValues(self.member(second, alone), [{"state": "offered", "is_open": False}])

    def test_merged_with_somebody_of_no_campaign(self):
        campaign, alone, _other = self.one_left_alone()
        stranger = self.customer("Stranger")
        self.merge(alone | stranger, stranger)
        self.assertRecordValues(self.member(campaign, stranger), [{"arm": "holdout", "excluded": False}])

    def test_merged_opt_out(self):
        """Customers who want no campaigns still want none after being merged."""
        _campaign, alone, other = self.one_left_alone()
        alone.retention_opt_out = True
        self.merge(alone | other, other)
        self.assertTrue(other.retention_opt_out)

    # -- contacts who move ---------------------------------------------------------------------------------------------

    def test_left_alone_becomes_a_contact(self):
        """Of one who gets the offer: that customer gets nothing any more."""
        campaign, alone, other = self.one_left_alone()
        self.assertFalse(self.hindered(campaign, other))
        alone.parent_id = other
        self.assertIn("A contact of the same customer is in the control group", self.hindered(campaign, other))
        self.assertIn("Now a contact of", self.member(campaign, alone).excluded)

    def test_becomes_a_contact_of_one_left_alone(self):
        campaign, alone, other = self.one_left_alone()
        other.parent_id = alone
        self.assertIn("A contact of the same customer is in the control group", self.hindered(campaign, other))

    def test_contact_of_another_campaign(self):
        first, alone, second, buyer = self.two_campaigns()
        self.assertFalse(self.hindered(second, buyer))
        buyer.parent_id = alone
        self.assertIn("A contact of the same customer is in the control group", self.hindered(second, buyer))
        self.assertTrue(first)

    def test_gets_a_company_of_its_own(self):
        """The new company is not drawn again in its place: not for this campaign, and not for another."""
        campaign, alone, _other = self.one_left_alone()
        company = self.customer("New Firm", is_company=True)
        self.order(company, "2025-06-01", 10)
        alone.parent_id = company
        domain = repr([("id", "=", company.id)])
        with self.assertRaisesRegex(UserError, "Already in this campaign: 1"):
            campaign._add_customers("res.partner", domain)
        with self.assertRaisesRegex(UserError, "In another running campaign: 1"):
            self.started(company, name="Second", holdout_percent=0, without_holdout=True)

    def test_leaves_a_company_left_alone(self):
        """A contact who becomes a customer of their own stays in the control group."""
        campaign, alone, other = self.one_left_alone()
        contact = self.customer("Contact", parent_id=alone.id)
        below = self.customer("Below", parent_id=contact.id)
        colleague = self.customer("Colleague", parent_id=other.id)
        contact.parent_id = False
        colleague.parent_id = False
        member = self.member(campaign, contact)
        self.assertRecordValues(member, [{"arm": "holdout", "state": "holdout", "is_open": True}])
        self.assertIn("Was a contact of Buyer 1", member.excluded)
        self.assertFalse(self.member(campaign, colleague))
        self.assertFalse(self.member(campaign, below))
        contact.is_company = True
        self.assertEqual(len(self.member(campaign, contact)), 1)

    def test_two_become_contacts_of_one(self):
        """One customer gets one offer."""
        campaign, _alone, other = self.one_left_alone()
        third = self.partners[2]
        company = self.customer("Both", is_company=True)
        (other | third).parent_id = company
        self.assertEqual([bool(self.hindered(campaign, partner)) for partner in (other, third)], [False, True])

    def test_moving_contacts_costs_nothing_elsewhere(self):
        """One query where no campaign is touched, whatever the number of contacts."""
        self.one_left_alone()
        firm = self.customer("Firm")

        def queries(count):
            contacts = self.customers(count)
            return self.count_queries(lambda: self.assertEqual(self.Member._before_move(contacts), {}), warm=True)

        queries(1)
        self.assertEqual(queries(5), queries(50))
        self.customer("Contact").parent_id = firm

    # -- at the moment of the offer ------------------------------------------------------------------------------------

    def test_hindrances(self):
        campaign, _alone, other = self.one_left_alone()
        members = self.members(campaign, ("arm", "=", "treatment"))
        self.assertEqual(members._get_standing_hindrances(), {})
        for values, message in (
            ({"retention_opt_out": True}, "opted out of campaigns"),
            ({"active": False}, "archived"),
            ({"company_id": self.make_company("Elsewhere", "EUR").id}, "another company"),
        ):
            with self.subTest(values=values):
                other.write(values)
                self.assertIn(message, self.hindered(campaign, other))
                other.write({"retention_opt_out": False, "active": True, "company_id": False})
        complaint = self.complaint(self.customer("Contact", parent_id=other.id))
        self.assertIn("dispute", self.hindered(campaign, other))
        complaint.sudo().write({"complaint_state": "closed"})
        self.assertFalse(self.hindered(campaign, other))
        self.assertEqual(self.Member._get_standing_hindrances(), {})

    def test_hindrances_in_one_query(self):
        campaign, _alone, _other = self.one_left_alone()
        campaign._add_customers("res.partner", repr([("id", "in", self.buyers(40, "More").ids)]))
        members = self.members(campaign, ("arm", "=", "treatment"))

        def queries(some):
            some._get_standing_hindrances()
            return self.count_queries(some._get_standing_hindrances)

        self.assertEqual(queries(members[:10]), queries(members[:20]))

    # -- every kind of offer, all the way ------------------------------------------------------------------------------

    KIND_VALUES = {
        "coupon": {"amount": 20.0},
        "gift_card": {"amount": 20.0},
        "discount": {"discount_percent": 10.0, "maximum_amount": 20.0},
        "pricelist": {"expected_discount": 5.0},
        "ticket": {"note": "One check of the machine"},
    }

    def offer_of(self, kind):
        values = dict(self.KIND_VALUES.get(kind, {}))
        if kind == "pricelist":
            pricelist = self.env["product.pricelist"].create({"name": "For a time", "company_id": self.company.id})
            values["pricelist_id"] = pricelist.id
        elif kind == "ticket":
            team = self.env["helpdesk.ticket.team"].create({"name": "Service", "company_id": self.company.id})
            values["helpdesk_team_id"] = team.id
        return self.make_offer(kind, **values)

    def traces(self, partners):
        """What could reach customers: a number for each way, of all documents that name one of ``partners``."""
        self.env.invalidate_all()
        names = {
            "loyalty.card": "partner_id",
            "mail.mail": "recipient_ids",
            "mail.notification": "res_partner_id",
            "helpdesk.ticket": "partner_id",
            "calendar.event": "partner_ids",
            "customer.retention.grant": "partner_id",
        }
        found = {
            model: self.env[model].sudo().search_count([(name, "in", partners.ids)]) for model, name in names.items()
        }
        about = [("res_model", "=", "res.partner"), ("res_id", "in", partners.ids)]
        found["mail.activity"] = self.env["mail.activity"].sudo().search_count(about)
        about = [("model", "=", "res.partner"), ("res_id", "in", partners.ids), ("message_type", "!=", "notification")]
        found["mail.message"] = self.env["mail.message"].sudo().search_count(about)
        found["pricelist"] = tuple(self.pricelist_of(partner).id for partner in partners)
        return found

    def test_every_kind_of_offer_by_any_path(self):
        """Started twice, added to, merged, moved, in two campaigns: offers are made, and none to the control group."""
        for kind, _label in KINDS:
            with self.subTest(kind=kind), self.env.cr.savepoint() as savepoint:
                self.check_kind(kind)
                savepoint.rollback()
            self.env.invalidate_all()

    def check_kind(self, kind):
        partners = self.buyers(12, kind)
        # margins that bear the offer, and addresses of their own
        for number, partner in enumerate(partners):
            partner.email = f"{kind}{number}@example.com"
            self.order(partner, "2025-05-20", 900, cost=100)
        campaign = self.started(partners, offer_id=self.offer_of(kind).id, holdout_percent=50)
        alone = self.members(campaign, ("arm", "=", "holdout")).partner_id
        treated = partners - alone
        self.assertEqual((len(alone), len(treated)), (6, 6))
        before, untouched = self.traces(alone), self.traces(treated[2:])
        # started and added again
        with self.assertRaises(UserError):
            campaign.action_start()
        with self.assertRaises(UserError):
            campaign._add_customers("res.partner", repr([("id", "in", partners.ids)]))
        # merged before anything is offered
        self.merge(alone[0] | treated[0], alone[0])
        # contacts that move: to one who gets the offer, and from one in the control group
        alone[1].parent_id = treated[1]
        contact = self.customer("Contact", parent_id=alone[2].id, email=f"{kind}contact@example.com")
        contact.parent_id = False
        self.order(contact, "2025-05-20", 900, cost=100)
        # and tried with another campaign, without a control group
        with self.assertRaises(UserError):
            self.started(
                alone | contact, name="Second", offer_id=campaign.offer_id.id, holdout_percent=0, without_holdout=True
            )
        with self.assertRaises(UserError):
            campaign._add_customers("res.partner", repr([("id", "=", contact.id)]))
        for day in range(5):
            self.deliver_by_job(TODAY + timedelta(days=day))
        states = self.members(campaign).mapped("state")
        self.assertEqual(states.count("offered"), 4, "the offer is made to those who are to have it")
        self.assertEqual(states.count("holdout"), 7)
        self.assertEqual(self.member(campaign, treated[1]).state, "failed")
        self.assertEqual(self.traces(alone), before)
        self.assertEqual(set(self.traces(contact).values()) - {0}, {(self.pricelist_of(contact).id,)})
        self.assertNotEqual(self.traces(treated[2:]), untouched)
        campaign.action_end()
        self.assertEqual(self.traces(alone), before)
