"""External ids of the groups that read and keep the value of customers."""

VALUE_USER = "customer_value.group_customer_value_user"

VALUE_MANAGER = "customer_value.group_customer_value_manager"
