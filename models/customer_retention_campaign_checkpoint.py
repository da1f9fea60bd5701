import math
from datetime import timedelta

from odoo import fields, models

from ..analytics import experiment

# The picture has no more points than this for each of the two times.
MOST_POINTS = 13


class CustomerRetentionCampaign(models.Model):
    """The picture over time: what the result looked like at the end of each week, and what was before the start."""

    _inherit = "customer.retention.campaign"

    checkpoint_ids = fields.One2many("customer.retention.checkpoint", "campaign_id", readonly=True, copy=False)

    def _get_day(self, moment=None):
        """The day of a moment, None: of now, by the clock that documents are counted by, whoever looks."""
        # sudo: a time zone
        zone = self.company_id.sudo().partner_id.tz or "UTC"
        moment = moment or fields.Datetime.now()
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), moment).date()

    def _get_time_before(self):
        """First and last day of the time before the start, as long as the one measured: see ``_get_scope``."""
        drawn = self._get_day(self.started_on) if self.started_on else self.date_start
        last = min(self.date_start, drawn) - timedelta(days=1)
        return last - (self.measure_until - self.date_start), last

    def _get_checkpoint_days(self, first, last):
        """Ends of weeks, or of more weeks where there would be too many, and the last day."""
        length = (last - first).days + 1
        step = 7 * max(1, math.ceil(length / 7 / MOST_POINTS))
        days = [first + timedelta(days=number - 1) for number in range(step, length, step)]
        return [*days, last]

    def _keep_checkpoints(self, until):
        """Add what is missing of the picture, of days that are over. Call with sudo.

        :param date until: the last day that may be looked at
        """
        self.ensure_one()
        kept = set(self.checkpoint_ids.mapped("date"))
        today = self._get_day()
        before, last = self._get_time_before()
        self.env["customer.retention.checkpoint"].create(
            [
                self._get_checkpoint(first, day)
                for first, final in ((before, last), (self.date_start, self.measure_until))
                for day in self._get_checkpoint_days(first, final)
                if day <= until and day < today and day not in kept
            ]
        )

    def _get_checkpoint(self, first, day):
        rows = [row for row in self._read_arms(first, day) if not row["is_excluded"]]
        is_before = day < self.date_start
        found = experiment.Estimate()
        # adjusted for the time before, the time before itself has no difference left
        if not is_before:
            found = experiment.adjusted_difference(self._pair_strata(rows), self.confidence / 100)
        margins = [self._mean([row for row in rows if row["arm"] == arm]) for arm in ("treatment", "holdout")]
        return {
            "campaign_id": self.id,
            "company_id": self.company_id.id,
            "date": day,
            "is_before": is_before,
            "margin_treated": margins[0],
            "margin_holdout": margins[1],
            "is_effect_known": found.is_known,
            "effect": found.effect if found.is_known else 0.0,
            "effect_low": found.low if found.is_known else 0.0,
            "effect_high": found.high if found.is_known else 0.0,
        }
