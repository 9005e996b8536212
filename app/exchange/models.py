"""Runs of an import, the rows that were refused, and the purchases that were counted."""

from datetime import datetime
from typing import TypedDict

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.staff.models import Staff

MAPPING, CHECKING, READY, RUNNING, DONE, FAILED = (
    "mapping", "checking", "ready", "running", "done", "failed",
)  # fmt: skip


class SheetPlan(TypedDict):
    """What one sheet holds: `columns` are places in a row by field, `after` ends its heading."""

    name: str
    use: bool
    after: int
    header: list[str]
    columns: dict[str, int]
    sample: list[list[str]]


class ImportRun(Model):
    """One file: what its columns mean, how far it has come, what came of it."""

    filename: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    sheets: Mapped[list[SheetPlan]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(16), default=MAPPING)
    total: Mapped[int] = mapped_column(default=0)  # rows that the dry run found; 0 = not known yet
    at_sheet: Mapped[int] = mapped_column(default=0)  # place in the order of work, not in the file
    at_line: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)
    refunds: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)  # brought by an earlier import
    refused: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kept: Mapped[bool] = mapped_column(default=True)  # rows and samples of people are still here
    finished_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(String(300), default="")  # a source sentence
    fault_params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    by: Mapped[Staff | None] = relationship()

    @property
    def is_busy(self) -> bool:
        return self.state in (CHECKING, RUNNING)


class ImportProblem(Model):
    """One refused row: where, why (a source sentence and its parameters), and the row itself."""

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    sheet: Mapped[int]  # place in the run's sheets
    line: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))  # none: it waits for the end of the file
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    cells: Mapped[list[str]] = mapped_column(JSON, default=list)

    __table_args__ = (Index("ix_import_problem_run", "run_id", "id"),)


class ImportSeen(Model):
    """How often one purchase stood in the file so far: the second of a day is another purchase."""

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    digest: Mapped[str] = mapped_column(String(64))
    times: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("run_id", "digest"),)
