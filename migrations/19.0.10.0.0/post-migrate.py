from lxml import etree
from odoo import SUPERUSER_ID, api
from odoo.addons.customer_value.analytics.scoring.purchases import is_purchase_sql
from odoo.modules import Manifest
from odoo.tools import SQL, file_open
from odoo.tools.convert import xml_import
from odoo.tools.sql import column_exists, table_exists

MODULE = "customer_value"
# When a job runs is up to the administrator.
SCHEDULE = ["interval_number", "interval_type", "priority"]


def migrate(cr, version):
    """Give databases what installing this version gives, and keep what users have built on what is gone."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    if version == "19.0.1.1.0":
        # campaigns are new
        env["res.company"].search([])._create_retention_offers()
    if version in ("19.0.1.1.0", "19.0.2.0.1"):
        _bound_scores(env)
    env["customer.former.customer"]._note()
    _keep_accounts(cr)
    _renew_letters(env)
    _renew_jobs(env)
    _keep_views(env)
    _keep_searches(env)
    _keep_offers(env)
    # the job of the coming night would do it; until then the analysis would look up the orders of every complaint
    for company in env["res.company"].search([]):
        env["customer.complaint.followup"]._refresh(company)
    _date_learning(cr)
    _name_windows(env)
    _open_targets(cr)
    _note_other_payers(cr)
    _count_purchases(env, version)
    # where customers came from is stored now; the job works it out as soon as the update has ended
    env.ref("customer_value.cron_customer_acquisition")._trigger()
    # advice is no longer read from a field of texts, which Odoo does not notice by itself
    cr.execute(
        "UPDATE ir_model_fields SET translate = NULL WHERE model = 'customer.retention.risk' AND name = 'remedy'"
    )


def _bound_scores(env):
    """Give policies in use what a new one begins with, and scores the day that they are shown with.

    Archived versions keep saying how customers were scored with them. Tiers change at the next run only.
    """
    env.cr.execute(
        """
        UPDATE customer_value_dimension dimension SET nothing_from = 0
          FROM customer_value_policy policy
         WHERE policy.id = dimension.policy_id AND policy.state = 'archived'
        """
    )
    env.cr.execute(
        """
        UPDATE customer_value_tier tier SET excludes_lost = TRUE
          FROM customer_value_policy policy
         WHERE policy.id = tier.policy_id AND policy.state <> 'archived'
           AND EXISTS (SELECT FROM customer_value_tier lower
                        WHERE lower.policy_id = tier.policy_id AND lower.entry_score < tier.entry_score)
           AND NOT EXISTS (SELECT FROM customer_value_tier higher
                            WHERE higher.policy_id = tier.policy_id AND higher.entry_score > tier.entry_score)
        """
    )
    env.cr.execute("UPDATE customer_value_score SET score_since = as_of WHERE score_since IS NULL")
    env.invalidate_all()


def _date_learning(cr):
    """What was learned of staying away says as of which day: up to now that was the last night."""
    cr.execute(
        """
        UPDATE res_company
           SET retention_learned = retention_learned || jsonb_build_object('as_of', (current_date - 1)::text)
         WHERE jsonb_typeof(retention_learned) = 'object' AND NOT retention_learned ? 'as_of'
        """
    )


def _name_windows(env):
    """Limits that wait for a second manager say of which window they are; up to now it was that of the policy."""
    for relaxation in env["customer.value.relaxation"].search([("state", "=", "pending")]):
        policy = env["customer.value.policy"]._get_active(relaxation.company_id) or relaxation.policy_id
        rules = relaxation.limits.get("orders", {})
        gates = env["customer.value.gate"]._restore(policy, rules)
        renamed = {gate._get_limit()[0]: number for gate, number in zip(gates, rules.values(), strict=False)}
        if len(renamed) == len(rules) and renamed != rules:
            relaxation.limits = relaxation.limits | {"orders": renamed}


def _open_targets(cr):
    """Targets of 0 for what was not known, or 0, when a plan was drawn up were never meant by anybody."""
    cr.execute(
        """
        UPDATE customer_plan_measure SET is_open = TRUE, has_baseline = FALSE
         WHERE COALESCE(target, 0) = 0 AND COALESCE(baseline, 0) = 0 AND COALESCE(value, 0) = 0
           AND code IN ('net_margin', 'no_contact')
        """
    )


def _note_other_payers(cr):
    """Orders with an invoice that went to another company than their customer are paid by another."""
    cr.execute(
        """
        UPDATE sale_order so
           SET value_payer_id = billed.payer_id
          FROM (SELECT DISTINCT ON (sol.order_id) sol.order_id, payer.commercial_partner_id AS payer_id
                  FROM account_move am
                  JOIN res_partner payer ON payer.id = am.commercial_partner_id
                  JOIN account_move_line aml ON aml.move_id = am.id
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                  JOIN sale_order_line sol ON sol.id = rel.order_line_id
                  JOIN sale_order ordered ON ordered.id = sol.order_id
                  JOIN res_partner customer ON customer.id = ordered.value_customer_id
                 WHERE am.state = 'posted' AND am.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                   AND ordered.value_payer_id = ordered.value_customer_id
                   AND payer.commercial_partner_id <> customer.commercial_partner_id
                 ORDER BY sol.order_id, am.id DESC) billed
         WHERE billed.order_id = so.id
        """
    )


def _count_purchases(env, version):
    """Orders of nothing and orders that only take goods back are no purchases: customers are scored again by the next
    job, as if these had just been written, and months say how many of the orders that they had counted are purchases.

    What was found of customers is found again each night; results that were measured stay what they were. 19.0.9.0.0
    has counted returns alone.
    """
    cr = env.cr
    is_known = version == "19.0.9.0.0"
    now = SQL("(now() AT TIME ZONE 'UTC')")
    found = [
        SQL(
            """SELECT id, value_customer_id AS partner_id, company_id, date_order FROM sale_order so
                WHERE state = 'sale' AND %s AND NOT %s""",
            SQL("amount_untaxed < 0") if is_known else SQL("amount_untaxed <= 0"),
            is_purchase_sql(),
        )
    ]
    tables = ["sale_order"]
    if table_exists(cr, "pos_order") and not is_known:
        tables.append("pos_order")
        settles = column_exists(cr, "pos_order_line", "sale_order_origin_id")
        found.append(
            SQL(
                """SELECT pos.id, pos.partner_id, pos.company_id, pos.date_order FROM pos_order pos
                    WHERE pos.state IN ('paid', 'done', 'invoiced') AND pos.partner_id IS NOT NULL
                      AND pos.is_refund IS NOT TRUE
                      AND (SELECT bool_or(%(own)s) AND sum(%(amount)s) >= 0 AND NOT bool_or(%(own)s AND %(amount)s > 0)
                             FROM pos_order_line line WHERE line.order_id = pos.id)""",
                own=SQL("line.sale_order_origin_id IS NULL") if settles else SQL("TRUE"),
                amount=SQL("sign(line.qty) * sign(line.price_unit) * abs(line.price_subtotal)"),
            )
        )
    for table, orders in zip(tables, found, strict=True):
        name = SQL.identifier(table)
        cr.execute(SQL("UPDATE %s SET write_date = %s WHERE id IN (SELECT id FROM (%s) o)", name, now, orders))
    for company in env["res.company"].search([]):
        cr.execute(
            SQL(
                """
                UPDATE customer_value_fact fact
                   SET order_count = GREATEST(fact.order_count - nothing.orders, 0)
                  FROM (SELECT rp.commercial_partner_id AS partner_id, count(*) AS orders,
                               date_trunc('month', o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS month
                          FROM (%s) o JOIN res_partner rp ON rp.id = o.partner_id
                         WHERE o.company_id = ANY(%s)
                         GROUP BY 1, 3) nothing
                 WHERE fact.company_id = %s AND fact.partner_id = nothing.partner_id AND fact.month = nothing.month
                   AND fact.order_count > 0
                """,
                company._get_value_zone(),
                SQL(" UNION ALL ").join(found),
                company._get_value_books().ids,
                company.id,
            )
        )


def _keep_accounts(cr):
    """What acquisition was booked on is one of several accounts now.

    The cost of a new customer that was entered by hand goes: it was no record of anything. Odoo removes the columns of
    both fields at the end of the update.
    """
    cr.execute(
        "SELECT 1 FROM information_schema.columns"
        " WHERE table_name = 'res_company' AND column_name = 'retention_acquisition_account_id'"
    )
    if cr.fetchone():
        cr.execute(
            """
            INSERT INTO retention_acquisition_account_rel (company_id, account_id)
            SELECT id, retention_acquisition_account_id FROM res_company
             WHERE retention_acquisition_account_id IS NOT NULL
            ON CONFLICT DO NOTHING
            """
        )


def _ours(env, model, noupdate):
    """Our records of a model: those that the files of this version define, and those that they no longer do.

    :return: two record sets
    """
    data = env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", model), ("noupdate", "=", noupdate)])
    here = data.filtered(lambda row: row.complete_name in env.registry.loaded_xmlids)
    Model = env[model].with_context(active_test=False)
    return Model.browse(here.mapped("res_id")).exists(), Model.browse((data - here).mapped("res_id")).exists()


def _load_again(env, records):
    """Load records from the files as at installation, which an update leaves alone."""
    names = {xmlid.partition(".")[2] for xmlid in records.get_external_id().values()}
    for path in Manifest.for_addon(MODULE)["data"]:
        if not path.endswith(".xml"):
            continue
        with file_open(f"{MODULE}/{path}", "rb") as file:
            nodes = etree.parse(file).iterfind(f".//record[@model='{records._name}']")
            root = etree.Element("odoo", noupdate="1")
            root.extend([node for node in nodes if node.get("id") in names])
        xml_import(env, MODULE, {}, "init", noupdate=True, xml_filename=path).parse(root)


def _renew_letters(env):
    """Letters speak of fields and in words of this version, unless somebody has written them anew."""
    templates, _gone = _ours(env, "mail.template", noupdate=True)
    _load_again(env, templates.filtered(lambda template: template.write_uid.id == SUPERUSER_ID))


def _renew_jobs(env):
    """Jobs do what those of this version do; those that are gone would call what is no longer there."""
    jobs, gone = _ours(env, "ir.cron", noupdate=True)
    schedules = jobs.read(SCHEDULE, load=None)
    _load_again(env, jobs)
    for schedule in schedules:
        env["ir.cron"].browse(schedule.pop("id")).write(schedule)
    actions = gone.ir_actions_server_id
    gone.unlink()
    actions.unlink()


def _keep_views(env):
    """Hang views that extend one of ours that is gone on the next view above it.

    Odoo removes ours in the end, and with it all that extends it: a view that a user has made with it. Where none is
    above, another view of the same kind takes its place.
    """
    # the last state of an emptied view is nothing that anybody wants back
    env.cr.execute("UPDATE ir_ui_view SET arch_prev = arch_db->>'en_US' WHERE arch_prev = '<data/>'")
    _here, gone = _ours(env, "ir.ui.view", noupdate=False)
    orphans = gone.search([("inherit_id", "in", gone.ids), ("id", "not in", gone.ids)])
    for view in orphans:
        parent = view.inherit_id
        while parent in gone:
            parent = parent.inherit_id
        parent = parent or parent.search(
            [
                ("model", "=", view.model),
                ("type", "=", view.type),
                ("mode", "=", "primary"),
                ("id", "not in", gone.ids),
            ],
            limit=1,
        )
        # not through the ORM, which would check the view before all are where they belong
        if parent:
            env.cr.execute("UPDATE ir_ui_view SET inherit_id = %s WHERE id = %s", (parent.id, view.id))
        else:
            env.cr.execute(
                "UPDATE ir_ui_view SET inherit_id = NULL, mode = 'primary', active = FALSE WHERE id = %s", (view.id,)
            )
    env.invalidate_all()
    env.registry.clear_cache("templates")


def _keep_searches(env):
    """Searches that users have saved in an action that is gone are offered in all lists of the same records."""
    for model in ("ir.actions.act_window", "ir.actions.server", "ir.actions.client"):
        _here, gone = _ours(env, model, noupdate=False)
        env["ir.filters"].with_context(active_test=False).search([("action_id", "in", gone.ids)]).action_id = False


def _keep_offers(env):
    """Quotations that were sent remember what they gave away in all; now they do for each line.

    Where their lines give away more by now, it is not known which of them the customer has been offered.
    """
    orders = env["sale.order"].search([("state", "in", ("draft", "sent")), ("offered_terms", "!=", False)])
    for order in orders.filtered(lambda order: "lines" not in order.offered_terms):
        given = order.order_line._get_given_discounts()
        most = max((percent for _line, percent, _amount in given), default=0.0)
        in_all = sum(amount for _line, _percent, amount in given)
        offered = order.offered_terms
        if most < offered["discount"] + 0.005 and in_all < offered["given"] + 0.005:
            order._keep_offer()
