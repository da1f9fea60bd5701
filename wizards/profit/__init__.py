from . import customer_retention_profit_print
