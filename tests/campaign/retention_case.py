"""What the tests of campaigns share."""

from odoo import Command

from ..scoring.staff_case import StaffCase


class RetentionCase(StaffCase):
    """A company with people, an offer that costs nothing to make, and short ways to campaigns. It is ``TODAY``."""

    staff = "retention"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Campaign = cls.env["customer.retention.campaign"]
        cls.Member = cls.env["customer.retention.member"]
        cls.seeds_found = {}
        cls.offer = cls.env["customer.retention.offer"].create(
            {"name": "Call", "kind": "call", "company_id": cls.company.id}
        )

    @classmethod
    def buyers(cls, count, name="Buyer", **values):
        """So many customers, who bought in the spring with margins of 1, 2, 3 …; their account manager is the user."""
        partners = cls.env["res.partner"].create(
            [{"name": f"{name} {number}", "user_id": cls.user.id} | values for number in range(1, count + 1)]
        )
        for number, partner in enumerate(partners, start=1):
            cls.order(partner, "2025-05-15", 10.0 + number, cost=10.0)
        return partners

    @classmethod
    def campaign(cls, partners=None, **values):
        """A draft for ``partners``, without a control group unless told."""
        values = {
            "name": "Campaign under test",
            "company_id": cls.company.id,
            "offer_id": cls.offer.id,
            "user_id": cls.manager.id,
            "audience_model": "res.partner",
            "audience_domain": repr([("id", "in", partners.ids)]) if partners is not None else False,
            "seed": "seed",
        } | values
        if "user_ids" in values:
            values["user_ids"] = [Command.set(values["user_ids"].ids)]
        return cls.Campaign.create(values)

    @classmethod
    def started(cls, partners, **values):
        campaign = cls.campaign(partners, **values)
        campaign.action_start()
        return campaign

    @classmethod
    def members(cls, campaign, *domain):
        cls.env.invalidate_all()
        return cls.Member.search([("campaign_id", "=", campaign.id), *domain], order="partner_id")

    @classmethod
    def member(cls, campaign, partner):
        return cls.members(campaign, ("partner_id", "=", partner.id))

    @classmethod
    def complaint(cls, partner, **values):
        return cls.ticket(partner, is_complaint=True, **values)

    @classmethod
    def merge(cls, partners, into):
        cls.env["base.partner.merge.automatic.wizard"].create({})._merge(partners.ids, into)
        cls.env.invalidate_all()

    def seed_with(self, partners, holdout, **values):
        """A started campaign of ``partners`` whose control group is exactly ``holdout``, found by trying seeds.

        The seed that was found is tried first from then on: with it, the same customers are drawn again.
        """
        key = (partners._ids, holdout._ids)
        known = self.seeds_found.get(key)
        for seed in [*([known] if known else []), *(f"seed {number}" for number in range(200))]:
            with self.env.cr.savepoint() as savepoint:
                campaign = self.started(partners, seed=seed, **values)
                if self.members(campaign, ("arm", "=", "holdout")).partner_id == holdout:
                    self.seeds_found[key] = seed
                    return campaign
                savepoint.rollback()
            self.env.invalidate_all()
        raise AssertionError("No seed leaves exactly these alone")
