"""Binding the real account: what is kept, what is refused, and that it works at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from app import config
from app.core import vault
from app.core.clock import now, timedelta
from app.core.db import db
from app.core.errors import Refused
from app.wechat import accounts, binding
from app.wechat.envelopes import Rejected, open_envelope
from tests.outside import KEY, message, sealed

APP_ID, SECRET = "wx1234567890abcdef", "0123456789abcdef0123456789abcdef"


@pytest.fixture
def bound(app):
    """The owner has typed an account; its token and key."""
    binding.put_app(app_id=APP_ID, secret=SECRET)
    keys = binding.make_keys()
    db.session.commit()
    accounts.look_again()
    return keys


def given_by_environment(tmp_path, **values):
    settings = config.read({"SHUKE_ENV": "testing", "SHUKE_INSTANCE": str(tmp_path), **values})
    accounts.set_up(settings)


def opens(token, key, text="在吗"):
    """Does a push that the platform signs and seals with these come in?"""
    account = accounts.Account(APP_ID, "", token, (key,), "")
    query, body = sealed(account, message("o-1", MsgType="text", Content=text, MsgId="1"))
    return open_envelope(query, body).body["Content"] == text


def test_what_is_typed_makes_an_account(bound):
    account = accounts.real()
    assert (account.app_id, account.secret, account.token) == (APP_ID, SECRET, bound[0])
    assert account.aes_keys == (bound[1],)
    assert opens(*bound)


def test_without_an_id_or_a_token_there_is_none(app):
    assert accounts.real() is None
    binding.put_app(app_id=APP_ID, secret=SECRET)
    db.session.commit()
    accounts.look_again()
    assert accounts.real() is None
    assert accounts.parts().missing == ["token", "aes_key"]


def test_made_keys_are_what_the_platform_takes(app):
    made = {binding.make_keys() for _ in range(20)}
    assert len(made) == 20
    for token, key in made:
        assert len(token) == 32
        assert token.isalnum()
        assert len(key) == 43
        assert key.isalnum()
        assert accounts.is_key(key)


def test_another_process_sees_it_within_a_second_and_without_a_start(
    app, bound, outside, monkeypatch
):
    """This process looked a moment ago; somebody elsewhere makes other keys."""
    assert accounts.real().token == bound[0]
    new = outside(lambda: _make_and_commit())
    assert accounts.real().token == bound[0]
    moment = time.monotonic()
    monkeypatch.setattr(accounts.time, "monotonic", lambda: moment + 1.01)
    assert accounts.real().token == new[0]


def _make_and_commit():
    made = binding.make_keys()
    db.session.commit()
    return made


def test_looking_costs_one_look_a_second(app, bound, monkeypatch):
    looks = []
    asked = vault.rows
    monkeypatch.setattr(vault, "rows", lambda *a: looks.append(1) or asked(*a))
    accounts.look_again()
    for _ in range(500):
        accounts.everyone()
    assert len(looks) == 1


def test_while_the_database_is_away_what_was_known_stays_good(app, bound, monkeypatch):
    assert accounts.real()

    def away(*_a):
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(vault, "rows", away)
    accounts.look_again()
    assert accounts.real().token == bound[0]


def test_nobodys_transaction_is_touched_by_looking(app, bound):
    accounts.APP_ID.put("wx0000000000000000")
    accounts.look_again()
    assert accounts.real().app_id == APP_ID
    db.session.rollback()
    assert accounts.APP_ID() == APP_ID


# The day after a change ---------------------------------------------------------------------------


def test_what_was_replaced_is_good_for_a_day(app, bound, at):
    at("2026-11-22 10:00")
    new = _make_and_commit()
    accounts.look_again()
    assert opens(*new)
    assert opens(*bound)
    at("2026-11-23 09:59")
    accounts.look_again()
    assert opens(*bound)
    at("2026-11-23 10:01")
    accounts.look_again()
    with pytest.raises(Rejected):
        opens(*bound)
    assert opens(*new)


def test_whoever_presses_the_button_again_and_again_loses_no_message(app, bound):
    pressed = [bound, *(_make_and_commit() for _ in range(4))]
    accounts.look_again()
    assert all(opens(*keys) for keys in pressed)
    _make_and_commit()
    accounts.look_again()
    with pytest.raises(Rejected):
        opens(*bound)


def test_only_a_changed_token_is_kept_when_the_key_stays(app, bound):
    binding.put_keys(token="another1", aes_key=bound[1])
    db.session.commit()
    accounts.look_again()
    assert accounts.real().aes_keys == (bound[1],)
    assert accounts.real().old_tokens == (bound[0],)
    assert opens("another1", bound[1])
    assert opens(*bound)


def test_the_same_again_changes_nothing(app, bound):
    binding.put_keys(token=bound[0], aes_key=bound[1])
    assert accounts.parts().previous == ()


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (KEY[:-1], "你填的是 42 位"),
        (KEY + "x", "44 位"),
        (KEY[:-1] + "!", "不该有的符号"),
        ("", "0 位"),
    ],
)
def test_a_wrong_key_is_said_at_once(app, key, word):
    with pytest.raises(Refused, match=word):
        binding.put_keys(token="token1", aes_key=key)
    assert accounts.parts().values["aes_key"] == ""


@given(st.text(max_size=60))
def test_what_is_taken_for_a_key_always_opens_a_cipher(text):
    if accounts.is_key(text):
        account = accounts.Account("wx", "", "t", (text,), "")
        assert account.ciphers


@pytest.mark.parametrize("token", ["", "ab", "x" * 33, "a b c", "名字", "a-b-c"])
def test_a_token_is_letters_and_digits(app, token):
    with pytest.raises(Refused, match="Token"):
        binding.put_keys(token=token, aes_key=KEY)


@pytest.mark.parametrize(
    "app_id", ["wx123", "1234567890abcdef12", "wxpracticeabcdef12", "gh_1234567890abcde"]
)
def test_an_app_id_is_what_the_platform_gives(app, app_id):
    with pytest.raises(Refused, match="AppID"):
        binding.put_app(app_id=app_id, secret="")


def test_a_secret_of_another_length_is_refused_with_its_length(app):
    with pytest.raises(Refused, match="你填的是 31 位"):
        binding.put_app(app_id="", secret=SECRET[1:])


def test_an_empty_secret_leaves_the_one_that_is_kept(app, bound):
    assert binding.put_app(app_id=APP_ID, secret="") == []
    assert accounts.parts().values["secret"] == SECRET


# The environment, and another SECRET_KEY ---------------------------------------------------------


def test_a_value_of_the_environment_wins_and_is_locked(app, bound, tmp_path):
    given_by_environment(tmp_path, WECHAT_APP_ID="wxgiven", WECHAT_TOKEN="given")
    found = accounts.parts()
    assert found.given == {"app_id", "token"}
    assert accounts.real().token == "given"
    assert accounts.real().app_id == "wxgiven"
    assert accounts.real().secret == SECRET  # what the environment leaves open
    assert binding.put_app(app_id="wxffffffffffffffff", secret="") == []
    with pytest.raises(Refused, match="环境变量"):
        binding.make_keys()


def test_another_secret_key_makes_no_account_and_names_what_is_lost(app, bound, monkeypatch):
    monkeypatch.setattr(vault, "_key", lambda: b"k" * 32)
    accounts._held.rows = None
    accounts.look_again()
    assert accounts.real() is None
    assert accounts.parts().lost == {"secret", "token", "aes_key"}


def test_a_lost_key_never_turns_into_an_account_in_clear(app, bound, tmp_path, monkeypatch):
    given_by_environment(tmp_path, WECHAT_APP_ID="wxgiven", WECHAT_TOKEN="given")
    monkeypatch.setattr(vault, "_key", lambda: b"k" * 32)
    assert accounts.real() is None


def test_another_id_or_secret_asks_for_a_token_of_its_own(app, bound):
    from_before = accounts.real()
    accounts_token = binding.AccessToken(
        account=APP_ID, token="old", good_until=now() + timedelta(1)
    )
    db.session.add(accounts_token)
    db.session.commit()
    binding.put_app(app_id=APP_ID, secret=SECRET[::-1])
    db.session.commit()
    assert db.session.scalars(db.select(binding.AccessToken)).all() == []
    accounts.look_again()
    assert accounts.real().secret != from_before.secret


# The proof of a domain ----------------------------------------------------------------------------

NAME = "MP_verify_aBcD1234eFgH5678.txt"


def test_a_proof_is_kept_and_a_second_one_of_the_name_takes_its_place(app):
    binding.put_proof(NAME, b"aBcD1234eFgH5678\n")
    assert binding.proof_of("aBcD1234eFgH5678").content == "aBcD1234eFgH5678"
    binding.put_proof(NAME, b"other")
    assert [p.content for p in binding.proofs()] == ["other"]


@pytest.mark.parametrize(
    "name",
    ["verify.txt", "MP_verify_.txt", "MP_verify_a.html", "../MP_verify_aaaa.txt",
     "MP_verify_aa/a.txt", "MP_verify_" + "a" * 65 + ".txt", "MP_verify_aaaa.txt.html", ""],
)  # fmt: skip
def test_a_file_of_another_name_is_no_proof(app, name):
    with pytest.raises(Refused, match="文件名不对"):
        binding.put_proof(name, b"aaaa")


@pytest.mark.parametrize(
    "content", [b"", b"<script>alert(1)</script>", b"a b", "名".encode(), b"a" * 1025, b"\xff\xfe"]
)
def test_a_file_of_another_content_is_no_proof(app, content):
    with pytest.raises(Refused, match="内容不对"):
        binding.put_proof(NAME, content)


def test_there_are_few_proofs(app):
    for n in range(5):
        binding.put_proof(f"MP_verify_aaaa{n}.txt", b"x")
    with pytest.raises(Refused, match="太多"):
        binding.put_proof("MP_verify_bbbb.txt", b"x")
