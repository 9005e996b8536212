"""The tags and the source of a row: words that the shop's lists do not have yet come along.

A card keeps what it bears: tags are added, a source is written where none is.
"""

from collections.abc import Iterator

from app.core.errors import N_, Refused
from app.customers import tags
from app.customers.models import Customer, Tag
from app.customers.tags import SOURCE, TAG
from app.exchange.lines import Line
from app.staff.models import Staff

TOO_MANY_EACH = N_("加上已有的，这位客户会超过 %(most)s 个标签；请在客户页去掉几个，或改短这一行")
FULL = N_("「%(name)s」放不下：标签或来源最多 %(most)s 个。请少用几个，或先删掉不用的")


def put(customer: Customer, line: Line, *, by: Staff | None) -> bool:
    """Give a customer what the row says; whether any of it is new."""
    new = _new(customer, line)
    for kind, name in new:
        tags.put_on(customer, _word(kind, name), by=by, told=False)
    return bool(new)


def adds(known: Customer, line: Line) -> bool:
    """Whether the row would add anything to this card."""
    return bool(_new(known, line))


def _new(customer: Customer, line: Line) -> list[tuple[str, str]]:
    if not (line.tags or line.origin):
        return []
    borne = [(one.kind, one.name) for one in tags.of(customer)]
    new = [(kind, name) for kind, name in _said(line) if (kind, name) not in borne]
    if any(kind == SOURCE for kind, _name in borne):
        new = [(kind, name) for kind, name in new if kind != SOURCE]
    both = [kind for kind, _name in (*borne, *new)]
    if new and both.count(TAG) > tags.MOST_EACH:
        raise Refused(TOO_MANY_EACH, most=tags.MOST_EACH)
    return new


def _said(line: Line) -> Iterator[tuple[str, str]]:
    yield from ((TAG, name) for name in line.tags)
    if line.origin:
        yield SOURCE, line.origin


def _word(kind: str, name: str) -> Tag:
    """The word of the shop's list; a new one is written at its end."""
    known = tags.named(kind, name)
    if known:
        return known
    try:
        return tags.add(kind, name)
    except Refused as no:
        if no.message != tags.FULL:
            raise
        raise Refused(FULL, name=name, most=tags.MOST) from no


class Expected:
    """The lists as they would be after the rows so far."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = {}

    def expect(self, line: Line) -> None:
        """Refused where a list has no more room, as the import itself would be."""
        for kind, name in _said(line):
            if kind not in self.names:
                self.names[kind] = {one.name for one in tags.all_of(kind)}
            if name not in self.names[kind] and len(self.names[kind]) >= tags.MOST:
                raise Refused(FULL, name=name, most=tags.MOST)
            self.names[kind].add(name)
