"""A line a day to the shop's group at WeCom: how much each colleague has to do, and no names.

Whoever is in the group reads it, so it bears no customer and no link that acts as somebody.
"""

from datetime import date

from sqlalchemy import select

from app.core import outbox
from app.core.clock import local, now, today
from app.core.db import db
from app.core.errors import N_
from app.core.jobs import job
from app.core.notices import Notice
from app.core.settings import setting
from app.core.words import say as _
from app.digests import digests, letters, links
from app.digests.delivering import ACCOUNT
from app.staff.models import Staff
from app.wecom import accounts, sending

NOTICE = "group"
HOUR = setting(
    "reminders.group_hour", 9, label=N_("每天几点往企业微信群里发一条"), least=0, most=23,
    hint=N_("要先在“设置 › 企业微信”里填群机器人；只说每人有几件事，不带客户的名字"),
)  # fmt: skip


@job()
def tell() -> None:
    """Each hour: once a day, from the shop's hour on."""
    key = f"group:{today().isoformat()}"
    known = db.session.scalar(select(outbox.Letter.id).where(outbox.Letter.key == key))
    if known or not accounts.robot() or local(now()).hour < HOUR():
        return
    people = db.session.scalars(select(Staff).where(Staff.is_active).order_by(Staff.id)).all()
    counts = {str(person.id): digests.counted(person) for person in people}
    busy = {number: found for number, found in counts.items() if any(found.values())}
    if busy:
        body: dict[str, object] = {"notice": NOTICE, "day": today().isoformat(), "counts": busy}
        outbox.post(sending.CHANNEL, sending.ROBOT, body, account=ACCOUNT, key=key)


def notice(body: dict[str, object]) -> Notice:
    """The words of it, made when it leaves."""
    counts = body["counts"]
    assert isinstance(counts, dict)  # noqa: S101 - tell() has put it there
    lines = [_line(int(number), found) for number, found in counts.items()]
    day = letters.day_words(date.fromisoformat(str(body["day"])))
    return Notice(title=_("%(day)s，今天要做的", day=day), text="\n".join(lines),
                  url=links.base(), at=now(), count=len(lines))  # fmt: skip


def _line(staff_id: int, found: dict[str, int]) -> str:
    person = db.session.get_one(Staff, staff_id)
    called = f"<@{person.wecom_user}>" if person.wecom_user else person.display
    said = [f"{_(letters.PARTS[part])} {n}" for part, n in found.items() if n]
    return f"{called}{_('：')}{_('，').join(said)}"
