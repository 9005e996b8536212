"""The ends of the books, kept outside of the database: a file in the instance folder.

Who can only change the database cannot cut lines off the end, or write the chain anew, without
contradicting the seal. A seal that the book contradicts is never replaced.
"""

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.core.clock import now
from app.core.db import ask, db, let_go, reading
from app.core.errors import N_
from app.staff import chain
from app.staff.models import Book

FILE = "books.seal"

NONE = N_("还没有封存过：末尾的几行无法证明。让后台程序运行几分钟，或执行 flask audit seal")
OTHER_KEY = N_(
    "封存文件不是用现在的 SECRET_KEY 做的，或被改过：如果换过密钥，请执行 flask audit seal"
)


@dataclass(frozen=True)
class Seal:
    line: int
    hash: str
    from_line: int
    at: str


def path() -> Path:
    folder: Path = current_app.config["SHUKE"].instance
    return folder / FILE


def read(name: str) -> tuple[Seal | None, str]:
    """The seal of a book, and what is to be said of the file, if anything."""
    try:
        kept = json.loads(path().read_text(encoding="utf-8"))
        if not hmac.compare_digest(kept.pop("mark"), chain.mac("seal", _spelled(kept))):
            return None, OTHER_KEY
        return (Seal(**kept[name]), "") if name in kept else (None, NONE)
    except FileNotFoundError:
        return None, NONE
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, OTHER_KEY


def put(*, anew: bool = False) -> list[str]:
    """Seal the books as they are now; the names of those whose old seal they contradict."""
    told = {name: read(name) for name in chain.BOOKS}
    if OTHER_KEY in [said for _seal, said in told.values()] and not anew:
        return list(chain.BOOKS)
    kept: dict[str, Any] = {}
    broken = []
    with reading():
        let_go()
        for name in chain.BOOKS:
            old = None if anew else told[name][0]
            book = ask(select(Book.__table__).where(Book.name == name)).first()
            if old and (book is None or not _agrees(name, old, book)):
                broken.append(name)
                kept[name] = asdict(old)
            elif book:
                kept[name] = asdict(
                    Seal(book.last_id, book.last_hash, book.from_id, now().isoformat())
                )
        let_go()
    _write(kept)
    return broken


def forget() -> None:
    """The books have been put back from a backup: the worker seals them anew."""
    path().unlink(missing_ok=True)


def _agrees(name: str, seal: Seal, book: Any) -> bool:
    """The sealed line is there with its hash, or has been pruned since."""
    model = chain.BOOKS[name]
    if seal.line <= book.from_id:
        return True
    return bool(seal.hash == db.session.scalar(select(model.hash).where(model.id == seal.line)))


def _spelled(kept: Mapping[str, Any]) -> str:
    return json.dumps(kept, sort_keys=True)


def _write(kept: dict[str, Any]) -> None:
    """All or nothing, and readable by our account alone."""
    text = json.dumps({**kept, "mark": chain.mac("seal", _spelled(kept))})
    fresh = path().with_name(f"{FILE}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path())
