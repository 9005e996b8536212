"""Who belongs to a community: the kinds of rules, and the rows as they hold."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.community import terms
from app.community.models import AFTERSALE, CUSTOMERS, PRESALE, Group, Rule
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import tags
from app.customers.models import Tag
from app.sales.models import Product

ASKED, SCANNED, TAGGED, BOUGHT = "asked", "scanned", "tagged", "bought"
REFUNDED, WARRANTY, TOPIC = "refunded", "warranty", "topic"
PINNED, EXCLUDED = "pinned", "excluded"
SIGNS = (ASKED, SCANNED)  # what is said or scanned is noted down when it happens: signs.py
PRODUCT, CATEGORY = "product:", "category:"
MOST, MOST_WORDS, LONGEST_WORD, MOST_DAYS = 12, 20, 30, 3660
WORDS = re.compile(r"[、，,;；\n]+")


@dataclass(frozen=True)
class Kind:
    """A kind of rule: how it is called, what is typed for it, and the days it begins with."""

    label: str
    hint: str
    takes: str = ""  # words | tag | thing | ""
    days: int | None = None  # None: it knows no days
    can_be_fresh: bool = False


KINDS = {
    ASKED: Kind(
        N_("问过商品"), N_("客户发来的话里提到商品，或者你写的词"), "words", 30, True
    ),
    SCANNED: Kind(N_("扫过商品码"), N_("扫了带场景的二维码进来"), "words", 30, True),
    TAGGED: Kind(N_("有标签"), N_("带着某个标签的客户"), "tag", None, True),
    BOUGHT: Kind(N_("买过"), N_("买过任何商品，或者某个商品、某一类"), "thing", 0),
    TOPIC: Kind(
        N_("有没办完的主题"), N_("有主题在这个群里办，或者提了某一种主题、还没解决"), "topic"
    ),
    REFUNDED: Kind(N_("退过货"), N_("退货退款以后的一段时间"), "", 30),
    WARRANTY: Kind(
        N_("还在保修期"), N_("商品资料里填了保修天数的，从购买那天算起")
    ),
}  # fmt: skip
# What a new house begins with; its owner changes it.
FIRST: dict[str, tuple[tuple[str, str, int, bool], ...]] = {
    PRESALE: (
        (TOPIC, "", 0, False), (ASKED, "", 30, True),
        (ASKED, "多少钱、怎么卖、有货吗、还有吗", 30, True), (SCANNED, "", 30, True),
    ),
    CUSTOMERS: ((BOUGHT, "", 0, False),),
    AFTERSALE: (
        (TOPIC, "", 0, False), (TOPIC, terms.SERVICE, 0, False),
        (TOPIC, terms.COMPLAINT, 0, False), (REFUNDED, "", 30, False), (WARRANTY, "", 0, False),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A rule as its conditions are built from: with what it is called at this moment."""

    group_id: int
    id: int
    kind: str
    value: str
    days: int
    fresh: bool
    what: str = ""
    lasting: tuple[int, ...] = ()  # of a warranty: the days that occur on the shelf


def begin(group_id: int, kind: str) -> None:
    """The rules that a new community of a kind begins with."""
    for name, value, days, fresh in FIRST[kind]:
        db.session.add(Rule(group_id=group_id, kind=name, value=value, days=days, fresh=fresh))
    db.session.flush()


def _nothing(_typed: str) -> str:
    return ""


def _words(typed: str) -> str:
    """«多少钱、有货吗», each once; empty means all that the shop sells, or every code."""
    found = list(dict.fromkeys(one.strip() for one in WORDS.split(typed) if one.strip()))
    if len(found) > MOST_WORDS or any(len(one) > LONGEST_WORD for one in found):
        raise Refused(
            N_("最多 %(n)s 个词，每个不超过 %(most)s 个字，用顿号隔开"), field="words",
            n=MOST_WORDS, most=LONGEST_WORD,
        )  # fmt: skip
    whole = "、".join(found)
    if len(whole) > 200:
        raise Refused(N_("这些词加起来太长了，请分成两条规则"), field="words")
    return whole


def _tag(typed: str) -> str:
    here = {str(one.id) for kind in (tags.TAG, tags.SOURCE) for one in tags.all_of(kind)}
    if typed not in here:
        raise Refused(N_("请选一个标签；还没有标签的话，先到设置里建"), field="tag")
    return typed


def _topic(typed: str) -> str:
    if typed and typed not in terms.KINDS:
        raise Refused(N_("没有这种主题，请从列表里选一种"), field="topic")
    return typed


def _thing(typed: str) -> str:
    """A product or a category by its name; empty means whatever it was."""
    if not typed:
        return ""
    if db.session.scalar(select(Product.id).where(Product.category == typed).limit(1)):
        return f"{CATEGORY}{typed}"
    product = db.session.scalar(select(Product.id).where(Product.name == typed))
    if product is None:
        raise Refused(N_("没有叫「%(name)s」的商品或分类，请从列表里选"), field="thing", name=typed)
    return f"{PRODUCT}{product}"


TAKES: dict[str, Callable[[str], str]] = {
    "": _nothing, "words": _words, "tag": _tag, "thing": _thing, "topic": _topic,
}  # fmt: skip


# As the conditions are built from -----------------------------------------------------------------


def lines_of(groups: Iterable[Group]) -> dict[int, tuple[Line, ...]]:
    """{community: its rules}, in one look for all, with the names that they need."""
    ids = [group.id for group in groups]
    rows = db.session.scalars(select(Rule).where(Rule.group_id.in_(ids)).order_by(Rule.id)).all()
    names = _names(rows)
    covers = lasting() if any(row.kind == WARRANTY for row in rows) else ()
    found: dict[int, list[Line]] = {one: [] for one in ids}
    for row in rows:
        found[row.group_id].append(
            Line(row.group_id, row.id, row.kind, row.value, row.days, row.fresh,
                 named(row, names)[:60], covers if row.kind == WARRANTY else ())
        )  # fmt: skip
    return {one: tuple(lines) for one, lines in found.items()}


def named(rule: Rule, names: dict[str, str]) -> str:
    """What a rule is about, in a word: a tag's or a product's name, a category, the words."""
    if rule.kind in SIGNS:
        return rule.value
    if rule.kind == TOPIC:
        return terms.KINDS.get(rule.value, "")  # a source sentence
    return names.get(f"{rule.kind}:{rule.value}", rule.value.removeprefix(CATEGORY))


def _names(rows: Iterable[Rule]) -> dict[str, str]:
    borne = [int(row.value) for row in rows if row.kind == TAGGED and row.value.isdigit()]
    things = [int(r.value.removeprefix(PRODUCT)) for r in rows if r.value.startswith(PRODUCT)]
    found = {}
    if borne:
        rows_of = db.session.execute(select(Tag.id, Tag.name).where(Tag.id.in_(borne)))
        found = {f"{TAGGED}:{one}": name for one, name in rows_of}
    if things:
        sold = db.session.execute(select(Product.id, Product.name).where(Product.id.in_(things)))
        found |= {f"{BOUGHT}:{PRODUCT}{one}": name for one, name in sold}
    return found


def names_of(rows: Iterable[Rule]) -> dict[int, str]:
    """{rule: what it is about}, for the page that lists them."""
    known = list(rows)
    names = _names(known)
    return {row.id: named(row, names) for row in known}


def lasting() -> tuple[int, ...]:
    """The few lengths of warranty on the shelf: each is a plain comparison of days."""
    used = select(Product.warranty_days).where(Product.warranty_days > 0).distinct()
    return tuple(sorted(db.session.scalars(used)))
