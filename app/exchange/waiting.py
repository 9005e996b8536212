"""Rows that give back wait until all that the file bought is written, whichever way it is sorted.

They wait beside the refused rows, without a reason, so that an interruption loses none of them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from app.core.clock import today
from app.core.db import db
from app.core.errors import Refused
from app.exchange.lines import Line
from app.exchange.models import ImportProblem, ImportRun
from app.exchange.reading import PIECE, Read, said

WAITS = ""  # instead of a reason
AT_ONCE = 1000
Row = tuple[int, Read]  # the id under which it waits


def waits(read: Read) -> bool:
    return isinstance(read.said, Line) and read.said.is_refund


def row(run_id: int, read: Read, no: Refused | None = None) -> ImportProblem:
    """A row that waits, or one that was refused."""
    return ImportProblem(
        run_id=run_id, sheet=read.sheet, line=read.line, cells=read.cells,
        **(reasons(no) if no else {"reason": WAITS}),
    )  # fmt: skip


def reasons(no: Refused) -> dict[str, object]:
    return {"reason": no.message, "params": {k: str(v) for k, v in no.params.items()}}


def walk(run: ImportRun) -> Iterator[list[Row]]:
    """All that waits, a piece at a time, the earliest refund first: what it took, a later one
    finds gone."""
    order = sorted((_day(read), number) for number, read in _all(run))
    for start in range(0, len(order), PIECE):
        wanted = [number for _day, number in order[start : start + PIECE]]
        found = dict(_read(run, ImportProblem.id.in_(wanted)))
        yield [(number, found[number]) for number in wanted]


def _day(read: Read) -> date:
    return read.said.day or date.max if isinstance(read.said, Line) else date.max


def _all(run: ImportRun) -> Iterator[Row]:
    last = 0
    while some := _read(run, ImportProblem.id > last):
        yield from some
        last = some[-1][0]


def _read(run: ImportRun, which: Any) -> Sequence[Row]:
    """Some of the rows that wait, as the file told them; their place is behind all sheets."""
    P = ImportProblem
    mine = db.select(P.id, P.sheet, P.line, P.cells).where(P.run_id == run.id, P.reason == WAITS)
    rows = db.session.execute(mine.where(which).order_by(P.id).limit(AT_ONCE)).all()
    behind, plans, day = len(run.sheets), run.sheets, today()
    return [
        (
            number,
            Read(behind + sheet, sheet, line, cells, said(cells, plans[sheet]["columns"], day)),
        )
        for number, sheet, line, cells in rows
    ]
