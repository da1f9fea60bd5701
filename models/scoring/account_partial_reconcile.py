from odoo import models


class AccountPartialReconcile(models.Model):
    """What was still open on an earlier day is known from what has been settled since."""

    _inherit = "account.partial.reconcile"

    _value_max_date_idx = models.Index("(max_date)")
