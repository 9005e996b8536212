"""The second factor: six digits that a colleague's phone makes anew every thirty seconds.

A code opens once: the step that it belongs to is kept, and only a later one is taken. Whoever has
lost the phone uses one of ten recovery codes, of which only hashes are kept.
"""

import hashlib
import secrets

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import select

from app.core import vault
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.staff import audit
from app.staff.models import RecoveryCode, SecondFactor, Staff

STEP = 30  # seconds
NEAR = (0, -1, 1)  # a phone's clock may be off by one step
CODES, GROUPS, GROUP = 10, 4, 4
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
ISSUER = "熟客 Shuke"
WRONG = N_("验证码不对，或者已经用过：等下一个六位数字再输")


def begin(person: Staff) -> str:
    """The key to put into the phone: the same one until it is confirmed."""
    _refuse_on(person)
    row = _row(person)
    known = _opened(row, person) if row else ""
    if known:
        return known
    secret = pyotp.random_base32()
    sealed = vault.seal(secret, _about(person))
    if row:
        row.secret, row.step = sealed, 0
    else:
        db.session.add(SecondFactor(staff_id=person.id, secret=sealed, step=0))
    db.session.flush()
    return secret


def address(person: Staff, secret: str) -> str:
    """What the QR picture says to the phone."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=ISSUER)


def pending(person: Staff) -> str:
    """The key that waits to be confirmed, or ""."""
    row = _row(person)
    return _opened(row, person) if row and not person.second_factor else ""


def confirm(person: Staff, typed: str) -> list[str]:
    """The phone has shown a right code: from now on it is asked for. The new recovery codes."""
    _refuse_on(person)
    if not _fits(person, typed):
        raise Refused(WRONG, field="code")
    person.second_factor = True
    audit.log(person, "staff.code_on", f"staff:{person.id}")
    return new_codes(person)


def accepts(person: Staff, typed: str) -> str:
    """How a code opens: "totp", "recovery", or "" when it does not. One code opens once."""
    plain = "".join(c for c in typed.casefold() if c.isalnum())
    if len(plain) == GROUPS * GROUP:
        return "recovery" if _spend(person, plain) else ""
    return "totp" if _fits(person, plain) else ""


def _fits(person: Staff, typed: str) -> bool:
    digits = "".join(typed.split())
    row = _row(person)
    if row is None or not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return False
    secret = _opened(row, person)
    step = _step_of(secret, digits) if secret else None
    if step is None:
        return False
    taken = db.session.scalar(
        db.update(SecondFactor)
        .where(SecondFactor.id == row.id, SecondFactor.step < step)
        .values(step=step)
        .returning(SecondFactor.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def _step_of(secret: str, digits: str) -> int | None:
    clock, present = pyotp.TOTP(secret), int(now().timestamp()) // STEP
    fitting = [present + n for n in NEAR if strings_equal(clock.at((present + n) * STEP), digits)]
    return fitting[0] if fitting else None


def _spend(person: Staff, plain: str) -> bool:
    gone = db.session.scalar(
        db.delete(RecoveryCode)
        .where(RecoveryCode.staff_id == person.id, RecoveryCode.code_hash == _hash(person, plain))
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    )
    return gone is not None


def new_codes(person: Staff) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones are worth nothing any more."""
    _forget_codes(person)
    codes = ["".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP)) for _ in range(CODES)]
    db.session.add_all(
        RecoveryCode(staff_id=person.id, code_hash=_hash(person, code)) for code in codes
    )
    db.session.flush()
    audit.log(person, "staff.code_renewed", f"staff:{person.id}")
    starts = range(0, GROUPS * GROUP, GROUP)
    return ["-".join(code[start : start + GROUP] for start in starts) for code in codes]


def codes_left(person: Staff) -> int:
    left = select(db.func.count(RecoveryCode.id)).where(RecoveryCode.staff_id == person.id)
    return db.session.scalar(left) or 0


def switch_off(person: Staff, *, by: Staff | None) -> None:
    """No code is asked for any more: the phone is lost, or it was not wanted."""
    _forget_codes(person)
    db.session.execute(db.delete(SecondFactor).where(SecondFactor.staff_id == person.id))
    person.second_factor = False
    audit.log(by, "staff.code_off", f"staff:{person.id}")


def _refuse_on(person: Staff) -> None:
    if person.second_factor:
        raise Refused(N_("两步验证已经开着；要换手机，先关掉再重新开"))


def _forget_codes(person: Staff) -> None:
    db.session.execute(db.delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))


def _row(person: Staff) -> SecondFactor | None:
    return db.session.scalar(select(SecondFactor).where(SecondFactor.staff_id == person.id))


def _opened(row: SecondFactor, person: Staff) -> str:
    """The key, or "" when another SECRET_KEY has sealed it: then only a recovery code opens."""
    try:
        return vault.unseal(row.secret, _about(person))
    except vault.Unreadable:
        return ""


def unreadable() -> int:
    """How many colleagues' keys another SECRET_KEY has sealed."""
    rows = db.session.execute(select(SecondFactor, Staff).join(Staff)).all()
    return sum(1 for row, person in rows if not _opened(row, person))


def _about(person: Staff) -> str:
    return f"second factor of {person.id}"


def _hash(person: Staff, plain: str) -> str:
    """The codes are long and random, so a plain hash gives nothing away."""
    return hashlib.sha256(f"{person.id}:{plain}".encode()).hexdigest()
