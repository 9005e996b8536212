"""The rows of a run, one after another: tried out in memory, or written in short transactions.

The work and the position up to which it is done are one transaction. The position is also the
fence: who finds it moved by somebody else gives up, and what they did is rolled back.
"""

from collections.abc import Callable

from sqlalchemy.exc import DataError, IntegrityError

from app.core.batches import batched
from app.core.clock import now
from app.core.db import db, let_go, reading
from app.core.errors import N_, Refused
from app.core.jobs import LostLease
from app.customers import shop_rhythm
from app.customers.models import Rhythm
from app.exchange import uploads, waiting
from app.exchange.applying import colleagues, write
from app.exchange.lines import Line
from app.exchange.models import DONE, FAILED, READY, ImportProblem, ImportRun, ImportSeen
from app.exchange.reading import Read, walk
from app.exchange.trying import Trial
from app.staff import audit

COUNTS = ("rows", "created", "updated", "unchanged", "orders", "refunds", "known",
          "refused")  # fmt: skip
AT_ONCE = 2000  # rows thrown away in one statement

CLASHED = N_("导入这一行时，别人正好改了这位客户；请把这一行再导入一次")
STUMBLED = N_("中途出了意外，会自动接着做；几分钟后还是这样，请点“接着做”")

Told = Callable[[int], object]


def nobody(_rows: int) -> None:
    """Told how many rows are done, and shows it nowhere."""


def guarded(run: ImportRun, work: Callable[[ImportRun], None]) -> None:
    """A broken file ends the run with its reason; a fault of ours is shown, and tried again."""
    try:
        work(run)
    except Refused as no:
        db.session.rollback()
        run.state, run.finished_at, run.fault, run.fault_params = (
            FAILED,
            now(),
            no.message,
            no.params,
        )
        db.session.commit()
    except LostLease:
        raise
    except Exception:
        db.session.rollback()
        run.fault, run.fault_params = STUMBLED, {}
        db.session.commit()
        raise


def try_rows(run: ImportRun, told: Told = nobody) -> None:
    """The dry run itself: lookups hold no writer's lock, a piece's result is one short write."""
    forget(ImportProblem, run.id)
    trial, progress = Trial(colleagues()), Progress(run)
    let_go()
    for piece in walk(uploads.where(run.path), run.filename, run.sheets):
        with reading():
            for read in piece:
                progress.take(read, lambda read: trial.foresee(_line(read)))
            let_go()
        progress.save(piece[-1])
        db.session.commit()
        told(progress.counts["rows"])
    for back in waiting.walk(run):
        with reading():
            for number, read in back:
                progress.settle(number, read, lambda read: trial.foresee(_line(read)))
            let_go()
        progress.save(back[-1][1])
        db.session.commit()
    run.state, run.total = READY, progress.counts["rows"]
    db.session.commit()
    db.session.refresh(run)


def take_rows(run: ImportRun, told: Told = nobody) -> None:
    """The import itself: a piece is read without a transaction, then written in short ones."""
    if not run.rows:
        forget(ImportProblem, run.id)
        forget(ImportSeen, run.id)
    owners, by, progress = colleagues(), run.by, Progress(run)

    def put(read: Read) -> list[str]:
        line = _line(read)
        with db.session.begin_nested():
            return write(line, run_id=run.id, by=by, owners=owners)

    let_go()
    for piece in walk(uploads.where(run.path), run.filename, run.sheets, run.at_sheet, run.at_line):
        # rows are held weakly: what every purchase asks for is held here, fresh for each piece
        _rhythm = db.session.get(Rhythm, 1, populate_existing=True)
        for read in batched(piece, progress.save):
            progress.take(read, put)
        progress.save(piece[-1])
        db.session.commit()
        told(progress.counts["rows"])
    for back in waiting.walk(run):
        for number, read in batched(back, lambda row: progress.save(row[1])):
            progress.settle(number, read, put)
        progress.save(back[-1][1])
        db.session.commit()
    _finish(run, progress)


def _line(read: Read) -> Line:
    if isinstance(read.said, Refused):
        raise read.said
    return read.said


class Progress:
    """How far a run has come and what came of it; saved with the work that it counts."""

    def __init__(self, run: ImportRun) -> None:
        self.run_id, self.state = run.id, run.state
        self.at = (run.at_sheet, run.at_line)
        self.counts = {count: getattr(run, count) for count in COUNTS}
        self.problems: list[ImportProblem] = []
        self.settled: dict[int, Refused | None] = {}

    def take(self, read: Read, put: Callable[[Read], list[str]]) -> None:
        """One row: what it moved, or why it was refused; what gives back waits."""
        self.counts["rows"] += 1
        waits = waiting.waits(read)
        no = None if waits else self._outcome(read, put)
        if waits or no:
            self.problems.append(waiting.row(self.run_id, read, no))

    def settle(self, number: int, read: Read, put: Callable[[Read], list[str]]) -> None:
        """A row that has waited."""
        self.settled[number] = self._outcome(read, put)

    def _outcome(self, read: Read, put: Callable[[Read], list[str]]) -> Refused | None:
        try:
            for count in put(read):
                self.counts[count] += 1
        except Refused as no:
            self.counts["refused"] += 1
            return no
        except (IntegrityError, DataError):
            self.counts["refused"] += 1
            return Refused(CLASHED)
        return None

    def save(self, last: Read) -> None:
        """Move the run's position, if nobody else has. The caller commits."""
        db.session.add_all(self.problems)
        self.problems = []
        self._save_settled()
        moved = db.session.scalar(
            db.update(ImportRun)
            .where(ImportRun.id == self.run_id, ImportRun.state == self.state)
            .where(ImportRun.at_sheet == self.at[0], ImportRun.at_line == self.at[1])
            .values(at_sheet=last.place, at_line=last.line, fault="", **self.counts)
            .returning(ImportRun.id)
            .execution_options(synchronize_session=False)
        )
        if moved is None:
            raise LostLease
        self.at = (last.place, last.line)

    def _save_settled(self) -> None:
        done = [number for number, no in self.settled.items() if no is None]
        if done:
            db.session.execute(db.delete(ImportProblem).where(ImportProblem.id.in_(done)))
        for number, no in self.settled.items():
            if no:
                one = db.update(ImportProblem).where(ImportProblem.id == number)
                db.session.execute(one.values(**waiting.reasons(no)))
        self.settled = {}


def _finish(run: ImportRun, progress: Progress) -> None:
    """The end: the file and what was remembered of it go, the rows that were refused stay."""
    forget(ImportSeen, run.id)
    path, run.path = run.path, ""
    run.state, run.finished_at, run.total = DONE, now(), progress.counts["rows"]
    run.sheets = [{**sheet, "sample": []} for sheet in run.sheets]
    if progress.counts["orders"] or progress.counts["refunds"]:
        shop_rhythm.measure.later()  # the shop's own rhythm is known from now on
    audit.log(run.by, "import.done", f"import:{run.id}", **progress.counts)
    db.session.commit()
    db.session.refresh(run)
    uploads.forget(path)


def forget(model: type[ImportProblem] | type[ImportSeen], run_id: int) -> None:
    """Throw away a run's rows, a short write at a time."""
    some = db.select(model.id).where(model.run_id == run_id).limit(AT_ONCE)
    while db.session.scalars(
        db.delete(model).where(model.id.in_(some.scalar_subquery())).returning(model.id)
    ).all():
        db.session.commit()
    db.session.commit()
