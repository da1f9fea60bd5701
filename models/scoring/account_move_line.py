from odoo import models

from ...analytics.scoring.charged import LOSSES_SQL

OPEN = "(partner_id) INCLUDE (company_id, account_id, date_maturity, date, amount_residual, move_id, id)"

# What entries say is open, by account: money that is on its way to the bank stays open as well, and is not looked at.
ENTERED = "(account_id, partner_id) INCLUDE (company_id, date_maturity, date, amount_residual, move_id, id)"


class AccountMoveLine(models.Model):
    """What is overdue, and what was written off, is read from indexes: both are few among all items."""

    _inherit = "account.move.line"

    _value_open_idx = models.Index(
        f"{OPEN} WHERE reconciled IS NOT TRUE AND parent_state = 'posted' AND display_type = 'payment_term'"
        " AND balance > 0"
    )
    _value_entered_idx = models.Index(
        f"{ENTERED} WHERE reconciled IS NOT TRUE AND parent_state = 'posted' AND display_type <> 'payment_term'"
        " AND balance > 0 AND amount_residual > 0"
    )
    _value_credit_idx = models.Index(
        f"{OPEN} WHERE reconciled IS NOT TRUE AND parent_state = 'posted' AND balance < 0 AND amount_residual < 0"
    )
    _value_loss_idx = models.Index(f"(account_id, date) INCLUDE (move_id) WHERE {LOSSES_SQL.format(line='')}")
    # a payment of a day is one entry of hundreds of lines, and asked for its losses in runs for few of its customers
    _value_entry_loss_idx = models.Index(f"(move_id) INCLUDE (account_id) WHERE {LOSSES_SQL.format(line='')}")
