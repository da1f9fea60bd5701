"""Which lines of orders are about goods, as SQL."""

from odoo.tools import SQL


def goods_sql(has_delivery):
    """Lines of ``sale_order_line sol`` that are about goods: no down payments, rewards and delivery charges."""
    delivery = SQL("AND sol.is_delivery IS NOT TRUE") if has_delivery else SQL()
    return SQL(
        "sol.display_type IS NULL AND sol.is_downpayment IS NOT TRUE AND sol.reward_id IS NULL %s",
        delivery,
    )
