"""Files for customers: WeChat takes none from a shop, so a card leads to a page of ours.

The address is a pass (core/passes.py): it opens one file, and ends.
"""

from datetime import datetime, timedelta

from app.core import passes
from app.core.clock import local, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.inbox import attaching, cards
from app.inbox.cards import Card
from app.inbox.models import Conversation, Media

ABOUT = "file"
PLACE = "/f/"  # the page's address; its view stands in views/shared.py
LASTS = timedelta(days=7)
NOWHERE = N_(
    "微信不收文件，客户要点链接到店里的网址下载，可是这家店还没有公开的网址。"
    "请改发图片，或请店主在服务器上设好 PUBLIC_URL"
)
# What the customer reads: part of the message, so in the shop's own language.
CALLED = "{size} · 点开下载，{day}前有效"


def admit(chat: Conversation) -> None:
    """Refuse before anything is kept, when the customer could not open it."""
    if not cards.base_of(chat.channel, chat.account):
        raise Refused(NOWHERE, field="file")


def card(media: Media, base: str) -> Card:
    """What leads to a file, from now on for a week."""
    until = now() + LASTS
    return Card(
        title=media.message.text,
        text=CALLED.format(size=size_of(media), day=_day(until)),
        url=f"{base}{PLACE}{passes.write(ABOUT, media.id, until)}",
    )


def _day(moment: datetime) -> str:
    day = local(moment)
    return f"{day.month} 月 {day.day} 日"


def size_of(media: Media) -> str:
    """1.2 MB, 300 KB: as a telephone says it."""
    path = attaching.path_of(media)
    size = path.stat().st_size if path.exists() else 0
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.1f} MB"
    return f"{max(1, round(size / 1024))} KB"


def opened(text: str) -> Media | None:
    """The file that a pass opens: one that we sent, and that is still here."""
    number = passes.read(ABOUT, text)
    media = db.session.get(Media, number) if number else None
    if media is None or media.message.inbound or media.message.kind != "file":
        return None
    is_here = media.message.attached == attaching.READY and attaching.path_of(media).exists()
    return media if is_here else None
