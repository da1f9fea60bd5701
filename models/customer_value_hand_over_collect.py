from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models
from odoo.fields import Domain

from .customer_value_hand_over import COUNTS

MODELS = ("res.partner", "sale.order", "crm.lead", "helpdesk.ticket", "mail.activity")


@dataclass
class Portfolio:
    """What one account manager looks after in one company.

    A key is the model and the id of a customer (commercial entity), or of a lead or ticket that has no customer.

    :param env: environment in which the records are read and written
    :param dict items: key: model: ids of the records to hand over
    :param dict tiers: key: id of the customer's tier
    :param dict revenue: key: revenue of the customer's score, company currency
    :param int homeless: activities that belong to no customer
    """

    env: object
    items: dict = field(default_factory=lambda: defaultdict(lambda: {model: [] for model in MODELS}))
    tiers: dict = field(default_factory=dict)
    revenue: dict = field(default_factory=dict)
    homeless: int = 0

    def add(self, key, model, record_id):
        self.include(key)[model].append(record_id)

    def include(self, key):
        """A customer, with or without open work.

        :return: model: ids of the records
        """
        return self.items[key]

    def counts(self, key):
        """:return: dict of ``COUNTS`` of one customer"""
        found = self.items[key]
        open_work = {name: len(found[model]) for name, model in zip(COUNTS[1:], MODELS[1:], strict=True)}
        return {COUNTS[0]: int(bool(found["res.partner"]))} | open_work

    @staticmethod
    def customer_id(key):
        """Id of the customer; False for what has none."""
        return key[0] == "res.partner" and key[1]

    def assign(self, plan):
        """:return: dict key: ``res.users``, the customers of a tier in turn to its receivers, the greatest first"""
        owners = {}
        for tier_id, receivers in plan.items():
            keys = [key for key in self.items if (self.tiers.get(key) or False) == tier_id]
            keys.sort(key=lambda key: (-self.revenue.get(key, 0.0), key))
            for index, key in enumerate(keys):
                turn, place = divmod(index, len(receivers))
                # there and back again, so that the first does not always get the greater one
                owners[key] = receivers[place if turn % 2 == 0 else len(receivers) - 1 - place]
        return owners

    def rest(self, owners):
        """Whether something is not handed over."""
        return len(owners) < len(self.items)

    def count(self):
        """:return: dict tier id or False: the counts of what there is to hand over"""
        totals = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
        for key in self.items:
            tier = totals[self.tiers.get(key) or False]
            for name, count in self.counts(key).items():
                tier[name] += count
        return totals

    def names(self, keys):
        """:return: dict key: name of the customer, lead or ticket"""
        ids = defaultdict(list)
        for model, record_id in keys:
            ids[model].append(record_id)
        return {
            (model, record.id): record.display_name for model in ids for record in self.env[model].browse(ids[model])
        }

    def take_out_tickets(self, owners):
        """Leave tickets, and what is planned on them, whose receiver is not in their team or not in helpdesk.

        :return: ``helpdesk.ticket`` left
        """
        Ticket = self.env["helpdesk.ticket"]
        left = Ticket.browse()
        able = {user: user.has_group("helpdesk_mgmt.group_helpdesk_user_own") for user in set(owners.values())}
        Ticket.browse([ticket_id for key in owners for ticket_id in self.items[key]["helpdesk.ticket"]]).fetch(
            ["team_id"]
        )
        for key, receiver in owners.items():
            tickets = Ticket.browse(self.items[key]["helpdesk.ticket"])
            kept = tickets.filtered(
                lambda ticket, user=receiver: able[user] and (not ticket.team_id or user in ticket.team_id.user_ids)
            )
            left |= tickets - kept
            self.items[key]["helpdesk.ticket"] = kept.ids
        ids = set(left.ids)
        for key in owners:
            activities = self.env["mail.activity"].browse(self.items[key]["mail.activity"])
            self.items[key]["mail.activity"] = activities.filtered(
                lambda activity: activity.res_model != "helpdesk.ticket" or activity.res_id not in ids
            ).ids
        return left


class CustomerValueHandOver(models.Model):
    """What there is to hand over."""

    _inherit = "customer.value.hand.over"

    @api.model
    def _get_work_domains(self, company):
        """Open work by model, besides who does it. It needs the fields ``user_id``, ``partner_id``, ``company_id``."""
        of_company = Domain("company_id", "=", company.id)
        return {
            "sale.order": of_company & Domain("state", "in", ("draft", "sent")),
            # a lead without a company is anybody's: it goes with the rest
            "crm.lead": Domain("company_id", "in", (company.id, False)) & Domain("won_status", "=", "pending"),
            "helpdesk.ticket": of_company & Domain("stage_id.closed", "=", False),
        }

    @api.model
    def _get_activity_models(self):
        """Models whose planned activities are handed over: the field that leads to the customer of each."""
        return {
            "res.partner": "commercial_partner_id",
            "sale.order": "partner_id.commercial_partner_id",
            "crm.lead": "partner_id.commercial_partner_id",
            "helpdesk.ticket": "partner_id.commercial_partner_id",
            "account.move": "commercial_partner_id",
        }

    @api.model
    def _collect(self, company, user, partners=None):
        """What ``user`` looks after in ``company``: customers or contacts of them, and open work.

        Customers who are shared between companies count in each. Run with sudo by whoever may see it all.

        :param partners: only of these customers
        :return: ``Portfolio``
        """
        portfolio = Portfolio(self.env)
        mine = Domain("user_id", "=", user.id)
        shared = Domain("company_id", "in", (company.id, False))

        def among(path):
            return Domain.TRUE if partners is None else Domain(path, "in", partners.commercial_partner_id.ids)

        found = self.env["res.partner"].search(mine & shared & among("commercial_partner_id"))
        for partner in found:
            portfolio.add(("res.partner", partner.commercial_partner_id.id), "res.partner", partner.id)
        for model, domain in self._get_work_domains(company).items():
            records = self.env[model].search(mine & domain & among("partner_id.commercial_partner_id"))
            for record in records:
                customer = record.partner_id.commercial_partner_id
                portfolio.add(("res.partner", customer.id) if customer else (model, record.id), model, record.id)
        self._collect_activities(portfolio, mine, shared, among)
        # the tier that a customer has now took him over from this user, and would give him back
        grants = self.env["customer.value.grant"].search(
            Domain("benefit", "=", "user_id")
            & Domain("company_id", "=", company.id)
            & Domain("previous_id", "=", user.id)
            & among("partner_id")
        )
        for grant in grants:
            portfolio.include(("res.partner", grant.partner_id.id))
        scores = self.env["customer.value.score"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", list(filter(None, map(portfolio.customer_id, portfolio.items)))),
            ],
            ["partner_id", "tier_id", "revenue"],
        )
        for score in scores:
            key = ("res.partner", score.partner_id.id)
            portfolio.tiers[key] = score.tier_id.id
            portfolio.revenue[key] = score.revenue
        return portfolio

    @api.model
    def _collect_activities(self, portfolio, mine, shared, among):
        paths = self._get_activity_models()
        activities = self.env["mail.activity"].search(mine)
        for model, planned in activities.grouped("res_model").items():
            if model not in paths:
                portfolio.homeless += len(planned)
                continue
            records = (
                self.env[model]
                .with_context(active_test=False)
                .search(Domain("id", "in", planned.mapped("res_id")) & shared & among(paths[model]))
            )
            keys = {}
            for record in records:
                customer = record.mapped(paths[model])
                if customer:
                    keys[record.id] = ("res.partner", customer.id)
                elif (model, record.id) in portfolio.items:
                    keys[record.id] = (model, record.id)
            for activity in planned:
                key = keys.get(activity.res_id)
                if key:
                    portfolio.add(key, "mail.activity", activity.id)
                else:
                    portfolio.homeless += 1
