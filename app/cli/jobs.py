"""`flask worker` and `flask jobs`: what is done later, and by the clock."""

from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from app.cli.saying import says_why
from app.cli.serve import tell_all
from app.core import clock, jobs, leases, soundness, worker
from app.core.db import db
from app.timetable import TIMETABLE

jobs_group = AppGroup("jobs", help="What is done later, and by the clock.")


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due and exit.")
@with_appcontext
@says_why
def worker_command(once: bool) -> None:
    """Run the timetable and the jobs."""
    soundness.check(db.engine, current_app.config["SHUKE"].media_root)
    if once:
        worker.tick(TIMETABLE)
        leases.release_expired()
        worker.run_due()
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.remove()
    tell_all(app)
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
    task()
    db.session.commit()
    worker.run_due()


def _pretend(moment: str) -> None:
    if current_app.config["SHUKE"].env == "production":
        raise click.ClickException("正式使用时不能用 --at。")
    try:
        fixed = datetime.fromisoformat(moment)
    except ValueError as error:
        raise click.ClickException(
            f"看不懂时间 {moment}，请像 2026-11-22T08:30+08:00 这样写。"
        ) from error
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
