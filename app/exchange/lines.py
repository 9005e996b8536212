"""One row of a file as a line of values: what it says, or why it cannot be understood. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.errors import N_, Refused
from app.core.written import TOO_MUCH, parse_money, quoted
from app.customers import identities
from app.customers.models import PHONE
from app.customers.tags import LONGEST_TAG, MOST_EACH
from app.exchange.fields import ACCOUNTS, FIELDS
from app.exchange.values import parse_day, parse_phone
from app.sales.ordering import MOST_CENTS

BLANKS = {
    "", "-", "--", "—", "——", "/", "\\", ".", "无", "没有", "暂无", "空", "n/a", "na", "null",
    "none", "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!",
}  # fmt: skip
YES = {"是", "勿扰", "免打扰", "对", "有", "1", "y", "yes", "true", "√", "✓", "✔"}
SAME_AS_PHONE = {"同手机", "同手机号", "手机号", "手机同号", "微信同号", "同号", "同电话", "同上"}
ADDED = YES | {"已加", "已添加", "加了", "已加微信"}  # says that there is one, not which
NO = {"否", "不", "不是", "可以", "0", "n", "no", "false", "×"}
LONGEST = {"name": 100, "contact_phone": 40, "email": 128, "remark": 1000, "tags": 600,
           "origin": LONGEST_TAG, "owner": 60, "text": 200, "order_no": 60}  # fmt: skip

TOTALS = {"合计", "总计", "小计", "总数", "合计：", "总计："}

NOBODY = N_("这一行没有称呼也没有手机；请补上再导入")
TOTAL = N_("这一行像是合计，不是客户；不用导入")
TOO_LONG = N_("“%(column)s”超过 %(most)s 个字；请改短")
TOO_MANY = N_("一位客户最多 %(most)s 个标签；请去掉几个再导入")
NO_FLAG = N_("“勿扰”里的“%(text)s”看不懂；请写“是”或“否”")
OWES_MORE = N_("欠款“%(text)s”比金额还多；请核对")
NO_DATE = N_("有金额没有日期；请补上消费日期")
NO_SUM = N_("这一行是退款，却没有金额；请补上退了多少")
BACK_MORE = N_("退款“%(text)s”比这笔的金额还多；请核对")
GIVEN_BACK = re.compile(r"[^未无不没]*退.*|refund(ed)?|return(ed)?|冲红|冲正|红冲")  # kinds of rows

_APART = re.compile(r"[,，、/;；|\n()（）或和]+|\s{2,}")
_BETWEEN = re.compile(r"[,，、;；|/\n]+")
_WIDE_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_MOBILE = re.compile(r"\+861[3-9][0-9]{9}")


@dataclass(frozen=True, slots=True)
class Line:
    """What a row says. Without a day it tells of no purchase."""

    name: str = ""
    handles: tuple[tuple[str, str], ...] = ()  # identities: kind and value, the phone first
    contact_phone: str = ""
    remark: str = ""
    tags: tuple[str, ...] = ()
    origin: str = ""
    owner: str = ""
    do_not_disturb: bool = False
    day: date | None = None
    cents: int = 0  # below nought: a row that gives part of an earlier purchase back
    owed: int = 0
    back: int = 0  # of this purchase has been given back
    text: str = ""
    order_no: str = ""

    @property
    def is_refund(self) -> bool:
        return self.cents < 0

    @property
    def phone(self) -> str:
        return dict(self.handles).get(PHONE, "")

    @property
    def called(self) -> str:
        """What the file knows the customer by."""
        return self.handles[0][1] if self.handles else self.name


def understand(cells: Sequence[str], columns: Mapping[str, int], today: date) -> Line:
    """Read a row by the meaning of its columns. Refused with the first thing that is wrong."""
    said = {field: _cell(cells, place) for field, place in columns.items()}
    for field, most in LONGEST.items():
        if len(said.get(field, "")) > most:
            raise Refused(TOO_LONG, column=FIELDS[field].label, most=most)
    name = tidy_name(said.get("name", ""))
    phone, other = _phones(said.get("phone", ""))
    handles = _handles(said, phone)
    if not (name or handles):
        raise Refused(NOBODY)
    if name in TOTALS and not phone:
        raise Refused(TOTAL)
    return Line(
        name=name, handles=handles,
        contact_phone=_phones(said.get("contact_phone", ""))[0] or other,
        remark=said.get("remark", ""), tags=_tags(said.get("tags", "")),
        origin=tidy_name(said.get("origin", "")), owner=said.get("owner", ""),
        do_not_disturb=_flag(said.get("do_not_disturb", "")), **_purchase(said, today),
    )  # fmt: skip


def _cell(cells: Sequence[str], place: int) -> str:
    text = cells[place].strip() if place < len(cells) else ""
    return "" if text.casefold() in BLANKS else text


def tidy_name(text: str) -> str:
    """One line without odd spaces; none between Chinese characters, as Excel users align names."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return _WIDE_GAP.sub("", plain)


def same_name(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _phones(text: str) -> tuple[str, str]:
    """The first mobile number, or the first of all, and the first other one."""
    text = text.lstrip("'‘’`")  # how Excel users make a number text
    if not text:
        return "", ""
    try:
        return parse_phone(text), ""
    except Refused as no:
        numbers = _several(text)
        if not numbers:
            raise no from None
    first = next((n for n in numbers if _MOBILE.fullmatch(n)), numbers[0])
    others = [n for n in numbers if n != first]
    return first, others[0] if others else ""


def _several(text: str) -> list[str]:
    """The numbers in «13800130001/021-62345678（家里）»; a broken one among them is refused."""
    pieces = [p for p in _APART.split(text) if sum(c.isdigit() for c in p) >= 5]
    return [parse_phone(piece) for piece in pieces] if len(pieces) > 1 or pieces != [text] else []


def _handles(said: Mapping[str, str], phone: str) -> tuple[tuple[str, str], ...]:
    """All by which the row's customer is known: the phone, and the accounts of its columns."""
    found = [(PHONE, phone)] if phone else []
    for kind in ACCOUNTS:
        text = tidy_name(said.get(kind, ""))
        if phone and text in SAME_AS_PHONE:
            text = phone.removeprefix("+86").removeprefix("+")
        if text and text not in ADDED:
            found.append((kind, identities.normal(kind, text)))
    return tuple(found)


def _tags(text: str) -> tuple[str, ...]:
    """«老客、会员» are two, in their order; said twice is said once."""
    words = [tidy_name(part) for part in _BETWEEN.split(text)]
    if any(len(word) > LONGEST_TAG for word in words):
        raise Refused(TOO_LONG, column=FIELDS["tags"].label, most=LONGEST_TAG)
    found = tuple(dict.fromkeys(word for word in words if word and word.casefold() not in BLANKS))
    if len(found) > MOST_EACH:
        raise Refused(TOO_MANY, most=MOST_EACH)
    return found


def _flag(text: str) -> bool:
    word = unicodedata.normalize("NFKC", text).casefold()
    if word in YES:
        return True
    if word and word not in NO:
        raise Refused(NO_FLAG, text=text[:20])
    return False


def _purchase(said: Mapping[str, str], today: date) -> dict[str, Any]:
    day, amount = said.get("date", ""), said.get("amount", "")
    if (amount or said.get("owed") or said.get("refunded")) and not day:
        raise Refused(NO_DATE)
    if not day:
        return {}
    # of unknown amount, and still a visit
    cents = parse_money(amount, negative=True) if amount else 0
    back = _back(said.get("refunded", ""), cents)
    if abs(cents) > MOST_CENTS or back > MOST_CENTS:
        raise Refused(TOO_MUCH, text=quoted(amount or said["refunded"]))
    if _gives_back(said, cents, back):
        cents, back = -(back or abs(cents)), 0
        if not cents:
            raise Refused(NO_SUM)
    elif back > cents:
        raise Refused(BACK_MORE, text=quoted(said["refunded"]))
    return {
        "day": parse_day(day, today), "cents": cents, "owed": _owed(said, cents), "back": back,
        "text": said.get("text", ""), "order_no": said.get("order_no", ""),
    }  # fmt: skip


def _gives_back(said: Mapping[str, str], cents: int, back: int) -> bool:
    """Whether the whole row is a refund: by its sign, its kind, or because nothing was paid."""
    kind = unicodedata.normalize("NFKC", said.get("kind", "")).casefold()
    return cents < 0 or bool(GIVEN_BACK.fullmatch(kind)) or (back > 0 and not said.get("amount"))


def _back(text: str, cents: int) -> int:
    """What of the row's purchase was given back: a sum, or «是» for all of it."""
    word = unicodedata.normalize("NFKC", text).casefold()
    if word in YES and not word.isdecimal():
        return max(0, cents)
    return 0 if not word or word in NO else abs(parse_money(text, negative=True))


def _owed(said: Mapping[str, str], cents: int) -> int:
    owed = parse_money(said["owed"]) if said.get("owed") else 0
    if owed > max(0, cents):
        raise Refused(OWES_MORE, text=quoted(said["owed"]))
    return owed
