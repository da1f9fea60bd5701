from . import customer_value_review_report
