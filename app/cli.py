"""The `flask` commands: staff, worker, jobs."""

import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app.core import clock, jobs, worker
from app.core.db import db
from app.core.errors import Refused
from app.staff import accounts
from app.staff.models import Staff
from app.staff.roles import MATRIX
from app.timetable import TIMETABLE

P = ParamSpec("P")
R = TypeVar("R")

staff_group = AppGroup("staff", help="Colleagues.")
jobs_group = AppGroup("jobs", help="What is done later, and by the clock.")


def says_why(command: Callable[P, R]) -> Callable[P, R]:
    """A refusal is one clear line on stderr and a non-zero exit."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refused as no:
            raise click.ClickException(str(no)) from no

    return wrapped


def _colleague(name: str) -> Staff:
    person = accounts.by_name(name)
    if person is None:
        raise click.ClickException(f"没有叫 {name} 的同事。用 flask staff list 查看。")
    return person


def _password_from_stdin(from_stdin: bool) -> str:
    if not from_stdin:
        raise click.ClickException("请加 --password-stdin，并从标准输入给出密码。")
    return sys.stdin.readline().rstrip("\n")


@staff_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(sorted(MATRIX)), required=True)
@click.option("--display", default="", help="The name that others see.")
@click.option("--password-stdin", is_flag=True)
@says_why
def staff_add(name: str, role: str, display: str, password_stdin: bool) -> None:
    """Add a colleague; the password is one line of standard input."""
    password = _password_from_stdin(password_stdin)
    person = accounts.add(name, role=role, password=password, display=display)
    db.session.commit()
    click.echo(f"{person.name} ({person.role})")


@staff_group.command("list")
def staff_list() -> None:
    """List colleagues."""
    for person in accounts.everybody():
        state = "active" if person.is_active else "deactivated"
        click.echo(f"{person.name}\t{person.role}\t{person.display}\t{state}")


@staff_group.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True)
@says_why
def staff_password(name: str, password_stdin: bool) -> None:
    """Set a colleague's password and end all their sessions."""
    person = _colleague(name)
    new_hash = accounts.hashed(_password_from_stdin(password_stdin), person.name)
    accounts.change_password(person, new_hash, by=None)
    db.session.commit()


@staff_group.command("deactivate")
@click.argument("name")
@says_why
def staff_deactivate(name: str) -> None:
    """Close a colleague's account and end all their sessions."""
    accounts.deactivate(_colleague(name), by=None)
    db.session.commit()


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due and exit.")
@with_appcontext
def worker_command(once: bool) -> None:
    """Run the timetable and the jobs."""
    if once:
        worker.tick(TIMETABLE)
        jobs.release_expired()
        worker.run_due()
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.remove()
    worker.serve(app, TIMETABLE)


@jobs_group.command("list")
def jobs_list() -> None:
    """The timetable, then the jobs that wait or run."""
    for cron, task in TIMETABLE:
        click.echo(f"{cron}\t{task.name}")
    waiting = db.select(jobs.Job).where(jobs.Job.state.in_(("queued", "running")))
    for one in db.session.scalars(waiting.order_by(jobs.Job.id).limit(200)):
        click.echo(f"{one.id}\t{one.state}\t{one.name}\t{one.run_at.isoformat()}")


@jobs_group.command("run")
@click.argument("name")
@click.option("--at", "moment", help="Pretend that it is this moment (ISO 8601).")
def jobs_run(name: str, moment: str | None) -> None:
    """Run one task of the timetable now."""
    task = {t.name: t for _cron, t in TIMETABLE}.get(name)
    if task is None:
        raise click.ClickException(f"没有叫 {name} 的任务。用 flask jobs list 查看。")
    if moment:
        _pretend(moment)
    task()  # type: ignore[call-arg]
    db.session.commit()
    worker.run_due()


def _pretend(moment: str) -> None:
    if current_app.config["SHUKE"].env == "production":
        raise click.ClickException("正式使用时不能用 --at。")
    try:
        fixed = datetime.fromisoformat(moment)
    except ValueError as error:
        raise click.ClickException(f"看不懂时间 {moment}，请像 2026-11-22T08:30+08:00 这样写。") from error
    aware = fixed if fixed.tzinfo else fixed.replace(tzinfo=clock.zone)
    clock.source = lambda: aware


@jobs_group.command("failed")
def jobs_failed() -> None:
    """Jobs that have used up their tries."""
    failed = db.select(jobs.Job).where(jobs.Job.state == "failed").order_by(jobs.Job.id)
    for one in db.session.scalars(failed):
        last = (one.error or "").strip().splitlines()[-1:] or [""]
        click.echo(f"{one.id}\t{one.name}\t{last[0][:200]}")


@jobs_group.command("retry")
@click.argument("job_id", type=int)
def jobs_retry(job_id: int) -> None:
    """Give a failed job another round of tries."""
    one = db.session.get(jobs.Job, job_id)
    if one is None or one.state != "failed":
        raise click.ClickException(f"没有编号 {job_id} 的失败任务。用 flask jobs failed 查看。")
    jobs.retry(one)
    db.session.commit()


def install(app: Flask) -> None:
    for command in (staff_group, jobs_group, worker_command):
        app.cli.add_command(command)
