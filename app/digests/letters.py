"""What a message says, made when it leaves: of the rows as they are then, in the reader's language.

Customers' own words stay in the shop: a line has a name and a reason, never what was said.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.community.models import QrPicture
from app.core import mail
from app.core.db import db
from app.core.errors import N_
from app.core.notices import Notice
from app.core.words import say as _
from app.core.words import speaking
from app.digests import links, reasons, reports
from app.digests.models import CODE, DAY, DUE, MONTH, TEST, WEEK, Delivery, DeliveryLine

PARTS = {"due": N_("今天要联系"), "waiting": N_("等你回复"), "cooling": N_("快凉了")}
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


def fill(params: dict[str, object]) -> dict[str, object]:
    """What the templates of an e-mail need."""
    delivery = db.session.get_one(Delivery, int(str(params["delivery"])))
    return {"name": delivery.staff.display, **contents(delivery)}


# One letter for each kind that goes by e-mail; `names` are their templates.
NAMES = {DAY: mail.letter("digest", fill), DUE: mail.letter("due", fill),
         TEST: mail.letter("reminder_test", fill)}  # fmt: skip


def contents(delivery: Delivery) -> dict[str, Any]:
    """A message as parts with lines, and the address of the page that shows it."""
    lines = lines_of(delivery)
    parts = []
    for part, label in PARTS.items():
        of_part = [row(delivery, line) for line in lines if line.part == part]
        count = max(delivery.facts.get(part, 0), len(of_part))
        if count:
            parts.append({"label": _(label), "count": count, "rows": of_part,
                          "rest": count - len(of_part)})  # fmt: skip
    return {
        "kind": delivery.kind, "day": day_words(delivery.on), "parts": parts,
        "facts": {part: delivery.facts.get(part, 0) for part in PARTS},
        "url": links.address(links.LIST, delivery.id, delivery), "home": links.base(),
    }  # fmt: skip


def fill_brief(params: dict[str, object]) -> dict[str, object]:
    """The same for a report of figures."""
    delivery = db.session.get_one(Delivery, int(str(params["delivery"])))
    return {**brief(delivery), "url": links.address(links.LIST, delivery.id, delivery)}


NAMES |= dict.fromkeys((WEEK, MONTH), mail.letter("brief", fill_brief))


def fill_code(params: dict[str, object]) -> dict[str, object]:
    """The same for a group's QR that ends."""
    delivery = db.session.get_one(Delivery, int(str(params["delivery"])))
    said, url = _short(delivery), _code_url(delivery)
    return {"name": delivery.staff.display, "said": said, "url": url, "home": links.base()}


NAMES |= {CODE: mail.letter("code", fill_code)}


def _code_url(delivery: Delivery) -> str:
    return f"{links.base()}/groups/{delivery.facts['group']}/code"


def brief(delivery: Delivery) -> dict[str, Any]:
    """What a report shows, by whatever way."""
    return {"title": _(TITLES[delivery.kind]), "span": reports.span(delivery),
            "rows": reports.rows(delivery.facts)}  # fmt: skip


NOTICE = "digest"  # the name that the bodies of our short messages bear
TITLES = {DAY: N_("今日清单"), DUE: N_("到时间了"), TEST: N_("熟客的测试提醒"),
          WEEK: N_("老板周报"), MONTH: N_("老板月报"), CODE: N_("群二维码快到期")}  # fmt: skip


def notice(body: dict[str, object]) -> Notice:
    """The same as a short message for a phone; its address opens the page with the links."""
    delivery = db.session.get_one(Delivery, int(str(body["delivery"])))
    with speaking(delivery.staff.language):
        return Notice(
            title=_(TITLES[delivery.kind]), text=_short(delivery), at=delivery.due_at,
            url=_url(delivery),
            count=sum(delivery.facts.get(part, 0) for part in PARTS), name=delivery.staff.display,
        )  # fmt: skip


def _url(delivery: Delivery) -> str:
    """The page with the links; for a group's QR, where another is put."""
    if delivery.kind == CODE:
        return _code_url(delivery)
    return links.address(links.LIST, delivery.id, delivery)


def _short(delivery: Delivery) -> str:
    if delivery.kind == CODE:
        return _code_said(delivery)
    if delivery.kind == DAY:
        counts = [(PARTS[part], delivery.facts.get(part, 0)) for part in PARTS]
        return _("，").join(f"{_(label)} {count}" for label, count in counts if count)
    if delivery.kind == DUE:
        lines = lines_of(delivery)
        names = [line.customer.name or _("未命名") for line in lines]
        if len(lines) == 1:
            why = reasons.why(delivery.staff, lines[0])
            return _("联系%(name)s：%(why)s", name=names[0], why=why)
        return _("要联系 %(n)s 位：%(names)s", n=len(names), names=_("、").join(names[:5]))
    if delivery.kind in (WEEK, MONTH):
        shown = reports.rows(delivery.facts)[:3]
        return _("，").join(f"{row['label']} {row['value']}" for row in shown)
    return _("收到这条，说明提醒能发到你这里")


def _code_said(delivery: Delivery) -> str:
    picture = db.session.get(QrPicture, delivery.facts["picture"])
    if picture is None:
        return _("那张群二维码已经换掉了")
    day = day_words(picture.ends_on)
    return _("「%(name)s」的群二维码 %(day)s 到期，请换一张新的", name=picture.group.name, day=day)


def lines_of(delivery: Delivery) -> Sequence[DeliveryLine]:
    """The lines that are still the reader's to see."""
    loads = [joinedload(DeliveryLine.customer), joinedload(DeliveryLine.followup),
             joinedload(DeliveryLine.chat), joinedload(DeliveryLine.topic)]  # fmt: skip
    of = select(DeliveryLine).where(DeliveryLine.delivery_id == delivery.id).options(*loads)
    found = db.session.scalars(of.order_by(DeliveryLine.place)).all()
    return [line for line in found if links.sees(delivery.staff, line)]


def row(delivery: Delivery, line: DeliveryLine) -> dict[str, Any]:
    """One line: whom, why, the addresses that act, and where it is seen whole, if anywhere."""
    acts = [{"label": _(label), "url": links.address(purpose, line.id, delivery)}
            for purpose, label in links.asks(line).items()]  # fmt: skip
    whole = reasons.whole(delivery.staff, line)
    return {"name": line.customer.name or _("未命名"), "why": reasons.why(delivery.staff, line),
            "line": line, "acts": acts, "whole": whole,
            "links": [*acts, whole] if whole else acts}  # fmt: skip


def day_words(day: date) -> str:
    """«11月22日 周日»."""
    weekday = _(WEEKDAYS[day.weekday()])
    return _("%(month)s月%(day)s日 %(weekday)s", month=day.month, day=day.day, weekday=weekday)
