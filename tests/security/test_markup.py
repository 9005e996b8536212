"""What strangers and colleagues typed is shown as text: in no page an element is made of it."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import JSON, String, Text

from app.core.db import db
from app.inbox.models import Message
from tests.house.authorisation import World
from tests.house.test_authorisation import address, addresses
from tests.outside import Browser

MARK = "\"'><zq zqa=1>{{7*7}}</zq><script src=zq></script>"
# Free text: what these columns hold was typed by somebody. All others are words of ours.
TYPED = {
    "customer": ("name", "remark"), "message": ("text", "gist"), "note": ("text",),
    "conversation": ("last_text",), "follow_up": ("what", "result"), "purchase": ("text",),
    "staff": ("display",), "tag": ("name",), "label": ("name",), "helper": ("why",),
    "quick_reply": ("section", "title", "text", "link_title"), "practice_phone": ("label",),
    "import_run": ("filename",), "media": ("file",), "staff_session": ("device",),
    "moment": ("subject", "details"), "audit_line": ("about", "details"),
    "access_line": ("about", "details"), "departure": ("handed",), "staff_link": ("display",),
    "import_problem": ("params", "cells"), "practice_bubble": ("text",), "alarm": ("params",),
}  # fmt: skip
ASKED = ("q", "next", "tab", "sort", "view", "tag", "source", "label", "name", "phone", "kind",
         "state", "after", "before", "who", "what", "on", "from", "to", "page")  # fmt: skip


class Elements(HTMLParser):
    """What a browser would make of a page, as far as our marks are concerned."""

    def __init__(self):
        super().__init__()
        self.strays = []

    def handle_starttag(self, tag, attributes):
        names = {name for name, _value in attributes}
        values = [value or "" for _name, value in attributes]
        if tag == "zq" or "zqa" in names or any(v == "zq" for v in values):
            self.strays.append((tag, sorted(names)))
        for name, value in attributes:
            risky = name in ("href", "src", "action", "formaction", "hx-get", "hx-post")
            if risky and (value or "").strip().lower().startswith(("javascript:", "data:text")):
                self.strays.append((tag, value))


def strays(text):
    found = Elements()
    found.feed(text)
    found.close()
    return found.strays


def marked(value):
    """The same with every text in it marked; what is a number or a date stays."""
    if isinstance(value, dict):
        return {key: marked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [marked(one) for one in value]
    return MARK if isinstance(value, str) and not value[:4].isdigit() else value


@pytest.fixture
def world(app, phone, work):
    """A small shop in which everybody typed nothing but markup."""
    world = World()
    phone.says(MARK)
    phone.sends("link", Title=MARK, Description=MARK, Url="javascript:zq()")
    phone.sends("location", Label=MARK, Location_X="1.5", Location_Y="2.5")
    work()
    for table in db.metadata.sorted_tables:
        for name in TYPED.get(table.name, ()):
            mark(table, name)
    db.session.commit()
    db.session.expire_all()
    return world


def mark(table, name):
    column = table.c[name]
    if isinstance(column.type, JSON):
        for row in db.session.execute(db.select(table.c.id, column)).all():
            db.session.execute(
                table.update().where(table.c.id == row[0]).values({name: marked(row[1])})
            )
    elif isinstance(column.type, String | Text):
        room = getattr(column.type, "length", None) or 1000
        db.session.execute(table.update().values({name: MARK[:room]}))


def test_no_page_makes_an_element_of_what_was_typed(app, world):
    owner, wrong, seen = Browser(app, world.people["owner"]), [], 0
    for _endpoint, method, rule in addresses(app):
        if method != "GET":
            continue
        path = address(rule, world.own | world.rows)
        for who in (owner, owner.htmx):
            answer = who.get(path)
            assert answer.status_code != 500, path
            if answer.mimetype == "text/html":
                seen += answer.status_code == 200
                wrong += [(path, *stray) for stray in strays(answer.text)]
    assert wrong == []
    assert seen > 50


def test_no_page_makes_an_element_of_what_was_asked(app, world):
    owner, wrong = Browser(app, world.people["owner"]), []
    for _endpoint, method, rule in addresses(app):
        if method == "GET":
            path = address(rule, world.own | world.rows)
            answer = owner.get(path, **dict.fromkeys(ASKED, MARK))
            assert answer.status_code != 500, path
            if answer.mimetype == "text/html":
                wrong += [(path, *stray) for stray in strays(answer.text)]
    assert wrong == []


def test_a_link_of_a_follower_leads_to_the_web_alone(app, world):
    chat = db.session.scalar(db.select(Message.conversation_id).where(Message.kind == "link"))
    page = Browser(app, world.people["owner"]).get(f"/inbox/{chat}")
    assert page.status_code == 200
    assert 'href="javascript' not in page.text.lower()


def test_the_look_itself_sees_an_element(app):
    assert strays(f'<p title="{MARK}">')
    assert strays("<a href=' JavaScript:x'>")
    assert strays("<p title='a &quot;&gt;&lt;zq'>a &lt;zq&gt;</p>") == []
