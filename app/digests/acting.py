"""What a signed link does: finish, put off until tomorrow, write a note; once for each line."""

from datetime import date, timedelta
from typing import Any

from app.community import moving, talking, terms
from app.community.models import SOLVED, Topic
from app.core.clock import FAR_OFF, LONG_AGO, at_local, day_of, now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import notes
from app.digests.links import DONE, MOVE, NOTE, Found
from app.digests.models import DeliveryLine
from app.inbox import closing, snoozing
from app.inbox.models import RESOLVED, SNOOZED
from app.reminders import followups, workdays
from app.reminders.models import QUIET, FollowUp
from app.reminders.times import whole_day
from app.staff import audit
from app.staff.models import Staff

TWICE = N_("这个链接已经用过了，记下的还在。要再改，请打开熟客")
COLUMNS = {DONE: "done_at", MOVE: "moved_at", NOTE: "noted_at"}


def is_used(found: Found) -> bool:
    return bool(found.line and getattr(found.line, COLUMNS[found.purpose]) > LONG_AGO)


def is_settled(line: DeliveryLine) -> bool:
    """Whether what the line asks for has been done, by whatever way."""
    if line.done_at > LONG_AGO or line.moved_at > LONG_AGO:
        return True
    if line.followup:
        return not line.followup.is_open
    if line.topic:
        return not line.topic.alarm or line.topic.state not in terms.OURS
    return line.chat is not None and line.chat.state in (RESOLVED, SNOOZED)


def moves_to(line: DeliveryLine) -> date:
    """The day to which «改到明天» brings a line, or has brought it: the next on which we work."""
    tapped = line.moved_at if line.moved_at > LONG_AGO else now()
    return day_of(workdays.next_morning(tapped))


def is_tomorrow(day: date) -> bool:
    """As the button says, where nothing is between."""
    return day == today() + timedelta(days=1)


def opened(found: Found) -> None:
    """A person's browser shows the page."""
    if found.delivery.opened_at == LONG_AGO:
        found.delivery.opened_at = now()
    if found.line and found.line.opened_at == LONG_AGO:
        found.line.opened_at = now()


def act(found: Found, *, text: str = "", what: str = "", address: str = "") -> None:
    """Do what the link is for. `what` names the follow-up that a new moment needs."""
    line = found.line
    if line is None:
        raise Refused(N_("请选一位客户，再点要做的事"))
    _use(line, COLUMNS[found.purpose])
    _verbs[found.purpose](found, line, what if found.purpose == MOVE else text)
    opened(found)
    found.delivery.acted_at = now()
    audit.log(found.person, f"link.{found.purpose}", f"customer:{line.customer_id}",
              address=address, delivery=found.delivery.id)  # fmt: skip


def _use(line: DeliveryLine, column: str) -> None:
    """Of two who hold the link at once one wins."""
    stands = getattr(DeliveryLine, column)
    won = db.session.scalar(
        db.update(DeliveryLine)
        .where(DeliveryLine.id == line.id, stands == LONG_AGO)
        .values({column: now()})
        .returning(DeliveryLine.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Refused(TWICE)
    db.session.refresh(line)


def _finish(found: Found, line: DeliveryLine, _text: str) -> None:
    person = found.person
    if line.topic:
        _still_open(line.topic)
        moving.move(line.topic, SOLVED, by=person)
    elif line.chat:
        closing.resolve(line.chat, by=person)
    elif one := line.followup or _silence_of(line):
        followups.finish(one, by=person)
    else:
        notes.write(line.customer, "", by=person, method="other")


def _silence_of(line: DeliveryLine) -> FollowUp | None:
    """The reminder about the silence that the line tells of, if one was raised."""
    return next((one for one in followups.of(line.customer) if one.kind == QUIET), None)


def _move(found: Found, line: DeliveryLine, what: str) -> None:
    person, tomorrow = found.person, workdays.next_morning(now())
    if line.topic:
        _move_topic(line.topic, day_of(tomorrow), by=person)
    elif line.chat:
        until = at_local(day_of(tomorrow), snoozing.MORNING)
        snoozing.snooze(line.chat, until, by=person)
    elif one := line.followup or _silence_of(line):
        followups.snooze(one, to=tomorrow)
    else:
        followups.plan(line.customer, what=what, due_at=tomorrow, staff=person, by=person)


def _move_topic(topic: Topic, day: date, *, by: Staff) -> None:
    """It is to be done by the end of that day. Who waits for an answer is not put off."""
    _still_open(topic)
    if topic.answer_due_at < FAR_OFF:
        raise Refused(N_("客户还在等回复，先回一句再改日期：请打开主题"))
    due_at = whole_day(day)
    moving.edit(topic, title=topic.title, kind=topic.kind, due_at=due_at, by=by)


def _still_open(topic: Topic) -> None:
    if topic.state == SOLVED:
        raise Refused(N_("这个主题已经解决了，不用再点"))


def _note(found: Found, line: DeliveryLine, text: str) -> None:
    if line.topic:
        talking.note(line.topic, text, by=found.person)
        return
    notes.write(line.customer, text, by=found.person)


_verbs: dict[str, Any] = {DONE: _finish, MOVE: _move, NOTE: _note}
