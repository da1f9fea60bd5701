from markupsafe import Markup
from odoo import api, models
from odoo.tools import format_date

from ...analytics.core.drawing import BLUE, GREY, draw_lines, span

SIZE = (430, 110)


class CustomerPlanReport(models.AbstractModel):
    """The plan on paper: where each step stands, and each measure against its line."""

    _name = "report.customer_value.report_plan"
    _description = "Plan (PDF)"
    _inherit = ["customer.value.pages"]
    _prints = "customer.plan"

    @api.model
    def _get_page(self, document):
        """:return: the steps of ``get_charts``, each with its ``record``, and each measure with its ``picture``"""
        steps = {step.id: step for step in document.step_ids}
        page = document.get_charts()
        for row in page:
            row["record"] = steps[row["id"]]
            for measure in row["measures"]:
                measure["picture"] = self._draw(measure)
        return page

    @api.model
    def _draw(self, measure):
        points, line = ([(point["day"], point["y"]) for point in measure[name]] for name in ("points", "line"))
        days = [day for day, _value in points + line]
        first, last = min(days), max(days)
        low, high = span([value for _day, value in points + line])
        return Markup(
            draw_lines(
                [{"color": GREY, "points": line, "dashed": True}, {"color": BLUE, "points": points}],
                first,
                last,
                ends=(low, high),
                days=[
                    (first, format_date(self.env, first), "start"),
                    (last, format_date(self.env, last), "end"),
                ],
                size=SIZE,
            )
        )
