"""The photo and the voice memo of a note: kept, made safe by a worker, shown to who may see it."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.core import files
from app.core.clock import now
from app.core.db import db, let_go
from app.core.jobs import job
from app.core.remaking import Made, remake
from app.customers.models import Customer, Moment, Note, NoteFile

FOLDER = "notes"
WAITING, READY, REFUSED = "waiting", "ready", "refused"
LONGEST = {"image": 0, "voice": 180}  # seconds
ABOUT = "note:"  # how a moment names its note

Enclosed = tuple[str, str]  # (image or voice, its made-up name in FOLDER)


def is_free(name: str) -> bool:
    """Whether a file was uploaded by an earlier try and belongs to no note yet."""
    if not files.MADE_UP.fullmatch(name) or not files.where(FOLDER, name).exists():
        return False
    return db.session.scalar(select(NoteFile.id).where(NoteFile.file == name)) is None


def hold(note: Note, enclosed: Sequence[Enclosed]) -> None:
    """Uploaded files belong to a note from now on; a worker makes of them what may be shown."""
    for kind, name in enclosed:
        one = NoteFile(note_id=note.id, kind=kind, file=name, state=WAITING)
        db.session.add(one)
        db.session.flush()
        make_safe.later(one.id)


@job(lane="media")
def make_safe(file_id: int) -> None:
    one = db.session.get_one(NoteFile, file_id)
    if one.state != WAITING:
        return
    kind, source, name = one.kind, files.where(FOLDER, one.file), files.made_up()
    let_go()
    made = Made("broken")
    if source.exists():
        made = remake(kind, source, files.where(FOLDER, name), longest=LONGEST[kind])
    one.state = REFUSED if made.fault else READY
    if not made.fault:
        one.file, one.mime = name, made.kind
        one.width, one.height, one.seconds = made.width, made.height, made.seconds


def of_moments(moments: Iterable[Moment]) -> dict[str, list[NoteFile]]:
    """What belongs to the notes of a story, by the word that names each: one look-up, or none."""
    ids = [
        int(moment.subject.removeprefix(ABOUT))
        for moment in moments
        if moment.subject.startswith(ABOUT) and moment.details.get("files")
    ]
    found: dict[str, list[NoteFile]] = {}
    if ids:
        held = select(NoteFile).where(NoteFile.note_id.in_(ids)).order_by(NoteFile.id)
        for one in db.session.scalars(held):
            found.setdefault(f"{ABOUT}{one.note_id}", []).append(one)
    return found


def of(customer: Customer, file_id: int) -> NoteFile | None:
    """A file of one of this customer's notes, once it may be shown."""
    held = select(NoteFile).join(Note, Note.id == NoteFile.note_id)
    mine = held.where(NoteFile.id == file_id, Note.customer_id == customer.id)
    return db.session.scalar(mine.where(NoteFile.state == READY))


def path_of(one: NoteFile, *, small: bool) -> Path | None:
    path = files.where(FOLDER, one.file)
    shown = files.small_of(path) if small and files.small_of(path).exists() else path
    return shown if shown.exists() else None


@job()
def tidy() -> None:
    """Remove files that no note has: as they were sent, and of forms that were left."""
    for names in files.names_before(FOLDER, now() - timedelta(days=1)):
        known = set(db.session.scalars(select(NoteFile.file).where(NoteFile.file.in_(names))))
        for name in set(names) - known:
            files.forget(FOLDER, name)
