"""快捷回复: texts that the shop, or one colleague, keeps ready for the composer.

One may be several messages: a line of --- lies between them, in the composer too, where they can
still be changed before they leave.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.customers import words
from app.inbox import cards, variables
from app.inbox.cards import Card
from app.inbox.models import Conversation, QuickReply
from app.inbox.replying import MOST_BYTES
from app.staff.models import Staff

MOST = 500  # that one colleague sees; far more than anybody finds again
MOST_PIECES = 5  # as many as WeChat lets us answer to one message
DIVIDER = "\n---\n"
_LINE = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Typed:
    """What a form brings of a quick reply."""

    title: str
    text: str
    section: str = ""
    link: str = ""
    link_title: str = ""
    code: str = ""
    picture: str = ""


def pieces(text: str) -> list[str]:
    """The messages that a text is sent as."""
    return [piece.strip() for piece in _LINE.split(text) if piece.strip()]


def whole(row: Any) -> str:
    """All that a quick reply says, as it goes into the composer."""
    return DIVIDER.join([*pieces(row.text), *([row.link] if row.link else [])])


def filled(row: Any, chat: Conversation, *, by: Staff) -> str:
    """All that it says to this customer."""
    return variables.fill(whole(row), called=chat.customer.name, mine=by.display)


def parts(row: Any, text: str) -> list[str | Card]:
    """The messages of a composer in which a quick reply stands: its link, if nobody changed it,
    as a card."""
    said: list[str | Card] = list(pieces(text))
    if row is not None and row.link and said and said[-1] == row.link:
        said[-1] = Card(row.link_title or row.title, "", row.link)
    return said


def create(typed: Typed, *, by: Staff, shared: bool) -> QuickReply:
    """Keep a new one: the shop's own, or mine alone."""
    if len(ask(_seen(by.id).limit(MOST)).all()) >= MOST:
        raise Refused(N_("快捷回复已经有 %(most)s 条了，请先删去不用的"), most=MOST)
    reply = QuickReply(owner_id=by.id, shared=shared)
    db.session.add(reply)
    return _put(reply, typed)


def edit(reply: QuickReply, typed: Typed, *, by: Staff, shared: bool) -> QuickReply:
    """Change one. What somebody takes back from the shop becomes theirs."""
    if reply.shared and not shared:
        reply.owner_id = by.id
    reply.shared = shared
    return _put(reply, typed)


def _put(reply: QuickReply, typed: Typed) -> QuickReply:
    said = pieces(typed.text) + ([typed.link] if typed.link else [])
    if not said:
        raise Refused(N_("还没有写内容：写一句，或者填一个链接"), field="text")
    if len(said) + bool(typed.picture) > MOST_PIECES:
        raise Refused(N_("一次最多连发 %(most)s 条"), field="text", most=MOST_PIECES)
    if any(len(piece.encode()) > MOST_BYTES for piece in said):
        raise Refused(N_("太长了，微信一条最多约 680 个汉字，请用 --- 分成几条"), field="text")
    if typed.link and not cards.is_address(typed.link):
        raise Refused(N_("链接要以 http:// 或 https:// 开头"), field="link")
    reply.title, reply.text, reply.section = typed.title, typed.text, typed.section
    reply.picture, reply.link_title = typed.picture, typed.link_title
    reply.link, reply.code = typed.link, (typed.code or initials(typed.title)).lower()
    db.session.flush()
    return reply


def initials(title: str) -> str:
    """«营业时间» is called by yysj: what one types who looks for it."""
    return "".join(word[0] for word in _spelled(title).split())[:40]


def _spelled(title: str) -> str:
    return words.sort_key(title).partition("  ")[0].replace("~", "")


def sought(row: Any) -> str:
    """All that one may type to find it, as one text: code, pinyin, title, group."""
    spelled = _spelled(row.title)
    parts = (row.code, spelled.replace(" ", ""), row.title.lower(), row.section.lower())
    return " ".join(part for part in parts if part)


def remove(reply: QuickReply) -> None:
    db.session.delete(reply)


def visible_to(staff: Staff) -> Any:
    """The shop's and one's own; nobody sees a colleague's."""
    return select(QuickReply).where(_mine(staff.id))


def editable_by(staff: Staff) -> Any:
    """One's own, and the shop's for who looks after them."""
    own = (QuickReply.owner_id == staff.id) & ~QuickReply.shared
    return select(QuickReply).where(
        own | QuickReply.shared if staff.may("quick_replies.write") else own
    )


def _mine(staff_id: int) -> Any:
    return or_(QuickReply.shared, QuickReply.owner_id == staff_id)


def _seen(staff_id: int) -> Any:
    columns = (
        QuickReply.id, QuickReply.section, QuickReply.title, QuickReply.code, QuickReply.text,
        QuickReply.link, QuickReply.link_title, QuickReply.picture, QuickReply.used,
        QuickReply.shared,
    )  # fmt: skip
    order = (QuickReply.used.desc(), QuickReply.id)
    return select(*columns).where(_mine(staff_id)).order_by(*order)


def sections(staff: Staff) -> dict[str, list[Any]]:
    """What a colleague may use, by group: the most used first, and the group that holds it."""
    found: dict[str, list[Any]] = {}
    for row in ask(_seen(staff.id).limit(MOST)):
        found.setdefault(row.section, []).append(row)
    return found


def find(staff: Staff, reply_id: int | None) -> QuickReply | None:
    if reply_id is None:
        return None
    found: QuickReply | None = db.session.scalar(visible_to(staff).where(QuickReply.id == reply_id))
    return found


def count_use(staff: Staff, reply_id: int) -> None:
    """It was sent once more; counted by the database, two may send it at once."""
    db.session.execute(
        db.update(QuickReply)
        .where(QuickReply.id == reply_id, _mine(staff.id))
        .values(used=QuickReply.used + 1)
        .execution_options(synchronize_session=False)
    )
