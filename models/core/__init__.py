from . import customer_value_workflow_record
from . import ir_cron
from . import res_company
from . import res_currency
