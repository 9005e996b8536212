"""Colleagues come, change and go; one owner always stays."""

import pytest

from app.core.db import db
from app.core.errors import Refused
from app.staff import accounts
from app.staff.models import AuditLine, Staff
from tests.crowd import at_once

BAD = [
    "",
    "short",
    "1234567",
    "12345678",
    "password",
    "PASSWORD",
    "88888888",
    "5201314520",
    "11111111",
    "ababababab",
    "woaini1314",
    "x" * 129,
    "nul\0inside",
    " 12345678 ",
    "longenoughname",
]


@pytest.mark.parametrize("password", BAD, ids=range(len(BAD)))
def test_a_bad_password_is_refused(app, password):
    with pytest.raises(Refused) as no:
        accounts.add("longenoughname", role="agent", password=password)
    assert no.value.field == "password"


@pytest.mark.parametrize(
    "password", ["今天天气真的好", "correct horse", "😀😃😄😁😆😅😂🤣", "x1 " * 40]
)
def test_a_sentence_is_a_good_password(app, password):
    assert accounts.add("wei", role="agent", password=password + "!").password_hash


def test_a_name_is_taken_in_every_spelling(amy):
    for name in ("amy", "AMY", " ａｍｙ\u200b"):
        with pytest.raises(Refused, match="amy"):
            accounts.add(name, role="agent", password="a good password")


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u200b", "\0"])
def test_a_name_of_nothing_is_refused(app, name):
    with pytest.raises(Refused) as no:
        accounts.add(name, role="agent", password="a good password")
    assert no.value.field == "name"


def test_an_unknown_role_is_refused(app, amy):
    with pytest.raises(Refused):
        accounts.add("wei", role="admin", password="a good password")
    with pytest.raises(Refused):
        accounts.change_role(amy, "root", by=None)


def test_the_last_owner_stays(chief, amy):
    for leave in (
        lambda: accounts.deactivate(chief, by=chief),
        lambda: accounts.change_role(chief, "agent", by=chief),
    ):
        with pytest.raises(Refused, match="最后一位店主"):
            leave()
    assert chief.is_active
    assert chief.role == "owner"


def test_an_owner_may_go_when_another_stays(chief):
    other = accounts.add("second", role="owner", password="a good password")
    accounts.deactivate(chief, by=other)
    with pytest.raises(Refused):
        accounts.change_role(other, "manager", by=None)


def test_a_deactivated_owner_does_not_count(chief):
    other = accounts.add("second", role="owner", password="a good password")
    other.is_active = False
    db.session.commit()
    with pytest.raises(Refused):
        accounts.deactivate(chief, by=None)


def test_of_two_owners_at_the_same_instant_one_stays(app, chief):
    second = accounts.add("second", role="owner", password="a good password")

    def leave(person_id):
        def run():
            person = db.session.get_one(Staff, person_id)
            accounts.deactivate(person, by=None)
            db.session.commit()
            return "gone"

        return run

    answers = at_once(app, leave(chief.id), leave(second.id))
    assert [a == "gone" for a in answers].count(True) == 1
    assert len([p for p in accounts.active() if p.role == "owner"]) == 1


def test_changes_of_rights_stand_in_the_book(amy, chief):
    accounts.change_role(amy, "manager", by=chief)
    accounts.deactivate(amy, by=chief)
    db.session.commit()
    about = db.select(AuditLine).where(AuditLine.about == f"staff:{amy.id}")
    lines = db.session.scalars(about.order_by(AuditLine.id))
    told = [(line.what, line.by_id, line.details) for line in lines if line.by_id == chief.id]
    assert told == [
        ("staff.role", chief.id, {"before": "agent", "after": "manager"}),
        ("staff.deactivated", chief.id, {}),
    ]


@pytest.fixture
def flask(app):
    """flask("staff", "list", input="…"): a command as it is typed."""
    runner = app.test_cli_runner()

    def run(*words, **options):
        db.session.commit()
        return runner.invoke(args=[*words], **options)

    return run


def test_a_colleague_is_added_by_command(flask):
    done = flask("staff", "add", "Wei", "--role", "agent", "--display", "小魏", "--password-stdin",
                 input="a good password\n")  # fmt: skip
    assert done.exit_code == 0
    assert "wei (agent)" in done.output
    assert "a good password" not in done.output
    assert accounts.by_name("wei").display == "小魏"


def test_a_command_says_in_one_line_why_not(flask, amy):
    for words, text in (
        (("staff", "add", "amy", "--role", "agent", "--password-stdin"), "a good password"),
        (("staff", "add", "wei", "--role", "agent", "--password-stdin"), "short"),
        (("staff", "add", "wei", "--role", "agent"), ""),
        (("staff", "password", "zoe", "--password-stdin"), "a good password"),
        (("staff", "deactivate", "zoe"), ""),
    ):
        done = flask(*words, input=text + "\n")
        assert done.exit_code == 1, words
        assert "Traceback" not in done.output
        assert len(done.output.strip().splitlines()) == 1


def test_colleagues_are_listed_by_command(flask, amy, chief):
    flask("staff", "deactivate", "amy")
    told = flask("staff", "list").output.splitlines()
    assert [line.split("\t")[0::3] for line in told] == [
        ["amy", "deactivated"], ["chief", "active"],
    ]  # fmt: skip


def test_a_password_is_set_by_command_and_ends_sessions(flask, browser, amy):
    signed_in = browser.as_(amy)
    done = flask("staff", "password", "amy", "--password-stdin", input="another good one\n")
    assert done.exit_code == 0
    assert signed_in.get("/").status_code == 302
    answer = browser.post("/login", name="amy", password="another good one")
    assert answer.status_code == 303


def test_the_last_owner_cannot_be_deactivated_by_command(flask, chief):
    done = flask("staff", "deactivate", "chief")
    assert done.exit_code == 1
    assert "最后一位店主" in done.output


def test_a_role_is_changed_by_command_and_ends_sessions(flask, browser, amy, chief):
    signed_in = browser.as_(amy)
    assert flask("staff", "role", "amy", "manager").exit_code == 0
    assert accounts.by_name("amy").role == "manager"
    assert signed_in.get("/").status_code == 302
    last_owner = flask("staff", "role", "chief", "agent")
    assert last_owner.exit_code == 1
    assert len(last_owner.output.strip().splitlines()) == 1
