from . import customer_value_assign
from . import customer_value_order_approval
