"""What stands on a customer after any sequence of events, held against a model of a few lines."""

from itertools import product
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..core.value_case import AS_OF, ONE_TO_ONE, QUIET, ValueCase

EVENTS = ("enter A", "enter B", "leave", "hand own", "hand A", "hand nothing", "A gives C", "A gives nothing")


class Expected:
    """What one field of a customer ought to hold: no records, no ids."""

    def __init__(self):
        self.shown = self.own = self.given = None
        self.tier, self.offer_of_a = None, "A"

    def happen(self, event):
        verb, _space, what = event.partition(" ")
        if verb == "hand":
            self.shown = {"own": "Own", "A": "A", "nothing": None}[what]
        elif verb == "enter":
            self.tier = what
            self.offer(self.offer_of_a if what == "A" else "B")
        elif verb == "leave":
            self.tier = None
            self.offer(None)
        else:
            self.offer_of_a = "C" if what == "gives C" else None
            overruled = self.given and self.shown != self.given
            if self.tier == "A" and not overruled:
                self.offer(self.offer_of_a)

    def offer(self, value):
        if value:
            if self.shown != self.given or not self.given:
                self.own = self.shown
            self.shown = self.given = value
        else:
            if self.given and self.shown == self.given:
                self.shown = self.own
            self.given = None


class GrantCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            ONE_TO_ONE, {"A": 90.0, "B": 80.0, "A gives C": 70.0, "A gives nothing": 60.0, "Base": 0.0}, window_months=0
        )
        Pricelist = cls.env["product.pricelist"]
        cls.lists = {
            name: Pricelist.create({"name": name, "company_id": cls.company.id}) for name in ("A", "B", "C", "Own")
        }
        for tier, name in (("A", "A"), ("B", "B"), ("A gives C", "C")):
            cls.tier(tier).pricelist_id = cls.lists[name]
        cls.Grant = cls.env["customer.value.grant"]

    def enter(self, partners, tier, renew=False, company=None):
        tiers = dict.fromkeys(partners.ids, tier)
        return self.Grant._exchange(company or self.company, partners, tiers, renew=renew)

    def shown(self, partner, company=None):
        return partner.with_company(company or self.company).specific_property_product_pricelist

    def grants(self, partners):
        return self.Grant.search([("partner_id", "in", partners.ids)])


@tagged("post_install", "-at_install")
class TestBenefitSequences(GrantCase):
    def play(self, partners, event, moment):
        """Let ``event`` happen to all of ``partners``; ``moment`` says in which state each of them is."""
        if event.startswith("hand"):
            value = {"hand own": self.lists["Own"], "hand A": self.lists["A"]}.get(event, self.lists["A"].browse())
            partners.specific_property_product_pricelist = value
            return
        no_tier = self.tier("A").browse()
        for state in {moment[partner] for partner in partners}:
            some = partners.filtered(lambda partner, state=state: moment[partner] == state)
            current, of_a = state
            if event.startswith("A gives"):
                # the model's tier A is three tiers here, so that it can change for some and not for others
                if current == "A":
                    self.enter(some, self.tier(event), renew=True)
            elif event == "enter A":
                self.enter(some, self.tier({"A": "A", "C": "A gives C", None: "A gives nothing"}[of_a]))
            else:
                self.enter(some, self.tier("B") if event == "enter B" else no_tier)

    def test_every_sequence_of_four_events(self):
        sequences = list(product(EVENTS, repeat=4))
        partners = self.customers(len(sequences))
        models = {partner: Expected() for partner in partners}
        for step in range(4):
            moment = {partner: (model.tier, model.offer_of_a) for partner, model in models.items()}
            for event in EVENTS:
                affected = partners.browse(
                    partner.id for partner, sequence in zip(partners, sequences, strict=True) if sequence[step] == event
                )
                self.play(affected, event, moment)
                for partner in affected:
                    models[partner].happen(event)
            self.env.flush_all()
            self.env.invalidate_all()
            wrong = [
                (sequence[: step + 1], self.shown(partner).name, models[partner].shown)
                for partner, sequence in zip(partners, sequences, strict=True)
                if (self.shown(partner).name or None) != models[partner].shown
            ]
            self.assertFalse(wrong[:5], f"{len(wrong)} sequences")
        outside = partners.browse(partner.id for partner in partners if not models[partner].tier)
        self.assertFalse(self.grants(outside), "a customer without a tier has no benefits of one")
        self.assertTrue(self.grants(partners - outside))

    def test_an_archived_pricelist_is_not_given(self):
        before, after = self.customers(2)
        self.enter(before, self.tier("A"))
        self.lists["A"].active = False
        self.enter(after, self.tier("A"))
        self.assertFalse(self.shown(after))
        self.assertEqual(self.tier("A").archived_benefits, self.lists["A"].display_name)
        self.enter(before, self.tier("B"))
        self.assertEqual(self.shown(before), self.lists["B"])
        self.enter(before, self.tier("Base"))
        self.assertFalse(self.shown(before))

    def test_the_pricelist_given_is_deleted(self):
        """No user has emptied the field: the earlier value is restored."""
        partner = self.customer()
        partner.specific_property_product_pricelist = self.lists["Own"]
        self.enter(partner, self.tier("A"))
        self.lists["A"].unlink()
        self.env.invalidate_all()
        self.assertFalse(self.tier("A").pricelist_id)
        self.enter(partner, self.tier("Base"))
        self.assertEqual(self.shown(partner), self.lists["Own"])

    def test_the_pricelist_before_is_deleted(self):
        partner = self.customer()
        partner.specific_property_product_pricelist = self.lists["Own"]
        self.enter(partner, self.tier("A"))
        self.lists["Own"].unlink()
        self.enter(partner, self.tier("Base"))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.shown(partner))
        self.assertFalse(self.grants(partner))

    def test_a_tier_whose_benefits_customers_hold_cannot_be_deleted(self):
        partner = self.customer()
        self.enter(partner, self.tier("A"))
        with self.assertRaisesRegex(UserError, "in use"):
            self.tier("A").unlink()
        self.assertEqual(self.shown(partner), self.lists["A"])

    def test_two_companies_with_their_own(self):
        other = self.make_company("Sister Company", "EUR")
        other.value_pricelist_source = "tier"
        policy = self.make_policy(ONE_TO_ONE, {"Theirs": 50.0, "Base": 0.0}, company=other)
        theirs = self.env["product.pricelist"].create({"name": "Theirs", "company_id": other.id})
        self.tier("Theirs", policy).pricelist_id = theirs
        partner = self.customer()
        self.enter(partner, self.tier("A"))
        self.enter(partner, self.tier("Theirs", policy), company=other)
        self.assertEqual((self.shown(partner), self.shown(partner, other)), (self.lists["A"], theirs))
        self.enter(partner, self.tier("Base"))
        self.assertEqual((self.shown(partner), self.shown(partner, other)), (self.lists["A"].browse(), theirs))
        self.assertEqual(self.grants(partner).company_id, other)

    def test_one_that_refuses_does_not_block_the_rest(self):
        partners = self.customers(9)
        odd = partners[4]
        Partner = type(self.env["res.partner"])
        write = Partner.write
        reason = "This one is locked"

        def refuse(records, vals):
            if odd in records and "specific_property_product_pricelist" in vals:
                raise ValidationError(reason)
            return write(records, vals)

        with patch.object(Partner, "write", refuse):
            notes = self.enter(partners, self.tier("A"))
        self.assertEqual([bool(self.shown(partner)) for partner in partners], [partner != odd for partner in partners])
        self.assertEqual(set(notes), {odd.id})
        self.assertIn(reason, notes[odd.id][0])
        self.assertEqual(self.grants(partners).partner_id, partners - odd)
        self.enter(partners, self.tier("B"))
        self.assertEqual({self.shown(partner) for partner in partners}, {self.lists["B"]})

    def test_a_customer_who_becomes_a_contact_has_what_his_company_has(self):
        partner, company = self.customers(2)
        (partner | company).is_company = True
        self.enter(partner | company, self.tier("A"))
        partner.parent_id = company
        partner.is_company = False
        self.enter(partner, self.tier("A").browse())
        self.assertEqual((self.shown(partner), self.shown(company)), (self.lists["A"], self.lists["A"]))
        self.assertEqual(self.grants(partner | company).partner_id, company)

    def test_nobody_writes_grants(self):
        partner = self.customer()
        self.enter(partner, self.tier("A"))
        grant = self.grants(partner)
        groups = "base.group_partner_manager,sales_team.group_sale_manager,customer_value.group_customer_value_"
        companies = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        for role in ("user", "manager"):
            user = new_test_user(self.env, f"grant_{role}", groups + role, **companies)
            self.assertTrue(grant.with_user(user).has_access("read"))
            for operation in ("write", "unlink", "create"):
                self.assertFalse(grant.with_user(user).has_access(operation), (role, operation))
            self.assertEqual(self.tier("A").with_user(user).has_access("write"), role == "manager")
        elsewhere = self.make_company("Sister Company", "EUR")
        stranger = new_test_user(
            self.env, "grant_stranger", f"{groups}manager", company_id=elsewhere.id, company_ids=elsewhere.ids
        )
        abroad = {"allowed_company_ids": elsewhere.ids}
        self.assertFalse(grant.with_user(stranger).with_context(**abroad).has_access("read"))
        self.assertFalse(self.tier("A").with_user(stranger).with_context(**abroad).has_access("write"))

    def test_queries_of_a_batch_do_not_grow(self):
        term = self.env["account.payment.term"].create({"name": "60 days", "company_id": self.company.id})
        manager = new_test_user(self.env, "bulk_manager", company_id=self.company.id, company_ids=self.company.ids)
        self.tier("B").write({"payment_term_id": term.id, "user_id": manager.id})

        def queries(count):
            partners = self.customers(count, f"Mover {count} ")
            entries = self.History.create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": self.company.id,
                        "date": AS_OF,
                        "event": "changed",
                        "cause": "run",
                        "tier_id": self.tier("B").id,
                        "previous_tier_id": self.tier("A").id,
                    }
                    for partner in partners
                ]
            )
            self.enter(partners, self.tier("A"))
            # as in a run: our tests keep the chatter quiet, and that hides what it costs
            grants = self.Grant.with_context(**dict.fromkeys(QUIET, False))
            return self.count_queries(lambda: grants._follow(self.company, entries))

        queries(3)
        # Odoo inserts a hundred rows with a statement: two new grants for each of fifty
        few, many = queries(25), queries(50)
        self.assertEqual(many, few)
        movers = self.env["res.partner"].search([("name", "like", "Mover 50 ")])
        self.assertEqual((len(movers), self.grants(movers).tier_id), (50, self.tier("B")))
        self.assertEqual(len(movers.message_ids), 50, "one line each")
        self.assertIn(f"Account manager: none → {manager.display_name}", str(movers[0].message_ids.body))
        self.assertNotIn(manager.partner_id, movers.message_partner_ids)


@tagged("post_install", "-at_install")
class TestMergedBenefits(GrantCase):
    """Values granted by tiers are not the customers' own: merging uses the values before them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.high, cls.low = cls.customers(2)
        for partner, amount in ((cls.high, 95), (cls.low, 10)):
            cls.invoice(partner, "2025-01-10", amount)
        cls.run_policy()
        assert cls.high.specific_property_product_pricelist == cls.lists["A"]

    def merge(self, kept):
        both = self.high | self.low
        tier = self.score(kept).tier_id
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(both.ids, kept)
        self.env.invalidate_all()
        self.assertEqual(self.score(kept).tier_id, tier, "the next run judges them as one")

    def test_into_the_lower(self):
        self.merge(self.low)
        self.assertFalse(self.shown(self.low))
        self.assertFalse(self.grants(self.low))

    def test_into_the_higher(self):
        self.low.specific_property_product_pricelist = self.lists["Own"]
        self.merge(self.high)
        self.assertEqual(self.shown(self.high), self.lists["A"])
        self.enter(self.high, self.tier("Base"))
        self.assertEqual(self.shown(self.high), self.lists["Own"], "the other customer's own pricelist")

    def test_own_value_of_the_kept_one_wins(self):
        self.low.specific_property_product_pricelist = self.lists["C"]
        self.Grant._exchange(self.company, self.high, {self.high.id: self.tier("Base")})
        self.high.specific_property_product_pricelist = self.lists["Own"]
        self.Grant._exchange(self.company, self.high, {self.high.id: self.tier("A")})
        self.merge(self.high)
        self.enter(self.high, self.tier("Base"))
        self.assertEqual(self.shown(self.high), self.lists["Own"])

    def test_the_next_run_goes_on(self):
        self.merge(self.low)
        self.run_policy()
        self.assertEqual((self.score(self.low).tier_id, self.shown(self.low)), (self.tier("A"), self.lists["A"]))
