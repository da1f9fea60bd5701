from . import (
    base_partner_merge,
    customer_complaint_decision,
    customer_complaint_step,
    customer_value_assign,
    customer_value_hand_over_wizard,
    customer_value_hand_over_wizard_line,
    customer_value_what_if,
    customer_value_what_if_gate,
    customer_value_what_if_move,
    customer_value_what_if_tier,
    customer_value_what_if_weight,
)
