from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .groups import VALUE_MANAGER

# Odoo's dialog to schedule activities takes no more records at once.
MOST_ACTIVITIES = 500


class CustomerValueCustomerRow(models.AbstractModel):
    """A row about a customer: what is done to it in a list is done to the customer.

    Activities and messages belong to the customer, so that they are in one place and stay when the row goes. Heirs say
    more of ``partner_id`` and ``company_id``.
    """

    _name = "customer.value.customer.row"
    _description = "Row of a List of Customers"

    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    is_counted_once = fields.Boolean(
        compute="_compute_is_counted_once",
        search="_search_is_counted_once",
        help="The company is selected, and counts with no other one that is.",
    )
    # by the names under which Odoo's widget for activities looks for them
    activity_ids = fields.One2many(related="partner_id.activity_ids", string="Activities", groups="base.group_user")
    activity_state = fields.Selection(related="partner_id.activity_state", groups="base.group_user")
    activity_summary = fields.Char(related="partner_id.activity_summary", groups="base.group_user")
    activity_type_id = fields.Many2one(related="partner_id.activity_type_id", groups="base.group_user")
    activity_type_icon = fields.Char(related="partner_id.activity_type_icon", groups="base.group_user")
    activity_exception_decoration = fields.Selection(
        related="partner_id.activity_exception_decoration", groups="base.group_user"
    )
    activity_exception_icon = fields.Char(related="partner_id.activity_exception_icon", groups="base.group_user")

    @api.depends("company_id")
    @api.depends_context("allowed_company_ids")
    def _compute_is_counted_once(self):
        companies = self.env.companies._without_counted()
        for row in self:
            row.is_counted_once = row.company_id in companies

    @api.model
    def _search_is_counted_once(self, operator, value):
        """Lists of several companies leave out the rows of branches that are in those of the company above."""
        if operator != "in":
            return NotImplemented
        counted = self.env.companies._get_counted()
        return Domain("company_id", "not in", counted.ids) if counted else Domain.TRUE

    @api.model
    def _open_mine(self, action, mine):
        """Open a list as its reader is used to: account managers who see only their own documents begin with theirs.

        :param str action: external id of a window action of this model
        :param str mine: name of the filter for one's own customers
        :return: the action
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(action)
        user = self.env.user
        if (
            user.has_group("sales_team.group_sale_salesman")
            and not user.has_group("sales_team.group_sale_salesman_all_leads")
            and not user.has_group(VALUE_MANAGER)
        ):
            action["context"] = literal_eval(action["context"]) | {f"search_default_{mine}": 1}
        return action

    def _get_customers_to_contact(self):
        """The customers of these rows, to write to or to call.

        :raise UserError: some of them must not be contacted
        """
        self.check_access("read")
        return self.partner_id

    def _open_activity_wizard(self):
        """Odoo's dialog to schedule the same activity with each of the customers.

        :raise UserError: too many are selected
        """
        partners = self._get_customers_to_contact()
        if len(partners) > MOST_ACTIVITIES:
            raise UserError(
                self.env._(
                    "Select up to %(most)s customers to schedule activities; %(count)s are selected.",
                    most=MOST_ACTIVITIES,
                    count=len(partners),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Schedule Activity"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": self._as_selection(partners),
        }

    def _open_mail_composer(self):
        """Odoo's composer for an email to each of the customers, without those who want none.

        :raise UserError: nobody is left to write to
        """
        partners = self._get_customers_to_contact()
        partners = partners._filter_willing()
        if not partners:
            raise UserError(self.env._("None of these customers can be emailed: no address, or no emails wanted."))
        action = self.env["ir.actions.act_window"]._for_xml_id("mail.action_partner_mass_mail")
        context = self._as_selection(partners) | {
            "default_composition_mode": "mass_mail",
            "default_partner_to": "{{ object.id or '' }}",
            "default_subtype_xmlid": "mail.mt_comment",
            "default_reply_to_force_new": True,
        }
        return action | {"context": context}

    def _open_manager_wizard(self):
        """Ask for the account manager of the customers."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_value_manager")
        return action | {"context": self._as_selection(self.partner_id)}

    @api.model
    def _as_selection(self, partners):
        return {"active_model": "res.partner", "active_ids": partners.ids, "active_id": partners[:1].id}

    def action_view_customers(self):
        """The customers of this list with their activities."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Activities"),
            "res_model": "res.partner",
            "views": [(False, name) for name in ("activity", "list", "kanban", "form")],
            "domain": [("id", "in", self.partner_id.ids) if self else ("value_list", "=", self._name)],
            "context": {"create": False},
        }
