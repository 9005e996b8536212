"""Settings of the business: declared beside their use, kept as rows, read by calling them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, db, put_row
from app.core.errors import N_, Refused

Record = dict[str, Any]  # what has a page of its own, and is not declared
T = TypeVar("T", int, str, bool, Record)


class SettingRow(Model):
    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    value: Mapped[object] = mapped_column(JSON)


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One declared setting. Call it to read its value."""

    name: str
    default: T
    label: str
    hint: str = ""
    least: int | None = None
    most: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    changed: Callable[[], object] | None = None
    group: str = ""
    locked: Callable[[], str] | None = None

    @property
    def room(self) -> str:
        """Which page it stands on: as declared, else the first part of its name."""
        return self.group or self.name.partition(".")[0]

    @property
    def lock(self) -> str:
        """The name of the environment's value that wins over it; "" when it is open."""
        return self.locked() if self.locked else ""

    def __call__(self) -> T:
        row = db.session.scalar(db.select(SettingRow.value).where(SettingRow.name == self.name))
        return self.default if row is None else row

    def put(self, value: T) -> None:
        """Keep another value."""
        if self.lock:
            raise Refused(N_("由服务器上的 %(name)s 给出，这里改不了"), name=self.lock)
        self.check(value)
        put_row(SettingRow, {"name": self.name}, value=value)
        if self.changed:
            self.changed()

    def moves_to(self, value: T) -> bool:
        """Keep a value that is another one than now; whether it was."""
        if self() == value:
            return False
        self.put(value)
        return True

    def check(self, value: T) -> None:
        if self.choices and value not in dict(self.choices):
            raise Refused(N_("没有这个选项，请从列表里选一个"), field=self.name)
        if isinstance(value, int) and not isinstance(value, bool):
            low, high = self.least, self.most
            if (low is not None and value < low) or (high is not None and value > high):
                raise Refused(
                    N_("超出范围，请填 %(least)s 到 %(most)s 之间的数"),
                    field=self.name,
                    least=low,
                    most=high,
                )
        if isinstance(value, str) and len(value) > 200:
            raise Refused(N_("太长了，请不要超过 200 个字"), field=self.name)


declared: dict[str, Setting[int] | Setting[str] | Setting[bool]] = {}


def setting(
    name: str,
    default: T,
    *,
    label: str,
    hint: str = "",
    least: int | None = None,
    most: int | None = None,
    choices: tuple[tuple[str, str], ...] = (),
    changed: Callable[[], object] | None = None,
    group: str = "",
    locked: Callable[[], str] | None = None,
) -> Setting[T]:
    """Declare a setting; the settings pages are generated from the declarations.

    `group` names its page where the first part of the name does not; `locked` tells the name of
    the environment's value that wins over it, or "".
    """
    one = Setting(name, default, label, hint, least, most, choices, changed, group, locked)
    declared[name] = one  # type: ignore[assignment]
    return one
