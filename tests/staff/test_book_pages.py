"""Reading the books: who, did what, on whom, from where, when, and how much of it."""

from urllib.parse import parse_qsl

import pytest

from app.core.db import db
from app.staff import access, audit, books
from app.staff.books import Asked
from app.staff.models import AccessLine
from tests import make


def look(browser, who, book="access", **query):
    return browser.as_(who).get(f"/settings/books/{book}", **query)


@pytest.fixture
def looks(chief, max_, amy, ben):
    """Everybody has looked at customers 1 and 2, each from an address of their own."""
    for n, who in enumerate((chief, max_, amy, ben)):
        for customer in (1, 2):
            access.note(who, access.CARD, f"customer:{customer}", address=f"10.0.0.{n}")
    access.note(amy, access.PHONE, "customer:1", address="10.0.0.2")
    db.session.commit()


def rows(reader, **asked):
    return books.page("access", reader, Asked(**asked), None).rows


def test_the_owner_reads_all_and_a_manager_the_team(looks, chief, max_, amy, ben):
    assert {r.by_id for r in rows(chief)} == {chief.id, max_.id, amy.id, ben.id}
    assert {r.by_id for r in rows(max_)} == {max_.id, amy.id, ben.id}
    assert rows(max_, who=chief.id) == []


def test_each_filter_narrows(looks, chief, amy):
    assert {r.by_id for r in rows(chief, who=amy.id)} == {amy.id}
    assert {r.what for r in rows(chief, kind="phone.")} == {access.PHONE}
    assert {r.about for r in rows(chief, about="customer:2")} == {"customer:2"}
    assert {r.by_id for r in rows(chief, address="10.0.0.2")} == {amy.id}
    assert len(rows(chief, who=amy.id, about="customer:1", kind="card.")) == 1


def test_days_are_found_by_halving(app, chief, at):
    for day in range(1, 21):
        at(f"2026-11-{day:02} 12:00")
        for n in range(day % 4):
            access.note(chief, access.CARD, f"customer:{n}", address="")
        db.session.commit()
    for first, last in ((1, 30), (5, 5), (4, 4), (7, 12), (21, 30), (12, 3)):
        since, until = (books.date(2026, 11, day) for day in (first, last))
        found = rows(chief, since=since, until=until)
        assert len(found) == sum(day % 4 for day in range(first, min(last, 20) + 1)), (first, last)


def test_pages_follow_each_other(chief, browser):
    for n in range(120):
        access.note(chief, access.CARD, f"customer:{n}", address="")
    db.session.commit()
    seen, after = [], None
    while True:
        found = books.page("access", chief, Asked(), after)
        seen += [r.about for r in found.rows]
        after = found.next
        if not after:
            break
    assert seen == [f"customer:{n}" for n in reversed(range(120))]
    assert 'rel="next"' in look(browser, chief).text


def test_the_page_says_who_did_what_on_whom_from_where(browser, chief, amy, lin):
    browser.as_(amy).get(f"/customers/{lin.id}")
    text = look(browser, chief).text
    for words in ("小艾", "打开客户资料", f"客户 {lin.id}", "127.0.0.1", f"/customers/{lin.id}"):
        assert words in text
    audit.log(chief, "settings.changed", "setting:x")
    db.session.commit()
    assert "改设置" in look(browser, chief, "audit").text


def test_an_agent_reads_no_book(browser, amy):
    assert look(browser, amy).status_code == 403
    assert look(browser, amy, "audit").status_code == 403


def test_a_manager_is_not_offered_the_owner(browser, chief, max_):
    assert "陈老板" in look(browser, chief).text
    assert "陈老板" not in look(browser, max_).text.partition("<main")[2]


@pytest.mark.parametrize(
    "query",
    [
        "who=x", "who=99999999999", "kind=zzz", "since=no", "until=0001-01-01", "after=~~",
        "after=99999999999", "about=%25_'%22", "since=2026-02-31",
    ],
)  # fmt: skip
def test_what_is_no_filter_narrows_nothing_and_breaks_nothing(browser, chief, query):
    answer = browser.as_(chief).get("/settings/books/access", **dict(parse_qsl(query)))
    assert answer.status_code == 200


def test_an_unknown_book_is_not_found(browser, chief):
    assert look(browser, chief, "diary").status_code == 404


def test_reading_a_book_is_no_look_at_a_customer(browser, chief, looks):
    before = db.session.scalar(db.select(db.func.count(AccessLine.id)))
    look(browser, chief)
    assert db.session.scalar(db.select(db.func.count(AccessLine.id))) == before


def test_every_page_about_a_customer_leaves_a_line(app, browser, chief, lin):
    """Forms that the card brings along are part of the card; all else is a look of its own."""
    chat = make.conversation(lin)
    part_of_the_card = {
        "contacts.new", "helpers.index", "notes.new", "handovers.new", "claims.hand",
        "identities.edit", "tags.choose",
    }  # fmt: skip
    part_of_the_talk = {"labels.choose", "snoozes.new", "quick_replies.panel"}
    silent = {"conversations.now"}  # the open thread asks once a second
    left = []
    for rule in app.url_map.iter_rules():
        names = {"customer_id": lin.id, "chat_id": chat.id}
        if "GET" not in rule.methods or not rule.arguments or rule.arguments - set(names):
            continue
        if rule.endpoint in part_of_the_card | part_of_the_talk | silent:
            continue
        before = db.session.scalar(db.select(db.func.count(AccessLine.id)))
        values = {name: names[name] for name in rule.arguments}
        browser.as_(chief).get(rule.build(values, append_unknown=False)[1])
        if db.session.scalar(db.select(db.func.count(AccessLine.id))) == before:
            left.append(rule.endpoint)
    assert left == [], sorted(left)
