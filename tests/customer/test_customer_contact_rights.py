"""Who may read, write and delete contacts made, in two companies."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .contact_case import MANAGER, SELLER, USER, ContactCase


@tagged("post_install", "-at_install")
class TestCustomerContactRights(ContactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.make_company("Contact Abroad", "USD")
        cls.stranger = cls.user("contact_stranger", SELLER, cls.abroad)
        cls.boss_abroad = cls.user("contact_boss_abroad", MANAGER, cls.abroad)
        cls.outsider = cls.user("contact_outsider", "sales_team.group_sale_salesman_all_leads")
        cls.employee = cls.user("contact_employee", "base.group_user")
        cls.portal = cls.user("contact_portal", "base.group_portal")

    def test_without_the_addon(self):
        contact, _action = self.take_down(self.seller)
        for user in (self.outsider, self.employee, self.portal):
            self.assertFalse(self.of(user).has_access("read"))
            with self.assertRaises(AccessError):
                self.of(user).browse(contact.id).read(["note"])
            with self.assertRaises(AccessError):
                self.of(user).get_choices()
            with self.assertRaises(AccessError):
                self.take_down(user)

    def test_roles(self):
        contact, _action = self.take_down(self.seller)
        for user in (self.seller, self.viewer, self.manager):
            own = self.of(user).browse(contact.id)
            self.assertEqual(own.note, "Wrong label")
            own.subject = user.name
        for user in (self.seller, self.viewer):
            with self.assertRaises(AccessError):
                self.of(user).browse(contact.id).unlink()
        self.of(self.manager).browse(contact.id).unlink()
        self.assertFalse(contact.exists())

    def test_addresses_are_for_managers(self):
        Address = self.env["customer.contact.address"]
        for user in (self.seller, self.viewer):
            self.assertFalse(Address.with_user(user).has_access("read"))
        Address.with_user(self.manager).create({"name": "Scanner", "channel": "letter"})
        mine = Address.with_user(self.boss_abroad).with_context(allowed_company_ids=self.abroad.ids).search([])
        self.assertFalse(mine.filtered(lambda address: address.company_id == self.company))

    def test_two_companies(self):
        """Contacts of another company, and of a customer whom one may not see, are not there."""
        contact, _action = self.take_down(self.seller)
        for user in (self.stranger, self.boss_abroad):
            self.assertFalse(self.of(user).search([("id", "=", contact.id)]))
            with self.assertRaises(AccessError):
                self.of(user).browse(contact.id).read(["note"])
        theirs, _action = self.take_down(self.stranger)
        self.assertEqual(theirs.company_id, self.abroad)
        self.assertFalse(self.of(self.seller).search([("id", "=", theirs.id)]))
        hidden = self.customer("Hidden", company_id=self.abroad.id)
        with self.assertRaises(AccessError):
            self.take_down(self.seller, partner=hidden)
        of_hidden = self.Contact.create({"partner_id": hidden.id, "company_id": self.company.id})
        self.assertFalse(self.of(self.seller).search([("id", "=", of_hidden.id)]))
        unassigned = self.Contact.create({"phone": "+3221112233"})
        self.assertTrue(self.of(self.viewer).search([("id", "=", unassigned.id)]))

    def test_of_both_companies(self):
        """Users of both see what they have chosen."""
        both = self.user("contact_both", USER)
        both.company_ids += self.abroad
        contact, _action = self.take_down(self.stranger)
        Contact = self.Contact.with_user(both)
        self.assertFalse(Contact.with_context(allowed_company_ids=self.company.ids).search([("id", "=", contact.id)]))
        found = Contact.with_context(allowed_company_ids=both.company_ids.ids).search([("id", "=", contact.id)])
        self.assertEqual(found, contact)
