from . import (
    base_partner_merge,
    customer_value_assign,
    customer_value_hand_over_wizard,
    customer_value_hand_over_wizard_line,
)
