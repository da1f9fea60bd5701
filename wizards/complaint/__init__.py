from . import customer_complaint_decision
from . import customer_complaint_intake
from . import customer_complaint_merge
from . import customer_complaint_step
from . import customer_complaint_summary
