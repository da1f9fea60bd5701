from . import customer_diagnosis_report
from . import customer_plan_report
