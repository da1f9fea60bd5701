from . import customer_value_policy
from . import res_company
from . import res_config_settings
