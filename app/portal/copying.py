"""A copy of all that is kept of one person, for them to take along.

Every table that stands on the customer is in it, found by the foreign keys: a new one is given by
existing. Left out is what belongs to others (colleagues' numbers), what is no word about the person
(tokens of the search, hashes, keys), and what colleagues write down for each other: it may tell of
others too, so a person reads it before it is handed on (docs/decisions/0034).
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Table, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.customers import hanging, timeline
from app.customers.models import Customer
from app.inbox.models import EVENT, NOTE
from app.portal import consents

EXPORTED = timeline.kind("member.exported", N_("会员拿走了一份资料"), group="card")

# … and who came by their link: that is the friends' own
LEFT_OUT = {"words", "counter_code", "helper", "presence", "nudge", "invite_visit"}
INTERNAL = {"note", "note_file", "follow_up"}
AMONG_US = {NOTE, EVENT}  # kinds of lines of a conversation or a topic
SECRET = ("hash", "token", "secret", "receipt")  # wherever in a column's name
MACHINE = ("_key", "key", "version", "alarm", "unread", "mark")  # at its end
STEP = 500
NAMES = {
    "customer": N_("卡片"), "identity": N_("手机、微信"), "tagging": N_("标签"),
    "moment": N_("发生过的事"),
    "purchase": N_("消费"), "purchase_item": N_("买的东西"), "refund": N_("退款"),
    "payment": N_("收款"), "care_date": N_("孩子的生日"), "conversation": N_("对话"),
    "message": N_("消息"), "media": N_("消息里的图片和文件"),
    "follower": N_("关注公众号"), "member_card": N_("会员卡"), "consent": N_("同意记录"),
    "member_answer": N_("自己填的"), "member_session": N_("登录过的设备"),
    "phone_claim": N_("填过的号码"), "topic": N_("主题"), "topic_line": N_("主题里的话"),
    "coupon": N_("券"), "point_account": N_("积分"), "point_entry": N_("积分记录"),
    "referral": N_("介绍"), "invite_mark": N_("邀请链接"),
}  # fmt: skip


def copy_of(customer: Customer) -> dict[str, Any]:
    """{table: its rows}, the person's own card first; what is empty is not there."""
    card: Table = Customer.__table__  # type: ignore[assignment]
    found: dict[str, list[dict[str, Any]]] = {"customer": _rows(card, card.c.id, [customer.id])}
    seen: set[tuple[str, int]] = set()
    for name, row in _hanging(card, [customer.id], seen):
        found.setdefault(name, []).append(row)
    timeline.record(EXPORTED, customer)
    return {"made_at": _said(now()), "notice": consents.VERSION, "tables": found}


def _hanging(
    table: Table, ids: list[int], seen: set[tuple[str, int]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows that stand on these, and whatever stands on those, each once."""
    for other, column in hanging.standing_on(table):
        if other.name in LEFT_OUT or other.name in INTERNAL:
            continue
        fresh = []
        for row in _rows(other, column, ids):
            if (other.name, row["id"]) not in seen:
                seen.add((other.name, row["id"]))
                fresh.append(row["id"])
                yield other.name, row
        if fresh:
            yield from _hanging(other, fresh, seen)


def _rows(table: Table, column: Column[Any], ids: list[int]) -> list[dict[str, Any]]:
    told = [one for one in table.c if is_told(one)]
    rows: list[dict[str, Any]] = []
    for start in range(0, len(ids), STEP):
        mine = select(*told).where(column.in_(ids[start : start + STEP])).order_by(table.c.id)
        rows += [
            {name: _said(value) for name, value in row.items()}
            for row in db.session.execute(mine).mappings()
            if _is_theirs(table.name, row)
        ]
    return rows


def _is_theirs(table: str, row: Any) -> bool:
    """Whether a row is no word among colleagues."""
    if table == "moment":
        kind = timeline.kinds.get(str(row["kind"]))
        return kind is None or kind.group != "note"
    return not (table in ("message", "topic_line") and row["kind"] in AMONG_US)


def is_told(column: Column[Any]) -> bool:
    """Whether it says something about the person, and nothing about a colleague."""
    if column.name == "remark" or any(
        key.column.table.name == "staff" for key in column.foreign_keys
    ):
        return False
    return not (column.name.endswith(MACHINE) or any(word in column.name for word in SECRET))


def _said(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
