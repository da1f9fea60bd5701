from . import customer_lifetime_part
from . import customer_retention_association
from . import product_template
from . import res_company
from . import res_config_settings
from . import res_partner
