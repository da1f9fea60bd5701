"""A company with the people who look after its customers, on a day that does not move."""

from datetime import date

from freezegun import freeze_time
from odoo.tests import new_test_user

from ..core.value_case import ONE_TO_ONE, ValueCase

TODAY = date(2025, 6, 30)


class FrozenCase(ValueCase):
    """It is ``TODAY``; tiers follow the revenue of all time, one to one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(TODAY)
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.make_policy(ONE_TO_ONE, window_months=0)


class StaffCase(FrozenCase):
    """Two account managers, ``user`` and ``deputy``, and their ``manager``; logins begin with ``staff``."""

    staff = "staff"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.deputy, cls.manager = (
            new_test_user(
                cls.env,
                f"{cls.staff}_{name}",
                f"base.group_user,base.group_partner_manager,customer_value.group_customer_value_{group}",
                email=f"{cls.staff}_{name}@example.com",
                company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for name, group in (("user", "user"), ("deputy", "user"), ("manager", "manager"))
        )
