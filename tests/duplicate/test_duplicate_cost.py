"""What duplicates cost: the same as what merging them does."""

from freezegun import freeze_time
from odoo.tests import tagged

from .duplicate_case import NOW, DuplicateCase


@tagged("post_install", "-at_install")
class TestDuplicateCost(DuplicateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # together: 60 and 50 are Top, 30 and 20 Middle; 90 and nothing is Top as before
        cls.groups = {
            "Weber Print": (60.0, 50.0),
            "Holm Timber": (30.0, 20.0),
            "Lindt Tools": (90.0, 0.0),
        }
        cls.policy = cls.make_policy(
            {"revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0}}, {"Top": 80.0, "Middle": 40.0, "Base": 0.0}
        )
        cls.twin_sets = {}
        for number, (name, amounts) in enumerate(cls.groups.items(), start=1):
            both = cls.twins(name, number)
            for partner, amount in zip(both, amounts, strict=True):
                if amount:
                    cls.invoice(partner, amount=amount, order=cls.order(partner, amount=amount))
                cls.ticket(partner)
            cls.twin_sets[name] = both
        with freeze_time(NOW):
            cls.run_policy()

    def test_cost(self):
        self.look()
        look = self.Look.search([("company_id", "=", self.company.id)])
        self.assertRecordValues(
            look, [{"group_count": 3, "changing_count": 2, "split_revenue": 160.0, "twice_count": 0}]
        )
        [cost] = self.Look.get_cost()
        self.assertIn("2 of 3 groups", cost["words"])
        self.assertIn("160.00", cost["words"])

    def test_nothing_is_left_of_the_simulation(self):
        """No customer, document, run or score differs."""
        tables = ("res_partner", "sale_order", "account_move", "helpdesk_ticket", "customer_value_score")
        tables += ("customer_value_run", "customer_value_run_move", "customer_value_history")
        self.look()
        before = [self.rows(table) for table in tables]
        with freeze_time(NOW):
            self.Look._reckon(self.company)
        self.assertEqual([self.rows(table) for table in tables], before)

    def test_as_a_real_merge(self):
        """The tiers that are foretold are those after merging and a run."""
        self.look()
        groups = self.Look._get_groups(self.company)
        with freeze_time(NOW):
            foretold = self.Look._simulate(self.company, groups)
        for one, other in self.twin_sets.values():
            pair = self.pair(one, other)
            self.assertEqual(pair.tier_after_id.id, foretold[pair.survivor_id.id])
        survivors = self.env["res.partner"].browse(foretold)
        for one, other in self.twin_sets.values():
            survivor = self.pair(one, other).survivor_id
            self.Wizard._merge((one | other).ids, survivor)
        self.assertEqual(survivors.exists(), survivors)
        with freeze_time(NOW):
            self.run_policy(partners=survivors)
        for survivor in survivors:
            self.assertEqual(self.score(survivor).tier_id.id, foretold[survivor.id])
        self.assertEqual(sorted(self.score(survivor).tier_id.name for survivor in survivors), ["Middle", "Top", "Top"])

    def test_letters_that_went_twice(self):
        """Both of a pair had the offer of one campaign: one too many; offers of different campaigns are not."""
        self.look()
        offer = self.env["customer.retention.offer"].create(
            {"name": "Call", "kind": "call", "company_id": self.company.id}
        )
        campaigns = self.env["customer.retention.campaign"].create(
            [{"name": f"Campaign {number}", "company_id": self.company.id, "offer_id": offer.id} for number in (1, 2)]
        )
        one, other = self.twin_sets["Weber Print"]
        third, fourth = self.twin_sets["Holm Timber"]
        members = self.env["customer.retention.member"].sudo()
        for campaign, partner in (
            (campaigns[0], one), (campaigns[0], other), (campaigns[0], third), (campaigns[1], fourth),
        ):  # fmt: skip
            members.create(
                {
                    "campaign_id": campaign.id,
                    "company_id": self.company.id,
                    "partner_id": partner.id,
                    "arm": "treatment",
                    "state": "offered",
                    "offered_on": NOW,
                }
            )
        self.env.flush_all()
        self.assertEqual(self.Look._reckon(self.company)["twice_count"], 1)

    def test_without_a_policy_that_runs(self):
        self.policy.action_archive()
        self.look()
        look = self.Look.search([("company_id", "=", self.company.id)])
        self.assertEqual(look.group_count, 3)

    def test_three_are_one_group(self):
        one, _other = self.twin_sets["Weber Print"]
        self.customer("Weber Print AG", street=one.street, zip=one.zip, city=one.city, vat=one.vat)
        self.look()
        groups = self.Look._get_groups(self.company)
        self.assertEqual((len(groups), len(set(groups.values()))), (7, 3))
