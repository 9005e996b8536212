"""A signed-in browser: begins anew at sign-in, ends everywhere when it must."""

import pytest

from app.core.db import db
from app.staff import accounts, signing_in
from app.staff.models import StaffSession
from tests.make import PASSWORD
from tests.outside import Browser

COOKIE = signing_in.COOKIE


def sign_in(browser, name="amy"):
    assert browser.post("/login", name=name, password=PASSWORD).status_code == 303
    return browser.client.get_cookie(COOKIE).value


def is_in(browser):
    return browser.get("/settings/me").status_code == 200


def last_seen():
    return db.session.scalars(db.select(StaffSession.seen_at)).one()


def holding(app, token):
    """A browser that somehow has this cookie."""
    other = Browser(app)
    other.client.set_cookie(COOKIE, token)
    return other


def test_a_planted_id_is_refused_and_replaced(app, amy):
    browser = holding(app, "planted-by-a-stranger")
    assert not is_in(browser)
    assert sign_in(browser) != "planted-by-a-stranger"
    assert not is_in(holding(app, "planted-by-a-stranger"))


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 5000, "None", "0", "' OR 1=1 --", "%00"])
def test_a_made_up_cookie_opens_nothing(app, amy, token):
    browser = Browser(app)
    browser.headers = {"Cookie": f"{COOKIE}={token}"}
    assert browser.get("/settings/me").status_code == 302


def test_every_sign_in_gets_a_new_id_and_ends_the_old_one(app, browser, amy):
    first = sign_in(browser)
    second = sign_in(browser)
    assert first != second
    assert not is_in(holding(app, first))
    assert is_in(holding(app, second))


def test_after_leaving_the_old_cookie_is_dead(app, browser, amy):
    token = sign_in(browser)
    answer = browser.post("/logout")
    assert answer.status_code == 303
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert not is_in(holding(app, token))
    assert holding(app, token).htmx.get("/settings/me").status_code == 401


def test_one_leaves_one_browser_only(app, browser, amy):
    here, there = sign_in(browser), sign_in(Browser(app))
    browser.post("/logout")
    assert not is_in(holding(app, here))
    assert is_in(holding(app, there))


def test_leaving_is_no_link(browser, amy):
    sign_in(browser)
    assert browser.get("/logout").status_code == 405
    assert is_in(browser)


def test_leaving_twice_is_no_fault(browser, amy):
    sign_in(browser)
    assert browser.post("/logout").status_code == 303
    assert browser.post("/logout").status_code == 303


def test_after_twelve_idle_hours_one_signs_in_again(browser, amy, at):
    at("2026-08-22 08:00")
    sign_in(browser)
    at("2026-08-22 19:59")
    assert is_in(browser)
    at("2026-08-23 07:58")
    assert is_in(browser)
    at("2026-08-23 19:59")
    assert not is_in(browser)


def test_after_seven_days_one_signs_in_again_however_busy(browser, amy, at):
    at("2026-08-01 08:00")
    sign_in(browser)
    for day in range(1, 8):
        for moment in (f"2026-08-0{day} 16:00", f"2026-08-0{day + 1} 04:00"):
            at(moment)
            assert is_in(browser), moment
    at("2026-08-08 08:01")
    assert not is_in(browser)


def test_looking_moves_the_idle_time_at_most_once_in_five_minutes(browser, amy, at):
    at("2026-08-22 08:00")
    sign_in(browser)
    first = last_seen()
    at("2026-08-22 08:04")
    assert is_in(browser)
    assert last_seen() == first
    at("2026-08-22 08:06")
    assert is_in(browser)
    assert last_seen() > first


def test_a_session_that_ends_while_one_looks_breaks_nothing(app, browser, amy, at, monkeypatch):
    at("2026-08-22 08:00")
    sign_in(browser)
    at("2026-08-22 09:00")
    touch = signing_in._touch

    def ends_first(found):
        with signing_in.writing():
            db.session.execute(db.delete(StaffSession))
        touch(found)

    monkeypatch.setattr(signing_in, "_touch", ends_first)
    assert browser.get("/settings/me").status_code == 200
    assert browser.get("/settings/me").status_code == 302


def test_a_new_password_ends_all_other_sessions(app, browser, amy):
    here, there = sign_in(browser), sign_in(Browser(app))
    fields = {"current": PASSWORD, "password": "another good one", "again": "another good one"}
    assert browser.post("/settings/me/password", **fields).status_code == 303
    assert is_in(browser)
    assert not is_in(holding(app, here))
    assert not is_in(holding(app, there))


def test_another_role_ends_all_sessions(app, browser, amy, chief):
    token = sign_in(browser)
    accounts.change_role(amy, "manager", by=chief)
    assert not is_in(holding(app, token))


def test_who_is_deactivated_is_out_at_once(app, browser, amy, chief):
    token = sign_in(browser)
    accounts.deactivate(amy, by=chief)
    assert not is_in(holding(app, token))


def test_a_deactivated_person_with_a_live_row_is_out_too(browser, amy):
    sign_in(browser)
    amy.is_active = False
    assert not is_in(browser)


def test_the_next_request_has_the_new_rights(browser, max_):
    sign_in(browser, "max")
    max_.role = "agent"
    assert browser.post("/imports").status_code in (403, 404, 405)


def test_only_the_hash_of_an_id_is_kept(browser, amy):
    token = sign_in(browser)
    assert token not in repr(db.session.execute(db.select(StaffSession.__table__)).all())
    assert len(token) >= 43


def test_the_cookie_is_for_the_server_alone(browser, amy):
    answer = browser.post("/login", name="amy", password=PASSWORD)
    ours = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{COOKIE}="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(ours.split("; "))
    assert "Domain" not in ours


def test_over_https_the_cookie_is_bound_to_the_host(app, amy):
    client = app.test_client()
    page = client.get("/login", base_url="https://shop.example")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(
        "/login", base_url="https://shop.example",
        headers={"Referer": "https://shop.example/login"},
        data={"name": "amy", "password": PASSWORD, "csrf_token": token},
    )  # fmt: skip
    assert answer.status_code == 303
    ours = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-"))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(ours.split("; "))


def test_a_page_is_never_kept_by_a_browser(browser, amy):
    sign_in(browser)
    assert browser.get("/inbox").headers["Cache-Control"] == "no-store"
