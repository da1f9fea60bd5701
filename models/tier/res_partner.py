from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.groups import VALUE_USER, check_group
from ..core.together import Search
from .customer_value_grant import PRICELIST
from .sale_order_approval import APPROVER, SELLER

# Fields that set the pricelist of a customer; levels of the addon partnership bring theirs along
SETS_PRICELIST = {"property_product_pricelist", PRICELIST, "grade_id"}


class ResPartner(models.Model):
    """The club that a customer is a member of, and the pricelist that is theirs by right."""

    _inherit = "res.partner"

    value_membership_id = fields.Many2one(
        "customer.value.membership",
        string="Membership",
        compute="_compute_beside",
        search="_search_value_membership_id",
        compute_sudo=True,
        groups=VALUE_USER,
        help="Membership of the customer in a club of the current company.",
    )

    value_chosen_pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Pricelist Set by a Salesperson",
        compute="_compute_beside",
        compute_sudo=True,
        groups=SELLER,
    )
    value_right_pricelist_id = fields.Many2one(
        "product.pricelist", string="Own Pricelist", compute="_compute_value_right_pricelist", groups=SELLER
    )

    def _get_beside(self):
        active = [("state", "=", "active")]
        return super()._get_beside() | {
            "value_membership_id": self._kept_beside("customer.value.membership", domain=active),
            "value_chosen_pricelist_id": self._kept_beside("customer.value.pricelist", "chosen_id"),
        }

    @api.model
    def _search_value_membership_id(self, operator, value):
        active = [("state", "=", "active")]
        return self._search_by_kept(
            "value_membership_id", "customer.value.membership", "id", operator, value, domain=active
        )

    def _get_searches_ahead(self, company):
        # sudo: as in _get_tier_until of the score
        Membership = self.env["customer.value.membership"].sudo()
        active = Membership._get_active_domain(self.commercial_partner_id, company)
        return [*super()._get_searches_ahead(company), Search(Membership, active)]

    # -- the pricelist that is theirs by right -------------------------------------------------------------------------

    @api.depends("value_chosen_pricelist_id", "property_product_pricelist")
    @api.depends_context("company")
    def _compute_value_right_pricelist(self):
        """Asks only where a salesperson has set one."""
        self.value_right_pricelist_id = False
        if chosen := self.filtered("value_chosen_pricelist_id"):
            # sudo: what is theirs by right is no secret to those who sell to them
            rights = self.env["customer.value.pricelist"].sudo()._get_rights(chosen.sudo())
            for partner in chosen:
                partner.value_right_pricelist_id = rights[partner.id]

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if not self._sets_prices() and (listed := partners.filtered(PRICELIST)):
            # sudo: the app keeps the records itself
            self.env["customer.value.pricelist"].sudo()._note(listed.sudo(), {})
        return partners

    def write(self, vals):
        """Remember which pricelist is theirs by right where somebody else than a sales manager sets another."""
        moving = self.browse() if self._sets_prices() else self._get_changing_company(vals)
        if self.env.su or not (SETS_PRICELIST & vals.keys() or moving):
            return super().write(vals)
        # sudo: Odoo writes the pricelists of all companies on contacts that get another company
        companies = self.env["res.company"].sudo().search([("active", "=", True)]) if moving else self.env.company
        with self._watch_pricelists(companies):
            return super().write(vals)

    @contextmanager
    def _watch_pricelists(self, companies):
        """What sales managers set within is theirs by right, what others set is remembered."""
        # sudo: the app keeps the records itself
        Chosen = self.env["customer.value.pricelist"].sudo()
        before = []
        for company in companies:
            partners = self.sudo().with_company(company)
            before.append((partners, Chosen._read_state(partners)))
        yield
        for partners, state in before:
            if self._sets_prices():
                Chosen._settle(partners, state)
            else:
                Chosen._note(partners, state)

    def _sets_prices(self):
        """Whether what the user sets on customers is theirs by right. Code that takes all rights has decided."""
        return self.env.su or self.env.user.has_group(APPROVER)

    def action_confirm_pricelist(self):
        """The pricelist that a salesperson has set on the customer is theirs by right from now on.

        :raise AccessError: the user is no sales manager, or may not edit the customer
        :raise UserError: there is nothing to confirm
        """
        check_group(self.env, APPROVER)
        self.check_access("write")
        # sudo: the app keeps the records itself
        Chosen = self.env["customer.value.pricelist"].sudo()
        chosen = Chosen.browse({row.id for row in Chosen._get_chosen(self.sudo()).values()})
        if not chosen:
            raise UserError(self.env._("There is no pricelist to confirm."))
        chosen._confirm()
