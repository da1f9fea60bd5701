"""Who referred a customer: what can be entered, how it comes from the lead, and what is left after merges."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .network_case import NetworkCase


class ReferralEntryCase(NetworkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.third = cls.customers(3)

    def merge(self, into, *others):
        partners = into
        for other in others:
            partners |= other
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(partners.ids, into)
        self.env.invalidate_all()

    def seller(self):
        """A salesperson without the addon's group."""
        return new_test_user(
            self.env,
            "referral_seller",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )

    def notes(self, record):
        return " ".join(record.message_ids.mapped("body"))


@tagged("post_install", "-at_install")
class TestReferralEntry(ReferralEntryCase):
    def refused(self, partner, referrer, message):
        with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
            partner.referrer_id = referrer
            self.env.flush_all()
        partner.invalidate_recordset()

    def test_circles(self):
        self.second.referrer_id = self.first
        self.third.referrer_id = self.second
        self.refused(self.first, self.third, "who was referred by Customer 1")
        self.refused(self.first, self.second, "who was referred by Customer 1")
        self.refused(self.first, self.first, "by themselves")
        # several at once
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            (self.first | self.third).write({"referrer_id": self.second.id})

    def test_own_people(self):
        firm = self.customer("Firm", is_company=True)
        contact = self.customer("Contact", parent_id=firm.id)
        branch = self.customer("Branch", parent_id=firm.id, is_company=True)
        twig = self.customer("Twig", parent_id=branch.id, is_company=True)
        self.refused(firm, contact, "own contacts")
        self.refused(firm, branch, "same group")
        self.refused(branch, twig, "same group")
        self.refused(contact, self.first, "belongs to Firm")
        self.refused(self.first, contact, "choose Firm")
        with Form(self.first) as form:
            form.referrer_id = contact
            self.assertEqual(form.referrer_id, firm)

    def test_companies(self):
        other = self.make_company("Other Company", "EUR")
        self.first.company_id = other
        self.refused(self.second, self.first, "Other Company alone")
        self.second.company_id = self.company
        self.refused(self.second, self.first, "Other Company alone")
        self.second.company_id = other
        self.second.referrer_id = self.first
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.first.company_id = self.company
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.second.company_id = False

    def test_deleted_referrer(self):
        self.second.referrer_id = self.first
        self.first.unlink()
        self.assertFalse(self.second.referrer_id)

    def test_copy(self):
        self.second.referrer_id = self.first
        self.assertFalse(self.second.copy().referrer_id)

    def test_button(self):
        """The number on the form, the customers behind it, and a contact shows that of the company."""
        firm = self.customer("Firm", is_company=True)
        contact = self.customer("Contact", parent_id=firm.id)
        (self.first | self.second).write({"referrer_id": firm.id})
        self.assertEqual((firm.referral_count, contact.referral_count, self.third.referral_count), (2, 2, 0))
        action = contact.action_view_referrals()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.first | self.second)

    # -- from the lead -------------------------------------------------------------------------------------------------

    def test_won(self):
        lead = self.lead(self.second, referrer_id=self.first.id, referral_anyway=True)
        self.assertFalse(self.second.referrer_id)
        lead.action_set_won()
        self.assertRecordValues(self.second, [{"referrer_id": self.first.id, "referral_anyway": True}])
        # the first one counts
        later = self.lead(self.second, referrer_id=self.third.id)
        later.action_set_won()
        self.assertEqual(self.second.referrer_id, self.first)

    def test_won_before_there_is_a_customer(self):
        lead = self.lead(self.env["res.partner"], referrer_id=self.first.id)
        lead.action_set_won()
        lead.partner_id = self.second
        self.assertEqual(self.second.referrer_id, self.first)

    def test_converted(self):
        """A contact of the customer, referred by a contact: both companies are meant."""
        firm, giver = self.customer("Firm", is_company=True), self.customer("Giver", is_company=True)
        contact = self.customer("Contact", parent_id=firm.id)
        lead = self.lead(self.env["res.partner"], type="lead")
        lead.referrer_id = self.customer("Friend", parent_id=giver.id)
        lead.convert_opportunity(contact)
        self.assertEqual(firm.referrer_id, giver)

    def test_what_cannot_be_carried_does_not_stop_a_deal(self):
        self.first.referrer_id = self.second
        lead = self.lead(self.second, referrer_id=self.first.id)
        lead.action_set_won()
        self.assertEqual(lead.won_status, "won")
        self.assertFalse(self.second.referrer_id)
        self.assertIn("was not entered", self.notes(lead))

    def test_merged_leads(self):
        one, other = self.lead(self.second), self.lead(self.second, referrer_id=self.first.id)
        merged = (one | other).merge_opportunity()
        self.assertEqual(merged.referrer_id, self.first)
        self.assertFalse(merged.referral_anyway)
        known = self.lead(self.second, referrer_id=self.third.id, referral_anyway=True, probability=90.0)
        kept = (merged | known).merge_opportunity()
        self.assertRecordValues(kept, [{"referrer_id": self.third.id, "referral_anyway": True}])

    def test_merged_without_the_group(self):
        """Salespeople who may not see referrals merge leads as ever, and nothing is lost."""
        seller = self.seller()
        one = self.lead(self.second, user_id=seller.id)
        other = self.lead(self.second, user_id=seller.id, referrer_id=self.first.id, referral_anyway=True)
        merged = (one | other).with_user(seller).merge_opportunity()
        self.assertRecordValues(merged.sudo(), [{"referrer_id": self.first.id, "referral_anyway": True}])

    def test_won_without_the_group(self):
        """Whoever wins the lead, the referral reaches the customer."""
        seller = self.seller()
        lead = self.lead(self.second, referrer_id=self.first.id)
        lead.with_user(seller).action_set_won()
        self.assertEqual(self.second.referrer_id, self.first)
        with self.assertRaises(AccessError):
            self.second.with_user(seller).read(["referrer_id"])

    # -- customers become others ---------------------------------------------------------------------------------------

    def test_merge(self):
        """Those referred stay referred, and the one who stays has the referrer of the other."""
        giver = self.customer("Giver")
        self.second.write({"referrer_id": giver.id, "referral_anyway": True})
        self.third.referrer_id = self.second
        self.merge(self.first, self.second)
        self.assertRecordValues(self.first, [{"referrer_id": giver.id, "referral_anyway": True}])
        self.assertEqual(self.third.referrer_id, self.first)

    def test_merge_keeps_the_own_referrer(self):
        giver, other = self.customers(2, "Giver")
        self.first.referrer_id = giver
        self.second.write({"referrer_id": other.id, "referral_anyway": True})
        self.merge(self.first, self.second)
        self.assertRecordValues(self.first, [{"referrer_id": giver.id, "referral_anyway": False}])

    def test_merge_of_referrer_and_referred(self):
        self.second.referrer_id = self.first
        self.merge(self.first, self.second)
        self.assertFalse(self.first.referrer_id)
        self.assertIn("The referral by Customer 1 was removed", self.notes(self.first))

    def test_merge_that_would_make_a_circle(self):
        """First referred second, second referred third: first and third are one."""
        self.second.referrer_id = self.first
        self.third.referrer_id = self.second
        self.merge(self.first, self.third)
        self.assertFalse(self.first.referrer_id)
        self.assertEqual(self.second.referrer_id, self.first)
        self.assertIn("The referral by Customer 2 was removed", self.notes(self.first))

    def test_merge_by_a_user_without_the_group(self):
        user = new_test_user(
            self.env,
            "referral_merger",
            "base.group_partner_manager,base.group_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.second.referrer_id = self.third
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user).create({})
        wizard._merge((self.first | self.second).ids, self.first.with_user(user))
        self.env.invalidate_all()
        self.assertEqual(self.first.referrer_id, self.third)

    def test_values_of_merged_customers(self):
        for partner in (self.first, self.second):
            self.worth(partner, 10.0)
        self.refresh()
        self.merge(self.first, self.second)
        self.assertEqual(len(self.referral(self.first)), 1)

    def test_values_are_in_no_ones_way(self):
        """Reviewed duplicates are not merged where an entry of one of them would be deleted by that."""
        for partner in (self.first, self.second):
            self.worth(partner, 10.0)
        self.refresh()
        wizard = self.env["base.partner.merge.automatic.wizard"].with_context(duplicate_review=True).create({})
        wizard._merge((self.first | self.second).ids, self.first)
        self.assertEqual(len(self.referral(self.first)), 1)
        self.assertFalse(self.second.exists())

    def test_a_customer_becomes_a_contact(self):
        """What was theirs is that of their company; a referral between both is none any more."""
        firm = self.customer("Firm", is_company=True)
        self.second.referrer_id = self.first
        self.third.referrer_id = self.second
        firm.referrer_id = self.third
        self.second.parent_id = firm
        self.assertFalse(self.second.referrer_id)
        # firm was referred by third, whom second had referred
        self.assertFalse(self.third.referrer_id)
        self.assertIn("was removed", self.notes(self.third))
        self.assertEqual(firm.referrer_id, self.third)
        other = self.customer("Other", parent_id=False)
        other.referrer_id = self.first
        big = self.customer("Big", is_company=True)
        other.parent_id = big
        self.assertEqual(big.referrer_id, self.first)

    def test_a_branch_joins_its_referrer(self):
        firm = self.customer("Firm", is_company=True)
        branch = self.customer("Branch", is_company=True)
        branch.referrer_id = firm
        branch.parent_id = firm
        self.assertFalse(branch.referrer_id)
        self.assertIn("belong together", self.notes(branch))


@tagged("post_install", "-at_install")
class TestReferralRights(ReferralEntryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_company("Foreign Company", "USD")

        def user(login, groups, company=cls.company):
            return new_test_user(cls.env, f"referral_{login}", groups, company_id=company.id, company_ids=company.ids)

        value_user = "customer_value.group_customer_value_user"
        cls.reader = user("reader", f"base.group_partner_manager,{value_user}")
        cls.manager = user("manager", "customer_value.group_customer_value_manager")
        cls.stranger = user("stranger", value_user, cls.foreign)
        cls.outsider = user("outsider", "sales_team.group_sale_salesman")
        cls.second.referrer_id = cls.first
        cls.worth(cls.second, 100.0)
        cls.refresh()

    def of(self, model, user):
        """``model`` as the user finds it after logging in."""
        return self.env[model].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_values(self):
        for model in ("customer.referral.value", "customer.referral.report"):
            own = [("company_id", "=", self.company.id)]
            self.assertTrue(self.of(model, self.reader).search(own))
            self.assertFalse(self.of(model, self.stranger).search(own))
            with self.assertRaises(AccessError):
                self.of(model, self.outsider).search([])
        row = self.referral(self.first)
        with self.assertRaises(AccessError):
            row.with_user(self.reader).write({"referral_value": 1.0})
        with self.assertRaises(AccessError):
            row.with_user(self.reader).action_refresh()
        self.of("customer.referral.value", self.manager).action_refresh()
        with self.assertRaises(AccessError):
            self.of("customer.referral.grid", self.outsider).get_page()

    def test_customers_of_one_company_only(self):
        """A customer of another company is seen by nobody else, in the list or behind a value."""
        both = new_test_user(
            self.env,
            "referral_both",
            "customer_value.group_customer_value_user",
            company_id=self.foreign.id,
            company_ids=(self.company | self.foreign).ids,
        )
        self.second.company_id = self.company
        self.assertTrue(self.of("customer.referral.report", both).search([("partner_id", "=", self.second.id)]))
        self.assertFalse(
            self.env["customer.referral.report"]
            .with_user(both)
            .with_context(allowed_company_ids=self.foreign.ids)
            .search([("partner_id", "=", self.second.id)])
        )

    def test_entry(self):
        self.of("res.partner", self.reader).browse(self.third.id).referrer_id = self.second
        self.assertEqual(self.third.referrer_id, self.second)
        with self.assertRaises(AccessError):
            self.of("res.partner", self.outsider).browse(self.third.id).write({"referrer_id": self.first.id})
        with self.assertRaises(AccessError):
            self.of("res.partner", self.outsider).search([("referral_value_id", "!=", False)])
