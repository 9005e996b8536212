"""A fresh shop for every test: its database, its people, its clock, and the world outside."""

import os
import socket
import tempfile
from pathlib import Path

import argon2
import pytest
from alembic import command
from hypothesis import settings as hypothesis_settings

from app import config, create_app, wiring
from app.core import clock, outbox, schema, shop, worker
from app.core.db import db, intend
from app.customers import erasing
from app.staff import accounts as staff_accounts
from app.staff import signing_in
from app.wechat import accounts as wechat_accounts
from tests import make
from tests.database import KIND, Database
from tests.outside import Browser, Phone, Platform, outside_of

hypothesis_settings.register_profile("house", derandomize=True, deadline=None, max_examples=60)
hypothesis_settings.load_profile("house")

cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
staff_accounts.hasher = signing_in.hasher = cheap
signing_in.NOBODY = cheap.hash("nobody")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
really_connect = socket.socket.connect


def _connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
        raise AssertionError(f"a test reached out to {address[0]}")
    return really_connect(self, address)


# What takes longest comes first, so that no worker sits over one of these alone at the end.
LONG = (
    "tests/flows/",
    "tests/practice/test_demo",
    "tests/core/backup/",
    "tests/house/",
    "tests/core/test_web",
    "tests/reminders/test_backtest",
)


def pytest_collection_modifyitems(config, items):
    """What asks for no database, or is marked so, proves nothing more beside another one."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    if KIND == "sqlite":
        return
    once = [i for i in items if "house" not in i.fixturenames or i.get_closest_marker("once")]
    if once and len(once) < len(items):
        config.hook.pytest_deselected(items=once)
        items[:] = [item for item in items if item not in set(once)]


@pytest.fixture(scope="session", autouse=True)
def _no_strangers():
    socket.socket.connect = _connect
    yield
    socket.socket.connect = really_connect


@pytest.fixture(scope="session")
def house():
    """The application and its empty database, built once."""
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - memory is quick
    with tempfile.TemporaryDirectory(prefix="shuke-test-", dir=fast) as folder:
        database = Database(Path(folder))
        app = create_app(config.read({**database.environment(), "SHUKE_ENV": "testing"}))
        with app.app_context():
            command.upgrade(schema.config(), "head")
        database.remember(app)
        yield app, database
        database.close(app)


@pytest.fixture(scope="session")
def platform():
    """An independent stand-in for the platform's servers, over real HTTP on loopback."""
    with Platform() as server:
        yield server


@pytest.fixture
def app(house, platform):
    app, database = house
    intend("write")  # a request that another test made here may have left «read» behind
    database.reset(app)
    clock.source = clock.system_now
    senders, guards = dict(outbox.senders), list(outbox.guards)
    settings = app.config["SHUKE"]
    shop.set_up(settings)
    (settings.instance / erasing.LOG).unlink(missing_ok=True)  # who was forgotten by another test
    wiring.connect(settings)  # another test may have built a house of its own
    wechat_accounts.known[platform.account.app_id] = platform.account
    platform.forget()
    with app.app_context():
        yield app
        db.session.rollback()
        db.session.remove()
    outbox.senders.clear()
    outbox.senders.update(senders)
    outbox.guards[:] = guards
    clock.source = clock.system_now


@pytest.fixture
def outside(app):
    """outside(f, *args): run f in an app context of its own, after committing what we have."""
    return outside_of(app)


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def phone(app, platform):
    """A follower of the shop's account: says things through the real callback."""
    return Phone(app, platform, "o-lin-0001")


@pytest.fixture
def work(outside):
    """Run all due jobs, as a worker would; how many were run."""
    return lambda: outside(worker.run_due)


@pytest.fixture
def at(app):
    """at("2026-08-22 02:00"): move the shop's clock there, and let it stand still."""

    def move(text):
        moment = clock.datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.zone)
        clock.source = lambda: moment.astimezone(clock.UTC)
        return moment

    return move


@pytest.fixture
def amy(app):
    return make.staff("amy", "agent", "小艾")


@pytest.fixture
def ben(app):
    return make.staff("ben", "agent", "小本")


@pytest.fixture
def max_(app):
    return make.staff("max", "manager", "马店长")


@pytest.fixture
def chief(app):
    return make.staff("chief", "owner", "陈老板")


@pytest.fixture
def lin(amy):
    return make.customer("林小满", owner=amy, phone="13800130001")
