"""Use a database after an update, as people and jobs would. Runs in Odoo, with `env` given.

`look(env, file)` writes a JSON list of pairs: what was looked at, and a list of complaints. It commits.
`pages(env, file)` writes what the views of the addon come to, all that extend them included, to be compared between
databases. It changes nothing.
"""

import hashlib
import json
import re
import traceback
from contextlib import contextmanager
from pathlib import Path

import upgrade_fill
from lxml import etree
from odoo.tools.safe_eval import datetime, safe_eval, time

ADDON = "customer_value"
# One of them may read what any action shows.
READERS = ("chief", "judge", "admin")
# Records that there is something to print of, where not any will do.
PRINTED = {
    "helpdesk.ticket": [("is_complaint", "=", True)],
    "res.partner": [("name", "=", "Customer 02")],
}


class Findings:
    def __init__(self):
        self.found = []

    @contextmanager
    def looking_at(self, env, title):
        """What goes wrong inside is a complaint; gives a list for further ones."""
        complaints = []
        try:
            with env.cr.savepoint():
                yield complaints
                env.flush_all()
        except Exception:
            complaints.append(traceback.format_exc())
        self.found.append([title, complaints])


def ours(env, model):
    """The addon's records of a model, by external id."""
    data = env["ir.model.data"].search([("module", "=", ADDON), ("model", "=", model)], order="name")
    return {row.name: env[model].browse(row.res_id) for row in data}


def look(env, file):
    findings = Findings()
    look_at_facts(env, findings)
    look_at_views(env, findings)
    look_at_translations(env, findings)
    look_at_selections(env, findings)
    look_at_actions(env, findings)
    look_at_reports(env, findings)
    look_at_runs(env, findings)
    look_at_offers(env, findings)
    look_at_accounts(env, findings)
    env.cr.commit()
    look_at_jobs(env, findings)
    Path(file).write_text(json.dumps(findings.found))


def look_at_facts(env, findings):
    """What people saw before, by the ORM of the version then, they see now, by that of this version."""
    before = json.loads(env["ir.config_parameter"].get_param(upgrade_fill.FACTS))
    now = upgrade_fill.facts(env)
    for title, facts in before.items():
        with findings.looking_at(env, f"what people see: {title}") as complaints:
            complaints += [] if facts else ["there was nothing to see"]
            complaints += list(differences(facts, now[title], title))


def differences(before, now, where):
    """What has become of what there was; what a version has in addition is no loss."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in before:
            yield from differences(before.get(key), now.get(key), f"{where} / {key}")
    elif before != now:
        yield f"{where}: was {before}, is {now}"


def look_at_views(env, findings):
    by_model = {}
    for view in ours(env, "ir.ui.view").values():
        if view.type != "qweb" and view.active:
            by_model.setdefault(view.model, set()).add(root(view))
    for model, views in sorted(by_model.items()):
        with findings.looking_at(env, f"views of {model}"):
            for view in views:
                env[model].get_view(view.id, view.type)


def root(view):
    while view.mode == "extension":
        view = view.inherit_id
    return view


def look_at_translations(env, findings):
    """Views that have something to say say it in the other language of the database, too."""
    field = env["ir.ui.view"]._fields["arch_db"]
    env.cr.execute("SELECT id FROM ir_ui_view WHERE arch_db->>'zh_CN' IS NOT NULL")
    translated = {number for (number,) in env.cr.fetchall()}
    with findings.looking_at(env, "translation of views") as complaints:
        for name, view in ours(env, "ir.ui.view").items():
            words = re.sub("<[^>]*>", "", " ".join(field.get_trans_terms(view.arch_db)))
            if view.id not in translated and any(map(str.isalpha, words)):
                complaints.append(f"{name} is in English only")


def look_at_selections(env, findings):
    """What is stored in fields of choices is one of their choices: a state under another name would be none."""
    for model in ours(env, "ir.model").values():
        records = env.get(model.model)
        if records is None or records._abstract or records._transient or not records._auto:
            continue
        with findings.looking_at(env, f"choices of {model.model}") as complaints:
            for name, field in records._fields.items():
                if field.type == "selection" and field.store and not field.company_dependent:
                    values = {value for (value,) in records.with_context(active_test=False)._read_group([], [name])}
                    unknown = values - {False} - set(field.get_values(env))
                    complaints += [f"{name}: {value}" for value in sorted(unknown)]


def look_at_actions(env, findings):
    """Open each window with the views and records that the web client asks for."""
    for name, action in ours(env, "ir.actions.act_window").items():
        if action.res_model not in env or env[action.res_model]._abstract:
            continue
        with findings.looking_at(env, f"action {name}"):
            reader = next(
                user
                for user in env["res.users"].search([("login", "in", READERS)]).sorted(lambda u: READERS.index(u.login))
                if env[action.res_model].with_user(user).has_access("read")
            )
            names = {
                "uid": reader.id,
                "active_id": 0,
                "active_ids": [],
                "context": {},
                "context_today": datetime.date.today,
                "datetime": datetime,
                "time": time,
                "allowed_company_ids": env.company.ids,
            }
            model = env[action.res_model].with_user(reader)
            model = model.with_context(**safe_eval(action.context or "{}", names))
            records = model
            if not model._transient:
                records = model.search(safe_eval(action.domain or "[]", names), limit=20)
            for view_id, kind in action.views:
                view = model.get_view(view_id, kind)
                if kind in ("list", "kanban", "form") and not model._transient:
                    records[: 1 if kind == "form" else 20].web_read(model._get_fields_spec(view))


def look_at_reports(env, findings):
    for name, report in ours(env, "ir.actions.report").items():
        if env[report.model]._transient:
            continue
        with findings.looking_at(env, f"report {name}") as complaints:
            record = env[report.model].search(PRINTED.get(report.model, []), limit=1)
            if record:
                html, _kind = env["ir.actions.report"]._render_qweb_html(report, record.ids)
                complaints += [] if html else ["nothing was printed"]


def look_at_runs(env, findings):
    """A run finds all customers again; simulated, and applied."""
    policy = env["customer.value.policy"]._get_active(env.company)
    for simulate in (True, False):
        with findings.looking_at(env, "a simulated run" if simulate else "a run") as complaints:
            run = policy._run(simulate=simulate)
            complaints += [] if run.state == "done" else [f"it is {run.state}"]
            customers = env["res.partner"].search_count([("name", "=like", "Customer __")])
            scores = env["customer.value.score"].search_count([("company_id", "=", env.company.id)])
            complaints += [] if scores == customers else [f"{customers} customers have {scores} scores"]


def look_at_accounts(env, findings):
    """Where acquisition was booked, it still is; and offers that came with it have names in both languages."""
    account = env["account.analytic.account"].search([("name", "=", "Advertising")])
    with findings.looking_at(env, "account of acquisition") as complaints:
        found = env.company.retention_acquisition_account_ids
        complaints += [] if found == account else [f"it is {found.mapped('name')}"]
    with findings.looking_at(env, "names of offers") as complaints:
        for offer in env["customer.retention.offer"].search([("name", "=", "Call")]):
            chinese = offer.with_context(lang="zh_CN").name
            complaints += [] if chinese == "电话" else [f"{offer.name} is {chinese} in Chinese"]


def look_at_offers(env, findings):
    """What quotations offered needs no approval, also when the customer's tier allows nothing any more."""
    seller = env["res.users"].search([("login", "=", "seller")])
    env["customer.value.tier"].search([]).write({"limit_discount": True, "maximum_discount": 1.0})
    for name, held in (("Offer stands", False), ("Offer changed", True)):
        with findings.looking_at(env, name) as complaints:
            order = env["sale.order"].with_user(seller).search([("client_order_ref", "=", name)])
            complaints += [] if len(order) == 1 else [f"there are {len(order)}"]
            complaints += [] if bool(order._get_approval_needs()) == held else ["held" if not held else "not held"]


def look_at_jobs(env, findings):
    for name, job in ours(env, "ir.cron").items():
        if job.active:
            # it commits
            title = f"job {name}"
            try:
                job.method_direct_trigger()
                findings.found.append([title, []])
            except Exception:
                env.cr.rollback()
                findings.found.append([title, [traceback.format_exc()]])


def pages(env, file):
    """`{external id of a view: hash of what it comes to}`, without views that people have made or put away."""
    View = env["ir.ui.view"].with_context(active_test=False)
    modules = env["ir.module.module"].search([("state", "=", "installed")]).mapped("name")
    data = env["ir.model.data"].search([("model", "=", "ir.ui.view"), ("module", "in", modules)])
    View.search([("id", "not in", data.mapped("res_id"))]).active = False
    views = ours(env, "ir.ui.view")
    View.union(*views.values()).filtered(lambda view: not view.active).active = True
    found = {name: content(root(view)._get_combined_arch()).hex() for name, view in views.items()}
    env.cr.rollback()
    Path(file).write_text(json.dumps(found))


def content(node):
    """A hash of an element and of what is in it, in whatever order: that follows from which view was there first."""
    attributes = sorted(node.attrib.items())
    if node.tag == "button" and node.get("type") == "action":
        # actions have other numbers elsewhere
        attributes = [pair for pair in attributes if pair[0] != "name"]
    texts = [(node.text or "").strip(), (node.tail or "").strip()]
    inside = sorted(content(child) for child in node.iterchildren(etree.Element))
    return hashlib.sha256(repr([node.tag, attributes, texts, inside]).encode()).digest()
