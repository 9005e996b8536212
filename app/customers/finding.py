"""Who may see whom, and the one search box. Structure: exact tokens, an inverted index.

On SQLite the index is an FTS5 table kept from `words` by triggers; on PostgreSQL it is a
generated tsvector on `words`. Both hold the same tokens, the row scope among them, so a search
by an agent never walks over other people's customers.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Integer, Select, and_, bindparam, literal_column, select, text

from app.core.db import ask, db
from app.customers import words
from app.customers.models import BY_PLATFORMS, PHONE, Customer, Helper, Identity, Note, Words
from app.staff.models import Staff

MOST = 200  # hits that are looked at
LOOK = 60  # of them at once
POOL = 0
HITS = {
    "sqlite": text(
        "SELECT rowid AS id FROM words_index WHERE words_index MATCH :match"
        " ORDER BY rowid DESC LIMIT :look"
    ),
    # MATERIALIZED: without it the planner walks the primary key backwards.
    "postgresql": text(
        "WITH hits AS MATERIALIZED (SELECT customer_id FROM words"
        " WHERE vector @@ CAST(:match AS tsquery))"
        " SELECT customer_id AS id FROM hits ORDER BY customer_id DESC LIMIT :look"
    ),
}
SPELLING = {"sqlite": ('"', " AND ", " OR ", "*"), "postgresql": ("'", " & ", " | ", ":*")}
HELPED = select(Helper.id).where(Helper.staff_id == bindparam("staff_id")).limit(1)

IS_PHONE = (Identity.kind == PHONE).label("is_phone")
WRITTEN = Identity.kind.not_in(BY_PLATFORMS)  # by people: phones, and accounts of any kind


def visible_to(staff: Staff) -> Select[Customer]:
    """The customers a colleague may see: all, or own, helped, and the public pool."""
    return select(Customer).where(seen_by(staff))


def seen_by(staff: Staff) -> Any:
    """The same as a condition on `Customer`."""
    if staff.may("customers.all"):
        return literal_column("1") == literal_column("1")
    return within_sight_of(staff.id)


def within_sight_of(staff_id: int) -> Any:
    """Own, helped, and the public pool."""
    helped = select(Helper.id).where(Helper.customer_id == Customer.id, Helper.staff_id == staff_id)
    return Customer.owner_key.in_((POOL, staff_id)) | helped.exists()


# {transaction: {colleague: whether they help anybody}}; an answer holds for one transaction.
_helping: WeakKeyDictionary[Any, dict[int, bool]] = WeakKeyDictionary()


def helps(staff_id: int) -> bool:
    """Whether a colleague helps anybody: who does not is spared the search for it."""
    db.session.connection()  # begins the transaction, where nothing else has
    known = _helping.setdefault(db.session().get_transaction(), {})
    if staff_id not in known:
        known[staff_id] = ask(HELPED, {"staff_id": staff_id}).first() is not None
    return known[staff_id]


def helpers_changed() -> None:
    """In this transaction somebody begins or ceases to help."""
    db.session.flush()
    _helping.pop(db.session().get_transaction(), None)


def sees(staff: Staff, customer: Customer) -> bool:
    """Whether a colleague, if still with us, may see this customer."""
    seen = select(Customer.id).where(Customer.id == customer.id, seen_by(staff))
    return staff.is_active and db.session.scalar(seen) is not None


# Handed over in wiring.py: rooms that keep a copy of whose customer somebody is.
heeders: list[Callable[[Customer], None]] = []


def index(customer: Customer) -> None:
    """Write the customer's tokens again: after a change of name, phone, note, owner or helper."""
    for heed in heeders:
        heed(customer)
    tokens = " ".join(tokens_of(customer))
    row = db.session.scalar(select(Words).where(Words.customer_id == customer.id))
    if row is None:
        db.session.add(Words(customer_id=customer.id, tokens=tokens))
    elif row.tokens != tokens:
        row.tokens = tokens
    db.session.flush()


def index_new(customer: Customer, phone: str) -> None:
    """Write the first tokens of a customer who has no note, no helper and at most this phone."""
    phones = [number for number in (phone, customer.contact_phone) if number]
    found = words.tokens(customer.name, phones=phones, texts=[customer.remark])
    found += scope_tokens(customer.owner_id)
    db.session.add(Words(customer_id=customer.id, tokens=" ".join(found)))
    db.session.flush()


def tokens_of(customer: Customer) -> list[str]:
    """All tokens of a customer, the scope's own among them."""
    helpers = db.session.scalars(
        select(Helper.staff_id).where(Helper.customer_id == customer.id)
    ).all()
    phones, accounts = _handles([customer.id])
    found = words.tokens(
        customer.name,
        phones=[*phones.get(customer.id, []), customer.contact_phone],
        texts=[customer.remark, *accounts.get(customer.id, []), *_notes_of(customer)],
    )
    return found + scope_tokens(customer.owner_id, helpers)


def scope_tokens(owner_id: int | None, helpers: Sequence[int] = ()) -> list[str]:
    return sorted({f"{words.SCOPE}{owner_id or POOL}", *(f"{words.SCOPE}{h}" for h in helpers)})


def _notes_of(customer: Customer) -> Sequence[str]:
    mine = select(Note.text).where(Note.customer_id == customer.id)
    return db.session.scalars(mine.order_by(Note.id.desc()).limit(20)).all()


def _handles(ids: list[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """The phones of customers, and their e-mail, WeChat number and the like, which are looked for
    as words are."""
    phones: dict[int, list[str]] = {}
    accounts: dict[int, list[str]] = {}
    asked = select(Identity.customer_id, IS_PHONE, Identity.value)
    for customer_id, is_phone, value in ask(asked.where(Identity.customer_id.in_(ids), WRITTEN)):
        (phones if is_phone else accounts).setdefault(customer_id, []).append(value)
    return phones, accounts


def search(staff: Staff, typed: str, *, most: int = 50) -> list[int]:
    """Ids of the customers that a colleague may see and that fit, newest first."""
    terms = words.query(typed)
    if not terms:
        return []
    if words.is_plain(typed):
        return _plain(staff, terms, most)
    ids = ask(_hits(), _asked(terms, _scope(staff))).scalars().all()
    fit: list[int] = []
    for start in range(0, len(ids), LOOK):
        fit += _fitting(staff, list(ids[start : start + LOOK]), typed)
        if len(fit) >= most:
            break
    return fit[:most]


def _plain(staff: Staff, terms: Sequence[words.Term], most: int) -> list[int]:
    """Hits that need no second look, as what was typed is the very token of the index.

    SQLite is quick to find the few hundred newest of everybody and slow to compare the tokens of a
    name with those of half a shop, so an agent's hits are first looked for among them.
    """
    scope = _scope(staff)
    if not scope:
        return list(ask(_hits(), _asked(terms, [], most)).scalars())
    if db.engine.dialect.name == "sqlite":
        hits = ask(_seen_among_hits(staff.id), _asked(terms, [])).all()
        seen = [row.id for row in hits if row.seen]
        if len(seen) >= most or len(hits) < MOST:
            return seen[:most]
    hits = ask(_seen_among_hits(staff.id), _asked(terms, scope)).all()
    return [row.id for row in hits if row.seen][:most]


@lru_cache(maxsize=256)
def _seen_among_hits(staff_id: int) -> Any:
    """Each hit, newest first, and whether this colleague may see it."""
    hits = _hits().columns(id=Integer).subquery("hits")
    seen = and_(Customer.id == hits.c.id, within_sight_of(staff_id))
    statement = select(hits.c.id, Customer.id.is_not(None).label("seen"))
    return statement.outerjoin(Customer, seen).order_by(hits.c.id.desc())


def _scope(staff: Staff) -> list[str]:
    if staff.may("customers.all"):
        return []
    return [f"{words.SCOPE}{staff.id}", f"{words.SCOPE}{POOL}"]


def _hits() -> Any:
    """The newest customers, up to `look`, that the index has under `match`."""
    return HITS[db.engine.dialect.name]


def _asked(terms: Sequence[words.Term], scope: list[str], look: int = MOST) -> dict[str, Any]:
    """All of the terms, and one of the scope's tokens, in the words of this index."""
    quote, both, either, beginning = SPELLING[db.engine.dialect.name]
    match = both.join(f"{quote}{t.text}{quote}{beginning if t.prefix else ''}" for t in terms)
    if scope:
        match += f"{both}({either.join(f'{quote}{token}{quote}' for token in scope)})"
    return {"match": match, "look": look}


def _fitting(staff: Staff, ids: list[int], typed: str) -> list[int]:
    """Hits whose text really holds what was typed: an AND of pairs may lie."""
    rows = ask(
        select(Customer.id, Customer.name, Customer.contact_phone, Customer.remark)
        .where(Customer.id.in_(ids), seen_by(staff))
        .order_by(Customer.id.desc())
    ).all()
    phones, accounts = _handles(ids)
    notes: dict[int, list[str]] = {}
    for customer_id, said in ask(
        select(Note.customer_id, Note.text).where(Note.customer_id.in_(ids))
    ):
        notes.setdefault(customer_id, []).append(said)
    return [
        row.id
        for row in rows
        if words.matches(
            typed, row.name, [*phones.get(row.id, []), row.contact_phone],
            [row.remark, *accounts.get(row.id, []), *notes.get(row.id, [])],
        )
    ]  # fmt: skip
