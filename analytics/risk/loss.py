"""Lost customers: when they left, over what, and what earlier ones teach. SQL for a company at a time."""

from dataclasses import dataclass
from datetime import date

from odoo.tools import SQL

from ..scoring.customers import books_sql

YEAR = 365

# A rating of so many points or less, of 1 to 5, is a bad one.
BAD_RATING = 2


@dataclass(frozen=True)
class OwnYear:
    """The year before each customer's loss, and the time until they became dormant, by their own dates.

    It is to the sources what ``Span`` is: a window read along with that of the scope, another one for each customer of
    ``customer_retention_lost``.
    """

    name: str
    first: date

    def joined(self, customer):
        return SQL("LEFT JOIN customer_retention_lost own ON own.partner_id = %s", customer)

    def holds(self, day, customer):
        return SQL("%s BETWEEN own.window_start AND own.evidence_until", day)

    def ends(self, day, customer):
        return SQL("%s <= own.evidence_until", day)

    def column(self, name):
        return f"{name}_{self.name}"


@dataclass(frozen=True)
class LossScope:
    """The same time for queries that join ``lost``, a row of ``customer_retention_lost``, with documents."""

    company_id: int
    company_ids: tuple
    tz: str = "UTC"

    @property
    def books(self):
        return books_sql(self.company_ids)

    def _opens(self, day):
        return SQL("(%s::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')", day, self.tz)

    @property
    def until(self):
        return self._opens(SQL("(lost.evidence_until + 1)"))

    @property
    def window_opens(self):
        return self._opens(SQL("lost.window_start"))

    def day(self, column):
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, self.tz)


@dataclass(frozen=True)
class Signs:
    """From where on something counts as a reason.

    :param float return_share: percent of what was invoiced that was credited
    :param float discount_share: percent, average of the customer's orders
    :param float price_increase: percent, within the last year, of what the customer bought again
    """

    return_share: float
    discount_share: float
    price_increase: float


def learn_sql(orders, as_of, lost_days):
    """One row: ``losses`` known for a year, of which ``recaptured`` came back within it; ``returns`` a year ago or
    longer, of which ``retained`` ordered again within a year.

    A customer is lost when more than ``lost_days`` have passed since an order, as in the lifecycle.

    :param SQL orders: query of ``partner_id`` and ``day`` of all orders; a day may come several times
    """
    return SQL(
        """
        WITH step AS (
            SELECT day, lag(day) OVER customer AS before, lead(day) OVER customer AS next
              FROM (SELECT DISTINCT partner_id, day FROM (%(orders)s) ordered) visit
            WINDOW customer AS (PARTITION BY partner_id ORDER BY day)
        )
        SELECT count(*) FILTER (WHERE lost) AS losses,
               count(*) FILTER (WHERE lost AND next <= day + %(lost_days)s + %(year)s) AS recaptured,
               count(*) FILTER (WHERE back) AS returns,
               count(*) FILTER (WHERE back AND next <= day + %(year)s) AS retained
          FROM (SELECT *,
                       COALESCE(next, %(as_of)s::date + 1) - day > %(lost_days)s
                       AND day + %(lost_days)s + %(year)s <= %(as_of)s::date AS lost,
                       day - before > %(lost_days)s AND day + %(year)s <= %(as_of)s::date AS back
                  FROM step) known
        """,
        orders=orders,
        as_of=as_of,
        lost_days=lost_days,
        year=YEAR,
    )


def lost_sql(scope, days, dormant_days, lost_days):
    """Query of customers lost by their score: ``partner_id``, ``tier_id``, ``last_order``, ``lost_since`` and the days
    between which evidence is looked for: the year before the last order, and the time after it until dormant.

    :param SQL days: query of ``partner_id`` (commercial entity) and ``day`` of every order, of these customers at least
    """
    return SQL(
        """
        SELECT s.partner_id, s.tier_id, last.day AS last_order, last.day + %(lost_days)s + 1 AS lost_since,
               (last.day - interval '1 year')::date + 1 AS window_start,
               LEAST(last.day + %(dormant_days)s, %(as_of)s::date) AS evidence_until
          FROM customer_value_score s
          JOIN (SELECT partner_id, max(day) AS day FROM (%(days)s) bought GROUP BY partner_id) last
            ON last.partner_id = s.partner_id
         WHERE s.company_id = %(company)s AND s.lifecycle = 'lost'
        """,
        days=days,
        company=scope.company_id,
        as_of=scope.as_of,
        dormant_days=dormant_days,
        lost_days=lost_days,
    )


def cannot_return_sql(customer, company):
    """Condition: it was stated that this customer is gone for good, see ``customer.retention.reason.is_final``.

    :param SQL customer: commercial entity, and ``company``: ids, or columns of them
    """
    return SQL(
        """%s IN (SELECT loss.partner_id FROM customer_retention_loss loss
                    JOIN customer_retention_reason reason ON reason.id = loss.reason_id
                   WHERE loss.company_id = %s AND reason.is_final)""",
        customer,
        company,
    )


def _complaints_sql(own, abusive):
    """Complaints not found abusive that are unsettled, or were rejected."""
    return SQL(
        """SELECT lost.partner_id, count(*) AS complaint_count
             FROM customer_retention_lost lost
             JOIN res_partner rp ON rp.commercial_partner_id = lost.partner_id
             JOIN helpdesk_ticket ticket ON ticket.partner_id = rp.id
            WHERE ticket.company_id = %s AND ticket.is_complaint AND ticket.duplicate_id IS NULL
              AND ticket.complaint_received_on >= %s AND ticket.complaint_received_on < %s
              AND (ticket.complaint_state <> 'closed' OR ticket.complaint_outcome = 'rejected')
              AND ticket.id NOT IN (%s)
            GROUP BY lost.partner_id""",
        own.books,
        own.window_opens,
        own.until,
        abusive,
    )


def _rating_sql(own):
    return SQL(
        """SELECT lost.partner_id, min(rating.rating)::int AS lowest_rating
             FROM customer_retention_lost lost
             JOIN res_partner rp ON rp.commercial_partner_id = lost.partner_id
             JOIN helpdesk_ticket ticket ON ticket.partner_id = rp.id
             JOIN rating_rating rating ON rating.res_id = ticket.id AND rating.res_model = 'helpdesk.ticket'
            WHERE ticket.company_id = %s
              AND rating.consumed AND rating.rating >= 1 AND rating.is_internal IS NOT TRUE
              AND rating.rated_on >= %s AND rating.rated_on < %s
            GROUP BY lost.partner_id""",
        own.books,
        own.window_opens,
        own.until,
    )


def _leads_sql(own):
    """Opportunities lost over the price."""
    return SQL(
        """SELECT lost.partner_id, count(*) AS lost_lead_count
             FROM customer_retention_lost lost
             JOIN res_partner rp ON rp.commercial_partner_id = lost.partner_id
             JOIN crm_lead lead ON lead.partner_id = rp.id
             JOIN crm_lost_reason reason ON reason.id = lead.lost_reason_id AND reason.is_about_price
             LEFT JOIN crm_team team ON team.id = lead.team_id
             LEFT JOIN res_users seller ON seller.id = lead.user_id
            WHERE lead.type = 'opportunity' AND lead.won_status = 'lost'
              AND COALESCE(lead.company_id, team.company_id, seller.company_id, %(unassigned)s) = %(company)s
              AND COALESCE(lead.date_closed, lead.create_date) >= %(opens)s
              AND COALESCE(lead.date_closed, lead.create_date) < %(until)s
            GROUP BY lost.partner_id""",
        company=own.books,
        unassigned=own.company_id,
        opens=own.window_opens,
        until=own.until,
    )


def _rival_sql(own):
    """The competitor to whom the last deal was lost."""
    return SQL(
        """SELECT lost.partner_id,
                  (array_agg(line.competitor_id ORDER BY line.decided_on DESC, line.id DESC))[1] AS competitor_id
             FROM customer_retention_lost lost
             JOIN customer_competition_line line ON line.partner_id = lost.partner_id
            WHERE line.company_id = %s AND line.outcome = 'lost' AND line.is_winner
              AND line.decided_on BETWEEN lost.window_start AND lost.evidence_until
            GROUP BY lost.partner_id""",
        own.books,
    )


def _stated_sql(own, scope):
    """What was stated last of why a customer left, since their last order."""
    return SQL(
        """SELECT DISTINCT ON (lost.partner_id)
                  lost.partner_id, said.id AS stated_id, said.reason_id AS stated_reason_id, reason.is_final
             FROM customer_retention_lost lost
             JOIN res_partner rp ON rp.commercial_partner_id = lost.partner_id
             JOIN customer_retention_stated_reason said ON said.partner_id = rp.id
             JOIN customer_retention_reason reason ON reason.id = said.reason_id
            WHERE said.company_id = %s AND said.date > lost.last_order AND said.date <= %s
            ORDER BY lost.partner_id, said.date DESC, said.id DESC""",
        own.company_id,
        scope.as_of,
    )


def _quotations_sql(own, scope):
    """Quotations made after the last order that were not accepted: canceled, or past their last day."""
    return SQL(
        """SELECT lost.partner_id, count(*) AS quotation_count
             FROM customer_retention_lost lost
             JOIN res_partner rp ON rp.commercial_partner_id = lost.partner_id
             JOIN sale_order so ON so.value_customer_id = rp.id
            WHERE so.company_id = %(company)s
              AND (so.state = 'cancel' OR so.state IN ('draft', 'sent') AND so.validity_date < %(as_of)s)
              AND %(day)s > lost.last_order AND so.date_order < %(until)s
            GROUP BY lost.partner_id""",
        company=own.books,
        as_of=scope.as_of,
        day=own.day(SQL("so.date_order")),
        until=scope.until,
    )


def prices_sql(own, goods):
    """By how many percent more a customer paid the last time than the first time in the year, for products bought on
    several days; products weigh by what was paid for them last. Company currency, net of discounts.
    """
    return SQL(
        """SELECT price.partner_id,
                  100 * (sum(price.last * price.quantity) / NULLIF(sum(price.first * price.quantity), 0) - 1)
                  AS price_increase
             FROM (SELECT line.partner_id,
                          (array_agg(unit ORDER BY day, line.id))[1] AS first,
                          (array_agg(unit ORDER BY day, line.id))[count(*)] AS last,
                          (array_agg(line.quantity ORDER BY day, line.id))[count(*)] AS quantity
                     FROM (SELECT lost.partner_id, sol.id, sol.product_id, sol.product_uom_id,
                                  sol.product_uom_qty AS quantity, %(day)s AS day,
                                  sol.price_subtotal / sol.product_uom_qty
                                  / COALESCE(NULLIF(so.currency_rate, 0), 1)::numeric AS unit
                             FROM customer_retention_lost lost
                             JOIN res_partner rp ON rp.commercial_partner_id = lost.partner_id
                             JOIN sale_order so ON so.value_customer_id = rp.id
                             JOIN sale_order_line sol ON sol.order_id = so.id AND %(goods)s
                            WHERE so.company_id = %(company)s
                              AND so.state = 'sale' AND sol.product_uom_qty > 0 AND sol.price_subtotal > 0
                              AND so.date_order >= %(opens)s AND so.date_order < %(until)s) line
                    GROUP BY line.partner_id, line.product_id, line.product_uom_id
                   HAVING min(day) < max(day)) price
            GROUP BY price.partner_id""",
        company=own.books,
        day=own.day(SQL("so.date_order")),
        goods=goods,
        opens=own.window_opens,
        until=own.until,
    )


def evidence_sql(scope, own, signs, figures, prices, abusive, factor, digits):
    """Query of what is stored of everybody in ``customer_retention_lost``. Each kind of document is read once.

    What was stated is the reason; otherwise the first of these that holds. Service goes first: a grievance is on record
    and may be why they turned to another, while a price is an inference. (1) service: a complaint unsettled or
    rejected, a bad rating, much returned; (2) a competitor to whom a deal was lost; (3) price: an opportunity lost over
    it, bought at discounts only, quotations that came to nothing, a price increase; (4) silence.

    :param LossScope own: :param SQL figures: query of ``partner_id``, ``margin``, ``discount_share`` and
        ``return_share`` of each customer's own time
    :param SQL prices: see ``prices_sql``
    :param float factor: second-lifetime value of each unit of margin
    """
    signals = (
        ("service", "complaint", SQL("complaint.complaint_count > 0")),
        ("service", "rating", SQL("rating.lowest_rating <= %s", BAD_RATING)),
        ("service", "returns", SQL("figures.return_share >= %s", signs.return_share)),
        ("competitor", "competitor", SQL("rival.competitor_id > 0")),
        ("price", "lead", SQL("lead.lost_lead_count > 0")),
        ("price", "discount", SQL("figures.discount_share >= %s", signs.discount_share)),
        ("price", "quotation", SQL("quotation.quotation_count > 0")),
        ("price", "increase", SQL("price.price_increase >= %s", signs.price_increase)),
    )
    found = {
        "figures": figures,
        "complaint": _complaints_sql(own, abusive),
        "rating": _rating_sql(own),
        "lead": _leads_sql(own),
        "quotation": _quotations_sql(own, scope),
        "price": prices,
        "rival": _rival_sql(own),
        "stated": _stated_sql(own, scope),
    }

    def of(kind):
        return SQL(" OR ").join(condition for own_kind, _code, condition in signals if own_kind == kind)

    return SQL(
        """
        WITH %(queries)s
        SELECT found.*, COALESCE(found.stated_reason_id, reason.id) AS reason_id,
               CASE WHEN found.is_final THEN 0
                    ELSE round(GREATEST(found.margin, 0) * %(factor)s::numeric, %(digits)s)
                END AS second_lifetime_value
          FROM (
                SELECT lost.partner_id, lost.tier_id, lost.last_order, lost.lost_since,
                       round(COALESCE(figures.margin, 0)::numeric, %(digits)s) AS margin,
                       COALESCE(complaint.complaint_count, 0) AS complaint_count,
                       COALESCE(rating.lowest_rating, 0) AS lowest_rating,
                       round(COALESCE(figures.return_share, 0)::numeric, 2) AS return_share,
                       COALESCE(lead.lost_lead_count, 0) AS lost_lead_count,
                       round(COALESCE(figures.discount_share, 0)::numeric, 2) AS discount_share,
                       COALESCE(quotation.quotation_count, 0) AS quotation_count,
                       round(COALESCE(price.price_increase, 0)::numeric, 2) AS price_increase,
                       rival.competitor_id, stated.stated_id, stated.stated_reason_id, stated.is_final,
                       CASE WHEN %(service)s THEN 'loss_service' WHEN %(competitor)s THEN 'loss_competitor'
                            WHEN %(price)s THEN 'loss_price'
                            ELSE 'loss_silence' END AS code,
                       concat_ws(' ', %(factors)s) AS factors
                  FROM customer_retention_lost lost
                  %(joins)s
               ) found
          LEFT JOIN customer_retention_reason reason ON reason.code = found.code
        """,
        # materialized: a planner that takes a table for empty would read it anew for each customer
        queries=SQL(", ").join(
            SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query) for name, query in found.items()
        ),
        joins=SQL(" ").join(SQL("LEFT JOIN %s USING (partner_id)", SQL.identifier(name)) for name in found),
        factor=round(factor, 9),
        digits=digits,
        service=of("service"),
        competitor=of("competitor"),
        price=of("price"),
        factors=SQL(", ").join(SQL("CASE WHEN %s THEN %s END", condition, code) for _kind, code, condition in signals),
    )


COLUMNS = (
    "tier_id",
    "last_order",
    "lost_since",
    "reason_id",
    "factors",
    "margin",
    "second_lifetime_value",
    "complaint_count",
    "lowest_rating",
    "return_share",
    "lost_lead_count",
    "discount_share",
    "quotation_count",
    "price_increase",
    "competitor_id",
    "stated_id",
)
