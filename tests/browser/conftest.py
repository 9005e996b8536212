"""The real product, started as a newcomer starts it, and a real Chromium in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
expect.set_options(timeout=15_000)  # beside the other tests a machine may be slow
PC = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The address of the demo shop as `make run` starts it."""
    port = free_port()
    folder = tmp_path_factory.mktemp("shop")
    environ = {
        **os.environ, "SHUKE_INSTANCE": str(folder), "SHUKE_ENV": "demo", "PORT": str(port),
        "HOST": "127.0.0.1",
    }  # fmt: skip
    environ.pop("DATABASE_URL", None)
    with open(folder / "log", "wb") as log:
        parent = subprocess.Popen(
            [sys.executable, "run.py"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", parent, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            parent.send_signal(signal.SIGTERM)
            code = parent.wait(30)
    assert code == 0, (folder / "log").read_text()


def _wait_for(address, parent, log):
    for _look in range(600):
        assert parent.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Desk:
    """A signed-in window; `faults` collects console errors and failed requests."""

    def __init__(self, chromium, shop, size, name, scheme="light"):
        self.context = chromium.new_context(
            viewport=size, color_scheme=scheme, locale="zh-CN", base_url=shop
        )
        self.page = self.context.new_page()
        self.faults = []
        self.page.on("console", lambda m: m.type == "error" and self.faults.append(m.text))
        self.page.on(
            "response",
            lambda r: (
                r.status >= 400 and self.faults.append(f"{r.status} {r.request.method} {r.url}")
            ),
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto("/login")
        self.page.get_by_label("登录名").fill(name)
        self.page.get_by_label("密码", exact=True).fill("shuke-demo")
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url("**/")


@pytest.fixture
def desk(chromium, shop):
    """desk("owner", size): a signed-in window; a console error anywhere fails the test."""
    made = []

    def open_desk(name="owner", size=None, scheme="light"):
        one = Desk(chromium, shop, size or PC, name, scheme)
        made.append(one)
        return one.page

    yield open_desk
    faults = [fault for one in made for fault in one.faults]
    for one in made:
        one.context.close()
    assert faults == []
