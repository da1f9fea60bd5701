"""External ids of the groups that read and keep the value of customers; and the check of who may take a step."""

from odoo.exceptions import AccessError

VALUE_USER = "customer_value.group_customer_value_user"

VALUE_MANAGER = "customer_value.group_customer_value_manager"


def check_value_company(env, company_id=False):
    """See that the user may see the value of customers of a company.

    :param int company_id: the current company if not given
    :return: the ``res.company``
    :raise AccessError: the user is not in the group for it, or has not chosen the company
    """
    company = env["res.company"].browse(company_id) if company_id else env.company
    if not env.user.has_group(VALUE_USER) or company not in env.companies:
        raise AccessError(env._("You are not allowed to see the value of customers of this company."))
    return company


def check_group(env, group):
    """See that the user may take a step.

    :param str group: external id of the group that may
    :raise AccessError: the user is not in ``group``
    """
    if not env.su and not env.user.has_group(group):
        raise AccessError(
            env._(
                "This step is restricted to the group %s. Ask a member of the group, or your administrator.",
                env.ref(group).sudo().full_name,
            )
        )
