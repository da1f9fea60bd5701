from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .helpdesk_ticket_complaint import ANSWERED

# How far ahead the desk looks, in days
CARE_DAYS = 6
COMPLAINT_DAYS = 3
GRACE_DAYS = 14
# Shown at once; the figures count all
LIMIT = 40
# What comes first on the same day
KINDS = ("complaint", "activity", "grace", "care")


class CustomerRetentionDesk(models.AbstractModel):
    """What is due today."""

    _inherit = "customer.retention.desk"

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
        return {"counts": counts, "items": items[:LIMIT], "more": sum(line["value"] for line in counts) > LIMIT}

    @api.model
    def _get_due_activity_domain(self, desk):
        return (
            Domain("user_id", "=", desk.user.id)
            & Domain("date_deadline", "<=", desk.today)
            & self._get_of_customers_domain(desk, "res_model")
        )

    @api.model
    def _get_due_activity(self, desk):
        """His activities on customers and their documents, due today or overdue."""
        label = self.env._("Activities")
        due = self.env["mail.activity"].search(self._get_due_activity_domain(desk), order="date_deadline, id")
        shown = due.browse(due.ids[:LIMIT])
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
            for care in Care.search(domain, limit=LIMIT)
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
            ("company_id", "=", desk.company.id),
            ("commercial_partner_id", "any", desk.portfolio),
            "|",
            ("complaint_answer_due", "<=", latest),
            ("complaint_regulatory_due", "<=", latest),
        ]
        found = []
        for ticket in Ticket.search(domain, limit=LIMIT, order="complaint_answer_due, complaint_regulatory_due, id"):
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
        label = self.env._("Tiers about to end")
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
                "what": self.env._("%s ends unless it is earned again", score.tier_id.sudo().name),
                "note": self.env._("See what keeps it"),
                "icon": "fa-hourglass-half",
                "due": score.grace_until,
            }
            for score in Score.search(domain, limit=LIMIT, order="grace_until, id")
        ]
        return label, self._action(label, Score._name, domain), Score.search_count(domain), items
