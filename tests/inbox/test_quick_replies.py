"""Quick replies: kept by the shop and by each colleague, found by what one types, sent as typed."""

import io
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core import files
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter
from app.inbox import quick_pictures, quick_replies
from app.inbox.models import Conversation, Message, QuickReply
from app.inbox.quick_replies import DIVIDER, Typed, pieces
from tests import make


@pytest.fixture
def kept(app):
    """kept(by, "营业时间", "9 点到 21 点"): a quick reply of the shop, or of one colleague."""

    def keep(by, title, text="在的", shared=False, **more):
        reply = quick_replies.create(Typed(title, text, **more), by=by, shared=shared)
        db.session.commit()
        return reply

    return keep


def titles(staff):
    return [row.title for rows in quick_replies.sections(staff).values() for row in rows]


def the(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


def test_everybody_sees_the_shops_and_their_own(kept, amy, ben, max_):
    kept(max_, "营业时间", shared=True)
    kept(amy, "我的")
    assert titles(amy) == ["营业时间", "我的"]
    assert titles(ben) == titles(max_) == ["营业时间"]


def test_the_most_used_comes_first_and_brings_its_group(kept, amy):
    for title, section in (("甲", "售前"), ("乙", "售后"), ("丙", "售前")):
        kept(amy, title, section=section)
    quick_replies.count_use(amy, db.session.scalar(db.select(QuickReply.id).filter_by(title="乙")))
    assert list(quick_replies.sections(amy)) == ["售后", "售前"]
    assert titles(amy) == ["乙", "甲", "丙"]


@pytest.mark.parametrize("typed", ["yysj", "yingye", "营业", "ying", "售前"])
def test_it_is_found_by_code_pinyin_title_and_group(kept, amy, typed):
    reply = kept(amy, "营业时间", section="售前")
    assert reply.code == "yysj"
    assert typed in quick_replies.sought(reply)


def test_a_code_of_ones_own_wins(kept, amy):
    assert kept(amy, "营业时间", code="T").code == "t"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (Typed("空", " \n---\n"), "还没有写内容"),
        (Typed("长", "长" * 700), "太长"),
        (Typed("多", DIVIDER.join("一二三四五六")), "最多连发"),
        (Typed("坏", "看", link="javascript:alert(1)"), "https://"),
        (Typed("坏", "看", link="https://"), "https://"),
        (Typed("坏", "看", link="http://[x"), "https://"),
    ],
)
def test_what_could_not_be_sent_is_not_kept(app, amy, typed, reason):
    with pytest.raises(Refused, match=reason):
        quick_replies.create(typed, by=amy, shared=False)


def test_several_messages_and_a_link_go_out_in_order(kept, phone, work, amy, browser):
    phone.says("在吗")
    work()
    chat = the(Conversation)
    reply = kept(
        amy, "路线", "{称呼}好，我是{我}\n---\n从地铁口直走", link="https://example.com/map"
    )
    one = browser.as_(amy)
    page = one.get(f"/inbox/{chat.id}", quick=reply.id).text
    assert "您好，我是小艾\n---\n从地铁口直走\n---\nhttps://example.com/map</textarea>" in page
    typed = quick_replies.filled(reply, chat, by=amy)
    for _twice in range(2):
        one.post(f"/inbox/{chat.id}/messages", text=typed, quick=reply.id, once="a")
    work()
    assert phone.screen == ["您好，我是小艾", "从地铁口直走", "https://example.com/map"]
    db.session.expire_all()
    assert the(QuickReply).used == 1


def test_a_line_of_dashes_that_somebody_types_stays_in_the_message(phone, work, amy, browser):
    phone.says("在吗")
    work()
    browser.as_(amy).post(f"/inbox/{the(Conversation).id}/messages", text="上\n---\n下", quick="")
    work()
    assert phone.screen == ["上\n---\n下"]


def test_more_than_wechat_allows_is_refused_before_the_first(kept, phone, work, amy, browser):
    phone.says("在吗")
    work()
    chat = the(Conversation)
    chat.window_left = 2
    db.session.commit()
    reply = kept(amy, "三条", "一\n---\n二\n---\n三")
    answer = browser.as_(amy).post(
        f"/inbox/{chat.id}/messages", text="一\n---\n二\n---\n三", quick=reply.id
    )
    assert answer.status_code == 422
    assert "只让再发 2 条" in answer.text
    assert db.session.scalar(db.select(Letter)) is None
    assert len(db.session.scalars(db.select(Message)).all()) == 1


@pytest.mark.parametrize("quick", ["x", "-1", "9" * 30, "²"])
def test_a_quick_reply_that_is_none_harms_nothing(phone, work, amy, browser, quick):
    phone.says("在吗")
    work()
    chat = the(Conversation)
    one = browser.as_(amy)
    assert one.get(f"/inbox/{chat.id}", quick=quick).status_code == 200
    assert one.post(f"/inbox/{chat.id}/messages", text="在的", quick=quick).status_code < 400


def test_nobody_fills_in_a_colleagues_own(kept, amy, ben, browser, work):
    reply = kept(ben, "悄悄话", "只有我看得见")
    chat = make.conversation(make.customer("王芳", owner=amy), assignee=amy)
    assert "只有我看得见" not in browser.as_(amy).get(f"/inbox/{chat.id}", quick=reply.id).text
    assert "只有我看得见" not in browser.as_(amy).get(f"/inbox/{chat.id}/quick-replies").text


# Pages --------------------------------------------------------------------------------------------

FIELDS = {"title": "营业时间", "text": "9 点到 21 点", "section": "", "link": "", "code": ""}


def test_an_agent_keeps_their_own_and_a_manager_the_shops(app, browser, amy, max_):
    agent, manager = browser.as_(amy), browser.as_(max_)
    assert agent.post("/settings/quick-replies", **FIELDS, shared="y").status_code == 303
    assert not the(QuickReply).shared
    own = the(QuickReply).id
    assert manager.post("/settings/quick-replies", **FIELDS, shared="y").status_code == 303
    shops = db.session.scalars(db.select(QuickReply.id).where(QuickReply.shared)).one()
    assert manager.get(f"/settings/quick-replies/{own}").status_code == 404
    assert agent.get(f"/settings/quick-replies/{shops}").status_code == 404
    assert agent.post(f"/settings/quick-replies/{shops}", **FIELDS).status_code == 404
    assert agent.post(f"/settings/quick-replies/{shops}/removal").status_code == 404
    assert "9 点到 21 点" in agent.get("/settings/quick-replies").text
    changed = FIELDS | {"text": "10 点开门"}
    assert (
        manager.post(f"/settings/quick-replies/{shops}", **changed, shared="y").status_code == 303
    )
    assert manager.post(f"/settings/quick-replies/{shops}/removal").status_code == 303
    assert the(QuickReply).id == own


def test_a_refused_one_comes_back_as_typed(app, browser, amy):
    for path in ("/settings/quick-replies",):
        answer = browser.as_(amy).post(path, **(FIELDS | {"link": "ftp://x"}))
        assert answer.status_code == 422
        assert "ftp://x" in answer.text
        assert "9 点到 21 点" in answer.text
    assert browser.as_(amy).post("/settings/quick-replies", title="").status_code == 422
    assert db.session.scalar(db.select(QuickReply)) is None


def test_an_edit_that_is_refused_changes_nothing(kept, browser, amy):
    reply = kept(amy, "路线", "直走")
    answer = browser.as_(amy).post(
        f"/settings/quick-replies/{reply.id}", **(FIELDS | {"link": "ftp://x"})
    )
    assert answer.status_code == 422
    assert (the(QuickReply).title, the(QuickReply).text) == ("路线", "直走")


def test_the_panel_is_a_part_and_a_page(kept, browser, amy):
    kept(amy, "路线<b>", "直走", section="售前")
    chat = make.conversation(make.customer("王芳", owner=amy), assignee=amy)
    one = browser.as_(amy)
    for asked in (one, one.htmx):
        text = asked.get(f"/inbox/{chat.id}/quick-replies").text
        assert "路线&lt;b&gt;" in text
        assert 'data-text="直走"' in text
    assert one.get("/settings/quick-replies/new").status_code == 200


@given(st.lists(st.text(alphabet="ab -\n", max_size=9), max_size=6))
def test_pieces_are_what_stands_between_the_lines(texts):
    found = pieces(DIVIDER.join(texts))
    assert all(piece == piece.strip() and piece for piece in found)
    assert pieces(DIVIDER.join(found)) == found


# Pictures -----------------------------------------------------------------------------------------


def picture():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(made, "PNG")
    made.seek(0)
    return (made, "map.png")


@pytest.fixture
def pictured(app, browser, max_):
    """A quick reply of the shop with a picture."""
    answer = browser.as_(max_).post(
        "/settings/quick-replies", _files={"picture": picture()}, **(FIELDS | {"shared": "y"})
    )
    assert answer.status_code == 303
    return the(QuickReply)


@pytest.fixture(autouse=True)
def _no_files_of_other_tests(app):
    shutil.rmtree(files.root / "quick", ignore_errors=True)


def kept_files():
    found = (p.name for p in (files.root / "quick").rglob("*") if p.is_file())
    return sorted({name.removesuffix(files.SMALL) for name in found})


def test_the_picture_follows_the_words_once(pictured, phone, work, amy, browser):
    phone.says("在吗")
    work()
    chat = the(Conversation)
    page = browser.as_(amy).get(f"/inbox/{chat.id}", quick=pictured.id).text
    assert "还会发快捷回复里的图片" in page
    assert "data-quick-extra hidden" not in page
    for _twice in range(2):
        answer = browser.as_(amy).post(
            f"/inbox/{chat.id}/messages", text="9 点到 21 点", quick=pictured.id, once="a"
        )
        assert answer.status_code == 303
    ours = db.select(Message.kind).where(~Message.inbound).order_by(Message.id)
    assert db.session.scalars(ours).all() == ["text", "image"]
    assert the(QuickReply).used == 1
    assert kept_files() == [pictured.picture]


def test_words_and_picture_leave_together_or_not_at_all(pictured, phone, work, amy, browser):
    phone.says("在吗")
    work()
    chat = the(Conversation)
    chat.window_left = 1
    db.session.commit()
    answer = browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="在的", quick=pictured.id)
    assert answer.status_code == 422
    assert db.session.scalar(db.select(Letter)) is None


def test_of_several_messages_none_leaves_when_one_is_too_long(kept, phone, work, amy, browser):
    phone.says("在吗")
    work()
    reply = kept(amy, "两条", "一\n---\n二")
    typed = "一\n---\n" + "长" * 700
    answer = browser.as_(amy).post(
        f"/inbox/{the(Conversation).id}/messages", text=typed, quick=reply.id
    )
    assert answer.status_code == 422
    assert "太长了" in answer.text
    assert db.session.scalar(db.select(Letter)) is None


def test_a_picture_that_is_lost_is_told_and_nothing_leaves(pictured, phone, work, amy, browser):
    phone.says("在吗")
    work()
    files.forget("quick", pictured.picture)
    answer = browser.as_(amy).post(
        f"/inbox/{the(Conversation).id}/messages", text="在的", quick=pictured.id
    )
    assert answer.status_code == 422
    assert "图片找不到了" in answer.text
    db.session.rollback()
    assert db.session.scalar(db.select(Letter)) is None


def test_another_picture_replaces_it_and_none_is_left_over(pictured, browser, max_):
    one, path = browser.as_(max_), f"/settings/quick-replies/{pictured.id}"
    before = pictured.picture
    one.post(path, **(FIELDS | {"shared": "y"}))
    assert the(QuickReply).picture == before
    one.post(path, _files={"picture": picture()}, **(FIELDS | {"shared": "y"}))
    assert the(QuickReply).picture != before
    assert kept_files() == [the(QuickReply).picture]
    one.post(path, **(FIELDS | {"shared": "y", "without": "y"}))
    assert (the(QuickReply).picture, kept_files()) == ("", [])
    one.post(path, _files={"picture": picture()}, **(FIELDS | {"shared": "y"}))
    one.post(f"{path}/removal")
    assert kept_files() == []


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", b"MZ\x90", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused_and_not_kept(app, browser, max_, content):
    answer = browser.as_(max_).post(
        "/settings/quick-replies", _files={"picture": (io.BytesIO(content), "a.png")}, **FIELDS
    )
    assert answer.status_code == 422
    assert kept_files() == []
    assert db.session.scalar(db.select(QuickReply)) is None


def test_a_picture_beside_a_refused_text_is_not_kept(app, browser, max_):
    answer = browser.as_(max_).post(
        "/settings/quick-replies", _files={"picture": picture()}, **(FIELDS | {"link": "ftp://x"})
    )
    assert answer.status_code == 422
    assert kept_files() == []


def test_its_small_picture_is_for_who_may_use_it(pictured, browser, amy, ben, kept, work):
    work()
    one = browser.as_(amy)
    url = f"/inbox/quick-replies/{pictured.id}/picture"
    answer = one.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    chat = make.conversation(make.customer("王芳", owner=amy), assignee=amy)
    assert url in one.get(f"/inbox/{chat.id}/quick-replies").text
    assert url in one.get("/settings/quick-replies").text
    pictured.shared, pictured.owner_id = False, ben.id
    db.session.commit()
    assert one.get(url).status_code == 404
    assert one.get(f"/inbox/quick-replies/{kept(amy, '没有图').id}/picture").status_code == 404


def test_a_broken_picture_is_kept_without_a_small_one(app, browser, max_, amy, work):
    broken = (io.BytesIO(picture()[0].read()[:40]), "a.png")
    browser.as_(max_).post(
        "/settings/quick-replies", _files={"picture": broken}, **(FIELDS | {"shared": "y"})
    )
    work()
    assert quick_pictures.small_of(the(QuickReply)) is None
    assert browser.as_(amy).get("/settings/quick-replies").status_code == 200
    assert kept_files() == [the(QuickReply).picture]


# Links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("title", "shown"), [("怎么走", "怎么走"), ("", "路线")])
def test_a_link_leaves_as_a_card(kept, phone, work, amy, browser, platform, title, shown):
    phone.says("在吗")
    work()
    reply = kept(amy, "路线", "直走", link="https://example.com/map", link_title=title)
    browser.as_(amy).post(
        f"/inbox/{the(Conversation).id}/messages",
        text="直走\n---\nhttps://example.com/map", quick=reply.id,
    )  # fmt: skip
    work()
    article = platform.sent[-1]["news"]["articles"]
    assert [(one["title"], one["url"]) for one in article] == [(shown, "https://example.com/map")]
    page = browser.as_(amy).get(f"/inbox/{the(Conversation).id}").text
    assert 'href="https://example.com/map"' in page


def test_a_link_that_was_changed_leaves_as_words(kept, phone, work, amy, browser, platform):
    phone.says("在吗")
    work()
    reply = kept(amy, "路线", "直走", link="https://example.com/map")
    browser.as_(amy).post(
        f"/inbox/{the(Conversation).id}/messages",
        text="直走\n---\nhttps://example.com/map?to=2", quick=reply.id,
    )  # fmt: skip
    work()
    assert [one["msgtype"] for one in platform.sent] == ["text", "text"]


@pytest.mark.parametrize("code", [40008, 45008])
def test_where_no_cards_are_taken_its_words_go_once(
    kept, phone, work, amy, browser, platform, code
):
    phone.says("在吗")
    work()
    reply = kept(amy, "路线", link="https://example.com/map", text="")
    platform.answers = [code]
    browser.as_(amy).post(
        f"/inbox/{the(Conversation).id}/messages", text="https://example.com/map", quick=reply.id
    )
    work()
    assert the(Letter).state == "sent"
    assert phone.screen == ["路线\nhttps://example.com/map"]
