from . import customer_acquisition_booking
from . import customer_acquisition_customer
from . import customer_acquisition_prospect
from . import customer_acquisition_report
