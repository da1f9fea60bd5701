from . import customer_contact_call
