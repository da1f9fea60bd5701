from . import customer_value_fact_move
