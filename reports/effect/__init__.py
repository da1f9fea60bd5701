from . import customer_contact_answer
