# what others inherit comes first
from . import customer_value_exclusive

from . import account_move_line
from . import crm_lead
from . import customer_value_approval
from . import customer_value_gate
from . import customer_value_grant
from . import customer_value_membership
from . import customer_value_policy
from . import customer_value_pricelist
from . import customer_value_relaxation
from . import customer_value_run
from . import customer_value_score
from . import customer_value_tier
from . import helpdesk_sla
from . import helpdesk_ticket
from . import helpdesk_ticket_team
from . import loyalty_card
from . import loyalty_program
from . import payment_transaction
from . import res_company
from . import res_config_settings
from . import res_partner
from . import sale_order
from . import sale_order_approval
from . import sale_order_line
