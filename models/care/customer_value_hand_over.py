from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, split_every

from ..core.groups import VALUE_MANAGER
from ..tier.customer_value_grant import BATCH
from .portfolio import COUNTS, Portfolio

# Neither a mail nor a line of tracking for each record: every record gets one line in its chatter, and every receiver
# one letter. Followers are kept up to date.
SILENT = {"mail_notrack": True, "mail_auto_subscribe_no_notify": True, "mail_activity_quick_update": True}


class CustomerValueHandOver(models.Model):
    """Customers and open work of one account manager, given to others. Written once, never changed."""

    _name = "customer.value.hand.over"
    _description = "Reassignment"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_user_id = fields.Many2one("res.users", string="From", required=True, readonly=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", string="Done By", required=True, readonly=True, ondelete="restrict")
    date = fields.Datetime(required=True, readonly=True)
    is_partial = fields.Boolean(string="Partial", readonly=True, help="Only selected customers or tiers.")
    receiver_ids = fields.One2many("customer.value.hand.over.receiver", "hand_over_id", readonly=True)
    line_ids = fields.One2many(
        "customer.value.hand.over.line", "hand_over_id", string="Reassigned Customers", readonly=True
    )
    left_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Remaining Tickets",
        readonly=True,
        help="Tickets of teams the recipient is not a member of. They stay with the previous user.",
    )
    remarks = fields.Text(readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    quotation_count = fields.Integer(string="Quotations", readonly=True)
    lead_count = fields.Integer(string="Leads", readonly=True)
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    activity_count = fields.Integer(string="Activities", readonly=True)

    @api.depends("from_user_id", "date")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for hand_over in self:
            hand_over.display_name = self.env._(
                "%(user)s on %(date)s",
                user=hand_over.from_user_id.sudo().name or "",
                date=format_date(self.env, fields.Datetime.context_timestamp(hand_over, hand_over.date).date())
                if hand_over.date
                else "",
            )

    def action_view_left_tickets(self):
        self.ensure_one()
        return self.left_ticket_ids._get_records_action(name=self.env._("Remaining Tickets"))

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_hand_over_line")
        return action | {"domain": [("hand_over_id", "=", self.id)], "context": {}}

    @api.model
    def _hand_over(self, company, user, plan, partners=None, tier_managers=None, letters=True):
        """Give what ``user`` looks after in ``company`` to others, tell the receivers, and record it.

        :param dict plan: tier id, or False for customers without a tier: ``res.users`` who receive its customers and
            share them evenly if there are several. What is of a tier that is not here stays where it is.
        :param partners: only these customers; all of them if not given
        :param dict tier_managers: tier id: ``res.users`` who become the account manager of the tier
        :param bool letters: send a letter to each recipient and to the user who reassigns
        :return: the new ``customer.value.hand.over``
        :raise UserError: there is nothing to reassign, or somebody cannot receive it
        """
        self._check_may_hand_over(company)
        plan = {tier_id: receivers for tier_id, receivers in plan.items() if receivers}
        tier_managers = {tier_id: manager for tier_id, manager in (tier_managers or {}).items() if manager}
        everybody = self.env["res.users"].union(*plan.values(), *tier_managers.values())
        self._check_receivers(company, user, everybody)
        # sudo: users who reassign customers decide on account managers, and need not have the rights of sales,
        # helpdesk and accounting on every document; _collect keeps to the company, and the log is closed to writing
        portfolio = self.sudo()._collect(company, user, partners)
        owners = portfolio.assign(plan)
        # drafts of the next version follow the tier that they were copied from
        named = self._tiers_naming(company, user).filtered(
            lambda tier: tier.id in tier_managers or tier.origin_id.id in tier_managers
        )
        if not owners and not named:
            raise UserError(
                self.env._(
                    "There is nothing to reassign: at %(company)s, %(user)s has no customers or open work in these "
                    "tiers.",
                    user=user.name,
                    company=company.name,
                )
            )
        self._check_rights(portfolio, owners)
        left = portfolio.take_out_tickets(owners)
        for tier in named:
            # written with the user's own rights: only managers decide on tiers
            tier.user_id = tier_managers.get(tier.id) or tier_managers[tier.origin_id.id]
        hand_over = self.sudo()._record(
            company, user, portfolio, owners, partners is not None or portfolio.rest(owners)
        )
        hand_over.left_ticket_ids = left
        hand_over.remarks = "\n".join(hand_over._remarks(portfolio, named))
        hand_over._move(portfolio, owners)
        hand_over = hand_over.sudo(self.env.su)
        if letters:
            hand_over._send_letters()
        return hand_over

    @api.model
    def _check_may_hand_over(self, company):
        """:raise AccessError: not a manager, or not of this company"""
        if not self.env.su and not self.env.user.has_group(VALUE_MANAGER):
            raise AccessError(self.env._("Only Customer Value managers can reassign customers."))
        if company not in self.env.companies:
            raise AccessError(
                self.env._("Switch to %s first: customers are reassigned within one company.", company.sudo().name)
            )

    @api.model
    def _check_receivers(self, company, user, receivers):
        for receiver in receivers.sudo():
            values = {"user": receiver.name, "company": company.name}
            if receiver == user:
                raise UserError(
                    self.env._("%(user)s cannot receive their own customers. Choose another user.", **values)
                )
            if not receiver.active:
                raise UserError(self.env._("%(user)s is archived. Choose another user.", **values))
            if receiver.share:
                raise UserError(self.env._("%(user)s is not an internal user. Choose another user.", **values))
            if company not in receiver.company_ids:
                raise UserError(
                    self.env._(
                        "%(user)s has no access to %(company)s. Allow the company on the user, or choose another user.",
                        **values,
                    )
                )

    @api.model
    def _check_rights(self, portfolio, owners):
        """:raise UserError: somebody would receive quotations or leads and could not open them"""
        for key, receiver in owners.items():
            found = portfolio.items[key]
            if (found["sale.order"] or found["crm.lead"]) and not receiver.has_group("sales_team.group_sale_salesman"):
                raise UserError(
                    self.env._(
                        "%s would receive quotations or leads, but has no access to them. Give the user access rights "
                        "for Sales, or choose another user.",
                        receiver.name,
                    )
                )

    @api.model
    def _tiers_naming(self, company, user):
        """Tiers of active policies and drafts that give ``user`` to their customers as account manager."""
        return self.env["customer.value.tier"].search(
            [("company_id", "=", company.id), ("user_id", "=", user.id), ("policy_id.state", "!=", "archived")]
        )

    @api.model
    def _record(self, company, user, portfolio, owners, is_partial):
        """The record of what is about to be moved, with a row for each receiver and each customer."""
        hand_over = self.create(
            {
                "company_id": company.id,
                "from_user_id": user.id,
                "user_id": self.env.uid,
                "date": fields.Datetime.now(),
                "is_partial": is_partial,
            }
        )
        names = portfolio.names(owners)
        rows, totals = [], defaultdict(lambda: dict.fromkeys(COUNTS, 0))
        for key, receiver in owners.items():
            counts = portfolio.counts(key)
            for name, count in counts.items():
                totals[receiver][name] += count
            rows.append(
                counts
                | {
                    "hand_over_id": hand_over.id,
                    "name": names[key],
                    "partner_id": portfolio.customer_id(key),
                    "tier_id": portfolio.tiers.get(key),
                    "revenue": portfolio.revenue.get(key, 0.0),
                    "user_id": receiver.id,
                }
            )
        receivers = self.env["customer.value.hand.over.receiver"].create(
            [
                {"hand_over_id": hand_over.id, "user_id": receiver.id} | counts
                for receiver, counts in sorted(totals.items(), key=lambda item: item[0].name)
            ]
        )
        by_user = {receiver.user_id.id: receiver.id for receiver in receivers}
        self.env["customer.value.hand.over.line"].create(
            [row | {"receiver_id": by_user[row["user_id"]]} for row in rows]
        )
        hand_over.write({name: sum(counts[name] for counts in totals.values()) for name in COUNTS})
        return hand_over

    def _move(self, portfolio, owners):
        """Write the new user, record by record of a kind in batches, and a line in the chatter of each."""
        self._move_grants(owners)
        parts = defaultdict(list)
        for key, receiver in owners.items():
            for model, ids in portfolio.items[key].items():
                parts[model, receiver].extend(ids)
        for (model, receiver), ids in parts.items():
            body = self.env._("Reassigned from %(old)s to %(new)s", old=self.from_user_id.name, new=receiver.name)
            for batch in split_every(BATCH, ids):
                records = self.env[model].browse(batch).with_context(**SILENT).with_company(self.company_id)
                records.write({"user_id": receiver.id})
                if model != "mail.activity":
                    records._message_log_batch(bodies=dict.fromkeys(records.ids, body))

    def _move_grants(self, owners):
        """A tier that has given the earlier manager has given the new one, and none brings the earlier one back.

        A customer whose manager was changed manually since then stays as they are.
        """
        old = self.from_user_id.id
        grants = self.env["customer.value.grant"].search(
            [
                ("benefit", "=", "user_id"),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", [record_id for model, record_id in owners if model == "res.partner"]),
                "|",
                ("given_id", "=", old),
                ("previous_id", "=", old),
            ]
        )
        changes = defaultdict(grants.browse)
        for grant in grants:
            receiver = owners["res.partner", grant.partner_id.id]
            if grant.previous_id == old:
                changes["previous_id", receiver.id] |= grant
            if grant.given_id == old and grant.partner_id.user_id.id == old:
                changes["given_id", receiver.id] |= grant
        for (name, receiver_id), changed in changes.items():
            changed.write({name: receiver_id})

    def _remarks(self, portfolio, named):
        """What the user who reassigns should know besides the numbers: list of sentences."""
        remarks = []
        user = self.from_user_id.name
        if self.left_ticket_ids:
            remarks.append(
                self.env._(
                    "%(count)s tickets stay with %(user)s, because the recipient is not a member of the ticket's team "
                    "or a helpdesk user: %(tickets)s",
                    count=len(self.left_ticket_ids),
                    user=user,
                    tickets=", ".join(self.left_ticket_ids.mapped("number")),
                )
            )
        for tier in named:
            remarks.append(
                self.env._(
                    "%(user)s is now the account manager of %(tier)s (%(policy)s).",
                    tier=tier.name,
                    policy=tier.policy_id.display_name,
                    user=tier.user_id.name,
                )
            )
        for tier in self._tiers_naming(self.company_id, self.from_user_id):
            remarks.append(
                self.env._(
                    "%(user)s is still the account manager of %(tier)s (%(policy)s). Change it on the tier, otherwise "
                    "customers who reach it are assigned to %(user)s.",
                    tier=tier.name,
                    policy=tier.policy_id.display_name,
                    user=user,
                )
            )
        if portfolio.homeless:
            remarks.append(
                self.env._(
                    "%(count)s planned activities are not linked to a customer of this company and stay with %(user)s.",
                    count=portfolio.homeless,
                    user=user,
                )
            )
        return remarks

    def _send_letters(self):
        """One letter to each recipient in their language, and one to the user who reassigned the customers."""
        self.ensure_one()
        layout = "mail.mail_notification_light"
        for receiver in self.receiver_ids:
            if receiver.user_id.email:
                template = self.env.ref("customer_value.mail_template_hand_over_receiver")
                template.send_mail(receiver.id, email_layout_xmlid=layout)
        if self.user_id.email:
            template = self.env.ref("customer_value.mail_template_hand_over_manager")
            template.send_mail(self.id, email_layout_xmlid=layout)

    # -- what there is to hand over ------------------------------------------------------------------------------------

    @api.model
    def _get_work_domains(self, company):
        """Conditions of open work by model. Models need the fields ``user_id``, ``partner_id`` and ``company_id``."""
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

        Customers who are shared between companies count in each. Run with sudo, for users who may see all of it.

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
        # the customer's present tier replaced this user as their manager, and would restore this user when it ends
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
