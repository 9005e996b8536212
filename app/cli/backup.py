"""`flask backup`: the whole shop in one file, proved, and put back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from app.cli.saying import says_why
from app.core.backup import reading, restoring, taking
from app.core.backup.places import Place, place_of
from app.core.backup.reading import Proof
from app.core.db import db
from app.core.formats import exact
from app.staff import audit, seals

backup_group = AppGroup("backup", help="The whole shop in one file: make, prove, put back.")

FILE = click.argument("file", type=click.Path(path_type=Path))
KEY = (
    click.option("--passphrase", "ask", is_flag=True, help="Ask for the passphrase."),
    click.option("--passphrase-stdin", is_flag=True, help="It is the first line of stdin."),
    click.option("--passphrase-file", type=click.Path(path_type=Path), metavar="PATH",
                 help="It is the first line of this file."),
)  # fmt: skip


def _with_key(command: Any) -> Any:
    for option in reversed(KEY):
        command = option(command)
    return command


@backup_group.command("create")
@FILE
@_with_key
@says_why
def create(file: Path, ask: bool, passphrase_stdin: bool, passphrase_file: Path | None) -> None:
    """Write a backup to FILE while the shop is open.

    With a passphrase, or BACKUP_PASSPHRASE_FILE set, it is encrypted.
    """
    key = _typed(ask, passphrase_stdin, passphrase_file, twice=True) or _usual_key()
    with _bar("备份") as told:
        taken = taking.take(_place(), file.absolute(), passphrase=key, told=told)
    rows = sum(taken.counts.values())
    click.echo(
        f"{file}：{taken.size / 1e6:,.1f} MB，{len(taken.counts)} 张表 {rows:,} 行，"
        f"{taken.media:,} 个文件，{'已加密' if key else '没有加密'}"
    )


@backup_group.command("verify")
@FILE
@_with_key
@says_why
def verify(file: Path, ask: bool, passphrase_stdin: bool, passphrase_file: Path | None) -> None:
    """Restore FILE on trial, count, throw the trial away. Changes nothing."""
    key = _key_for(file, ask, passphrase_stdin, passphrase_file)
    with _bar("试恢复") as told:
        proof = reading.verify(_place(), file, passphrase=key, told=told)
    click.echo(f"能恢复。{_said(proof)}")


@backup_group.command("restore")
@FILE
@_with_key
@click.option("--force", is_flag=True, help="Also where there is a shop: it is kept beside.")
@says_why
def restore(
    file: Path, ask: bool, passphrase_stdin: bool, passphrase_file: Path | None, force: bool
) -> None:
    """Put the shop back from FILE. Stop the web server and the worker first.

    Everybody signs in anew, and letters that were unsent wait for the owner.
    """
    db.session.remove()
    key = _key_for(file, ask, passphrase_stdin, passphrase_file)
    with _bar("恢复") as told:
        done = restoring.restore(_place(), file, passphrase=key, force=force, told=told)
    seals.forget()  # a restored book ends earlier, and that is no tampering
    audit.log(None, "backup.restored", "", made_at=done.proof.made_at, made_by=done.proof.made_by)
    db.session.commit()
    click.echo(f"恢复好了。{_said(done.proof)}")
    for old in done.aside:
        click.echo(f"原来的在 {old}")
    click.echo("所有人都要重新登录；当时没发出的消息等店主在「设置 → 备份」里决定。")
    if not done.key_in_force:
        click.echo(
            "注意：环境里的 SECRET_KEY 和备份里的不一样，加密保存的设置读不出来。"
            "请把 SECRET_KEY 换成 instance/secret_key 里的，或重新填写那些设置。", err=True,
        )  # fmt: skip


def _place() -> Place:
    return place_of(current_app.config["SHUKE"], db.engine)


def _usual_key() -> str:
    return str(current_app.config["SHUKE"].backup_passphrase)


def _said(proof: Proof) -> str:
    made_at = exact(datetime.fromisoformat(proof.made_at))
    return (
        f"{made_at} 由 {proof.made_by} 版做的，迁移 {proof.revision}，"
        f"{len(proof.counts)} 张表 {sum(proof.counts.values()):,} 行，{proof.media:,} 个文件"
    )


def _key_for(file: Path, ask: bool, from_stdin: bool, path: Path | None) -> str:
    """The passphrase of a file that has one; asked for on a terminal when nobody gave it."""
    typed = _typed(ask, from_stdin, path, twice=False)
    if typed or not reading.is_sealed(file):
        return typed
    usual = _usual_key()
    if not usual and sys.stdin.isatty():
        return _typed(True, False, None, twice=False)
    return usual


def _typed(ask: bool, from_stdin: bool, path: Path | None, *, twice: bool) -> str:
    if sum((ask, from_stdin, path is not None)) > 1:
        raise click.ClickException(
            "口令只要给一种：--passphrase、--passphrase-stdin 或 --passphrase-file。"
        )
    if ask:
        return str(click.prompt("口令", hide_input=True, confirmation_prompt=twice, err=True))
    if from_stdin:
        return _given(sys.stdin.readline())
    if path is None:
        return ""
    try:
        return _given(path.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError) as error:
        raise click.ClickException(f"读不了口令文件 {path}。请检查路径和权限。") from error


def _given(line: str) -> str:
    typed = line.rstrip("\r\n")
    if not typed:
        raise click.ClickException("口令是空的。请给一个 8 个字以上的口令。")
    return typed


@contextmanager
def _bar(label: str) -> Iterator[taking.Told]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield taking.nobody
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, bar.pos + done, 1)
            bar.update(done)

        yield told
