from . import customer_value_portal
