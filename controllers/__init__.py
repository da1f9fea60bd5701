from . import (
    customer_complaint_intake,
    customer_complaint_portal,
    customer_value_portal,
)
