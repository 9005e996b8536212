"""The backups that the shop makes by itself, and what became of them."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model

NIGHTLY, ASKED, FOUND = "nightly", "asked", "found"
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


class Backup(Model):
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    file: Mapped[str] = mapped_column(String(200), default="")  # its name in the folder
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    media: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[bool] = mapped_column(default=False)
    fault: Mapped[str] = mapped_column(String(300), default="")  # a source sentence
    fault_params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    verified_at: Mapped[datetime | None]  # when it was last restored on trial
    finished_at: Mapped[datetime | None]

    @property
    def is_busy(self) -> bool:
        return self.state in (WAITING, RUNNING)
