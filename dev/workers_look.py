"""What workers do at the same time, one of them killed. Called in Odoo's shell by `make test-workers`.

Each function works in processes of its own: `fill` prepares what is due, `work` does it, `stall` begins it and stops in
the middle of a batch until it is killed, and `look` counts what has come of it.
"""

import contextlib
import json
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import Command, fields
from odoo.addons.customer_value.models.campaign import customer_retention_campaign_delivery
from odoo.addons.customer_value.models.complaint import res_company
from odoo.addons.customer_value.models.tier import customer_value_run, customer_value_tier

CAMPAIGNS = 3
MEMBERS = 120
COMPLAINTS = 90
COST = 0.5
FACE_VALUE = 10
# so many are done before a worker stops, and in one batch
FIRST = 25
BATCH = 20

CRONS = {
    "campaigns": ("customer.retention.campaign", "_cron_deliver"),
    "complaints": ("helpdesk.ticket", "_cron_escalate_complaints"),
    "benefits": ("customer.value.tier", "_cron_renew_benefits"),
    "scoring": ("customer.value.run", "_cron_recalibrate"),
}
# what of each kind of work is done for every record or batch: a method, and how many calls are let through
STALLED = {
    "campaigns": ("customer.retention.member", "_send_letters", 1),
    "complaints": ("helpdesk.ticket", "_escalate_complaint", FIRST),
    "benefits": ("customer.value.grant", "_put", 3),
    "scoring": ("customer.value.run", "_leave", 0),
}


@contextlib.contextmanager
def small_batches():
    """Several batches of everything, so that a worker can be killed between the first and the last."""
    with (
        patch.object(customer_retention_campaign_delivery, "OFFER_BATCH", BATCH),
        patch.object(res_company, "BATCH", BATCH),
        patch.object(customer_value_tier, "BATCH", BATCH),
        patch.object(customer_value_run, "BATCH", BATCH),
    ):
        yield


def fill(env):
    """Have something of everything due: offers, complaints, benefits of a run and of a changed tier, a run."""
    with small_batches():
        company = env.company
        env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
        _benefits(env)
        _offers(env)
        _complaints(env)
        env.cr.commit()
        for model, method in CRONS.values():
            if env["ir.cron"]._value_has_queue():
                getattr(env[model], method)()
        env.cr.commit()


def _benefits(env):
    """The run gives an account manager to those in the highest tier; afterwards those in the next one get another."""
    policy = env["customer.value.policy"]._get_active(env.company)
    first, second = policy.tier_ids.sorted("entry_score", reverse=True)[:2]
    values = {"company_id": env.company.id, "company_ids": env.company.ids}
    managers = env["res.users"].create([values | {"name": login, "login": login} for login in ("first", "second")])
    # replaced, so that the chatter of each customer says so
    env.cr.execute("UPDATE res_partner SET user_id = %s", [env.ref("base.user_admin").id])
    env.invalidate_all()
    first.user_id = managers[0]
    policy._run()
    second.user_id = managers[1]


def _offers(env):
    partners = env["customer.value.score"].search([], order="partner_id", limit=CAMPAIGNS * MEMBERS).partner_id
    for partner in partners:
        partner.email = f"customer{partner.id}@example.com"
    offer = env["customer.retention.offer"].create(
        {"name": "Voucher", "kind": "coupon", "amount": FACE_VALUE, "contact_cost": COST, "company_id": env.company.id}
    )
    today = fields.Date.today()
    for number in range(CAMPAIGNS):
        campaign = env["customer.retention.campaign"].create(
            {
                "name": f"Campaign {number}",
                "company_id": env.company.id,
                "offer_id": offer.id,
                "user_id": env.ref("base.user_admin").id,
                "date_start": today,
                "utm_campaign_id": env["utm.campaign"].create({"title": f"Campaign {number}"}).id,
                "state": "running",
            }
        )
        env["customer.retention.member"].create(
            [
                {
                    "campaign_id": campaign.id,
                    "company_id": env.company.id,
                    "partner_id": partner.id,
                    "is_open": True,
                    "arm": "treatment",
                    "state": "planned",
                    "margin_before": 10.0,
                }
                for partner in partners[number * MEMBERS : (number + 1) * MEMBERS]
            ]
        )
        campaign._plan_offers()


def _complaints(env):
    manager = env["res.users"].create(
        {
            "name": "Complaints",
            "login": "complaints",
            "email": "complaints@example.com",
            "company_id": env.company.id,
            "company_ids": env.company.ids,
            "group_ids": [Command.link(env.ref("customer_value.group_complaint_manager").id)],
        }
    )
    partners = env["customer.value.score"].search([], order="partner_id desc", limit=COMPLAINTS).partner_id
    tickets = env["helpdesk.ticket"].create(
        [
            {
                "name": "Late",
                "description": "Late",
                "partner_id": partner.id,
                "company_id": env.company.id,
                "user_id": manager.id,
                "is_complaint": True,
            }
            for partner in partners
        ]
    )
    tickets.activity_ids.unlink()
    env.flush_all()
    # received long ago: each rung of the ladder is due
    ago = timedelta(days=90)
    env.cr.execute(
        "UPDATE customer_complaint_clock SET started = started - %s, deadline = deadline - %s, due = due - %s"
        " WHERE ticket_id = ANY(%s)",
        [ago, ago, ago, tickets.ids],
    )
    env.cr.execute(
        "UPDATE helpdesk_ticket SET complaint_escalate_on = now() AT TIME ZONE 'UTC' - interval '1 day'"
        " WHERE id = ANY(%s)",
        [tickets.ids],
    )
    env.invalidate_all()


def work(env):
    """All that is due, as scheduled jobs do it."""
    with small_batches():
        for model, method in CRONS.values():
            getattr(env[model], method)()
            env.cr.commit()


def stall(env, kind, halfway):
    """Begin with one kind of work, write the file `halfway` in the middle of a batch, and wait to be killed."""
    model, name, let_through = STALLED[kind]
    method = getattr(type(env[model]), name)
    calls = []

    def stalled(records, *arguments):
        calls.append(1)
        if len(calls) <= let_through:
            return method(records, *arguments)
        # of several records, the first half
        method(records[: max(1, len(records) // 2)], *arguments)
        env.flush_all()
        Path(halfway).touch()
        return time.sleep(600)

    with small_batches(), patch.object(type(env[model]), name, stalled):
        if env["ir.cron"]._value_has_queue():
            _do_jobs(env, kind)
        else:
            model, method_name = CRONS[kind]
            getattr(env[model], method_name)()


def _do_jobs(env, kind):
    """As a worker of queue_job that is asked for one job after the other."""
    from odoo.addons.queue_job.controllers.main import RunJobController

    while True:
        env.cr.rollback()
        env.cr.execute(
            "UPDATE queue_job SET state = 'enqueued', date_enqueued = now() AT TIME ZONE 'UTC' WHERE id ="
            " (SELECT id FROM queue_job WHERE state = 'pending' AND channel = %s ORDER BY id LIMIT 1) RETURNING uuid",
            [f"root.customer_value.{kind}"],
        )
        found = env.cr.fetchone()
        env.cr.commit()
        if not found:
            return
        job = RunJobController._acquire_job(env, found[0])
        if job:
            RunJobController._runjob(env, job)


def look(env, target):
    """Write what was done other than once, by kind of work, to the file `target`."""
    findings = [
        ["each offer once", _look_at_offers(env)],
        ["each complaint is escalated once", _look_at_complaints(env)],
        ["each customer gets benefits once, after a run", _look_at_benefits(env, "first")],
        ["the same after a tier has changed", _look_at_benefits(env, "second")],
        ["runs are done, or have not happened", _look_at_runs(env)],
    ]
    Path(target).write_text(json.dumps(findings))


def _look_at_offers(env):
    """One code, one letter and one cost for each member."""
    env.cr.execute(
        """
        SELECT m.id, m.state, m.cost,
               (SELECT count(*) FROM loyalty_card c WHERE c.retention_member_id = m.id),
               (SELECT count(*) FROM mail_message l WHERE l.model = 'res.partner' AND l.res_id = m.partner_id
                   AND l.message_type = 'email_outgoing')
          FROM customer_retention_member m
        """
    )
    rows = env.cr.fetchall()
    complaints = [f"member {member}: {found}" for member, *found in rows if found != ["offered", COST, 1, 1]]
    if len(rows) != CAMPAIGNS * MEMBERS:
        complaints.append(f"{len(rows)} members")
    for campaign in env["customer.retention.campaign"].search([]):
        if campaign.booked != MEMBERS * (COST + FACE_VALUE):
            complaints.append(f"{campaign.name} has booked {campaign.booked}")
    return complaints


def _look_at_complaints(env):
    """One entry for each complaint and rung of the ladder, and one activity for each recipient.

    Whoever is told of several rungs at the same moment is told once.
    """
    env.cr.execute(
        """
        SELECT t.id, t.complaint_escalate_on,
               (SELECT count(*) FROM customer_complaint_escalation e WHERE e.company_id = t.company_id),
               (SELECT count(*) FROM customer_complaint_event v WHERE v.ticket_id = t.id AND v.kind = 'escalation'),
               (SELECT count(DISTINCT (a.user_id, a.summary)) FROM mail_activity a
                 WHERE a.res_model = 'helpdesk.ticket' AND a.res_id = t.id),
               (SELECT count(*) FROM mail_activity a WHERE a.res_model = 'helpdesk.ticket' AND a.res_id = t.id)
          FROM helpdesk_ticket t WHERE t.is_complaint
        """
    )
    rows = env.cr.fetchall()
    complaints = [
        f"complaint {ticket}: next {following}, {rungs} rungs, {events} entries, {activities} activities"
        for ticket, following, rungs, events, different, activities in rows
        if following or not rungs or events != rungs or activities != different or not 0 < activities <= rungs
    ]
    return complaints if len(rows) == COMPLAINTS else [*complaints, f"{len(rows)} complaints"]


def _look_at_benefits(env, login):
    """The account manager, one grant and one line in the chatter for each customer of the tier that gives them.

    Jobs come in any order: a customer gets the benefits of a changed tier with the run, or afterwards.
    """
    env.cr.execute(
        """
        SELECT s.partner_id, p.user_id = t.user_id,
               (SELECT count(*) FROM customer_value_grant g WHERE g.partner_id = s.partner_id),
               (SELECT count(*) FROM mail_message l WHERE l.model = 'res.partner' AND l.res_id = s.partner_id
                   AND (l.body LIKE '%%Customer tier:%%' OR l.body LIKE '%%The benefits of the tier%%'))
          FROM customer_value_score s
          JOIN customer_value_tier t ON t.id = s.tier_id
          JOIN res_users u ON u.id = t.user_id AND u.login = %s
          JOIN res_partner p ON p.id = s.partner_id
        """,
        [login],
    )
    rows = env.cr.fetchall()
    complaints = [f"customer {partner}: {found}" for partner, *found in rows if found != [True, 1, 1]]
    return complaints if len(rows) > 2 * BATCH else [*complaints, f"only {len(rows)} customers"]


def _look_at_runs(env):
    Run = env["customer.value.run"]
    complaints = [] if Run.search_count([("state", "=", "done")]) > 1 else ["no run of the schedule was done"]
    complaints += [f"run {run.id} is {run.state}" for run in Run.search([("state", "not in", ("done", "failed"))])]
    complaints += [
        f"run {run.id} failed: {run.error}"
        for run in Run.search([("state", "=", "failed"), ("error", "not like", "Another run of")])
    ]
    complaints += [f"run {run.id} still has benefits to give" for run in Run.search([("benefits_due", "=", True)])]
    env.cr.execute(
        "SELECT partner_id FROM customer_value_history WHERE event = 'entered' GROUP BY 1 HAVING count(*) > 1"
    )
    return complaints + [f"customer {partner} has entered more than once" for (partner,) in env.cr.fetchall()]
