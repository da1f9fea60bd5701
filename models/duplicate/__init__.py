from . import customer_duplicate
from . import customer_duplicate_look
from . import res_company
from . import res_partner
