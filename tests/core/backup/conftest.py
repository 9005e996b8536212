"""A shop with something in every part, a backup of it, and an empty installation elsewhere."""

from contextlib import contextmanager

import pytest

from app import config, create_app
from app.core.backup import sealing, taking
from app.core.backup.places import Place, place_of
from app.core.db import db
from tests import make

PASSPHRASE = "four horses by the river"


@pytest.fixture(autouse=True)
def _cheap_keys(monkeypatch):
    monkeypatch.setattr(sealing, "COST", 1 << 4)


@pytest.fixture
def place(app, lin, amy, chief, tmp_path):
    """The shop of the test, its files in a folder of their own."""
    make.order(lin, by=amy)
    make.followup(lin, staff=amy)
    instance = tmp_path / "shop"
    (instance / "media" / "inbox").mkdir(parents=True)
    (instance / "media" / "inbox" / "a1b2").write_bytes(b"a picture" * 1000)
    (instance / "media" / "half.part").write_bytes(b"not yet")
    (instance / "secret_key").write_text("k" * 48)
    (instance / "MP_verify_x.txt").write_text("x")
    (instance / "books.seal").write_text("of this database alone")
    (instance / "serve.log").write_text("noise")
    db.session.commit()
    return Place(instance, instance / "media", "k" * 48, db.engine)


@pytest.fixture
def backup(place, tmp_path):
    file = tmp_path / "shop.backup"
    taking.take(place, file)
    return file


@pytest.fixture
def sealed(place, tmp_path):
    file = tmp_path / "sealed.backup"
    taking.take(place, file, passphrase=PASSPHRASE)
    return file


@pytest.fixture
def elsewhere(house, tmp_path):
    """elsewhere(): an installation on another machine, with nothing in it; in its context."""
    _app, database = house

    @contextmanager
    def open_it(name="elsewhere", **environ):
        folder = tmp_path / name
        url = database.another(name) or f"sqlite:///{folder / 'shuke.db'}"
        given = {"SHUKE_ENV": "testing", "SHUKE_INSTANCE": str(folder), "DATABASE_URL": url}
        second = create_app(config.read({**given, **environ}))
        with second.app_context():
            yield place_of(second.config["SHUKE"], db.engine)
            db.session.remove()
            db.engine.dispose()

    return open_it
