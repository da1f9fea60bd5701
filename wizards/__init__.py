from . import (
    base_partner_merge,
    customer_complaint_intake,
    customer_complaint_merge,
    customer_complaint_step,
    customer_value_assign,
)
