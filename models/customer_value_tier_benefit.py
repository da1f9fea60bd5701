from odoo import api, fields, models


class CustomerValueTier(models.Model):
    """What a tier gives its customers. Each benefit is optional.

    Price list, payment terms and account manager are written on the customer: how they are given and taken back is told
    in ``customer.value.grant``. The others act where they are needed: on a new quotation, order, opportunity or ticket.
    """

    _inherit = "customer.value.tier"
    _check_company_auto = True

    pricelist_id = fields.Many2one("product.pricelist", check_company=True, help="Price list of the tier's customers.")
    payment_term_id = fields.Many2one("account.payment.term", string="Payment Terms", check_company=True)
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        help="Team of new quotations and opportunities of these customers, unless one is chosen.",
    )
    delivery_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")],
        default="0",
        required=True,
        help="Urgent: deliveries of orders confirmed from now on are starred, and reserved before others.",
    )
    helpdesk_team_id = fields.Many2one(
        "helpdesk.ticket.team", check_company=True, help="Team of tickets of these customers, unless one is chosen."
    )
    helpdesk_priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        string="Ticket Priority",
        help="Tickets of these customers start with this priority at least.",
    )
    # Not copied: these belong to the tier that customers have, whatever version of the policy is in force. A draft
    # would open or close a program before it is activated.
    sla_ids = fields.Many2many(
        "helpdesk.sla",
        string="Service Levels",
        copy=False,
        check_company=True,
        help="Service levels that only this tier, and others named there, may have. Those for everybody apply anyway.",
    )
    loyalty_program_ids = fields.Many2many(
        "loyalty.program",
        string="Loyalty Programs",
        copy=False,
        check_company=True,
        groups="sales_team.group_sale_salesman",
        help="Programs that only customers of this tier, and of others named there, may use.",
    )
    benefit_text = fields.Html(
        string="In the Customer's Words", translate=True, help="Shown to the customer: what the tier gives him."
    )
    limit_discount = fields.Boolean(
        string="Limit Discounts",
        help="A higher discount on an order of these customers needs a sales manager's approval.",
    )
    maximum_discount = fields.Float(string="Maximum Discount (%)", digits="Discount")

    _maximum_discount = models.Constraint(
        "CHECK(maximum_discount IS NULL OR maximum_discount BETWEEN 0 AND 100)",
        "The maximum discount of a tier lies between 0% and 100%.",
    )

    policy_state = fields.Selection(related="policy_id.state", string="Policy State")
    has_stock = fields.Boolean(compute="_compute_hosts")
    pricelist_by_level = fields.Boolean(compute="_compute_hosts")
    archived_benefits = fields.Char(compute="_compute_archived_benefits")

    @api.depends("company_id.value_pricelist_source")
    def _compute_hosts(self):
        self.has_stock = "picking_ids" in self.env["sale.order"]._fields
        for tier in self:
            tier.pricelist_by_level = bool(tier.company_id) and not tier.company_id._tier_writes_pricelist()

    @api.depends("pricelist_id.active", "payment_term_id.active", "user_id.active")
    def _compute_archived_benefits(self):
        for tier in self:
            benefits = [tier[name] for name in self.env["customer.value.grant"]._get_benefits()]
            archived = [value.display_name for value in benefits if value and not value.active]
            tier.archived_benefits = ", ".join(archived)

    def _get_offers(self):
        """What is written on customers of this tier, or of none; an archived record is not given.

        :return: ``{benefit: record, maybe empty}``
        """
        offers = {name: self[name] for name in self.env["customer.value.grant"]._get_benefits()}
        offers = {name: value.filtered("active") for name, value in offers.items()}
        if self and not self.company_id._tier_writes_pricelist():
            offers["pricelist_id"] = offers["pricelist_id"].browse()
        return offers

    def _has_benefits(self):
        """Whether anything is written on the customers of this tier."""
        self.ensure_one()
        return any(self._get_offers().values())

    @api.model
    def _get_bulk_references(self):
        # a foreign key would take the grants with the tier, and nobody could take the benefits back
        references = super()._get_bulk_references()
        return references | {"customer.value.grant": ("tier_id",)}
