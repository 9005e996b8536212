"""Several follow-ups at once, as picked in a list: done, put off, given to a colleague."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app.core.errors import N_, Refused
from app.reminders import followups
from app.reminders.models import FollowUp
from app.staff.models import Staff

MOST = 50
NOTHING = N_("还没有选：先在前面打勾，再选怎么处理")


def finish(ones: Sequence[FollowUp], *, by: Staff) -> int:
    """How many are done by it; those that had ended meanwhile stay as they are."""
    return _each(ones, lambda one: followups.finish(one, by=by))


def snooze(ones: Sequence[FollowUp], *, to: datetime) -> int:
    return _each(ones, lambda one: followups.snooze(one, to=to))


def reassign(ones: Sequence[FollowUp], *, to: Staff, by: Staff) -> int:
    return _each(ones, lambda one: followups.reassign(one, to=to, by=by))


def _each(ones: Sequence[FollowUp], act: Callable[[FollowUp], object]) -> int:
    if not ones:
        raise Refused(NOTHING)
    if len(ones) > MOST:
        raise Refused(N_("一次最多处理 %(most)s 条，请分几次来"), most=MOST)
    return sum(_did(act, one) for one in ones)


def _did(act: Callable[[FollowUp], object], one: FollowUp) -> bool:
    try:
        act(one)
    except Refused as no:
        if no.field:  # it is the wish that is wrong, not this one
            raise
        return False
    return True
