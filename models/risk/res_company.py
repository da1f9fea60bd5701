import json

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...analytics.risk import loss, observed, staying_away
from ..core.differing import write_differing

LEVEL_NAMES = ("watch", "serious", "urgent")

# What was learned from all customers serves for so many days.
LEARN_DAYS = 7


def _is_young(learned_on, as_of):
    """Whether what was learned on a day, if any, still serves on another; not on an earlier one."""
    return bool(learned_on) and 0 <= (as_of - learned_on).days < LEARN_DAYS


class ResCompany(models.Model):
    """What tells why a customer left, and what a return is worth."""

    _inherit = "res.company"

    retention_loss_return_share = fields.Float(string="Credited Share Indicating Service (%)", default=20.0)
    retention_loss_discount_share = fields.Float(string="Average Discount Indicating Price (%)", default=20.0)
    retention_loss_price_increase = fields.Float(string="Price Increase Indicating Price (%)", default=10.0)
    retention_win_back_share = fields.Float(string="Returning Share (%)", default=20.0)
    retention_win_back_retention = fields.Float(string="Of These, Retained per Year (%)", default=60.0)
    retention_win_back_discount = fields.Float(string="Annual Discount Rate (%)", default=10.0)
    retention_win_back_years = fields.Integer(string="Years Ahead", default=3)
    retention_win_back_learn = fields.Integer(
        string="Min. Customers to Learn",
        default=30,
        help="Minimum number of customers from which the shares are calculated from previously lost and won-back "
        "customers. 0: never.",
    )
    retention_win_back_learnt_share = fields.Float(string="Previously Returned (%)", readonly=True)
    retention_win_back_learnt_retention = fields.Float(string="Previously Retained (%)", readonly=True)
    retention_win_back_losses = fields.Integer(string="Previously Lost Customers", readonly=True)
    retention_win_back_returns = fields.Integer(string="Previously Won-back Customers", readonly=True)
    retention_win_back_learnt_on = fields.Date(string="Win-back Learned On", readonly=True, copy=False)

    _retention_win_back = models.Constraint(
        "CHECK(retention_win_back_share BETWEEN 0 AND 100 AND retention_win_back_retention BETWEEN 0 AND 100"
        " AND retention_win_back_discount BETWEEN 0 AND 100 AND retention_win_back_years BETWEEN 1 AND 20"
        " AND retention_win_back_learn >= 0)",
        "Win-back: shares and the discount rate must be between 0 and 100%, and the years ahead between 1 and 20.",
    )
    _retention_loss = models.Constraint(
        "CHECK(retention_loss_return_share > 0 AND retention_loss_discount_share > 0"
        " AND retention_loss_price_increase > 0)",
        "Win-back: the limits indicating service or price must be above zero.",
    )
    retention_gap_watch = fields.Float(string="Gap to Watch", default=2.0, required=True)
    retention_gap_serious = fields.Float(string="Serious Gap", default=3.0, required=True)
    retention_gap_urgent = fields.Float(string="Urgent Gap", default=4.0, required=True)
    retention_margin_watch = fields.Float(string="Margin Loss to Watch (%)", default=20.0, required=True)
    retention_margin_serious = fields.Float(string="Serious Margin Loss (%)", default=40.0, required=True)
    retention_margin_urgent = fields.Float(string="Urgent Margin Loss (%)", default=60.0, required=True)
    retention_fall_watch = fields.Float(string="Score Loss to Watch", default=10.0, required=True)
    retention_fall_serious = fields.Float(string="Serious Score Loss", default=20.0, required=True)
    retention_fall_urgent = fields.Float(string="Urgent Score Loss", default=30.0, required=True)
    retention_fall_days = fields.Integer(string="Score Look-back (days)", default=90, required=True)
    retention_complaint_serious = fields.Integer(string="Complaint Serious After (days)", default=7, required=True)
    retention_complaint_urgent = fields.Integer(string="Complaint Urgent After (days)", default=21, required=True)
    retention_dispute_urgent = fields.Integer(string="Dispute Urgent After (days)", default=30, required=True)
    retention_probability_watch = fields.Float(string="Probability to Watch (%)", default=25.0, required=True)
    retention_probability_serious = fields.Float(string="Serious Probability (%)", default=50.0, required=True)
    retention_probability_urgent = fields.Float(string="Urgent Probability (%)", default=75.0, required=True)
    retention_activity_watch = fields.Float(string="Activity Loss to Watch (%)", default=20.0, required=True)
    retention_activity_serious = fields.Float(string="Serious Activity Loss (%)", default=40.0, required=True)
    retention_activity_urgent = fields.Float(string="Urgent Activity Loss (%)", default=60.0, required=True)
    retention_learned = fields.Json(
        readonly=True,
        copy=False,
        help="What was last learned about customers who stay away; see analytics/risk/staying_away.py.",
    )
    retention_learned_note = fields.Text(compute="_compute_retention_learned_note")
    _retention_probabilities = models.Constraint(
        "CHECK(retention_probability_watch > 0 AND retention_probability_watch <= retention_probability_serious"
        " AND retention_probability_serious <= retention_probability_urgent AND retention_probability_urgent <= 100)",
        "Customers at risk: probabilities must be above 0% and at most 100%; watch must be below serious, and serious "
        "below urgent.",
    )
    _retention_levels = models.Constraint(
        "CHECK(retention_gap_watch >= 1 AND retention_gap_watch <= retention_gap_serious"
        " AND retention_gap_serious <= retention_gap_urgent"
        " AND retention_margin_watch > 0 AND retention_margin_watch <= retention_margin_serious"
        " AND retention_margin_serious <= retention_margin_urgent"
        " AND retention_fall_watch > 0 AND retention_fall_watch <= retention_fall_serious"
        " AND retention_fall_serious <= retention_fall_urgent AND retention_fall_days > 0"
        " AND retention_activity_watch > 0 AND retention_activity_watch <= retention_activity_serious"
        " AND retention_activity_serious <= retention_activity_urgent"
        " AND retention_complaint_serious >= 0 AND retention_complaint_serious <= retention_complaint_urgent"
        " AND retention_dispute_urgent >= 0)",
        "Customers at risk: the watch limit must be below serious, and serious below urgent. Gaps must be at "
        "least 1; margin, points, activity and look-back period must be above 0; days cannot be negative.",
    )

    def _get_win_back_terms(self):
        """What ``second_lifetime_value`` needs besides the margin: learned where enough is known, else as set.

        :return: dict of ``recaptured``, ``retention``, ``discount`` (0..1) and ``years``
        """
        self.ensure_one()
        # sudo: parameters of the company, for users who may see its lost customers
        own = self.sudo()

        def share(known, learnt, default):
            return (learnt if own.retention_win_back_learn and known >= own.retention_win_back_learn else default) / 100

        return {
            "recaptured": share(
                own.retention_win_back_losses, own.retention_win_back_learnt_share, own.retention_win_back_share
            ),
            "retention": share(
                own.retention_win_back_returns,
                own.retention_win_back_learnt_retention,
                own.retention_win_back_retention,
            ),
            "discount": own.retention_win_back_discount / 100,
            "years": own.retention_win_back_years,
        }

    def _knows_win_back(self, as_of):
        """Whether what was learned about returns still serves on ``as_of``."""
        self.ensure_one()
        return _is_young(self.sudo().retention_win_back_learnt_on, as_of)  # sudo: learned by the system

    def _learn_win_back(self, scope, lost_days):
        """Count customers who came back, and those of them who stayed; written only where it changed."""
        self.ensure_one()
        orders = self.env["customer.value.source"]._order_days_sql(scope)
        [(losses, recaptured, returns, retained)] = self.env.execute_query(
            loss.learn_sql(orders, scope.as_of, lost_days)
        )
        learnt = {
            "retention_win_back_losses": losses,
            "retention_win_back_learnt_share": round(100 * recaptured / losses, 2) if losses else 0,
            "retention_win_back_returns": returns,
            "retention_win_back_learnt_retention": round(100 * retained / returns, 2) if returns else 0,
            "retention_win_back_learnt_on": scope.as_of,
        }
        # sudo: found by the system, not entered by users
        if write_differing(self.sudo(), learnt):
            # what follows is SQL
            self.env.flush_all()

    # -- How likely customers are to stay away -------------------------------------------------------------------------

    def _learn_staying_away(self, orders, lost_days, as_of):
        """Learn from the company's own customers, and keep it for all that looks at them in the days that follow.

        Stored by a statement of its own: it is no change of the company, and costs the same whether it differs or not.

        :param SQL orders: query of ``partner_id`` and ``ago``, see ``observed.first_ago_sql``
        :param int lost_days: a customer with more days since their last order is lost
        :param date as_of: the day of ``orders``
        :return: dict, see ``staying_away.learn``; and ``as_of``, that day
        """
        self.ensure_one()
        [(first,)] = self.env.execute_query(observed.first_ago_sql(orders))
        known = first or 0
        horizon = staying_away.find_horizon(lost_days, known)
        cut_offs = staying_away.find_cut_offs(horizon, known) if horizon else []
        visits = [ago for (ago,) in self.env.execute_query(observed.visits_sql(orders))]
        learned = staying_away.learn(known, horizon, *observed.observe(visits, horizon, cut_offs, lost_days))
        learned["as_of"] = fields.Date.to_string(as_of)
        self.env.cr.execute(
            SQL(
                """UPDATE res_company SET retention_learned = %(learned)s::jsonb
                    WHERE id = %(company)s AND retention_learned IS DISTINCT FROM %(learned)s::jsonb""",
                learned=json.dumps(learned),
                company=self.id,
            )
        )
        self.invalidate_recordset(["retention_learned"], flush=False)
        return learned

    def _get_young_learning(self, as_of):
        """What was learned of staying away, if it still serves on ``as_of``: chances hardly change within days, and to
        learn them anew would move every probability a little each night.

        :return: dict as of ``_learn_staying_away``; None where it is old, of a later day, or something was missing
        """
        self.ensure_one()
        # sudo: learned by the system
        learned = self.sudo().retention_learned
        if not learned or learned["missing"]:
            return None
        return learned if _is_young(fields.Date.to_date(learned["as_of"]), as_of) else None

    @api.depends("retention_learned")
    @api.depends_context("lang")
    def _compute_retention_learned_note(self):
        """In words what has been learned, or what is missing."""
        for company in self:
            company.retention_learned_note = company._explain_learned(company.retention_learned)

    def _explain_learned(self, learned):
        if not learned:
            return self.env._("Probabilities are calculated with the next refresh of the list of customers at risk.")
        if learned["missing"] == "days":
            return self.env._(
                "There are no probabilities yet: orders of %(needed)s days are needed, and there are %(days)s days.",
                needed=staying_away.SHORTEST + staying_away.KNOWN + 1,
                days=learned["days"],
            )
        if learned["missing"]:
            return self.env._(
                "There are no probabilities yet: of the customers of %(days)s days ago, %(needed)s who placed no order "
                "since and %(needed)s who did are needed, and there are %(stayed)s and %(returned)s.",
                days=learned["horizon"],
                needed=staying_away.LEAST,
                stayed=learned["stayed"],
                returned=learned["returned"],
            )
        return self.env._(
            "Learned from your customers on %(date)s: of %(customers)s who were not lost %(days)s days earlier, "
            "%(stayed)s placed no order until then.",
            date=format_date(self.env, learned["as_of"]),
            customers=learned["stayed"] + learned["returned"],
            days=learned["horizon"],
            stayed=learned["stayed"],
        )

    # -- From where on a customer counts as at risk, and the level ---------------------------------------------------

    def _get_retention_limits(self, kind):
        """:return: tuple of the three limits of ``kind`` (gap, margin, fall, activity or probability), ascending"""
        self.ensure_one()
        return tuple(self[f"retention_{kind}_{level}"] for level in LEVEL_NAMES)
