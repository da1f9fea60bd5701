from . import crm_lead
from . import customer_referral_grid
from . import customer_referral_value
from . import customer_value_run
from . import customer_value_score
from . import res_company
from . import res_config_settings
from . import res_partner
