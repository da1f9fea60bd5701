from . import customer_value_portal
from . import customer_complaint_intake
