"""Secrets are kept sealed, and a changed SECRET_KEY is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import vault
from app.core.clock import now, timedelta
from app.core.db import db
from app.core.vault import Secret
from tests.crowd import at_once


@pytest.fixture
def another_key(app, monkeypatch):
    """Call it, and from then on this is a server with another SECRET_KEY."""
    return lambda: monkeypatch.setitem(
        app.config, "SECRET_KEY", "quite another key of 40 characters…"
    )


def test_what_is_kept_is_read_again_and_nowhere_in_the_table(app):
    vault.put("mail.password", "开门 sesame")
    db.session.commit()
    assert vault.read("mail.password") == "开门 sesame"
    row = db.session.scalar(db.select(Secret))
    assert "sesame" not in f"{row.sealed} {row.mark}"
    assert vault.foreign() == []


def test_the_same_text_is_never_sealed_the_same_way_twice(app):
    assert vault.seal("a", "x") != vault.seal("a", "x")


def test_a_sealed_text_opens_for_nothing_else(app):
    sealed = vault.seal("a", "mail.password")
    with pytest.raises(vault.Unreadable):
        vault.unseal(sealed, "wechat.secret")


@given(st.text(max_size=60))
def test_nothing_but_what_was_sealed_opens(house, rubbish):
    with house[0].app_context(), pytest.raises(vault.Unreadable):
        vault.unseal(rubbish, "x")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_comes_back_as_it_was(house, text):
    with house[0].app_context():
        assert vault.unseal(vault.seal(text, "x"), "x") == text


def test_a_second_one_takes_the_place_of_the_first_and_an_empty_one_forgets(app):
    vault.put("mail.password", "one")
    vault.put("mail.password", "two")
    assert vault.read("mail.password") == "two"
    vault.put("mail.password", "")
    assert vault.read("mail.password") == ""
    assert db.session.scalars(db.select(Secret)).all() == []


def test_a_secret_ends(app, at):
    at("2026-11-22 10:00")
    vault.put("wechat.old", "x", until=now() + timedelta(hours=24))
    at("2026-11-23 09:59")
    assert vault.read("wechat.old") == "x"
    at("2026-11-23 10:00")
    assert vault.read("wechat.old") == ""


def test_all_of_a_room_are_read_at_once(app):
    for name in ("wechat.token", "wechat.secret", "wechats.other", "wechat"):
        vault.put(name, name)
    found = vault.kept("wechat")
    assert {name: one.text for name, one in found.items()} == {
        "token": "wechat.token", "secret": "wechat.secret",
    }  # fmt: skip


def test_another_secret_key_is_noticed_and_reads_nothing(app, another_key):
    vault.put("mail.password", "sesame")
    another_key()
    assert vault.read("mail.password") == ""
    assert vault.kept("mail")["password"].text is None
    assert vault.foreign() == ["mail.password"]
    vault.put("mail.password", "new")
    assert vault.foreign() == []
    assert vault.read("mail.password") == "new"


def test_two_who_keep_the_first_one_at_once_both_succeed(app):
    def keep(text):
        def run():
            vault.put("mail.password", text)
            db.session.commit()

        return run

    assert at_once(app, keep("a"), keep("b"), keep("c")) == [None] * 3
    assert vault.read("mail.password") in ("a", "b", "c")
