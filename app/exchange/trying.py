"""The dry run of a row: what an import would do, without doing it."""

from collections import Counter

from app.core.db import db
from app.core.errors import Refused
from app.core.formats import money
from app.exchange import tagging
from app.exchange.applying import Owners
from app.exchange.lines import Line, same_name
from app.exchange.matching import (
    NAMESAKES,
    OTHER_CONTACT,
    find,
    missing,
    new_handles,
    of_name,
    other_contact,
    other_name,
    owner_of,
)
from app.exchange.returns import NOT_FOUND, purchase_digest, purchase_key, purchase_of
from app.sales.models import Order, Refund


class Trial:
    """Remembers the customers that the rows so far would have made."""

    def __init__(self, owners: Owners) -> None:
        self.owners = owners
        self.handles: dict[tuple[str, str], Line] = {}
        self.names: Counter[str] = Counter()
        self.unnumbered: dict[str, Line] = {}
        self.bought: Counter[str] = Counter()
        self.dearest: Counter[str] = Counter()  # of each customer, what the file lets them buy
        self.words = tagging.Expected()

    def foresee(self, line: Line) -> list[str]:
        """The counters that the row would move. Refused as the import itself would."""
        owner = owner_of(line, self.owners)
        self.words.expect(line)
        met = self._met(line)
        known = None if met else find(line)
        if line.is_refund and not (met or known):
            raise Refused(NOT_FOUND, amount=money(-line.cents))
        if known:
            takes_over = owner is not None and known.owner_id is None
            changed = missing(known, line) or new_handles(known, line) or takes_over
            changed = changed or tagging.adds(known, line)
            moved = ["updated"] if changed else []
        else:
            moved = [] if met else ["created"]
            self._remember(line)
        if line.day:
            who: int | str = known.id if known else line.called
            moved += self._given_back(who, line) if line.is_refund else self._bought(who, line)
        return moved if set(moved) - {"known"} else [*moved, "unchanged"]

    def _met(self, line: Line) -> bool:
        """Whether an earlier row of the file would have made this customer."""
        for one in line.handles:
            if earlier := self.handles.get(one):
                if line.name and earlier.name and not same_name(earlier.name, line.name):
                    raise other_name(*one, earlier.name)
                return True
        if line.handles:
            return False
        if line.day:
            namesakes = self.names[line.name]
            if namesakes and (namesakes := namesakes + len(of_name(line.name))) > 1:
                raise Refused(NAMESAKES, n=namesakes, name=line.name)
            return namesakes > 0
        earlier = self.unnumbered.get(line.name)
        if earlier and other_contact(earlier.contact_phone, line.contact_phone):
            raise Refused(OTHER_CONTACT, name=line.name)
        return earlier is not None

    def _remember(self, line: Line) -> None:
        new = not self._known_here(line)
        for one in line.handles:
            self.handles.setdefault(one, line)
        if not line.handles:
            self.unnumbered.setdefault(line.name, line)
        if new:
            self.names[line.name] += 1

    def _known_here(self, line: Line) -> bool:
        if line.handles:
            return any(one in self.handles for one in line.handles)
        return line.name in self.unnumbered or bool(line.day and self.names[line.name])

    def _bought(self, who: int | str, line: Line) -> list[str]:
        """A purchase, and what of it was given back, if no import brought them before."""
        self.dearest[str(who)] = max(self.dearest[str(who)], line.cents - line.back)
        key, again = self._key(who, line)
        order = None if again else db.session.scalar(db.select(Order).where(Order.key == key))
        more = line.back > (order.refunded_cents if order else 0) and not again
        return ["known" if order or again else "orders", *["refunds"] * more]

    def _given_back(self, who: int | str, line: Line) -> list[str]:
        """A row that is a refund. A purchase of this file that is dear enough will do: of several,
        only the import itself says which."""
        key, again = self._key(who, line)
        if again or db.session.scalar(db.select(Refund.id).where(Refund.key == key)):
            return ["known"]
        if self.dearest[str(who)] < -line.cents:
            purchase_of(who if isinstance(who, int) else 0, line)
        return ["refunds"]

    def _key(self, who: int | str, line: Line) -> tuple[str, bool]:
        """How a purchase is known again, and whether this file has brought the very one."""
        digest = purchase_digest(who, line)
        self.bought[digest] += 1
        nth = self.bought[digest]
        return purchase_key(digest, 1 if line.order_no else nth), bool(line.order_no and nth > 1)
