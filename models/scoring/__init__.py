# what others inherit comes first
from . import customer_retention_finding
from . import customer_value_policy_part
from . import customer_value_metric_mixin
from . import customer_value_matrix_mixin
from . import customer_value_reason_mixin
from . import customer_value_move_mixin
from . import customer_value_policy_line

from . import account_move
from . import account_move_line
from . import account_partial_reconcile
from . import customer_value_advice
from . import customer_value_band
from . import customer_value_dimension
from . import customer_value_gate
from . import customer_value_grid_cell
from . import customer_value_hindsight
from . import customer_value_history
from . import customer_value_override
from . import customer_value_policy
from . import customer_value_policy_default
from . import customer_value_relaxation
from . import customer_value_run
from . import customer_value_run_move
from . import customer_value_run_pipeline
from . import customer_value_run_replica
from . import customer_value_score
from . import customer_value_segment
from . import customer_value_source
from . import customer_value_source_crm
from . import customer_value_source_influence
from . import customer_value_source_invoice
from . import customer_value_source_payment
from . import customer_value_source_sale

# after orders and invoices, to which it adds
from . import customer_value_source_pos
from . import customer_value_tier
from . import ir_module_module
from . import loyalty_program
from . import loyalty_reward
from . import loyalty_rule
from . import res_company
from . import res_config_settings
from . import res_partner
from . import sale_order
from . import sale_order_line
