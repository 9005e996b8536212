"""A real server on loopback, so that practice goes over the wire as it does in a shop."""

import threading
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from app.core.db import db
from app.practice import phone as phones
from app.wechat import accounts
from app.wechat.accounts import PRACTICE_PATH


@pytest.fixture
def live(app):
    """The address of our own server; the practice account lives there."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.port}"
    account = replace(accounts.practice(), api_base=address + PRACTICE_PATH)
    accounts.known[account.app_id] = account
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


class Hand:
    """A practice phone in the hand: does things, lets the worker carry them, shows the screen."""

    def __init__(self, phone, work):
        self.id, self.work = phone.id, work

    @property
    def row(self):
        return db.session.get_one(phones.Phone, self.id, populate_existing=True)

    def does(self, verb, *args):
        done = verb(self.row, *args)
        db.session.commit()
        self.work()
        return done

    def says(self, text):
        return self.does(phones.says, text)

    @property
    def screen(self):
        return [b.text for b in phones.screen(self.row) if b.from_shop]


@pytest.fixture
def hand(live, work):
    phone = phones.new()
    db.session.commit()
    return Hand(phone, work)
