from . import (
    customer_complaint_letter,
    customer_complaint_report,
    customer_complaint_summary,
    customer_value_review_report,
    customer_value_statement,
    sale_report,
)
