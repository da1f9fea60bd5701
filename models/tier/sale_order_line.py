from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

WHO_PRICED = _lt("The app records by itself who has set prices.")
PRICED_BY = _lt("The app records by itself which lines stand as a program has made them.")

# What decides how much is given away on a line
PRICED = {"price_unit", "discount", "product_uom_qty", "product_id", "product_uom_id", "tax_ids", "order_id"}

# Stands in the context while programs, or costs charged on, write their lines. It is an object of this process, which
# nobody can send from outside.
BY_CODE = object()

BY_CODE_KEY = "customer_value_priced_by_code"


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "customer.value.workflow.record"]

    priced_by_ids = fields.Many2many(
        "res.users",
        "customer_value_line_priced_by_rel",
        copy=False,
        groups=fields.NO_ACCESS,
        workflow=WHO_PRICED,
        help="Users who have set prices, quantities or discounts of the line, apart from the one who created it.",
    )
    priced_by_code = fields.Boolean(
        copy=False,
        groups=fields.NO_ACCESS,
        workflow=PRICED_BY,
        help="The price was set by a loyalty program, or is a cost that was charged on.",
    )

    # -- who sets prices, and by what right ---------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: a confirmed order would give away more than has been approved"""
        orders = self.env["sale.order"].browse({vals["order_id"] for vals in vals_list if vals.get("order_id")})
        with orders._watch_terms():
            lines = super().create(vals_list)
            lines._note_priced()
        return lines

    def write(self, vals):
        """:raise UserError: a confirmed order would give away more than has been approved"""
        if not PRICED & vals.keys():
            return super().write(vals)
        orders = self.order_id | self.env["sale.order"].browse(vals.get("order_id") or ())
        with orders._watch_terms():
            result = super().write(vals)
            self._note_priced()
        return result

    def _note_priced(self):
        """Remember who has just set prices, and whether it was a program."""
        by_code = self.env.context.get(BY_CODE_KEY) is BY_CODE
        if self.env.su and not by_code:
            return
        # sudo: the fields are closed to everybody
        lines = self.sudo()
        lines.filtered(lambda line: line.priced_by_code != by_code).priced_by_code = by_code
        if by_code:
            return
        user = self.env.user
        others = lines.filtered(lambda line: line.create_uid != user and user not in line.priced_by_ids)
        others.priced_by_ids = [fields.Command.link(user.id)]
        pending = lines.order_id.value_approval_ids.filtered(lambda approval: approval.state == "pending")
        pending._add_proposers(user)

    def _get_price_authors(self):
        """:return: ``res.users``. Call with sudo."""
        return self.create_uid | self.priced_by_ids

    # -- what is given away -------------------------------------------------------------------------------------------

    def _lowers_order(self):
        """Whether the line takes money off the whole order: Odoo's discount lines and whatever is used like them.

        Rewards are given by their program. Goods of negative quantity are returned.
        """
        self.ensure_one()
        if self.display_type or self.priced_by_code or self.price_subtotal >= 0:
            return False
        return self._is_discount_line() or self.price_unit < 0 or self.product_id.type == "service"

    def _is_sold(self):
        """Whether the line counts: delivery costs what the carrier takes."""
        self.ensure_one()
        if self.display_type or self.priced_by_code or self.product_uom_qty <= 0 or self.price_unit < 0:
            return False
        delivery = "carrier_id" in self.order_id._fields and self.order_id.carrier_id.product_id
        return not delivery or self.product_id != delivery

    def _get_own_prices(self):
        """What the line would cost by the customer's own pricelist, whatever pricelist, price and discount stand.

        Which is their own is said in ``customer.value.pricelist``. Both are in the currency of the order.

        :return: unit price shown, and unit price after the discount that the pricelist shows
        """
        self.ensure_one()
        line = self.with_company(self.company_id)
        if line.product_type == "combo" or not line.product_id:
            return 0.0, 0.0
        if line.combo_item_id:
            shown, paid = line._get_linked_line()._compute_own_prices()
            price = line._get_combo_item_display_price()
            prices = (price, price * paid / shown if shown else price)
        else:
            prices = line._compute_own_prices()
        taxes = line.product_id.taxes_id._filter_taxes_by_company(line.company_id)
        return tuple(
            line.product_id._get_tax_included_unit_price_from_price(
                price, product_taxes=taxes, fiscal_position=line.order_id.fiscal_position_id
            )
            for price in prices
        )

    def _compute_own_prices(self):
        """As of :meth:`_get_own_prices`, before taxes are mapped."""
        pricelist = self.order_id.value_pricelist_id
        # rules have their prices in the currency of their pricelist, and take any other for that
        currency = pricelist.currency_id or self.currency_id
        terms = self._get_pricelist_kwargs() | {"date": self._get_price_date(), "currency": currency}
        product = self.product_id.with_context(**self._get_product_price_context())
        rule = self.env["product.pricelist.item"]
        if pricelist:
            rule = rule.browse(pricelist._get_product_rule(self.product_id, **terms))
        paid = shown = rule._compute_price(product=product, **terms)
        if rule._show_discount():
            shown = max(rule._compute_price_before_discount(product=product, **terms), paid)
        return tuple(
            currency._convert(price, self.currency_id, self.company_id, terms["date"], round=False)
            for price in (shown, paid)
        )

    def _get_net_share(self):
        """What is left of a price with the taxes of the line, in proportion to what is with those of the product.

        Other than 1 only where somebody has put taxes on the line that prices include, or has taken them off.
        """
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        usual = self.order_id.fiscal_position_id.map_tax(taxes)
        if usual == self.tax_ids or not any((usual | self.tax_ids).flatten_taxes_hierarchy().mapped("price_include")):
            return 1.0
        with_line, with_product = (
            some.with_context(round=False).compute_all(
                self.price_unit, self.currency_id, 1.0, self.product_id, self.order_id.partner_shipping_id
            )["total_excluded"]
            for some in (self.tax_ids, usual)
        )
        return with_line / with_product if with_product else 1.0

    def _get_price_date(self):
        """The day of the prices: that of the order, but no other than one on which it was there.

        Prices of a sale that is over, or not yet on, are none for an order that is given its date.
        """
        now = fields.Datetime.now()
        entered = self.order_id.create_date or now
        return min(max(self.order_id.date_order or now, entered), now)

    def _get_given_discounts(self):
        """What the salesperson gives away on each line of one order, by the customer's own pricelist.

        Counted are a price below that of the pricelist, be it lowered or discounted, a discount on a price above it,
        and the line's share of discounts on the whole order. What a pricelist shows as a discount is not given away.

        :return: list of (line, percent, amount in the order's currency)
        """
        lowering = self.filtered(lambda line: line._lowers_order())
        sold = self.filtered(lambda line: line._is_sold())
        subtotal = sum(sold.mapped("price_subtotal"))
        share = min(-sum(lowering.mapped("price_subtotal")) / subtotal, 1.0) if subtotal > 0 else 0.0
        given = []
        for line in sold:
            shown, price = line._get_own_prices()
            full = max(price, line.price_unit * (price / shown if shown else 1.0))
            if full:
                paid = line.price_unit * (1 - line.discount / 100) * (1 - share) * line._get_net_share()
                given.append((line, 100 * (1 - paid / full), (full - paid) * line.product_uom_qty))
        return given
