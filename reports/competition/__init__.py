from . import customer_competition_report
