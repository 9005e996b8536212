"""群活码: one lasting address a community, behind which the QR of its WeChat group may change.

A group's QR ends after a week and a full group takes nobody, so pictures stand in a row: the first
that is still good is shown, and the next takes its place by itself.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import bindparam, exists, select
from sqlalchemy.exc import OperationalError

from app.community import groups
from app.community.models import Group, QrPicture
from app.core import files, pictures, remaking, together
from app.core.batches import batched
from app.core.clock import now, today
from app.core.db import db, let_go
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.staff import audit
from app.staff.models import Staff

log = logging.getLogger(__name__)

FOLDER = "codes"
PLACE = "/g/"
LASTS = 7  # days that the platform's QR of a group is good for
SOON = 2  # days before its end at which its owner is told: on the fifth of seven
FULL = 200  # members of a group that can be joined by QR; visits after which the next is shown
LARGEST = 500  # members of any WeChat group
MOST = 5  # pictures in the row of one community
KEPT = timedelta(days=30)  # after its end, for the count of visits
MOST_BYTES = 10 * 1024 * 1024
TOO_LARGE = N_("图片超过 10 MB，请在手机上截屏再传，截屏小得多")
HEIC = N_("这是苹果手机的 HEIC 照片，微信里打不开。请截屏后传截屏，或在相机设置里选「兼容性最佳」")
SVG = N_("SVG 里可以藏程序，不收。请传 JPG 或 PNG 的截屏")
NO_PICTURE = N_("这不是图片，或者打不开：请传 JPG、PNG、GIF 或 WebP 的截屏")
BOMB = N_("图片的尺寸太大，打不开。请截屏后传截屏")
NO_CODE = N_("图片里没有找到二维码。请把二维码拍全、拍清楚；确定就是它，勾上「就是这张」再传一次")
SOME_END = (  # whether any does, as a column for another statement: hardly ever is it so
    exists()
    .where(QrPicture.ends_on >= bindparam("code_from", type_=QrPicture.ends_on.type))
    .where(QrPicture.ends_on <= bindparam("code_to", type_=QrPicture.ends_on.type))
)
HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif"}


def put(
    group: Group, stream: BinaryIO, *, ends_on: date | None, sure: bool, by: Staff
) -> QrPicture:
    """One more picture at the end of the row. No transaction is open while it is drawn anew."""
    last = ends_on or today() + timedelta(days=LASTS)
    if not today() <= last <= today() + timedelta(days=LASTS):
        raise Refused(
            N_("群二维码最多 %(n)s 天有效，请填今天到 %(n)s 天之内的一天"), field="ends_on", n=LASTS
        )
    if len(row_of(group)) >= MOST:
        raise Refused(N_("已经备了 %(n)s 张，请先删掉不用的"), field="file", n=MOST)
    let_go()
    name = _drawn(stream, sure=sure)
    picture = QrPicture(
        group_id=group.id, file=name, ends_on=last, most=FULL, by_id=by.id, visits=0
    )
    db.session.add(picture)
    db.session.flush()
    audit.log(by, "group.code_put", f"group:{group.id}", picture=picture.id)
    return picture


def _drawn(stream: BinaryIO, *, sure: bool) -> str:
    raw, name = files.made_up(), files.made_up()
    source, target = files.where(FOLDER, raw), files.where(FOLDER, name)
    try:
        copied = files.copy(files.pieces_of(stream), source, most=MOST_BYTES, too_large=TOO_LARGE)
        _look_at(copied.head)
        made = remaking.remake("image", source, target, longest=0)
        if made.fault:
            raise Refused(BOMB if made.fault == "large" else NO_PICTURE)
        if not sure and not remaking.shows_qr(target):
            files.forget(FOLDER, name)
            raise Refused(NO_CODE)
    except Refused as no:
        raise Refused(no.message, field="file") from no
    finally:
        files.forget(FOLDER, raw)
    return name


def _look_at(head: bytes) -> None:
    """What has words of its own is told by them."""
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        raise Refused(HEIC)
    if b"<svg" in head[:4096].lower():
        raise Refused(SVG)
    if pictures.is_bomb(files.sort_of(head), head):
        raise Refused(BOMB)


def row_of(group: Group) -> list[QrPicture]:
    """The pictures that are not over yet, in the order in which they are shown."""
    mine = select(QrPicture).where(QrPicture.group_id == group.id, QrPicture.ends_on >= today())
    return list(db.session.scalars(mine.order_by(QrPicture.id)))


def shown(row: Sequence[QrPicture]) -> QrPicture | None:
    """The one for visitors: the first that is not full. Whom nobody has called full stays, however
    often it was shown, while there is no other."""
    here = [one for one in row if one.full_at is None]
    return next((one for one in here if one.visits < one.most), here[-1] if here else None)


def days_left(picture: QrPicture) -> int:
    return (picture.ends_on - today()).days


def mark_full(picture: QrPicture, *, by: Staff) -> None:
    picture.full_at = picture.full_at or now()
    audit.log(by, "group.code_full", f"group:{picture.group_id}", picture=picture.id)


def count(picture: QrPicture, people: int, *, by: Staff) -> None:
    """How many are in the WeChat group now: who looks does not always join, and others join by
    other ways. Visits are counted on from there."""
    if not 0 <= people <= LARGEST:
        raise Refused(N_("微信群最多 %(n)s 人，请数一下再填"), field="people", n=LARGEST)
    picture.most = picture.visits + max(0, FULL - people)
    picture.full_at = (picture.full_at or now()) if people >= FULL else None
    audit.log(by, "group.code_counted", f"group:{picture.group_id}", picture=picture.id, n=people)


def visits_left(picture: QrPicture) -> int:
    """How often it may still be shown before the next takes its place."""
    return 0 if picture.full_at else max(0, picture.most - picture.visits)


def mark_open(picture: QrPicture, *, by: Staff) -> None:
    """It is not full after all: as many visits again."""
    picture.full_at, picture.most = None, picture.visits + FULL
    audit.log(by, "group.code_open", f"group:{picture.group_id}", picture=picture.id)


def remove(picture: QrPicture, *, by: Staff) -> None:
    audit.log(by, "group.code_removed", f"group:{picture.group_id}", picture=picture.id)
    files.forget(FOLDER, picture.file)
    db.session.delete(picture)
    db.session.flush()


def path_of(picture: QrPicture) -> Path:
    return files.where(FOLDER, picture.file)


def behind(code: str) -> Group | None:
    """The open community of an address."""
    known = select(Group).where(Group.code == code[:16], Group.gone_at.is_(None))
    return db.session.scalar(known)


# Visits: one of the few things that looking writes ----------------------------------------------


def visited(picture: QrPicture) -> None:
    """Count it, together with what others write at that instant; a page is worth more than that."""
    try:
        together.commit(_count, picture.id)
    except (OperationalError, TimeoutError) as fault:
        log.warning("visit not counted: %s", type(fault).__name__)


def _count(ids: Sequence[int]) -> list[None]:
    for picture_id, times in sorted(Counter(ids).items()):
        db.session.execute(
            db.update(QrPicture)
            .where(QrPicture.id == picture_id)
            .values(visits=QrPicture.visits + times)
            .execution_options(synchronize_session=False)
        )
    return [None] * len(ids)


@job()
def tidy() -> None:
    """Forget pictures that ended long ago, and files that none has."""
    old = select(QrPicture).where(QrPicture.ends_on < today() - KEPT)
    for one in batched(db.session.scalars(old).all()):
        db.session.delete(one)
    db.session.commit()
    for names in files.names_before(FOLDER, now() - timedelta(days=1)):
        known = select(QrPicture.file).where(QrPicture.file.in_(names))
        for name in set(names) - set(db.session.scalars(known)):
            files.forget(FOLDER, name)


# Before it ends ----------------------------------------------------------------------------------


def ending() -> list[QrPicture]:
    """The last good pictures of communities that end within SOON days."""
    last: dict[int, QrPicture] = {}
    here = select(QrPicture).join(Group, Group.id == QrPicture.group_id)
    here = here.where(Group.gone_at.is_(None), QrPicture.ends_on >= today())
    for one in db.session.scalars(here.order_by(QrPicture.id)):
        known = last.get(one.group_id)
        if one.full_at is None and (known is None or one.ends_on >= known.ends_on):
            last[one.group_id] = one
    return [one for one in last.values() if days_left(one) <= SOON]


def soon() -> dict[str, date]:
    """The values of SOME_END."""
    return {"code_from": today(), "code_to": today() + timedelta(days=SOON)}


def ending_for(person: Staff) -> list[QrPicture]:
    """Those that this colleague has to see to."""
    return [one for one in ending() if groups.leads(person, one.group)]
