"""A member gives a phone number: proved by the counter's code, else a claim that staff decide.

A number that nobody has proved identifies nobody: who types another's would see their purchases,
or be in their way for ever. Two cards are never one without a colleague's word.
"""

from sqlalchemy import select

from app.campaigns import referrals
from app.core.clock import now
from app.core.db import db, insert_once
from app.core.errors import N_, Refused
from app.customers import finding, hanging, identities, people, summary, timeline
from app.customers.models import PHONE, Customer, Identity
from app.portal import browsers, consents, counter, points
from app.portal.models import ACCEPTED, OPEN, REFUSED, PhoneClaim
from app.reminders import followups
from app.sales.models import Order
from app.staff import audit
from app.staff.models import Staff

PHONED = timeline.kind("member.phoned", N_("会员绑定手机"), group="card")
SAID = timeline.kind("member.claimed", N_("会员填了手机号，等店里核对"), group="card")
BROUGHT = timeline.kind("member.brought", N_("微信并到这张卡"), group="card")
GONE = timeline.kind("member.moved", N_("微信并到另一张卡"), group="card")

PROVED, WAITS = "proved", "waits"
BOTH_KNOWN = N_("两张卡上都有资料，不能直接合并：请核对后留一张，或者点「不是」")
WRONG_CODE = N_("码不对，或者过期了：请店员再给一个；也可以先不填码")
MOST_CLAIMS = 5


def give_phone(customer: Customer, typed: str, code: str, *, address: str) -> str:
    """PROVED or WAITS; what a stranger could learn from it is the same for every number."""
    number = identities.normal_phone(typed)
    owner = identities.find(PHONE, number)
    if owner is not None and owner.id == customer.id:
        raise Refused(N_("这个号码已经绑定好了，不用再填"), field="phone")
    if not code:
        _claim(customer, number)
        return WAITS
    counter.count(number, address=address)
    if not counter.use(owner or customer, code):
        raise Refused(WRONG_CODE, field="code")
    if owner is None:
        _attach(customer, number, by=None)
    else:
        bring(customer, owner, by=None)
    return PROVED


def _claim(customer: Customer, number: str) -> None:
    """It reaches them, if they like; whose it is a colleague decides, once."""
    open_ones = [one for one in claims_of(customer) if one.state == OPEN]
    if len(open_ones) >= MOST_CLAIMS:
        raise Refused(N_("已经有几个号码在等店里核对了，请先等一等"), field="phone")
    if insert_once(PhoneClaim, customer_id=customer.id, phone=number, state=OPEN) is None:
        return
    if not customer.contact_phone:
        people.edit(customer, version=customer.version, by=None, contact_phone=number)
    timeline.record(SAID, customer)


def _attach(customer: Customer, number: str, *, by: Staff | None) -> None:
    people.set_phone(customer, number, source="member", by=by)
    if customer.contact_phone == number:
        people.edit(customer, version=customer.version, by=by, contact_phone="")
    consents.put(customer, consents.PHONE, True)
    timeline.record(PHONED, customer, by=by)


def claims_of(customer: Customer) -> list[PhoneClaim]:
    mine = select(PhoneClaim).where(PhoneClaim.customer_id == customer.id)
    return list(db.session.scalars(mine.order_by(PhoneClaim.id)))


def owner_of(claim: PhoneClaim) -> Customer | None:
    """Whose the number is already."""
    return identities.find(PHONE, claim.phone)


def accept(claim: PhoneClaim, *, by: Staff) -> Customer:
    """The colleague has looked: it is theirs. The card that goes on."""
    _decide(claim, ACCEPTED, by)
    owner, customer = owner_of(claim), claim.customer
    if owner is None or owner.id == customer.id:
        _attach(customer, claim.phone, by=by)
        return customer
    seen = finding.visible_to(by).where(Customer.id == owner.id)
    if db.session.scalar(seen) is None:
        raise Refused(N_("这个号码在别的同事的客户名下，请店长来核对"))
    return bring(customer, owner, by=by)


def refuse(claim: PhoneClaim, *, by: Staff) -> None:
    """It is not theirs; it is not asked again."""
    _decide(claim, REFUSED, by)
    customer = claim.customer
    if customer.contact_phone == claim.phone:
        people.edit(customer, version=customer.version, by=by, contact_phone="")


def _decide(claim: PhoneClaim, state: str, by: Staff) -> None:
    mine = db.session.scalar(
        db.update(PhoneClaim)
        .where(PhoneClaim.id == claim.id, PhoneClaim.state == OPEN)
        .values(state=state, by_id=by.id, decided_at=now())
        .returning(PhoneClaim.id)
        .execution_options(synchronize_session=False)
    )
    if mine is None:
        raise Refused(N_("这个号码已经有人核对过了"))
    audit.log(by, f"member.claim_{state}", f"customer:{claim.customer_id}")


def bring(stranger: Customer, to: Customer, *, by: Staff | None) -> Customer:
    """A follower of whom only WeChat's number was known turns out to be somebody with a card.

    All that hangs on the first goes to the second; browsers that were the second's before come in
    anew. Where both are known people, no rule can say which is which.
    """
    if not is_bare(stranger):
        raise Refused(BOTH_KNOWN)
    browsers.end_all(to)
    came = referrals.of_guest(stranger)
    hanging.move(Customer.__table__, stranger.id, to.id)  # type: ignore[arg-type]
    for one in (to, stranger):
        db.session.refresh(one)
        summary.recompute(one)
        finding.index(one)
        points.add_up(one)
    if came:
        referrals.recheck(came, to)
    to.waiting_since = min(to.waiting_since, stranger.waiting_since)
    timeline.answered(stranger)
    followups.refresh_due(to)
    timeline.record(GONE, stranger, by=by)
    people.archive(stranger, by=by)
    consents.put(to, consents.PHONE, True)
    timeline.record(BROUGHT, to, by=by)
    return to


def is_bare(customer: Customer) -> bool:
    """Nothing is known of them but how WeChat numbers them."""
    phone = select(Identity.id).where(Identity.customer_id == customer.id, Identity.kind == PHONE)
    bought = select(Order.id).where(Order.customer_id == customer.id)
    return customer.unnamed and not any(db.session.scalar(one.limit(1)) for one in (phone, bought))
