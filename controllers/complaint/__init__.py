from . import customer_complaint_intake
from . import customer_complaint_portal
