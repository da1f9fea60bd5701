from . import customer_retention_desk
from . import customer_retention_desk_log
from . import customer_retention_desk_summary
from . import res_users
