"""External ids of the groups that handle complaints."""

COMPLAINT_OFFICER = "customer_value.group_complaint_officer"

COMPLAINT_MANAGER = "customer_value.group_complaint_manager"
