from . import customer_retention_stating
