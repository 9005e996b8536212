"""`flask backup`: one clear line when something is wrong, status 0 only when all is well."""

from dataclasses import replace

import pytest
from flask import current_app

from app.core.db import db
from app.staff.models import AuditLine
from tests.core.backup.conftest import PASSPHRASE


@pytest.fixture
def flask(app, place):
    def run(*arguments, typed=None):
        db.session.commit()
        called = ["backup", *map(str, arguments)]
        return app.test_cli_runner().invoke(args=called, input=typed)

    return run


def test_create_and_verify_say_what_there_is(flask, tmp_path):
    made = flask("create", tmp_path / "a.backup")
    assert (made.exit_code, made.stderr) == (0, "")
    assert "没有加密" in made.stdout
    proved = flask("verify", tmp_path / "a.backup")
    assert proved.exit_code == 0
    assert proved.stdout.startswith("能恢复。")


def test_a_passphrase_comes_from_stdin_from_a_file_or_is_asked_for(flask, tmp_path):
    key = tmp_path / "key"
    key.write_text(PASSPHRASE + "\n")
    file = tmp_path / "a.backup"
    assert flask("create", file, "--passphrase-stdin", typed=PASSPHRASE + "\n").exit_code == 0
    assert flask("verify", file, "--passphrase-file", key).exit_code == 0
    assert flask("verify", file, "--passphrase", typed=PASSPHRASE + "\n").exit_code == 0
    twice = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    assert flask("create", tmp_path / "b.backup", "--passphrase", typed=twice).exit_code == 0


def test_the_usual_passphrase_is_used_by_itself(flask, app, tmp_path, monkeypatch):
    settings = app.config["SHUKE"]
    monkeypatch.setitem(app.config, "SHUKE", replace(settings, backup_passphrase=PASSPHRASE))
    assert "已加密" in flask("create", tmp_path / "a.backup").stdout
    assert flask("verify", tmp_path / "a.backup").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "/nowhere.backup"), "没有 /nowhere.backup 这个文件"),
        (("create", "/nowhere/x.backup"), "没有 /nowhere 这个文件夹"),
        (("restore", "/etc/hostname"), "不是熟客的备份文件"),
        (("create", "/nowhere/x", "--passphrase-file", "/nowhere"), "读不了口令文件"),
        (("create", "/nowhere/x", "--passphrase-stdin"), "口令是空的"),
        (("create", "/nowhere/x", "--passphrase-stdin", "--passphrase"), "只要给一种"),
    ],
)
def test_what_is_wrong_is_one_line_and_a_status(flask, arguments, said):
    answer = flask(*arguments)
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert said in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_restore_puts_the_shop_back_and_writes_it_down(flask, elsewhere, tmp_path):
    flask("create", tmp_path / "a.backup")
    with elsewhere():
        runner = current_app.test_cli_runner()
        answer = runner.invoke(args=["backup", "restore", str(tmp_path / "a.backup")])
        assert answer.exit_code == 0, answer.stderr
        assert "所有人都要重新登录" in answer.stdout
        lines = db.session.scalars(db.select(AuditLine.what)).all()
        assert "backup.restored" in lines
        db.session.remove()
        again = runner.invoke(args=["backup", "restore", str(tmp_path / "a.backup")])
        assert again.exit_code == 1
        assert "--force" in again.stderr
        forced = ["backup", "restore", str(tmp_path / "a.backup"), "--force"]
        assert "原来的在" in runner.invoke(args=forced).stdout
