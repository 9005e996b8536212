"""Forgetting one person for good, at their word: at once, everywhere, with a tombstone as proof.

What hangs on the customer goes, found by the foreign keys; what the law makes the shop keep stays
without a name. What is named by the person's address alone (pushes, letters) or lies in files is
swept by a job right after. A line outside of the database remembers whom a backup must not bring
back.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import JSON, Connection, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import files, indexes
from app.core.clock import FAR_OFF, now
from app.core.db import Model, db, let_go
from app.core.errors import N_, Refused
from app.core.jobs import Job, job
from app.customers import finding, hanging, identities, summary, timeline
from app.customers.models import Customer, Moment
from app.customers.note_files import FOLDER
from app.staff import audit

log = logging.getLogger(__name__)

ERASED = timeline.kind("customer.erased", N_("本人要求删除了资料"), group="card")
LOG = "erased.log"
Handle = tuple[str, str, str]  # kind, account, value: an address of the person
OWES = N_("还有欠款没有结清，法律允许店里留着账到那时；结清后再删，或者先退出")

# Handed over in wiring.py: what the law makes the shop keep (names of tables, and how their words
# lose the person's name); what must be done before the rows go; where files lie; and what to sweep
# afterwards, by the person's addresses.
kept: set[str] = set()
blanking: list[Callable[[Customer, list[str]], None]] = []
before: list[Callable[[Customer], None]] = []
files_of: list[Callable[[Customer], Iterable[tuple[str, str]]]] = []
sweepers: list[Callable[[list[Handle]], None]] = []


class Erasure(Model):
    """A tombstone: which customer was forgotten, when, and when the last trace had been swept."""

    customer_id: Mapped[int] = mapped_column(unique=True)  # evidence: it outlives the row
    at: Mapped[datetime]
    traces: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # still to be swept
    done_at: Mapped[datetime | None]


def erase(customer: Customer) -> Erasure:
    """Forget them. Refused while they owe something: then the shop may keep its books."""
    if customer.owed_cents > 0:
        raise Refused(OWES)
    return _forget(customer)


def _forget(customer: Customer) -> Erasure:
    handles = [(one.kind, one.account, one.value) for one in identities.of(customer)]
    names = [customer.name, customer.contact_phone, *(value for _k, _a, value in handles)]
    lying = [list(one) for find in files_of for one in find(customer)]
    traces = {"handles": handles, "files": lying}
    for step in before:
        step(customer)
    for blank in blanking:
        blank(customer, [name for name in names if len(name) > 1])
    hanging.cut_from(Customer.__table__, [customer.id], kept={*kept, "moment"})  # type: ignore[arg-type]
    _blank_moments(customer)
    db.session.expire_all()
    _blank(customer)
    summary.recompute(customer)
    finding.index(customer)
    row = Erasure(customer_id=customer.id, at=now(), traces=traces)
    db.session.add(row)
    db.session.flush()
    timeline.record(ERASED, customer)
    audit.log(None, "customer.erased", f"customer:{customer.id}")
    finish.later(row.id)
    return row


def _blank(customer: Customer) -> None:
    """The card of nobody: it takes part in nothing, and only the books lead to it."""
    customer.name = customer.name_key = customer.remark = customer.contact_phone = ""
    customer.unnamed, customer.do_not_disturb = False, True
    customer.owner_id, customer.left_at, customer.archived_at = None, now(), now()
    customer.waiting_since = customer.next_due_at = FAR_OFF
    customer.version += 1
    db.session.flush()


def _blank_moments(customer: Customer) -> None:
    """Of the story the purchases stay, as days and sums."""
    mine = Moment.customer_id == customer.id
    db.session.execute(db.delete(Moment).where(mine, Moment.effect != timeline.VISIT))
    for one in db.session.scalars(select(Moment).where(mine)):
        one.details = {
            name: "" if isinstance(value, str) else value for name, value in one.details.items()
        }
    db.session.flush()


def files_of_notes(customer: Customer) -> list[tuple[str, str]]:
    """Where the photos and voices of their notes lie."""
    notes, held = db.metadata.tables["note"], db.metadata.tables["note_file"]
    mine = select(held.c.file).join(notes, notes.c.id == held.c.note_id)
    found = db.session.scalars(mine.where(notes.c.customer_id == customer.id, held.c.file != ""))
    return [(FOLDER, name) for name in found]


@job(tries=9)
def finish(erasure_id: int) -> None:
    """Sweep what the rows did not lead to. Doing it twice does no harm."""
    row = db.session.get_one(Erasure, erasure_id)
    if row.done_at:
        return
    handles: list[Handle] = [(a, b, c) for a, b, c in row.traces.get("handles", [])]
    lying = [(folder, name) for folder, name in row.traces.get("files", [])]
    _note(row.customer_id)
    for sweep in sweepers:
        sweep(handles)
    indexes.purge("words_index")
    let_go()
    for folder, name in lying:
        files.forget(folder, name)
    row = db.session.get_one(Erasure, erasure_id)
    row.traces, row.done_at = {}, now()


# Backups ----------------------------------------------------------------------------------------


def _log() -> Path:
    folder: Path = current_app.config["SHUKE"].instance
    return folder / LOG


def _note(customer_id: int) -> None:
    with _log().open("a", encoding="ascii") as file:
        file.write(f"{customer_id} {now().isoformat()}\n")


def noted() -> list[int]:
    """Whom this installation has forgotten, whatever its database says."""
    try:
        lines = _log().read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    return sorted({int(line.partition(" ")[0]) for line in lines if line[:1].isdigit()})


def forget_again(line: Connection) -> None:
    """Of a database that comes from a backup: who was forgotten since is forgotten again, by the
    first thing that the worker does."""
    gone = set(line.scalars(select(Erasure.customer_id)))
    for customer_id in noted():
        if customer_id in gone:
            continue
        job_row = {"name": again.name, "args": [customer_id], "lane": again.lane}
        line.execute(db.insert(Job).values(**job_row, state="queued", run_at=now(), attempt=0,
                                           tries=0, crashes=0, created_at=now()))  # fmt: skip


@job(tries=9)
def again(customer_id: int) -> None:
    """Forget somebody whom a backup had brought back."""
    customer = db.session.get(Customer, customer_id)
    if customer is not None and of(customer_id) is None:
        _forget(customer)


def of(customer_id: int) -> Erasure | None:
    return db.session.scalar(select(Erasure).where(Erasure.customer_id == customer_id))
