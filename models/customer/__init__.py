from . import customer_channel
from . import customer_page
from . import customer_value_score
from . import res_partner
from . import sale_order
