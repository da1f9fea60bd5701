"""`make demo`: Odoo with the addon, real customers in it, and a server to look at them."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

from . import browser
from .console import LaunchError, say, step, tail
from .odoo import addon_digest, session, wait
from .odoo_tests import modules, template
from .paths import ADDON, digest
from .testing import free_port

# Runs dev/demo.py as a program would run, with `env` in its hands and its neighbours to import.
_SCRIPT = """\
import runpy, sys
sys.path.insert(0, {folder!r})
runpy.run_path({path!r}, init_globals={{"env": env}}, run_name="__main__")
env.cr.commit()
"""


def demo(arguments):
    """Bring the demo database up to date and serve it until Ctrl-C."""
    with session() as odoo:
        database = odoo.database("demo")
        prepare(odoo, database)
        browser.advise()
        return serve(odoo, database)


def prepare(odoo, database):
    """Create the database with its customers, or update it where the addon has changed.

    What was done is kept in a file, written last: a set-up cut short starts over.
    """
    state_file = odoo.paths.own / "demo.json"
    names = modules(odoo.paths.checkout)
    state = {
        "addon": addon_digest(odoo.paths.checkout),
        "below": digest(odoo.installer.versions(), ",".join(names)),
    }
    before = {}
    if state_file.exists() and database in odoo.databases() and not os.environ.get("FRESH"):
        before = json.loads(state_file.read_text())
    if before == state:
        return
    log = odoo.paths.logs / "demo-setup.log"
    log.unlink(missing_ok=True)
    hint = f"The whole log is {log}. `make demo FRESH=1` begins with a new database."
    if before:
        what = ADDON if before["below"] == state["below"] else "all"
        with step("Updating the addon in the demo database"):
            odoo.run_logged(["-d", database, "-u", what, "--stop-after-init", "--no-http"], log, hint)
    else:
        state_file.unlink(missing_ok=True)
        source = template(odoo, names)
        odoo.drop(database)
        with step("Installing the addon"):
            odoo.copy(source, database)
            odoo.run_logged(["-d", database, "-i", ADDON, "--stop-after-init", "--no-http"], log, hint)
        load(odoo, database, log, hint)
    state_file.write_text(json.dumps(state))


def load(odoo, database, log, hint):
    """Fill the database by dev/demo.py, showing the last line it printed."""
    path = odoo.paths.dev / "demo.py"
    if not path.exists():
        raise LaunchError(f"{path} is missing: it loads the customers.")
    command = odoo.command("shell", "-d", database, "--no-http", "--log-level=warn")
    script = _SCRIPT.format(folder=str(odoo.paths.dev), path=str(path))
    with step("Loading customers and scoring them") as note, log.open("a", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, env=odoo.environ() | {"PYTHONUNBUFFERED": "1"}, text=True, errors="replace",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            process.stdin.write(script)
            process.stdin.close()
            for line in process.stdout:
                file.write(line)
                if line.strip():
                    note(f"({line.strip()[:60]})")
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code:
        raise LaunchError(f"dev/demo.py ended with code {code}:\n\n{tail(log)}\n\n{hint}")


def serve(odoo, database):
    """Run the server until it is stopped; returns its exit code."""
    port = free_port(int(os.environ.get("PORT") or 8069))
    host = os.environ.get("HOST") or "127.0.0.1"
    log = odoo.paths.logs / "server.log"
    command = odoo.command(
        "-d", database, "--db-filter", f"^{database}$", "--no-database-list",
        "--http-port", port, "--gevent-port", free_port(),
    )  # fmt: skip
    with log.open("w") as file:
        process = subprocess.Popen(
            command, env=odoo.environ(), stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            # Ctrl-C is for the launcher, which passes it on
            start_new_session=True,
        )  # fmt: skip
    url = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"
    try:
        with step("Starting Odoo"):
            await_answer(process, f"{url}/web/login", log)
        say(f"\n  Odoo runs at   {url}/odoo\n  Login          admin\n  Password       admin\n")
        look = odoo.paths.dev / "demo_look.txt"
        if look.exists():
            say(look.read_text(encoding="utf-8").replace("{url}", url))
        say(f"  Log: {log}\n  Ctrl-C stops it.")
        code = wait(process, own_session=True)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    say("\nOdoo has stopped.")
    return 0 if code in (0, -2, -15) else code


def await_answer(process, url, log, seconds=180):
    """Wait until the server answers. Raises LaunchError when it ends, or takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise LaunchError(f"Odoo ended with code {process.returncode}; the end of {log}:\n\n{tail(log)}")
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=60):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise LaunchError(f"Odoo does not answer at {url} after {seconds} seconds; its log is {log}.")
