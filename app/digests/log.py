"""What became of the messages to a colleague, newest first."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.core.jobs import job
from app.digests.models import CODE, DAY, DUE, MONTH, TEST, WAITING, WEEK, Delivery, DeliveryLine
from app.reminders.models import FollowUp
from app.staff.models import Staff

KINDS = {
    DAY: N_("今日清单"), DUE: N_("到点提醒"), WEEK: N_("老板周报"), MONTH: N_("老板月报"),
    TEST: N_("测试提醒"), CODE: N_("群二维码快到期"),
}  # fmt: skip
STATES = {
    "waiting": (N_("正在发"), "blue"), "sent": (N_("已发出"), "jade"),
    "failed": (N_("没发出去"), "red"), "unknown": (N_("不确定收到没有"), "amber"),
    "empty": (N_("没有要做的，没发"), "grey"), "nowhere": (N_("没有接收方式"), "red"),
}  # fmt: skip
SHOWN = 20
SOON = timedelta(minutes=2)
KEPT = timedelta(days=190)
CHUNK = 500


def of(person: Staff) -> Sequence[Delivery]:
    newest = select(Delivery).where(Delivery.staff_id == person.id).order_by(Delivery.id.desc())
    return db.session.scalars(newest.limit(SHOWN)).all()


def is_moving(found: Sequence[Delivery]) -> bool:
    """Whether one that was written lately is still on its way: the page looks again."""
    return any(one.state == WAITING and now() - one.created_at < SOON for one in found)


def about(followup: FollowUp) -> Sequence[DeliveryLine]:
    """The lines that told of a follow-up, newest first."""
    of = select(DeliveryLine).where(DeliveryLine.followup_id == followup.id)
    loads = joinedload(DeliveryLine.delivery).joinedload(Delivery.staff)
    newest = of.options(loads).order_by(DeliveryLine.id.desc())
    return db.session.scalars(newest.limit(SHOWN)).all()


@job()
def prune() -> None:
    """Forget what went out long ago: the timeline keeps what was done."""
    late = now() - KEPT
    old = select(Delivery.id).where(Delivery.due_at < late).limit(CHUNK)
    while ids := list(db.session.scalars(old)):
        for model, column in ((DeliveryLine, DeliveryLine.delivery_id), (Delivery, Delivery.id)):
            gone = db.delete(model).where(column.in_(ids))
            db.session.execute(gone.execution_options(synchronize_session=False))
        db.session.commit()
