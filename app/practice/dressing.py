"""What a shop that has been open for a while has lying about: tags, sources, quick replies.

The same for few customers and for many; only those whom one looks at get some. All of it goes with
the demo, except what somebody has made their own meanwhile.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.customers import tags
from app.customers.models import Customer, Tag, Tagging
from app.customers.tags import SOURCE, TAG
from app.inbox import places, quick_replies
from app.inbox.models import QuickReply
from app.inbox.quick_replies import Typed
from app.staff.models import Staff

FEW = 300
WORDS = {
    TAG: (("老客", "jade"), ("会员", "violet"), ("团购", "amber"), ("要发票", "blue")),
    SOURCE: (
        ("路过进店", "grey"), ("朋友介绍", "jade"), ("公众号", "blue"), ("小红书", "red"),
    ),
}  # fmt: skip
ADDRESS = "禾禾路 18 号（地铁 2 号线 B 口直走 200 米）"


@dataclass(frozen=True)
class Kept:
    section: str
    title: str
    text: str
    used: int = 0
    link: str = ""
    link_title: str = ""


REPLIES = (
    Kept("售前", "营业时间", "{称呼}好，我们每天 9:00 到 21:00 营业，今天随时可以过来~", 46),
    Kept("售前", "到店路线", "地铁 2 号线 B 口出来直走 200 米，门口有绿色招牌。", 31,
         "https://example.com/map", "怎么到店里来"),
    Kept("售前", "有货吗", "我帮您看一下库存，马上回您。\n---\n有货，可以留到今晚 8 点。", 22),
    Kept("售后", "退换说明", "{称呼}，7 天内没拆封可以退换，带上小票，找{我}就行。", 12),
    Kept("售后", "查快递", "麻烦发一下收件人和手机尾号，我帮您查快递到哪了。", 9),
    Kept("", "稍等", "收到，我问一下，稍等回您。", 18),
)  # fmt: skip


def put_on(by: Staff) -> None:
    """Of the newest demo customers most came from somewhere, and some bear a tag or two."""
    lists = {kind: [tags.add(kind, name, tone=tone) for name, tone in words]
             for kind, words in WORDS.items()}  # fmt: skip
    some = db.session.scalars(select(Customer).order_by(Customer.id).limit(FEW))
    for number, customer in enumerate(some):
        for tag in _of(number, customer, lists):
            tags.put_on(customer, tag, by=by, told=False)
    for one in REPLIES:
        typed = Typed(one.title, one.text, one.section, one.link, one.link_title)
        quick_replies.create(typed, by=by, shared=True).used = one.used
    places.ADDRESS.put(ADDRESS)


def _of(number: int, customer: Customer, lists: dict[str, list[Tag]]) -> list[Tag]:
    regular, member, group, invoice = lists[TAG]
    sources = lists[SOURCE]
    found = [sources[number % 5]] if number % 5 < len(sources) else []
    if customer.visits >= 8:
        found.append(regular)
    for tag, each in ((member, 4), (group, 9), (invoice, 13)):
        if number % each == 1:
            found.append(tag)
    return found


def take_off() -> None:
    """After the demo customers are gone: what nobody uses and nobody has changed."""
    for kind, words in WORDS.items():
        borne = select(Tagging.id).where(Tagging.tag_id == Tag.id).exists()
        ours = Tag.name.in_([name for name, _tone in words])
        db.session.execute(
            db.delete(Tag)
            .where(Tag.kind == kind, ours, ~borne)
            .execution_options(synchronize_session=False)
        )
    for one in REPLIES:
        db.session.execute(
            db.delete(QuickReply)
            .where(QuickReply.title == one.title, QuickReply.text == one.text, QuickReply.shared)
            .where(QuickReply.link == one.link, QuickReply.picture == "")
            .execution_options(synchronize_session=False)
        )
    if places.ADDRESS() == ADDRESS:
        places.ADDRESS.put("")
