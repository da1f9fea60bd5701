from . import customer_value_assign
from . import customer_value_backtest
from . import customer_value_what_if
from . import customer_value_what_if_gate
from . import customer_value_what_if_move
from . import customer_value_what_if_tier
from . import customer_value_what_if_weight
from . import mail_activity_schedule
