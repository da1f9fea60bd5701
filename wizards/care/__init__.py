from . import customer_value_hand_over_wizard
from . import customer_value_hand_over_wizard_line
