"""The demo shop: the same by verbs and in bulk, believable, and gone without a trace."""

from datetime import timedelta

import pytest

from app.community import groups
from app.core.clock import now, today
from app.core.db import Base, db
from app.core.errors import Refused
from app.core.jobs import Job
from app.core.outbox import Letter
from app.customers import finding, people, tags
from app.customers.models import Customer, Identity, Tagging
from app.inbox import places, quick_replies, replying
from app.inbox.models import Conversation, Message, QuickReply
from app.practice import phone as phones
from app.practice import removing
from app.practice.demo import facts, loading
from app.reminders.models import QUIET, FollowUp
from app.sales.models import Order
from app.staff import audit, chain, proving, signing_in
from app.staff.models import Staff
from tests import make

MORNING = "2026-11-22 10:30"


def load(customers=40, *, bulk=False, seed=7, orders=None, messages=None, demo=True):
    asked = loading.plan(customers, orders, messages, seed)
    loading.load(asked, demo=demo, tick=lambda _n: None, bulk=bulk)
    db.session.expire_all()


def tables(without=("staff", "index_gap", "job", "audit_line", "book", "rhythm", "community")):
    """Every row of every table, but for hashes, chance and computed columns."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in without:
            rows = db.session.execute(db.select(table).order_by(table.c.id)).mappings().all()
            left_out = {"code", "number"} if table.name == "coupon" else set()
            found[table.name] = [
                {k: v for k, v in row.items() if k not in left_out} for row in rows
            ]
    db.session.commit()
    return found


def test_both_ways_leave_equal_rows(house, app, at):
    at(MORNING)
    load(60, bulk=False)
    by_verbs = tables()
    assert by_verbs["community_member"]
    house[1].reset(app)
    db.session.expire_all()
    load(60, bulk=True)
    in_bulk = tables()
    for name, rows in by_verbs.items():
        assert len(in_bulk[name]) == len(rows), name
        for ours, theirs in zip(in_bulk[name], rows, strict=True):
            assert {k: v for k, v in ours.items() if theirs[k] != v} == {}, (name, ours, theirs)
    assert len(by_verbs["customer"]) == 60
    assert len(by_verbs["purchase"]) == 360
    assert len(by_verbs["message"]) == 300
    assert by_verbs["refund"]
    assert by_verbs["payment"]
    assert any(row["owed_cents"] for row in by_verbs["customer"])


def has_members_things(told):
    """Coupons in every state, and a ledger whose sums are the balances."""
    assert {"open", "used"} <= {row["state"] for row in told["coupon"]}
    assert {row["why"] for row in told["coupon"]} >= {"staff", "points"}
    assert told["referral"]
    sums = {row["customer_id"]: 0 for row in told["point_account"]}
    for row in told["point_entry"]:
        sums[row["customer_id"]] += row["points"]
    assert sums == {row["customer_id"]: row["balance"] for row in told["point_account"]}
    assert min(sums.values()) >= 0


PERKS = (
    "coupon", "coupon_batch", "point_entry", "point_account", "point_rule", "member_level",
    "referral",
)  # fmt: skip


def test_the_same_seed_is_the_same_shop_and_another_is_another(app, at):
    at(MORNING)
    asked = loading.plan(60, 300, 200, 3)
    assert list(facts.people(asked)) == list(facts.people(asked))
    other = loading.plan(60, 300, 200, 4)
    assert list(facts.people(asked)) != list(facts.people(other))


@pytest.mark.parametrize("amounts", [(1, 5, 5), (37, 11, 400), (300, 0, 7)])
def test_the_totals_are_exact(app, amounts):
    customers, orders, messages = amounts
    people = list(facts.people(loading.plan(customers, orders, messages, 5)))
    kinds = [fact.kind for person in people for fact in person.facts]
    talkers = sum(1 for p in people if p.openid)
    assert kinds.count("bought") == orders
    assert kinds.count("heard") + kinds.count("answered") == (messages if talkers else 0)


def test_nothing_lies_in_the_future_and_everybody_begins_first(app, at):
    at("2026-11-22 00:10")
    for person in facts.people(loading.plan(300, None, None, 1)):
        times = [fact.at for fact in person.facts]
        assert times == sorted(times)
        assert times[-1] <= now()
        assert person.facts[0].kind == "created"


def test_telephones_are_of_the_range_for_examples_and_unique(app):
    people = list(facts.people(loading.plan(12_000, 0, 0, 2)))
    given = [person.phone for person in people if person.phone]
    assert len(given) == len(set(given)) > 300
    numbers = given + [p.contact_phone for p in people if p.contact_phone]
    assert all(number.startswith("1380013") and len(number) == 11 for number in numbers)


def test_today_is_full_on_first_sight(app, at):
    at(MORNING)
    load(300, bulk=True)
    owner = db.session.scalars(db.select(Staff).where(Staff.name == "owner")).one()
    waiting = db.session.scalars(db.select(Customer).where(Customer.waiting_since < now())).all()
    assert 8 <= len(waiting) <= 20
    due = db.session.scalars(db.select(FollowUp).where(FollowUp.kind != QUIET)).all()
    assert any(one.due_at < now() - timedelta(days=1) for one in due)
    assert any(now() < one.due_at for one in due)
    quiet = db.session.scalars(db.select(FollowUp).where(FollowUp.kind == QUIET)).all()
    assert 3 <= len(quiet) <= 20
    named = db.session.scalars(db.select(Customer)).all()
    assert 5 < sum(c.unnamed for c in named) < 40
    assert sum(c.quiet_on <= today() <= c.warm_until for c in named) >= 5
    assert sum(c.quiet_on > today() and c.visits > 1 for c in named) > 60
    assert finding.search(owner, "红衣服")


def test_a_waiting_customer_of_the_demo_can_be_answered(live, work, at):
    load(40, bulk=True)
    chat = db.session.scalars(
        db.select(Conversation).where(Conversation.waiting_since < now()).limit(1)
    ).one()
    by = db.session.scalars(db.select(Staff).where(Staff.name == "agent")).one()
    message = replying.reply(chat, "在的", by=by)
    db.session.commit()
    work()
    assert db.session.get_one(Letter, message.letter_id).state == "sent"
    held = db.session.scalars(
        db.select(phones.Phone).where(phones.Phone.openid == chat.address)
    ).one()
    assert phones.screen(held)[-1].text == "在的"


def test_it_loads_into_an_empty_database_alone_and_once(app):
    load(3)
    with pytest.raises(Refused, match="已经在了"):
        load(3)


def test_it_does_not_load_beside_real_customers(app, amy):
    make.customer("王芳", owner=amy)
    with pytest.raises(Refused, match="空的数据库"):
        load(3)


def test_without_demo_sign_ins_it_uses_the_colleagues_there_are(app, amy):
    load(10, demo=False)
    assert {p.name for p in db.session.scalars(db.select(Staff))} == {"amy"}
    assert {c.owner_id for c in db.session.scalars(db.select(Customer))} <= {amy.id, None}


def test_removing_leaves_no_trace(hand, chief):
    groups.open_first()  # the shop's own, whoever is in them
    before = counted()
    hand.does(phones.follow)
    hand.says("在吗")
    load_beside_practice()
    db.session.execute(db.delete(Job))
    agent = db.session.scalars(db.select(Staff).where(Staff.name == "agent")).one()
    signing_in.open_session(agent)
    audit.log(agent, "signin.ok")
    db.session.commit()  # a line is in the book, and can be struck out, when it is committed
    removing.demo()
    db.session.commit()
    after = counted()
    assert after == {**before, "practice_phone": 0}
    assert [p.name for p in db.session.scalars(db.select(Staff))] == ["chief"]
    assert {group.members for group in groups.every()} == {0}


def load_beside_practice():
    customer = db.session.scalars(db.select(Customer)).one()
    customer.source = removing.PRACTICE
    asked = loading.plan(30, None, None, 1)
    people = loading._demo_colleagues()
    account = loading.wechat_accounts.practice().app_id
    loading.by_verbs.write(facts.people(asked), people, account, lambda _n: None)
    loading._settle()


def counted():
    names = [table.name for table in Base.metadata.sorted_tables]
    found = {
        name: db.session.scalar(db.select(db.func.count()).select_from(Base.metadata.tables[name]))
        for name in names
    }
    for name, model in chain.BOOKS.items():  # struck lines say nothing, and hold the chain
        struck = db.select(db.func.count()).where(model.what == chain.STRUCK)
        found[model.__tablename__] -= db.session.scalar(struck)
        assert not proving.prove(name).fault
    if db.engine.dialect.name == "sqlite":
        found["index"] = db.session.scalar(db.text("SELECT count(*) FROM words_index"))
    db.session.commit()
    return found


def test_kept_customers_stay_when_the_demo_goes(app, amy):
    load(5)
    agent = db.session.scalars(db.select(Staff).where(Staff.name == "agent")).one()
    kept = make.customer("王芳", owner=agent, phone="13800139999")
    make.order(kept, by=agent)
    removing.demo()
    db.session.commit()
    left = db.session.scalars(db.select(Customer)).one()
    assert (left.name, left.owner_id, left.purchases) == ("王芳", None, 1)
    assert db.session.scalars(db.select(Order)).one().by_id is None
    assert finding.search(amy, "王芳") == [left.id]


def test_the_owner_clears_practice_and_keeps_the_shop(hand, browser, chief, max_, amy):
    hand.does(phones.follow)
    hand.says("在吗")
    real = make.customer("林小满", owner=amy)
    assert browser.as_(max_).post("/practice/removal").status_code == 403
    assert browser.as_(chief).post("/practice/removal").status_code == 303
    assert [c.id for c in db.session.scalars(db.select(Customer))] == [real.id]
    assert db.session.scalar(db.select(Message.id)) is None
    assert db.session.scalar(db.select(Identity.id)) is None


def test_the_commands_say_what_they_did_and_why_not(app):
    run = app.test_cli_runner()
    amount = ["--customers", "3", "--orders", "4", "--messages", "5"]
    assert run.invoke(args=["demo", "load", *amount]).exit_code == 1
    make.staff("amy")
    assert "3 位客户" in run.invoke(args=["demo", "load", *amount]).output
    again = run.invoke(args=["demo", "load"])
    assert again.exit_code == 1
    assert "已经在了" in again.output
    assert "3 位客户" in run.invoke(args=["demo", "remove"]).output


def test_what_was_still_to_be_told_of_practice_goes_with_it(app, chief, work):
    people.claim(people.create("练习", source="practice"), by=chief)
    db.session.commit()
    removing.practice()
    db.session.commit()
    assert db.session.scalars(db.select(Job.name)).all() == []


def test_the_demo_shop_has_what_lies_about_and_takes_it_along(app):
    load(40)
    by = db.session.scalars(db.select(Staff).where(Staff.name == "agent")).one()
    kept = quick_replies.sections(by)
    assert {"售前", "售后", ""} == set(kept)
    has_members_things(tables())
    assert next(iter(kept.values()))[0].title == "营业时间"
    borne = db.session.execute(db.select(Tagging.tag_id, db.func.count()).group_by(Tagging.tag_id))
    assert sum(count for _tag, count in borne) > 30
    mine = tags.add(tags.TAG, "我自己的")
    changed = db.session.scalars(db.select(QuickReply).where(QuickReply.title == "稍等")).one()
    changed.text = "马上"
    db.session.commit()
    removing.demo()
    db.session.commit()
    assert [one.name for one in tags.all_of(tags.TAG)] == [mine.name]
    assert tags.all_of(tags.SOURCE) == []
    assert [one.text for one in db.session.scalars(db.select(QuickReply))] == ["马上"]
    assert places.ADDRESS() == ""
    left = tables()
    assert not any(left[name] for name in PERKS)
