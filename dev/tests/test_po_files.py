"""Which terms are compared with those of the committed template."""

import polib
from launcher.po_files import compare, own_terms


def entry(msgid, *places):
    return polib.POEntry(msgid=msgid, occurrences=[(place, "") for place in places])


LABEL = "model:ir.model,website_form_label:customer_value.model_res_partner"


def test_what_other_modules_say_of_our_models_is_no_term_of_ours():
    pot = [entry("Create a Customer", LABEL), entry("Contact", "model:ir.model,name:x", LABEL), entry("Tier", "code:x")]
    assert own_terms(pot) == {"Contact", "Tier"}


def test_compare(tmp_path, capsys):
    files = []
    for name, entries in (
        ("old", [entry("Tier", "code:x")]),
        ("new", [entry("Level", "code:x"), entry("Label", LABEL)]),
    ):
        pot = polib.POFile()
        pot.extend(entries)
        files.append(str(tmp_path / name))
        pot.save(files[-1])
    assert compare(files[0], files[0]) == 0
    assert compare(*files) == 1
    assert capsys.readouterr().out == "new term: 'Level'\nno longer a term: 'Tier'\n"
