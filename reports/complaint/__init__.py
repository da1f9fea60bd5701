from . import customer_complaint_letter
from . import customer_complaint_report
from . import customer_complaint_summary
