"""Fill a database for looking around: the shop of the CDNOW sample, moved forward to yesterday.

Run with `env` given: `main(env)`. Everything is written through Odoo's ORM and drawn from a fixed seed.
Nothing happens in a database that has been filled before.
"""

import random
import time

import demo_acquisition
import demo_competition
import demo_complaints
import demo_contacts
import demo_deliveries
import demo_diagnosis
import demo_duplicates
import demo_effect
import demo_fact
import demo_home
import demo_network
import demo_people
import demo_retention
import demo_sales
import demo_service
import demo_tiers
from dateutil.relativedelta import relativedelta

SEED = 1997
DONE = "customer_value.demo_loaded"

# What a person at the screen wants to know of every change, a bulk load has no use for.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_automation_skip": True,
    "no_reset_password": True,
    "no_vat_validation": True,
}

START = time.monotonic()


def say(what, count=None, total=None):
    """One line of progress: what, how far, since when."""
    far = f" {count:,}/{total:,}" if total else ""
    print(f"[{time.monotonic() - START:4.0f}s] {what}{far}", flush=True)


def main(env):
    """Load, score and commit.

    Raises CdnowError when the purchase data are missing or damaged, RuntimeError when an earlier load of
    this database was cut short.
    """
    parameters = env["ir.config_parameter"].sudo()
    if parameters.get_param(DONE):
        say(f"The customers were loaded on {parameters.get_param(DONE)}: nothing to do")
        return
    if env["res.partner"].search_count([("ref", "=like", "CDNOW %")], limit=1):
        raise RuntimeError("Loading was cut short here before: begin with a new database (make demo FRESH=1).")
    env = env(context={**env.context, **QUIET})
    draw = random.Random(SEED)
    say("Loading Chinese")
    demo_people.load_language(env)
    team = demo_people.create_team(env)
    shop = demo_sales.Shop(env, draw, team, say)
    shop.customers = demo_people.create_customers(env, draw, team, shop.numbers(), say)
    demo_duplicates.create(env, random.Random("duplicates"), shop)
    shop.trade()
    demo_service.create_leads(env, draw, team, shop)
    demo_service.create_tickets(env, draw, team, shop)
    demo_service.set_influence(draw, shop)
    say("Leads, tickets and influence")
    demo_tiers.switch_on(env)
    demo_tiers.set_benefits(env)
    leaver = demo_tiers.set_people(env, random.Random("people"), team, shop)
    parameters.set_param(DONE, shop.today)
    env.flush_all()
    env.invalidate_all()
    for policy in env["customer.value.policy"].sudo().search([("state", "=", "active")]):
        say(f"Scoring the customers of {policy.company_id.name}")
        # a past for each customer: scores that rise and fall, tiers that were reached and lost
        for months in (9, 6, 3, 0):
            policy._run(as_of=shop.today - relativedelta(months=months))
    # from here on there is something to do for people
    env = env(context={**env.context, "mail_activity_automation_skip": False})
    say("Complaints and ratings")
    demo_complaints.create(env, shop)
    demo_complaints.rate(env, shop)
    say("Tiers by hand, care, tasks")
    demo_tiers.hand_over(env, leaver, team.member_ids[1])
    demo_tiers.decide_by_hand(env, shop.today)
    demo_tiers.care(env, shop.today)
    demo_tiers.ask_for_discount(env, random.Random("discounts"), shop)
    demo_tiers.plan_tasks(env, team, shop.today)
    demo_tiers.look_back(env, shop.today)
    demo_tiers.give_portal(env)
    demo_tiers.simulate_change(env)
    say("Deliveries and returns")
    demo_deliveries.create(env, random.Random("deliveries"), shop.today)
    say("Competitors and shares of wallet")
    demo_competition.create(env, random.Random("competitors"), shop, team)
    say("Contacts made")
    demo_contacts.create(env, random.Random("contacts"), shop, team)
    demo_home.create(env)
    say("Campaigns, and customers at risk")
    demo_retention.set_costs(env)
    demo_retention.look(env)
    demo_retention.create_campaigns(env, draw, shop.today, list(shop.products.values()))
    shop.settle(env)
    say("Referrals")
    demo_network.create(env, random.Random("referrals"), shop)
    say("Duplicates")
    demo_duplicates.look(env)
    say("Diagnosis, and a plan in its second step")
    demo_diagnosis.create(env, random.Random("diagnosis"), shop, team)
    say("Where customers came from")
    demo_acquisition.create(env, random.Random("channels"), shop.today, team, shop)
    say("Monthly figures")
    demo_fact.create(env, env.company._get_value_today())
    say("Before and after")
    demo_effect.create(env, random.Random("advice"), env.company._get_value_today())
    # there is no mail server, and nobody to get them
    env["mail.mail"].sudo().search([("state", "=", "outgoing")]).state = "sent"
    env.cr.commit()
    say("Done")


if __name__ == "__main__":
    main(env)  # noqa: F821  (given by whoever runs this file)
