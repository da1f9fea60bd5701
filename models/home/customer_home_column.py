from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain

from ..complaint.helpdesk_ticket import ANSWERED
from ..core.groups import VALUE_MANAGER
from ..scoring.customer_value_score import ABC_CLASSES

SCORE_VIEWS = ("list", "kanban", "pivot", "graph", "form")

# So far back contacts made are counted.
CONTACT_DAYS = 30

# What has to be known of a customer before anybody can call or visit them.
DETAILS = ("email", "phone", "city", "country_id")


class CustomerHome(models.AbstractModel):
    """The columns: what is counted in each stage, and what to do next."""

    _inherit = "customer.home"

    @api.model
    def _open_scores(self, sight, name, *domain):
        """Customers by value."""
        return self._open(name, "customer.value.score", [*sight.among("partner_id"), *domain], SCORE_VIEWS)

    @api.model
    def _find_best(self, action):
        """The most valuable customer of a list of scores; empty where there is none."""
        Score = self.env["customer.value.score"]
        return Score.search(action["domain"], order="revenue desc, score desc, id", limit=1)

    @api.model
    def _has_scores(self, sight):
        return bool(self.env["customer.value.score"].search_count(sight.among("partner_id"), limit=1))

    @api.model
    def _begin(self, sight):
        """What comes before anything else: customers of one's own, and a run that scores them."""
        if sight.user and not self.env["res.partner"].search_count(sight.portfolio, limit=1):
            return self._advise(
                self.env._("No customers are yours yet. Open a customer and enter yourself as the salesperson."),
                self.env._("Open Contacts"),
                self._open(
                    self.env._("Customers"),
                    "res.partner",
                    self.env["customer.retention.desk"]._get_portfolio_domain(False, sight.company),
                    ("list", "kanban", "form"),
                ),
            )
        Run = self.env["customer.value.run"]
        applied = [("company_id", "=", sight.company.id), ("state", "=", "done"), ("simulate", "=", False)]
        last = Run.has_access("read") and Run.search([*applied, ("scope", "=", "all")], order="id desc", limit=1)
        if last and not last.customer_count and self.env["sale.order"].has_access("read"):
            title = self.env._("Quotations")
            domain = [("state", "in", ("draft", "sent"))]
            return self._advise(
                self.env._(
                    "The last run found nobody to score. Confirm a quotation, or import the orders of earlier years."
                ),
                self.env._("Open Quotations"),
                self._open(title, "sale.order", domain, ("list", "kanban", "form")),
            )
        if Run.has_access("create"):
            return self._advise(
                self.env._("No customers have been scored yet. Start a run: it reads orders, invoices and payments."),
                self.env._("Start a Run"),
                self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_value_run_new"),
            )
        return self._advise(
            self.env._("No customers have been scored yet. Ask a manager to start a run."),
            self.env._("Open Customers"),
            self._open_scores(sight, self.env._("Customers")),
        )

    # -- portfolio: who matters ----------------------------------------------------------------------------------------

    @api.model
    def _figures_portfolio(self, sight):
        """Customers, what they brought, and what they will have brought in all."""
        yield self._measure("customers", self._open_scores(sight, self.env._("Customers")))
        yield self._measure("margin", self._open_scores(sight, self._label_margin(sight)), "margin:sum", "money")
        lifetime = self._open(
            self.env._("Lifetime value"),
            "customer.lifetime.value",
            sight.among("partner_id"),
            ("list", "pivot", "graph", "form"),
        )
        yield self._measure("lifetime", lifetime, "lifetime_value:sum", "money")

    @api.model
    def _label_margin(self, sight):
        months = self._get_policy(sight).window_months
        if months:
            return self.env._("Net margin, %s months", months)
        return self.env._("Net margin so far")

    @api.model
    def _grid_portfolio(self, sight):
        """Customers by what they bring and by what more might come of them; False where nobody has a score.

        Potential is high from the mean of those who have any on: in the whole company, so that a cell means the same
        for every reader.

        :return: dict of ``columns`` (labels) and ``rows``: list of dicts of ``label`` and ``cells``: list of dicts of
            ``value`` (customers) and ``action``
        """
        if not self._has_scores(sight):
            return False
        [(mean,)] = self.env["customer.lifetime.value"]._read_group(
            [("company_id", "=", sight.company.id), ("lifetime_potential", ">", 0)], [], ["lifetime_potential:avg"]
        )
        mean = sight.company.currency_id.round(mean or 0)
        labels = [self.env._("None"), self.env._("Some"), self.env._("High")]
        bands = [
            [("lifetime_potential", "<=", 0)],
            [("lifetime_potential", ">", 0), ("lifetime_potential", "<", mean)],
            [("lifetime_potential", ">", 0), ("lifetime_potential", ">=", mean)],
        ]
        Score = self.env["customer.value.score"]
        counts = [
            dict(Score._read_group([*sight.among("partner_id"), *band], ["abc_class"], ["__count"])) for band in bands
        ]

        def make_cell(code, number):
            name = self.env._("Class %(abc)s, potential: %(band)s", abc=code, band=labels[number])
            action = self._open_scores(sight, name, ("abc_class", "=", code), *bands[number])
            return {"value": counts[number].get(code, 0), "action": action}

        return {
            "columns": labels,
            "rows": [
                {"label": label, "cells": [make_cell(code, number) for number in range(len(bands))]}
                for code, label in ABC_CLASSES
            ],
        }

    @api.model
    def _next_portfolio(self, sight):
        """The customer of whom most might come beyond what they bring already."""
        if not self._has_scores(sight):
            return self._begin(sight)
        domain = [*sight.among("partner_id"), ("lifetime_potential", ">", 0)]
        found = self.env["customer.lifetime.value"].search(domain, order="lifetime_potential desc, id", limit=1)
        if found:
            return self._advise(
                self.env._(
                    "Sell more to %(customer)s: another %(amount)s may still come from them.",
                    customer=found.partner_id.display_name,
                    amount=sight.company.currency_id.format(found.lifetime_potential),
                ),
                self.env._("Open Customer Page"),
                found.partner_id.action_open_customer_page(),
            )
        best = self._find_best(self._open_scores(sight, self.env._("Customers")))
        return self._advise(
            self.env._(
                "Look after %(customer)s first: nobody brings more (%(amount)s).",
                customer=best.partner_id.display_name,
                amount=sight.company.currency_id.format(best.revenue),
            ),
            self.env._("Open Customer Page"),
            best.partner_id.action_open_customer_page(),
        )

    # -- intimacy: what we know ----------------------------------------------------------------------------------------

    @api.model
    def _figures_intimacy(self, sight):
        """What is missing in their details, how content they are, and how often we spoke with them."""
        yield self._measure("incomplete", self._open_incomplete(sight))
        yield self._measure_rating(sight)
        since = self.env["customer.retention.desk"]._opens(sight.today - relativedelta(days=CONTACT_DAYS))
        label = self.env._("Contacts made, %s days", CONTACT_DAYS)
        contacts = self._open(
            label,
            "customer.contact",
            [*sight.among("customer_id"), ("moment", ">=", fields.Datetime.to_string(since))],
            ("list", "pivot", "graph", "form"),
        )
        yield self._measure("contacts", contacts)
        yield self._measure("quiet", self._open_quiet(sight))
        label = self.env._("With an activity")
        planned = self._open_scores(sight, label, ("partner_id.activity_ids", "!=", False))
        yield self._measure("planned", planned)

    @api.model
    def _open_incomplete(self, sight):
        gaps = Domain.OR(Domain(f"partner_id.{name}", "=", False) for name in DETAILS)
        return self._open_scores(sight, self.env._("Contact details missing"), *gaps)

    @api.model
    def _open_quiet(self, sight):
        label = self.env._("Class A, nothing planned")
        return self._open_scores(
            sight,
            label,
            ("abc_class", "=", "A"),
            ("partner_id.activity_ids", "=", False),
        )

    @api.model
    def _measure_rating(self, sight):
        """The mean of the ratings behind the tickets that are opened."""
        Desk = self.env["customer.retention.desk"]
        action = Desk._get_rated_action(sight)
        if not action or not self._may_see_tickets():
            return False
        mean = Desk._read_rating(sight, action["domain"])
        label = self.env._("Average rating, 12 months")
        return self._figure("rating", action | {"name": label}, mean, "rating")

    @api.model
    def _next_intimacy(self, sight):
        """The most valuable customer of whom something is missing, or with whom nothing is planned."""
        if not self._has_scores(sight):
            return self._begin(sight)
        best = self._find_best(self._open_incomplete(sight))
        if best:
            labels = self.env["res.partner"].fields_get(DETAILS, ["string"])
            missing = [labels[name]["string"] for name in DETAILS if not best.partner_id[name]]
            return self._advise(
                self.env._(
                    "Complete %(customer)s, the most valuable of them: %(missing)s.",
                    customer=best.partner_id.display_name,
                    missing=", ".join(missing),
                ),
                self.env._("Fill In"),
                best.partner_id._get_records_action(),
            )
        best = self._find_best(self._open_quiet(sight))
        if best:
            return self._advise(
                self.env._("Plan a call with %s: class A, and nothing is planned.", best.partner_id.display_name),
                self.env._("Open Customer Page"),
                best.partner_id.action_open_customer_page(),
            )
        return self._advise(
            self.env._("All details are there. A good day to call a customer unprompted."),
            self.env._("Open Customers"),
            self._open_scores(sight, self.env._("Customers")),
        )

    # -- network: who knows whom ---------------------------------------------------------------------------------------

    @api.model
    def _figures_network(self, sight):
        """Who came by a referral and what that brings; companies where nobody is known; or whom we know, and rivals."""
        label = self.env._("Referred customers")
        yield self._measure("referred", self._open_scores(sight, label, ("partner_id.referrer_id", "!=", False)))
        label = self.env._("Value of referrals")
        referrals = self._open(
            label,
            "customer.referral.value",
            [*sight.among("partner_id"), ("referral_value", ">", 0)],
            ("list", "pivot", "graph", "form"),
        )
        yield self._measure("referrals", referrals, "referral_value:sum", "money")
        yield self._measure("faceless", self._open_faceless(sight))
        yield self._measure("people", self._open_people(sight))
        label = self.env._("Competitors in open deals")
        rivals = self._may_see_deals(sight) and self._open(
            label,
            "customer.competition.line",
            [
                ("company_id", "=", sight.company.id),
                ("outcome", "=", "open"),
                *([("partner_id.commercial_partner_id", "any", sight.portfolio)] if sight.user else []),
            ],
        )
        yield self._measure("rivals", rivals)

    @api.model
    def _may_see_deals(self, sight):
        """Who looks at all customers and may read only their own deals would take their number for that of all."""
        return sight.user or any(
            self.env.user.has_group(group) for group in (VALUE_MANAGER, "sales_team.group_sale_salesman_all_leads")
        )

    @api.model
    def _open_people(self, sight):
        label = self.env._("Contact persons")
        return self._open(
            label,
            "res.partner",
            [
                ("commercial_partner_id", "any", [*sight.portfolio, ("value_score_id", "!=", False)]),
                ("parent_id", "!=", False),
                ("is_company", "=", False),
                ("type", "=", "contact"),
            ],
            ("list", "kanban", "form"),
        )

    @api.model
    def _open_faceless(self, sight):
        label = self.env._("Companies without a contact")
        return self._open_scores(
            sight,
            label,
            ("partner_id.is_company", "=", True),
            ("partner_id.child_ids", "=", False),
        )

    @api.model
    def _next_network(self, sight):
        """The most valuable company where nobody is known."""
        if not self._has_scores(sight):
            return self._begin(sight)
        best = self._find_best(self._open_faceless(sight))
        if best:
            return self._advise(
                self.env._("Find out who decides at %s: no contact is known.", best.partner_id.display_name),
                self.env._("Add a Contact"),
                best.partner_id._get_records_action(),
            )
        return self._advise(
            self.env._("A contact is known at every company. Ask one of them who else should know you."),
            self.env._("Open Contacts"),
            self._open_people(sight),
        )

    # -- proposition: what we offer ------------------------------------------------------------------------------------

    @api.model
    def _figures_proposition(self, sight):
        """Customers with benefits, tiers about to be lost, and offers made."""
        giving = self._get_policy(sight).tier_ids.filtered(lambda tier: tier._has_benefits())
        label = self.env._("With tier benefits")
        benefits = self._open_scores(sight, label, ("tier_id", "in", giving.ids))
        yield self._measure("benefits", benefits)
        yield self._measure("ending", self._open_ending(sight))
        since = self.env["customer.retention.desk"]._opens(sight.today - relativedelta(years=1))
        label = self.env._("Offers made, 12 months")
        offers = self._open(
            label,
            "customer.retention.member",
            [
                *sight.among("partner_id"),
                ("state", "=", "offered"),
                ("offered_on", ">=", fields.Datetime.to_string(since)),
            ],
            ("list", "pivot", "graph", "form"),
        )
        yield self._measure("offers", offers)

    @api.model
    def _get_policy(self, sight):
        # sudo: which tiers there are, and what of; the customers in them are read with the reader's rights
        return self.env["customer.value.policy"].sudo()._get_active(sight.company)

    @api.model
    def _open_ending(self, sight):
        today = fields.Date.to_string(sight.today)
        label = self.env._("About to lose a tier")
        return self._open_scores(sight, label, ("grace_until", ">=", today))

    @api.model
    def _next_proposition(self, sight):
        """What keeps the tier of the most valuable customer who is about to lose it."""
        if not self._has_scores(sight):
            return self._begin(sight)
        best = self._find_best(self._open_ending(sight))
        if best:
            advice = best._get_keep_advice()
            return self._advise(
                self.env._(
                    "%(customer)s is about to lose their tier. %(advice)s",
                    customer=best.partner_id.display_name,
                    advice=advice["sentence"] if advice else self.env._("Call before it happens."),
                ),
                self.env._("See Why"),
                best._get_records_action(),
            )
        policy = self._get_policy(sight)
        if self.env["customer.value.policy"].has_access("write") and not any(
            tier._has_benefits() for tier in policy.tier_ids
        ):
            return self._advise(
                self.env._("No tier gives its customers anything. Add benefits to the tiers of the policy."),
                self.env._("Open Policy"),
                policy.sudo(False)._get_records_action(),
            )
        return self._advise(
            self.env._("No customer is about to lose a tier. Look who is close to the next one."),
            self.env._("Open Customers"),
            self._open_scores(sight, self.env._("Customers")),
        )

    # -- relationship: how we keep them --------------------------------------------------------------------------------

    @api.model
    def _figures_relationship(self, sight):
        """Customers at risk, complaints, and customers who cost more than they bring.

        Readers who may see no profit or tickets find campaigns and lost customers in their place.
        """
        yield self._measure("risks", self._open_risks(sight))
        yield self._measure("complaints", self._open_complaints(sight))
        label = self.env._("Cost more than they bring")
        losing = self._open(
            label,
            "customer.profit",
            [*sight.among("partner_id"), ("profit", "<", 0)],
            ("list", "kanban", "pivot", "graph", "form"),
        )
        yield self._measure("losing", losing)
        label = self.env._("In a running campaign")
        members = self._open(
            label,
            "customer.retention.member",
            [*sight.among("partner_id"), ("is_open", "=", True)],
            ("list", "pivot", "graph", "form"),
        )
        yield self._measure("members", members)
        label = self.env._("Lost customers")
        lost = self._open(
            label,
            "customer.retention.loss",
            sight.among("partner_id"),
            ("list", "kanban", "graph", "form"),
        )
        yield self._measure("lost", lost)

    @api.model
    def _open_risks(self, sight):
        return self._open(
            self.env._("At risk"),
            "customer.retention.risk",
            sight.among("partner_id"),
            ("list", "kanban", "pivot", "graph", "form"),
        )

    @api.model
    def _open_complaints(self, sight):
        """Complaints that are not closed, on their board; False for who cannot read all of them."""
        label = self.env._("Open complaints")
        action = self._may_see_tickets() and self._open(
            label,
            "helpdesk.ticket",
            [
                ("company_id", "in", sight.company._get_value_books().ids),
                *sight.of("commercial_partner_id"),
                ("is_complaint", "=", True),
                ("complaint_state", "!=", "closed"),
            ],
        )
        if not action:
            return False
        # the board of complaints, not that of tickets
        board = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_complaint")
        return action | {name: board[name] for name in ("views", "search_view_id")}

    @api.model
    def _next_relationship(self, sight):
        """A complaint whose time has run out; else the step with the customer at risk of whom most would be lost."""
        complaints = self._open_complaints(sight)
        if complaints:
            late = [
                ("complaint_state", "not in", ANSWERED),
                ("complaint_answer_due", "<", fields.Datetime.to_string(fields.Datetime.now())),
            ]
            ticket = self.env["helpdesk.ticket"].search(
                [*complaints["domain"], *late], order="complaint_answer_due, id", limit=1
            )
            if ticket:
                return self._advise(
                    self.env._(
                        "Answer complaint %(number)s of %(customer)s: the answer is overdue.",
                        number=ticket.complaint_number,
                        customer=ticket.commercial_partner_id.display_name,
                    ),
                    self.env._("Open Complaint"),
                    ticket._get_records_action(),
                )
        risk = self.env["customer.retention.risk"].search(self._open_risks(sight)["domain"], limit=1)
        if risk:
            step = risk.partner_id._get_next_steps(sight.company).get(risk.partner_id.id)
            return self._advise(
                f"{risk.partner_id.display_name}: {step['sentence'] if step else risk.explanation}",
                self.env._("See What to Do"),
                risk._get_records_action(),
            )
        if not self._has_scores(sight):
            return self._begin(sight)
        return self._advise(
            self.env._("No customers are at risk, and no answer is overdue."),
            self.env._("Open My Dashboard"),
            self.env["ir.actions.client"]._for_xml_id("customer_value.action_customer_value_desk"),
        )
