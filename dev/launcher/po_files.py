"""Merges, checks and compares translation files; runs in the virtual environment.

po_files.py merge TEMPLATE TRANSLATION     new terms in, vanished ones out, the rest kept
po_files.py check TEMPLATE TRANSLATION     complete, nothing fuzzy, placeholders kept
po_files.py compare TEMPLATE TEMPLATE      the same terms
"""

import re
import sys
from pathlib import Path

import polib

# A field of models themselves that another module adds, and fills in for ours.
_OTHERS = re.compile(r"model:ir\.model,(?!name)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sdifr]|%[sdifr]|%%|\{\w*\}|</?\w+|\$\{")


def merge(template, translation):
    """Bring `translation` up to date with `template`, keeping what is translated."""
    pot = polib.pofile(template)
    path = Path(translation)
    if path.exists():
        po = polib.pofile(translation)
    else:
        po = polib.POFile()
        po.metadata = dict(pot.metadata) | {"Language": path.stem}
    po.merge(pot)
    for entry in po.obsolete_entries():
        po.remove(entry)
    po.metadata |= {"POT-Creation-Date": pot.metadata.get("POT-Creation-Date", ""), "Language": path.stem}
    po.sort(key=lambda entry: entry.msgid)
    po.save(translation)
    print(f"{translation}: {len(po)} terms, {len(po.untranslated_entries())} untranslated")
    return 0


def complaints(pot, po):
    """What is wrong with a translation, as lines of text."""
    entries = {entry.msgid: entry for entry in po if not entry.obsolete}
    for source in pot:
        entry = entries.get(source.msgid)
        if entry is None:
            yield f"missing: {source.msgid!r}"
        elif not entry.msgstr.strip():
            yield f"untranslated: {source.msgid!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {source.msgid!r}"
        elif sorted(_PLACEHOLDER.findall(source.msgid)) != sorted(_PLACEHOLDER.findall(entry.msgstr)):
            yield f"other placeholders or tags: {source.msgid!r}"
    known = {entry.msgid for entry in pot}
    for msgid in entries.keys() - known:
        yield f"not in the template: {msgid!r}"


def check(template, translation):
    """Print what is wrong with a translation; 1 if anything is."""
    if not Path(template).exists():
        print(f"{template} is missing: run `make i18n`")
        return 1
    found = list(complaints(polib.pofile(template), polib.pofile(translation)))
    for line in found:
        print(line)
    return 1 if found else 0


def own_terms(pot):
    """The terms of a template, without what other modules say of our models: that depends on which are installed."""
    return {
        entry.msgid
        for entry in pot
        if not entry.occurrences or not all(_OTHERS.match(place) for place, _line in entry.occurrences)
    }


def compare(old, new):
    """Print the terms that only one of two files has; 1 if there are any."""
    before, after = (own_terms(polib.pofile(file)) for file in (old, new))
    for msgid in sorted(after - before):
        print(f"new term: {msgid!r}")
    for msgid in sorted(before - after):
        print(f"no longer a term: {msgid!r}")
    return 1 if before != after else 0


if __name__ == "__main__":
    action = {"merge": merge, "check": check, "compare": compare}[sys.argv[1]]
    sys.exit(action(*sys.argv[2:]))
