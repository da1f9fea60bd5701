"""What the tests of offers share."""

from datetime import datetime, time

from freezegun import freeze_time

from ..scoring.staff_case import TODAY
from .retention_case import RetentionCase


class RetentionOfferCase(RetentionCase):
    """Campaigns without a control group unless told, members inserted directly, and the job that makes offers."""

    @classmethod
    def make_offer(cls, kind="call", company=None, **values):
        return cls.env["customer.retention.offer"].create(
            {"name": f"Offer of a {kind}", "kind": kind, "company_id": (company or cls.company).id} | values
        )

    @classmethod
    def under_way(cls, offer, partners, holdout=None, company=None, **values):
        """A running campaign, with ``partners`` as planned members and ``holdout`` as control group."""
        company = company or cls.company
        campaign = cls.Campaign.sudo().create(
            {
                "name": "Campaign under test",
                "company_id": company.id,
                "offer_id": offer.id,
                "user_id": cls.manager.id,
                "date_start": TODAY,
                "utm_campaign_id": cls.env["utm.campaign"].sudo().create({"title": "Campaign under test"}).id,
                "state": "running",
            }
            | values
        )
        cls.add_members(campaign, partners)
        cls.add_members(campaign, holdout or partners.browse(), holdout=True)
        campaign._plan_offers()
        return campaign.sudo(False)

    @classmethod
    def add_members(cls, campaign, partners, holdout=False, **values):
        return cls.Member.sudo().create(
            [
                {
                    "campaign_id": campaign.id,
                    "company_id": campaign.company_id.id,
                    "partner_id": partner.id,
                    "is_open": True,
                    "arm": "holdout" if holdout else "treatment",
                    "state": "holdout" if holdout else "planned",
                    "margin_before": 10.0,
                }
                | values
                for partner in partners
            ]
        )

    def deliver_by_job(self, day=TODAY, cron="cron_retention_deliver"):
        with freeze_time(datetime.combine(day, time(8))), self.enter_registry_test_mode():
            self.env.ref(f"customer_value.{cron}").method_direct_trigger()
        self.env.invalidate_all()

    def pricelist_of(self, partner, company=None):
        self.env.invalidate_all()
        return partner.with_company(company or self.company).specific_property_product_pricelist

    def letters(self, campaign):
        return self.members(campaign).mail_id
