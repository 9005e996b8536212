"""A file becomes customers and purchases: tried out first, resumable, twice is once."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy import ColumnElement

from app.core.clock import now
from app.core.db import db, let_go
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.exchange import uploads, waiting, working
from app.exchange.models import (
    CHECKING,
    DONE,
    FAILED,
    MAPPING,
    READY,
    RUNNING,
    ImportProblem,
    ImportRun,
    ImportSeen,
    SheetPlan,
)
from app.exchange.reading import check_columns
from app.staff import audit
from app.staff.models import Staff

LINE = "import"  # one import at a time: two files of one shop tell of the same people
KEPT = timedelta(days=30)
GONE = N_("放了 30 天没有导完，文件已经删除；请重新上传")


def start(
    filename: str, path: str, digest: str, sheets: Sequence[SheetPlan], *, by: Staff | None
) -> ImportRun:
    """A file has come; its columns are guessed and wait for a look."""
    run = ImportRun(
        filename=filename[-200:], path=path, digest=digest, sheets=list(sheets), by_id=by and by.id
    )
    db.session.add(run)
    db.session.flush()
    audit.log(by, "import.uploaded", f"import:{run.id}", digest=digest)
    return run


def take_up(
    filename: str, path: str, digest: str, sheets: Sequence[SheetPlan], *, trial: bool
) -> ImportRun:
    """A run on the command line: the one of this file that was interrupted, or a new one."""
    left = None if trial else _interrupted(digest)
    if left and _same_meaning(left.sheets, sheets) and uploads.where(left.path).exists():
        return left
    run = start(filename, path, digest, sheets, by=None)
    _begin(run, CHECKING if trial else RUNNING)
    return run


def _interrupted(digest: str) -> ImportRun | None:
    found: ImportRun | None = db.session.scalar(
        db.select(ImportRun)
        .where(ImportRun.digest == digest, ImportRun.state == RUNNING, ImportRun.by_id.is_(None))
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    return found


def _same_meaning(ours: Sequence[SheetPlan], theirs: Sequence[SheetPlan]) -> bool:
    return [(s["use"], s["columns"]) for s in ours] == [(s["use"], s["columns"]) for s in theirs]


def drop_unless_needed(path: str) -> None:
    """The copy of a file stays only while a run can go on with it."""
    db.session.rollback()
    going_on = db.select(ImportRun.id).where(ImportRun.path == path, ImportRun.state == RUNNING)
    if db.session.scalar(going_on) is None:
        uploads.forget(path)
    let_go()


def problems(run: ImportRun, *, sheet: int | None = None) -> Iterator[ImportProblem]:
    """The refused rows in the order of the work, a thousand at a time."""
    statement = db.select(ImportProblem).where(*_refused(run))
    if sheet is not None:
        statement = statement.where(ImportProblem.sheet == sheet)
    statement = statement.order_by(ImportProblem.id).limit(1000)
    last = 0
    while some := db.session.scalars(statement.where(ImportProblem.id > last)).all():
        yield from some
        last = some[-1].id


def _refused(run: ImportRun) -> tuple[ColumnElement[bool], ...]:
    return ImportProblem.run_id == run.id, ImportProblem.reason != waiting.WAITS


def runs(*, before: int | None, most: int) -> list[ImportRun]:
    """Imports, newest first, keyset-paged by id."""
    statement = db.select(ImportRun).order_by(ImportRun.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(ImportRun.id < before)
    return list(db.session.scalars(statement))


def first_problems(run: ImportRun, most: int) -> list[ImportProblem]:
    return list(islice(problems(run), most))


def refused_sheets(run: ImportRun) -> list[int]:
    """The sheets of which rows were refused."""
    statement = db.select(ImportProblem.sheet).where(*_refused(run)).distinct()
    return sorted(db.session.scalars(statement))


def remap(run: ImportRun, sheets: Sequence[SheetPlan]) -> None:
    """Somebody corrected what the columns mean: what a dry run said no longer holds."""
    if run.is_busy or run.state == DONE:
        raise Refused(N_("这个文件已经在导入或导完了；要改对应关系，请重新上传"))
    run.sheets, run.state = list(sheets), MAPPING


def try_out(run: ImportRun) -> None:
    """Ask for a dry run: it counts and refuses, and changes nothing."""
    if run.state in (RUNNING, DONE):
        raise Refused(N_("这个文件已经在导入或导完了，不用再试"))
    check_columns(run.sheets)
    _begin(run, CHECKING)
    check.later(run.id, line=LINE)


def confirm(run: ImportRun, *, by: Staff | None) -> None:
    """Import for good, or go on with an import that has stumbled."""
    if run.state == READY:
        _begin(run, RUNNING)
        audit.log(by, "import.confirmed", f"import:{run.id}")
    elif run.state != RUNNING:
        raise Refused(N_("请先试导一遍，看过结果再正式导入"))
    carry_on.later(run.id, line=LINE)


def _begin(run: ImportRun, state: str) -> None:
    if state == RUNNING and not run.total:
        run.total = run.rows
    for count in working.COUNTS:
        setattr(run, count, 0)
    run.state, run.at_sheet, run.at_line, run.fault, run.fault_params = state, 0, 0, "", {}


@job()
def check(run_id: int) -> None:
    """The dry run. It remembers in memory, so after an interruption it begins anew."""
    run = db.session.get_one(ImportRun, run_id)
    if run.state == CHECKING:
        _begin(run, CHECKING)
        run.total = 0
        working.guarded(run, working.try_rows)


@job()
def carry_on(run_id: int) -> None:
    """The import: from where it stopped to the end."""
    run = db.session.get_one(ImportRun, run_id)
    if run.state == RUNNING:
        working.guarded(run, working.take_rows)


@job()
def tidy() -> None:
    """After 30 days forget what a run keeps of people: its file, its samples, its refused rows."""
    old = db.select(ImportRun).where(ImportRun.created_at < now() - KEPT, ImportRun.kept)
    for run in db.session.scalars(old).all():
        working.forget(ImportProblem, run.id)
        working.forget(ImportSeen, run.id)
        path, run.path, run.kept = run.path, "", False
        run.sheets = [{**sheet, "sample": []} for sheet in run.sheets]
        if run.state != DONE:
            run.state, run.fault, run.fault_params = FAILED, GONE, {}
        db.session.commit()
        if path:
            uploads.forget(path)
