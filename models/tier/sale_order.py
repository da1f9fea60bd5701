from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_USER, check_value_company
from ..core.together import look_ahead, search_ahead

_lt = LazyTranslate(__name__)

AT_CONFIRMATION = _lt("The app records the tier by itself when the order is confirmed.")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    value_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Customer Tier",
        compute="_compute_value",
        search="_search_value_tier_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    value_score = fields.Float(
        string="Customer Score", digits=(5, 2), compute="_compute_value", compute_sudo=True, groups=VALUE_USER
    )
    confirmed_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Tier at Confirmation",
        readonly=True,
        copy=False,
        groups=VALUE_USER,
        help="The customer's tier when the order was confirmed. Later changes do not affect it.",
        workflow=AT_CONFIRMATION,
    )

    # what prices are compared with, whatever pricelist stands on the order
    value_pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Own Pricelist",
        compute="_compute_value_pricelist",
        compute_sudo=True,
        groups=fields.NO_ACCESS,
    )

    @api.depends("partner_id", "company_id")
    def _compute_value(self):
        for company, orders in self.grouped("company_id").items():
            # one batch for all partners of a company
            partners = orders.partner_id.with_company(company)
            partners.fetch(["commercial_partner_id"])
            for order in orders:
                partner = order.partner_id.with_company(company).with_prefetch(partners._prefetch_ids)
                order.value_tier_id = partner.value_tier_id
                order.value_score = partner.value_score

    @api.depends("partner_id.property_product_pricelist", "company_id")
    def _compute_value_pricelist(self):
        Chosen = self.env["customer.value.pricelist"]
        for company, orders in self.grouped("company_id").items():
            rights = Chosen._get_rights(orders.partner_id.with_company(company))
            for order in orders:
                order.value_pricelist_id = rights.get(order.partner_id.id)

    @api.model
    def _search_value_tier_id(self, operator, value):
        if operator not in ("in", "any", "ilike"):
            return NotImplemented
        self._check_field_access(self._fields["value_tier_id"], "read")
        domain = fields.Domain.FALSE
        for company in self.env.companies:
            tiers = self.env["res.partner"].sudo().with_company(company)._search_by_score("tier_id", operator, value)
            partners = self.env["res.partner"].with_context(active_test=False)._search(tiers)
            domain |= fields.Domain("company_id", "=", company.id) & fields.Domain("partner_id", "in", partners)
        return domain

    def _action_confirm(self):
        result = super()._action_confirm()
        self._keep_tiers()
        self._hurry_deliveries()
        return result

    def _keep_tiers(self):
        """Keep the tiers of the customers, and withdraw what asks for an approval: in one statement for all orders."""
        self.env["customer.value.approval"].flush_model(["order_id", "state"])
        # sudo: a salesperson or the customer confirms, and the tier is kept for all
        orders = self.sudo()
        # customers are known since the state was written: joined here, they took as long as all the rest
        customers = {order: order.partner_id.commercial_partner_id.id for order in orders}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, company_id, tier_id, NULL::int FROM customer_value_score WHERE partner_id = ANY(%s)
                 UNION ALL
                SELECT NULL, NULL, NULL, order_id FROM customer_value_approval
                 WHERE order_id = ANY(%s) AND state = 'pending'
                """,
                list(set(customers.values()) - {False}),
                self.ids,
            )
        )
        tiers = {(partner_id, company_id): tier_id for partner_id, company_id, tier_id, _order_id in rows if partner_id}
        # nothing follows from the tier: it is written as computed fields are, along with the state
        with self.env.protecting([self._fields["confirmed_tier_id"]], self):
            for order, customer_id in customers.items():
                order.confirmed_tier_id = tiers.get((customer_id, order.company_id.id))
        self.browse(order_id for *_score, order_id in rows if order_id)._withdraw_approvals()

    # -- benefits of the customer's tier: sales team -------------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_team_id(self):
        """A new quotation goes to the sales team of the customer's tier, unless a team is given.

        On a saved one a change of salesperson chooses the team as ever: somebody may have set it manually.
        """
        result = super()._compute_team_id()
        for order in self:
            if order.partner_id != order._origin.partner_id or not order._origin.id:
                # sudo: the customer's tier counts whoever enters the order, the customer included
                order.team_id = order.sudo().value_tier_id._giving().team_id.sudo(False) or order.team_id
        return result

    # -- benefits of the customer's tier: delivery ---------------------------------------------------------------------

    def _hurry_deliveries(self):
        """Deliveries to customers whose tier comes first are urgent."""
        if "picking_ids" in self._fields:
            # sudo: salespeople and customers confirm orders, and neither edits deliveries
            tier_ids = self.env["customer.value.tier"]._get_urgent_ids()
            urgent = self.sudo().filtered(lambda order: order.confirmed_tier_id.id in tier_ids)
            urgent = urgent.filtered(lambda order: order.confirmed_tier_id._giving())
            open_pickings = urgent.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
            open_pickings.priority = "1"

    # -- benefits of the customer's tier: loyalty programs -------------------------------------------------------------

    def _get_program_domain(self):
        return [*super()._get_program_domain(), *self._without_closed("id")]

    def _get_trigger_domain(self):
        return [*super()._get_trigger_domain(), *self._without_closed("program_id")]

    def _without_closed(self, name):
        """:return: a list of leaves, as other addons expect that extend it; none to optimize where nothing is closed"""
        closed = self._get_closed_programs()
        return [(name, "not in", closed.ids)] if closed else []

    def _get_closed_programs(self):
        """Loyalty programs that are kept for other tiers than the customer's."""
        # sudo: as in _compute_team_id
        return self.env["loyalty.program"]._get_closed(lambda: self.sudo().value_tier_id._giving())

    def _try_apply_code(self, code):
        """Say why a code that exists is refused to customers of other tiers."""
        status = super()._try_apply_code(code)
        if "not_found" in status and self._is_code_for_others(code):
            return {"error": self.env._("The code %s is reserved for customers of another tier.", code)}
        return status

    def _is_code_for_others(self, code):
        Program = self.env["loyalty.program"]
        company = Program._check_company_domain([self.company_id.id, self.company_id.parent_id.id])
        programs = self._get_closed_programs().filtered_domain(Domain("sale_ok", "=", True) & Domain(company))
        of_programs = Domain("program_id", "in", programs.ids) & Domain("code", "=", code)
        # sudo: the customer types codes, and may not read those of others; nothing is told but this
        rules, cards = self.env["loyalty.rule"].sudo(), self.env["loyalty.card"].sudo()
        return bool(rules.search_count(of_programs, limit=1) or cards.search_count(of_programs, limit=1))

    # -- the panel on the quotation ------------------------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_value_panel(self, partner_id, company_id=False):
        """What a salesperson should know of the customer while writing a quotation, saved or not.

        What is unsettled is seen by everybody with the panel, and opened by those who may read the documents.

        :param int partner_id: customer or contact
        :param int company_id: company of the order; the current one if not given
        :return: dict with ``partner_id``, ``customer``, ``is_contact``, ``company_id``, ``currency_id``, ``can_run``,
            ``score_id`` (False: no score yet), ``unsettled`` (as of ``res.partner._get_unsettled``), where something is
            known ``next_step`` (as of ``res.partner._get_next_steps``) and, with a score, ``score``,
            ``previous_score``, ``tier``, ``tier_color`` and ``trend``
        :raise AccessError: the user may not see customer values, the customer or the company
        """
        company = check_value_company(self.env, company_id)
        partner = self.env["res.partner"].browse(partner_id).with_company(company)
        partner.check_access("read")
        partner = look_ahead(partner, partner._get_searches_ahead(company))
        customer = partner.commercial_partner_id
        score = search_ahead(partner.env["customer.value.score"], customer._get_kept_domain(company))
        unsettled = partner._get_unsettled(company)
        values = {
            "partner_id": partner.id,
            "customer": customer.sudo().display_name,
            "is_contact": customer != partner,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "can_run": self.env["customer.value.run"].has_access("create"),
            "score_id": score.id,
            "unsettled": unsettled,
        }
        if step := partner._get_next_steps(company, unsettled).get(partner.id):
            values["next_step"] = step
        if not score:
            return values
        return values | {
            "score": score.score,
            "previous_score": score.previous_score,
            "tier": score.tier_id.sudo().name or "",
            "tier_color": score.tier_id.sudo().color,
            "trend": score._get_trend(),
        }
