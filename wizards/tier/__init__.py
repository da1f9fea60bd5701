from . import customer_value_order_approval
