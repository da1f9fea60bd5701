"""SQL that finds customers at risk: facts, factors, level, main reason, and which of it is written.

A *factor* is one kind of risk, with a level of its own: 0 does not hold, 1 watch, 2 serious, 3 urgent.

=========  ===========================================================================================================
dispute    something overdue is disputed (see ``disputed_sql``): serious, and urgent once it is overdue for so many days
complaint  a complaint not found abusive is open: watch, and higher by the age of the oldest
margin     so many per cent less margin in the last twelve months than in the twelve before
decline    so many points of score less than at the beginning of the look-back
rhythm     days since the last order, over the customer's own mean gap: more than so many times
competitor a deal lost to a competitor within the look-back, and no order since: serious
activity   probability of being active, by the forecast of lifetime values, over that which the customer usually has: so
           many per cent less; for those who have ordered on three days or more
alike      probability of staying away (see ``staying_away``), where it is known: so many per cent
=========  ===========================================================================================================

A customer is at risk if a factor holds whose reason is in use. The first of these in the order of the reasons is the
main one. Where the probability is known, it alone makes the level, at least watch; the factors are reasons in words.
Elsewhere the highest level counts. Thresholds are inclusive, but for the rhythm, where the lifecycle says "more than".
"""

from dataclasses import dataclass
from datetime import date

from odoo.tools import SQL

from ..scoring.customers import is_customer_sql
from ..scoring.scoring import case, commas, mean_gap
from .observed import probability_sql

LEVELS = ("watch", "serious", "urgent")

FACTORS = ("dispute", "complaint", "competitor", "margin", "decline", "rhythm", "activity", "alike")

# What a row is made of, besides customer, company, and since when: columns and their types.
KINDS = {
    "tier_id": "int4",
    "reason_id": "int4",
    "level": "text",
    "probability": "numeric",
    "horizon_days": "int4",
    "expected_loss": "numeric",
    "factors": "text",
    "stake": "numeric",
    "gap_days": "int4",
    "usual_gap_days": "numeric",
    "gap_ratio": "numeric",
    "score": "numeric",
    "score_fall": "numeric",
    "fallen_metric": "text",
    "margin_before": "numeric",
    "margin_now": "numeric",
    "margin_lost": "numeric",
    "complaint_count": "int8",
    "complaint_since": "date",
    "disputed_amount": "numeric",
    "disputed_days": "int4",
    "competitor_id": "int4",
    "competitor_on": "date",
    "p_active": "numeric",
    "p_usual": "numeric",
    "forecast_loss": "numeric",
}
STORED = tuple(KINDS)

# The columns of ``differing_sql``.
DIFFERING = {"kept_id": "int4", "partner_id": "int4", "fingerprint": "text"} | KINDS


@dataclass(frozen=True)
class Watch:
    """What counts as at risk, as plain numbers.

    :param date as_of: documents up to the end of this day count; a score that began later is not known
    :param int lost_days: a customer with more days since their last order is lost, not at risk
    :param int policy_id: scores of other policies are not compared; None where there is no active one
    :param date fall_start: first day of the look-back for falling scores
    :param int digits: of the company's currency
    :param reasons: (factor, id of the reason) of the reasons in use, the most urgent first
    :param gaps: times the usual gap from which on each level holds; ``falls`` points, ``losses`` per cent of margin
    :param complaint_days: age of the oldest complaint for serious and urgent
    :param int dispute_days: days overdue for urgent
    :param activities: per cent of the usual probability of being active that is missing, for each level
    :param shares: per cent of probability from which on each level holds
    :param dict learned: what ``staying_away.learn`` has found; None where it has not been asked
    """

    as_of: date
    company_id: int
    lost_days: int
    policy_id: int | None
    fall_start: date
    digits: int
    reasons: tuple
    gaps: tuple
    falls: tuple
    losses: tuple
    complaint_days: tuple
    dispute_days: int
    activities: tuple
    shares: tuple
    learned: dict | None


# -- facts -----------------------------------------------------------------------------------------------------------


def complaints_sql(scope, abusive):
    """Open complaints not found abusive, by what was known at the end of ``as_of``, one row each.

    One that has been closed since was open then. Columns: ``partner_id`` (commercial entity), ``day`` received,
    ``move_id`` and ``order_id`` complained about, ``is_billing`` (about invoices in general).

    :param Scope scope: of the source
    :param SQL abusive: complaints found abusive, column ``ticket_id``
    """
    return SQL(
        """
        SELECT rp.commercial_partner_id AS partner_id, %(day)s AS day, ticket.complaint_move_id AS move_id,
               ticket.complaint_order_id AS order_id,
               kind.kind = 'invoice' AND ticket.complaint_move_id IS NULL AND ticket.complaint_order_id IS NULL
                   AS is_billing
          FROM helpdesk_ticket ticket
          JOIN res_partner rp ON rp.id = ticket.partner_id
          LEFT JOIN customer_complaint_type kind ON kind.id = ticket.complaint_type_id
         WHERE ticket.company_id = %(company)s AND ticket.is_complaint AND ticket.duplicate_id IS NULL
           AND ticket.complaint_received_on < %(until)s
           AND (ticket.complaint_state <> 'closed' OR ticket.complaint_closed_on >= %(until)s)
           AND ticket.id NOT IN (%(abusive)s) AND %(among)s
        """,
        day=scope.day(SQL("ticket.complaint_received_on")),
        company=scope.books,
        until=scope.until,
        abusive=abusive,
        among=scope.among(SQL("rp.commercial_partner_id")),
    )


def disputed_sql(scope, overdue):
    """What is overdue and disputed: ``partner_id``, ``disputed_amount`` (company currency), ``disputed_days`` overdue.

    An overdue item is disputed while one of the customer's open complaints (``complaint``)

    - names its invoice, or
    - names an order that its invoice bills, or
    - is about wrong invoices or prices and names neither: then everything overdue is meant.

    :param SQL overdue: items, as of ``_overdue_items_sql`` of the source
    """
    return SQL(
        """
        SELECT item.partner_id, sum(item.amount) AS disputed_amount,
               %(as_of)s::date - min(item.date_maturity) AS disputed_days
          FROM (%(overdue)s) item
         WHERE EXISTS (
                SELECT FROM complaint
                 WHERE complaint.partner_id = item.partner_id
                   AND (complaint.move_id = item.move_id OR complaint.is_billing OR EXISTS (
                        SELECT FROM sale_order_line sol
                          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sol.id
                          JOIN account_move_line billed ON billed.id = rel.invoice_line_id
                         WHERE sol.order_id = complaint.order_id AND billed.move_id = item.move_id))
               )
         GROUP BY item.partner_id
        """,
        as_of=scope.as_of,
        overdue=overdue,
    )


def _lost_deals_sql(watch, scope):
    """The last deal of each customer that a competitor won in the look-back: ``competitor_id``, ``competitor_on``."""
    return SQL(
        """
        SELECT DISTINCT ON (line.partner_id) line.partner_id, line.competitor_id, line.decided_on AS competitor_on
          FROM customer_competition_line line
         WHERE line.company_id = %(company)s AND line.outcome = 'lost' AND line.is_winner
           AND line.decided_on BETWEEN %(start)s AND %(as_of)s AND %(among)s
         ORDER BY line.partner_id, line.decided_on DESC, line.id DESC
        """,
        company=scope.books,
        start=watch.fall_start,
        as_of=watch.as_of,
        among=scope.among(SQL("line.partner_id")),
    )


def _earlier_scores(watch, scope):
    """Scores by the present policy at the beginning of the look-back, from the history.

    ``earlier_score`` is that of the last entry before the look-back, else of the first one in it; ``earlier`` holds the
    contributions just before the first recorded fall in it. The history has an entry for every step that the policy
    asks for, so a score is known up to that step. All are asked for in one order, so that it is sorted once.
    """
    return SQL(
        """
        SELECT h.partner_id,
               COALESCE((array_agg(h.score ORDER BY h.date, h.id) FILTER (WHERE h.date < %(start)s))
                        [count(*) FILTER (WHERE h.date < %(start)s)],
                        (array_agg(h.score ORDER BY h.date, h.id))[1]) AS earlier_score,
               (array_agg(h.previous_contributions ORDER BY h.date, h.id)
                FILTER (WHERE h.date >= %(start)s AND h.previous_contributions IS NOT NULL))[1] AS earlier
          FROM customer_value_history h
          JOIN customer_value_run run ON run.id = h.run_id AND run.policy_id = %(policy)s
         WHERE h.company_id = %(company)s AND h.event <> 'left' AND h.date <= %(as_of)s AND %(among)s
         GROUP BY h.partner_id
        """,
        start=watch.fall_start,
        policy=watch.policy_id,
        company=watch.company_id,
        as_of=watch.as_of,
        among=scope.among(SQL("h.partner_id")),
    )


def _facts(watch, scope, disputed):
    """One row for each customer who has ordered and is not lost: the facts, in the units in which they are stored.

    Orders and margins are read once, as ``trade``, also where the database takes the tables for empty; and ``OFFSET 0``
    has each fact calculated once, however many factors ask for it: a probability takes longer than all of them.
    """
    return SQL(
        """
        SELECT rp.id AS partner_id, s.tier_id, s.score, s.contributions, run.dimension_weights, earlier.earlier,
               GREATEST(earlier.earlier_score - s.score, 0) AS score_fall,
               n.gap_days,
               CASE WHEN n.order_days > 2 THEN round((%(mean)s)::numeric, 1) END AS usual_gap_days,
               CASE WHEN n.order_days > 2
                    THEN n.gap_days::numeric * (n.order_days - 1) / (n.last_order - n.first_order) END AS ratio,
               %(probability)s AS probability,
               round(n.margin_before, %(digits)s) AS margin_before, round(n.margin, %(digits)s) AS margin_now,
               COALESCE(open.complaint_count, 0) AS complaint_count, open.complaint_since,
               round(COALESCE(disputed.disputed_amount, 0), %(digits)s) AS disputed_amount,
               COALESCE(disputed.disputed_days, 0) AS disputed_days,
               rival.competitor_id, rival.competitor_on,
               CASE WHEN n.order_days > 2 THEN future.p_active END AS p_active,
               CASE WHEN n.order_days > 2 THEN future.p_usual END AS p_usual, future.active_margin
          FROM res_partner rp
          JOIN trade n ON n.partner_id = rp.id AND n.gap_days <= %(lost)s
          LEFT JOIN customer_value_score s
                 ON s.partner_id = rp.id AND s.company_id = %(company)s AND s.as_of <= %(as_of)s
          LEFT JOIN customer_value_run run ON run.id = s.run_id
          LEFT JOIN (%(earlier)s) earlier ON earlier.partner_id = rp.id AND run.policy_id = %(policy)s
          LEFT JOIN (SELECT partner_id, count(*) AS complaint_count, min(day) AS complaint_since
                       FROM complaint GROUP BY partner_id) open ON open.partner_id = rp.id
          LEFT JOIN (%(disputed)s) disputed ON disputed.partner_id = rp.id
          LEFT JOIN (%(lost_deals)s) rival
                 ON rival.partner_id = rp.id AND rival.competitor_on >= n.last_order
          LEFT JOIN customer_lifetime_value future
                 ON future.partner_id = rp.id AND future.company_id = %(company)s AND future.as_of <= %(as_of)s
                AND future.purchases > 0
         WHERE %(customer)s
        OFFSET 0
        """,
        customer=is_customer_sql("rp"),
        mean=mean_gap("n"),
        probability=probability_sql(
            watch.learned,
            SQL("n.order_days"),
            SQL("n.gap_days"),
            SQL("(n.gap_days + (n.last_order - n.first_order))"),
        ),
        digits=watch.digits,
        lost=watch.lost_days,
        company=watch.company_id,
        as_of=watch.as_of,
        policy=watch.policy_id,
        earlier=_earlier_scores(watch, scope),
        disputed=disputed,
        lost_deals=_lost_deals_sql(watch, scope),
    )


# -- factors, level, reason --------------------------------------------------------------------------------------------


def _steps(value, limits, operator):
    """0 to 3: how many of the ascending ``limits`` the value reaches; 0 where it is null."""
    return case(
        [
            (SQL("%s %s %s::numeric", value, SQL(operator), limit), level)
            for level, limit in zip((3, 2, 1), reversed(limits), strict=True)
        ],
        SQL("0"),
    )


def _factor_levels(watch):
    """``{factor: SQL}`` of the level over the columns of the facts."""
    serious, urgent = watch.complaint_days
    age = SQL("(%s::date - complaint_since)", watch.as_of)
    lost_share = SQL("100 * (margin_before - margin_now) / NULLIF(GREATEST(margin_before, 0), 0)")
    return {
        "dispute": case(
            [
                (SQL("disputed_amount <= 0"), 0),
                (SQL("disputed_days >= %s", watch.dispute_days), 3),
            ],
            SQL("2"),
        ),
        "complaint": case(
            [
                (SQL("complaint_count = 0"), 0),
                (SQL("%s >= %s", age, urgent), 3),
                (SQL("%s >= %s", age, serious), 2),
            ],
            SQL("1"),
        ),
        "competitor": SQL("CASE WHEN competitor_id IS NULL THEN 0 ELSE 2 END"),
        "margin": _steps(lost_share, watch.losses, ">="),
        "decline": _steps(SQL("score_fall"), watch.falls, ">="),
        "rhythm": _steps(SQL("ratio"), watch.gaps, ">"),
        "activity": _steps(SQL("100 * (1 - p_active / NULLIF(p_usual, 0))"), watch.activities, ">="),
        "alike": _steps(SQL("100 * probability"), watch.shares, ">="),
    }


def _level_column(factor):
    return SQL.identifier(f"{factor}_level")


def _fallen_metric():
    """The metric whose contribution fell most; of equal ones the first by its code."""
    return SQL(
        """
        (SELECT fall.metric
           FROM jsonb_array_elements(dimension_weights) WITH ORDINALITY now(line, place)
          CROSS JOIN LATERAL (SELECT line ->> 0 AS metric,
                                     (earlier -> (line ->> 0) ->> 'contribution')::numeric
                                     - contributions[2 * place] / 100::numeric AS points) fall
          WHERE fall.points > 0
          ORDER BY fall.points DESC, fall.metric
          LIMIT 1)
        """
    )


def _risks(watch, facts):
    """One row for each customer at risk: the columns of ``STORED``, as they are stored.

    At stake is the better of two years; of a margin that has grown, the mean of both: one good year is no habit. What
    is forecast of a customer who stays says nothing of what they brought, and has a column of its own.
    """
    levels = _factor_levels(watch)
    columns = {factor: _level_column(factor) for factor, _reason in watch.reasons}
    highest = SQL("GREATEST(%s)", commas([SQL("0"), *columns.values()]))
    return SQL(
        """
        SELECT partner_id, tier_id,
               %(reason)s::int AS reason_id,
               (%(names)s::text[])[CASE WHEN probability IS NULL THEN %(highest)s
                                        ELSE GREATEST(%(probable)s, 1) END] AS level,
               probability, CASE WHEN probability IS NOT NULL THEN %(horizon)s::int END AS horizon_days,
               round(probability * stake, %(digits)s) AS expected_loss,
               concat_ws(' ', %(factors)s) AS factors, stake,
               gap_days, usual_gap_days, round(ratio, 2) AS gap_ratio, score, score_fall,
               CASE WHEN score_fall > 0 THEN %(fallen)s END AS fallen_metric,
               margin_before, margin_now, GREATEST(margin_before - margin_now, 0) AS margin_lost,
               complaint_count, complaint_since, disputed_amount, disputed_days, competitor_id, competitor_on,
               p_active, p_usual,
               round(probability * GREATEST(active_margin, 0), %(digits)s) AS forecast_loss
          FROM (SELECT facts.*, %(levels)s,
                       CASE WHEN margin_before > 0 AND margin_now > margin_before
                            THEN round((margin_before + margin_now) / 2, %(digits)s)
                            ELSE GREATEST(margin_before, margin_now, 0) END AS stake
                  FROM (%(facts)s) facts OFFSET 0) judged
         WHERE %(highest)s > 0
        """,
        reason=case([(SQL("%s > 0", columns[factor]), reason) for factor, reason in watch.reasons], SQL("NULL")),
        names=list(LEVELS),
        highest=highest,
        probable=levels["alike"],
        horizon=watch.learned["horizon"] if watch.learned else None,
        digits=watch.digits,
        factors=commas(
            [SQL("NULL"), *(SQL("CASE WHEN %s > 0 THEN %s END", column, name) for name, column in columns.items())]
        ),
        fallen=_fallen_metric(),
        levels=commas(SQL("%s AS %s", level, _level_column(factor)) for factor, level in levels.items()),
        facts=facts,
    )


# -- what is written --------------------------------------------------------------------------------------------------


def differing_sql(watch, scope, trade, overdue, abusive):
    """Query of the risks that are not stored as they were found, with the columns ``DIFFERING``.

    ``kept_id`` is the stored row, null where there is none; without ``partner_id`` its customer is no longer at risk.

    :param Watch watch: what counts as at risk
    :param Scope scope: whose risks
    :param SQL trade: of those in ``scope``: ``partner_id``, ``margin`` of the last twelve months and ``margin_before``
        of the twelve before these, ``first_order``, ``last_order``, ``order_days`` and ``gap_days``
    :param SQL overdue: see ``disputed_sql``; of customers in ``complaint`` at least
    :param SQL abusive: see ``complaints_sql``
    """
    return SQL(
        """
        WITH complaint AS MATERIALIZED (%(complaints)s),
        trade AS MATERIALIZED (%(trade)s)
        SELECT kept.kept_id, found.*
          FROM (SELECT found.*, hash_record_extended(ROW(%(found)s), 0)::text AS fingerprint
                  FROM (%(risks)s) found) found
          FULL JOIN (SELECT kept.id AS kept_id, kept.partner_id AS customer_id, kept.fingerprint AS kept_fingerprint
                       FROM customer_retention_risk kept
                      WHERE kept.company_id = %(company)s AND %(among)s) kept
            ON kept.customer_id = found.partner_id
         WHERE kept.kept_id IS NULL OR found.partner_id IS NULL
            OR found.fingerprint IS DISTINCT FROM kept.kept_fingerprint
        """,
        complaints=complaints_sql(scope, abusive),
        trade=trade,
        risks=_risks(watch, _facts(watch, scope, disputed_sql(scope, overdue))),
        found=commas(SQL.identifier("found", name) for name in STORED),
        company=watch.company_id,
        among=scope.among(SQL("kept.partner_id")),
    )


def store_sql(watch, differing):
    """Bring the stored risks in line: write those that are new or changed, delete those of customers no longer at risk.

    :param SQL differing: see ``differing_sql``
    :return: SQL; one row: how many were added, changed and taken out
    """
    return SQL(
        """
        WITH differing AS MATERIALIZED (%(differing)s),
        updated AS (
            UPDATE customer_retention_risk r
               SET (%(columns)s, as_of, fingerprint) = ROW(%(values)s, %(as_of)s::date, differing.fingerprint)
              FROM differing
             WHERE r.id = differing.kept_id AND differing.partner_id IS NOT NULL
         RETURNING r.id
        ),
        inserted AS (
            INSERT INTO customer_retention_risk (partner_id, company_id, since, as_of, fingerprint, %(columns)s)
            SELECT partner_id, %(company)s, %(as_of)s, %(as_of)s, fingerprint, %(columns)s
              FROM differing WHERE kept_id IS NULL
             ORDER BY partner_id
                ON CONFLICT (partner_id, company_id) DO NOTHING
         RETURNING id
        ),
        deleted AS (
            DELETE FROM customer_retention_risk r
             USING differing
             WHERE r.id = differing.kept_id AND differing.partner_id IS NULL
         RETURNING r.id
        )
        SELECT (SELECT count(*) FROM inserted), (SELECT count(*) FROM updated), (SELECT count(*) FROM deleted)
        """,
        differing=differing,
        columns=commas(SQL.identifier(name) for name in STORED),
        values=commas(SQL.identifier("differing", name) for name in STORED),
        company=watch.company_id,
        as_of=watch.as_of,
    )
