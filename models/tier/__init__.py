# what others inherit comes first
from . import customer_value_exclusive

from . import customer_value_approval
from . import customer_value_grant
from . import customer_value_membership
from . import customer_value_override
from . import customer_value_score
from . import customer_value_tier
from . import helpdesk_sla
from . import helpdesk_ticket
from . import helpdesk_ticket_team
from . import payment_transaction
from . import sale_order
from . import sale_order_approval
from . import sale_order_line
