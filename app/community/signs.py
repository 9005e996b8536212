"""What customers say and scan that a rule listens to: noted down when it happens, and read back
once when a rule is new. The nightly look then asks an index, and no message again."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, select

from app.community.models import Group, Rule, Sign
from app.community.rules import ASKED, SCANNED, SIGNS, WORDS, Line
from app.core.batches import batched
from app.core.clock import LONG_AGO, now
from app.core.db import ask, db, insert_of, looking
from app.core.jobs import job
from app.core.leases import got_on
from app.customers.models import Moment
from app.inbox.models import Message
from app.sales.models import Product

HEARD, SCANS = "message.received", ("wechat.scanned", "wechat.followed")
READ, FARTHEST, CHUNK = 500, 500_000, 500  # moments at once, and in all, that are read back
MOST_NAMES = 1000
GLANCE = 5000  # moments that a preview looks at
TOLD = (Moment.id, Moment.customer_id, Moment.kind, Moment.at, Moment.on, Moment.subject,
        Moment.details)  # fmt: skip
BACK = (
    select(*TOLD)
    .where(Moment.id < bindparam("before", type_=Integer))
    .order_by(Moment.id.desc())
    .limit(READ)
)


def plain(text: str) -> str:
    """Widths, case and blanks make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


class Ear:
    """The rules that listen, and what each listens for."""

    def __init__(self, rows: Iterable[Rule]) -> None:
        self.rules = [(row.id, row.kind, self._terms(row)) for row in rows]

    def _terms(self, row: Rule) -> dict[str, str]:
        """{plain: as it is written}; of a rule without words, all that is sold, or nothing."""
        if row.value:
            return {plain(one): one for one in WORDS.split(row.value) if plain(one)}
        return _sold() if row.kind == ASKED else {}

    def hears(self, kind: str, said: str) -> list[tuple[int, str]]:
        """(rule, the word) of each rule that is meant."""
        wanted = ASKED if kind == HEARD else SCANNED
        text = plain(said)
        if not text:
            return []
        found = []
        for rule_id, listens, terms in self.rules:
            if listens == wanted:
                hit = _named(text, terms) if wanted == ASKED else _scene(text, said, terms)
                if hit:
                    found.append((rule_id, hit[:60]))
        return found


def _named(text: str, terms: dict[str, str]) -> str:
    return next((written for term, written in terms.items() if term in text), "")


def _scene(text: str, said: str, terms: dict[str, str]) -> str:
    return said if not terms or text in terms else ""


def _sold() -> dict[str, str]:
    """Names and categories of what is on the shelf; of a long name also its first word."""
    columns = (Product.name, Product.category)
    shelf = select(*columns).where(Product.gone_at.is_(None)).order_by(Product.id.desc())
    found: dict[str, str] = {}
    for name, category in ask(shelf.limit(MOST_NAMES)):
        for word in (name, name.split()[0] if name.split() else "", category):
            if len(plain(word)) > 1:
                found.setdefault(plain(word), word)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))  # the longest says most


def listening() -> list[Rule]:
    here = select(Rule).join(Group, Group.id == Rule.group_id)
    rows = here.where(Group.gone_at.is_(None), Rule.kind.in_(SIGNS)).order_by(Rule.id)
    return list(db.session.scalars(rows))


def note(moment: Moment) -> None:
    """Write down what of this moment a rule listens to."""
    if moment.kind == HEARD or moment.kind in SCANS:
        _put(_heard([moment], Ear(listening())))


def _heard(moments: Sequence[Any], ear: Ear) -> list[dict[str, Any]]:
    whole = _texts(moments)
    found = []
    for moment in moments:
        said = whole.get(moment.subject) or str(
            moment.details.get("text") or moment.details.get("scene") or ""
        )
        for rule_id, what in ear.hears(moment.kind, said):
            found.append({
                "rule_id": rule_id, "customer_id": moment.customer_id, "what": what,
                "at": moment.at, "on": moment.on, "created_at": now(),
            })  # fmt: skip
    return found


def _texts(moments: Sequence[Any]) -> dict[str, str]:
    """The whole messages: a moment keeps their beginning alone."""
    heard = [one.subject for one in moments if one.kind == HEARD and one.subject]
    ids = [int(subject.rpartition(":")[2]) for subject in heard]
    if not ids:
        return {}
    rows = ask(select(Message.id, Message.text).where(Message.id.in_(ids)))
    return {f"message:{one}": text for one, text in rows}


def _put(found: list[dict[str, Any]]) -> None:
    """The newest time of each rule and customer."""
    newest: dict[tuple[int, int], dict[str, Any]] = {}
    for one in sorted(found, key=lambda sign: sign["at"]):
        newest[one["rule_id"], one["customer_id"]] = one
    if not newest:
        return
    table: Any = Sign.__table__
    insert = insert_of(db.session.get_bind().dialect.name)(table)
    new = insert.excluded
    ask(
        insert.on_conflict_do_update(
            index_elements=[table.c.customer_id, table.c.rule_id],
            set_={"what": new.what, "at": new.at, "on": new.on},
            where=new.at > table.c.at,
        ),
        list(newest.values()),
    )


@job()
def read_back(rule_id: int, before: int = 2**31 - 1) -> None:
    """A rule is new: look through what was said and scanned lately, the newest first."""
    rule = db.session.get(Rule, rule_id)
    if rule is None or rule.kind not in SIGNS:
        return
    ear, since, seen = Ear([rule]), _edge(rule), 0
    kinds = (HEARD,) if rule.kind == ASKED else SCANS
    while seen < FARTHEST:
        with looking():
            rows = ask(BACK, {"before": before}).all()
            late = [row for row in rows if row.at > since]
            found = _heard([row for row in late if row.kind in kinds], ear)
        for start in range(0, len(found), CHUNK):
            _put(found[start : start + CHUNK])
            db.session.commit()
        if not late:
            break
        before, seen = rows[-1].id, seen + READ
        got_on()


def who_said(line: Line) -> list[int]:
    """Customers who lately said or scanned it: what a rule would find before it is kept."""
    kinds = (HEARD,) if line.kind == ASKED else SCANS
    since = now() - timedelta(days=line.days) if line.days else LONG_AGO
    heard = (Moment.kind.in_(kinds), Moment.at > since)
    newest = select(Moment.id).order_by(Moment.id.desc()).limit(GLANCE).subquery()
    rows = select(*TOLD).join(newest, newest.c.id == Moment.id).where(*heard)
    ear = Ear([Rule(id=line.id, kind=line.kind, value=line.value)])
    return sorted({one["customer_id"] for one in _heard(ask(rows).all(), ear)})


def _edge(rule: Rule) -> Any:
    return now() - timedelta(days=rule.days) if rule.days else LONG_AGO


@job()
def forget(rule_id: int) -> None:
    """A rule is gone, or listens to something else: so are its signs."""
    some = select(Sign.id).where(Sign.rule_id == rule_id).limit(CHUNK)
    for ids in batched(iter(lambda: list(db.session.scalars(some)), [])):
        db.session.execute(
            db.delete(Sign).where(Sign.id.in_(ids)).execution_options(synchronize_session=False)
        )
