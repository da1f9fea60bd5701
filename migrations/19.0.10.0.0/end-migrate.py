import logging

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.sql import column_exists

_logger = logging.getLogger("odoo.addons.customer_value.migrations")


def migrate(cr, version):
    """Put views of users away that do not fit the views of this version: a single one would close the whole form."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    _count_tills(env)
    View = env["ir.ui.view"]
    cr.execute(
        """
        SELECT DISTINCT view.model
          FROM ir_ui_view view
          JOIN ir_model_data data ON data.model = 'ir.ui.view' AND data.res_id = view.id
         WHERE data.module = 'customer_value' AND view.model IS NOT NULL
        """
    )
    for (model,) in cr.fetchall():
        if model in env and not _fits(lambda model=model: View._validate_custom_views(model), cr):
            _put_away(env, model)


def _count_tills(env):
    """What was bought at tills before and after complaints is told as well, now that their module is loaded.

    Customers who came back that way are scored again by the next job, and so are those who gave tips, or gave back at a
    till what it had sold by a sales order. Results of campaigns that were concluded stay.
    """
    if not env["customer.value.source"]._has_tills():
        return
    env.cr.execute(
        "CREATE TEMPORARY TABLE customer_complaint_told ON COMMIT DROP AS"
        " SELECT ticket_id, bought_again FROM customer_complaint_followup"
    )
    for company in env["res.company"].search([]):
        env["customer.complaint.followup"]._refresh(company)
    env.cr.execute(
        """
        UPDATE helpdesk_ticket SET write_date = now() AT TIME ZONE 'UTC'
         WHERE id IN (SELECT followup.ticket_id
                        FROM customer_complaint_followup followup JOIN customer_complaint_told told USING (ticket_id)
                       WHERE followup.bought_again IS DISTINCT FROM told.bought_again)
        """
    )
    settled = "FALSE"
    if column_exists(env.cr, "pos_order_line", "sale_order_origin_id"):
        settled = "taken.sale_order_origin_id IS NOT NULL"
    env.cr.execute(
        SQL(
            """
            UPDATE pos_order SET write_date = now() AT TIME ZONE 'UTC'
             WHERE partner_id IS NOT NULL AND id IN (
                   SELECT line.order_id
                     FROM pos_order_line line
                     LEFT JOIN pos_order_line taken ON taken.id = line.refunded_orderline_id
                    WHERE %s OR line.product_id IN (SELECT tip_product_id FROM pos_config))
            """,
            SQL(settled),
        )
    )


def _fits(check, cr):
    try:
        with cr.savepoint():
            check()
    except ValidationError:
        return False
    return True


def _put_away(env, model):
    """Take all views that are no module's from a model, and put back one after the other those that fit."""
    env.cr.execute(
        """
        SELECT view.id
          FROM ir_ui_view view
         WHERE view.model = %s AND view.active
           AND NOT EXISTS (SELECT FROM ir_model_data data JOIN ir_module_module module ON module.name = data.module
                            WHERE data.model = 'ir.ui.view' AND data.res_id = view.id)
         ORDER BY view.priority, view.id
        """,
        (model,),
    )
    views = env["ir.ui.view"].browse(row for (row,) in env.cr.fetchall())
    env.cr.execute("UPDATE ir_ui_view SET active = FALSE WHERE id IN %s", (tuple(views.ids),))
    views.invalidate_recordset()
    for view in views.with_context(load_all_views=True):

        def activate(view=view):
            view.active = True

        if not _fits(activate, env.cr):
            _logger.warning(
                "The view %s (%s) of the model %s does not fit this version and was archived. Mend it and make it "
                "active again.",
                view.id,
                view.name,
                model,
            )
