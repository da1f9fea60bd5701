from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...analytics.network.referral import chain_sql
from ..core.groups import VALUE_USER
from .customer_referral_value import QUADRANTS


class ResPartner(models.Model):
    """Who recommended us to a customer. It is said of commercial entities, and names commercial entities.

    Referrals never go round in a circle, and nobody refers themselves, their contacts or their branches.
    """

    _inherit = "res.partner"

    referrer_id = fields.Many2one(
        "res.partner",
        string="Referred By",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        tracking=True,
        groups=VALUE_USER,
        help="The customer who recommended us. A contact counts for their company.",
    )
    referral_anyway = fields.Boolean(
        string="Would Have Come Anyway",
        copy=False,
        tracking=True,
        groups=VALUE_USER,
        help="The customer would have come without the referral as well: it only saved the cost of winning them.",
    )
    referral_ids = fields.One2many("res.partner", "referrer_id", string="Referrals", readonly=True, groups=VALUE_USER)
    referral_count = fields.Integer(
        string="Referred Customers", compute="_compute_beside", compute_sudo=True, groups=VALUE_USER
    )
    referral_value_id = fields.Many2one(
        "customer.referral.value",
        compute="_compute_beside",
        search="_search_referral_value_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    referral_quadrant = fields.Selection(
        QUADRANTS,
        string="Referral Group",
        compute="_compute_beside",
        search="_search_referral_quadrant",
        compute_sudo=True,
        groups=VALUE_USER,
    )

    def _get_beside(self):
        parts = super()._get_beside()
        for name, column in (("referral_value_id", "id"), ("referral_quadrant", "quadrant")):
            parts[name] = self._kept_beside("customer.referral.value", column)
        if self._has_field_access(self._fields["referrer_id"], "read"):
            query = self.env["res.partner"].with_context(active_test=True)._search([("referrer_id", "!=", False)])
            referrer = SQL.identifier(self._table, "referrer_id")
            query.groupby = referrer
            parts["referral_count"] = ("commercial_partner_id", query.select(referrer, SQL("count(*)")))
        return parts

    def _get_beside_depends(self):
        return (*super()._get_beside_depends(), "referral_ids")

    @api.model
    def _search_referral_value_id(self, operator, value):
        return self._search_by_kept("referral_value_id", "customer.referral.value", "id", operator, value)

    @api.model
    def _search_referral_quadrant(self, operator, value):
        return self._search_by_kept("referral_quadrant", "customer.referral.value", "quadrant", operator, value)

    # -- what can be entered -------------------------------------------------------------------------------------------

    @api.onchange("referrer_id")
    def _onchange_referrer_id(self):
        """A contact counts for their company."""
        if self.referrer_id:
            self.referrer_id = self.referrer_id.commercial_partner_id
        else:
            self.referral_anyway = False

    @api.constrains("referrer_id", "company_id")
    def _check_referrer(self):
        # sudo: referrals may lead to customers whom the user does not see, and must not go round there either
        referred = self.sudo().filtered("referrer_id")
        for partner in referred:
            if obstacle := partner._get_referral_obstacle(partner.referrer_id):
                raise ValidationError(obstacle)
        # of those who referred somebody, the company may have changed
        everybody = self.sudo().with_context(active_test=False)
        for partner in everybody.search([("referrer_id", "in", self.ids), ("id", "not in", self.ids)]):
            if obstacle := partner._get_company_obstacle(partner.referrer_id):
                raise ValidationError(obstacle)
        circling = referred._find_referral_circle()
        if circling:
            partner = circling[0]
            raise ValidationError(
                self.env._(
                    "%(customer)s cannot be referred by %(referrer)s, who was referred by %(customer)s, directly or "
                    "through others. Choose somebody else, or correct the earlier referral first.",
                    customer=partner.name,
                    referrer=partner.referrer_id.name,
                )
            )

    def _find_referral_circle(self):
        """Those of these customers whose referrals lead back to themselves.

        Everybody above them is locked against changes: where somebody else has entered a referral among them meanwhile,
        the database refuses one of both, and Odoo tries again with what the other one has left.
        """
        if not self:
            return self
        self.env["res.partner"].flush_model(["referrer_id"])
        rows = self.env.execute_query(chain_sql(self.ids))
        above = sorted({partner_id for _start, partner_id in rows})
        if above:
            self.env.cr.execute("SELECT FROM res_partner WHERE id = ANY(%s) ORDER BY id FOR SHARE", [above])
        return self.browse(sorted(start for start, partner_id in rows if start == partner_id))

    def _get_referral_obstacle(self, referrer):
        """Why this customer cannot have been referred by ``referrer``; circles are looked for elsewhere.

        :return: sentence in the user's language, or False
        """
        self.ensure_one()
        if self != self.commercial_partner_id:
            return self.env._(
                "%(contact)s belongs to %(company)s: enter there who referred them.",
                contact=self.name,
                company=self.commercial_partner_id.name,
            )
        if referrer.commercial_partner_id == self:
            return self.env._("%s cannot be referred by themselves or by their own contacts.", self.name)
        if referrer != referrer.commercial_partner_id:
            return self.env._(
                "%(contact)s belongs to %(company)s: choose %(company)s as the referrer.",
                contact=referrer.name,
                company=referrer.commercial_partner_id.name,
            )
        if self._get_referral_root() == referrer._get_referral_root():
            return self.env._(
                "%(customer)s and %(referrer)s belong to the same group of companies: that is no referral.",
                customer=self.name,
                referrer=referrer.name,
            )
        return self._get_company_obstacle(referrer)

    def _get_company_obstacle(self, referrer):
        """Why not everybody who sees this customer would see ``referrer``; False if they do."""
        company = referrer.company_id
        if company and company not in (self.company_id | self.company_id.parent_ids):
            return self.env._(
                "%(referrer)s is a contact of %(company)s alone, and cannot be the referrer of %(customer)s, whom "
                "other companies see as well. Remove the company from the referrer, or enter it on the customer.",
                referrer=referrer.name,
                company=company.name,
                customer=self.name,
            )
        return False

    def _get_referral_root(self):
        top = self
        while top.parent_id:
            top = top.parent_id
        return top

    def _take_referrer(self, referrer, anyway):
        """Enter who referred this customer, if nobody is named yet and it can be so. Call with sudo.

        :return: why it cannot be so (sentence), or False
        """
        self.ensure_one()
        customer, referrer = self.commercial_partner_id, referrer.commercial_partner_id
        if not referrer or customer.referrer_id:
            return False
        try:
            with self.env.cr.savepoint():
                customer.write({"referrer_id": referrer.id, "referral_anyway": anyway})
        except ValidationError as error:
            return error.args[0]
        return False

    # -- customers become others ---------------------------------------------------------------------------------------

    def _cut_referral(self, reason):
        """Forget who referred this customer, and say so in the chatter. Call with sudo."""
        self.ensure_one()
        note = self.env._(
            "The referral by %(referrer)s was removed: %(reason)s.", referrer=self.referrer_id.name, reason=reason
        )
        self.write({"referrer_id": False, "referral_anyway": False})
        self.message_post(body=note)

    def _settle_referrals(self):
        """Give referrals to the companies that these partners belong to now, and cut what cannot be. Call with sudo."""
        self.env.flush_all()
        for partner in self:
            customer = partner.commercial_partner_id
            brought = self.with_context(active_test=False).search([("referrer_id", "=", partner.id)])
            if partner != customer:
                if partner.referrer_id:
                    partner._hand_over_referrer(customer)
                for other in brought:
                    other._give_referrer(customer)
            for other in (customer | brought).filtered("referrer_id"):
                if other._get_referral_obstacle(other.referrer_id):
                    other._cut_referral(self.env._("both belong together now"))

    def _hand_over_referrer(self, customer):
        referrer, anyway = self.referrer_id, self.referral_anyway
        self.write({"referrer_id": False, "referral_anyway": False})
        customer._take_referrer(referrer, anyway)

    def _give_referrer(self, referrer):
        """Name ``referrer`` in place of one who belongs to them now; if that cannot be, nobody."""
        if self.commercial_partner_id == referrer:
            self._cut_referral(self.env._("both belong together now"))
            return
        try:
            with self.env.cr.savepoint():
                self.referrer_id = referrer
        except ValidationError:
            self.invalidate_recordset(["referrer_id"])
            self._cut_referral(self.env._("it would lead back to the customer themselves"))

    # -- what is opened ------------------------------------------------------------------------------------------------

    def action_view_referrals(self):
        """The customers whom this one referred."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_referred")
        return action | {
            "domain": [("referrer_id", "=", self.commercial_partner_id.id)],
            "context": {"default_referrer_id": self.commercial_partner_id.id},
        }

    def _open_referrals(self, company):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_referral_report")
        return action | {
            "domain": [("referrer_id", "=", self.id), ("company_id", "=", company.id)],
            "context": {},
        }
