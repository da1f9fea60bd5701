from collections import defaultdict
from dataclasses import dataclass, field

COUNTS = ("customer_count", "quotation_count", "lead_count", "ticket_count", "activity_count")

MODELS = ("res.partner", "sale.order", "crm.lead", "helpdesk.ticket", "mail.activity")


@dataclass
class Portfolio:
    """What one account manager looks after in one company.

    A key is the model and the id of a customer (commercial entity), or of a lead or ticket that has no customer.

    :param env: environment in which the records are read and written
    :param dict items: key: model: ids of the records to reassign
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
        """Whether something is not reassigned."""
        return len(owners) < len(self.items)

    def count(self):
        """:return: dict tier id or False: the counts of what there is to reassign"""
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
