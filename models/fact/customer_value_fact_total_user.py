from odoo import models

from ...analytics.fact import totals
from ..core.fields_bulk import BulkMany2one


class CustomerValueFactTotalUser(models.Model):
    """Monthly figures of all customers of an account manager who have in common what the other totals know.

    The account manager is that of the customer today, as everywhere: with a customer, the past goes to whoever takes
    them over. A table of its own, since pivots that do not ask for them read a fraction of it.
    """

    _name = "customer.value.fact.total.user"
    _inherit = ["customer.value.fact.total"]
    _description = "Totals of Monthly Figures by Account Manager"
    _ledger = totals.BY_USER

    user_id = BulkMany2one("res.users", string="Account Manager", readonly=True)
