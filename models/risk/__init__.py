from . import crm_lost_reason
from . import customer_retention_loss
from . import customer_retention_reason
from . import customer_retention_risk
from . import customer_value_run
from . import res_company
from . import res_config_settings
from . import res_partner
