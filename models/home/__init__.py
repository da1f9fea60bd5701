from . import customer_home
from . import customer_home_column
