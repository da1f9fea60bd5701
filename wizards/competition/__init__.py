from . import crm_lead_lost
from . import customer_competition_question
