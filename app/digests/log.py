"""What became of the messages to a colleague, newest first."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.core.errors import N_
from app.digests.models import DAY, DUE, MONTH, TEST, WEEK, Delivery
from app.staff.models import Staff

KINDS = {
    DAY: N_("今日清单"), DUE: N_("到点提醒"), WEEK: N_("老板周报"), MONTH: N_("老板月报"),
    TEST: N_("测试提醒"),
}  # fmt: skip
STATES = {
    "waiting": (N_("正在发"), "blue"), "sent": (N_("已发出"), "jade"),
    "failed": (N_("没发出去"), "red"), "unknown": (N_("不确定收到没有"), "amber"),
    "empty": (N_("没有要做的，没发"), "grey"), "nowhere": (N_("没有接收方式"), "red"),
}  # fmt: skip
SHOWN = 20


def of(person: Staff) -> Sequence[Delivery]:
    newest = select(Delivery).where(Delivery.staff_id == person.id).order_by(Delivery.id.desc())
    return db.session.scalars(newest.limit(SHOWN)).all()
