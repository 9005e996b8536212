"""A colleague leaves: the account closes, and all that hung on it goes to others at once."""

import pytest

from app.core.db import db
from app.core.errors import Refused
from app.customers.models import Customer
from app.inbox.models import Conversation
from app.reminders.models import FollowUp
from app.staff import leaving
from tests import make


@pytest.fixture
def owner(browser, chief):
    return browser.as_(chief)


@pytest.fixture
def held(amy, ben, lin):
    """Amy has a customer of hers, and a follow-up and a conversation with one of ben's."""
    wang = make.customer("王芳", owner=ben)
    make.followup(lin, staff=amy)
    make.followup(wang, staff=amy)
    make.conversation(lin, assignee=amy)
    make.conversation(wang, address="o-wang", assignee=amy)
    return wang


def owners():
    return dict(db.session.execute(db.select(Customer.name, Customer.owner_id)).all())


def leave(owner, amy, **heirs):
    heirs = {name: str(one.id) if one else "" for name, one in heirs.items()}
    form = {"customers": "", "followups": "", "conversations": ""} | heirs
    return owner.post(f"/settings/colleagues/{amy.id}/departure", **form)


def test_everything_follows_the_customer_and_the_result_tells(owner, amy, ben, max_, held, lin):
    there = owner.as_(amy)
    answer = leave(owner, amy, customers=max_)
    assert answer.status_code == 303
    assert not amy.is_active
    assert there.get("/customers").status_code == 302
    assert owners() == {"林小满": max_.id, "王芳": ben.id}
    by_customer = dict(db.session.execute(db.select(FollowUp.customer_id, FollowUp.staff_id)).all())
    assert by_customer == {lin.id: max_.id, held.id: ben.id}
    chats = dict(
        db.session.execute(db.select(Conversation.customer_id, Conversation.assignee_id)).all()
    )
    assert chats == {lin.id: max_.id, held.id: ben.id}
    page = owner.get(answer.headers["Location"]).text
    assert "交接好了" in page
    assert page.count("马店长") == 3
    assert page.count("小本") == 2


def test_each_kind_may_go_to_somebody_else(owner, amy, ben, max_, held, lin):
    leave(owner, amy, customers=max_, followups=ben, conversations=ben)
    assert set(db.session.scalars(db.select(FollowUp.staff_id))) == {ben.id}
    assert set(db.session.scalars(db.select(Conversation.assignee_id))) == {ben.id}
    assert owner.as_(ben).get(f"/customers/{lin.id}").status_code == 200


def test_what_nobody_gets_is_the_pools(owner, amy, ben, held, lin):
    leave(owner, amy)
    assert owners()["林小满"] is None
    mine = db.select(FollowUp.staff_id).where(FollowUp.customer_id == lin.id)
    assert db.session.scalar(mine) is None
    chat = db.select(Conversation.assignee_id).where(Conversation.customer_id == lin.id)
    assert db.session.scalar(chat) is None
    assert owner.as_(ben).get(f"/customers/{lin.id}").status_code == 200


def test_the_story_tells_who_handed_over(owner, amy, max_, held, lin):
    leave(owner, amy, customers=max_)
    assert "马店长" in owner.get(f"/customers/{lin.id}").text


def test_nothing_goes_to_who_leaves_or_has_left(owner, amy, ben, held, chief):
    assert leave(owner, amy, customers=amy).status_code == 422
    with pytest.raises(Refused):
        leaving.leave(amy, {"customers": amy}, by=chief)
    ben.is_active = False
    assert leave(owner, amy, customers=ben).status_code == 422
    assert amy.is_active


def test_a_refused_departure_changes_nothing(owner, chief, held):
    before = owners()
    assert leave(owner, chief).status_code == 422
    assert owners() == before
    assert chief.is_active


def test_what_does_not_fit_into_one_transaction_is_carried_on(owner, amy, ben, work, monkeypatch):
    monkeypatch.setattr(leaving, "AT_ONCE", 3)
    for n in range(8):
        make.conversation(make.customer(f"客户{n}", owner=amy), address=f"o-{n}", assignee=amy)
    answer = leave(owner, amy, customers=ben)
    assert not amy.is_active
    assert "正在交接" in owner.get(answer.headers["Location"]).text
    work()
    assert set(owners().values()) == {ben.id}
    assert set(db.session.scalars(db.select(Conversation.assignee_id))) == {ben.id}
    page = owner.htmx.get(answer.headers["Location"]).text
    assert "交接好了" in page
    assert page.count(">8<") == 2
    assert "hx-trigger" not in page


def test_a_heir_who_leaves_meanwhile_gets_nothing_more(owner, amy, ben, work, monkeypatch):
    monkeypatch.setattr(leaving, "AT_ONCE", 1)
    for n in range(3):
        make.customer(f"客户{n}", owner=amy)
    leave(owner, amy, customers=ben)
    leave(owner, ben)
    work()
    assert set(owners().values()) == {None}


def test_doing_the_job_twice_hands_nothing_over_twice(owner, amy, ben, held, outside):
    leave(owner, amy, customers=ben)
    departure = leaving.last_of(amy)
    handed = dict(departure.handed)
    outside(leaving.finish, departure.id)
    assert leaving.last_of(amy).handed == handed


def test_who_has_left_cannot_leave_again(owner, amy, held):
    leave(owner, amy)
    assert owner.get(f"/settings/colleagues/{amy.id}/departure").status_code == 404
    assert leave(owner, amy).status_code == 404
