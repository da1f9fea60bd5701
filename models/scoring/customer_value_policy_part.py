from odoo import models


class CustomerValuePolicyPart(models.AbstractModel):
    """A line of a policy, or of a line of it."""

    _name = "customer.value.policy.part"
    _description = "Line of a Customer Value Policy"

    def write(self, vals):
        result = super().write(vals)
        if {"policy_id", "dimension_id"} & vals.keys():
            # rules look at the record before it is written: one may not move a line to a company of others
            self.invalidate_recordset(["company_id"])
            self.check_access("write")
        return result
