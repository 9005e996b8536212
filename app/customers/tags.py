"""Tags of customers, and where they come from: one list each, which the owner keeps."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from app.core.batches import batched
from app.core.clock import now
from app.core.db import ask, db, insert_once
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.customers import timeline
from app.customers.models import Customer, Tag, Tagging
from app.staff.models import Staff

TAG, SOURCE = "tag", "source"
MOST = 100  # of a kind: more is a list that nobody reads
MOST_EACH = 20  # tags of one customer
LONGEST_TAG = 30  # characters
TONES = {
    "grey": N_("灰"), "jade": N_("竹青"), "blue": N_("蓝"), "violet": N_("紫"),
    "amber": N_("橙"), "red": N_("红"),
}  # fmt: skip
USUAL = {
    TAG: (N_("老客"), N_("团购"), N_("会员"), N_("要发票"), N_("价格敏感")),
    SOURCE: (
        N_("路过进店"),
        N_("朋友介绍"),
        N_("公众号"),
        N_("抖音"),
        N_("小红书"),
        N_("美团点评"),
    ),
}
CHUNK = 500
FULL = N_("已经有 %(n)s 个了，请先删掉不用的")

TAGGED = timeline.kind("customer.tagged", N_("加标签"), "tag", group="card")
UNTAGGED = timeline.kind("customer.untagged", N_("去标签"), "tag", group="card")
SOURCED = timeline.kind("customer.sourced", N_("来源"), "tag", group="card")


def all_of(kind: str) -> list[Tag]:
    """The list of a kind, in the owner's order."""
    present = select(Tag).where(Tag.kind == kind, Tag.gone_at.is_(None))
    return list(db.session.scalars(present.order_by(Tag.place, Tag.id)))


def add(kind: str, name: str, *, tone: str = "grey") -> Tag:
    """A new word at the end of its list; one that was removed comes back."""
    known = all_of(kind)
    if len(known) >= MOST:
        raise Refused(FULL, field="name", n=len(known))
    place = max((one.place for one in known), default=0) + 1
    insert_once(Tag, kind=kind, name=name, tone=tone, place=place, gone_at=None)
    tag = db.session.scalars(
        select(Tag)
        .where(Tag.kind == kind, Tag.name == name)
        .execution_options(populate_existing=True)
    ).one()
    if any(one.id == tag.id for one in known):
        raise Refused(N_("已经有「%(name)s」了"), field="name", name=name)
    if tag.gone_at and _is_borne(tag):
        raise Refused(N_("「%(name)s」刚删掉，还在清理，请过一会儿再加"), field="name", name=name)
    tag.gone_at, tag.tone, tag.place = None, tone, place
    return tag


def add_usual(kind: str, names: Sequence[str]) -> int:
    """Begin a list with the usual words, those that are not there yet; how many came."""
    known = {one.name for one in all_of(kind)}
    new = [name for name in names if name not in known]
    for name in new:
        add(kind, name)
    return len(new)


def change(tag: Tag, *, name: str, tone: str) -> Tag:
    """Another word or colour: all who bear it bear the new one."""
    other = select(Tag.id).where(Tag.kind == tag.kind, Tag.name == name, Tag.id != tag.id)
    if db.session.scalar(other):
        raise Refused(N_("已经有「%(name)s」了"), field="name", name=name)
    tag.name, tag.tone = name, tone
    db.session.flush()
    return tag


def move_up(tag: Tag) -> None:
    """One place earlier in its list."""
    ordered = all_of(tag.kind)
    at = next(n for n, one in enumerate(ordered) if one.id == tag.id)
    if at:
        ordered[at - 1], ordered[at] = ordered[at], ordered[at - 1]
    for place, one in enumerate(ordered, 1):
        one.place = place


def remove(tag: Tag) -> None:
    """Gone from all lists at once; a job takes it off the customers."""
    tag.gone_at = now()
    db.session.flush()
    clear.later(tag.id)


@job()
def clear(tag_id: int) -> None:
    """Take a removed tag off everybody, a few at a time, and forget it."""
    for ids in batched(iter(lambda: _bearers(tag_id), [])):
        db.session.execute(
            db.delete(Tagging)
            .where(Tagging.id.in_(ids))
            .execution_options(synchronize_session=False)
        )
    db.session.execute(
        db.delete(Tag)
        .where(Tag.id == tag_id, Tag.gone_at.is_not(None))
        .execution_options(synchronize_session=False)
    )


def _bearers(tag_id: int) -> list[int]:
    gone = select(Tag.id).where(Tag.id == tag_id, Tag.gone_at.is_not(None))
    some = select(Tagging.id).where(Tagging.tag_id.in_(gone)).limit(CHUNK)
    return list(db.session.scalars(some))


def _is_borne(tag: Tag) -> bool:
    return (
        db.session.scalar(select(Tagging.id).where(Tagging.tag_id == tag.id).limit(1)) is not None
    )


# On customers ------------------------------------------------------------------------------------


def of(customer: Customer) -> list[Tag]:
    """What a customer bears, tags and source, in the owner's order."""
    found = select(Tag).join(Tagging, Tagging.tag_id == Tag.id)
    mine = found.where(Tagging.customer_id == customer.id, Tag.gone_at.is_(None))
    return list(db.session.scalars(mine.order_by(Tag.place, Tag.id)))


def for_rows(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """(name, tone) of the tags of many customers."""
    shown: dict[int, list[tuple[str, str]]] = {}
    if not ids:
        return shown
    rows = ask(
        select(Tagging.customer_id, Tag.name, Tag.tone)
        .join(Tag, Tag.id == Tagging.tag_id)
        .where(Tagging.customer_id.in_(ids), Tag.kind == TAG, Tag.gone_at.is_(None))
        .order_by(Tag.place, Tag.id)
    )
    for customer_id, name, tone in rows:
        shown.setdefault(customer_id, []).append((name, tone))
    return shown


def put_on(customer: Customer, tag: Tag, *, by: Staff | None, told: bool = True) -> bool:
    """Give a customer a tag, or a source in place of the one before. Twice does it once.

    Whether it is new. Not `told` where another moment of the story says it: an import, a new card.
    """
    if tag.gone_at:
        raise Refused(N_("这个标签刚被删掉了，请刷新页面"))
    if tag.kind == TAG and len([one for one in of(customer) if one.kind == TAG]) >= MOST_EACH:
        raise Refused(N_("一位客户最多 %(n)s 个标签，请先去掉一个"), n=MOST_EACH)
    if insert_once(Tagging, customer_id=customer.id, tag_id=tag.id) is None:
        return False
    if tag.kind == SOURCE:
        _take_others(customer, tag)
    if told:
        kind = SOURCED if tag.kind == SOURCE else TAGGED
        timeline.record(kind, customer, by=by, tag=tag.name)
    return True


def take_off(customer: Customer, tag: Tag, *, by: Staff | None) -> None:
    gone = db.session.scalar(
        db.delete(Tagging)
        .where(Tagging.customer_id == customer.id, Tagging.tag_id == tag.id)
        .returning(Tagging.id)
        .execution_options(synchronize_session=False)
    )
    if gone is not None:
        timeline.record(UNTAGGED, customer, by=by, tag=tag.name)


def put_all(customer: Customer, ids: Iterable[int], *, by: Staff | None) -> None:
    """What a new card bears from the start."""
    for tag in _present(ids):
        put_on(customer, tag, by=by, told=False)


def change_all(
    customer: Customer, *, before: Iterable[int], after: Iterable[int], by: Staff | None
) -> None:
    """What somebody changed between opening a form and sending it; a colleague's stays."""
    was, wanted = set(before), set(after)
    for tag in _present(wanted - was):
        put_on(customer, tag, by=by)
    replaced = any(tag.kind == SOURCE for tag in _present(wanted))
    for tag in _present(was - wanted):
        if not (replaced and tag.kind == SOURCE):  # the new source has taken its place
            take_off(customer, tag, by=by)


def _present(ids: Iterable[int]) -> list[Tag]:
    some = select(Tag).where(Tag.id.in_(set(ids)), Tag.gone_at.is_(None))
    return list(db.session.scalars(some.order_by(Tag.place, Tag.id)))


def named(kind: str, name: str) -> Tag | None:
    """The one of this name, by the index."""
    known = select(Tag).where(Tag.kind == kind, Tag.name == name, Tag.gone_at.is_(None))
    found: Tag | None = db.session.scalar(known)
    return found


def _take_others(customer: Customer, tag: Tag) -> None:
    others = select(Tag.id).where(Tag.kind == SOURCE, Tag.id != tag.id)
    db.session.execute(
        db.delete(Tagging)
        .where(Tagging.customer_id == customer.id, Tagging.tag_id.in_(others))
        .execution_options(synchronize_session=False)
    )
