from . import base_partner_merge
from . import customer_value_order_approval
