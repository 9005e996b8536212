"""Run the checks and the tests, in the order in which they are cheapest to fail."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STATIC = {
    "catalogues": ["pybabel", "-q", "compile", "-d", "app/translations"],
    "ruff": ["ruff", "check", "-q", "."],
    "layout": ["ruff", "format", "-q", "--check", "."],
    "floors": ["lint-imports", "--no-cache"],
    "types": ["mypy"],
    "spelling": ["codespell", "app", "docs", "tests", "scripts", "README.md", "CONTRIBUTING.md"],
}
TESTS = {
    "SQLite": ("sqlite", ["-n", "2", "-m", "not browser"]),
    "PostgreSQL": ("postgresql", ["-n", "2", "-m", "not browser"]),
    "browser": ("sqlite", ["-m", "browser", "tests/browser"]),
}


def main() -> int:
    os.chdir(ROOT)
    began = time.monotonic()
    failed = [name for name, command in STATIC.items() if not _run(name, command)]
    if "--static" not in sys.argv and not failed:
        failed = _tests()
    took = f"{time.monotonic() - began:.0f} s"
    print(f"failed: {', '.join(failed)} ({took})" if failed else f"all good ({took})")
    return 1 if failed else 0


def _tests() -> list[str]:
    failed = []
    for name, (kind, options) in TESTS.items():
        if name == "browser" and not _browser():
            if os.environ.get("REQUIRE_BROWSER") == "1":
                failed.append("browser: there is no Chromium and none could be installed")
            continue
        command = ["pytest", "-q", "-p", "no:cacheprovider", *options]
        if not _run(name, command, {"TEST_DATABASE": kind}):
            failed.append(name)
    return failed


def _run(name: str, command: list[str], more: dict[str, str] | None = None) -> bool:
    began = time.monotonic()
    program = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(program, check=False, env={**os.environ, **(more or {})})
    good = done.returncode == 0
    print(f"{'ok  ' if good else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return good


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
