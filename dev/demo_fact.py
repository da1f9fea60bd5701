"""Monthly figures of the demo's shop: the current month, and the year before, rebuilt."""

from dateutil.relativedelta import relativedelta

MONTHS = 12


def create(env, today):
    """The months before as the job would rebuild them."""
    Fact = env["customer.value.fact"].sudo()
    Fact._refresh(env.company)
    first = today.replace(day=1)
    for back in range(1, MONTHS + 1):
        Fact._rebuild(env.company, first - relativedelta(months=back))
    env["customer.value.fact.rebuild"].sudo().create(
        {"company_id": env.company.id, "months": MONTHS, "done": MONTHS, "state": "done"}
    )
