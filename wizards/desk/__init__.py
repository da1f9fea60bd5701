from . import customer_retention_log
