"""The list of customers under its rooms: views by date, and a bounded look for rare rows."""

from datetime import timedelta

import pytest

from app.core import paging
from app.core.clock import now
from app.core.db import db
from app.customers import listing, people, timeline
from app.customers.listing import Choice
from app.inbox import receiving
from tests import make


def names(staff, **choice):
    return [row.name for row in listing.page(staff, Choice(**choice)).rows]


def hear(customer, *, days_ago):
    receiving.receive(
        customer, channel="wechat", account="a", address=f"o{customer.id}", kind="text",
        text="在吗", details={}, at=now() - timedelta(days=days_ago),
        key=f"{customer.id}-{days_ago}",
    )  # fmt: skip
    db.session.commit()


def test_today_holds_who_is_due_by_the_end_of_the_day(amy, lin):
    make.followup(lin, staff=amy, hours=-30)
    make.followup(make.customer("赵敏", owner=amy), staff=amy, hours=60)
    assert names(amy, view="today") == ["林小满"]


def test_waiting_shows_the_longest_first(amy, lin):
    other = make.customer("赵敏", owner=amy)
    hear(lin, days_ago=1)
    hear(other, days_ago=3)
    assert names(amy, view="waiting") == ["赵敏", "林小满"]
    timeline.answered(other)
    assert names(amy, view="waiting") == ["林小满"]


def test_quiet_shows_what_is_most_at_risk_and_not_the_lost(amy, lin):
    for name, days, cents in (("王五", 50, 9000), ("赵敏", 60, 300), ("早走了", 900, 99_000)):
        make.order(make.customer(name, owner=amy), days_ago=days, cents=cents)
    make.order(lin, days_ago=55, cents=5000)
    assert names(amy, view="quiet") == ["王五", "林小满", "赵敏"]
    people.edit(lin, version=lin.version, by=amy, do_not_disturb=True)
    assert names(amy, view="quiet") == ["王五", "赵敏"]


def test_warm_holds_who_still_talks(amy, lin):
    make.order(lin, days_ago=90)
    make.order(make.customer("赵敏", owner=amy), days_ago=90)
    hear(lin, days_ago=2)
    assert names(amy, view="warm") == ["林小满"]
    assert listing.state_of(listing.of([lin.id])[0]) == "quiet_warm"


@pytest.mark.parametrize(
    ("days_ago", "state"), [((), "lead"), ((3,), "new"), ((3, 40), "active"), ((60,), "quiet"),
                            ((130,), "dormant"), ((900,), "lost")],
)  # fmt: skip
def test_the_state_follows_the_dates(lin, days_ago, state):
    for days in days_ago:
        make.order(lin, days_ago=days)
    assert listing.state_of(lin) == state


def test_a_rare_row_is_found_by_going_on_page_after_page(amy, monkeypatch):
    monkeypatch.setattr(paging, "WINDOW", 5)
    monkeypatch.setattr(paging, "WINDOWS", 2)
    rare = make.customer("稀客", owner=amy)
    for number in range(85):  # a glance sees sixty of them
        people.archive(make.customer(f"客人{number}", owner=amy), by=amy)
    found = listing.page(amy, Choice(sort="new"))
    assert found.rows == []
    pages = 0
    while found.next and not found.rows:
        found, pages = listing.page(amy, Choice(sort="new"), found.next), pages + 1
    assert [row.id for row in found.rows] == [rare.id]
    assert pages == 3


def test_a_cursor_survives_its_address(amy, lin):
    make.order(lin)
    row = listing.of([lin.id])[0]
    for by in [by for _label, by in listing.SORTS.values()] + [
        v.by for v in listing.VIEWS.values()
    ]:
        key = by.of(row)
        if None not in key:
            assert paging.read(paging.write(key), by) == key


def test_an_empty_list_offers_the_import_to_those_who_may(browser, amy, max_):
    assert browser.as_(max_).get("/customers").text.count('href="/imports/new"') == 2
    assert "/imports/new" not in browser.as_(amy).get("/customers").text


def test_a_full_list_offers_the_import_beside_the_new_customer(browser, max_, lin):
    assert browser.as_(max_).get("/customers").text.count('href="/imports/new"') == 1
