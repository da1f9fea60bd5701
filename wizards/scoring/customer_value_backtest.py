import time
from datetime import timedelta

import numpy as np
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...analytics.scoring import backtest
from ...analytics.scoring.advice import propose

# Half a year: long enough for most customers to buy again, and short enough to have as much before it.
WEEKS = 26

# Fifty years: earlier than anybody's orders, and dates still exist.
MOST_WEEKS = 2600


class CustomerValueBacktest(models.TransientModel):
    """Would this policy have found the customers who brought most? Everybody is scored as of a past day, and compared
    with what they brought since. Scores, tiers and history are not touched."""

    _name = "customer.value.backtest"
    _description = "Backtest of a Policy"

    policy_id = fields.Many2one("customer.value.policy", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    weeks_ago = fields.Integer(
        default=WEEKS,
        required=True,
        string="Scored As Of",
        help="Customers are scored with what was known at the end of that day.",
    )
    weeks = fields.Integer(
        default=WEEKS,
        required=True,
        string="Compared With",
        help="What customers brought in this number of weeks after that day.",
    )
    money = fields.Selection(
        [("margin", "Net margin"), ("revenue", "Revenue")], default="margin", required=True, string="Judged By"
    )
    as_of = fields.Date(compute="_compute_days", string="Day of the Score")
    until = fields.Date(compute="_compute_days", string="Compared Until")
    result = fields.Json(readonly=True)
    is_current = fields.Boolean(default=True, help="The result shown corresponds to the current values.")
    advice = fields.Json(readonly=True)
    has_advice = fields.Boolean(compute="_compute_has_advice")
    shown_count = fields.Integer(readonly=True)
    duration = fields.Float(readonly=True, string="Duration (s)")

    _weeks = models.Constraint(
        f"CHECK(weeks >= 4 AND weeks_ago BETWEEN weeks AND {MOST_WEEKS})",
        "Compare with at least 4 weeks, and score customers as of at least that many weeks ago (at most 2,600): what "
        "has not happened yet cannot be compared.",
    )

    @api.model
    def default_get(self, fields_list):
        """The policy it was opened from, else the active one.

        :raise UserError: the company has no active policy
        """
        values = super().default_get(fields_list)
        if "policy_id" in fields_list and "policy_id" not in values:
            values["policy_id"] = self.env["customer.value.policy"]._get_required(self.env.company).id
        return values

    @api.depends("policy_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Backtest: %s", wizard.policy_id.display_name or "")

    @api.depends("advice")
    def _compute_has_advice(self):
        for wizard in self:
            wizard.has_advice = bool((wizard.advice or {}).get("weights"))

    @api.depends("weeks_ago", "weeks", "company_id")
    def _compute_days(self):
        for wizard in self:
            today = (wizard.company_id or self.env.company)._get_value_today()
            # whatever is typed: it is judged when it is saved
            ago, weeks = (min(max(number, 0), MOST_WEEKS) for number in (wizard.weeks_ago, wizard.weeks))
            wizard.as_of = today - timedelta(weeks=ago)
            wizard.until = min(wizard.as_of + timedelta(weeks=weeks), today)

    @api.onchange("weeks_ago", "weeks", "money")
    def _onchange_values(self):
        self.is_current = False

    def _check_policy(self):
        # the statements read by company: it has to be one of the user's
        self.check_access("write")
        self.policy_id.check_access("read")
        self.policy_id._check_runnable()

    def action_run(self):
        """Score as of the past day, and show how the policy did.

        :raise UserError: the policy cannot be run
        """
        self.ensure_one()
        self._check_policy()
        clock = time.monotonic()
        hindsight = self.env["customer.value.hindsight"]._look_back(self.policy_id, self.as_of, self.until)
        self.write(
            {
                "result": self._judge(hindsight),
                "is_current": True,
                "shown_count": self.shown_count + 1,
                "duration": time.monotonic() - clock,
            }
        )

    def action_advise(self):
        """Look for weights that would have ordered customers better, and try them on a later time.

        They are learned on what customers brought before the day of the backtest, and judged by what they brought after
        it. The policy is not changed.

        :raise UserError: the policy cannot be run, or it has one dimension only
        """
        self.ensure_one()
        self._check_policy()
        if len(self.policy_id.dimension_ids) < 2:
            raise UserError(
                self.env._("There is nothing to weigh: the policy has one dimension only. Add others to it first.")
            )
        clock = time.monotonic()
        span = self.until - self.as_of
        Hindsight = self.env["customer.value.hindsight"]
        policy = self.policy_id
        past = Hindsight._look_back(policy, self.as_of - span, self.as_of, all_dimensions=True)
        later = Hindsight._look_back(policy, self.as_of, self.until, all_dimensions=True)
        missing = Hindsight._find_missing(past, self.money) + Hindsight._find_missing(later, self.money)
        self.write(
            {
                "advice": {"missing": missing} if missing else self._advise(past, later),
                "shown_count": self.shown_count + 1,
                "duration": time.monotonic() - clock,
            }
        )

    def _advise(self, past, later):
        """:return: dict of JSON values: ``weights`` (metric, label, before and after, in shares of 100), ``before`` and
        ``after`` (measures of the later time), ``differences``, and ``is_better``: whether more than chance speaks for
        them
        """
        metrics = list(past.points)
        dimensions = {dimension.metric: dimension for dimension in self.policy_id.dimension_ids}
        weights = np.array([dimensions[metric].weight for metric in metrics])
        found = propose(
            np.column_stack([past.points[metric] for metric in metrics]),
            weights,
            past.brought[self.money],
            past.bought,
        )
        points = np.column_stack([later.points[metric] for metric in metrics])
        brought, bought = later.brought[self.money], later.bought
        # rounded as scores are, so that customers who tie there tie here
        before, after = (
            backtest.Ranking(np.round(points @ shares / 100, 2)) for shares in (weights / weights.sum() * 100, found)
        )
        differences = backtest.compare(after, before, brought, bought)
        return {
            "missing": [],
            "learned": [fields.Date.to_string(past.as_of), fields.Date.to_string(past.until)],
            "judged": [fields.Date.to_string(later.as_of), fields.Date.to_string(later.until)],
            "weights": [
                {
                    "metric": metric,
                    "label": dimensions[metric].display_name,
                    "before": 100 * float(weight) / float(weights.sum()),
                    "after": share,
                }
                for metric, weight, share in zip(metrics, weights, found, strict=True)
            ],
            "before": before.measure(brought, bought),
            "after": after.measure(brought, bought),
            "differences": {
                name: {"value": found.value, "low": found.low, "high": found.high, "verdict": found.verdict}
                for name, found in differences.items()
            },
        }

    def action_keep_advice(self):
        """Put the proposed weights into a draft and open it: a new version of the active policy, or the draft itself.

        :raise UserError: no weights were proposed, or the dimensions of the policy have changed since
        """
        self.ensure_one()
        self.check_access("write")
        weights = {line["metric"]: line["after"] for line in (self.advice or {}).get("weights", ())}
        policy = self.policy_id
        if not weights or weights.keys() != set(policy.dimension_ids.mapped("metric")):
            raise UserError(
                self.env._(
                    "There are no weights for the present dimensions of the policy. Press Propose Weights first."
                )
            )
        action = policy.action_new_version() if policy.state == "active" else policy._get_records_action()
        draft = policy.browse(action["res_id"])
        if draft.state != "draft":
            raise UserError(self.env._("%s is archived. Reset it to draft first.", draft.display_name))
        for dimension in draft.dimension_ids:
            dimension.weight = weights[dimension.metric]
        changes = ", ".join(
            self.env._(
                "%(what)s: %(before).0f → %(after).0f", what=line["label"], before=line["before"], after=line["after"]
            )
            for line in self.advice["weights"]
        )
        draft.message_post(body=self.env._("Weights proposed by a backtest. %s", changes))
        return action

    def _judge(self, hindsight):
        """What the page shows; names and amounts are put into words there.

        :param Hindsight hindsight:
        :return: dict of JSON values: ``missing`` (sentences) alone where the policy cannot be judged; else shares are
            0 to 1 and amounts in company currency
        """
        Hindsight = self.env["customer.value.hindsight"]
        if missing := Hindsight._find_missing(hindsight, self.money):
            return {"missing": missing}
        brought, bought = hindsight.brought[self.money], hindsight.bought
        rankings, left_out = Hindsight._rank(hindsight)
        _name, ranking = rankings["policy"]
        numbers = []
        for code, (label, other) in rankings.items():
            row = self._describe(code, label, other, brought, bought)
            if other is not ranking:
                row["differences"] = {
                    name: {"value": found.value, "low": found.low, "high": found.high, "verdict": found.verdict}
                    for name, found in backtest.compare(ranking, other, brought, bought).items()
                }
            numbers.append(row)
        best = backtest.Ranking(brought)
        return {
            "missing": [],
            "as_of": fields.Date.to_string(hindsight.as_of),
            "until": fields.Date.to_string(hindsight.until),
            "customers": len(brought),
            "buyers": int(bought.sum()),
            "total": float(brought.sum()),
            "money": self.money,
            "numbers": numbers,
            "left_out": left_out,
            "best": self._describe("best", self.env._("Best possible"), best, brought, bought),
            "tenths": [
                {"money": money, "buyers": buyers, "customers": len(brought) / 10}
                for money, buyers in zip(
                    ranking.share_out(brought).tolist(), ranking.share_out(bought.astype(float)).tolist(), strict=True
                )
            ],
            "tiers": Hindsight._count_tiers(hindsight, self.money),
        }

    def _describe(self, code, label, ranking, brought, bought):
        return {
            "code": code,
            "label": label,
            "curve": backtest.thin(*ranking.curve(brought)),
        } | ranking.measure(brought, bought)

    def get_result(self):
        """What the page shows.

        :return: dict of ``result`` (see ``_judge``) and ``advice`` (see ``_advise``), each None before its button was
            pressed, and ``currency_id``
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "result": self.result or None,
            "advice": self.advice or None,
            "currency_id": self.currency_id.id,
        }
