import logging

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError

_logger = logging.getLogger("odoo.addons.customer_value.migrations")


def migrate(cr, version):
    """Put views of users away that do not fit the views of this version: a single one would close the whole form."""
    env = api.Environment(cr, SUPERUSER_ID, {})
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
