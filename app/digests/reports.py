"""The owner's report in words: a few lines, each held against the period before."""

from datetime import timedelta
from typing import Any

from app.core.formats import money
from app.core.words import say as _
from app.digests.models import MONTH, Delivery

SEEN = "briefs.read"  # the permission
BEFORE = "before_"  # the same figure of the period before


def rows(facts: dict[str, int]) -> list[dict[str, str]]:
    """The figures as a few lines: label, value, and how it was before."""
    got = facts.get
    plain = [
        (_("新增客户"), str(got("new", 0)), _change(facts, "new")),
        (_("消费"), _("%(n)s 笔", n=got("orders", 0)), _change(facts, "orders")),
        (_("消费金额"), money(got("cents", 0)), _change(facts, "cents")),
        (_("老客回头"), _share(got("again", 0), got("buyers", 0)), _change(facts, "again")),
        (_("跟进完成"), _share(got("done", 0), got("due", 0)), _change(facts, "done")),
        (_("变安静的老客"), str(got("quiet", 0)), _change(facts, "quiet")),
        (_("提醒过又来消费的"), str(got("returned", 0)), _change(facts, "returned")),
        (_("现在等回复的"), str(got("waiting", 0)), ""),
    ]  # fmt: skip
    return [{"label": label, "value": value, "change": change} for label, value, change in plain]


def _share(part: int, whole: int) -> str:
    """«12 / 40，30%»: never a share without what it is a share of."""
    if not whole:
        return str(part)
    return _("%(part)s / %(whole)s，%(percent)s%%", part=part, whole=whole,
             percent=round(100 * part / whole))  # fmt: skip


def _change(facts: dict[str, int], name: str) -> str:
    """Against the period before; in words, as colours mean different things to different people."""
    here, before = facts.get(name, 0), facts.get(BEFORE + name, 0)
    shown: Any = money(before) if name == "cents" else before
    if here == before:
        return _("和上期一样")
    if here > before:
        return _("↑ 上期 %(before)s", before=shown)
    return _("↓ 上期 %(before)s", before=shown)


def span(delivery: Delivery) -> str:
    """«11月16日 – 11月22日»."""
    first = delivery.on
    last = first + timedelta(days=6)
    if delivery.kind == MONTH:
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    day = _("%(month)s月%(day)s日", month=first.month, day=first.day)
    end = _("%(month)s月%(day)s日", month=last.month, day=last.day)
    return f"{day} – {end}"
