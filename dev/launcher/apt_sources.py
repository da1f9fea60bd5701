"""Read the machine's own package sources: where its Debian mirror is, and which keys sign it."""

import re
from dataclasses import dataclass
from pathlib import Path

# Suites of Debian itself; their "-updates" and "-backports" lie on the same mirror.
_SUITES = {
    "stable", "oldstable", "testing", "unstable", "sid",
    "bullseye", "bookworm", "trixie", "forky", "duke",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One binary package source. `signed_by` is a path, an inline key, or empty."""

    uri: str
    suites: tuple
    components: tuple
    signed_by: str = ""

    @property
    def is_debian(self):
        """Whether this is an archive of Debian itself (not its security archive)."""
        ours = any(suite.rstrip("/").split("-")[0] in _SUITES for suite in self.suites)
        security = "security" in self.uri or all("security" in suite for suite in self.suites)
        return ours and not security and "main" in self.components


def parse_list(text):
    """Sources of a one-line-style file (`sources.list`, `*.list`)."""
    found = []
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)", line.split("#")[0].strip())
        if match:
            options = dict(word.split("=", 1) for word in (match[1] or "").split() if "=" in word)
            found.append(Source(match[2], (match[3],), tuple(match[4].split()), options.get("signed-by", "")))
    return found


def parse_deb822(text):
    """Sources of a deb822 file (`*.sources`)."""
    found = []
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields, name = {}, None
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t") and name:
                fields[name] += "\n" + line.strip()
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        if "deb" not in fields.get("types", "").split():
            continue
        # an inline key has its empty lines written as "."
        key = "\n".join("" if line == "." else line for line in fields.get("signed-by", "").split("\n"))
        for uri in fields.get("uris", "").split():
            found.append(
                Source(
                    uri,
                    tuple(fields.get("suites", "").split()),
                    tuple(fields.get("components", "").split()),
                    key.strip(),
                )
            )
    return found


def read_sources(etc=Path("/etc/apt")):
    """Every source configured under `etc`; unreadable files are passed over."""
    found = []
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for path in files:
        if path.suffix not in (".list", ".sources"):
            continue
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found += parse_deb822(text) if path.suffix == ".sources" else parse_list(text)
    return found


def debian_source(environ, etc=Path("/etc/apt")):
    """The Debian mirror to use: $DEBIAN_MIRROR, else the machine's own; None without one."""
    own = [source for source in read_sources(etc) if source.is_debian]
    mirror = environ.get("DEBIAN_MIRROR", "").strip()
    if mirror:
        return Source(mirror, ("sid",), ("main",), own[0].signed_by if own else "")
    return own[0] if own else None
