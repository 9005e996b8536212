"""Whom a sentence means: the customer that it names, and the colleague who is to do it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import ask
from app.customers import finding
from app.customers.models import Customer
from app.staff.models import Staff

OFFERED = 6  # customers that may be meant
MOST_ASKED = 6  # names that are looked up
POLITE = (
    "姐", "哥", "总", "老板", "阿姨", "叔叔", "叔", "伯", "太太", "先生", "女士", "小姐", "老师",
    "妈妈", "爸爸", "妈", "爸", "婶", "奶奶", "爷爷", "师傅", "医生",
)  # fmt: skip
_BREAK = re.compile(r"[\s,，。.、;；:：!！?？「」“”\"'()（）]+")
_DOING = re.compile(
    "^(?:回访|联系|跟进|拜访|走访|问候|问一下|问问|问|约|提醒|通知|告诉|打电话给|回电话给|打给|发给|送给"
    "|找|请|祝|看看|陪|帮|催|给|叫|去|和|跟|记得|要)+"
)
_ENDS = re.compile(
    "打电话|发消息|发微信|送|寄|发|说|讲|要|买|到店|来店|试|看|问|回|的|那|这|家|有没有|是"
)
_TAIL = re.compile(r"(?<!\d)\d{4,11}(?!\d)")

WHO = (Customer.id, Customer.name, Customer.remark, Customer.contact_phone)


@dataclass(frozen=True)
class Meant:
    """The customers that may be meant, the likeliest first; `sure` when only one can be."""

    people: Sequence[Any] = ()
    sure: bool = False


def customers(staff: Staff, text: str) -> Meant:
    """Those among a colleague's customers whom a text names."""
    for name in _names(text):
        ids = finding.search(staff, name, most=OFFERED * 4)
        found = _called(ids, name)
        if found:
            exact = [one for one in found if one.name == name or name.isdigit()]
            return Meant(found[:OFFERED], len(exact) == 1 or len(found) == 1)
    return Meant()


def _called(ids: Sequence[int], name: str) -> list[Any]:
    """Those of the hits who are called so themselves, the shortest name first."""
    if not ids:
        return []
    rows = ask(select(*WHO).where(Customer.id.in_(ids), Customer.archived_at.is_(None))).all()
    if name.isdigit():
        return list(rows)
    called = [one for one in rows if name.casefold() in one.name.casefold()]
    return sorted(called, key=lambda one: (not one.name.startswith(name), len(one.name), one.id))


def _names(text: str) -> list[str]:
    """What may be a name, the likeliest first."""
    found = [m[0] for m in _TAIL.finditer(text)]
    for words in _BREAK.split(text):
        found += _names_in(_DOING.sub("", words))
    return [name for name in dict.fromkeys(found) if name][:MOST_ASKED]


def _names_in(words: str) -> Iterator[str]:
    """«王姐试用装»: 王姐试用, 王姐试, 王姐; best what ends in 姐, or before a verb."""
    if not words:
        return
    if words.isascii():
        yield words[:20]
        return
    polite = [words[: words.index(end) + len(end)] for end in POLITE if end in words[1:5]]
    yield from sorted((name for name in polite if len(name) <= 5), key=len, reverse=True)[:1]
    ends = _ENDS.search(words, 2)
    if ends and ends.start() <= 5:
        yield words[: ends.start()]
    for size in (4, 3, 2):
        if len(words) >= size:
            yield words[:size]


def colleague(text: str, people: Sequence[Staff]) -> tuple[Staff | None, str]:
    """«让小艾明天回访…»: who is to do it, and the text without that."""
    for one in sorted(people, key=lambda person: -len(person.display)):
        for name in (one.display, one.name):
            said = re.search(rf"(?:让|派|交给|由|@)\s?{re.escape(name)}(?:去|来)?", text)
            if said:
                return one, f"{text[: said.start()]} {text[said.end() :]}".strip()
    return None, text
