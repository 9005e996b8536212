"""When the platform cannot be asked: everybody waits, nobody's tries are spent, and it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock, outbox
from app.core.clock import now
from app.core.db import db
from app.core.outbox import Letter
from app.wechat import accounts, pausing, sending, standing
from app.wechat.models import AccessToken
from tests.outside import Phone


@pytest.fixture
def write(app, phone, work, platform):
    """Followers o-lin-0001 … have spoken; write(text) leaves a letter for the first of them."""
    phone.says("在吗")
    work()

    def post(text, to=phone.openid):
        letter = outbox.post("wechat", to, {"text": text}, account=platform.account.app_id)
        db.session.commit()
        return letter.id

    return post


@pytest.fixture
def later(app):
    passed = [0]

    def move(seconds):
        passed[0] += seconds
        clock.source = lambda: clock.system_now() + timedelta(seconds=passed[0])

    return move


def state(letter_id):
    db.session.expire_all()
    letter = db.session.get_one(Letter, letter_id)
    return letter.state, letter.attempts


def ask_in_vain(platform, account, times):
    for _call in range(times):
        pausing.broken(account)
    db.session.commit()


def test_a_platform_that_is_away_is_left_alone_after_five_calls(write, work, platform, later):
    account = platform.account.app_id
    ask_in_vain(platform, account, pausing.PATIENCE - 1)
    assert pausing.until(account) is None
    ask_in_vain(platform, account, 1)
    letter = write("稍等")
    platform.paths.clear()
    work()
    assert (state(letter), platform.paths) == (("queued", 0), [])
    later(31)
    work()
    assert state(letter) == ("sent", 1)
    assert pausing.until(account) is None


def test_hours_without_the_platform_lose_no_letter(write, work, platform, later):
    nowhere = replace(platform.account, api_base="http://127.0.0.1:9")
    accounts.known[nowhere.app_id] = nowhere
    letter = write("稍等")
    for _minute in range(120):
        later(60)
        work()
    assert state(letter)[0] == "queued"


@pytest.mark.parametrize("code", [40001, 45011, 40164])
def test_what_every_letter_would_hear_pauses_all(write, work, platform, later, code):
    platform.answers[:] = [code] * (2 if code == 40001 else 1)  # a stale token is renewed once
    first, second = write("一"), write("二")
    work()
    assert {state(first)[0], state(second)[0]} == {"queued"}
    asked = len(platform.paths)
    later(30)
    work()
    assert len(platform.paths) == asked
    later(36)
    work()
    assert [m["text"]["content"] for m in platform.sent] == ["一", "二"]


def test_a_used_up_day_ends_with_the_platforms_day(write, work, platform, at):
    at("2026-08-22 21:00")
    letter = write("稍等")
    platform.answers[:] = [45009]
    work()
    assert state(letter) == ("queued", 0)
    at("2026-08-22 23:59")
    work()
    assert state(letter)[0] == "queued"
    at("2026-08-23 00:02")
    work()
    assert state(letter)[0] == "sent"


def test_what_one_person_is_refused_pauses_nobody(write, work, platform):
    platform.answers[:] = [40003]
    letter = write("一")
    work()
    assert state(letter)[0] == "failed"
    assert pausing.until(platform.account.app_id) is None


def test_the_status_page_says_why_nothing_goes_out(write, work, platform):
    ask_in_vain(platform, platform.account.app_id, pausing.PATIENCE)
    found = {one.name: one for one in standing.conditions()}
    assert found[f"token.{platform.account.app_id}"].says == pausing.CLOSED


def test_a_pause_that_a_wrong_clock_wrote_counts_for_nothing(write, platform):
    account = platform.account.app_id
    pausing.broken(account)
    db.session.execute(db.update(AccessToken).values(paused_until=now() + timedelta(days=30)))
    assert pausing.until(account) is None


def test_one_who_is_always_refused_keeps_nobody_else_waiting(
    app, write, work, platform, later, phone
):
    other = Phone(app, platform, "o-lin-0002")
    other.says("在吗")
    work()
    platform.answers = [45011]
    refused = write("太快了")
    work()
    welcome = write("不急", other.openid)
    work()
    assert state(welcome) == ("queued", 0)
    assert db.session.get_one(Letter, welcome).reason == sending.PAUSED
    later(61)
    work()
    assert state(welcome) == ("sent", 1)
    platform.answers = [45011]
    later(6)
    work()
    assert state(refused)[0] == "queued"
    later(67)
    work()
    assert state(refused) == ("sent", 1)


def test_a_lease_that_a_wrong_clock_wrote_holds_up_nobody(write, work, platform):
    account = platform.account.app_id
    db.session.add(AccessToken(account=account, leased_until=now() + timedelta(days=1)))
    letter = write("稍等")
    work()
    assert state(letter)[0] == "sent"
