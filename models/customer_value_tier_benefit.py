from odoo import fields, models


class CustomerValueTier(models.Model):
    """What a tier gives its customers. Each benefit is optional.

    How they are given and taken back is told in ``customer.value.grant``.
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
    helpdesk_team_id = fields.Many2one(
        "helpdesk.ticket.team", check_company=True, help="Team of tickets of these customers, unless one is chosen."
    )
    helpdesk_priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        string="Ticket Priority",
        help="Tickets of these customers start with this priority at least.",
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

    def _has_benefits(self):
        """Whether anything is written on the customers of this tier."""
        self.ensure_one()
        return any(self[name] for name in self.env["customer.value.grant"]._get_benefits())
