from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..core.differing import write_differing
from .customer_value_grant import PRICELIST

_lt = LazyTranslate(__name__)

WHO_CHOSE = _lt("The app records by itself which pricelist a salesperson has set on a customer.")


class CustomerValuePricelist(models.Model):
    """A pricelist that somebody who is no sales manager has set on a customer, and the one that is theirs by right.

    Prices of orders are compared with the latter, so that another pricelist is a discount like any other. Whatever
    stands on a customer without such a record is theirs by right: a tier or campaign has given it, a sales manager has
    set it, or it stood there before anybody asked. A record counts as long as its pricelist is the one that stands.
    """

    _name = "customer.value.pricelist"
    _description = "Pricelist Set by a Salesperson"
    _inherit = ["customer.value.workflow.record", "customer.succession.participant"]
    _succession_layer = 35
    _workflow = WHO_CHOSE

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    chosen_id = fields.Many2one(
        "product.pricelist", string="Pricelist Set", required=True, readonly=True, ondelete="cascade"
    )
    right_id = fields.Many2one(
        "product.pricelist",
        string="Own Pricelist",
        readonly=True,
        ondelete="set null",
        help="Pricelist below whatever tiers and campaigns give. Empty: that of the customer's country.",
    )
    replaced_id = fields.Many2one(
        "product.pricelist",
        string="Previous Pricelist",
        readonly=True,
        ondelete="set null",
        help="Pricelist that stood there. It counts as long as a tier or campaign gives it.",
    )

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _once = models.Constraint(
        "UNIQUE(partner_id, company_id)", "The pricelist of a customer is recorded only once per company."
    )

    # -- what is theirs by right ---------------------------------------------------------------------------------------

    @api.model
    def _get_chosen(self, partners):
        """The records that count for ``partners``, in the company of their environment. Call with sudo.

        :return: ``{id of partner: record}``, of those who have one; contacts have that of their company
        """
        company, customers = partners.env.company, partners.commercial_partner_id
        rows = self.search([("partner_id", "in", (partners | customers).ids), ("company_id", "=", company.id)])
        chosen = {(row.partner_id.id, row.chosen_id): row for row in rows}
        found = {}
        for partner in partners if chosen else ():
            standing = self._get_standing(partner)
            own = chosen.get((partner.id, standing))
            if row := own or chosen.get((partner.commercial_partner_id.id, standing)):
                found[partner.id] = row
        return found

    @api.model
    def _get_rights(self, partners):
        """The pricelists that prices are compared with. Call with sudo.

        :param partners: in the environment of the company that sells
        :return: ``{id of partner: product.pricelist}``
        """
        chosen = self._get_chosen(partners)
        given = self._get_given(partners.browse(chosen)) if chosen else {}
        rights = {}
        for partner in partners:
            rights[partner.id] = partner.property_product_pricelist
            if row := chosen.get(partner.id):
                layers = given.get(partner.commercial_partner_id.id, ())
                promised = row.replaced_id.id in [given_id for given_id, _previous_id in layers]
                rights[partner.id] = row.replaced_id if promised else row.right_id or self._get_default(partner)
        return rights

    @api.model
    def _get_standing(self, partner):
        return partner[PRICELIST] or partner.property_product_pricelist

    @api.model
    def _get_default(self, partner):
        """What a customer has on whom no pricelist was set."""
        lists = self.env["product.pricelist"].with_company(partner.env.company)
        return lists._get_country_pricelist_multi(partner.country_id.ids).get(partner.country_id.id) or lists.browse()

    @api.model
    def _get_given(self, partners):
        """The pricelists that tiers and the like have put on the commercial entities of ``partners``. Call with sudo.

        Extended by others, which put theirs on top.

        :return: ``{id of customer: [(id of the pricelist given, id of the one before or 0)]}``, the uppermost first
        """
        grants = self.env["customer.value.grant"].search(
            [
                ("partner_id", "in", partners.commercial_partner_id.ids),
                ("company_id", "=", partners.env.company.id),
                ("benefit", "=", "pricelist_id"),
            ]
        )
        return {grant.partner_id.id: [(grant.given_id, grant.previous_id)] for grant in grants}

    # -- what somebody sets --------------------------------------------------------------------------------------------

    @api.model
    def _read_state(self, partners):
        """What :meth:`_note` has to know of ``partners`` in the company of their environment. Call with sudo.

        :return: ``{id of partner: (pricelist that stands, what a record of it says, commercial entity)}``
        """
        chosen, given = self._get_chosen(partners), self._get_given(partners)
        state = {}
        for partner in partners:
            standing, customer = self._get_standing(partner), partner.commercial_partner_id
            if row := chosen.get(partner.id):
                right, replaced = row.right_id, row.replaced_id
            else:
                right = replaced = standing
                for given_id, previous_id in given.get(customer.id, ()):
                    if right.id == given_id:
                        right = right.browse(previous_id or ()).exists()
            right = right or self._get_default(partner)
            state[partner.id] = standing, {"right_id": right.id, "replaced_id": replaced.id}, customer
        return state

    @api.model
    def _note(self, partners, before):
        """Remember what a salesperson has just set. Call with sudo.

        :param dict before: as of :meth:`_read_state`; new partners are not in it. They, and whoever becomes a customer
            of their own, have their default by right: Odoo leaves the latter the pricelist of the company that they
            were a contact of
        """
        company = partners.env.company
        rows = self.search([("partner_id", "in", partners.ids), ("company_id", "=", company.id)])
        rows = rows.grouped("partner_id")
        given = self._get_given(partners)
        for partner in partners:
            standing, customer = self._get_standing(partner), partner.commercial_partner_id
            was, by_right, belonged = before.get(partner.id, (None, None, None))
            if not by_right or (partner == customer != belonged):
                was = self._get_default(partner)
                by_right = {"right_id": was.id, "replaced_id": was.id}
            if standing == was or (customer != partner and self._get_standing(customer) == standing):
                continue
            row = rows.get(partner, self.browse())
            layers = given.get(customer.id, ())
            if not standing or standing.id in (by_right["right_id"], *(given_id for given_id, _before in layers)):
                row.unlink()
                continue
            if row:
                write_differing(row, by_right | {"chosen_id": standing.id})
            else:
                key = {"partner_id": partner.id, "company_id": company.id}
                row = self.create([by_right | key | {"chosen_id": standing.id}])
            row._tell_noted()

    @api.model
    def _settle(self, partners, before):
        """A sales manager has set other pricelists. Parameters as of :meth:`_note`."""
        set_now = partners.filtered(lambda partner: self._get_standing(partner) != before[partner.id][0])
        company = partners.env.company
        self.search([("partner_id", "in", set_now.ids), ("company_id", "=", company.id)]).unlink()

    def _tell_noted(self):
        """The chatter says so where there are limits; elsewhere it makes no difference."""
        self.ensure_one()
        if self.env["customer.value.policy"]._get_order_rules(self.company_id.id).limited:
            self.partner_id._message_log(body=Markup("<p>%s</p>") % self._describe())

    def _describe(self):
        """Call with sudo."""
        self.ensure_one()
        return self.env._(
            "%(user)s has set the pricelist %(chosen)s on the customer. Until a sales manager confirms it, prices on "
            "orders are compared with %(right)s.",
            user=self.write_uid.name,
            chosen=self.chosen_id.display_name,
            right=self._get_rights(self.partner_id.with_company(self.company_id))[self.partner_id.id].display_name
            or self.env._("the sales prices"),
        )

    def _confirm(self):
        """What was set is theirs by right from now on. Call with sudo."""
        for row in self:
            text = self.env._("The pricelist %s was confirmed.", row.chosen_id.display_name)
            row.partner_id._message_log(body=Markup("<p>%s</p>") % text)
        self.unlink()

    @api.model
    def _before_merge(self, partners):
        """Of several for one company the last one is kept; the others would block the merge."""
        known = self.search([("partner_id", "in", partners.ids)])
        for rows in known.grouped("company_id").values():
            (rows - rows.sorted("write_date")[-1:]).unlink()
        self.env.flush_all()
