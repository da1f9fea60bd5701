"""What handling complaints costs in a large table of tickets, against the same where there are only a few hundred.

The few are open and due for escalation; so are they later, among as many as asked for, most of them closed. What is
shown and told is the same both times: the ratio is what the others cost.
"""

import datetime
import os
import statistics
import time

import cdnow  # noqa: F401  (makes customer_value_data importable)
from bench_aims import aim
from customer_value_data.core.bulk_rows import insert_like, read_rows, reserve_ids, unchecked, undone
from odoo import SUPERUSER_ID, Command, fields
from odoo.addons.customer_value.models.scoring.customer_value_source import Scope
from odoo.tools import SQL

FEW = 300
# of all complaints one in so many is open
ONE_OPEN_IN = 32
PAGE = 80
REPEAT = 9
# what concerns a complaint or a customer at hand, and what shows all that is open
AT_HAND = ("create", "page", "cron", "one")
QUEUE = ("board", "bar", "list", "earlier")
DONE = {
    "create": "take in a complaint",
    "board": "open the board",
    "bar": "its progress bars",
    "list": "a page of the list",
    "page": "count complaints of 80 customers",
    "earlier": "earlier complaints of 80 complaints",
    "rung": "escalate 300 complaints, one rung due",
    "cron": "escalate 300 complaints, three rungs due",
    "stored": "store what was ordered around them",
    "one": "complaint metrics of one customer",
    "metrics": "complaint metrics of all customers",
    "analysis": "the analysis by type",
}
OPEN_STATES = ("acknowledged", "assessed", "investigating", "disputed")
NAMED = {"fields": {"display_name": {}}}
CARD = {
    "complaint_number": {}, "complaint_clock": {}, "name": {}, "complaint_regulatory_due": {}, "activity_state": {},
    "partner_id": NAMED, "complaint_type_id": NAMED, "user_id": NAMED, "activity_ids": {"fields": {}},
}  # fmt: skip
BAR = {"field": "complaint_clock", "colors": dict.fromkeys(("fine", "soon", "late", "waiting"), "success")}


def measure(env):
    """Fill up to BENCH_TICKETS complaints and measure before and after. Commits.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    count = int(os.environ["BENCH_TICKETS"])
    # as a user of the web client, and without a mail server to wait for
    user = env.ref("base.user_admin")
    env = env(user=user.id, context={**env.context, "mail_notify_force_send": False})
    people = _make_people(env)
    env.cr.commit()
    examples = undone(env, lambda env: read_rows(env, example(env, *people)))
    _fill(env, examples, 1, FEW)
    few = times(env)
    _fill(env, examples, FEW + 1, count)
    many = times(env)
    return {"lines": list(_lines(count, few, many)), "aims": list(_aims(few, many))}


def _lines(count, few, many):
    yield f"{count:,} complaints{'':26}{'among 300':>12}{'among all':>12}{'x few':>10}{'x floor':>10}"
    for what, title in DONE.items():
        yield (
            f"{title:42}{1000 * few[what]:9.1f} ms{1000 * many[what]:9.1f} ms"
            f"{many[what] / few[what]:10.2f}{many[what] / many['floor']:10.2f}"
        )
    for what in ("rung", "cron"):
        yield f"{DONE[what].replace(str(FEW), f'one of {FEW}'):42}{1000 * many[what] / FEW:21.2f} ms each"
    yield f"    floor: all complaints counted by type in plain SQL, {1000 * many['floor']:.1f} ms;"
    yield f"    the open ones by state: {1000 * many['queue']:.1f} ms"


def _aims(few, many):
    for what in AT_HAND:
        yield aim(f"{DONE[what]}, over the same among few", many[what], 2, few[what])
    for what in QUEUE:
        yield aim(f"{DONE[what]}, over counting the open ones", many[what], 10, many["queue"])
    yield aim("the analysis by type, over a plain count", many["analysis"], 10, many["floor"])
    yield aim("complaint metrics of all, over a plain count", many["metrics"], 5, many["floor"])
    yield aim("escalating a complaint, one rung due", many["rung"] / FEW, 0.020)
    yield aim("escalating a complaint, three rungs due", many["cron"] / FEW, 0.020)


def _make_people(env):
    """The owner and the team leader of complaints; the manager is the administrator."""
    owner, leader = env["res.users"].create(
        [
            {
                "name": name,
                "login": f"bench_{name}",
                "email": f"{name}@example.com",
                "company_id": env.company.id,
                "company_ids": [Command.link(env.company.id)],
                "group_ids": [Command.link(env.ref("base.group_user").id)],
            }
            for name in ("owner", "leader")
        ]
    )
    return owner, env["helpdesk.ticket.team"].create({"name": "Complaints", "user_id": leader.id})


def example(env, owner, team):
    complaint = _take_in(env, env["res.partner"].search([], limit=1)).sudo()
    complaint.write({"user_id": owner.id, "team_id": team.id})
    clocks = {clock.kind: clock for clock in complaint.complaint_clock_ids}
    return {"ticket": complaint, "event": complaint.complaint_event_ids[:1], **clocks}


def _take_in(env, partner):
    return env["helpdesk.ticket"].create(
        {
            "name": "Late",
            "description": "Late",
            "partner_id": partner.id,
            "partner_email": "late@example.com",
            "company_id": env.company.id,
            "complaint_type_id": env.ref("customer_value.complaint_type_late").id,
            "is_complaint": True,
        }
    )


# -- rows ------------------------------------------------------------------------------------------------------------


def _fill(env, examples, first, last):
    """Write the complaints numbered ``first`` to ``last``, in SQL."""
    cr = env.cr
    cr.execute(
        SQL(
            """
            CREATE UNLOGGED TABLE bench_complaint AS
            WITH customer AS (
                SELECT id, row_number() OVER (ORDER BY hashint4(id)) - 1 AS k
                  FROM res_partner WHERE commercial_partner_id = id
                 ORDER BY 2 LIMIT %(count)s
            ), total AS (SELECT count(*) AS customers FROM customer)
            SELECT n, n + %(base)s AS id, customer.id AS partner_id,
                   n <= %(few)s AS due, n <= %(few)s OR n %% %(open)s = 0 AS open,
                   CASE WHEN n <= %(few)s THEN %(now)s - interval '10 days'
                        WHEN n %% %(open)s = 0 THEN %(now)s - interval '1 hour'
                        ELSE %(now)s - make_interval(days => 20 + (n %% 900)::int) END AS received
              FROM generate_series(%(first)s, %(last)s) n
              JOIN total ON TRUE
              JOIN customer ON customer.k = n %% total.customers
            """,
            count=max(last - first + 1, 1),
            base=reserve_ids(cr, "helpdesk_ticket", last - first + 1) - first + 1,
            few=FEW,
            open=ONE_OPEN_IN,
            first=first,
            last=last,
            now=fields.Datetime.now(),
        )
    )
    env.cr.commit()
    with unchecked(cr):
        _insert(env, examples)
    cr.execute("DROP TABLE bench_complaint")
    cr.execute("ANALYZE helpdesk_ticket, customer_complaint_clock, customer_complaint_event")
    cr.commit()
    env.invalidate_all()


def _insert(env, examples):
    stage = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1).id
    source = SQL("bench_complaint b")
    ended = SQL("CASE WHEN NOT b.open THEN b.received + interval '4 days' END")
    answer_due, regulatory_due = SQL("b.received + interval '5 days'"), SQL("b.received + interval '21 days'")
    states = SQL("(%s::varchar[])[1 + b.n %% %s]", list(OPEN_STATES), len(OPEN_STATES))
    insert_like(
        env.cr,
        "helpdesk_ticket",
        examples["ticket"],
        source,
        {
            "id": SQL("b.id"),
            "number": SQL("'HTC' || b.n"),
            "complaint_number": SQL("'B/' || b.n"),
            "name": SQL("'Complaint ' || b.n"),
            "partner_id": SQL("b.partner_id"),
            "commercial_partner_id": SQL("b.partner_id"),
            "stage_id": SQL("CASE WHEN b.open THEN %s ELSE %s END", examples["ticket"]["stage_id"], stage),
            "complaint_state": SQL("CASE WHEN b.open THEN %s ELSE 'closed' END", states),
            "complaint_received_on": SQL("b.received"),
            "complaint_acknowledged_on": SQL("b.received"),
            "complaint_acknowledge_due": SQL("NULL::timestamp"),
            "complaint_answered_on": ended,
            "complaint_closed_on": ended,
            "complaint_answer_due": SQL("CASE WHEN b.open THEN %s END", answer_due),
            "complaint_regulatory_due": SQL("CASE WHEN b.open THEN %s END", regulatory_due),
            "complaint_escalate_on": SQL(
                "CASE WHEN b.open THEN b.received + make_interval(days => CASE WHEN b.due THEN 3 ELSE 30 END) END"
            ),
            "create_date": SQL("b.received"),
            "write_date": SQL("b.received"),
        },
    )
    for kind, due in (("acknowledge", SQL("b.received")), ("answer", answer_due), ("regulatory", regulatory_due)):
        insert_like(
            env.cr,
            "customer_complaint_clock",
            examples[kind],
            source,
            {
                "id": SQL("nextval('customer_complaint_clock_id_seq')"),
                "ticket_id": SQL("b.id"),
                "partner_id": SQL("b.partner_id"),
                "started": SQL("b.received"),
                "deadline": due,
                "due": due,
                "stopped": SQL("b.received") if kind == "acknowledge" else ended,
            },
        )
    for state, moment in (("received", SQL("b.received")), ("answered", ended), ("closed", ended)):
        insert_like(
            env.cr,
            "customer_complaint_event",
            examples["event"],
            SQL("bench_complaint b WHERE %s IS NOT NULL", moment),
            {
                "id": SQL("nextval('customer_complaint_event_id_seq')"),
                "ticket_id": SQL("b.id"),
                "date": moment,
                "state_from": SQL("%s", "investigating" if state == "answered" else None),
                "state_to": SQL("%s", state),
            },
        )


def _make_due(env, share):
    """Let the few have told of the rungs up to ``share`` percent, so that those above it are due."""
    env.cr.execute(
        "UPDATE helpdesk_ticket SET complaint_escalated_share = %s, complaint_escalate_on = complaint_received_on"
        " WHERE complaint_number IN (SELECT 'B/' || n FROM generate_series(1, %s) n)",
        (share, FEW),
    )
    env.cr.commit()
    env.invalidate_all()


# -- what people and jobs do -----------------------------------------------------------------------------------------


def times(env):
    """Seconds by what is done."""
    tickets = env["helpdesk.ticket"]
    everyday = [("is_complaint", "=", True), ("complaint_state", "!=", "closed")]
    env.cr.execute(
        "SELECT id FROM res_partner WHERE commercial_partner_id = id ORDER BY hashint4(id) LIMIT %s", (PAGE,)
    )
    page = env["res.partner"].browse(row[0] for row in env.cr.fetchall())
    company = env.company
    Source = env["customer.value.source"]
    metrics = {code for code in Source._get_metrics() if code in ("complaint_share", "recovery_rate", "satisfaction")}

    def board():
        tickets.web_read_group(
            everyday, ["complaint_state"], ["__count"], auto_unfold=True, unfold_read_specification=CARD
        )

    def raw(partners):
        scope = Scope.make(company, datetime.date.today(), 12, partners)
        for name in ("complaint", "recovery", "rating"):
            env.cr.execute(SQL("SELECT count(*) FROM (%s) q", Source._source_query(name, scope, metrics)))

    done = {
        "floor": lambda: env.cr.execute(
            "SELECT complaint_type_id, count(*) FROM helpdesk_ticket WHERE is_complaint GROUP BY 1"
        ),
        "queue": lambda: env.cr.execute(
            "SELECT complaint_state, count(*), min(complaint_answer_due) FROM helpdesk_ticket"
            " WHERE is_complaint IS TRUE AND complaint_state <> 'closed' GROUP BY 1"
        ),
        "create": lambda: (_take_in(env, page[0]), env.cr.commit()),
        "board": board,
        "bar": lambda: tickets.read_progress_bar(everyday, "complaint_state", BAR),
        "list": lambda: tickets.web_search_read(everyday, CARD, limit=PAGE),
        "page": lambda: tickets._read_group(
            [("is_complaint", "=", True), ("commercial_partner_id", "in", page.ids)],
            ["commercial_partner_id"],
            ["__count"],
        ),
        "earlier": lambda: tickets.search(everyday, limit=PAGE).sudo().mapped("complaint_earlier_count"),
        "analysis": lambda: env["customer.complaint.report"]._read_group(
            [], ["type_id"], ["__count", "hours_to_acknowledge:avg", "days_to_answer:avg", "on_time:avg",
                              "redress_cost:sum", "bought_before:avg", "bought_again:avg"],
        ),
        "metrics": lambda: raw(None),
        "one": lambda: raw(page[0]),
    }  # fmt: skip
    began = time.perf_counter()
    env["customer.complaint.followup"].sudo()._refresh(company)
    env.cr.commit()
    result = {"stored": time.perf_counter() - began}
    env.cr.execute("ANALYZE customer_complaint_followup")
    result |= {what: repeated(env, function) for what, function in done.items()}
    # by the system, which tells everybody
    job = tickets.with_user(SUPERUSER_ID)
    for what, share in (("cron", 0), ("rung", 80)):
        _make_due(env, share)
        began = time.perf_counter()
        job._cron_escalate_complaints()
        env.cr.commit()
        result[what] = time.perf_counter() - began
    return result


def repeated(env, function):
    """The median of several times, each with the caches of records empty; one before to warm up the rest."""
    taken = []
    for _attempt in range(REPEAT + 1):
        env.invalidate_all()
        began = time.perf_counter()
        function()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])
