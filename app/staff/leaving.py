"""A colleague leaves: the account closes, and what they looked after goes to others.

All of it is one transaction as long as it fits into one: a write holds up everybody else's, so
beyond AT_ONCE things the worker carries on in short ones. The account is closed either way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.core.batches import batched
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.staff import accounts
from app.staff.models import Departure, Staff

AT_ONCE = 150  # things, each with its story and its search words: 0.6 s measured
A_FEW = 5
MANY = 1000  # counted up to here
NOBODY = 0


@dataclass(frozen=True)
class Estate:
    """One kind of things that colleagues look after, as its room hands it on.

    `count(leaver, most)` says how many there are. `hand_on(leaver, heir, by, most)` hands over at
    most so many and answers to whom each went, by id, NOBODY for nobody; [] when nothing is left.
    """

    name: str
    label: str
    count: Callable[[Staff, int], int]
    hand_on: Callable[[Staff, Staff | None, Staff | None, int], list[int]]


# Handed over in wiring.py: in this order, since what follows the customer asks who has them now.
estates: list[Estate] = []


def held_by(person: Staff) -> list[tuple[str, str, int]]:
    """(name, label, how many, up to MANY) of each kind of things."""
    return [(one.name, one.label, one.count(person, MANY)) for one in estates]


def heir(chosen: str) -> Staff | None:
    """The colleague of a choice; None for «nobody» or «with the customer»."""
    if not chosen:
        return None
    person = db.session.get(Staff, int(chosen))
    if person is None or not person.is_active:
        raise Refused(N_("接手的同事已经停用，请另选一位"))
    return person


def leave(person: Staff, heirs: dict[str, Staff | None], *, by: Staff) -> Departure:
    """Close the account, end its sessions, and hand over what it looked after."""
    if not person.is_active:
        raise Refused(N_("%(name)s 已经停用了"), name=person.display)
    if person.id in {one.id for one in heirs.values() if one}:
        raise Refused(N_("不能交给正要停用的人，请另选一位同事"))
    accounts.deactivate(person, by=by)
    chosen = {name: one.id for name, one in heirs.items() if one}
    departure = Departure(staff_id=person.id, by_id=by.id, heirs=chosen, handed={}, done_at=None)
    db.session.add(departure)
    db.session.flush()
    if carry_on(departure, AT_ONCE):
        finish.later(departure.id)
    return departure


def carry_on(departure: Departure, most: int) -> bool:
    """Hand over at most so many things; whether there may be more."""
    by = db.session.get(Staff, departure.by_id) if departure.by_id else None
    for estate in estates:
        chosen = departure.heirs.get(estate.name)
        to = db.session.get(Staff, chosen) if chosen else None
        went = estate.hand_on(departure.staff, to if to and to.is_active else None, by, most)
        _tally(departure, estate.name, went)
        most -= len(went)
        if most <= 0:
            return True
    departure.done_at = now()
    return False


def _tally(departure: Departure, name: str, went: list[int]) -> None:
    counts = dict(departure.handed.get(name, {}))
    for one in went:
        counts[str(one)] = counts.get(str(one), 0) + 1
    departure.handed = {**departure.handed, name: counts}
    db.session.flush()


@job()
def finish(departure_id: int) -> None:
    """Carry on in short transactions. Doing it twice hands nothing over twice."""
    departure = db.session.get_one(Departure, departure_id)
    if departure.done_at or departure.staff.is_active:
        return
    for _more in batched(iter(lambda: carry_on(departure, A_FEW), False)):
        pass


def last_of(person: Staff) -> Departure | None:
    of = select(Departure).where(Departure.staff_id == person.id)
    return db.session.scalar(of.order_by(Departure.id.desc()).limit(1))


def lines(departure: Departure) -> list[tuple[str, list[tuple[Staff | None, int]]]]:
    """(label, [(to whom, how many)]) of each kind of things."""
    return [
        (
            estate.label,
            [
                (db.session.get(Staff, int(one)) if int(one) else None, count)
                for one, count in sorted(departure.handed.get(estate.name, {}).items())
            ],
        )
        for estate in estates
    ]
