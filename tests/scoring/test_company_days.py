"""The day of a company: in which time zone it begins, and who follows it."""

from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestCompanyDays(ValueCase):
    def new_company(self, name, zone=False, **context):
        partner = self.customer(name, tz=zone)
        return self.env["res.company"].with_context(**context).create({"name": name, "partner_id": partner.id})

    def unknown(self, *zones):
        """A database server that does not know some of the zones."""
        Company = type(self.env["res.company"])
        known = self.env["res.company"]._get_known_zones() - set(zones)
        return patch.object(Company, "_get_known_zones", lambda self: known)

    def test_default_of_a_new_company(self):
        self.env.user.tz = False
        self.assertEqual(self.new_company("Nowhere").value_tz, "UTC")
        self.env.user.tz = "America/New_York"
        self.assertEqual(self.new_company("Of its founder").value_tz, "America/New_York")
        self.assertEqual(self.new_company("Of its own", "Asia/Shanghai").value_tz, "Asia/Shanghai")

    def test_default_where_the_server_has_no_old_names(self):
        self.env.user.tz = "Asia/Shanghai"
        with self.unknown("Asia/Saigon", "US/Eastern"):
            self.assertEqual(self.new_company("Saigon", "Asia/Saigon").value_tz, "Asia/Ho_Chi_Minh")
            self.assertEqual(self.new_company("East", "US/Eastern").value_tz, "America/New_York")
        with self.unknown("Asia/Saigon", "Asia/Ho_Chi_Minh"):
            self.assertEqual(self.new_company("Other", "Asia/Saigon").value_tz, "Asia/Shanghai")

    def test_offers_what_the_server_knows(self):
        self.env.cr.execute("SELECT name FROM pg_timezone_names")
        known = {name for [name] in self.env.cr.fetchall()}
        zones = [code for code, _label in self.env["res.company"]._selection_value_tz()]
        self.assertIn("Asia/Shanghai", zones)
        self.assertLessEqual(set(zones), known)
        with self.unknown("Asia/Saigon"):
            self.assertNotIn("Asia/Saigon", dict(self.env["res.company"]._selection_value_tz()))
            with self.assertRaisesRegex(ValueError, "Asia/Saigon"):
                self.company.value_tz = "Asia/Saigon"

    def test_a_server_that_knows_less(self):
        """After a move to another machine: a message instead of an error of the database."""
        partner = self.customer()
        self.order(partner)
        self.company.value_tz = "Asia/Saigon"
        with self.unknown("Asia/Saigon"), self.assertRaisesRegex(UserError, "Asia/Saigon of Value Company"):
            self.Source._read_now(self.company, partner, {"order_count"})

    def test_every_zone_that_can_be_chosen_works(self):
        day = self.env.cr.mogrify("SELECT (now() AT TIME ZONE 'UTC' AT TIME ZONE z)::date FROM unnest(%s) z", [
            [code for code, _label in self.env["res.company"]._selection_value_tz()]
        ])  # fmt: skip
        self.env.cr.execute(day)
        self.assertGreater(len(self.env.cr.fetchall()), 300)

    def test_an_address_does_not_move_the_days(self):
        self.company.value_tz = "Asia/Shanghai"
        self.company.partner_id.tz = "America/Los_Angeles"
        self.company.resource_calendar_id.tz = "Pacific/Honolulu"
        self.env.user.tz = "Europe/Berlin"
        self.assertEqual(self.company._get_value_day(datetime(2025, 6, 30, 15, 59)), date(2025, 6, 30))
        self.assertEqual(self.company._get_value_day(datetime(2025, 6, 30, 16, 0)), date(2025, 7, 1))

    def test_the_setting_is_of_each_company(self):
        other = self.make_company("Other Company", "EUR")
        other.value_tz = "Europe/Berlin"
        with Form(self.env["res.config.settings"].with_company(self.company)) as form:
            form.value_tz = "Asia/Tokyo"
        form.save().execute()
        self.assertEqual((self.company.value_tz, other.value_tz), ("Asia/Tokyo", "Europe/Berlin"))

    def test_runs_begin_with_the_day_of_the_company(self):
        """In the evening of the 30th in Greenwich it is the 1st in Shanghai, wherever the manager sits."""
        self.company.value_tz = "Asia/Shanghai"
        manager = new_test_user(
            self.env,
            "day_manager",
            "base.group_user,customer_value.group_customer_value_manager",
            tz="America/Los_Angeles",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        Run = self.Run.with_user(manager).with_context(tz="America/Los_Angeles")
        partner = self.customer()
        self.order(partner, datetime(2025, 6, 30, 17, 0), 10)
        with freeze_time("2025-06-30 20:00:00"):
            self.assertEqual(Run.default_get(["as_of"])["as_of"], date(2025, 7, 1))
            in_new_company = Run.with_context(allowed_company_ids=self.make_company("Late", "EUR").ids)
            in_new_company = in_new_company.with_context(default_policy_id=self.policy.id)
            self.assertEqual(in_new_company.sudo().default_get(["as_of"])["as_of"], date(2025, 7, 1))
            run = self.policy.with_user(manager).with_context(tz="America/Los_Angeles")._run()
            self.assertEqual(run.as_of, date(2025, 7, 1))
            self.assertEqual(self.score(partner).recency_days, 0)
            now = self.Source.with_context(tz="America/Los_Angeles")._read_now(self.company, partner, {"recency_days"})
            self.assertEqual(now[partner.id]["recency_days"], 0)
