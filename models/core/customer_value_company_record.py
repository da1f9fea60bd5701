from odoo import models


class CustomerValueCompanyRecord(models.AbstractModel):
    """A record of a company, which nobody gives to a company that they do not work for.

    Odoo applies the rules of a model to records as they are before they are written. So whoever may write in one
    company could put terms, offers or costs into the books of another one.
    """

    _name = "customer.value.company.record"
    _description = "Record of a Company"

    # Names of the fields that say which company it is; more of them where the company is that of what is referred to
    _company_given_by = frozenset({"company_id"})

    def write(self, vals):
        """:raise AccessError: the records would belong to a company that the user does not work for"""
        result = super().write(vals)
        if not self.env.su and self._company_given_by & vals.keys():
            self.invalidate_recordset(["company_id"])
            self.check_access("write")
        return result
