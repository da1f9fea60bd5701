"""What has changed since two days on which the demo's shop began to work in another way, and advice it has followed.

The purchases are real and know nothing of advice: it is said to have been accepted before some of them, and where
nothing was ordered afterwards.
"""

from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

# How long ago, length, comparison, and what was new.
CHANGES = (
    (relativedelta(months=7), "6", "season", "Every customer has an account manager"),
    # tickets and complaints of the shop do not reach back by a year
    (relativedelta(weeks=4), "3", "adjacent", "Complaints have deadlines and an owner"),
)

# Advice has been noted for so long; so many pieces of each kind, and the share of them that worked, before and since
# the first change.
NOTED = relativedelta(months=20)
PIECES = 260
WORKED = (0.3, 0.45)
FOLLOW = 60
CALLERS = ("manager", "user", "chinese")


def create(env, draw, today):
    """Follow some advice, enter the changes, and measure them as a manager would."""
    _follow_advice(env, draw, today)
    env["customer.effect"].sudo().create(
        [
            {"name": name, "date": today - ago, "months": length, "comparison": comparison}
            for ago, length, comparison, name in CHANGES
        ]
    ).action_measure()


def _follow_advice(env, draw, today):
    users = env["res.users"].search([("login", "in", CALLERS)]).ids
    since, change = today - NOTED, today - CHANGES[0][0]
    reason = env.ref("customer_value.retention_reason_rhythm")
    rules = env["customer.retention.association"].sudo().search([("company_id", "=", env.company.id)], limit=40)
    bought, quiet = _read_orders(env, rules, since)
    values = []
    for kind in ("product", "risk"):
        for _number in range(PIECES):
            day = since + timedelta(days=draw.randrange((today - since).days))
            works = draw.random() < WORKED[day >= change]
            cases = [case for case in (bought if works else quiet)[kind] if _fits(case, day, works)]
            if not cases:
                continue
            partner_id, rule_id, _days = draw.choice(cases)
            rule = rules.browse(rule_id)
            values.append(
                {
                    "company_id": env.company.id,
                    "partner_id": partner_id,
                    "user_id": draw.choice(users),
                    "kind": kind,
                    "accepted_on": datetime.combine(day, time(9)),
                    "until": day + timedelta(days=FOLLOW),
                    "promise": f"{rule.consequent_id.name}: {_say(rule)}" if rule else reason.advice,
                    "product_tmpl_id": rule.consequent_id.id,
                    "expected_margin": rule.expected_margin,
                }
            )
    env["customer.value.advice"].sudo().create(values)


def _say(rule):
    row = {name: rule[name] for name in ("confidence", "lift", "customers")} | {"antecedent_id": rule.antecedent_id.id}
    return rule._reason(row, {rule.antecedent_id.id: rule.antecedent_id.name})


def _fits(case, day, works):
    """Whether an order followed, or none did."""
    followed = any(timedelta() <= ordered - day <= timedelta(days=FOLLOW) for ordered in case[2])
    return followed == works


def _read_orders(env, rules, since):
    """Customers with a rule that suggests something to them, or none, and the days of the orders that would follow it.

    :return: two dicts by kind of lists of (partner id, rule id, days): those who ordered, and those who did not
    """
    rows = env.execute_query(
        SQL(
            """
            WITH bought AS (
                SELECT so.value_customer_id AS partner_id, variant.product_tmpl_id, so.date_order::date AS day
                  FROM sale_order so
                  JOIN sale_order_line line ON line.order_id = so.id
                  JOIN product_product variant ON variant.id = line.product_id
                 WHERE so.state = 'sale' AND so.company_id = %(company)s
            ), customer AS (
                SELECT partner_id, array_agg(DISTINCT day) AS days FROM bought
                 GROUP BY partner_id HAVING min(day) < %(since)s AND count(DISTINCT day) > 2
            )
            SELECT customer.partner_id, NULL AS rule_id, customer.days FROM customer
            UNION ALL
            SELECT customer.partner_id, rule.id,
                   ARRAY(SELECT later.day FROM bought later WHERE later.partner_id = customer.partner_id
                                                             AND later.product_tmpl_id = rule.consequent_id)
              FROM customer CROSS JOIN customer_retention_association rule
             WHERE rule.id = ANY(%(rules)s)
               AND EXISTS (SELECT FROM bought WHERE bought.partner_id = customer.partner_id
                                                AND bought.product_tmpl_id = rule.antecedent_id)
            """,
            company=env.company.id,
            since=since,
            rules=rules.ids,
        )
    )
    kinds = {"risk": [row for row in rows if not row[1]], "product": [row for row in rows if row[1]]}
    return {kind: [row for row in found if row[2]] for kind, found in kinds.items()}, kinds
