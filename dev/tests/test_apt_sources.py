"""Finding the Debian mirror in the machine's own apt configuration."""

from launcher.apt_sources import debian_source, parse_deb822, parse_list

DEB822 = """\
Types: deb
# a comment between the fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
INLINE_KEY = """\
Types: deb deb-src
URIs: https://a.example/debian/ https://b.example/debian/
Suites: trixie
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abcdef
 -----END PGP PUBLIC KEY BLOCK-----
"""


def machine(tmp_path, **files):
    (tmp_path / "sources.list.d").mkdir()
    for name, text in files.items():
        target = tmp_path / "sources.list" if name == "main" else tmp_path / "sources.list.d" / name
        target.write_text(text)
    return tmp_path


def test_deb822_gives_every_source():
    first, second = parse_deb822(DEB822)
    assert first.uri == "http://mirror.example/debian"
    assert first.suites == ("bookworm", "bookworm-updates")
    assert first.signed_by == "/usr/share/keyrings/debian-archive-keyring.gpg"
    assert first.is_debian
    assert not second.is_debian


def test_deb822_with_a_key_in_it():
    first, second = parse_deb822(INLINE_KEY)
    assert (first.uri, second.uri) == ("https://a.example/debian/", "https://b.example/debian/")
    assert first.signed_by.split("\n") == [
        "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "",
        "abcdef",
        "-----END PGP PUBLIC KEY BLOCK-----",
    ]


def test_deb822_passes_over_what_is_disabled_or_source_only():
    assert parse_deb822("Enabled: no\n" + DEB822.split("\n\n")[0]) == []
    assert parse_deb822(DEB822.split("\n\n")[0].replace("Types: deb", "Types: deb-src")) == []


def test_one_line_style():
    text = """
        # deb http://commented.example/debian sid main
        deb-src http://m.example/debian bookworm main
        deb [arch=amd64 signed-by=/k.gpg] http://m.example/debian bookworm main contrib # a note
        deb http://security.example/debian-security bookworm-security main
        deb http://other.example/node nodistro main
    """
    found = parse_list(text)
    assert [source.is_debian for source in found] == [True, False, False]
    assert found[0].signed_by == "/k.gpg"
    assert found[0].components == ("main", "contrib")


def test_the_machines_own_mirror_is_used(tmp_path):
    etc = machine(
        tmp_path,
        main="deb http://other.example/node nodistro main\n",
        **{"debian.sources": DEB822, "old.sources.disabled": INLINE_KEY},
    )
    assert debian_source({}, etc).uri == "http://mirror.example/debian"


def test_the_environment_names_another_mirror_with_the_same_keys(tmp_path):
    etc = machine(tmp_path, **{"debian.sources": DEB822})
    source = debian_source({"DEBIAN_MIRROR": "http://near.example/debian"}, etc)
    assert source.uri == "http://near.example/debian"
    assert source.signed_by == "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_no_mirror_at_all(tmp_path):
    assert debian_source({}, machine(tmp_path)) is None
    assert debian_source({"DEBIAN_MIRROR": "http://m.example/debian"}, tmp_path).signed_by == ""
