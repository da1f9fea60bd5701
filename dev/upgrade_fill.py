"""Fill a database of an earlier version with something of everything that an update must not lose.

Run with `env` given, in Odoo with that version of the addon. Everything is written through its ORM, as users write
it; what a version does not have yet is left out. What the ORM shows in the end is kept in a system parameter, for
whoever looks at the same records after the update.
"""

import json
from datetime import date, datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command

FACTS = "customer_value.upgrade_facts"
TODAY = date.today()
QUIET = {"tracking_disable": True, "no_reset_password": True, "mail_create_nosubscribe": True}
# The steps from receipt to each state of a complaint.
STEPS = {
    "received": [],
    "acknowledged": ["acknowledge"],
    "assessed": ["acknowledge", "assess"],
    "investigating": ["acknowledge", "assess", "investigate"],
    "answered": ["acknowledge", "assess", "investigate", "answer"],
    "disputed": ["acknowledge", "assess", "investigate", "answer", "dispute"],
    "referred": ["acknowledge", "assess", "investigate", "answer", "refer"],
    "closed": ["acknowledge", "assess", "investigate", "answer", "close"],
}
# What somebody has set otherwise than it comes; those that a version does not have are left out.
SETTINGS = {
    "complaint_acknowledge_hours": 12.5,
    "complaint_term": 20,
    "complaint_dispute_days": 44,
    "complaint_high_loss": 777.0,
    "retention_gap_watch": 2.25,
    "retention_complaint_serious": 9,
    "retention_association_customers": 2,
    "retention_win_back_years": 5,
    "retention_ticket_cost": 4.5,
}


def before(days):
    return TODAY - timedelta(days=days)


class Past:
    """A company with some history. `env` is the superuser's; people act in their own names."""

    def __init__(self, env):
        self.env = env(context={**env.context, **QUIET})
        self.company = self.env.company
        self.users = {}

    def fill(self):
        self.set_up()
        self.create_people()
        self.create_customers()
        self.trade()
        self.set_benefits()
        self.score()
        self.set_tiers_by_hand()
        self.ask_for_discounts()
        self.offer()
        self.care()
        self.complain()
        if "customer.retention.campaign" in self.env:
            self.keep()
            self.book_acquisition()
        self.customise()
        self.env["ir.config_parameter"].set_param(FACTS, json.dumps(facts(self.env)))

    # -- company, people, documents ------------------------------------------------------------------------------------

    def set_up(self):
        self.env["account.chart.template"].try_loading("generic_coa", company=self.company, install_demo=False)
        self.company.write({name: value for name, value in SETTINGS.items() if name in self.company._fields})
        self.company.value_pricelist_source = "tier"
        self.env["res.company"].create({"name": "Subsidiary", "currency_id": self.env.ref("base.EUR").id})
        self.env["base.language.install"].create(
            {"lang_ids": [Command.set(self.env["res.lang"]._activate_lang("zh_CN").ids)]}
        ).lang_install()
        self.product = self.env["product.product"].create(
            {
                "name": "Thing",
                "type": "consu",
                "standard_price": 40.0,
                "list_price": 100.0,
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
            }
        )

    def create_people(self):
        sales = "sales_team.group_sale_{}"
        value = "customer_value.group_customer_value_{}"
        complaint = "customer_value.group_complaint_{}"
        people = {
            "seller": [sales.format("salesman"), value.format("user")],
            "chief": [sales.format("manager"), value.format("manager")],
            "second": [sales.format("manager"), value.format("manager")],
            "officer": [complaint.format("officer")],
            "judge": [complaint.format("manager")],
        }
        for login, groups in people.items():
            groups = ["base.group_user", "base.group_partner_manager", *groups]
            self.users[login] = self.env["res.users"].create(
                {
                    "name": login.title(),
                    "login": login,
                    "email": f"{login}@example.com",
                    "group_ids": [Command.set([self.env.ref(group).id for group in groups])],
                }
            )

    def create_customers(self):
        self.customers = self.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number:02}",
                    "is_company": True,
                    # without an address, a complaint is not acknowledged by itself
                    "email": f"customer{number:02}@example.com" if number > 1 else False,
                    "user_id": self.users["seller"].id if number % 3 else self.users["chief"].id,
                    "value_influence": number,
                }
                for number in range(1, 25)
            ]
        )
        self.contacts = self.env["res.partner"].create(
            [
                {
                    "name": f"Contact of {customer.name}",
                    "parent_id": customer.id,
                    "email": f"contact{customer.id}@example.com",
                    "value_birthday": "1985-07-20",
                }
                for customer in self.customers[:8]
            ]
        )

    def trade(self):
        """Orders and invoices of a year: the later in the list, the fewer and the longer ago."""
        self.orders = self.env["sale.order"]
        self.invoices = self.env["account.move"]
        for index, customer in enumerate(self.customers):
            for nth in range(max(1, 6 - index // 4)):
                day = before(330 - nth * 55 + (0 if index < 16 else 20))
                self.orders += self.order(customer, day, 3 + (24 - index) // 2)
        for order in self.orders[::2]:
            self.invoices += self.invoice(order)
        # those who owe money are left alone by campaigns
        paid = self.invoices[:-4]
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create(
            {"group_payment": False, "payment_date": before(3)}
        ).action_create_payments()
        self.invoices[0]._reverse_moves([{"date": before(5), "invoice_date": before(5)}]).action_post()

    def order(self, customer, day, quantity, discount=0.0, confirm=True, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "user_id": customer.user_id.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "product_uom_qty": quantity, "discount": discount})
                ],
            }
            | values
        )
        if confirm:
            order.action_confirm()
            order.date_order = datetime.combine(day, time(10))
        return order

    def invoice(self, order):
        invoice = order._create_invoices()
        invoice.invoice_date = invoice.date = order.date_order.date()
        invoice.action_post()
        return invoice

    # -- tiers ---------------------------------------------------------------------------------------------------------

    def set_benefits(self):
        """Another version of the policy, whose tiers bring something."""
        first = self.env["customer.value.policy"]._get_active(self.company)
        self.policy = self.env["customer.value.policy"].browse(first.action_new_version()["res_id"])
        self.policy.name = "Our own policy"
        self.policy.dimension_ids.filtered(lambda dimension: dimension.metric == "revenue").weight = 35.0
        diamond, gold, silver = self.policy.tier_ids.sorted("entry_score", reverse=True)[:3]
        self.policy.approval_tier_id = diamond
        pricelist, campaign_pricelist = (
            self.env["product.pricelist"].create({"name": name, "company_id": self.company.id})
            for name in ("Diamond prices", "Prices of a campaign")
        )
        self.campaign_pricelist = campaign_pricelist
        term = self.env["account.payment.term"].create({"name": "60 days", "company_id": self.company.id})
        diamond.write({"pricelist_id": pricelist.id, "payment_term_id": term.id, "helpdesk_priority": "2"})
        diamond.write({"is_club": True, "club_name": "Diamond Club", "benefit_text": "<p>We call you first.</p>"})
        gold.write({"user_id": self.users["second"].id, "payment_term_id": term.id})
        silver.write({"limit_discount": True, "maximum_discount": 7.5})
        self.env["customer.value.gate"].create(
            {
                "policy_id": self.policy.id,
                "metric": "overdue_amount",
                "operator": ">=",
                "value": 90000.0,
                "effect": "at_most",
                "tier_id": silver.id,
            }
        )
        self.policy.action_activate()
        # customers keep the tiers they have: these are the ones that the new version now says more of
        self.policy = self.env["customer.value.policy"]._get_active(self.company)
        names = ("diamond", "gold", "silver")
        self.tiers = dict(zip(names, self.policy.tier_ids.sorted("entry_score", reverse=True), strict=False))

    def score(self):
        for days in (200, 100, 1):
            with freeze_time(datetime.combine(before(days), time(9))):
                self.policy._run(as_of=before(days))
        self.policy._run(simulate=True)

    def set_tiers_by_hand(self):
        Override = self.env["customer.value.override"].with_user(self.users["chief"])
        by_hand = [
            Override.create(
                {
                    "partner_id": customer.id,
                    "tier_id": self.tiers[tier].id,
                    "reason": f"Because of {customer.name}",
                    "date_until": TODAY + timedelta(days=300),
                }
            )
            for customer, tier in zip(self.customers[-4:], ("diamond", "diamond", "gold", "silver"), strict=True)
        ]
        by_hand[0].with_user(self.users["second"]).action_approve()
        by_hand[2].action_end()

    def ask_for_discounts(self):
        """An order that a sales manager has to decide on, and one that was approved."""
        customer = self.customers[-1]
        for _nth in range(2):
            order = self.order(customer, TODAY, 1, discount=20.0, confirm=False, user_id=self.users["seller"].id)
            action = order.with_user(self.users["seller"]).action_confirm()
            wizard = self.env["customer.value.order.approval"].with_user(self.users["seller"])
            wizard.with_context(**action["context"]).create({"reason": "A big customer"}).action_request()
            approval = order.value_approval_ids
        approval.with_user(self.users["chief"]).action_approve()

    def offer(self):
        """Two quotations sent with a discount that needs no approval; one has been given more since."""
        for name, later in (("stands", 5.0), ("changed", 6.0)):
            seller = self.users["seller"]
            order = self.order(self.customers[-1], TODAY, 1, discount=5.0, confirm=False, user_id=seller.id)
            order.client_order_ref = f"Offer {name}"
            order.with_user(seller).action_quotation_sent()
            order.order_line.discount = later

    def care(self):
        """Care for birthdays and a festival of one's own, planned and carried out; customers handed over."""
        festival = self.env["customer.value.festival"].create(
            {"name": "Founders' Day", "company_id": self.company.id, "month": str(TODAY.month), "day": 15}
        )
        Rule = self.env["customer.value.care.rule"]
        rule = {"tier_ids": [Command.set(self.policy.tier_ids.ids)], "user_id": self.users["chief"].id}
        Rule.create({"name": "Birthdays", "occasion": "birthday", "horizon_days": 365, **rule})
        Rule.create({"name": "Founders", "occasion": "festival", "festival_id": festival.id, **rule})
        self.env["customer.value.care"]._plan(self.company)
        planned = (
            self.env["customer.value.care"].search([("state", "=", "planned")], limit=2).with_user(self.users["chief"])
        )
        planned[0].action_skip()
        planned[1].action_postpone()
        self.env["customer.value.hand.over"].with_user(self.users["chief"])._hand_over(
            self.company,
            self.users["second"],
            dict.fromkeys([*self.policy.tier_ids.ids, False], self.users["seller"]),
            letters=False,
        )

    # -- complaints ----------------------------------------------------------------------------------------------------

    def complain(self):
        """A complaint in each state, one that waits, two that became one, redress in each state, two reviews."""
        team = self.env["helpdesk.ticket.team"].create({"name": "Complaints", "for_complaints": True})
        self.complaints = {}
        commitments = self.env["customer.complaint.commitment"].search([("company_id", "=", self.company.id)])
        commitments.write({"approval_amount": 100.0, "redress_percent": 150.0})
        for number, (state, steps) in enumerate(STEPS.items()):
            self.complaints[state] = self.complaint(self.customers[number], 12 - number, steps, team)
        waiting = self.complaint(self.customers[1], 3, STEPS["acknowledged"], team)
        waiting.with_user(self.users["officer"])._complaint_wait("The serial number")
        twins = [self.complaint(self.customers[2], days, [], team) for days in (4, 2)]
        officer = self.users["officer"]
        twins[1].with_user(officer)._merge_complaints_into(twins[0].with_user(officer), "The same parcel")
        self.make_good()
        for state, decide in (("answered", "action_confirm"), ("closed", None)):
            review = (
                self.env["customer.complaint.review"]
                .with_user(self.users["officer"])
                .create({"ticket_id": self.complaints[state].id, "evidence": "The same photograph as last year"})
            )
            if decide:
                getattr(review.with_user(self.users["judge"]), decide)()

    def complaint(self, customer, days, steps, team):
        invoice = self.invoices.filtered(lambda move: move.partner_id == customer)[-1:]
        with freeze_time(datetime.combine(before(days), time(9))):
            complaint = self.env["helpdesk.ticket"].create(
                {
                    "name": f"Late delivery to {customer.name}",
                    "description": "<p>Where is it?</p>",
                    "partner_id": customer.id,
                    "team_id": team.id,
                    "complaint_move_id": invoice.id,
                }
            )
            complaint.write(
                {
                    "complaint_type_id": self.env.ref("customer_value.complaint_type_late").id,
                    "complaint_cause_id": self.env.ref("customer_value.complaint_cause_transport").id,
                    "complaint_severity": "2",
                    "complaint_fault": "ours",
                    "complaint_fault_kind": "late",
                    "complaint_loss": 400.0,
                    "complaint_assessment": "The van broke down.",
                    "complaint_answer": "<p>We are sorry.</p>",
                    "complaint_done": "Delivered again.",
                    "complaint_change": "A second van.",
                    "complaint_referral_body": "Arbitration board",
                    "user_id": self.users["officer"].id,
                }
            )
        for number, step in enumerate(steps):
            if step == "acknowledge" and complaint.complaint_state != "received":
                continue
            with freeze_time(datetime.combine(before(days), time(10 + number))):
                complaint.with_user(self.users["judge"])._take_complaint_step(step)
        return complaint

    def make_good(self):
        Redress = self.env["customer.complaint.redress"].with_user(self.users["officer"])
        complaint = self.complaints["investigating"]
        terms = {"ticket_id": complaint.id, "kind": "refund"}
        self.assert_redress(Redress.create(terms | {"amount": 10.0}), "draft")
        small = Redress.create(terms | {"amount": 20.0})
        small.action_ask()
        self.assert_redress(small, "approved")
        coupon = Redress.create(terms | {"kind": "coupon", "amount": 30.0})
        refund = Redress.create(terms | {"amount": 40.0})
        for redress in (coupon, refund):
            redress.action_ask()
            redress.action_carry_out()
            self.assert_redress(redress, "done")
        withdrawn = Redress.create(terms | {"amount": 5.0})
        withdrawn._cancel("The customer does not want it")
        self.assert_redress(withdrawn, "cancelled")
        # what was asked for before counts, too: above the limit together
        asked = Redress.create(terms | {"amount": 150.0})
        asked.action_ask()
        self.assert_redress(asked, "to_approve")

    def assert_redress(self, redress, state):
        assert redress.state == state, (redress.kind, redress.amount, redress.state)

    # -- campaigns -----------------------------------------------------------------------------------------------------

    def keep(self):
        """A campaign of coupons running with one of them used, one of a pricelist, a finished one and a draft."""
        self.customers[20].retention_opt_out = True
        for name in ("association", "loss", "risk"):
            self.env[f"customer.retention.{name}"]._refresh(self.company)
        Offer = self.env["customer.retention.offer"]
        coupon = Offer.create({"name": "20 off", "kind": "coupon", "amount": 20.0, "minimum_order": 50.0})
        prices = Offer.create(
            {
                "name": "Prices for a time",
                "kind": "pricelist",
                "pricelist_id": self.campaign_pricelist.id,
                "expected_discount": 5.0,
            }
        )
        call = Offer.create({"name": "Call them", "kind": "call", "contact_cost": 1.5})
        finished = self.campaign("Calls of the spring", call, self.customers[8:14], 40, lasts=20)
        finished._close("ended")
        finished._measure()
        running = self.campaign("Coupons", coupon, self.customers[8:17], 10)
        card = running.member_ids.card_ids[0]
        order = self.order(card.partner_id, TODAY, 5, confirm=False)
        status = order._try_apply_code(card.code)
        [(coupons, rewards)] = status.items()
        order._apply_program_reward(rewards[0], coupons)
        order.action_confirm()
        paused = self.campaign("Prices", prices, self.customers[17:20], 5, without_holdout=True)
        paused.action_pause()
        self.draft("A draft", call, self.customers[20:], 0)
        self.draft("Not this time", call, self.customers[20:], 0).action_cancel()

    def book_acquisition(self):
        plan = self.env["account.analytic.plan"].search([], limit=1)
        account = self.env["account.analytic.account"].create({"name": "Advertising", "plan_id": plan.id})
        # one account, and several in later versions
        names = {"retention_acquisition_account_id", "retention_acquisition_account_ids"} & self.company._fields.keys()
        self.company.write({name: account.id if name.endswith("id") else account.ids for name in names})

    def draft(self, name, offer, customers, days, lasts=60, **values):
        return (
            self.env["customer.retention.campaign"]
            .with_user(self.users["chief"])
            .create(
                {
                    "name": name,
                    "offer_id": offer.id,
                    "reason_id": self.env.ref("customer_value.retention_reason_rhythm").id,
                    "audience_model": "res.partner",
                    "audience_domain": repr([("id", "in", customers.ids)]),
                    "date_start": before(days),
                    "date_end": before(days - lasts),
                    "measure_until": before(days - 2 * lasts),
                    "holdout_percent": 30.0,
                    "seed": name,
                    "budget": 5000.0,
                }
                | values
            )
        )

    def campaign(self, name, offer, customers, days, **values):
        with freeze_time(datetime.combine(before(days), time(9))):
            campaign = self.draft(name, offer, customers, days, **values)
            campaign.action_start()
            campaign.sudo()._deliver()
        if days > 5:
            # calls have their days
            with freeze_time(datetime.combine(before(days - 5), time(17))):
                campaign.sudo()._deliver()
        return campaign.sudo()

    # -- what people change in Odoo itself -----------------------------------------------------------------------------

    def customise(self):
        """By the administrator: views of their own, one of ours put away, a saved search, other jobs and texts."""
        env = self.env(user=self.env.ref("base.user_admin"))
        self.own_view(
            env,
            "customer_value.view_customer_value_score_list",
            "//field[@name='score']",
            "<field name='as_of' optional='hide'/>",
        )
        # what we put into forms of others is what people build upon
        self.own_view(env, "base.view_partner_form", "//field[@name='value_influence']", "<field name='ref'/>")
        for name in CHILDREN:
            if view := env.ref(f"customer_value.{name}", raise_if_not_found=False):
                self.own_view(env, view.xml_id, f"/{view.type}/*[1]", f"<{BENEATH[view.type]} name='own_{name}'/>")
        lost = self.own_view(env, "base.view_partner_tree", "//field[@name='email']", "<field name='ref'/>")
        # as if the field that it names had been ours, and had gone
        env.flush_all()
        env.cr.execute(
            """UPDATE ir_ui_view
                  SET arch_db = jsonb_build_object('en_US', replace(arch_db->>'en_US', 'email', 'value_gone'))
                WHERE id = %s""",
            (lost.id,),
        )
        env.ref("customer_value.view_order_form_complaint").active = False
        env["ir.filters"].create(
            {
                "name": "My best customers",
                "model_id": "customer.value.score",
                "user_ids": [Command.set(self.users["chief"].ids)],
                "action_id": env.ref("customer_value.action_customer_value_score").id,
                "domain": "[('score', '>', 80)]",
            }
        )
        env.ref("customer_value.cron_care").write({"interval_number": 3, "active": False})
        env.ref("customer_value.mail_template_care_birthday").subject = "All the best from us"
        env.ref(
            "customer_value.rule_customer_value_policy_company"
        ).domain_force = "[('company_id', 'in', company_ids)]"

    def own_view(self, env, xmlid, place, what):
        parent = env.ref(xmlid)
        return env["ir.ui.view"].create(
            {
                "name": f"own view of {xmlid}",
                "model": parent.model,
                "inherit_id": parent.id,
                "arch": f'<xpath expr="{place}" position="after">{what}</xpath>',
            }
        )


# Our own views that others of our own extend: children of these are what is left over when they are merged.
CHILDREN = (
    "view_customer_value_tier_form_club",
    "view_partner_form_care",
    "view_res_partner_filter_care",
    "ticket_view_form_redress",
    "ticket_view_form_review",
    "view_customer_retention_campaign_form_offers",
    "view_customer_retention_campaign_form_result",
    "view_customer_retention_member_search_offer",
    "view_partner_form_retention_risk",
)
# What may stand in a view of each type.
BENEATH = {"form": "group", "list": "button", "search": "separator"}


def fill(env):
    """Fill the database, in the superuser's company. The caller commits."""
    Past(env).fill()


def facts(env):
    """What people see of all this, by the ORM: plain values for JSON, to be compared with those after an update."""
    env = env(context={})
    env.invalidate_all()
    company = env.company
    customers = env["res.partner"].search([("name", "=like", "Customer __")], order="id")
    found = {
        "settings": {name: company[name] for name in SETTINGS if name in company._fields},
        "groups": {
            login: sorted(
                group
                for group in ("customer_value_user", "customer_value_manager", "complaint_officer", "complaint_manager")
                if env["res.users"].search([("login", "=", login)]).has_group(f"customer_value.group_{group}")
            )
            for login in ("seller", "chief", "second", "officer", "judge")
        },
        "customers": {
            partner.name: [
                partner.value_tier_id.name,
                partner.value_score,
                partner.value_score_id.computed_tier_id.name,
                partner.value_score_id.lifecycle,
                partner.value_score_id.segment_id.name,
                partner.value_influence,
                partner.specific_property_product_pricelist.name,
                partner.property_payment_term_id.name,
                partner.user_id.login,
            ]
            for partner in customers
        },
        "explanations": {partner.name: partner.value_score_id.contributions for partner in customers},
        "complaints": {
            ticket.complaint_number: [
                ticket.name,
                ticket.complaint_state,
                ticket.complaint_outcome,
                str(ticket.complaint_received_on),
                str(ticket.complaint_acknowledge_due),
                str(ticket.complaint_answer_due),
                str(ticket.complaint_regulatory_due),
                ticket.complaint_redress_cost,
                ticket.complaint_abusive,
                [[clock.kind, str(clock.due), str(clock.stopped)] for clock in ticket.complaint_clock_ids.sorted("id")],
            ]
            for ticket in env["helpdesk.ticket"].search([("is_complaint", "=", True)], order="id")
        },
        "redress": [
            [redress.ticket_id.complaint_number, redress.kind, redress.state, redress.amount, redress.card_id.code]
            for redress in env["customer.complaint.redress"].search([], order="id")
        ],
        "memberships": [
            [member.name, member.partner_id.name, member.state]
            for member in env["customer.value.membership"].search([], order="id")
        ],
        "care": [
            [care.partner_id.name, care.rule_id.name, str(care.planned_date), care.state, care.reason]
            for care in env["customer.value.care"].search([], order="id")
        ],
        "tiers set by hand": [
            [override.partner_id.name, override.tier_id.name, override.state, override.reason]
            for override in env["customer.value.override"].search([], order="id")
        ],
    }
    if "customer.retention.campaign" in env:
        found["campaigns"] = {
            campaign.name: [
                campaign.state,
                sorted(
                    [
                        member.partner_id.name,
                        member.arm,
                        member.state,
                        member.cost,
                        member.face_value,
                        sorted(member.card_ids.mapped("code")),
                    ]
                    for member in campaign.member_ids
                ),
            ]
            for campaign in env["customer.retention.campaign"].search([], order="id")
        }
    return json.loads(json.dumps(found))
