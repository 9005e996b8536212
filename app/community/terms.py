"""What a topic may be about, in which states it is, and by when somebody must have answered.

Times are the owner's to set, for each kind; they count opening time only.
"""

from datetime import datetime, timedelta

from app.community.models import (
    AFTERSALE,
    CUSTOMERS,
    DOING,
    PRESALE,
    REOPENED,
    SOLVED,
    UNCLAIMED,
    WAITING,
    Topic,
)
from app.core.clock import FAR_OFF, now
from app.core.errors import N_
from app.core.settings import Setting, setting
from app.inbox import opening

QUESTION, ORDER, SERVICE, COMPLAINT, IDEA = "question", "order", "service", "complaint", "idea"
KINDS = {
    QUESTION: N_("咨询"), ORDER: N_("订单"), SERVICE: N_("售后"), COMPLAINT: N_("投诉"),
    IDEA: N_("建议"),
}  # fmt: skip
STATES = {
    UNCLAIMED: N_("待认领"), REOPENED: N_("已重开"), DOING: N_("处理中"), WAITING: N_("等客户"),
    SOLVED: N_("已解决"),
}  # fmt: skip
OPEN = (UNCLAIMED, REOPENED, DOING, WAITING)
# The community to which a topic goes that names none.
HOME = {
    QUESTION: PRESALE, ORDER: CUSTOMERS, SERVICE: AFTERSALE, COMPLAINT: AFTERSALE, IDEA: CUSTOMERS,
}  # fmt: skip
OURS = (UNCLAIMED, REOPENED, DOING)  # our turn: the clock runs
HELD = timedelta(days=7)  # a solution that the customer undoes within these did not hold

UNANSWERED, UNANSWERED_UP, LATE, LATE_UP = 1, 2, 4, 8  # bits of Topic.alarm

HOURS_ONLY = N_("只算营业时间")
_GROUP = "community"


def _answer_within(kind: str, minutes: int, label: str) -> Setting[int]:
    return setting(
        f"community.answer_{kind}", minutes, label=label, hint=HOURS_ONLY, least=1, most=10_000,
        group=_GROUP,
    )  # fmt: skip


def _due_within(kind: str, hours: int, label: str) -> Setting[int]:
    return setting(
        f"community.due_{kind}", hours, label=label, hint=HOURS_ONLY, least=1, most=2_000,
        group=_GROUP,
    )  # fmt: skip


ANSWER = {
    QUESTION: _answer_within(QUESTION, 60, N_("咨询的主题，几分钟内要有人答")),
    ORDER: _answer_within(ORDER, 60, N_("订单的主题，几分钟内要有人答")),
    SERVICE: _answer_within(SERVICE, 60, N_("售后的主题，几分钟内要有人答")),
    COMPLAINT: _answer_within(COMPLAINT, 30, N_("投诉的主题，几分钟内要有人答")),
    IDEA: _answer_within(IDEA, 480, N_("建议的主题，几分钟内要有人答")),
}
DUE = {
    QUESTION: _due_within(QUESTION, 12, N_("咨询的主题，几小时内要办完")),
    ORDER: _due_within(ORDER, 24, N_("订单的主题，几小时内要办完")),
    SERVICE: _due_within(SERVICE, 48, N_("售后的主题，几小时内要办完")),
    COMPLAINT: _due_within(COMPLAINT, 4, N_("投诉的主题，几小时内要办完")),
    IDEA: _due_within(IDEA, 120, N_("建议的主题，几小时内要办完")),
}
TO_MANAGER = setting(
    "community.late_manager", 2, label=N_("主题超时几小时还没动，提醒店长"), hint=HOURS_ONLY,
    least=1, most=500, group=_GROUP,
)  # fmt: skip
ACCEPT = setting(
    "community.accept_hours", 4, label=N_("转过来的主题，几小时没人接就退回"), hint=HOURS_ONLY,
    least=1, most=500, group=_GROUP,
)  # fmt: skip
SILENCE = setting(
    "community.silence_days", 5, label=N_("客户几天不回，主题就算结束"),
    hint=N_("「等客户」的先记为已解决；已解决又没评价的不再等评价"), least=1, most=60, group=_GROUP,
)  # fmt: skip
TELLS = setting(
    "community.tells", True, label=N_("主题转交和办好时，在微信里告诉客户一声"),
    hint=N_("只在微信允许发消息的时候；客户在「我的主题」里总看得到"), group=_GROUP,
)  # fmt: skip

APOLOGY = setting(
    "community.apology",
    "{称呼}，实在对不起，这次没让您满意，是我们没做好。我先把情况弄清楚，今天一定给您一个答复。",
    label=N_("投诉来了，先说哪句道歉的话"),
    hint=N_("在投诉的主题里点一下就填进答复框，改好再发；能写 {称呼} 和 {我}"), group=_GROUP,
)  # fmt: skip


def answer_due(kind: str, since: datetime | None = None) -> datetime:
    return _later(since or now(), timedelta(minutes=ANSWER[kind]()))


def due(kind: str, since: datetime | None = None) -> datetime:
    return _later(since or now(), timedelta(hours=DUE[kind]()))


def accepted_until() -> datetime:
    return _later(now(), timedelta(hours=ACCEPT()))


def manager_told_at(missed: datetime) -> datetime:
    return _later(missed, timedelta(hours=TO_MANAGER()))


def silent_until() -> datetime:
    return now() + timedelta(days=SILENCE())


def minutes_since(moment: datetime) -> int:
    """How much opening time has passed since then."""
    return int(opening.hours().between(moment, now()).total_seconds() // 60)


def _later(moment: datetime, lasting: timedelta) -> datetime:
    """In a shop that does not open for weeks the calendar counts: a day must stand somewhere."""
    found = opening.hours().later(moment, lasting)
    return moment + lasting if found == FAR_OFF else found


def restart(topic: Topic) -> None:
    """The customer has spoken: they wait for an answer, and there is time to give it."""
    topic.waiting_since = min(topic.waiting_since, now())
    if topic.answer_due_at == FAR_OFF:
        topic.answer_due_at = answer_due(topic.kind)
        topic.alarm &= ~(UNANSWERED | UNANSWERED_UP)
    if topic.due_at < topic.answer_due_at:
        topic.due_at = topic.answer_due_at
        topic.alarm &= ~(LATE | LATE_UP)
    topic.alarm_at = next_alarm(topic)


def rest(topic: Topic) -> None:
    """It is not our turn any more, or the customer has their answer."""
    topic.waiting_since = topic.answer_due_at = FAR_OFF
    topic.alarm &= ~(UNANSWERED | UNANSWERED_UP)
    topic.alarm_at = next_alarm(topic)


def next_alarm(topic: Topic) -> datetime:
    """When the next person is to be told: first the owner, then the manager."""
    if topic.state not in OURS:
        return FAR_OFF
    told = ((topic.answer_due_at, UNANSWERED, UNANSWERED_UP), (topic.due_at, LATE, LATE_UP))
    moments = [
        missed if not topic.alarm & first else manager_told_at(missed)
        for missed, first, up in told
        if missed != FAR_OFF and not topic.alarm & up
    ]
    return min(moments, default=FAR_OFF)


def due_alarms(topic: Topic) -> int:
    """The bits that ought to stand by now."""
    told = ((topic.answer_due_at, UNANSWERED, UNANSWERED_UP), (topic.due_at, LATE, LATE_UP))
    bits = 0
    for missed, first, up in told:
        if topic.state in OURS and missed <= now():
            bits |= first | (up if manager_told_at(missed) <= now() else 0)
    return bits
