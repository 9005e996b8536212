"""The colleagues' page: invite, roles, new passwords, browsers, and leaving."""

import re

import pytest

from app.core.db import db
from app.staff import accounts, links
from app.staff.models import AuditLine, Staff, StaffLink, StaffSession
from app.staff.roles import AGENT, MANAGER, OWNER
from tests import make
from tests.crowd import at_once
from tests.make import PASSWORD
from tests.outside import Browser

NEW = "a brand new one"
LINK = re.compile(r'value="(http[^"]+/welcome/[^"]+)"')


@pytest.fixture
def owner(browser, chief):
    return browser.as_(chief)


def invite(owner, role=AGENT, display="小新"):
    answer = owner.post("/settings/colleagues/invitations", role=role, display=display)
    assert answer.status_code == 200
    return path_in(answer)


def path_in(answer):
    return "/welcome/" + LINK.search(answer.text)[1].rpartition("/")[2]


def fresh(owner):
    """A private window: nobody is signed in."""
    return Browser(owner.app)


def join(window, path, name="xin", password=NEW):
    assert window.get(path).headers["Location"] == "/welcome"
    return window.post("/welcome", name=name, display="小新", password=password, again=password)


def named(name):
    return db.session.scalar(db.select(Staff).where(Staff.name == name))


def test_who_is_invited_chooses_a_name_and_a_password(owner):
    window = fresh(owner)
    path = invite(owner)
    assert (
        "欢迎"
        in window.get(
            path,
        ).text
        or window.get("/welcome").status_code == 200
    )
    assert join(window, path).status_code == 303
    assert window.get("/customers").status_code == 200
    person = named("xin")
    assert (person.role, person.display) == (AGENT, "小新")
    other = fresh(owner)
    assert other.post("/login", name="xin", password=NEW).status_code == 303


def test_looking_at_the_link_does_not_use_it_up(owner):
    path = invite(owner)
    for _robot in range(5):
        assert fresh(owner).get(path).status_code == 303
    window = fresh(owner)
    window.get(path)
    assert window.get("/welcome").status_code == 200
    assert join(fresh(owner), path).status_code == 303


def test_the_token_leaves_the_address_at_once(owner):
    path = invite(owner)
    window = fresh(owner)
    answer = window.get(path)
    token = path.rpartition("/")[2]
    assert token not in answer.headers["Location"]
    assert token not in window.get("/welcome").text


def test_a_link_is_shown_once_and_only_its_hash_is_kept(owner):
    token = invite(owner).rpartition("/")[2]
    assert token not in owner.get("/settings/colleagues").text
    assert token not in db.session.scalars(db.select(StaffLink.token_hash)).all()


def test_a_link_works_once(owner):
    path = invite(owner)
    join(fresh(owner), path)
    again = join(fresh(owner), path, "second")
    assert again.status_code == 410
    assert named("second") is None


def test_a_link_ends_after_a_day(owner, at):
    at("2026-08-22 09:00")
    owner = owner.as_(named("chief"))
    path = invite(owner)
    at("2026-08-23 09:01")
    window = fresh(owner)
    window.get(path)
    assert window.get("/welcome").status_code == 410
    assert join(fresh(owner), path).status_code == 410


def test_a_withdrawn_invitation_is_dead(owner):
    path = invite(owner)
    link = db.session.scalars(db.select(StaffLink)).one()
    owner.post(f"/settings/colleagues/invitations/{link.id}/withdrawal")
    assert join(fresh(owner), path).status_code == 410


def test_the_host_of_a_link_comes_from_our_settings_alone(owner):
    owner.headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    form = {"role": AGENT, "csrf_token": owner.token()}
    path = "/settings/colleagues/invitations"
    answer = owner.client.post(path, data=form, headers=owner.headers, base_url="http://localhost")
    assert "evil.example" not in answer.text
    assert LINK.search(answer.text)[1].startswith(owner.app.config["SHUKE"].local_url)


@pytest.mark.parametrize("path", ["/welcome/x", "/welcome/%00", "/welcome/" + "a" * 5000])
def test_a_made_up_link_opens_nothing(browser, path):
    browser.get(path)
    assert browser.get("/welcome").status_code == 410
    assert browser.post("/welcome", name="x", password=NEW, again=NEW).status_code == 410


def test_a_taken_name_and_a_common_password_are_refused_and_the_link_stays(owner, amy):
    path = invite(owner)
    window = fresh(owner)
    assert join(window, path, "Amy").status_code == 422
    assert join(window, path, "xin", "12345678").status_code == 422
    assert join(window, path, "xin").status_code == 303


def test_an_invitation_gives_its_own_role_whatever_is_sent_along(owner):
    path = invite(owner, role=AGENT)
    window = fresh(owner)
    window.get(path)
    window.post(
        "/welcome", name="xin", password=NEW, again=NEW, role="owner", is_active="1", id="1"
    )
    assert named("xin").role == AGENT


def test_two_who_open_one_invitation_at_once_and_one_is_in(app, owner):
    path = invite(owner)
    token = path.rpartition("/")[2]

    def use(name):
        link = links.find(token)
        person = links.join(link, name=name, display="", password_hash="x")
        db.session.commit()
        return person.name

    answers = at_once(app, lambda: use("one"), lambda: use("two"))
    assert len([a for a in answers if isinstance(a, str)]) == 1
    assert len([s for s in accounts.everybody() if s.name in ("one", "two")]) == 1


def test_a_new_password_by_link_ends_every_session(owner, amy):
    there = owner.as_(amy)
    path = path_in(owner.post(f"/settings/colleagues/{amy.id}/password-link"))
    assert there.get("/customers").status_code == 200
    window = fresh(owner)
    window.get(path)
    assert window.post("/welcome", password=NEW, again=NEW).headers["Location"] == "/login"
    assert there.get("/customers").status_code == 302
    assert window.post("/login", name="amy", password=NEW).status_code == 303
    assert fresh(owner).post("/login", name="amy", password=PASSWORD).status_code == 422


def test_a_second_password_link_ends_the_first(owner, amy):
    first, second = (
        path_in(owner.post(f"/settings/colleagues/{amy.id}/password-link")) for _again in range(2)
    )
    window = fresh(owner)
    window.get(first)
    assert window.get("/welcome").status_code == 410
    window.get(second)
    assert window.get("/welcome").status_code == 200


def test_a_password_link_of_who_left_is_dead(owner, amy):
    path = path_in(owner.post(f"/settings/colleagues/{amy.id}/password-link"))
    accounts.deactivate(amy, by=None)
    db.session.commit()
    window = fresh(owner)
    window.get(path)
    assert window.post("/welcome", password=NEW, again=NEW).status_code == 410


def test_another_role_counts_at_the_next_request(owner, amy):
    there = owner.as_(amy)
    assert owner.post(f"/settings/colleagues/{amy.id}/role", role=MANAGER).status_code == 303
    assert amy.role == MANAGER
    assert there.get("/customers").status_code == 302


def test_the_last_owner_stays_one(owner, chief):
    answer = owner.post(f"/settings/colleagues/{chief.id}/role", role=AGENT)
    assert answer.status_code == 422
    assert "最后一位店主" in answer.text
    assert chief.role == OWNER
    assert owner.post(f"/settings/colleagues/{chief.id}/departure").status_code == 422
    assert chief.is_active


@pytest.mark.parametrize("who", ["amy", "max_"])
def test_nobody_but_the_owner_comes_near(request, browser, ben, who):
    person = request.getfixturevalue(who)
    theirs = browser.as_(person)
    assert theirs.get("/settings/colleagues").status_code == 403
    for path in ("role", "password-link", "departure", "second-factor-removal", "sessions/ending"):
        answer = theirs.post(f"/settings/colleagues/{ben.id}/{path}", role=OWNER)
        assert answer.status_code == 403
    assert theirs.post(f"/settings/colleagues/{person.id}/role", role=OWNER).status_code == 403
    assert person.role != OWNER


def test_sessions_tell_device_address_and_when(owner, chief, amy):
    phone = fresh(owner)
    phone.headers = {"User-Agent": "Mozilla/5.0 (iPhone; CPU) MicroMessenger/8.0"}
    phone.post("/login", name="amy", password=PASSWORD)
    text = owner.get(f"/settings/colleagues/{amy.id}").text
    assert "iPhone" in text
    assert "微信" in text
    assert "127.0.0.1" in text
    mine = phone.get("/settings/me").text
    assert "iPhone" in mine
    assert "这台" in mine


def test_the_owner_ends_one_session_or_all(owner, amy, ben):
    one, two, other = owner.as_(amy), owner.as_(amy), owner.as_(ben)
    first = db.session.scalars(
        db.select(StaffSession.id).where(StaffSession.staff_id == amy.id).order_by(StaffSession.id)
    ).first()
    wrong = owner.post(f"/settings/colleagues/{ben.id}/sessions/{first}/ending")
    assert wrong.status_code == 404
    assert owner.post(f"/settings/colleagues/{amy.id}/sessions/{first}/ending").status_code == 303
    assert (one.get("/customers").status_code, two.get("/customers").status_code) == (302, 200)
    owner.post(f"/settings/colleagues/{amy.id}/sessions/ending")
    assert two.get("/customers").status_code == 302
    assert other.get("/customers").status_code == 200


def test_everybody_ends_their_own_sessions_and_nobody_elses(owner, amy, ben):
    here, there, other = owner.as_(amy), owner.as_(amy), owner.as_(ben)
    bens = db.session.scalars(
        db.select(StaffSession.id).where(StaffSession.staff_id == ben.id)
    ).one()
    assert here.post(f"/settings/me/sessions/{bens}/ending").status_code == 404
    assert here.post("/settings/me/sessions/ending").status_code == 303
    assert here.get("/customers").status_code == 200
    assert there.get("/customers").status_code == 302
    assert other.get("/customers").status_code == 200


def test_the_owner_helps_who_has_lost_phone_and_codes(owner, amy):
    amy.second_factor = True
    there = owner.as_(amy)
    owner.post(f"/settings/colleagues/{amy.id}/second-factor-removal")
    assert not amy.second_factor
    assert there.get("/customers").status_code == 302


def test_who_comes_back_has_the_old_account(owner, amy):
    accounts.deactivate(amy, by=None)
    db.session.commit()
    assert fresh(owner).post("/login", name="amy", password=PASSWORD).status_code == 422
    assert owner.post(f"/settings/colleagues/{amy.id}/return").status_code == 303
    assert fresh(owner).post("/login", name="amy", password=PASSWORD).status_code == 303
    assert owner.post(f"/settings/colleagues/{amy.id}/return").status_code == 409


def test_what_the_owner_does_stands_in_the_book(owner, amy):
    path = invite(owner)
    join(fresh(owner), path)
    owner.post(f"/settings/colleagues/{amy.id}/password-link")
    owner.post(f"/settings/colleagues/{amy.id}/role", role=MANAGER)
    book = db.session.scalars(db.select(AuditLine.what)).all()
    assert {"staff.invited", "staff.joined", "staff.reset", "staff.role"} <= set(book)
    make.staff("zoe")
