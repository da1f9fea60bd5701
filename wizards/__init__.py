from . import base_partner_merge, customer_value_assign
