from . import customer_profit
from . import customer_retention_profit
from . import customer_retention_profit_customer
from . import customer_retention_profit_figures
from . import customer_retention_profit_pdf
from . import customer_retention_profit_period
from . import customer_lifetime_part
