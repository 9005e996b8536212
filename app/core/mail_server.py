"""The mail server that carries our letters: from the environment, or as the owner has typed it."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from app.config import LOOPBACK, MailSettings, Settings, Unsafe
from app.core import vault
from app.core.errors import N_, Refused
from app.core.settings import Setting

SECURITIES = {"ssl": N_("SSL（一般是 465 端口）"), "starttls": N_("STARTTLS（一般是 587 端口）"),
              "": N_("不加密（只在本机可用）")}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
PASSWORD = "mail.password"  # noqa: S105 - the name of the secret, not the secret

# Not declared for the generated page: they are one thing together, and have a page of their own.
HOST = Setting("mail.host", "", label="")
PORT = Setting("mail.port", 465, label="", least=1, most=65535)
SECURITY = Setting("mail.security", "ssl", label="", choices=tuple(SECURITIES.items()))
USER = Setting("mail.user", "", label="")
SENDER = Setting("mail.sender", "", label="")

# What the environment says; it wins. Told by wiring.py.
_given = {"mail": MailSettings()}


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    security: str  # ssl | starttls | ""
    user: str
    password: str
    sender: str

    @property
    def safe_for_password(self) -> bool:
        return bool(self.security) or self.host in LOOPBACK


def set_up(settings: Settings) -> None:
    """Take what the environment says; a line that cannot be meant so stops the start."""
    if settings.mail.url:
        try:
            _from_url(settings.mail.url, settings.mail.sender)
        except ValueError as error:
            raise Unsafe("SMTP_URL must look like smtp://user:pass@host:587?starttls=1.") from error
    _given["mail"] = settings.mail


def locked() -> set[str]:
    """What the environment gives, so that no page can change it: server, sender."""
    here = _given["mail"]
    return {name for name, given in (("server", here.url), ("sender", here.sender)) if given}


def server() -> Server | None:
    """The server to use now; None when nobody has named one."""
    sender = _given["mail"].sender or SENDER()
    if _given["mail"].url:
        return _from_url(_given["mail"].url, sender)
    if not HOST():
        return None
    password = vault.read(PASSWORD)
    return Server(HOST(), PORT(), SECURITY(), USER(), password, sender or USER())


def _from_url(url: str, sender: str) -> Server:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(url)
    starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] == "1"
    security = "ssl" if parts.scheme == "smtps" else "starttls" if starttls else ""
    usual = {"ssl": 465, "starttls": 587, "": 25}[security]
    user = unquote(parts.username or "")
    password = unquote(parts.password or "")
    return Server(parts.hostname, parts.port or usual, security, user, password, sender or user)


def put(
    *, host: str, port: int, security: str, user: str, password: str, sender: str,
    forget_password: bool = False,
) -> list[str]:  # fmt: skip
    """Keep what was typed where the environment leaves it open; the names of what changed.

    An empty password leaves the one that is kept.
    """
    sender = " ".join(sender.split())
    _check(host, sender)
    changed: list[str] = []
    if "server" not in locked():
        changed += [s.name for s, value in ((HOST, host), (SECURITY, security), (USER, user))
                    if s.moves_to(value)]  # fmt: skip
        changed += [PORT.name] if PORT.moves_to(port) else []
        if password or forget_password:
            vault.put(PASSWORD, password)
            changed.append(PASSWORD)
    if "sender" not in locked() and SENDER.moves_to(sender):
        changed.append(SENDER.name)
    return changed


def _check(host: str, sender: str) -> None:
    if host and not NAME.fullmatch(host):
        raise Refused(N_("服务器地址不对，请像 smtp.example.com 这样写"), field="host")
    if sender and "@" not in parseaddr(sender)[1]:
        raise Refused(N_("发件人要写邮箱地址，例如 小禾母婴 <shop@example.com>"), field="sender")
