from . import customer_retention_result_pdf
