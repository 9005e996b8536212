"""The code of the counter: a colleague makes it for the customer before them, who types it."""

import secrets
from datetime import timedelta

from app.core.clock import now
from app.core.db import db, put_row
from app.core.errors import N_, Refused
from app.customers import identities
from app.customers.models import PHONE, Customer
from app.portal.browsers import hashed
from app.portal.models import CounterCode
from app.staff import audit, throttle
from app.staff.models import Staff

LASTS = timedelta(minutes=10)
DIGITS = 6
WRONG = N_("手机号或码不对，或者码过期了：请店员再给一个")


def make(customer: Customer, *, by: Staff) -> str:
    """A new code; an earlier one ends. It is shown this once."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    put_row(
        CounterCode, {"customer_id": customer.id},
        code_hash=_hash(customer, code), until=now() + LASTS, by_id=by.id,
    )  # fmt: skip
    audit.log(by, "member.code", f"customer:{customer.id}")
    return code


def use(customer: Customer, code: str) -> bool:
    """Whether it is this customer's present code; of two who use it at once one does."""
    used = db.session.scalar(
        db.delete(CounterCode)
        .where(CounterCode.customer_id == customer.id, CounterCode.until > now())
        .where(CounterCode.code_hash == _hash(customer, "".join(code.split())))
        .returning(CounterCode.id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


def come_in(phone: str, code: str, *, address: str) -> Customer:
    """Whose phone and code this is. A try counts at once; who is unknown looks the same."""
    number = identities.normal_phone(phone)
    count(number, address=address)
    customer = identities.find(PHONE, number)
    if customer is None or not use(customer, code):
        raise Refused(WRONG, field="code")
    throttle.forgive(_bucket(number), address=address)
    return customer


def count(number: str, *, address: str) -> None:
    """One try at the code of a phone number, from somewhere. Commits."""
    throttle.refuse_full(throttle.source_of(address))
    throttle.count_both(_bucket(number), throttle.PER_CODE, address=address)


def _bucket(number: str) -> str:
    return f"member:{hashed(number)[:32]}"


def _hash(customer: Customer, code: str) -> str:
    return hashed(f"counter:{customer.id}:{code}")
