"""What starts the shop: `make run` and the drill beside a `.env`, and the settings of the clock."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

from app import config, create_app
from app.core import clock
from scripts.drill import Drill

NAMED = ("HOST", "PORT", "SHUKE_ENV")
TELLS = "import os, sys\nprint(os.environ['SHUKE_ENV'], *sys.argv[1:])\nsys.exit(3)\n"


@pytest.fixture
def start(tmp_path):
    """run.py in a folder of its own, where `flask` tells how it was called and ends."""
    for name in ("run.py", "parent.py"):
        shutil.copy(config.ROOT / name, tmp_path)
    (tmp_path / "flask.py").write_text(TELLS)

    def run(env_file="", **environ):
        (tmp_path / ".env").write_text(f"PORT=0\n{env_file}")
        bare = {k: v for k, v in os.environ.items() if k not in NAMED}
        return subprocess.run(
            [sys.executable, "run.py"], cwd=tmp_path, env=bare | environ,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_a_start_without_any_word_is_the_demo(start):
    assert "demo db upgrade" in start().stdout


def test_the_file_says_what_kind_of_shop_it_is(start):
    assert "production db upgrade" in start("SHUKE_ENV=production").stdout


def test_the_environment_wins_over_the_file(start):
    assert "demo db upgrade" in start("SHUKE_ENV=production", SHUKE_ENV="demo").stdout


def test_the_port_of_the_file_is_looked_at(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = start(f"PORT={port}")
    assert found.returncode == 1
    assert str(port) in found.stderr


BEGINS = """
import os, sys, time
def start(command):
    pid = os.fork()
    if not pid:
        os.execv(sys.executable, [sys.executable, "-c", command])
    return pid
web = start("import http.server as h, os; h.HTTPServer(('127.0.0.1', int(os.environ['PORT'])),"
            " type('H', (h.SimpleHTTPRequestHandler,), {})).serve_forever()")
worker = start("import os; os.kill(os.getpid(), 9)")
words = ("127.0.0.1", os.environ["PORT"], f"web={web}", f"worker={worker}")
os.execv(sys.executable, [sys.executable, "parent.py", *words])
"""


def test_a_program_that_dies_is_started_again_and_one_that_never_lives_ends_all(tmp_path):
    shutil.copy(config.ROOT / "parent.py", tmp_path)
    (tmp_path / "flask.py").write_text(TELLS)
    (tmp_path / "healthz").touch()
    port = free_port()
    bare = {k: v for k, v in os.environ.items() if k not in NAMED}
    bare |= {"PORT": str(port), "SHUKE_ENV": "demo"}
    found = subprocess.run(
        [sys.executable, "-c", BEGINS], cwd=tmp_path, env=bare,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "worker 停了（-9）" in found.stderr
    assert "demo worker" in found.stdout
    assert found.returncode == 1
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_file_beside_the_drill_changes_nothing(tmp_path):
    there = {
        "SECRET_KEY": "k" * 40, "HOST": "0.0.0.0", "SHUKE_PRACTICE": "0",  # noqa: S104
        "PUBLIC_URL": "https://shop.example", "TRUSTED_PROXIES": "1", "WECHAT_APP_ID": "wx1",
        "MEDIA_ROOT": "/nowhere",
    }  # fmt: skip
    own = Drill(tmp_path, 1).environ
    assert config.read({**there, **own}) == config.read(own)


def test_the_shops_clock_goes_by_the_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "zone", clock.zone)
    environ = {"SHUKE_INSTANCE": str(tmp_path), "SHUKE_ENV": "testing"}
    create_app(config.read({**environ, "SHUKE_TIME_ZONE": "America/New_York"}))
    assert clock.start_of(clock.date(2026, 1, 5)).isoformat() == "2026-01-05T05:00:00+00:00"


@pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "/etc", "\0", "Asia/"])
def test_an_unknown_time_zone_stops_the_start(tmp_path, name):
    environ = {"SHUKE_INSTANCE": str(tmp_path), "SHUKE_ENV": "testing", "SHUKE_TIME_ZONE": name}
    with pytest.raises(config.Unsafe, match="SHUKE_TIME_ZONE"):
        config.read(environ)
