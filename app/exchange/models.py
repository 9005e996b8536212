"""Runs of an import, and the rows that were refused."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.staff.models import Staff


class ImportRun(Model):
    """One file: what its columns mean, how far it has come, what came of it."""

    filename: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    # [{"sheet": name, "what": "customers"|"orders", "columns": {field: index}}, …]
    sheets: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(16), default="mapping")  # checking|ready|running|done|failed
    dry: Mapped[bool] = mapped_column(default=True)
    at_sheet: Mapped[int] = mapped_column(default=0)
    at_line: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    finished_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(String(300), default="")
    by: Mapped[Staff | None] = relationship()


class ImportProblem(Model):
    """One refused row: where, why (a source sentence and its parameters), and the row itself."""

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    sheet: Mapped[str] = mapped_column(String(100))
    line: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    cells: Mapped[list[str]] = mapped_column(JSON, default=list)

    __table_args__ = (Index("ix_import_problem_run", "run_id", "id"),)
