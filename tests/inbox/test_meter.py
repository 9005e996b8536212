"""回复额度: what the list and the composer say of it, and that they say so before WeChat does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import LONG_AGO, now
from app.core.db import db
from app.core.errors import Refused
from app.core.formats import remaining
from app.core.outbox import Letter
from app.inbox import listing, meter, replying, thread
from app.inbox.listing import CLOSING, Choice
from app.inbox.models import Conversation, Message
from app.wechat.models import Allowance
from tests import make
from tests.outside import Phone


def the(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


@pytest.fixture
def later(app):
    begin, passed = now().replace(microsecond=0), [0]

    def move(**lengths):
        passed[0] += timedelta(**lengths).total_seconds()
        clock.source = lambda: begin + timedelta(seconds=passed[0])

    move()
    return move


@pytest.fixture
def heard(later, phone, work):
    phone.says("在吗")
    work()
    return phone


def say(work, amy, text="在的"):
    message = replying.reply(the(Conversation), text, by=amy)
    db.session.commit()
    work()
    return message


def test_a_conversation_carries_what_is_left(heard, work, amy):
    shown = meter.of(the(Conversation))
    assert (shown.left, shown.until - now(), shown.why) == (5, timedelta(hours=48), "")
    say(work, amy)
    assert meter.of(the(Conversation)).left == 4


def test_a_click_adds_its_three_for_its_minute(heard, work, later):
    heard.does("CLICK", "price")
    work()
    assert meter.of(the(Conversation)).left == 8
    later(seconds=61)
    assert meter.of(the(Conversation)).left == 5


def test_a_choice_in_a_menu_that_we_sent_counts_as_a_click(heard, work):
    heard.says("好的", bizmsgmenuid="101")
    work()
    assert sorted(db.session.scalars(db.select(Allowance.trigger))) == ["menu", "message"]
    assert meter.of(the(Conversation)).left == 8


def test_when_the_window_closes_the_composer_says_so_first(heard, work, later, amy, browser):
    later(hours=48, seconds=1)
    chat = the(Conversation)
    assert meter.of(chat).why == meter.CLOSED
    with pytest.raises(Refused) as no:
        replying.reply(chat, "还在吗", by=amy)
    assert str(no.value) == meter.CLOSED
    answer = browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="还在吗")
    assert answer.status_code == 422
    assert "还在吗</textarea>" in answer.text
    assert "约个时间再跟进" in answer.text
    assert db.session.scalar(db.select(Letter)) is None


def test_when_the_count_is_used_up_the_composer_says_so(heard, work, amy, browser):
    for n in range(5):
        say(work, amy, f"第 {n} 条")
    assert meter.of(the(Conversation)).why == meter.USED_UP
    assert "条数用完了" in browser.as_(amy).get(f"/inbox/{the(Conversation).id}").text
    heard.says("好的")
    work()
    assert meter.of(the(Conversation)).left == 5


@pytest.mark.parametrize(("code", "why"), [(45015, meter.CLOSED), (45047, meter.USED_UP)])
def test_the_platform_corrects_the_meter(heard, work, amy, code, why):
    heard.platform.answers = [code]
    say(work, amy)
    assert meter.of(the(Conversation)).why == why


@pytest.mark.parametrize("code", [43004, 50005])
def test_who_turns_out_to_have_left_is_gone_until_they_write(heard, work, later, amy, code):
    heard.platform.answers = [code]
    say(work, amy)
    assert meter.of(the(Conversation)).why == meter.LEFT
    assert the(Conversation).customer.left_at
    later(seconds=5)
    heard.says("我在")
    work()
    assert meter.of(the(Conversation)).left == 5
    assert the(Conversation).customer.left_at is None


def test_who_left_is_told_as_gone(heard, work, later):
    later(seconds=5)
    heard.does("unsubscribe")
    work()
    assert meter.of(the(Conversation)).why == meter.LEFT
    later(seconds=5)
    heard.does("subscribe")
    work()
    assert meter.of(the(Conversation)).why == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda c: setattr(c, "do_not_disturb", True), meter.UNTOUCHED),
        (lambda c: setattr(c, "archived_at", now()), meter.PUT_AWAY),
    ],
)
def test_who_wants_no_messages_gets_none(heard, max_, change, why, browser):
    chat = the(Conversation)
    change(chat.customer)
    db.session.commit()
    with pytest.raises(Refused) as no:
        replying.reply(the(Conversation), "在的", by=max_)
    assert str(no.value) == why
    assert why[:8] in browser.as_(max_).get(f"/inbox/{chat.id}").text


def test_what_is_on_its_way_counts_as_gone_out(heard, amy):
    for n in range(5):
        replying.reply(the(Conversation), f"{n}", by=amy)
        db.session.commit()
    chat = the(Conversation)
    assert thread.gauge(chat, thread.messages(chat)).why == meter.USED_UP


def test_a_failed_answer_is_sent_again_only_inside_the_window(heard, work, later, amy, browser):
    heard.platform.answers = [45002]
    say(work, amy)
    later(hours=49)
    newest = db.select(Message).order_by(Message.id.desc()).limit(1)
    chat, message = the(Conversation), db.session.scalars(newest).one()
    answer = browser.as_(amy).post(f"/inbox/{chat.id}/messages/{message.id}/resend")
    assert answer.status_code == 409
    assert "48 小时" in answer.text
    heard.says("在吗")
    work()
    assert browser.as_(amy).post(f"/inbox/{chat.id}/messages/{message.id}/resend").status_code < 400
    work()
    assert heard.screen == ["在的"]


def test_a_channel_that_counts_nothing_has_no_meter(app, amy):
    chat = make.conversation(make.customer("王芳", owner=amy), assignee=amy)
    assert meter.of(chat) is None
    assert replying.reply(chat, "在的", by=amy).id


# The list -----------------------------------------------------------------------------------------


def test_the_list_has_the_first_window_to_close_on_top(app, platform, work, later, amy, max_):
    for n in range(4):
        Phone(app, platform, f"o-{n}").says("在吗")
        work()
        later(hours=1)
    later(hours=45)  # the first two are over
    chats = db.session.scalars(db.select(Conversation).order_by(Conversation.id)).all()
    used = chats[3]
    used.window_left = 0
    db.session.commit()
    Phone(app, platform, "o-4").says("在吗")
    work()
    for staff in (amy, max_):
        found = listing.rows(staff, Choice(tab="all", state=CLOSING)).rows
        assert [row.id for row in found] == [chats[2].id, chats[3].id + 1]


def test_the_closing_list_goes_on_where_it_ended(app, amy):
    chats = [make.conversation(make.customer(f"客{n}"), address=f"o-{n}") for n in range(35)]
    for n, chat in enumerate(chats):
        chat.window_until, chat.window_left = now() + timedelta(hours=n // 2 + 1), 5
    db.session.commit()
    first = listing.rows(amy, Choice(tab="all", state=CLOSING))
    rest = listing.rows(amy, Choice(tab="all", state=CLOSING, before=first.next))
    assert [r.id for r in [*first.rows, *rest.rows]] == [c.id for c in chats]


def test_the_list_and_the_thread_show_the_meter(heard, browser, amy, later):
    later(hours=27)
    one = browser.as_(amy)
    for state in ("open", "closing"):
        assert "还可发 5 条 · 剩 21 小时" in one.get("/inbox", tab="free", state=state).text
    chat = the(Conversation)
    assert "还可发 5 条 · 剩 21 小时" in one.get(f"/inbox/{chat.id}").text


def test_the_open_thread_hears_that_the_window_ran_down(heard, browser, amy, later):
    chat = the(Conversation)
    seen = thread.stamp(chat)
    assert browser.as_(amy).htmx.get(f"/inbox/{chat.id}/now", seen=seen).status_code == 204
    later(hours=47, minutes=30)
    answer = browser.as_(amy).htmx.get(f"/inbox/{chat.id}/now", seen=seen)
    assert 'id="meter-' in answer.text
    assert "剩 30 分钟" in answer.text


# Pure ---------------------------------------------------------------------------------------------

moments = st.integers(-7200, 7200)
windows = st.lists(st.tuples(moments, st.integers(0, 5)), max_size=4)


class Row:
    def __init__(self, columns):
        self.__dict__.update(columns)


@given(windows, st.booleans())
def test_the_columns_never_promise_more_than_the_windows(found, follows):
    at = now()
    known = [(at + timedelta(seconds=s), left) for s, left in found]
    columns = meter.summed(known, follows=follows, at=at)
    clock_source, clock.source = clock.source, lambda: at
    try:
        shown = meter.of(Row(columns))
    finally:
        clock.source = clock_source
    running = [(until, left) for until, left in known if until > at]
    allowed = sum(left for _until, left in running) if follows else 0
    assert shown.left == allowed
    assert bool(shown.why) == (allowed == 0)
    if not follows:
        assert (shown.why, shown.until) == (meter.LEFT, LONG_AGO)
    elif allowed == 0:
        assert shown.why == (meter.USED_UP if running else meter.CLOSED)


@given(st.integers(1, 10**6))
def test_what_is_left_of_time_is_never_exaggerated(seconds):
    at = now()
    source, clock.source = clock.source, lambda: at
    try:
        said = remaining(at + timedelta(seconds=seconds))
    finally:
        clock.source = source
    number, unit = said.split()
    length = int(number) * {"分钟": 60, "小时": 3600, "天": 86400}[unit]
    assert length <= max(seconds, 60)
