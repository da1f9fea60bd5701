from . import customer_complaint_intake
