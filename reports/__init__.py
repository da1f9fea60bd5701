from . import (
    customer_value_review_report,
    customer_value_statement,
    sale_report,
)
from . import customer_complaint_report, customer_value_review_report, customer_value_statement, sale_report
