from collections import defaultdict

from odoo import api, models


class CustomerValueGrant(models.Model):
    """What tiers have given stays with the customer when a contact leaves him."""

    _inherit = "customer.value.grant"

    @api.model
    def _prepare_move(self, partners):
        """``partners`` are about to get another company. Call with sudo.

        They would take along what the tier of the one they leave has given, and Odoo puts the price list that a contact
        has on his new company: it is taken off for the moment.

        :return: function that puts it on again once they have moved
        """
        Partner = self.env["res.partner"]
        names = {
            benefit: name for benefit, name in self._get_benefits().items() if name in Partner._commercial_fields()
        }
        grants = self.search(
            [
                ("partner_id", "in", (partners | partners.commercial_partner_id).ids),
                ("benefit", "in", list(names)),
            ]
        )
        standing = grants.filtered(
            lambda grant: (
                grant.partner_id.commercial_partner_id == grant.partner_id
                and grant.partner_id.with_company(grant.company_id)[names[grant.benefit]].id == grant.given_id
            )
        )
        existing = {benefit: self._get_existing(held) for benefit, held in standing.grouped("benefit").items()}

        def write(grants, previous):
            groups = defaultdict(Partner.browse)
            for grant in grants:
                value = grant.previous_id if previous else grant.given_id
                value = value if value in existing[grant.benefit] else False
                groups[grant.company_id, names[grant.benefit], value] |= grant.partner_id
            for (company, name, value), customers in groups.items():
                customers.with_company(company).with_context(tracking_disable=True).write({name: value})

        def finish():
            contacts = standing.filtered(lambda grant: grant.partner_id.commercial_partner_id != grant.partner_id)
            write(standing - contacts, previous=False)
            for grant in contacts:
                # who has become a contact has what his company has; Odoo sees to that only where the parent changes
                contact = grant.partner_id.with_company(grant.company_id).with_context(tracking_disable=True)
                name = names[grant.benefit]
                contact[name] = contact.commercial_partner_id[name]
            contacts.unlink()

        write(standing, previous=True)
        return finish


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_changing_company(self, vals):
        """Those who belong to another company, or become one, once ``vals`` are written.

        Looks at the values first: whatever else is written to partners costs no query.
        """
        changing = {"parent_id", "is_company"} & vals.keys()
        if not changing:
            return self.browse()

        def is_changing(partner):
            present = {"parent_id": partner.parent_id.id, "is_company": partner.is_company}
            return any(vals[name] != present[name] for name in changing)

        return self.filtered(is_changing)

    def write(self, vals):
        """Costs a query where a contact gets another company, and nothing otherwise."""
        moving = self._get_changing_company(vals)
        if not moving:
            return super().write(vals)
        # sudo: who edits contacts need not see what tiers give
        finish = self.env["customer.value.grant"].sudo()._prepare_move(moving)
        result = super().write(vals)
        finish()
        return result
