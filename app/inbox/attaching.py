"""The files of messages: expected, here, or gone; fetched by the platform's room, shown by ours."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.core import files
from app.core.clock import now
from app.core.db import db, let_go
from app.core.errors import N_, Refused
from app.core.jobs import Task, job
from app.core.outbox import Letter, Verdict
from app.core.remaking import Made, remake
from app.inbox.models import Media, Message

FOLDER = "talks"
KINDS = ("image", "voice", "video", "file")

# Message.attached. Of these LATE and FAILED can be tried again by a person.
WAITING, LATE, FAILED, READY, GONE, REFUSED = (
    "waiting", "late", "failed", "ready", "gone", "refused",
)  # fmt: skip
TROUBLED = (LATE, FAILED)
# The platform keeps files for three days; after these waits (1.7 days) a person is asked.
WAITS = [5, 30, 120, 600, 3600, *[4 * 3600] * 10]  # seconds
LONGEST = {"image": 0, "voice": 60, "video": 600}  # seconds
HEARD = 600  # seconds of a customer's voice, should the platform ever allow that much

UNSHOWN = {
    "broken": N_("打不开，可能坏了"), "large": N_("太大，打不开"), "long": N_("太长，打不开"),
}  # fmt: skip
UNSENT = {
    "image": N_("这张图片打不开，没有发。请换一张，或者截图再发"),
    "voice": N_("这段录音打不开或超过 60 秒，没有发。请重新录一段"),
    "video": N_("这段视频打不开或超过 10 分钟，没有发。请换一段"),
}  # fmt: skip

# Handed over in wiring.py: channel -> the job that fetches the file of a message.
fetchers: dict[str, Task[...]] = {}


def expect(message: Message, channel: str, source: str) -> None:
    """A message came whose file is still at the platform."""
    if message.kind in KINDS and source and channel in fetchers:
        message.attached = WAITING
        db.session.add(Media(message_id=message.id, source=source[:400]))
        db.session.flush()
        fetchers[channel].later(message.id)


def of(message: Message) -> Media:
    return db.session.scalars(select(Media).where(Media.message_id == message.id)).one()


def path_of(media: Media) -> Path:
    return files.where(FOLDER, media.file)


def among(messages: Iterable[Message]) -> dict[int, Media]:
    """The files of the messages that have one: one look-up for a whole screen, or none."""
    ids = [message.id for message in messages if message.attached]
    found = db.session.scalars(select(Media).where(Media.message_id.in_(ids))) if ids else ()
    return {media.message_id: media for media in found}


# What the one who fetches reports ----------------------------------------------------------------


def arrived(message: Message, media: Media, name: str) -> None:
    """A stranger's file is here under `name`: kept as something safe to show, or to be saved."""
    made, shown = _made(message.kind, name, HEARD)
    media.file, media.fault = shown, UNSHOWN.get(made.fault, "")
    _describe(media, made)
    message.attached = READY


def gone(message: Message, media: Media, why: str, state: str = GONE) -> None:
    """It will never be here."""
    message.attached, media.fault = state, why


def late(message: Message, media: Media, why: str) -> float | None:
    """It could not be fetched: the seconds until the next try, None when a person must decide."""
    wait = WAITS[media.tries] if media.tries < len(WAITS) else None
    media.tries, media.fault = media.tries + 1, why
    message.attached = FAILED if wait is None else LATE
    return wait


def fetch_again(media: Media) -> None:
    """A person asks for another round of tries."""
    message = media.message
    if message.attached not in TROUBLED:
        raise Refused(N_("不用再取：文件已经在这里，或者正在取"))
    media.tries, media.fault, message.attached = 0, "", WAITING
    fetchers[message.conversation.channel].later(message.id)


# What we send ------------------------------------------------------------------------------------


def hold(message: Message, name: str) -> Media:
    """A file of ours was uploaded under `name`; a worker makes of it what the platform takes.
    A document goes as it is."""
    message.attached = WAITING if message.kind in LONGEST else READY
    media = Media(message_id=message.id, file=name, receipt="", tries=0)
    db.session.add(media)
    db.session.flush()
    if message.attached == WAITING:
        prepare.later(message.id)
    else:
        media.kind = files.UNKNOWN
    return media


@job(lane="media")
def prepare(message_id: int) -> None:
    message = db.session.get_one(Message, message_id)
    media = of(message)
    if message.attached != WAITING:
        return
    kind, raw = message.kind, media.file
    let_go()
    made, shown = _made(kind, raw, LONGEST[kind])
    _describe(media, made)
    media.file = shown
    message.attached = REFUSED if made.fault else READY
    media.fault = UNSENT[kind] if made.fault else ""


def guard(letter: Letter) -> Verdict | None:
    """A letter with a file waits until that is ready, and does not go when it is no good."""
    if "media" not in letter.body:
        return None
    media = db.session.get_one(Media, letter.body["media"])
    if media.message.attached == WAITING:
        return Verdict(until=now() + timedelta(seconds=1))
    return Verdict(media.fault) if media.message.attached != READY else None


def _made(kind: str, raw: str, longest: int) -> tuple[Made, str]:
    """What became of a file, and the name of what is kept: the new one, or else the raw one."""
    source, name = files.where(FOLDER, raw), files.made_up()
    if kind not in LONGEST:
        return Made(), raw
    made = remake(kind, source, files.where(FOLDER, name), longest=longest)
    return (made, raw) if made.fault else (made, name)


def _describe(media: Media, made: Made) -> None:
    media.kind, media.width, media.height = made.kind, made.width, made.height
    media.seconds = made.seconds


@job()
def tidy() -> None:
    """Remove files that no message has: raw ones, and those of a worker that died in the middle."""
    for names in files.names_before(FOLDER, now() - timedelta(days=1)):
        known = set(db.session.scalars(select(Media.file).where(Media.file.in_(names))))
        for name in set(names) - known:
            files.forget(FOLDER, name)
