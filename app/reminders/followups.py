"""Follow-ups: plan, change, snooze, finish, close."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select

from app.core.clock import local, now
from app.core.db import db, insert_once, looking
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.customers import finding, note_files, notes, people, timeline
from app.customers.models import Customer, Moment
from app.reminders import escalating, repeating, times, workdays
from app.reminders.models import CLOSED, DONE, OPEN, PLANNED, FollowUp
from app.staff.models import Staff

PLAN = timeline.kind("followup.planned", N_("约好下次联系"), "what", "due", group="note")
FINISHED = timeline.kind("followup.finished", N_("完成跟进"), "what", "result", group="note")
HANDED_ON = timeline.kind("followup.handed", N_("跟进交给同事"), "what", "to", group="note")
DROPPED = timeline.kind("followup.closed", N_("跟进结束"), "what", "outcome", group="note")

OUTCOMES = {
    "done": N_("完成"), "returned": N_("已回来"), "unwanted": N_("不用提醒"),
    "expired": N_("过期"), "skipped": N_("跳过这一次"), "away": N_("客户已勿扰、取消关注或收起"),
    "ended": N_("已有消费，不再按联系判断"), "bought": N_("已经买了"), "used": N_("券用了或收回了"),
    "resting": N_("停一段时间"), "held": N_("对照，没有提醒"),
    "complains": N_("客户正在投诉，先不催"), "reopened": N_("投诉重开了"),
}  # fmt: skip
LONGEST = timedelta(days=366 * 3)
GRACE = timedelta(minutes=5)  # a form may lie open for a while


def plan(
    customer: Customer, *, what: str, due_at: datetime, staff: Staff | None, by: Staff | None,
    repeat: str = "",
) -> FollowUp:  # fmt: skip
    """Get in touch with a customer at a moment; the colleague who does it may see them."""
    _said(what)
    _in_reach(due_at)
    return _plan(customer, what, due_at, staff, by, repeating.begin(repeat, due_at))


def _plan(
    customer: Customer, what: str, due_at: datetime, staff: Staff | None, by: Staff | None,
    repeat: repeating.Rule,
) -> FollowUp:  # fmt: skip
    one = FollowUp(
        customer_id=customer.id, kind=PLANNED, what=what[:200], why={}, due_at=due_at, state=OPEN,
        by_id=by.id if by else None, repeat=repeat,
    )  # fmt: skip
    db.session.add(one)
    _give(one, customer, staff)
    due = local(due_at).isoformat(timespec="minutes")
    timeline.record(PLAN, customer, by=by, subject=one, what=one.what, due=due)
    refresh_due(customer)
    return one


def plan_once(
    customer: Customer, *, kind: str, why: dict[str, object], due_at: datetime, what: str = "",
    lapse_on: date | None = None, key: str | None = None,
) -> int | None:  # fmt: skip
    """What nobody planned, for its owner: once for the silence that began on a day, or for its
    key, whoever asks first; None when it was raised before."""
    new = insert_once(
        FollowUp, customer_id=customer.id, staff_id=customer.owner_id, kind=kind, what=what[:200],
        why=why, due_at=due_at, state=OPEN, lapse_on=lapse_on, key=key,
    )  # fmt: skip
    if new is not None:
        refresh_due(customer)
    return new


def change(
    one: FollowUp, *, what: str, due_at: datetime, staff: Staff | None, by: Staff, repeat: str = ""
) -> FollowUp:
    """Another task, moment, rhythm or colleague."""
    _open(one)
    if one.kind == PLANNED:
        _said(what)
    if due_at != one.due_at:
        _in_reach(due_at)
        one.raised = 0
    if due_at != one.due_at or repeat != repeating.written(one.repeat):
        one.repeat = repeating.begin(repeat, due_at)
    one.what, one.due_at = what[:200], due_at
    if (staff.id if staff else None) != one.staff_id:
        _reassign(one, staff, by)
    refresh_due(one.customer)
    return one


def reassign(one: FollowUp, *, to: Staff, by: Staff) -> FollowUp:
    """A colleague is to do it from now on; who gets it may see the customer."""
    _open(one)
    if to.id == one.staff_id:
        raise Refused(N_("已经在 %(name)s 手上了"), name=to.display)
    _reassign(one, to, by)
    return one


def take(one: FollowUp, *, by: Staff) -> FollowUp:
    """Do it instead of a colleague who does not, or of nobody."""
    _open(one)
    if one.staff_id and not escalating.is_offered(one):
        raise Refused(N_("这条还归 %(name)s 做；拖太久了才能接手"), name=_name(one.staff))
    return reassign(one, to=by, by=by)


def _name(staff: Staff | None) -> str:
    return staff.display if staff else ""


def _reassign(one: FollowUp, to: Staff | None, by: Staff) -> None:
    """What is late already is due anew, soon: who gets it has not left it lying."""
    if one.due_at < now():
        one.due_at = times.soon()
    one.raised = 0
    _give(one, one.customer, to)
    refresh_due(one.customer)
    timeline.record(HANDED_ON, one.customer, by=by, subject=one, what=one.what, to=_name(to))


def _said(what: str) -> None:
    if not what:
        raise Refused(N_("写一句要联系什么，到时候才知道做什么"), field="what")


def _in_reach(due_at: datetime) -> None:
    if due_at < now() - GRACE:
        raise Refused(N_("这个时间已经过去了，请选以后的时间"), field="at")
    if due_at > now() + LONGEST:
        raise Refused(N_("太远了，请选三年以内的时间"), field="at")


def _give(one: FollowUp, customer: Customer, staff: Staff | None) -> None:
    if staff and staff.id != one.staff_id and not staff.is_active:
        raise Refused(N_("%(name)s 已经停用，请选另一位同事"), field="staff", name=staff.display)
    one.staff_id = staff.id if staff else None
    db.session.flush()
    if staff and not staff.may("customers.all"):
        people.let_help(customer, staff=staff, why="followup")


def hand_on(one: FollowUp, staff: Staff | None) -> Staff | None:
    """Somebody else does it, or nobody yet; who has it now."""
    to = staff if staff and staff.is_active else None
    one.raised = 0
    _give(one, one.customer, to)
    return to


def snooze(one: FollowUp, *, to: datetime) -> FollowUp:
    """Later: the same row with another moment."""
    _open(one)
    _in_reach(to)
    one.due_at, one.raised = to, 0
    db.session.flush()
    refresh_due(one.customer)
    return one


def finish(
    one: FollowUp, *, by: Staff, text: str = "", method: str = "", result: str = "",
    next_at: datetime | None = None, next_what: str = "",
    next_staff: Staff | None = None, enclosed: Sequence[note_files.Enclosed] = (),
) -> FollowUp:  # fmt: skip
    """Done: what came of it, and perhaps when next."""
    _open(one)
    if text or method or result or enclosed:
        notes.write(one.customer, text, by=by, method=method, result=result, enclosed=enclosed)
    _end(one, DONE, outcome="done", result=result)
    timeline.record(FINISHED, one.customer, by=by, subject=one, what=one.what, result=result)
    if one.repeat:
        _again(one, by, next_at, next_what, next_staff if next_at else None)
    elif next_at:
        to = next_staff or by
        plan(one.customer, what=next_what or one.what, due_at=next_at, staff=to, by=by)
    return one


def skip(one: FollowUp, *, by: Staff) -> FollowUp:
    """Not this time; the next turn stands."""
    if not one.repeat:
        raise Refused(N_("这条跟进不重复，没有下一次；不用了就点「不用提醒」"))
    close(one, outcome="skipped", by=by)
    return _again(one, by)


def _again(
    one: FollowUp, by: Staff, at: datetime | None = None, what: str = "", to: Staff | None = None
) -> FollowUp:
    """The next turn of what repeats; `at` moves this one turn only."""
    due_at, rule = repeating.following(one.repeat)
    due_at = workdays.shifted(due_at)
    if at:
        _in_reach(at)
    return _plan(one.customer, what or one.what, at or due_at, to or one.staff, by, rule)


def close(one: FollowUp, *, outcome: str, by: Staff | None = None) -> FollowUp:
    """It ends without being done: the customer came back by themselves, or it is not wanted."""
    _open(one)
    _end(one, CLOSED, outcome=outcome)
    timeline.record(DROPPED, one.customer, by=by, subject=one, what=one.what, outcome=outcome)
    return one


def reopen(one: FollowUp) -> FollowUp:
    """What closed it was a mistake: it waits again."""
    one.state, one.outcome, one.done_at = OPEN, "", None
    db.session.flush()
    refresh_due(one.customer)
    return one


def _open(one: FollowUp) -> None:
    db.session.flush()  # what the caller has set already is not to be read over
    db.session.refresh(one, with_for_update=True)
    if not one.is_open:
        raise Refused(N_("这条跟进已经结束了，请刷新页面看最新的情况"))


def _end(one: FollowUp, state: str, *, outcome: str, result: str = "") -> None:
    one.state, one.outcome, one.result, one.done_at = state, outcome, result, now()
    one.raised = 0
    db.session.flush()
    refresh_due(one.customer)


def refresh_due(customer: Customer) -> None:
    """Tell the customer's card when the earliest open follow-up is due."""
    due = db.session.scalar(
        select(db.func.min(FollowUp.due_at)).where(
            FollowUp.customer_id == customer.id, FollowUp.state == OPEN
        )
    )
    people.set_next_due(customer, due)


def visible_to(staff: Staff) -> Select[FollowUp]:
    """The follow-ups with the customers that a colleague may see."""
    statement = select(FollowUp).join(Customer, Customer.id == FollowUp.customer_id)
    return statement.where(finding.seen_by(staff))


def of(customer: Customer, *, state: str = OPEN) -> list[FollowUp]:
    """The customer's open follow-ups, the most pressing first."""
    return list(
        db.session.scalars(
            select(FollowUp)
            .where(FollowUp.customer_id == customer.id, FollowUp.state == state)
            .order_by(FollowUp.due_at, FollowUp.id)
        )
    )


def ended_of(customer: Customer, *, most: int = 20) -> list[FollowUp]:
    """The customer's last ended follow-ups, newest first."""
    ended = select(FollowUp).where(FollowUp.customer_id == customer.id, FollowUp.state != OPEN)
    return list(db.session.scalars(ended.order_by(FollowUp.id.desc()).limit(most)))


@job()
def due() -> None:
    """What is late goes up a step: to its colleague, to the manager, to be offered to another."""
    for level in escalating.AFTER:
        while ids := _unraised(level):
            escalating.mark(level, ids)
            db.session.commit()


def _unraised(level: int) -> list[int]:
    """Read without holding the writer's lock: of a shop far behind there are many to look at."""
    with looking():
        return escalating.unraised(level)


HANDED = ("customer.handed", "customer.claimed")


@job()
def follow_owner(moment_id: int) -> None:
    """Listens to the bell: what nobody who may see the customer would do, the new owner does."""
    customer = db.session.get_one(Moment, moment_id).customer
    db.session.refresh(customer)
    for one in of(customer):
        if one.staff is None or not finding.sees(one.staff, customer):
            one.staff_id = customer.owner_id
