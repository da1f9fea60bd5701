from . import customer_value_policy_part

# what others inherit comes first
# isort: split
from . import customer_value_metric_mixin

# isort: split
from . import (
    customer_value_approval,
    customer_value_band,
    customer_value_dimension,
    customer_value_gate,
    customer_value_grant,
    customer_value_grid_cell,
    customer_value_history,
    customer_value_override,
    customer_value_policy,
    customer_value_policy_default,
    customer_value_policy_line,
    customer_value_policy_version,
    customer_value_run,
    customer_value_run_move,
    customer_value_run_pipeline,
    customer_value_run_undo,
    customer_value_score,
    customer_value_score_next_step,
    customer_value_segment,
    customer_value_source,
    customer_value_source_crm,
    customer_value_source_helpdesk,
    customer_value_source_influence,
    customer_value_source_invoice,
    customer_value_source_now,
    customer_value_source_payment,
    customer_value_source_sale,
    customer_value_tier,
    customer_value_tier_benefit,
    helpdesk_ticket,
    ir_module_module,
    payment_transaction,
    res_company,
    res_partner,
    res_partner_open_items,
    sale_order,
    sale_order_approval,
    sale_order_confirm,
    sale_order_line,
    sale_order_value_panel,
)
