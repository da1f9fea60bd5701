from . import customer_value_dashboard
from . import customer_value_fact
from . import customer_value_fact_rebuild
from . import customer_value_fact_total
from . import customer_value_fact_total_user
from . import customer_value_run
