"""Progress on the terminal, and commands whose output goes to a log file."""

import contextlib
import fcntl
import shlex
import subprocess
import sys
import threading
import time

START = time.monotonic()


class LaunchError(Exception):
    """Something the user has to know or do; its text is shown without a traceback."""


def say(text=""):
    print(text, flush=True)


def _stamp():
    return f"[{time.monotonic() - START:5.0f}s]"


@contextlib.contextmanager
def step(title):
    """Show `title` with the seconds it takes: a moving line on a terminal, else one line.

    Yields a function that sets a note to show after the title.
    """
    began = time.monotonic()
    live = sys.stdout.isatty()
    note = [""]
    done = threading.Event()

    def draw():
        while not done.wait(0.5):
            line = f"{_stamp()} {title} ... {time.monotonic() - began:.0f}s {note[0]}"
            sys.stdout.write("\r\033[K" + line[:110])
            sys.stdout.flush()

    def remind():
        while not done.wait(20):
            say(f"{_stamp()}   still busy: {title} {note[0]}".rstrip())

    if not live:
        say(f"{_stamp()} {title}")
    thread = threading.Thread(target=draw if live else remind, daemon=True)
    thread.start()

    def set_note(text):
        note[0] = text

    outcome = "failed"
    try:
        yield set_note
        outcome = "done"
    finally:
        done.set()
        thread.join()
        if live:
            took = time.monotonic() - began
            sys.stdout.write(f"\r\033[K{_stamp()} {title}: {outcome} in {took:.0f}s\n")
            sys.stdout.flush()


@contextlib.contextmanager
def locked(path, doing):
    """Hold the lock `path`, waiting for another command that is `doing` the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{_stamp()} Waiting for another command that is {doing} ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tail(path, lines=25):
    """The last lines of a text file, for error messages."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:]).rstrip()


def run_logged(command, log, hint="", script="", **kwargs):
    """Run a command with its output appended to the file `log`, and `script` as its input.

    Raises LaunchError with the end of the log and `hint` when the command fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {shlex.join(words)}\n")
        file.flush()
        try:
            code = subprocess.run(
                words, input=script.encode(), stdout=file, stderr=subprocess.STDOUT, check=False, **kwargs
            ).returncode
        except FileNotFoundError as error:
            raise LaunchError(f"{words[0]} is not installed. {hint}".rstrip()) from error
    if code:
        message = f"{shlex.join(words)[:200]}\nended with code {code}; the end of {log}:\n\n{tail(log)}"
        raise LaunchError(f"{message}\n\n{hint}".rstrip())
