"""Labels of conversations: a short list of the shop's own words, put on and taken off."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.inbox.models import Conversation, Label, Labelling

TONES = {
    "grey": N_("灰"), "jade": N_("绿"), "blue": N_("蓝"), "violet": N_("紫"), "amber": N_("黄"),
    "flame": N_("橙"), "red": N_("红"), "slate": N_("青灰"),
}  # fmt: skip
MOST = 30
FEW = 2000  # conversations of one label that are sorted as a whole

EVERY = select(Label.id, Label.name, Label.tone).order_by(Label.id)
OF_CHATS = select(Labelling.conversation_id, Labelling.label_id).where(
    Labelling.conversation_id.in_(bindparam("ids", expanding=True))
)
MANY = select(Labelling.id).where(Labelling.label_id == bindparam("label_id")).offset(FEW).limit(1)


def every() -> list[Any]:
    """All labels of the shop: few."""
    return list(ask(EVERY))


def define(name: str, tone: str) -> Label:
    """A new label of the shop."""
    _check(name, tone, None)
    if len(every()) >= MOST:
        raise Refused(N_("标签太多就没人会用了：最多 %(most)s 个，请先删掉不用的"), most=MOST)
    label = Label(name=name, tone=tone)
    db.session.add(label)
    db.session.flush()
    return label


def change(label: Label, name: str, tone: str) -> None:
    _check(name, tone, label.id)
    label.name, label.tone = name, tone


def drop(label: Label) -> None:
    """The label goes, from every conversation that had it."""
    db.session.execute(db.delete(Labelling).where(Labelling.label_id == label.id))
    db.session.delete(label)


def put(chat: Conversation, label_ids: Iterable[int]) -> None:
    """Exactly these labels are on the conversation from now on."""
    wanted = {row.id for row in every()} & set(label_ids)
    had = of_chats([chat.id]).get(chat.id, [])
    gone = [one for one in had if one not in wanted]
    db.session.execute(
        db.delete(Labelling).where(
            Labelling.conversation_id == chat.id, Labelling.label_id.in_(gone)
        )
    )
    db.session.add_all(
        Labelling(conversation_id=chat.id, label_id=one) for one in sorted(wanted - set(had))
    )
    db.session.flush()


def of_chats(ids: Sequence[int]) -> dict[int, list[int]]:
    """The labels of these conversations, by their numbers."""
    found: dict[int, list[int]] = {}
    for chat_id, label_id in ask(OF_CHATS, {"ids": list(ids)}):
        found.setdefault(chat_id, []).append(label_id)
    return found


def is_common(label_id: int) -> bool:
    """Whether a label is on so many that they cannot be sorted at once."""
    return ask(MANY, {"label_id": label_id}).first() is not None


def _check(name: str, tone: str, own: int | None) -> None:
    if tone not in TONES:
        raise Refused(N_("没有这个颜色，请从列表里选一个"), field="tone")
    if any(row.name == name and row.id != own for row in every()):
        raise Refused(N_("已经有「%(name)s」这个标签了"), field="name", name=name)
