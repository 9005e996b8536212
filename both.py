"""The web server and the worker from one copy of the code: loaded once, then forked.

Two programs that load the same code each for itself weigh a third more than two that share it.
run.py becomes this program and this one becomes parent.py, so the process keeps its number and both
are its children. No house is built before they part: nothing that is open (a database, a
lock) may belong to two.
"""

import gc

gc.disable()  # until both have been put together: see wsgi.py

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

from flask.cli import main as flask  # noqa: E402
from sqlalchemy.orm import configure_mappers  # noqa: E402

from app.cli import COMMANDS, jobs, serve  # noqa: E402
from app.core import frugal  # noqa: E402
from parent import ENDS, PROGRAMS  # noqa: E402

LOADED = (COMMANDS, jobs, serve)  # all that both need


def start(words: list[str]) -> int:
    """Begin `flask WORDS` as a child; its number."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()  # Ctrl-C reaches the parent alone, which ends both in order
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    sys.argv = ["flask", *words]
    flask()
    sys.exit(0)


if __name__ == "__main__":
    frugal.one_heap()
    configure_mappers()
    gc.collect()
    gc.freeze()  # what stands now is never looked at again, and so stays shared
    started = [f"{name}={start(words)}" for name, words in PROGRAMS.items()]
    os.execv(sys.executable, [sys.executable, "-OO", "parent.py", *sys.argv[1:], *started])
