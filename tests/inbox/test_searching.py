"""What was said is found again: its index, its scope, the place, and the way to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import db
from app.core.errors import Refused
from app.core.jobs import Job, Later
from app.inbox import gists, indexing, noting, replying, searching
from app.inbox.models import IndexGap, Message
from app.practice import removing
from tests import make


def said(staff, typed, **more):
    return [hit.row.text or hit.row.gist for hit in searching.search(staff, typed, **more).hits]


def empty_index():
    """As if the messages had been there before the index."""
    rows = db.session.scalars(db.select(Message)).all()
    indexing._drop([indexing._row(m.id, m.conversation_id, m.text, m.gist) for m in rows])
    indexing.leave_gap(0, max(m.id for m in rows))
    db.session.commit()


@pytest.mark.parametrize(
    "typed", ["湿疹", "有点湿疹", "80 码", "连体衣 湿疹", "ABC", "abc", "8821", "湿", " 湿疹 "]
)
def test_any_piece_of_what_was_said_is_found(told, lin, amy, typed):
    told(lin, "别的话")
    told(lin, "宝宝有点湿疹，连体衣 80 码还有吗 Abc-9 单号20268821")
    if typed == "湿":
        with pytest.raises(Refused, match="两个字"):
            said(amy, typed)
    else:
        assert len(said(amy, typed)) == 1


def test_pairs_alone_do_not_lie(told, lin, amy):
    told(lin, "湿疹膏和尿疹膏")
    assert said(amy, "湿疹膏") == ["湿疹膏和尿疹膏"]
    assert said(amy, "尿疹膏和") == []
    assert said(amy, "疹膏和湿") == []


def test_answers_notes_reasons_and_gists_are_found_too(told, lin, amy):
    chat = told(lin, "", kind="voice")
    replying.reply(chat, "奶粉二段到货了", by=amy)
    noting.write(chat, "她上次退过货", by=amy)
    voice = db.session.scalars(db.select(Message).where(Message.kind == "voice")).one()
    gists.write(voice, "问推车能不能折叠")
    assert said(amy, "到货") == ["奶粉二段到货了"]
    assert said(amy, "退过货") == ["她上次退过货"]
    assert said(amy, "推车") == ["问推车能不能折叠"]
    gists.write(voice, "问床")
    assert said(amy, "推车") == []


def test_nobody_finds_what_they_may_not_see(told, lin, amy, ben, max_):
    told(lin, "湿疹膏")
    told(make.customer("过客"), "湿疹怎么办")
    assert said(amy, "湿疹") == said(max_, "湿疹") == ["湿疹怎么办", "湿疹膏"]
    assert said(ben, "湿疹") == ["湿疹怎么办"]


def test_in_one_conversation_only_its_own_is_found(told, lin, amy, ben, browser):
    chat = told(lin, "湿疹膏")
    told(make.customer("甲", owner=amy), "湿疹怎么办")
    assert said(amy, "湿疹", chat_id=chat.id) == ["湿疹膏"]
    page = browser.as_(amy).get("/inbox/search", q="湿疹", chat=chat.id).text
    assert "湿疹怎么办" not in page.replace("湿疹</mark>", "湿疹")
    assert browser.as_(ben).get("/inbox/search", q="湿疹", chat=chat.id).status_code == 404


def test_the_newest_comes_first_and_one_goes_on_from_there(told, lin, amy, browser):
    for n in range(45):
        told(lin, f"湿疹第{n}次")
    first = searching.search(amy, "湿疹")
    assert [hit.row.text for hit in first.hits] == [f"湿疹第{n}次" for n in range(44, 24, -1)]
    second = searching.search(amy, "湿疹", before=first.next)
    third = searching.search(amy, "湿疹", before=second.next)
    assert [len(one.hits) for one in (second, third)] == [20, 5]
    assert third.next is None
    page = browser.as_(amy).get("/inbox/search", q="湿疹").text
    assert "接着往前找" in page


def test_a_long_look_stops_and_says_how_far_it_came(told, lin, amy, ben, monkeypatch):
    told(make.customer("甲", owner=ben), "湿疹在最前")
    for n in range(9):
        told(lin, f"湿疹第{n}次")
    monkeypatch.setattr(searching, "LOOK", 4)
    monkeypatch.setattr(searching, "MOST", 8)
    found = searching.search(ben, "湿疹")
    assert found.hits == []
    assert found.next
    assert said(ben, "湿疹", before=found.next) == ["湿疹在最前"]


def test_the_place_is_shown_and_leads_into_the_thread(told, lin, amy, browser):
    chats = [told(lin, f"第{n}句") for n in range(60)]
    told(lin, "前面" * 30 + "湿疹<b>怎么</b>办" + "后面" * 60)
    for n in range(60):
        told(lin, f"再说{n}")
    one = browser.as_(amy)
    page = one.get("/inbox/search", q="湿疹").text
    assert "<mark>湿疹</mark>&lt;b&gt;" in page
    address = re.search(r'href="(/inbox/\d+\?at=(\d+))#message-(\d+)"', page)
    assert address[2] == address[3]
    page = one.get(f"/inbox/{chats[0].id}", at=address[2]).text
    thread = page.partition('id="messages"')[2]
    for line in ("第59句", "第50句", "再说0", "再说14", "回到最新的消息"):
        assert line in thread
    assert "再说59" not in thread
    assert "/now?" not in thread, "what one reads there does not run away"
    assert one.get(f"/inbox/{chats[0].id}", at=99999).status_code == 200


@pytest.mark.parametrize(
    "typed",
    ['"', "' OR 1", "*", "ꀀc1", "ꀀ1", "湿疹*", "NOT 湿疹", ":", "\\", "a&b", "😀", "x" * 300],
)
def test_strange_queries_break_nothing(told, lin, amy, browser, typed):
    told(lin, "湿疹膏")
    assert browser.as_(amy).get("/inbox/search", q=typed).status_code in (200, 422)


def test_an_empty_search_asks_for_words(lin, amy, browser):
    assert browser.as_(amy).get("/inbox/search").status_code == 200
    assert browser.as_(amy).get("/inbox/search", q="字").status_code == 422


# The index ----------------------------------------------------------------------------------------


def test_what_was_there_before_is_indexed_by_a_job_in_pieces(
    told, lin, amy, browser, work, monkeypatch
):
    monkeypatch.setattr(indexing, "WINDOW", 3)
    for n in range(10):
        told(lin, f"湿疹第{n}次")
    empty_index()
    assert said(amy, "湿疹") == []
    assert "还在整理" in browser.as_(amy).get("/inbox/search", q="湿疹").text
    indexing._step()
    assert said(amy, "湿疹") == ["湿疹第9次", "湿疹第8次", "湿疹第7次"], "the newest first"
    told(lin, "湿疹新的")
    work()
    assert len(said(amy, "湿疹")) == 11
    assert searching.is_complete()


def test_an_interrupted_job_goes_on_where_it_stopped(told, lin, amy, monkeypatch):
    monkeypatch.setattr(indexing, "WINDOW", 3)
    monkeypatch.setattr(indexing, "SPELL", 0)
    for n in range(10):
        told(lin, f"湿疹第{n}次")
    empty_index()
    seen = []
    for _spell in range(4):
        try:
            indexing.close_gaps()
        except Later:
            db.session.rollback()
        seen.append(len(said(amy, "湿疹")))
    assert seen == [3, 6, 9, 10]
    assert db.session.scalar(db.select(IndexGap.id)) is None
    indexing.close_gaps()


def test_a_gist_that_changes_inside_a_gap_is_indexed_once(told, lin, amy, work):
    told(lin, "", kind="voice")
    empty_index()
    voice = db.session.scalars(db.select(Message)).one()
    gists.write(voice, "问推车")
    work()
    assert said(amy, "推车") == ["问推车"]
    gists.write(voice, "问床架")
    assert said(amy, "推车") == []
    assert said(amy, "床架") == ["问床架"]


def test_whoever_is_removed_is_found_no_more(told, lin, amy, max_):
    gone = make.customer("练习", source="practice")
    told(gone, "湿疹练习")
    told(lin, "湿疹膏")
    removing.practice()
    db.session.commit()
    told(lin, "别的")
    assert said(max_, "湿疹") == ["湿疹膏"]
    match = searching._candidates([searching.words.Term("练习")], searching.LARGEST)
    assert list(match) == [], "not even as a token"


def test_a_message_put_in_twice_or_taken_out_unknown_does_no_harm(told, lin, amy):
    chat = told(lin, "湿疹膏")
    unknown = Message(
        conversation_id=chat.id, inbound=True, kind="voice", text="", at=chat.last_at, details={}
    )
    db.session.add(unknown)
    db.session.flush()
    indexing._drop([indexing._row(unknown.id, chat.id, "没有进来过")])
    gists.write(unknown, "问推车")
    for message in db.session.scalars(db.select(Message)):
        indexing.add(message)
        indexing.add(message)
    assert said(amy, "湿疹") == ["湿疹膏"]
    assert said(amy, "推车") == ["问推车"]
    gists.write(unknown, "")
    assert said(amy, "推车") == []


def test_a_gap_brings_a_job(app):
    indexing.leave_gap(3, 3)
    assert db.session.scalar(db.select(Job.id)) is None
    indexing.leave_gap(3, 4)
    assert db.session.scalar(db.select(Job.name)) == "indexing.close_gaps"


@given(st.text(max_size=60), st.text(min_size=1, max_size=12))
def test_the_place_of_any_words_lies_within_what_was_said(text, typed):
    place = searching._place(text, typed)
    if place:
        start, end = place
        assert 0 <= start < end <= len(text)
