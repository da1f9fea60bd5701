from . import customer_value_workflow_record
from . import customer_decision
from . import ir_cron
from . import ir_module_module
from . import res_company
from . import res_currency
