"""What has changed since two days on which the demo's shop began to work in another way."""

from dateutil.relativedelta import relativedelta

# How long ago, length, comparison, and what was new.
CHANGES = (
    (relativedelta(months=7), "6", "season", "Every customer has an account manager"),
    # tickets and complaints of the shop do not reach back by a year
    (relativedelta(weeks=4), "3", "adjacent", "Complaints have deadlines and an owner"),
)


def create(env, today):
    """Enter the changes and measure them, as a manager would."""
    env["customer.effect"].sudo().create(
        [
            {"name": name, "date": today - ago, "months": length, "comparison": comparison}
            for ago, length, comparison, name in CHANGES
        ]
    ).action_measure()
