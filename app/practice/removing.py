"""Take practice and the demo shop away again, without a trace.

What hangs on a customer is found by the foreign keys of the schema, so that a new table is
removed by existing. What carries only an account, or is named after a row, is told below.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from app.community import joining, succession
from app.core.batches import batched
from app.core.db import Base, db
from app.core.jobs import Job
from app.core.outbox import Letter
from app.core.settings import SettingRow
from app.customers import finding, hanging, silences, timeline
from app.customers.models import Customer, Moment, Rhythm
from app.inbox import indexing
from app.inbox.models import Message
from app.portal.models import MemberSession
from app.practice import dressing, goods, perks
from app.practice.models import Bubble, Phone, Wire
from app.reminders import quiet
from app.sales.models import Pair, ShopFigures
from app.staff import accounts, chain
from app.staff.models import Staff, Throttle
from app.wechat.accounts import PRACTICE_ID
from app.wechat.models import AccessToken, Arrival

TURNS = (quiet.TURN, silences.MARKED)  # rows that are no settings of the shop
PRACTICE, DEMO = "practice", "demo"
CHUNK = 500
LINES = ("practice:", f"arrival:{PRACTICE_ID}", f"letter:wechat:{PRACTICE_ID}")


def _quietly(_count: int) -> None:
    """Nobody watches the progress."""


def practice() -> int:
    """Remove the phones and everybody who came over them; how many customers.

    The many go in batches; the caller commits the rest.
    """
    count = _remove([PRACTICE], _quietly)
    db.session.expire_all()
    return count


def size() -> int:
    """How many customers demo() would remove."""
    counted = select(db.func.count(Customer.id)).where(Customer.source.in_([PRACTICE, DEMO]))
    return db.session.scalar(counted) or 0


def demo(tick: Callable[[int], object] = _quietly) -> int:
    """Remove the demo shop, practice, and the demo colleagues; how many customers."""
    count = _remove([PRACTICE, DEMO], tick)
    dressing.take_off()
    for model in (Pair, ShopFigures):  # worked out anew from what stays
        db.session.execute(db.delete(model))
    goods.clear()
    perks.take_off()
    _remove_colleagues()
    bought = select(Customer.id).where(Customer.visits > 0).limit(1)
    if db.session.scalar(bought) is None:
        db.session.execute(db.delete(Rhythm))
        db.session.execute(db.delete(SettingRow).where(SettingRow.name.in_(TURNS)))
    db.session.expire_all()
    return count


def _remove(sources: list[str], tick: Callable[[int], object]) -> int:
    count = 0
    for ids in batched(iter(lambda: _some(sources), [])):
        _forget(ids)
        count += len(ids)
        tick(len(ids))
    for model in (Wire, Bubble, Phone):
        db.session.execute(db.delete(model))
    joining.recount()
    _remove_of_accounts()
    _remove_jobs()
    return count


def _some(sources: list[str]) -> list[int]:
    statement = select(Customer.id).where(Customer.source.in_(sources)).limit(CHUNK)
    return list(db.session.scalars(statement))


def _forget(ids: Sequence[int]) -> None:
    for book in chain.BOOKS.values():
        chain.strike(book, book.about.in_([f"customer:{one}" for one in ids]))
    indexing.forget(ids)
    hanging.cut(Base.metadata.tables["customer"], ids)


def _remove_of_accounts() -> None:
    """What names the practice account. A letter that a kept message shows stays."""
    shown = select(Message.id).where(Message.letter_id == Letter.id).exists()
    for condition in (
        db.delete(Letter).where(Letter.account.startswith(PRACTICE_ID), ~shown),
        db.delete(Arrival).where(Arrival.account.startswith(PRACTICE_ID)),
        db.delete(MemberSession).where(MemberSession.account.startswith(PRACTICE_ID)),
        db.delete(AccessToken).where(AccessToken.account.startswith(PRACTICE_ID)),
    ):
        db.session.execute(condition.execution_options(synchronize_session=False))


def _remove_jobs() -> None:
    """Jobs of the phones, and jobs about moments that are gone."""
    for line in LINES:
        db.session.execute(db.delete(Job).where(Job.line.startswith(line)))
    names = {one.task.name for one in timeline.listeners}
    rung = db.session.execute(select(Job.id, Job.args).where(Job.name.in_(names))).all()
    known = set(db.session.scalars(select(Moment.id).where(Moment.id.in_([a[0] for _, a in rung]))))
    gone = [job_id for job_id, args in rung if args[0] not in known]
    db.session.execute(db.delete(Job).where(Job.id.in_(gone)))


def _remove_colleagues() -> None:
    """The demo colleagues go; what they did for kept customers stays, without their name."""
    people = db.session.scalars(select(Staff).where(Staff.is_demo)).all()
    ids = [person.id for person in people]
    owned = db.session.scalars(select(Customer.id).where(Customer.owner_id.in_(ids))).all()
    _pass_on_topics(people)
    names = [f"account:{person.name}" for person in people]
    about = [f"staff:{one}" for one in ids]
    db.session.execute(db.delete(Throttle).where(Throttle.bucket.in_(names)))
    for book in chain.BOOKS.values():
        chain.strike(book, book.by_id.in_(ids) | book.about.in_(about))
    staff = Base.metadata.tables["staff"]
    for table, column in hanging.standing_on(staff):
        if column.nullable:
            gone = db.update(table).where(column.in_(ids)).values({column.name: None})
            db.session.execute(gone)
    hanging.cut(staff, ids)
    db.session.expire_all()
    for customer_id in owned:
        finding.index(db.session.get_one(Customer, customer_id))


def _pass_on_topics(people: Sequence[Staff]) -> None:
    """What a kept customer wants is somebody's still, where anybody is left."""
    for person in people:
        person.is_active = False
    db.session.flush()
    if not accounts.active():
        return
    for person in people:
        while succession.pass_on(person, CHUNK):
            pass
