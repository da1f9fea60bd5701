from . import (
    customer_complaint_intake,
    customer_value_portal,
)
