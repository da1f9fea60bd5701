"""Reads the addon's files and says which of them use what they may not: see the arrows in docs/ARCHITECTURE.md."""

import ast
import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

# Each step may use the steps before it. Rooms in one step are siblings, and leave each other alone.
STEPS = (
    ("core",),
    ("scoring",),
    ("tier",),
    ("care", "competition", "complaint"),
    ("lifetime",),
    ("risk", "selling"),
    ("campaign",),
    ("customer", "desk", "profit"),
    ("acquisition", "duplicate", "fact", "network"),
    ("diagnosis",),
    ("effect",),
    ("home",),
)
STEP = {room: number for number, rooms in enumerate(STEPS) for room in rooms}
FOLDERS = ("models", "wizards", "reports", "controllers", "analytics", "views", "data", "security", "static/src")
MODULE = "customer_value"

# A word that can name a model, a table, a field, a method or a record. One without a dot or an underscore is too
# common to be told from plain text.
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")

# A method whose docstring says so is there for rooms further right and other addons to extend; a model whose docstring
# says so is a registry, to which each file adds.
EXTENDED = "Extended by others"

# Fields that we add to a model of ours and Odoo's models have, too: the name alone does not say whose it is.
NAMES_OF_OTHERS = {"team_id", "user_id"}


def may_use(room, other):
    return room == other or STEP[other] < STEP[room]


@dataclass(frozen=True)
class Breach:
    path: str
    line: int
    kind: str
    name: str
    owner: str

    def __str__(self):
        return f"{self.path}:{self.line} uses {self.kind} {self.name} of {self.owner}"


@dataclass(frozen=True)
class Override:
    model: str
    method: str
    paths: tuple

    def __str__(self):
        return f"{self.model}.{self.method} stands in {', '.join(self.paths)}"


@dataclass(frozen=True)
class Definition:
    path: str
    room: str
    extends: bool
    offered: bool


class Addon:
    """What the files in ``root`` define, room by room, and what they use."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = {}
        for folder in FOLDERS:
            for path in sorted((self.root / folder).glob("*/**/*")):
                name = path.relative_to(self.root).as_posix()
                room = name[len(folder) + 1 :].split("/")[0]
                if path.is_file() and room in STEP and "/tests/" not in name:
                    self.files[name] = room
        # kind: name: the rooms that define it
        self.owners = {kind: defaultdict(set) for kind in ("model", "table", "field", "method", "record")}
        self.definitions = defaultdict(list)
        self.registries = set()
        self.inherited_views = []
        self.trees = {}
        self._define()

    # -- what stands where ----------------------------------------------------------------------------------------

    def _define(self):
        classes = []
        for name, room in self.files.items():
            if name.endswith(".py"):
                self.trees[name] = ast.parse((self.root / name).read_text())
                for node in self.trees[name].body:
                    if isinstance(node, ast.FunctionDef):
                        self.owners["method"][node.name].add(room)
                classes += [(name, room, node) for node in self.trees[name].body if isinstance(node, ast.ClassDef)]
            elif name.endswith(".xml"):
                self.trees[name] = etree.parse(self.root / name)
                if not name.startswith("static/"):
                    self._define_records(name, room, self.trees[name])
            elif name.endswith(".csv"):
                for row in self._read_csv(name):
                    self.owners["record"][row["id"]].add(room)
        classes = [(path, room, node, *self._read_names(node)) for path, room, node in classes]
        for _path, room, _node, own, models in classes:
            if own:
                self.owners["model"][models[0]].add(room)
        for model, rooms in self.owners["model"].items():
            # a table, and the record of the model, are named after it
            self.owners["table"][model.replace(".", "_")] |= rooms
            self.owners["record"]["model_" + model.replace(".", "_")] |= rooms
        extending, invented = set(), set()
        for path, room, node, own, models in classes:
            added = set(self._define_members(path, room, node, models, invented))
            if models and not own and not any(room in self.owners["model"].get(model, ()) for model in models):
                extending |= added
            if EXTENDED in (ast.get_docstring(node) or ""):
                self.registries.update(models)
        # a field of a model comes with the model; what is added to a model of others is the room's own
        self.owners["field"] = {
            name: rooms
            for name, rooms in self.owners["field"].items()
            if name in extending - NAMES_OF_OTHERS and "_" in name
        }
        self.owners["method"] = {name: rooms for name, rooms in self.owners["method"].items() if name in invented}

    @staticmethod
    def _read_names(node):
        """:return: whether the class defines a model, and the models it is about"""
        values = {}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                named = statement.targets[0].id in ("_name", "_inherit")
                if named and not isinstance(statement.value, ast.Name):
                    values[statement.targets[0].id] = ast.literal_eval(statement.value)
        name, inherit = values.get("_name"), values.get("_inherit")
        inherit = [inherit] if isinstance(inherit, str) else inherit or []
        if name:
            return name not in inherit, [name]
        return False, inherit

    def _define_members(self, path, room, node, models, invented):
        """:return: names of the fields that the class adds; methods that extend nobody's are added to ``invented``"""
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                if re.match(r"fields\.|BulkMany2one", ast.unparse(statement.value.func)):
                    name = statement.targets[0].id
                    self.owners["field"][name].add(room)
                    yield name
            elif isinstance(statement, ast.FunctionDef):
                body = ast.unparse(statement)
                extends = re.search(rf"super\([^()]*\)\.{statement.name}\b", body) is not None
                self.owners["method"][statement.name].add(room)
                if models and not extends and "_" in statement.name:
                    invented.add(statement.name)
                offered = EXTENDED in (ast.get_docstring(statement) or "")
                for model in models:
                    self.definitions[model, statement.name].append(Definition(path, room, extends, offered))

    def _define_records(self, path, room, tree):
        for node in tree.iter("record", "template", "menuitem"):
            xmlid = node.get("id")
            if xmlid and "." not in xmlid:
                self.owners["record"][xmlid].add(room)
            parent = node.get("inherit_id") or next(
                (field.get("ref") for field in node.findall("field") if field.get("name") == "inherit_id"), None
            )
            if parent:
                self.inherited_views.append((path, node.sourceline, room, xmlid, parent.removeprefix(f"{MODULE}.")))

    def _read_csv(self, name):
        with (self.root / name).open(newline="") as file:
            return list(csv.DictReader(file))

    # -- what is used ---------------------------------------------------------------------------------------------

    def find_breaches(self):
        """Uses of what stands further right or in a sibling, in the order of the files."""
        return [breach for name, room in self.files.items() for breach in self.find_breaches_of(name, room)]

    def find_breaches_of(self, name, room):
        """The same in one file, which need not have been there before."""
        uses = []
        if name.endswith(".py"):
            tree = self.trees.get(name) or ast.parse((self.root / name).read_text())
            uses = [*self._python_words(tree), *self._python_imports(name, tree)]
        elif name.endswith(".xml"):
            uses = self._xml_words(self.trees.get(name) or etree.parse(self.root / name))
        elif name.endswith(".csv"):
            uses = [
                (line, word)
                for line, row in enumerate(self._read_csv(name), 2)
                for value in row.values()
                for word in WORD.findall(value or "")
            ]
        elif name.endswith(".js"):
            uses = self._script_uses(name)
        return [breach for line, word in dict.fromkeys(uses) for breach in self._judge(name, room, line, word)]

    def _judge(self, path, room, line, word):
        if isinstance(word, tuple):
            (other,) = word
            if not may_use(room, other):
                yield Breach(path, line, "file", "import", other)
            return
        # a path of fields, and the name of a record, have their parts; a model has its whole name
        parts = {word, *word.split(".")} if word not in self.owners["model"] else {word}
        for part in sorted(parts):
            for kind, names in self.owners.items():
                rooms = names.get(part)
                if rooms and not any(may_use(room, other) for other in rooms):
                    yield Breach(path, line, kind, part, ", ".join(sorted(rooms)))
                    break

    @staticmethod
    def _python_words(tree):
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        pieces = {id(piece) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) in pieces:
                # a name put together of pieces is no name of its own
                for word in WORD.findall(re.sub(r"^\w+|\w+$", "", str(node.value))):
                    yield node.lineno, word
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                for word in WORD.findall(node.value):
                    yield node.lineno, word
            elif isinstance(node, ast.Attribute):
                yield node.lineno, node.attr
            elif isinstance(node, ast.keyword) and node.arg:
                yield node.value.lineno, node.arg

    def _python_imports(self, name, tree):
        package = name.split("/")[:-1]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                target = package[: len(package) - node.level + 1] + (node.module or "").split(".")
                for path in [target, *([*target, alias.name] for alias in node.names)]:
                    path = [part for part in path if part]
                    if len(path) > 1 and path[1] in STEP:
                        yield node.lineno, (path[1],)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"odoo.addons.{MODULE}."):
                path = node.module.split(".")[3:]
                if len(path) > 1 and path[1] in STEP:
                    yield node.lineno, (path[1],)

    @staticmethod
    def _xml_words(tree):
        for node in tree.iter(etree.Element):
            for text in (*node.attrib.values(), node.text, *(child.tail for child in node)):
                for word in WORD.findall(text or ""):
                    yield node.sourceline, word

    def _script_uses(self, name):
        for line, text in enumerate((self.root / name).read_text().splitlines(), 1):
            text = re.sub(r"^\s*(//|\*|/\*).*", "", text)
            for target in re.findall(r"from [\"']([^\"']+)[\"']", text):
                parts = target.split("/")
                if target.startswith(".."):
                    yield from ((line, (part,)) for part in parts if part in STEP)
                elif parts[0] == f"@{MODULE}" and parts[1] in STEP:
                    yield line, (parts[1],)
            for word in WORD.findall(text):
                yield line, word

    # -- order ----------------------------------------------------------------------------------------------------

    def find_disorder(self):
        """Files that are loaded before a room that they may use: of the manifest, and of each folder's import list."""
        lists = {
            path.relative_to(self.root).as_posix(): re.findall(r"from \. import (\w+)", path.read_text())
            for path in sorted(self.root.glob("*/__init__.py"))
        }
        manifest = ast.literal_eval((self.root / "__manifest__.py").read_text())
        lists["__manifest__.py"] = [name.split("/")[1] for name in manifest["data"]]
        for path, rooms in lists.items():
            furthest = 0
            for room in rooms:
                if room in STEP:
                    if STEP[room] < furthest:
                        yield f"{path}: {room} comes after what stands right of it"
                    furthest = max(furthest, STEP[room])

    # -- one definition -------------------------------------------------------------------------------------------

    def find_overrides(self):
        """Methods of one model that stand in several files, where neither may: in one room, or the method is ours.

        A room extends the methods of Odoo's models as it likes, once; and those of ours which say that they are there
        to be extended. What a registry of ours offers may be added to in any file.
        """
        for (model, method), definitions in sorted(self.definitions.items()):
            if len(definitions) < 2 or model in self.registries:
                continue
            rooms = [definition.room for definition in definitions]
            first = min(definitions, key=lambda definition: (STEP[definition.room], definition.extends))
            ours = not first.extends
            if len(rooms) != len(set(rooms)) or (ours and not first.offered):
                yield Override(model, method, tuple(definition.path for definition in definitions))

    def find_views_inheriting_ours(self):
        """Views that extend a view of their own room."""
        for path, line, room, xmlid, parent in self.inherited_views:
            if room in self.owners["record"].get(parent, ()):
                yield f"{path}:{line} {xmlid} extends {parent} of the same room"

    def find_split_views(self):
        """Views of others that are extended by several views of one room."""
        seen = defaultdict(list)
        for path, _line, room, xmlid, parent in self.inherited_views:
            if parent:
                seen[room, parent].append(f"{xmlid} ({path})")
        for (room, parent), views in sorted(seen.items()):
            if len(views) > 1:
                yield f"{room} extends {parent} in {', '.join(views)}"
