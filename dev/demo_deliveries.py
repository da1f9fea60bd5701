"""What the demo's shop has delivered and what came back, where the inventory app is installed."""

from datetime import timedelta

# Orders of so many days wait for delivery; what was promised by then, within so many.
WAITING, PROMISED = 10, 6
RETURNS = 12


def create(env, draw, today):
    """Deliver all orders but the latest, and take some goods back."""
    if "delivery_status" not in env["sale.order"]._fields:
        return
    deliver(env, today)
    recent = env["stock.picking"].search(
        [("state", "=", "done"), ("date_done", ">=", today - timedelta(days=200))], order="id"
    )
    for picking in draw.sample(list(recent), min(RETURNS, len(recent))):
        _take_back(env, picking)
    env.flush_all()


def deliver(env, today):
    """Deliver all orders but the latest, two days after they came in; the latest are promised."""
    if "delivery_status" not in env["sale.order"]._fields:
        return
    env.flush_all()
    border = today - timedelta(days=WAITING)
    env.cr.execute(
        """WITH sent AS (
               UPDATE stock_picking p SET state = 'done', date_done = so.date_order + interval '2 days'
                 FROM sale_order so
                WHERE so.id = p.sale_id AND so.date_order < %s AND p.state NOT IN ('done', 'cancel')
            RETURNING p.id, p.sale_id, p.date_done
           ), moved AS (
               UPDATE stock_move m
                  SET state = 'done', quantity = m.product_uom_qty, picked = TRUE, date = sent.date_done
                 FROM sent WHERE m.picking_id = sent.id
           ), told AS (
               UPDATE sale_order_line l SET qty_delivered = l.product_uom_qty
                 FROM sent WHERE l.order_id = sent.sale_id
           )
           UPDATE sale_order so SET delivery_status = 'full', effective_date = sent.date_done
             FROM sent WHERE so.id = sent.sale_id""",
        (border,),
    )
    env.cr.execute(
        """UPDATE sale_order SET commitment_date = date_order + make_interval(days => %s)
            WHERE state = 'sale' AND delivery_status = 'pending'""",
        (PROMISED,),
    )
    env.invalidate_all()


def _take_back(env, picking):
    """The first product of a delivery comes back a week later."""
    wizard = env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking").create({})
    wizard.product_return_moves[:1].quantity = 1
    back = wizard._create_return()
    env.flush_all()
    moment = picking.date_done + timedelta(days=7)
    env.cr.execute(
        "UPDATE stock_move SET state = 'done', quantity = product_uom_qty, date = %s WHERE picking_id = %s",
        (moment, back.id),
    )
    env.cr.execute("UPDATE stock_picking SET state = 'done', date_done = %s WHERE id = %s", (moment, back.id))
    # it was computed while the return was on its way
    env.cr.execute("UPDATE sale_order SET delivery_status = 'full' WHERE id = %s", (picking.sale_id.id,))
    env.invalidate_all()
