from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..complaint.helpdesk_ticket import ANSWERED
from ..core.groups import VALUE_MANAGER, VALUE_USER

PERIODS = ("week", "month")

# So many are shown at once of the customers at risk, and of what is due; the figures count all.
AT_RISK_LIMIT = 10
DUE_LIMIT = 40

# How far ahead the desk looks, in days.
CARE_DAYS = 6
COMPLAINT_DAYS = 3
GRACE_DAYS = 14

# What comes first on the same day.
KINDS = ("complaint", "activity", "grace", "care")


@dataclass(frozen=True)
class Desk:
    """Whose desk it is, and what is on it.

    :param user: ``res.users``, the account manager
    :param company: ``res.company``
    :param tuple ids: the user's customers (commercial entities) that the reader of the dashboard may read
    :param list portfolio: the same customers as a domain of ``res.partner``, for lists and other domains
    :param date today: of the company
    :param date since: first day of the work log
    """

    user: object
    company: object
    ids: tuple
    portfolio: list
    today: date
    since: date


class CustomerRetentionDesk(models.AbstractModel):
    """What an account manager looks at in the morning. Nothing of it is stored.

    Blocks are methods ``_get_<block>(desk)``. All lists are read with the reader's rights;
    the number of queries does not depend on the number of customers.
    """

    _name = "customer.retention.desk"
    _description = "Account Manager Dashboard"

    @api.model
    @api.readonly
    def get_desk(self, user_id=False, period="week"):
        """The desk of an account manager in the current company.

        A figure is a dict ``value``, perhaps ``previous`` (None: not known), and ``action``: the window action of the
        records behind it, or False where the reader may not read them.

        :param int user_id: account manager; one's own desk if not given. Of others for managers only
        :param str period: of the work log, ``week`` (since Monday) or ``month`` (since the first)
        :return: dict with ``user`` (id and name), ``own``, ``company``, ``company_id``, ``currency_id``, ``date``,
            ``period``, ``users`` (others to choose: id, name, customers), ``customers`` (number), ``can_campaign``,
            and the blocks ``today``, ``at_risk``, ``log``, ``summary`` and ``performance`` (see there); amounts in
            company currency
        :raise AccessError: the desk is not one's own, and one is no manager of a company for which its owner works
        """
        self._check_user()
        if period not in PERIODS:
            raise UserError(self.env._("The work log covers a week or a month."))
        user = self._get_account_manager(user_id)
        desk = self._make_desk(user, period)
        own = user == self.env.user
        values = {
            # sudo: the name of a colleague
            "user": {"id": user.id, "name": user.sudo().name},
            "own": own,
            "company": desk.company.name,
            "company_id": desk.company.id,
            "currency_id": desk.company.currency_id.id,
            "date": fields.Date.to_string(desk.today),
            "period": period,
            "users": self._get_users(desk),
            "customers": len(desk.ids),
            "can_campaign": self._is_manager(),
            "blocks": [],
        }
        if not desk.ids:
            return values
        return (
            values
            | {"blocks": self._get_blocks()}
            | {name: getattr(self, f"_get_{name}")(desk) for name in self._get_blocks()}
        )

    @api.model
    def _get_blocks(self):
        return ["today", "at_risk", "log", "summary", "performance"]

    # -- who may see what ----------------------------------------------------------------------------------------------

    @api.model
    def _check_user(self):
        if not self.env.user.has_group(VALUE_USER):
            raise AccessError(self.env._("Dashboards are only available to Customer Value users."))

    @api.model
    def _is_manager(self):
        return self.env.user.has_group(VALUE_MANAGER)

    @api.model
    def _get_account_manager(self, user_id):
        user = self.env["res.users"].browse(user_id) if user_id else self.env.user
        if user == self.env.user:
            return user
        if not self._is_manager():
            raise AccessError(self.env._("Only Customer Value managers can view the dashboards of others."))
        # sudo: for which companies a colleague works is no secret to their managers
        if self.env.company not in user.sudo().exists().company_ids:
            raise AccessError(
                self.env._(
                    "This account manager has no access to %s. Switch to a company for which they work.",
                    self.env.company.name,
                )
            )
        return user

    @api.model
    def _get_users(self, desk):
        """The users whose dashboards a manager can choose: those who work for the company and have customers."""
        if not self._is_manager():
            return []
        of_all = self._get_portfolio_domain(False, desk.company)
        groups = self.env["res.partner"]._read_group(
            [("user_id", "any", [("company_ids", "in", desk.company.ids), ("active", "=", True)]), *of_all],
            ["user_id"],
            ["__count"],
        )
        # sudo: names of colleagues
        users = [{"id": user.id, "name": user.sudo().name, "customers": count} for user, count in groups]
        for user in self.env.user, desk.user:
            if user.id not in {known["id"] for known in users}:
                users.append({"id": user.id, "name": user.sudo().name, "customers": 0})
        return sorted(users, key=lambda user: (user["id"] != self.env.uid, user["name"] or ""))

    # -- what the blocks share -----------------------------------------------------------------------------------------

    @api.model
    def _make_desk(self, user, period="week"):
        company = self.env.company
        portfolio = self._get_portfolio_domain(user, company)
        today = company._get_value_today()
        return Desk(
            user=user,
            company=company,
            ids=tuple(self.env["res.partner"].search(portfolio, order="id").ids),
            portfolio=portfolio,
            today=today,
            since=fields.Date.start_of(today, period),
        )

    @api.model
    def _get_portfolio_domain(self, user, company):
        """Customers whose account manager is ``user``, as a domain of ``res.partner``; contacts are no customers.

        :param user: ``res.users``; False: the customers of all
        """
        return [
            *([("user_id", "=", user.id)] if user else []),
            ("company_id", "in", [company.id, False]),
            ("active", "=", True),
            ("ref_company_ids", "=", False),
            "|",
            ("is_company", "=", True),
            ("parent_id", "=", False),
        ]

    @api.model
    def _get_paths(self):
        """Where something is done for customers: model, the field that leads to the customer."""
        paths = self.env["customer.value.hand.over"]._get_activity_models() | {
            "customer.complaint.redress": "ticket_id.commercial_partner_id",
            "customer.retention.member": "partner_id",
        }
        return {model: path for model, path in paths.items() if self.env[model].has_access("read")}

    @api.model
    def _get_records_query(self, desk, model, path):
        """Records of ``model`` that belong to the customers, as a query to be used in other domains."""
        domain = [(path, "any", desk.portfolio)]
        # what we keep ourselves is of each company; documents count for the company above a branch as well
        companies = desk.company if model == "customer.retention.member" else desk.company._get_value_books()
        shared = [False] if model in ("crm.lead", "res.partner") else []
        domain.append(("company_id", "in", [*companies.ids, *shared]))
        return self.env[model].with_context(active_test=False)._search(domain)

    @api.model
    def _get_of_customers_domain(self, desk, model_field):
        """Activities or messages on records of the customers.

        :param str model_field: ``res_model`` or ``model``
        """
        return fields.Domain.OR(
            fields.Domain(model_field, "=", model)
            & fields.Domain("res_id", "in", self._get_records_query(desk, model, path))
            for model, path in self._get_paths().items()
        )

    @api.model
    def _find_customers(self, pairs):
        """The customers of records.

        :param pairs: (model, id)
        :return: dict (model, id): ``res.partner``, read together
        """
        paths = self._get_paths()
        found = {}
        for model in {model for model, _record_id in pairs}:
            # sudo: which customer it belongs to; afterwards only the customer's name is read, with the reader's rights
            records = self.env[model].sudo().browse({record_id for name, record_id in pairs if name == model})
            for record in records:
                found[model, record.id] = record.mapped(paths[model]).id
        partners = self.env["res.partner"].browse({partner_id for partner_id in found.values() if partner_id})
        by_id = {partner.id: partner for partner in partners}
        return {key: by_id.get(partner_id, partners.browse()) for key, partner_id in found.items()}

    @api.model
    def _opens(self, day):
        """The first moment of a day of the company, in UTC."""
        zone = pytz.timezone(self.env.company._get_value_zone())
        return zone.localize(datetime.combine(day, time())).astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _day_of(self, moment):
        return self.env.company._get_value_day(moment)

    @api.model
    def _action(self, name, model, domain, **context):
        """The window action behind a figure; False where the reader may not read such records."""
        if not self.env[model].has_access("read"):
            return False
        views = {"res.partner": ["list", "kanban", "form"]}.get(model, ["list", "form"])
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, view) for view in views],
            "domain": [leaf if isinstance(leaf, str) else tuple(leaf) for leaf in domain],
            "context": {"create": False} | context,
        }

    # -- customers at risk ---------------------------------------------------------------------------------------------

    @api.model
    def _get_at_risk(self, desk):
        """The customers at risk with the highest expected loss; where no probability is known, with the most at stake.

        :return: dict ``value`` (number), ``stake`` (sum, company currency per year), ``action`` (all of them) and
            ``items``: list of dicts ``id``, ``partner_id``, ``customer``, ``phone``, ``level``, ``level_label``,
            ``stake``, ``reason``, ``explanation``, ``step`` (as of ``res.partner._get_next_steps``)
        """
        Risk = self.env["customer.retention.risk"]
        domain = [("company_id", "=", desk.company.id), ("partner_id", "any", desk.portfolio)]
        [(count, stake)] = Risk._read_group(domain, [], ["__count", "stake:sum"])
        levels = dict(Risk._fields["level"]._description_selection(self.env))
        risks = Risk.search(domain, limit=AT_RISK_LIMIT)
        steps = risks.partner_id._get_next_steps(desk.company)
        return {
            "value": count,
            "stake": stake or 0.0,
            "action": self._action(self.env._("Customers at risk"), Risk._name, domain),
            "items": [
                {
                    "id": risk.id,
                    "partner_id": risk.partner_id.id,
                    "customer": risk.partner_id.display_name,
                    "phone": risk.partner_id.phone or "",
                    "level": risk.level,
                    "level_label": levels.get(risk.level, ""),
                    "stake": risk.stake,
                    "reason": risk.reason_id.name or "",
                    "explanation": risk.explanation or "",
                    "step": steps.get(risk.partner_id.id, False),
                }
                for risk in risks
            ],
        }

    # -- what is due today ---------------------------------------------------------------------------------------------

    @api.model
    def _get_today(self, desk):
        """What is due, in order of urgency.

        :return: dict ``counts``: list of figures with ``kind`` and ``label``; ``items``: list of dicts ``kind``,
            ``id``, ``model`` and ``res_id`` (what to open), ``partner_id``, ``customer``, ``what``, ``note``, ``due``
            (date), ``days`` (until then, negative: late)
        """
        counts, items = [], []
        for kind in KINDS:
            label, action, count, found = getattr(self, f"_get_due_{kind}")(desk)
            if action:
                counts.append({"kind": kind, "label": label, "value": count, "action": action})
                items += found
        items.sort(key=lambda item: (item["due"], KINDS.index(item["kind"]), item["id"]))
        for item in items:
            item["days"] = (item["due"] - desk.today).days
            item["due"] = fields.Date.to_string(item["due"])
        return {"counts": counts, "items": items[:DUE_LIMIT], "more": sum(line["value"] for line in counts) > DUE_LIMIT}

    @api.model
    def _get_due_activity_domain(self, desk):
        return (
            Domain("user_id", "=", desk.user.id)
            & Domain("date_deadline", "<=", desk.today)
            & self._get_of_customers_domain(desk, "res_model")
        )

    @api.model
    def _get_due_activity(self, desk):
        """The user's activities on customers and their documents, due today or overdue."""
        label = self.env._("Activities")
        due = self.env["mail.activity"].search(self._get_due_activity_domain(desk), order="date_deadline, id")
        shown = due.browse(due.ids[:DUE_LIMIT])
        customers = self._find_customers([(activity.res_model, activity.res_id) for activity in shown])
        items = [
            {
                "kind": "activity",
                "id": activity.id,
                "model": activity.res_model,
                "res_id": activity.res_id,
                "partner_id": customers[activity.res_model, activity.res_id].id,
                "customer": customers[activity.res_model, activity.res_id].display_name,
                "what": activity.summary or activity.activity_type_id.name,
                "note": activity.res_name if activity.res_model != "res.partner" else "",
                "icon": activity.icon or "fa-tasks",
                "due": activity.date_deadline,
            }
            for activity in shown
        ]
        return label, self._action(label, "mail.activity", [("id", "in", due.ids)]), len(due), items

    @api.model
    def _get_due_care(self, desk):
        """Planned care of the next seven days."""
        label = self.env._("Care within a week")
        domain = [
            ("state", "=", "planned"),
            ("company_id", "=", desk.company.id),
            ("planned_date", "<=", fields.Date.to_string(desk.today + timedelta(days=CARE_DAYS))),
            ("customer_id", "any", desk.portfolio),
        ]
        Care = self.env["customer.value.care"]
        items = [
            {
                "kind": "care",
                "id": care.id,
                "model": care._name,
                "res_id": care.id,
                "partner_id": care.customer_id.id,
                "customer": care.customer_id.display_name,
                # sudo: what is planned is named by its rule, which is for managers
                "what": care.rule_id.sudo().name,
                "note": care.partner_id.display_name if care.partner_id != care.customer_id else "",
                "icon": "fa-gift",
                "due": care.planned_date,
            }
            for care in Care.search(domain, limit=DUE_LIMIT)
        ]
        return label, self._action(label, Care._name, domain), Care.search_count(domain), items

    @api.model
    def _get_due_complaint(self, desk):
        """Complaints whose time to answer runs out within three days, or has run out."""
        label = self.env._("Complaints to answer")
        Ticket = self.env["helpdesk.ticket"]
        if not Ticket.has_access("read"):
            return label, False, 0, []
        latest = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=COMPLAINT_DAYS))
        domain = [
            ("is_complaint", "=", True),
            ("complaint_state", "not in", ANSWERED),
            ("company_id", "in", desk.company._get_value_books().ids),
            ("commercial_partner_id", "any", desk.portfolio),
            "|",
            ("complaint_answer_due", "<=", latest),
            ("complaint_regulatory_due", "<=", latest),
        ]
        found = []
        for ticket in Ticket.search(
            domain, limit=DUE_LIMIT, order="complaint_answer_due, complaint_regulatory_due, id"
        ):
            due = min(filter(None, (ticket.complaint_answer_due, ticket.complaint_regulatory_due)))
            found.append(
                {
                    "kind": "complaint",
                    "id": ticket.id,
                    "model": ticket._name,
                    "res_id": ticket.id,
                    "partner_id": ticket.commercial_partner_id.id,
                    "customer": ticket.commercial_partner_id.display_name,
                    "what": self.env._("Answer complaint %s", ticket.complaint_number),
                    "note": ticket.name,
                    "icon": "fa-life-ring",
                    "due": self._day_of(due),
                }
            )
        return label, self._action(label, Ticket._name, domain), Ticket.search_count(domain), found

    @api.model
    def _get_due_grace(self, desk):
        """Tiers that end within two weeks unless they are earned again."""
        label = self.env._("Expiring tiers")
        Score = self.env["customer.value.score"]
        domain = [
            ("company_id", "=", desk.company.id),
            ("partner_id", "any", desk.portfolio),
            ("grace_until", ">=", fields.Date.to_string(desk.today)),
            ("grace_until", "<=", fields.Date.to_string(desk.today + timedelta(days=GRACE_DAYS))),
        ]
        items = [
            {
                "kind": "grace",
                "id": score.id,
                # the form says what purchase keeps the tier
                "model": "res.partner",
                "res_id": score.partner_id.id,
                "partner_id": score.partner_id.id,
                "customer": score.partner_id.display_name,
                # sudo: the tier of a version that is no longer one's own to read
                "what": self.env._("%s ends unless it is regained", score.tier_id.sudo().name),
                "note": self.env._("See how to keep it"),
                "icon": "fa-hourglass-half",
                "due": score.grace_until,
            }
            for score in Score.search(domain, limit=DUE_LIMIT, order="grace_until, id")
        ]
        return label, self._action(label, Score._name, domain), Score.search_count(domain), items
