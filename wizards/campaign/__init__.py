from . import customer_retention_confirmation
from . import customer_retention_wizard
from . import customer_retention_wizard_candidate
from . import customer_retention_wizard_size
