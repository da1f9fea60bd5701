from dataclasses import dataclass
from datetime import date
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..complaint.groups import COMPLAINT_OFFICER
from ..core.groups import VALUE_MANAGER, check_value_company

SCOPES = ("mine", "all")

# So many figures stand in a column: those that come first of those that the reader may open.
FIGURES = 3


@dataclass(frozen=True)
class Sight:
    """What somebody sees of the customers of a company. The dashboard's methods take it in place of a desk.

    :param user: ``res.users`` whose customers they are; False: those of all
    :param company: ``res.company``
    :param list portfolio: the customers as a domain of ``res.partner``
    :param date today: of the company
    """

    user: object
    company: object
    portfolio: list
    today: date

    def among(self, *path):
        """A domain of records of the company whose customers are in sight.

        Records that exist for customers only need no condition where all customers are in sight.

        :param str path: the field that leads to the customer
        """
        return [("company_id", "=", self.company.id), *self.of(*path)]

    def of(self, *path):
        """The condition of ``among`` on customers alone."""
        return [(name, "any", self.portfolio) for name in path if self.user]


class CustomerHome(models.AbstractModel):
    """The first page of the app: the stages of the chain of value, one column each. Nothing of it is stored.

    All is read with the reader's rights, and a figure is what its records come to: it is counted over the domain that
    it opens. The number of queries does not depend on the number of customers. Extended by others: a column is two
    methods, see ``_get_columns``.
    """

    _name = "customer.home"
    _description = "Home"

    @api.model
    @api.readonly
    def get_home(self, scope=False):
        """What stands around the columns.

        :param str scope: ``mine`` (customers of whom one is account manager) or ``all``; one's usual one if not given
        :return: dict of ``scope``, ``scopes`` (codes to choose from; empty where there is no choice), ``company``,
            ``currency_id``, ``date`` and ``columns``: list of dicts of ``code``, ``title`` and ``question``
        :raise AccessError: the user may not see customer values of the company, or not those of all
        """
        scope = self._check_scope(scope)
        sight = self._make_sight(scope)
        return {
            "scope": scope,
            "scopes": self._get_scopes(),
            "company": sight.company.name,
            "currency_id": sight.company.currency_id.id,
            "date": fields.Date.to_string(sight.today),
            "columns": [{"code": code} | heading for code, heading in self._get_columns().items()],
        }

    @api.model
    @api.readonly
    def get_column(self, code, scope=False):
        """One stage of the chain.

        :param str code: of a column
        :param str scope: as of ``get_home``
        :return: dict of ``code``; ``figures``: list of dicts of ``name``, ``label``, ``unit`` (``count``, ``money`` in
            company currency, ``rating`` of 1 to 5), ``value`` (None: nothing is known) and ``action`` (the records
            behind it); ``next``: dict of ``sentence`` (what to do next), ``button`` (its label) and ``action``; and
            ``grid``, as of ``_grid_portfolio``, False in other columns
        :raise AccessError: as of ``get_home``
        :raise UserError: there is no such column
        """
        sight = self._make_sight(self._check_scope(scope))
        if code not in self._get_columns():
            raise UserError(self.env._("There is no column %s on the home page.", code))
        figures = filter(None, getattr(self, f"_figures_{code}")(sight))
        grid = getattr(self, f"_grid_{code}", None)
        return {
            "code": code,
            "figures": list(islice(figures, FIGURES)),
            "grid": grid(sight) if grid else False,
            "next": getattr(self, f"_next_{code}")(sight),
        }

    @api.model
    def _get_columns(self):
        """The stages in their order. Extended by others.

        Each has a generator ``_figures_<code>(sight)`` of figures, as of ``_measure``, the first of which are shown and
        the others not even counted; and a method ``_next_<code>(sight)`` that returns what to do next, as of
        ``_advise``.

        :return: dict by code of dicts of ``title`` and ``question``
        """
        return {
            "portfolio": {"title": self.env._("Portfolio"), "question": self.env._("Who matters?")},
            "intimacy": {"title": self.env._("Intimacy"), "question": self.env._("What do we know of them?")},
            "network": {"title": self.env._("Network"), "question": self.env._("Who brings whom?")},
            "proposition": {"title": self.env._("Proposition"), "question": self.env._("What do we offer them?")},
            "relationship": {"title": self.env._("Relationships"), "question": self.env._("How do we keep them?")},
        }

    # -- whose customers -----------------------------------------------------------------------------------------------

    @api.model
    def _may_see_all(self):
        """Officers answer the complaints of all customers, whoever looks after them."""
        return self.env.user.has_group(VALUE_MANAGER) or self.env.user.has_group(COMPLAINT_OFFICER)

    @api.model
    def _check_scope(self, scope):
        check_value_company(self.env)
        if scope and scope not in SCOPES:
            raise UserError(self.env._("Choose whether to see your own customers or all."))
        if scope == "all" and not self._may_see_all():
            raise AccessError(self.env._("Only managers and complaint officers can see the figures of all customers."))
        return scope or ("all" if self._may_see_all() else "mine")

    @api.model
    def _get_scopes(self):
        """Who sees all customers and has some of their own can choose."""
        own = self.env["customer.retention.desk"]._get_portfolio_domain(self.env.user, self.env.company)
        choice = self._may_see_all() and self.env["res.partner"].search_count(own, limit=1)
        return list(SCOPES) if choice else []

    @api.model
    def _make_sight(self, scope):
        company = self.env.company
        user = scope == "mine" and self.env.user
        return Sight(
            user=user,
            company=company,
            portfolio=self.env["customer.retention.desk"]._get_portfolio_domain(user, company),
            today=company._get_value_today(),
        )

    @api.model
    def _may_see_tickets(self):
        """Everybody may read tickets that they follow; a number of these would be taken for that of all."""
        return self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user")

    # -- what columns are made of --------------------------------------------------------------------------------------

    @api.model
    def _open(self, name, model, domain, views=("list", "form"), **context):
        """The window action of records; False where the reader may not read them."""
        action = self.env["customer.retention.desk"]._action(name, model, domain, **context)
        return action and action | {"views": [(False, view) for view in views]}

    @api.model
    def _measure(self, name, action, aggregate="__count", unit="count"):
        """A figure over the records of a window action.

        :param action: as of ``_open``, whose name is the label of the figure
        :param str aggregate: as of ``_read_group``
        :return: dict as of ``get_column``; False where the reader may not read the records
        """
        if not action:
            return False
        Model = self.env[action["res_model"]].with_context(**action["context"])
        [(value, count)] = Model._read_group(action["domain"], [], [aggregate, "__count"])
        # an amount of nothing is not known: before the first forecast nobody is worth 0
        return self._figure(name, action, (value or 0) if count or unit == "count" else None, unit)

    @api.model
    def _figure(self, name, action, value, unit):
        return {
            "name": name,
            "label": action["name"],
            "unit": unit,
            "value": value,
            # of nothing there is nothing to open
            "action": action if value else False,
        }

    @api.model
    def _advise(self, sentence, button, action):
        """What to do next, and the button that leads there."""
        return {"sentence": sentence, "button": button, "action": action}
