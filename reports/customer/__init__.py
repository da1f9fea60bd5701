from . import customer_file
from . import customer_contact_answer
