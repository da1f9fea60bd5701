from . import customer_value_policy
from . import customer_value_source
from . import customer_lifetime_part
from . import customer_lifetime_calibration
from . import customer_lifetime_forecast
from . import customer_lifetime_value
from . import customer_value_score
from . import customer_value_hindsight
