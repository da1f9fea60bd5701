# what others inherit comes first
from . import customer_succession_participant
from . import customer_value_calculated
from . import customer_value_carried
from . import customer_value_company_record
from . import customer_value_customer_row
from . import customer_value_evidence
from . import customer_value_pages
from . import customer_value_readable
from . import customer_value_remembered
from . import customer_value_subject

from . import customer_succession
from . import customer_value_workflow_record
from . import customer_decision
from . import customer_relaxation
from . import ir_config_parameter
from . import ir_cron
from . import res_company
from . import res_config_settings
from . import res_currency
from . import res_partner
