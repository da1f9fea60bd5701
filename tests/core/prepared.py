"""Companies with a chart of accounts, made ahead of the tests.

Making one takes longer than most tests, and nearly every class wants one or two. Those made ahead lie archived in the
database until a test takes one; rolled back with the test, it lies there for the next. Where none is left, or nobody
has made any, a company is made when it is wanted: tests see no difference.
"""

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
}
# the module of their external identifiers
MODULE = "__prepared__"
# their currencies: of the company that every class has, of another one, and of one abroad
AHEAD = ("USD", "USD", "EUR")


def prepare(env):
    """Make companies ahead. To be committed by the caller, once after the installation."""
    env = env(context={**env.context, **QUIET})
    for number, currency in enumerate(AHEAD):
        company = make_company(env, f"Prepared {number}", currency)
        env["ir.model.data"].create(
            {
                "module": MODULE,
                "name": f"company_{currency}_{number}",
                "model": company._name,
                "res_id": company.id,
                "noupdate": True,
            }
        )
        env.flush_all()
        # in these two rows only: through Odoo, what belongs to the company is archived with it
        env.cr.execute("UPDATE res_company SET active = false WHERE id = %s", [company.id])
        env.cr.execute("UPDATE res_partner SET active = false WHERE id = %s", [company.partner_id.id])
    env.invalidate_all()


def take_company(env, name, currency):
    """A company made ahead, under the name it is wanted with; empty when there is none left."""
    identifiers = env["ir.model.data"].search(
        [("module", "=", MODULE), ("name", "=like", f"company\\_{currency}\\_%")], order="res_id"
    )
    company = env["res.company"].browse(identifiers.mapped("res_id")).filtered(lambda company: not company.active)[:1]
    if company:
        company.partner_id.active = True
        company.write({"name": name, "active": True})
    return company


def make_company(env, name, currency):
    """A new company in the USA with the generic chart of accounts, in the currency with that code."""
    money = env["res.currency"].with_context(active_test=False).search([("name", "=", currency)])
    money.active = True
    company = env["res.company"].create({"name": name, "currency_id": money.id, "country_id": env.ref("base.us").id})
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    company.currency_id = money
    return company
