"""What starting a campaign for very many customers costs, against inserting as many members by plain SQL."""

import os
import resource
import statistics
import time

from bench_aims import aim
from odoo.tools import SQL

REPEAT = 3


def measure(env):
    """Start a campaign for BENCH_MEMBERS customers, or all there are. Commits.

    Compared with the same rows by plain SQL are the numbers of the wizard, and the start, from the press of the button
    to the commit.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    count = int(os.environ["BENCH_MEMBERS"])
    idle = _peak()
    env = env(user=env.ref("base.user_admin").id)
    cr = env.cr
    cr.execute(
        """SELECT max(id) FROM (SELECT p.id FROM res_partner p
                                 WHERE p.commercial_partner_id = p.id AND p.active
                                   AND EXISTS (SELECT FROM res_partner c JOIN sale_order o ON o.partner_id = c.id
                                                WHERE c.commercial_partner_id = p.id AND o.state = 'sale')
                                 ORDER BY p.id LIMIT %s) p""",
        (count,),
    )
    last = cr.fetchone()[0]
    domain = repr([("id", "<=", last)])
    # codes are sent by mail
    cr.execute(
        """UPDATE res_partner SET email = id || '@example.com', email_normalized = id || '@example.com'
            WHERE id <= %s AND commercial_partner_id = id AND email_normalized IS NULL""",
        (last,),
    )
    cr.commit()
    cr.execute("ANALYZE res_partner")
    env.invalidate_all()
    offer = env["customer.retention.offer"].create({"name": "Ten off", "kind": "coupon", "amount": 10.0})
    values = {"name": "Benchmark", "offer_id": offer.id, "seed": "benchmark"}
    wizard = env["customer.retention.wizard"].create(
        values | {"audience": "selected", "audience_model": "res.partner", "audience_domain": domain}
    )
    began = time.perf_counter()
    wizard.action_preview()
    preview = time.perf_counter() - began
    taken = wizard.left_count
    wizard.action_save()
    campaign = wizard.campaign_id
    cr.commit()
    floor = _floor(env, campaign, taken)
    began = time.perf_counter()
    campaign.action_start()
    cr.commit()
    start = time.perf_counter() - began
    lines = [
        f"a campaign for {campaign.member_count:,} customers, {campaign.holdout_count:,} of them in the control group",
        f"floor: as many members inserted by plain SQL{1000 * floor:11.1f} ms",
        *(
            f"{title:44}{1000 * seconds:11.1f} ms{seconds / floor:10.3f}"
            for title, seconds in (("size, cost and power in the wizard", preview), ("start", start))
        ),
        f"    peak memory {_peak() / 1e6:.0f} MB, {idle / 1e6:.0f} MB before",
    ]
    aims = [
        aim("preview of a campaign, over its rows in plain SQL", preview, 2, floor),
        aim("start of a campaign, over its rows in plain SQL", start, 3, floor),
    ]
    return {"lines": lines, "aims": aims}


def _peak():
    """The most memory this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _floor(env, campaign, count):
    """Seconds for as many rows of the same table, with its indexes and keys: the median of three times."""
    times = []
    for _attempt in range(REPEAT):
        env.cr.execute("SAVEPOINT bench_floor")
        began = time.perf_counter()
        env.cr.execute(
            SQL(
                """INSERT INTO customer_retention_member
                          (campaign_id, company_id, partner_id, is_open, arm, state, stratum, margin_before,
                           create_uid, create_date, write_uid, write_date)
                   SELECT %s, %s, id, TRUE, 'treatment', 'planned', 'Gold · 4', 123.45, %s, now(), %s, now()
                     FROM res_partner WHERE commercial_partner_id = id ORDER BY id LIMIT %s""",
                campaign.id,
                campaign.company_id.id,
                env.uid,
                env.uid,
                count,
            )
        )
        times.append(time.perf_counter() - began)
        env.cr.execute("ROLLBACK TO SAVEPOINT bench_floor")
    env.cr.commit()
    return statistics.median(times)
