from odoo import models


class CustomerValuePolicyPart(models.AbstractModel):
    """A line of a policy, or of a line of it."""

    _name = "customer.value.policy.part"
    _description = "Line of a Customer Value Policy"
    _inherit = ["customer.value.company.record"]
    _company_given_by = frozenset({"company_id", "policy_id", "dimension_id"})
