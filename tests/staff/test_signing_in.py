"""At the door: passwords, the throttle, and what a stranger may learn (nothing)."""

import contextlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.staff import accounts, guessing, signing_in, throttle
from app.staff.accounts import account_name
from app.staff.models import AuditLine, Staff, StaffSession, Throttle
from tests import make
from tests.core.test_web import AWAY
from tests.crowd import at_once
from tests.make import PASSWORD
from tests.outside import Browser

WRONG = "登录名或密码不对"
TOKEN = re.compile(r'name="csrf_token"[^>]+')


def sign_in(browser, name="amy", password=PASSWORD, **more):
    return browser.post("/login", name=name, password=password, **more)


def test_the_right_password_opens_the_door(browser, amy):
    answer = sign_in(browser)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
    assert browser.get("/settings/me").status_code == 200


@pytest.mark.parametrize("name", ["AMY", " amy ", "ａｍｙ", "a\u200bmy", "Amy\u2060", "a m y"])
def test_the_spelling_of_a_name_does_not_matter(browser, amy, name):
    assert sign_in(browser, name).status_code == 303


@given(st.text(st.characters(exclude_categories=()), max_size=70))
def test_a_name_has_one_spelling(text):
    once = account_name(text)
    assert account_name(once) == once
    assert len(once) <= 60
    assert unicodedata.is_normalized("NFKC", once)


def test_an_unknown_name_and_a_wrong_password_look_the_same(browser, amy):
    wrong = sign_in(browser, "amy", "not the password")
    unknown = sign_in(browser, "zoe", "not the password")
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert WRONG in wrong.text
    same = TOKEN.sub("", wrong.text.replace("amy", ""))
    assert same == TOKEN.sub("", unknown.text.replace("zoe", ""))


def test_who_is_deactivated_looks_the_same(browser, amy, chief):
    accounts.deactivate(amy, by=chief)
    assert WRONG in sign_in(browser).text


def test_the_password_is_never_shown_again(browser, amy):
    assert "secret word" not in sign_in(browser, "amy", "secret word").text


def test_people_of_the_demo_never_sign_in_elsewhere(browser, app):
    accounts.add("demo", role="owner", password="shuke-demo", demo=True)
    assert app.config["SHUKE"].env != "demo"
    assert WRONG in sign_in(browser, "demo", "shuke-demo").text


def test_a_session_of_the_demo_opens_nothing_elsewhere(browser, app):
    person = accounts.add("demo", role="owner", password="shuke-demo", demo=True)
    db.session.commit()
    assert browser.as_(person).get("/").status_code == 302


def test_the_eleventh_guess_is_refused_even_when_it_is_right(browser, amy):
    for _guess in range(10):
        assert sign_in(browser, password="wrong wrong").status_code == 422
    answer = sign_in(browser)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "15 分钟" in answer.text


def test_no_spelling_and_no_header_gives_more_guesses(app, amy):
    spellings = [
        "amy",
        "AMY",
        " amy",
        "ａｍｙ",
        "a\u200bmy",
        "a\u00admy",
        "ａＭｙ",
        "a\u2060my",
        "amy\ufeff",
    ]
    codes = []
    for n, name in enumerate(spellings * 3):
        fresh = Browser(app)
        fresh.headers = {"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.0.1.{n}",
                         "Forwarded": f"for=10.0.2.{n}"}  # fmt: skip
        codes.append(sign_in(fresh, name, "wrong wrong").status_code)
    assert codes.count(422) == 10
    assert codes.count(429) == 17


def test_a_name_that_composes_later_has_one_counter(app, browser):
    make.staff("josé")
    tries = [sign_in(browser, n, "wrong wrong") for n in ("josé", "jose\u0301", "jose\u200d\u0301")]
    assert [t.status_code for t in tries] == [422] * 3
    counters = db.session.scalars(db.select(Throttle.bucket).where(Throttle.bucket.like("acc%")))
    assert list(counters) == ["account:josé"]


def test_twenty_at_the_same_instant_get_ten_guesses(app, amy):
    def guess():
        try:
            signing_in.sign_in("amy", "wrong wrong", address="10.0.0.1")
        except throttle.TooManyTries:
            return "later"
        except signing_in.Refused:
            return "wrong"

    answers = at_once(app, *[guess] * 20)
    assert answers.count("wrong") == 10
    assert answers.count("later") == 10


def test_others_from_the_same_address_still_sign_in(browser, amy, ben):
    for _guess in range(25):
        sign_in(browser, password="wrong wrong")
    assert sign_in(browser, "ben").status_code == 303


def test_one_address_cannot_try_all_names(browser, amy):
    codes = [sign_in(browser, f"name{n}", "wrong wrong").status_code for n in range(70)]
    assert codes.count(422) == throttle.PER_ADDRESS
    assert sign_in(browser).status_code == 429


def test_an_address_that_tries_on_fills_no_table(browser, amy):
    for n in range(throttle.PER_ADDRESS + 20):
        sign_in(browser, f"name{n}", "wrong wrong")
    counted = db.session.scalar(db.select(db.func.count(Throttle.id)))
    assert counted == throttle.PER_ADDRESS + 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "unix", False),
    ],
)
def test_who_has_many_addresses_is_still_one(one, other, same):
    assert (throttle.source_of(one) == throttle.source_of(other)) == same


def test_what_has_run_out_is_forgotten(browser, amy, at):
    at("2026-08-22 10:00")
    sign_in(browser, "nobody", "wrong wrong")
    at("2026-08-22 10:16")
    sign_in(browser)
    assert [row.tries for row in db.session.scalars(db.select(Throttle))] == [0]


def test_a_whole_shop_signs_in_behind_one_address(app, amy):
    codes = [sign_in(Browser(app)).status_code for _again in range(80)]
    assert set(codes) == {303}


def test_a_guess_counts_before_it_is_judged_and_survives_a_restart(app, amy):
    with pytest.raises(signing_in.Refused):
        signing_in.sign_in("amy", "wrong wrong", address="10.0.0.1")
    db.session.rollback()
    db.session.remove()
    db.engine.dispose()
    counted = db.session.scalars(db.select(Throttle).order_by(Throttle.id)).all()
    assert [(c.bucket, c.tries) for c in counted] == [("account:amy", 1), ("address:10.0.0.1", 1)]


def test_after_a_quarter_of_an_hour_one_may_try_again(browser, amy, at):
    at("2026-08-22 10:00")
    for _guess in range(12):
        sign_in(browser, password="wrong wrong")
    at("2026-08-22 10:14")
    assert sign_in(browser).status_code == 429
    at("2026-08-22 10:16")
    assert sign_in(browser).status_code == 303


def test_no_quarter_of_an_hour_holds_more_than_ten_guesses(browser, amy, at):
    at("2026-08-22 10:00")
    codes = [sign_in(browser, password="wrong wrong").status_code]
    at("2026-08-22 10:14")
    codes += [sign_in(browser, password="wrong wrong").status_code for _guess in range(9)]
    at("2026-08-22 10:16")
    assert codes == [422] * 10
    assert sign_in(browser, password="wrong wrong").status_code == 429


def test_a_right_password_forgets_the_wrong_ones(browser, amy):
    for _round in range(3):
        for _guess in range(9):
            assert sign_in(browser, password="wrong wrong").status_code == 422
        assert sign_in(browser).status_code == 303


def test_a_password_of_any_kind_breaks_nothing(browser, amy):
    for password in ("", "\0" * 9, "密码" * 40, "😀" * 30, "x" * 100_000, " " * 12, "%00%ED%A0%80"):
        assert sign_in(browser, password=password).status_code in (422, 429)


def test_a_password_with_blanks_and_chinese_is_kept_as_it_is(browser):
    accounts.add("wei", role="agent", password=" 今天 天气 不错 呢 ")
    db.session.commit()
    assert sign_in(browser, "wei", "今天 天气 不错 呢").status_code == 422
    assert sign_in(browser, "wei", " 今天 天气 不错 呢 ").status_code == 303


@pytest.mark.parametrize("target", [t for t in AWAY if t is not None])
def test_after_signing_in_one_stays_in_the_house(browser, amy, target):
    assert sign_in(browser, next=target).headers["Location"] == "/"
    assert browser.get("/login", next=target).headers["Location"] == "/"


def test_after_signing_in_one_comes_where_one_wanted_to(browser, amy):
    there = browser.get("/inbox", tab="all").headers["Location"]
    assert there == "/login?next=/inbox?tab%3Dall"
    assert 'value="/inbox?tab=all"' in browser.get("/login", next="/inbox?tab=all").text
    assert sign_in(browser, next="/inbox?tab=all").headers["Location"] == "/inbox?tab=all"


def test_sign_ins_stand_in_the_book(browser, amy):
    sign_in(browser, password="wrong wrong")
    sign_in(browser)
    browser.post("/logout")
    lines = db.session.execute(db.select(AuditLine.what, AuditLine.by_id).order_by(AuditLine.id))
    told = [tuple(line) for line in lines if line.what.startswith("signin")]
    assert told == [(f"signin.{what}", amy.id) for what in ("failed", "ok", "ended")]


def test_the_book_holds_no_password_and_no_token(browser, amy):
    sign_in(browser, password="a secret guess")
    sign_in(browser)
    token = browser.client.get_cookie(signing_in.COOKIE).value
    for table in (AuditLine, Throttle, StaffSession, Staff):
        rows = repr(db.session.execute(db.select(table.__table__)).all())
        assert "a secret guess" not in rows
        assert PASSWORD not in rows
        assert token not in rows


def test_passwords_are_kept_as_argon2(amy):
    assert amy.password_hash.startswith("$argon2id$")
    assert clock.now()


# A wave of guesses --------------------------------------------------------------------------------


def guessed_from_everywhere(app, times, name="amy"):
    for n in range(times):
        with contextlib.suppress(Refused):
            signing_in.sign_in(name, "not the password", address=f"203.0.{n // 250}.{n % 250}")


def test_hundreds_of_addresses_at_one_account_are_slowed_and_the_owner_hears(app, amy, chief, at):
    at("2026-11-22 12:00")
    guessed_from_everywhere(app, 300)
    did = db.session.scalars(db.select(AuditLine.what)).all()
    assert did.count("signin.failed") == throttle.PER_ACCOUNT
    assert did.count(guessing.GUESSED) == 1
    (told,) = guessing.conditions()
    assert (told.level, told.params) == ("ill", {"names": "小艾"})
    at("2026-11-22 12:16")  # no stranger locks a colleague out for good
    assert signing_in.sign_in("amy", PASSWORD, address="198.51.100.7")[0].id == amy.id
    at("2026-11-23 12:30")
    assert guessing.conditions()[0].level == "well"


def test_a_forgetful_colleague_and_an_invented_name_raise_no_alarm(app, amy, monkeypatch):
    monkeypatch.setattr(throttle, "PER_ACCOUNT", 2)
    monkeypatch.setattr(guessing, "WAVE", 6)
    guessed_from_everywhere(app, 5)
    guessed_from_everywhere(app, 8, name="nobody")
    assert guessing.conditions()[0].level == "well"
