"""Compares databases around an update, in plain SQL: knows nothing of Odoo's ORM, nor of the addon's.

upgrade_compare.py OLD UPDATED FRESH

OLD is a database before the update, UPDATED the same one after it, and FRESH one in which the present version was
installed. Every row of OLD must still be there with the same values, and what the addon defines must be in UPDATED
as it is in FRESH. Prints a JSON list of pairs: what was looked at, and a list of complaints.
"""

import json
import sys
from collections import Counter, defaultdict

import psycopg2
from psycopg2 import sql

# Odoo's own books about modules, which every update rewrites: compared with FRESH instead.
DEFINITIONS = {
    "rel_modules_langexport",
    "res_groups",
    "res_groups_implied_rel",
    "res_groups_privilege",
    "res_groups_report_rel",
    "rule_group_rel",
}
# Of these tables, the rows that people have made or changed: uid 1 is Odoo itself.
PEOPLES = {
    # what dashboards consist of is kept in attachments: those that came with modules are Odoo's
    "ir_attachment": "res_model IS NOT NULL AND res_model NOT LIKE 'ir.%'"
    " AND NOT (res_model = 'spreadsheet.dashboard' AND create_uid = 1)",
    "ir_config_parameter": "TRUE",
    "ir_cron": "TRUE",
    "ir_filters": "TRUE",
    "ir_rule": "write_uid <> 1",
    "ir_sequence": "TRUE",
    # when Odoo makes or renames a job, it says so
    "mail_message": "model IS NULL OR model NOT LIKE 'ir.%'",
    "ir_ui_view": "id NOT IN (SELECT res_id FROM ir_model_data WHERE model = 'ir.ui.view')",
    "mail_template": "write_uid <> 1",
    "mail_tracking_value": "mail_message_id IN (SELECT id FROM mail_message WHERE model NOT LIKE 'ir.%')",
}
# Columns that an update may change or remove: (table, column), or any table's.
CHANGING = {
    ("*", "write_date"),
    ("*", "write_uid"),
    # what is called differently now
    ("ir_cron", "cron_name"),
    # with the job's model
    ("ir_cron", "failure_count"),
    # a saved search of an action that is gone belongs to all lists
    ("ir_filters", "action_id"),
    # a view that extends what is gone extends the next one above
    ("ir_ui_view", "inherit_id"),
    # what a quotation has offered is remembered line by line, see look_at_offers
    ("sale_order", "offered_terms"),
    # delivered offers get their names in other languages, see look_at_accounts
    ("customer_retention_offer", "name"),
    # kept as whole numbers now, read as before: see the explanations of upgrade_fill
    ("customer_value_score", "contributions"),
    # one account is one of several now, see look_at_accounts; a cost typed in is no record
    ("res_company", "retention_acquisition_account_id"),
    ("res_company", "retention_acquisition_cost"),
}
# Columns of which a part is compared.
COMPARED = {
    # the update dates what was learned; what it is must stay
    ("res_company", "retention_learned"): (
        "CASE WHEN jsonb_typeof(retention_learned) = 'object' THEN retention_learned - 'as_of' END"
    ),
}
# What a database of a version without campaigns or dashboards gets by the update, as it would by an installation.
ADDED = {
    "customer_retention_offer",
    "customer_retention_offer_customer_retention_reason_rel",
    "res_groups_spreadsheet_dashboard_rel",
}
# The view that the database was filled with for not fitting, and that is put away.
UNFIT = "own view of base.view_partner_tree"

NAME_OF = "(SELECT min(module || '.' || name) FROM ir_model_data WHERE model = '{model}' AND res_id = {column})"
OURS = "JOIN ir_model_data d ON d.model = '{model}' AND d.res_id = r.id AND d.module = 'customer_value'"


def name_of(model, column):
    return NAME_OF.format(model=model, column=column)


def groups_of(table, column, other="group_id"):
    names = name_of("res.groups", f"link.{other}")
    return f"ARRAY(SELECT {names} FROM {table} link WHERE link.{column} = r.id ORDER BY 1)"


# What the addon defines, as queries whose rows do not depend on ids.
DEFINED = {
    "external ids": "SELECT model, name, noupdate FROM ir_model_data WHERE module = 'customer_value'",
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
         WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 'p')""",
    # of tables of links, the order of the two columns depends on which model was there first
    "indexes": """
        SELECT r.relname, pg_get_indexdef(r.oid) FROM pg_index x JOIN pg_class r ON r.oid = x.indexrelid
         WHERE r.relnamespace = 'public'::regnamespace
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attname = 'id')""",
    "fields": """
        SELECT model, name, ttype, relation, required, readonly, store, translate, company_dependent
          FROM ir_model_fields""",
    "views": f"""
        SELECT d.name, r.name, r.model, r.type, r.mode, r.priority, {name_of("ir.ui.view", "r.inherit_id")},
               regexp_replace(r.arch_db->>'en_US', 'name="\\d+"', 'name="an action"', 'g'),
               {groups_of("ir_ui_view_group_rel", "view_id")}
          FROM ir_ui_view r {OURS.format(model="ir.ui.view")}""",
    "menus": f"""
        SELECT d.name, r.name->>'en_US', r.sequence, r.active, {name_of("ir.ui.menu", "r.parent_id")},
               (SELECT min(a.module || '.' || a.name) FROM ir_model_data a
                 WHERE a.model = split_part(r.action, ',', 1) AND a.res_id::text = split_part(r.action, ',', 2)),
               {groups_of("ir_ui_menu_group_rel", "menu_id", "gid")}
          FROM ir_ui_menu r {OURS.format(model="ir.ui.menu")}""",
    "actions": f"""
        SELECT d.name, r.name->>'en_US', r.res_model, r.domain, r.context, r.view_mode, r.target, r.path,
               {name_of("ir.ui.view", "r.view_id")}, {name_of("ir.ui.view", "r.search_view_id")},
               {groups_of("ir_act_window_group_rel", "act_id", "gid")}
          FROM ir_act_window r {OURS.format(model="ir.actions.act_window")}""",
    "access": f"""
        SELECT d.name, r.active, {name_of("ir.model", "r.model_id")}, {name_of("res.groups", "r.group_id")},
               r.perm_read, r.perm_write, r.perm_create, r.perm_unlink
          FROM ir_model_access r {OURS.format(model="ir.model.access")}""",
    "rules": f"""
        SELECT d.name, {name_of("ir.model", "r.model_id")}, r.domain_force, r.active, r.global,
               r.perm_read, r.perm_write, r.perm_create, r.perm_unlink,
               {groups_of("rule_group_rel", "rule_group_id")}
          FROM ir_rule r {OURS.format(model="ir.rule")}
         WHERE r.write_uid = 1""",
    "jobs": f"""
        SELECT d.name, a.name->>'en_US', a.code, a.state, {name_of("ir.model", "a.model_id")}
          FROM ir_cron r JOIN ir_act_server a ON a.id = r.ir_actions_server_id {OURS.format(model="ir.cron")}""",
    "server actions": f"""
        SELECT d.name, r.name->>'en_US', r.code, {name_of("ir.model", "r.model_id")}
          FROM ir_act_server r {OURS.format(model="ir.actions.server")}""",
    "letters": f"""
        SELECT d.name, {name_of("ir.model", "r.model_id")}, r.subject->>'en_US', r.body_html->>'en_US'
          FROM mail_template r {OURS.format(model="mail.template")}
         WHERE r.write_uid = 1""",
    "groups": f"""
        SELECT d.name, r.name->>'en_US', {groups_of("res_groups_implied_rel", "gid", "hid")}
          FROM res_groups r {OURS.format(model="res.groups")}""",
}
# Rows that people have changed are not those of a new database.
CHANGED_BY_PEOPLE = {
    "rules": "SELECT d.name FROM ir_rule r " + OURS.format(model="ir.rule") + " WHERE r.write_uid <> 1",
    "letters": "SELECT d.name FROM mail_template r " + OURS.format(model="mail.template") + " WHERE r.write_uid <> 1",
}


class Database:
    def __init__(self, name):
        self.connection = psycopg2.connect(dbname=name)
        self.columns = defaultdict(list)
        query = """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                      AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname"""
        for table, column in self.rows(query):
            self.columns[table].append(column)
        # ids, as texts, of what the addon's files define; those that they also keep up to date
        self.named, self.kept_up = defaultdict(set), defaultdict(set)
        query = """SELECT replace(model, '.', '_'), res_id::text, noupdate FROM ir_model_data
                    WHERE module = 'customer_value'"""
        for table, number, noupdate in self.rows(query):
            self.named[table].add(number)
            if not noupdate:
                self.kept_up[table].add(number)

    def rows(self, query, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return cursor.fetchall()

    def content(self, table, columns):
        """The rows of a table as tuples of texts."""
        query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.SQL(", ").join(
                sql.SQL("({})::text").format(
                    sql.SQL(COMPARED[table, column]) if (table, column) in COMPARED else sql.Identifier(column)
                )
                for column in columns
            ),
            sql.Identifier(table),
            sql.SQL(PEOPLES.get(table, "TRUE")),
        )
        return self.rows(query)


# -- nothing is lost ---------------------------------------------------------------------------------------------------


def lost(old, new):
    """For each table of `old` that has rows: what is missing or different in `new`."""
    for table in sorted(old.columns):
        if table in DEFINITIONS or (table.startswith(("ir_", "bus_", "orm_")) and table not in PEOPLES):
            continue
        gone = set(old.columns[table]) - set(new.columns[table])
        columns = [
            column
            for column in old.columns[table]
            if column not in gone and not {(table, column), ("*", column)} & CHANGING
        ]
        before = old.content(table, columns) if columns else []
        if not before and not gone:
            continue
        complaints = [f"the column {column} is gone" for column in sorted(gone) if (table, column) not in CHANGING]
        if columns:
            compare = compare_by_id if "id" in columns else compare_links
            complaints += compare(old, new, table, columns, before)
        yield f"rows of {table}", complaints


def compare_by_id(old, new, table, columns, before):
    key = columns.index("id")
    after = {row[key]: row for row in new.content(table, columns)}
    for row in before:
        found = after.pop(row[key], None)
        if found is None:
            yield f"row {row[key]} is gone"
        elif row[key] not in old.kept_up[table]:
            for column, one, other in zip(columns, row, found, strict=True):
                if one != other and not is_put_away(row, columns, column):
                    yield f"row {row[key]}: {column} was {str(one)[:200]}, and is {str(other)[:200]}"
    if table not in ADDED:
        for number in sorted(after.keys() - new.named[table]):
            yield f"row {number} is new: {str(after[number])[:300]}"


def is_put_away(row, columns, column):
    return column == "active" and "arch_db" in columns and row[columns.index("name")] == UNFIT


def compare_links(old, new, table, columns, before):
    before, after = Counter(before), Counter(new.content(table, columns))
    for row in sorted((before - after).elements(), key=str):
        yield f"{row} is gone"
    if table not in ADDED:
        for row in sorted((after - before).elements(), key=str):
            yield f"{row} is new"


# -- what is new is complete -------------------------------------------------------------------------------------------


def unlike(new, fresh):
    """For each kind of definition: in what `new` is not as `fresh`."""
    for title, query in DEFINED.items():
        changed = {row for (row,) in new.rows(CHANGED_BY_PEOPLE[title])} if title in CHANGED_BY_PEOPLE else set()
        updated, installed = (
            Counter(str(row) for row in database.rows(query) if row[0] not in changed) for database in (new, fresh)
        )
        complaints = [f"only after the update: {row[:600]}" for row in sorted((updated - installed).elements())]
        complaints += [f"only in a new database: {row[:600]}" for row in sorted((installed - updated).elements())]
        yield title, complaints


def main():
    old, new, fresh = map(Database, sys.argv[1:])
    found = [*lost(old, new), *unlike(new, fresh)]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
