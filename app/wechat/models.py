"""What came from the platform, who follows us, and the shared access token."""

import hashlib
from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import LONG_AGO
from app.core.db import Model
from app.customers.models import Customer


class Arrival(Model):
    """One push of the platform, raw. Stored and committed before it is acknowledged."""

    account: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(300))
    openid: Mapped[str] = mapped_column(String(128))
    raw: Mapped[str] = mapped_column(Text)
    stamp: Mapped[int] = mapped_column(BigInteger)  # the platform's timestamp of the request
    nonce: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        UniqueConstraint("account", "key"),
        # by time first: a nonce is random, and an index in its order would write a page for each
        UniqueConstraint("account", "stamp", "nonce"),
    )


UNCLEARED = "cleared_at IS NULL AND NOT following"


class Follower(Model):
    """One openid of one account: follows or not, since when."""

    account: Mapped[str] = mapped_column(String(64))
    openid: Mapped[str] = mapped_column(String(128))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    following: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(default=LONG_AGO)  # platform time of that
    scene: Mapped[str] = mapped_column(String(128), default="")
    cleared_at: Mapped[datetime | None]  # they left, and what WeChat told of them is gone
    customer: Mapped[Customer] = relationship()

    __table_args__ = (
        UniqueConstraint("account", "openid"),
        Index("ix_follower_uncleared", "changed_at", sqlite_where=text(UNCLEARED),
              postgresql_where=text(UNCLEARED)),
    )  # fmt: skip


class Allowance(Model):
    """What the platform still lets us send after one kind of trigger."""

    follower_id: Mapped[int] = mapped_column(ForeignKey("follower.id"))
    trigger: Mapped[str] = mapped_column(String(16))  # a key of allowances.TRIGGERS
    until: Mapped[datetime]
    left: Mapped[int]

    __table_args__ = (UniqueConstraint("follower_id", "trigger"),)


class AllowanceRule(Model):
    """A shop's own rule in place of the product's: the platform changes them now and then."""

    trigger: Mapped[str] = mapped_column(String(16), unique=True)
    most: Mapped[int]
    seconds: Mapped[int]


class AccessToken(Model):
    """The token of one account, shared by all processes; `leased_until` names one refresher."""

    account: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str] = mapped_column(Text, default="")
    good_until: Mapped[datetime] = mapped_column(default=LONG_AGO)
    leased_until: Mapped[datetime] = mapped_column(default=LONG_AGO)
    fault: Mapped[str] = mapped_column(String(300), default="")  # why none came, or why all wait
    failures: Mapped[int] = mapped_column(default=0)  # calls in a row that got no answer
    paused_until: Mapped[datetime] = mapped_column(default=LONG_AGO)  # nobody calls before


class Tally(Model):
    """How often the callback turned something away, or was greeted, and when last.

    `account` is the one whose token the request knew; "" for strangers.
    """

    account: Mapped[str] = mapped_column(String(64), default="")
    why: Mapped[str] = mapped_column(String(60))
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("account", "why"),)


class Checkup(Model):
    """What the setup doctor found last, one row for each account: kinds and parameters."""

    account: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    findings: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    abilities: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    kind: Mapped[str] = mapped_column(String(20), default="")


DRAWN, NONE = "drawn", "none"  # what became of the wish for a QR; "" = it is being asked for


def hash_of(secret: str) -> str:
    return hashlib.sha256(f"colleague {secret}".encode()).hexdigest()


class ColleagueCode(Model):
    """What binds a colleague's own WeChat: a code to send, or a QR to scan. Of the code and of what
    the QR carries only hashes are kept."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    until: Mapped[datetime]
    scene_hash: Mapped[str] = mapped_column(String(64), default="")
    scan: Mapped[str] = mapped_column(String(8), default="")
    scan_url: Mapped[str] = mapped_column(String(300), default="")  # what the QR says


class Proof(Model):
    """MP_verify_<code>.txt: the platform's proof that a domain is ours."""

    code: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[str] = mapped_column(String(1024))
