"""The first start of a shop: whoever can read the server's folder becomes its owner.

A code is made when a shop in production has nobody yet; it is printed at start, stands in
`instance/setup_code`, and is removed when the owner exists.
"""

import hmac
import os
import secrets
from pathlib import Path

from sqlalchemy import select

from app.core.db import db, insert_once
from app.core.errors import N_, Refused
from app.core.settings import SettingRow
from app.staff import accounts, audit
from app.staff.models import Staff
from app.staff.roles import OWNER

FILE = "setup_code"
CLAIM = "staff.first_owner"  # a row that only one can insert
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def is_missing() -> bool:
    """Whether the shop has no colleague at all."""
    return db.session.scalar(select(Staff.id).limit(1)) is None


def make_code(folder: Path) -> str:
    """The code of this installation: made once, readable by its owner alone."""
    path = folder / FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            drawn = "".join(secrets.choice(LETTERS) for _ in range(20))
            file.write("-".join(drawn[at : at + 5] for at in range(0, 20, 5)) + "\n")
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()


def open_shop(folder: Path, typed: str, *, name: str, display: str, password_hash: str) -> Staff:
    """The first owner. Of two at once one wins."""
    if not _fits(folder, typed):
        raise Refused(
            N_("安装码不对：它在启动时显示，也在服务器的 instance/setup_code 里"),
            field="setup_code",
        )
    if not is_missing() or insert_once(SettingRow, name=CLAIM, value=True) is None:
        raise Refused(N_("店主已经有了，请直接登录"))
    person = accounts.add(name, role=OWNER, display=display, password_hash=password_hash)
    audit.log(person, "staff.first_owner", f"staff:{person.id}")
    return person


def _fits(folder: Path, typed: str) -> bool:
    try:
        code = _plain((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        return False
    return bool(code) and hmac.compare_digest(code.encode(), _plain(typed).encode())


def _plain(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def forget_code(folder: Path) -> None:
    """The code has done its work."""
    (folder / FILE).unlink(missing_ok=True)
