from odoo.tests import new_test_user

from ..core.value_case import ValueCase

USER = "customer_value.group_customer_value_user"
SELLER = f"sales_team.group_sale_salesman_all_leads,helpdesk_mgmt.group_helpdesk_user,{USER}"
MANAGER = "customer_value.group_customer_value_manager"


class ContactCase(ValueCase):
    """Customers with whom contacts are made, and those who make them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Contact = cls.env["customer.contact"]
        cls.company.country_id = cls.env.ref("base.be")
        cls.firm = cls.customer("Contact Firm", is_company=True, email="firm@example.com", company_id=False)
        cls.person = cls.customer("Contact Person", parent_id=cls.firm.id, phone="+32 2 290 34 90")
        cls.seller = cls.user("contact_seller", SELLER)
        cls.viewer = cls.user("contact_viewer", USER)
        cls.manager = cls.user("contact_manager", MANAGER)

    @classmethod
    def user(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env, login, groups, company_id=company.id, company_ids=company.ids, email=f"{login}@ours.test"
        )

    def of(self, user):
        """The model as ``user`` has it, in their companies."""
        return self.Contact.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def take_down(self, user, outcome="note", partner=None, **values):
        told = {"contact_id": (partner or self.person).id, "channel": "phone", "direction": "in", "note": "Wrong label"}
        result = self.of(user).take_down(told | values, outcome)
        return self.Contact.browse(result["id"]), result["action"]
