from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class SaleOrder(models.Model):
    """Codes of campaigns: only for the customers they were given to, and never below cost. Other codes stay free.

    A code that would bring the order below cost is refused as a whole, with a message that tells employees by how much.
    It is not cut to what the order can bear: the customer was promised an amount, and what was cut would be lost
    without a word.
    """

    _inherit = "sale.order"

    # -- holders -------------------------------------------------------------------------------------------------------

    def _get_retention_members(self, cards):
        """:return: dict card id: member of a campaign, with sudo, of cards that campaigns have given"""
        # sudo: customers and salespeople apply codes, and need not read campaigns
        given = cards.sudo().filtered("retention_member_id")
        return {card.id: card.retention_member_id for card in given}

    def _get_retention_refusals(self, cards):
        """Why this order may not use ``cards``: they belong to others, or its customer is in the control group.

        :return: dict card id: message
        """
        self.ensure_one()
        if not cards:
            return {}
        cards = cards.sudo()  # sudo: as above
        members = self._get_retention_members(cards)
        customer = self.value_customer_id.commercial_partner_id
        refusals = {}
        for card in cards:
            member = members.get(card.id)
            if member:
                if member.partner_id.commercial_partner_id != customer:
                    refusals[card.id] = self.env._(
                        "The code %s was issued to another customer and can only be used by them.", card.code
                    )
            elif card.program_id.retention_offer_id and self._is_left_alone(card.program_id.retention_offer_id):
                refusals[card.id] = self.env._("The code %s is not valid for this customer.", card.code)
        return refusals

    def _is_left_alone(self, offer):
        """Whether the customer is in the control group of a campaign that makes ``offer``. Call with a sudo offer."""
        domain = [
            ("campaign_id.offer_id", "=", offer.id),
            ("campaign_id.state", "!=", "cancelled"),
            ("arm", "=", "holdout"),
            ("partner_id", "=", self.value_customer_id.commercial_partner_id.id),
        ]
        return bool(offer.env["customer.retention.member"].search_count(domain, limit=1))

    # -- below cost ----------------------------------------------------------------------------------------------------

    def _get_retention_keep(self, cards):
        """Share of the sales that the order has to keep as margin, by offers of campaigns; None without such a code.

        Gift cards are means of payment: they take nothing off the price.
        """
        members = self._get_retention_members(cards.filtered(lambda card: card.program_type != "gift_card"))
        return max((member.offer_id.minimum_margin / 100 for member in members.values()), default=None)

    def _get_retention_shortfall(self, keep, taken=0.0, without=None):
        """How much the order is short of the margin to keep.

        :param float keep: share of the sales, 0 to 1
        :param float taken: further discount, without taxes, in the currency of the order
        :param without: order lines that are left out
        :return: amount in the currency of the order, not above 0 if nothing is missing
        """
        # sudo: customers who enter a code may not see margins, nor do they
        lines = self.sudo().order_line - (without or self.order_line.browse()).sudo()
        sales = sum(lines.mapped("price_subtotal")) - taken
        return keep * max(sales, 0.0) - (sum(lines.mapped("margin")) - taken)

    def _retention_shortfall_message(self, code, shortfall, keep):
        if self.env.user.share:
            # how much it is short would tell customers what the goods cost us
            return self.env._("The code %s cannot be used for this order. Use it for another order.", code)
        short = self.currency_id.format(shortfall)
        if keep:
            return self.env._(
                "With the code %(code)s, this order would miss the minimum margin of %(percent)s%% of the campaign "
                "by %(short)s. Use the code for an order with a higher margin.",
                code=code,
                short=short,
                percent=round(keep * 100, 2),
            )
        return self.env._(
            "With the code %(code)s, this order would be sold %(short)s below cost. Use the code for an order "
            "with a higher margin.",
            code=code,
            short=short,
        )

    def _check_retention_reward(self, reward, card, values):
        """:return: why the reward lines ``values`` of ``card`` are refused, or None"""
        if reward.reward_type != "discount" or self._is_paid_for():
            return None
        keep = self._get_retention_keep(card)
        if keep is None:
            return None
        taken = 0.0
        for line in values:
            tax_ids = [command[1] for command in line["tax_ids"] if command[0] == fields.Command.LINK]
            taxes = self.env["account.tax"].browse(tax_ids)
            amount = taxes.compute_all(line["price_unit"], currency=self.currency_id, quantity=line["product_uom_qty"])
            taken -= amount["total_excluded"]
        own = self.order_line.filtered(lambda line: line.reward_id == reward and line.coupon_id == card)
        shortfall = self._get_retention_shortfall(keep, taken, own)
        if taken > 0 and self.currency_id.compare_amounts(shortfall, 0.0) > 0:
            return self._retention_shortfall_message(card.sudo().code, shortfall, keep)
        return None

    def _is_paid_for(self):
        """What a customer has paid is sold at that price, whatever has become of it."""
        # sudo: payments are not everybody's to read
        return any(transaction.state in ("authorized", "done") for transaction in self.sudo().transaction_ids)

    # -- where codes are used ------------------------------------------------------------------------------------------

    def _try_apply_code(self, code):
        # sudo: the customer types codes, and may not read those of others
        card = self.env["loyalty.card"].sudo().search([("code", "=", code)], limit=1)
        refusal = self._get_retention_refusals(card).get(card.id)
        if refusal:
            return {"error": refusal}
        status = super()._try_apply_code(code)
        if card and "error" not in status and self._get_retention_members(card):
            for reward in status.get(card, ()):
                message = self._try_retention_reward(reward, card)
                if message:
                    self.applied_coupon_ids -= card
                    return {"error": message}
        return status

    def _try_retention_reward(self, reward, card):
        """:return: why the reward is refused, or None"""
        if reward.reward_type != "discount" or self._get_retention_keep(card) is None:
            return None
        try:
            self._get_reward_line_values(reward, card)
        except UserError as error:
            return str(error)
        return None

    def _apply_program_reward(self, reward, coupon, **kwargs):
        refusal = self._get_retention_refusals(coupon).get(coupon.id) or self._try_retention_reward(reward, coupon)
        return {"error": refusal} if refusal else super()._apply_program_reward(reward, coupon, **kwargs)

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        values = super()._get_reward_values_discount(reward, coupon, **kwargs)
        message = self._check_retention_reward(reward, coupon, values)
        if message:
            raise UserError(message)
        return values

    def _get_claimable_rewards(self, forced_coupons=None):
        rewards = super()._get_claimable_rewards(forced_coupons)
        cards = self.env["loyalty.card"].union(*rewards)
        for card_id in self._get_retention_refusals(cards):
            del rewards[cards.browse(card_id)]
        return rewards

    def _update_programs_and_rewards(self):
        """Codes go when the order goes to another customer."""
        cards = self.applied_coupon_ids | self.order_line.coupon_id
        if cards and self.state in ("draft", "sent") and not self._is_paid_for():
            refused = cards.browse(self._get_retention_refusals(cards))
            self.order_line.filtered(lambda line: line.coupon_id in refused).unlink()
            self.applied_coupon_ids -= refused
        return super()._update_programs_and_rewards()

    def action_confirm(self):
        """Odoo would drop an invalid code silently: tell the user who confirms."""
        # what superusers run (payments, jobs) is not stopped: there the code is dropped
        if not self.env.su:
            for order in self.filtered("order_line.coupon_id"):
                order._check_retention_codes()
        return super().action_confirm()

    def _check_retention_codes(self):
        """:raise UserError: a code on the order is another customer's, or the order has gone below cost with it"""
        cards = self.order_line.coupon_id
        for refusal in self._get_retention_refusals(cards).values():
            raise UserError(self.env._("%s Remove it from the order.", refusal))
        keep = self._get_retention_keep(cards)
        if keep is None or self._is_paid_for():
            return
        shortfall = self._get_retention_shortfall(keep)
        if self.currency_id.compare_amounts(shortfall, 0.0) > 0:
            codes = ", ".join(cards.sudo().filtered("retention_member_id").mapped("code"))
            raise UserError(self._retention_shortfall_message(codes, shortfall, keep))

    # -- attribution ---------------------------------------------------------------------------------------------------

    def _action_confirm(self):
        result = super()._action_confirm()
        self._attribute_to_campaign()
        return result

    def _attribute_to_campaign(self):
        """Orders with a campaign's code, or of a customer who has its offer, refer to it, unless to another already.

        Orders of the control group never do. Where no campaign has ever started, it costs no query.
        """
        started = self.env["customer.retention.campaign"]._get_started_company_ids()
        if started.isdisjoint(self.company_id.ids):
            return
        self.env["sale.order"].flush_model(["value_customer_id", "company_id", "campaign_id"])
        self.env["sale.order.line"].flush_model(["coupon_id", "order_id"])
        self.env["loyalty.card"].flush_model(["retention_member_id"])
        self.env["customer.retention.member"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT so.id, found.utm_campaign_id, left_alone.id IS NOT NULL
                  FROM sale_order so
                  JOIN res_partner p ON p.id = so.value_customer_id
                  LEFT JOIN LATERAL (
                      SELECT c.utm_campaign_id
                        FROM customer_retention_member m
                        JOIN customer_retention_campaign c ON c.id = m.campaign_id
                        LEFT JOIN (sale_order_line used JOIN loyalty_card card ON card.id = used.coupon_id)
                               ON card.retention_member_id = m.id AND used.order_id = so.id
                       WHERE m.partner_id = p.commercial_partner_id AND m.company_id = so.company_id
                         AND m.state = 'offered' AND so.campaign_id IS NULL AND (m.is_open OR used.id IS NOT NULL)
                       ORDER BY used.id IS NULL, m.id DESC
                       LIMIT 1) found ON TRUE
                  LEFT JOIN LATERAL (
                      SELECT m.id
                        FROM customer_retention_member m
                        JOIN customer_retention_campaign c ON c.id = m.campaign_id
                       WHERE m.partner_id = p.commercial_partner_id AND m.arm = 'holdout'
                         AND c.utm_campaign_id = so.campaign_id
                       LIMIT 1) left_alone ON TRUE
                 WHERE so.id = ANY(%s) AND (found.utm_campaign_id IS NOT NULL OR left_alone.id IS NOT NULL)
                """,
                self.ids,
            )
        )
        for order_id, campaign_id, left_alone in rows:
            # sudo: users and customers who confirm need no access to campaigns of orders
            self.browse(order_id).sudo().campaign_id = False if left_alone else campaign_id
