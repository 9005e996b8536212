"""What a form does not offer is not set through it; words stay words; an old page still works."""

from datetime import timedelta

from app.core import clock
from app.core.clock import LONG_AGO
from app.core.db import db
from app.customers.models import Customer
from app.inbox.models import Conversation
from tests import make

ODD = "{{7*7}} {% x %} ${7*7} #{7*7} <%= 7*7 %> {0.__class__} %s %(name)s"
EXTRA = {
    "id": "99", "owner_id": "2", "owner": "2", "owner_key": "2", "created_at": "2001-01-01",
    "is_archived": "1", "visits": "500", "spent": "999999", "unnamed": "1", "role": "owner",
    "is_active": "0", "do_not_disturb": "1", "version": "77", "name_key": "x",
}  # fmt: skip


def the_one():
    db.session.expire_all()
    return db.session.scalars(db.select(Customer)).one()


def test_fields_that_the_form_does_not_have_are_not_set(browser, amy, ben):
    made = browser.as_(amy).post("/customers", name="王芳", mine="1", **EXTRA)
    assert made.status_code == 303
    new = the_one()
    assert (new.id, new.owner_id, new.is_archived, new.visits) == (1, amy.id, False, 0)
    assert (new.do_not_disturb, new.unnamed) == (False, False)
    assert new.created_at > LONG_AGO + timedelta(days=20_000)


def test_an_edit_sets_no_more_than_a_new_card(browser, amy, ben, lin):
    was = (lin.id, lin.owner_id, lin.is_archived, lin.visits, lin.created_at)
    fields = {**EXTRA, "version": str(lin.version)}
    assert browser.as_(amy).post(f"/customers/{lin.id}", name="林小满", **fields).status_code == 303
    now = the_one()
    assert (now.id, now.owner_id, now.is_archived, now.visits, now.created_at) == was


def test_words_that_look_like_a_template_stay_words(browser, phone, work, amy):
    phone.says(ODD)
    work()
    chat = db.session.scalars(db.select(Conversation)).one()
    me = browser.as_(amy)
    me.post(f"/inbox/{chat.id}/claim")
    assert me.post(f"/inbox/{chat.id}/messages", text=ODD).status_code == 303
    work()
    assert phone.screen == [ODD]
    assert "{{7*7}}" in me.get(f"/inbox/{chat.id}").text


def test_a_page_that_was_open_for_eight_hours_still_saves(browser, amy, lin):
    me, token = browser.as_(amy), None
    token = me.token()
    begin = clock.now()
    for hours in (4, 8):  # somebody looks now and then: the session lives
        clock.source = lambda hours=hours: begin + timedelta(hours=hours)
        assert me.get("/customers").status_code == 200
    fields = {
        "name": "林小满",
        "remark": "爱喝茶",
        "version": str(lin.version),
        "csrf_token": token,
    }
    assert me.post(f"/customers/{lin.id}", _csrf=False, **fields).status_code == 303
    assert the_one().remark == "爱喝茶"


def test_who_was_signed_out_meanwhile_is_told_so_and_loses_no_row(browser, amy):
    me = browser.as_(amy)
    someone = make.customer("赵敏", owner=amy)
    begin = clock.now()
    clock.source = lambda: begin + timedelta(hours=13)
    part = me.htmx.post(f"/customers/{someone.id}", name="赵敏", remark="爱喝茶", version="1")
    assert part.status_code == 401
    assert part.headers["HX-Redirect"].startswith("/login")
