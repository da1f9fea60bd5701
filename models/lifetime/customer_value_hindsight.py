import numpy as np
from odoo import api, models

from ...analytics.lifetime.forecasting import Known
from ...analytics.lifetime.outlook import look_ahead
from ..scoring.customer_value_hindsight import Rival


class CustomerValueHindsight(models.AbstractModel):
    """What customers are expected to bring, as an order that a policy is compared with."""

    _inherit = "customer.value.hindsight"

    @api.model
    def _get_rivals(self):
        return super()._get_rivals() | {
            "lifetime": Rival(self.env._("Lifetime value (expected margin)"), "_rival_lifetime")
        }

    @api.model
    def _rival_lifetime(self, hindsight):
        """The current value of each customer: the margin expected within the horizon, as of the day of the backtest.

        The contestants are fitted and chosen anew by what was known then. What a customer has brought so far is no
        forecast, and potentials are those of today: neither is part of it. Nothing is expected of those who had not
        ordered. Of what is stored for today's forecasts, nothing is read or written.

        :return: array in company currency; where too little was known, the sentence that says what is missing
        """
        company, as_of = hindsight.policy.company_id, hindsight.as_of
        # sudo: it is about all documents, for whoever may judge the policy
        Value, Calibration = (
            self.env[name].sudo() for name in ("customer.lifetime.value", "customer.lifetime.calibration")
        )
        past = Value._collect(company, as_of, archived=True)
        values, _found = Calibration._learn_from(company, as_of, past, hindsight.policy)
        calibration = Calibration.new(values)
        if calibration.missing:
            return calibration._explain_missing()
        rows = past.known(as_of, calibration.weeks)
        rates = calibration._get_margin_rate().expected(rows["paid_sum"], rows["margin"])
        terms = hindsight.policy._get_lifetime_terms()
        outlook = look_ahead(calibration.champion, calibration.learned, Known.of(rows), rates, terms)
        expected = outlook.orders_ahead * outlook.order_amount * outlook.margin_rate
        known = dict(zip(rows["partner_id"].tolist(), expected.tolist(), strict=True))
        return np.array([known.get(partner_id, 0.0) for partner_id in hindsight.partner_ids.tolist()])
