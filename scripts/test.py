"""Run the checks and the tests: first what fails quickly, then the rest side by side."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUICK = {
    "catalogues": ["pybabel", "-q", "compile", "-d", "app/translations"],
    "ruff": ["ruff", "check", "-q", "."],
    "layout": ["ruff", "format", "-q", "--check", "."],
    "floors": ["lint-imports", "--no-cache"],
    "spelling": ["codespell", "app", "docs", "tests", "scripts", "README.md", "CONTRIBUTING.md"],
}
TYPES = {"types": ["mypy"]}
PYTEST = ["pytest", "-p", "no:cacheprovider"]
ROOMS = [*PYTEST, "-n", "2", "-m", "not browser"]
TESTS = {"SQLite": ROOMS, "PostgreSQL": ROOMS}
BROWSER = {"browser": [*PYTEST, "-m", "browser", "tests/browser"]}
# What a stage sees more of than we do.
MORE = {"PostgreSQL": {"TEST_DATABASE": "postgresql"}}
# The tests start dozens of programs: each would translate all of the source anew.
LESS = "PYTHONDONTWRITEBYTECODE"
printing = threading.Lock()


def main() -> int:
    os.chdir(ROOT)
    began = time.monotonic()
    failed = _line(QUICK)
    if "--static" in sys.argv:
        failed += _line(TYPES)
    elif not failed:
        failed = _tests()
    took = f"{time.monotonic() - began:.0f} s"
    print(f"failed: {', '.join(failed)} ({took})" if failed else f"all good ({took})")
    return 1 if failed else 0


def _tests() -> list[str]:
    """Both databases in turn; beside them the browser, which mostly waits."""
    lines = [TESTS, TYPES]
    failed = []
    if _browser():
        lines.append(BROWSER)
    elif os.environ.get("REQUIRE_BROWSER") == "1":
        failed.append("browser: there is no Chromium and none could be installed")
    with ThreadPoolExecutor(len(lines)) as pool:
        return failed + [name for found in pool.map(_line, lines) for name in found]


def _line(stages: dict[str, list[str]]) -> list[str]:
    """Run stages one after the other; the names of those that failed."""
    return [name for name, command in stages.items() if not _run(name, command)]


def _run(name: str, command: list[str]) -> bool:
    """Run a stage and print whole what it said, so that no two mix."""
    began = time.monotonic()
    environ = {k: v for k, v in os.environ.items() if k != LESS} | MORE.get(name, {})
    with tempfile.TemporaryFile() as said:
        program = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]], env=environ, stdout=said, stderr=said
        )
        _pid, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        took = f"{time.monotonic() - began:.0f} s, processor {used.ru_utime + used.ru_stime:.0f} s"
        with printing:
            print(said.read().decode(errors="replace"), end="")
            print(f"{'FAIL' if program.returncode else 'ok  '} {name} ({took})", flush=True)
    return program.returncode == 0


def _browser() -> str | None:
    """An installed Chromium; Debian's own is installed where we may."""
    found = _which()
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk"],
            check=False, env=quiet, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        found = _which()
    if not found:
        print("!!! NO CHROMIUM: THE BROWSER TESTS ARE SKIPPED !!!", flush=True)
    return found


def _which() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(main())
