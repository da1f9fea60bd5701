"""Reading records of several models, and what they refer to, in one statement.

Odoo asks the database once for each model that is searched, again for the fields of what was found, and again for each
model that these refer to. A page about many models asks for all of them together.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL, Query

# What the columns of each type of field become; other types are left for Odoo to read.
AS_THEY_ARE = {
    "boolean",
    "char",
    "html",
    "integer",
    "json",
    "many2one",
    "many2one_reference",
    "reference",
    "selection",
    "text",
}
CONVERTED = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "float": float,
    "monetary": float,
    "many2many": tuple,
    "one2many": tuple,
}
# Everything that Odoo reads of a record as soon as one of its fields is asked for.
EVERYTHING = "*"
AHEAD = "customer_value_ahead"


@dataclass(frozen=True)
class Search:
    """A search, and what is read of the records that it finds.

    :param model: with the user, the rights and the context of the search
    :param domain: as for ``search``
    :param names: names of fields; with dots, of fields of what they refer to, which are read with the rights of the
        system, as names of what a readable record refers to are. ``*`` stands for all that Odoo would read
    :param int limit: as for ``search``
    :param bool ordered: whether in the order of the model, which takes reading all where only some are asked for
    """

    model: models.BaseModel
    domain: list | Domain
    names: tuple = (EVERYTHING,)
    limit: int | None = None
    ordered: bool = True

    @property
    def key(self):
        return _key(self.model, self.domain, self.limit)

    def find(self, known):
        """:param known: records as of ``look_ahead``
        :return: what it has found; nothing where the user may not read such records
        """
        return self.model.browse(known.env.context[AHEAD].ids.get(self.key, ()))


@dataclass
class _Part:
    """Records of one model among those that are read; a table expression of the statement.

    :param columns: ``{field: (name of the column, SQL)}``
    """

    name: str
    model: models.BaseModel
    query: Query
    columns: dict = field(default_factory=dict)

    def __post_init__(self):
        # once, since an environment is looked for among all of the transaction
        self.system = self.model.sudo()

    def add(self, part_field):
        """:return: name of the column of a field"""
        if part_field not in self.columns:
            if part_field.type in ("many2many", "one2many"):
                column = _many_sql(self.model, part_field)
            else:
                column = self.system._field_to_sql(self.model._table, part_field.name, self.query)
            self.columns[part_field] = (f"c{len(self.columns)}", column)
        return self.columns[part_field][0]

    def add_names(self, names):
        """:return: ``{field: names of fields of what it refers to}``"""
        further = {}
        for name in names:
            first, _dot, rest = name.partition(".")
            if rest:
                further.setdefault(self.model._fields[first], []).append(rest)
                self.add(self.model._fields[first])
                continue
            asked = None if first == EVERYTHING else [first]
            for part_field in self.system._determine_fields_to_fetch(asked):
                is_many = part_field.type in ("many2many", "one2many") and asked
                if is_many or (part_field.column_type and _is_read(part_field)):
                    self.add(part_field)
        return further

    def select(self):
        identifier = SQL.identifier(self.model._table, "id")
        columns = [SQL("%s AS %s", column, SQL.identifier(name)) for name, column in self.columns.values()]
        return SQL(
            "%s AS MATERIALIZED (%s)",
            SQL.identifier(self.name),
            self.query.select(SQL("%s AS id", identifier), *columns),
        )

    def keep(self, rows):
        """Put what was read where Odoo looks for it, without replacing what is there.

        :param rows: list of dicts by name of column
        """
        records = self.model.browse(row["id"] for row in rows)
        for part_field, (name, _column) in self.columns.items():
            convert = CONVERTED.get(part_field.type)
            values = [row[name] for row in rows]
            if convert:
                values = [None if value is None else convert(value) for value in values]
            part_field._insert_cache(records, values)
        return records


def read_together(env, searches):
    """Search and read in one statement; what was read is in Odoo's cache afterwards.

    :param searches: list of ``Search``
    :return: list of records, of each search in its order
    :raise AccessError: the user may not read one of the models
    """
    searches = list(searches)
    if not searches:
        return []
    parts, todo = [], []
    for search in searches:
        model = search.model
        query = model._search(search.domain, limit=search.limit, order=model._order if search.ordered else None)
        part = _Part(f"part{len(parts)}", model, query)
        parts.append(part)
        todo.append((part, search.names))
    while todo:
        referred = {}
        for part, names in todo:
            for part_field, further in part.add_names(names).items():
                sources, wanted = referred.setdefault(part_field.comodel_name, ([], {}))
                column = SQL.identifier(part.add(part_field))
                is_many = part_field.type in ("many2many", "one2many")
                column = SQL("unnest(%s)", column) if is_many else column
                sources.append(SQL("SELECT %s FROM %s", column, SQL.identifier(part.name)))
                wanted |= dict.fromkeys(further)
        todo = []
        for name, (sources, wanted) in referred.items():
            # sudo: what a record that one may read refers to
            model = env[name].sudo()
            query = Query(env, model._table, model._table_sql)
            # an array, since the planner does not know how few they are, and would read the table as a whole
            query.add_where(
                SQL("%s = ANY(ARRAY(%s))", SQL.identifier(model._table, "id"), SQL(" UNION ALL ").join(sources))
            )
            part = _Part(f"part{len(parts)}", model, query)
            parts.append(part)
            todo.append((part, tuple(wanted)))
    env.flush_all()
    rows = {part.name: [] for part in parts}
    statement = SQL(
        "WITH %s %s",
        SQL(", ").join(part.select() for part in parts),
        SQL(" UNION ALL ").join(
            SQL("SELECT %s AS part, row_to_json(%s) AS row FROM %s", part.name, name, name)
            for part in parts
            for name in [SQL.identifier(part.name)]
        ),
    )
    for name, row in env.execute_query(statement):
        rows[name].append(row)
    found = [part.keep(rows[part.name]) for part in parts]
    return found[: len(searches)]


def look_ahead(records, searches):
    """Make searches that are going to follow in one statement.

    :param records: those whose methods are going to search
    :param searches: list of ``Search``; those known already, and those of models that the user may not read, are
        left out
    :return: the records with what was found in their context, for ``search_ahead``
    """
    known = records.env.context.get(AHEAD)
    ids = known.ids if isinstance(known, _Found) else {}
    missing = {}
    for search in searches:
        if search.key in missing:
            # with the rights of the system, two are the same
            names = dict.fromkeys((*missing[search.key].names, *search.names))
            missing[search.key] = replace(search, names=tuple(names))
        elif search.key not in ids and search.model.has_access("read"):
            missing[search.key] = search
    if ids and not missing:
        return records
    found = read_together(records.env, missing.values())
    ids = ids | {key: part.ids for key, part in zip(missing, found, strict=True)}
    return records.with_context(**{AHEAD: _Found(ids)})


def search_ahead(model, domain, names=(), limit=None):
    """As ``search_fetch``, but without asking again for what ``look_ahead`` has found."""
    found = model.env.context.get(AHEAD)
    # an object of this process, which no call from outside can send
    ids = found.ids.get(_key(model, domain, limit)) if isinstance(found, _Found) else None
    return model.search_fetch(domain, names, limit=limit) if ids is None else model.browse(ids)


@dataclass(frozen=True)
class _Found:
    ids: dict


def _key(model, domain, limit):
    """What two searches have in common that find the same: who searches, in which companies, and for what."""
    env = model.env
    is_all = env.context.get("active_test") is False
    companies = frozenset(env.context.get("allowed_company_ids") or ())
    # what is no condition of a field cannot be written down, and is what it is
    asked = tuple(part if isinstance(part, Domain) else repr(part) for part in Domain(domain))
    return model._name, env.uid, env.su, companies, is_all, asked, limit


def _is_read(part_field):
    return part_field.type in AS_THEY_ARE or part_field.type in CONVERTED


def _many_sql(model, part_field):
    """Ids of what a field refers to, as Odoo reads them."""
    comodel = model.env[part_field.comodel_name].with_context(**{"active_test": False, **part_field.context})
    query = comodel._search(part_field.get_comodel_domain(model), order=comodel._order)
    number = SQL.identifier(comodel._table, "id")
    if part_field.type == "one2many":
        owner = comodel._field_to_sql(comodel._table, part_field.inverse_name, query)
    else:
        owner, number = (SQL.identifier(part_field.relation, name) for name in (part_field.column1, part_field.column2))
        query.add_join("JOIN", part_field.relation, None, SQL("%s = %s", number, SQL.identifier(comodel._table, "id")))
    # a query of its own, since the tables may be the same
    return SQL(
        "ARRAY(SELECT many.id FROM (%s) many WHERE many.owner = %s)",
        query.select(SQL("%s AS id", number), SQL("%s AS owner", owner)),
        SQL.identifier(model._table, "id"),
    )
