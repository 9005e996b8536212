"""The shop's programs as processes of their own, started quickly so that many can be killed.

A server process loads the application's code once and forks at each start: `flask serve` and
`flask worker` run exactly as from a shell, without the second that importing takes.
"""

import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from scripts.benching.shop import ROOT

LOADED = ["app", "app.cli.serve", "app.cli.jobs", "app.cli.backup", "flask.cli", "wechatpy"]
starter = multiprocessing.get_context("forkserver")
starter.set_forkserver_preload(LOADED)


class Program:
    """One `flask …`, from its start to its end."""

    def __init__(self, words: tuple[str, ...], environ: dict[str, str], log: Path) -> None:
        self.process: ForkServerProcess = starter.Process(
            target=_be, args=(words, environ, str(log)), daemon=True
        )
        self.process.start()

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def end(self, patience: float = 20) -> int | None:
        """Ask it to end, as a service manager does; its exit status."""
        self.process.terminate()
        return self.wait(patience)

    def wait(self, patience: float | None = None) -> int | None:
        self.process.join(patience)
        return self.process.exitcode

    @property
    def is_dead(self) -> bool:
        return not self.process.is_alive()

    @property
    def was_killed(self) -> bool:
        return self.process.exitcode == -signal.SIGKILL


def _be(words: tuple[str, ...], environ: dict[str, str], log: str) -> None:
    """In the new process: become `flask WORDS` in this environment."""
    os.chdir(ROOT)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.argv = ["flask", *words]
    from flask.cli import main  # noqa: PLC0415 - loaded by the forking server already

    main()
