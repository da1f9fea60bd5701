from . import customer_value_statement
from . import sale_report
