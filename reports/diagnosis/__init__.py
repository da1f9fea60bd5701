from . import customer_diagnosis_report
