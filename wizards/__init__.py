from . import base_partner_merge, customer_value_assign, customer_value_order_approval
