"""Friends who bring friends: a link with a mark, who came by it, and what the owner gives for it.

One level only: nothing is ever given for the friend of a friend. Who brings themselves, or somebody
whom the shop knew already, brings nobody.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.campaigns import offers, welcoming
from app.campaigns.models import InviteMark, InviteVisit, Referral
from app.core.clock import day_of, now
from app.core.db import ask, db, insert_once, put_row
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.core.settings import setting
from app.customers import identities, timeline
from app.customers.models import OPENID, Customer, Identity, Moment
from app.staff.models import Staff

CAME = timeline.kind("referral.came", N_("由朋友介绍来"), group="card")
BROUGHT = timeline.kind("referral.brought", N_("介绍来一位朋友"), group="card", stirs=True)
COUNTED = timeline.kind("referral.counted", N_("介绍朋友，算数了"), group="card")
UNCOUNTED = timeline.kind("referral.uncounted", N_("介绍的是老客，不算数了"), group="card")

HEEDS = ("wechat.followed", "member.joined", "order.placed")
SAME_DAY = timedelta(days=1)
LASTS = timedelta(days=30)  # from the tap on the link until they follow or join
BOUGHT, AT_ONCE = "bought", "came"
REWARD_AT = setting(
    "campaigns.reward_at",
    BOUGHT,
    label=N_("介绍朋友，什么时候给奖励"),
    hint=N_("奖励是积分还是券，在「积分和等级」和「优惠券」里定；只奖励一层"),
    choices=((BOUGHT, N_("朋友第一次消费后")), (AT_ONCE, N_("朋友关注或成为会员时"))),
    group="customers",
)


# The link ---------------------------------------------------------------------------------------


def mark_of(customer: Customer) -> str:
    """What the customer's link ends with; "" before they asked for one."""
    mine = select(InviteMark.mark).where(InviteMark.customer_id == customer.id)
    return db.session.scalar(mine) or ""


def make_mark(customer: Customer) -> str:
    """A mark by chance, once for each customer."""
    insert_once(InviteMark, customer_id=customer.id, mark=secrets.token_urlsafe(8))
    return mark_of(customer)


def inviter_by(mark: str) -> Customer | None:
    """Whose link this is, while they are with the shop."""
    whose = select(Customer).join(InviteMark, InviteMark.customer_id == Customer.id)
    return db.session.scalar(
        whose.where(InviteMark.mark == mark[:16], Customer.archived_at.is_(None))
    )


def accept(inviter: Customer, *, account: str, openid: str) -> None:
    """A stranger says who sent them. The last one whom they name counts; the shop's customers
    are nobody's new friends."""
    if identities.find(OPENID, openid, account=account) is not None:
        raise Refused(N_("你已经是店里的客户了，不用再由朋友介绍"))
    put_row(InviteVisit, {"account": account, "openid": openid}, inviter_id=inviter.id, at=now())


def accepted(account: str, openid: str) -> bool:
    mine = (InviteVisit.account == account, InviteVisit.openid == openid)
    return db.session.scalar(select(InviteVisit.id).where(*mine)) is not None


# Who came ---------------------------------------------------------------------------------------


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: a new follower or member may have been sent; a purchase may count."""
    moment = db.session.get_one(Moment, moment_id)
    if moment.kind != "order.placed":
        bind(moment.customer)
        return
    found = of_guest(moment.customer)
    if found:
        count(found)


def bind(guest: Customer) -> Referral | None:
    """Tie a newcomer to who sent them: for the first time that they follow or join, once."""
    visit = _visit_of(guest)
    if visit is None or of_guest(guest):
        return None
    known_before = guest.created_at < visit.at or guest.visits > 0
    late = visit.at < now() - LASTS
    inviter = db.session.get_one(Customer, visit.inviter_id)
    db.session.delete(visit)
    if known_before or late or inviter.id == guest.id:
        return None
    return _bring(guest, inviter, by=None, counts=True)


def _visit_of(guest: Customer) -> InviteVisit | None:
    """What the guest said before they had a card, by the WeChat that is theirs now."""
    same = (Identity.account == InviteVisit.account) & (Identity.value == InviteVisit.openid)
    theirs = select(InviteVisit).join(Identity, same).where(Identity.kind == OPENID)
    theirs = theirs.where(Identity.customer_id == guest.id)
    return db.session.scalar(theirs.order_by(InviteVisit.at.desc()).limit(1))


def introduce(guest: Customer, inviter: Customer, *, by: Staff) -> Referral:
    """A colleague writes down who brought somebody. Who has bought before brings no reward."""
    if inviter.id == guest.id:
        raise Refused(N_("自己不能介绍自己，请另选一位"))
    if identities.is_self(inviter, by):
        raise Refused(N_("不能给自己记介绍，请让同事来记"))
    if of_guest(guest):
        raise Refused(N_("已经记过由谁介绍了，一位客户只有一位介绍人"))
    back = of_guest(inviter)
    if back and back.inviter_id == guest.id:
        raise Refused(N_("这位介绍人就是他介绍来的，两个人不能互相介绍"))
    return _bring(guest, inviter, by=by, counts=guest.visits == 0)


def _bring(guest: Customer, inviter: Customer, *, by: Staff | None, counts: bool) -> Referral:
    insert_once(
        Referral, inviter_id=inviter.id, guest_id=guest.id, at=now(), counts=counts,
        by_id=by.id if by else None,
    )  # fmt: skip
    referral = db.session.scalars(select(Referral).where(Referral.guest_id == guest.id)).one()
    timeline.record(CAME, guest, by=by, subject=referral)
    timeline.record(BROUGHT, inviter, by=by, subject=referral)
    if counts:
        welcoming.give(guest, offers.INVITED, f"invited:{guest.id}")
        count(referral)
    return referral


def count(referral: Referral) -> bool:
    """The owner's reward for a friend, once, when the owner's moment has come."""
    due = REWARD_AT() == AT_ONCE or referral.guest.visits > 0
    if not due or not referral.counts:
        return False
    won = db.session.scalar(
        db.update(Referral)
        .where(Referral.id == referral.id, Referral.counted_at.is_(None))
        .values(counted_at=now())
        .returning(Referral.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        return False
    timeline.record(COUNTED, referral.inviter, subject=referral)
    welcoming.give(referral.inviter, offers.REFERRAL, f"referral:{referral.id}")
    return True


def recheck(referral: Referral, guest: Customer) -> None:
    """Two cards have become one: who was taken for a new friend may be an old customer, or the
    one who brought them. Then it does not count, and what it brought in points goes back. A card
    that a colleague made at the counter on the same day is no old one."""
    bought = guest.visits > 0 and guest.first_visit_on < day_of(referral.at)
    old = bought or guest.created_at < referral.at - SAME_DAY
    if referral.counts and (old or referral.inviter_id == guest.id):
        referral.counts = False
        db.session.flush()
        timeline.record(UNCOUNTED, referral.inviter, subject=referral)


# Looking ----------------------------------------------------------------------------------------


def of_guest(guest: Customer) -> Referral | None:
    """Who brought a customer."""
    return db.session.scalar(select(Referral).where(Referral.guest_id == guest.id))


def of(inviter: Customer, *, most: int = 50) -> Sequence[Referral]:
    """Whom a customer brought, the newest first: one level of the tree."""
    mine = select(Referral).options(joinedload(Referral.guest))
    mine = mine.where(Referral.inviter_id == inviter.id)
    return db.session.scalars(mine.order_by(Referral.id.desc()).limit(most)).all()


def tally(inviter: Customer) -> tuple[int, int]:
    """(new friends who came, those of them who have bought); old customers do not count."""
    bought = func.coalesce(func.sum(db.case((Customer.visits > 0, 1), else_=0)), 0)
    row = ask(
        select(func.count(), bought)
        .select_from(Referral)
        .join(Customer, Customer.id == Referral.guest_id)
        .where(Referral.inviter_id == inviter.id, Referral.counts)
    ).one()
    return int(row[0]), int(row[1])


def buyers_of(inviter: Customer) -> int:
    """How many whom they brought have bought: what 超级用户 asks."""
    return tally(inviter)[1]
