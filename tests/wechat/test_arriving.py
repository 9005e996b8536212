"""From a stored push to its room: every kind, in the platform's order, again after a fault."""

import pytest

from app.core import clock, jobs
from app.core.clock import now
from app.core.db import db
from app.core.jobs import Job
from app.customers import identities
from app.customers.models import OPENID, Customer, Identity, Moment
from app.inbox.models import Conversation, Message
from app.staff import accounts as staff_accounts
from app.wechat import accounts, arriving, followers
from app.wechat.models import Allowance, Arrival, Follower
from tests.outside import Phone, message

FAR = "2026-08-22 10:00"


def the(model):
    found = db.session.scalars(db.select(model)).one()
    db.session.commit()
    return found


def moments(kind):
    return db.session.scalars(
        db.select(Moment).where(Moment.kind == kind).order_by(Moment.id)
    ).all()


def seconds(text):
    return str(int(clock.datetime.fromisoformat(text).replace(tzinfo=clock.zone).timestamp()))


# Kinds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "stored", "text", "details"),
    [
        ("text", {"Content": "在吗"}, "text", "在吗", {}),
        (
            "image",
            {"PicUrl": "http://p", "MediaId": "m"},
            "image",
            "",
            {"url": "http://p", "media": "m"},
        ),
        ("voice", {"MediaId": "m", "Format": "amr"}, "voice", "", {"media": "m", "format": "amr"}),
        ("voice", {"MediaId": "m", "Recognition": "在吗"}, "voice", "在吗", {"media": "m"}),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, "video", "", {"media": "m", "thumb": "t"}),
        (
            "shortvideo",
            {"MediaId": "m", "ThumbMediaId": "t"},
            "video",
            "",
            {"media": "m", "thumb": "t"},
        ),
        (
            "location",
            {"Location_X": "23.1", "Location_Y": "113.3", "Label": "人民路"},
            "location",
            "人民路",
            {"lat": "23.1", "lng": "113.3"},
        ),
        (
            "link",
            {"Title": "好文", "Description": "d", "Url": "http://u"},
            "link",
            "好文",
            {"url": "http://u", "about": "d"},
        ),
    ],
)
def test_a_message_of_every_kind_is_heard(phone, work, kind, given, stored, text, details):
    phone.sends(kind, **given)
    work()
    heard = the(Message)
    assert (heard.kind, heard.text, heard.details) == (stored, text, details)
    assert the(Conversation).unread == 1


@pytest.mark.parametrize(
    ("event", "key", "kind", "details"),
    [
        ("subscribe", "", "wechat.followed", {"scene": ""}),
        ("subscribe", "qrscene_door", "wechat.followed", {"scene": "door"}),
        ("unsubscribe", "", "wechat.unfollowed", {}),
        ("SCAN", "door", "wechat.scanned", {"scene": "door"}),
        ("CLICK", "price", "wechat.clicked", {"button": "price"}),
        ("VIEW", "http://shop.example/", "wechat.viewed", {"page": "http://shop.example/"}),
    ],
)
def test_an_event_of_every_kind_stands_in_the_story(phone, work, event, key, kind, details):
    phone.does(event, key)
    work()
    assert [m.details for m in moments(kind)] == [details]
    assert db.session.scalars(db.select(Message)).all() == []


def test_a_reported_place_stands_in_the_story(phone, work):
    phone.does("LOCATION", Latitude="23.13", Longitude="113.35", Precision="119")
    work()
    assert moments("wechat.located")[0].details == {"lat": "23.13", "lng": "113.35"}


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "hologram"},
        {"MsgType": "event", "Event": "TELEPORT"},
        {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH"},
    ],
)
def test_an_unknown_kind_is_kept_raw_and_otherwise_left_alone(phone, work, fields):
    phone.push(**fields, MsgId="5", Extra="kept")
    work()
    arrival = the(Arrival)
    assert "<Extra>kept</Extra>" in arrival.raw
    assert arrival.done_at
    assert db.session.scalars(db.select(Message)).all() == []


# Who it is ----------------------------------------------------------------------------------------


def test_a_stranger_becomes_an_unnamed_customer_of_the_pool(phone, work):
    phone.says("在吗")
    work()
    customer = the(Customer)
    assert customer.unnamed
    assert customer.owner_id is None
    assert customer.source == "wechat"
    handle = the(Identity)
    assert (handle.kind, handle.account, handle.value) == (OPENID, "wxshop", "o-lin-0001")


def test_the_same_person_stays_one_customer(phone, work):
    for event in ("subscribe", "unsubscribe", "subscribe"):
        phone.does(event, CreateTime=str(int(now().timestamp()) - 5))
    phone.says("a")
    phone.says("b")
    work()
    assert the(Customer)
    assert the(Follower)
    assert len(db.session.scalars(db.select(Message)).all()) == 2


def test_a_known_openid_finds_its_customer(phone, work, lin, amy):
    identities.attach(lin, OPENID, phone.openid, source="import", account="wxshop")
    phone.says("在吗")
    work()
    chat = the(Conversation)
    assert chat.customer_id == lin.id
    assert chat.assignee_id == amy.id


def test_one_openid_under_two_accounts_is_two_people(app, platform, work):
    phone = Phone(app, platform, "o-1")
    phone.says("a")
    phone.post(message("o-1", MsgType="text", Content="b", MsgId="1"), accounts.practice())
    work()
    assert len(db.session.scalars(db.select(Customer)).all()) == 2
    assert {c.source for c in db.session.scalars(db.select(Customer))} == {"wechat", "practice"}


# Order --------------------------------------------------------------------------------------------


def test_what_one_person_says_stays_in_order(phone, work):
    for n in range(6):
        phone.says(f"{n}")
    work()
    texts = db.session.scalars(db.select(Message.text).order_by(Message.id)).all()
    assert texts == ["0", "1", "2", "3", "4", "5"]


def test_a_fault_holds_up_one_person_and_no_other(app, platform, work, monkeypatch):
    lin, bo = Phone(app, platform, "o-lin"), Phone(app, platform, "o-bo")
    troubles = [RuntimeError("a bug")]
    meet = followers.meet

    def stumble(account, openid, at):
        if openid == "o-lin" and troubles:
            raise troubles.pop()
        return meet(account, openid, at)

    monkeypatch.setattr(followers, "meet", stumble)
    for word in ("1", "2"):
        lin.says(word)
        bo.says(word)
    work()
    told = db.session.scalars(db.select(Message.text).order_by(Message.id)).all()
    assert told == ["1", "2"]
    later = now()
    clock.source = lambda: later + clock.timedelta(seconds=jobs.WAITS[0] + 1)
    work()
    told = db.session.scalars(db.select(Message.text).order_by(Message.id)).all()
    assert told == ["1", "2", "1", "2"]


def test_what_cannot_be_done_stays_and_is_seen(phone, work, monkeypatch):
    def fail(*_given):
        raise RuntimeError("a bug")

    monkeypatch.setitem(arriving.HANDLERS, "text", fail)
    phone.says("在吗")
    begin, passed = now(), 0
    for _try in range(8):
        work()
        passed += 8000
        clock.source = lambda passed=passed: begin + clock.timedelta(seconds=passed)
    job = the(Job)
    assert (job.state, job.tries) == ("failed", 6)
    assert "a bug" in job.error
    assert the(Arrival).done_at is None
    assert db.session.scalars(db.select(Customer)).all() == []
    monkeypatch.undo()
    jobs.retry(job)
    db.session.commit()
    work()
    assert the(Message).text == "在吗"


def test_doing_it_twice_does_it_once(phone, work):
    phone.says("在吗", MsgId="7")
    work()
    arrival = the(Arrival)
    arriving.process(arrival.id)
    arrival.done_at = None
    db.session.commit()
    arriving.process(arrival.id)
    db.session.commit()
    assert the(Message)
    assert the(Conversation).unread == 1


def test_who_unfollows_and_whose_following_arrives_late_has_left(phone, work):
    phone.does("unsubscribe", CreateTime=seconds("2026-01-02 10:00"))
    phone.does("subscribe", CreateTime=seconds("2026-01-02 09:00"))
    work()
    assert not the(Follower).following
    assert the(Customer).left_at


def test_who_comes_back_and_whose_leaving_arrives_late_is_back(phone, work):
    phone.does("subscribe", CreateTime=seconds("2026-01-02 10:00"))
    phone.does("unsubscribe", CreateTime=seconds("2026-01-02 09:00"))
    work()
    assert the(Follower).following
    assert the(Customer).left_at is None


def test_who_leaves_and_comes_back_may_be_written_to(phone, work):
    phone.does("unsubscribe", CreateTime=seconds("2026-01-02 09:00"))
    phone.does("subscribe", CreateTime=seconds("2026-01-02 10:00"))
    work()
    assert the(Follower).following


def test_a_time_ahead_of_us_is_now(phone, work, at):
    at("2026-08-22 10:00")
    phone.says("在吗", CreateTime="99999999999")
    work()
    assert the(Message).at == now()
    assert the(Allowance).until == now() + clock.timedelta(hours=48)


def test_an_old_message_does_not_become_the_newest_line(phone, work):
    phone.says("new", CreateTime=seconds("2026-01-02 10:00"))
    phone.says("old", CreateTime=seconds("2026-01-02 09:00"))
    work()
    assert the(Conversation).last_text == "new"


def test_a_message_opens_a_resolved_conversation_again(phone, work, browser, max_):
    phone.says("a")
    work()
    chat = the(Conversation)
    browser.as_(max_).post(f"/inbox/{chat.id}/resolution")
    assert the(Conversation).state == "resolved"
    phone.says("b")
    work()
    assert the(Conversation).state == "open"
    assert the(Conversation).waiting_since < now()


def test_markup_and_strange_signs_are_stored_as_they_are(phone, work):
    text = "<b>]]>&amp; \u202e 😀👨\u200d👩 <script>alert(1)</script> \"'"
    phone.says(text)
    work()
    assert the(Message).text == text


def test_a_customer_with_an_owner_who_left_waits_for_anybody(phone, work, lin, amy, chief):
    identities.attach(lin, OPENID, phone.openid, source="import", account="wxshop")
    staff_accounts.deactivate(amy, by=chief)
    phone.says("在吗")
    work()
    assert the(Conversation).assignee_id is None


def test_each_trigger_grants_what_the_platform_allows(phone, work, at):
    at(FAR)
    phone.says("在吗")
    phone.does("CLICK", "price")
    phone.does("SCAN", "door")
    phone.does("subscribe")
    work()
    rows = db.session.scalars(db.select(Allowance).order_by(Allowance.trigger)).all()
    assert [(r.trigger, r.left, (r.until - now()).total_seconds()) for r in rows] == [
        ("follow", 3, 60), ("menu", 3, 60), ("message", 5, 172800), ("scan", 3, 60),
    ]  # fmt: skip
