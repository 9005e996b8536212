"""Letters by e-mail: a channel of the outbox, carried by a lane of the worker that may be slow.

A letter keeps the name of its text and the parameters; it is written out when it is sent, in the
reader's language, from templates/mail/<name>.txt (first line: the subject) and <name>.html.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from functools import lru_cache

from flask import current_app
from flask_babel import gettext

from app.core import shop
from app.core.db import let_go
from app.core.errors import N_, DeliveryFailed, DeliveryUnknown, Refused
from app.core.mail_server import Server, server
from app.core.outbox import MAIL, Letter, post
from app.core.words import speaking

TIMEOUT = 10.0  # seconds for one answer of the server
WHOLE = 40.0  # seconds for all of a letter
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
LONGEST_ADDRESS = 128

NOT_SET_UP = N_("还没有设置发信邮箱，请店主到“设置 › 邮件”里填写")
NO_SUCH_HOST = N_("找不到这台邮件服务器，请检查服务器地址有没有写错")
NO_LINE = N_("连不上邮件服务器，请检查服务器地址和端口；稍后会自动再试")
SILENT = N_("邮件服务器没有回答，请检查端口和加密方式；稍后会自动再试")
NOT_TRUSTED = N_("邮件服务器的证书不可信，没有发送。请检查服务器地址，或联系邮箱的服务商")
WRONG_TLS = N_("加密方式对不上：465 端口一般选 SSL，587 端口一般选 STARTTLS")
NOT_IN_CLEAR = N_("没有加密就不能发送密码，请把加密方式改成 SSL 或 STARTTLS")
WRONG_PASSWORD = N_("邮箱账号或密码不对。QQ、163 等邮箱要填“授权码”，不是登录密码")
WRONG_SENDER = N_("邮件服务器不接受这个发件人，请把发件人改成登录用的那个邮箱")
WRONG_RECIPIENT = N_("邮件服务器说没有这个收件地址，请检查有没有写错")
NOT_NOW = N_("邮件服务器暂时不收，稍后会自动再试")
NOT_TAKEN = N_("邮件服务器拒收了这封信")
CUT_OFF = N_("正在发送时和邮件服务器断开了，不知道对方收到没有")

# The letters there are; each has two templates in templates/mail/. A letter of many words keeps
# only what they are made of, and the function here makes them when it leaves.
Fill = Callable[[dict[str, object]], dict[str, object]]
letters: dict[str, Fill] = {}


def letter(name: str, fill: Fill = dict) -> str:
    """Declare a letter beside its use."""
    letters[name] = fill
    return name


def write(
    to: str, name: str, params: dict[str, object], *, language: str = "zh",
    account: str = "", key: str | None = None,
) -> Letter | None:  # fmt: skip
    """Put a letter in the outbox. `account` tells kinds of letters apart in the book of letters."""
    body: dict[str, object] = {"letter": name, "params": params, "language": language}
    return post(MAIL, address(to), body, account=account, key=key)


def address(typed: str) -> str:
    """An e-mail address as it may stand on an envelope."""
    plain = typed.strip()
    if len(plain) > LONGEST_ADDRESS or not ADDRESS.fullmatch(plain):
        raise Refused(N_("这不是邮箱地址，请像 name@example.com 这样写"), field="to")
    return plain


def send(letter: Letter) -> str:
    """The outbox's sender; the receipt is the letter's own number."""
    here = server()
    if here is None:
        raise DeliveryFailed(NOT_SET_UP, permanent=True)
    written = _written(letter, here)
    let_go()
    _carry(here, letter.to, written)
    return str(written["Message-ID"])


def _written(letter: Letter, here: Server) -> EmailMessage:
    name, language = str(letter.body["letter"]), str(letter.body["language"])
    params = letter.body["params"]
    assert isinstance(params, dict)  # noqa: S101 - write() has put it there
    with speaking(language):
        params = letters[name](params)
        subject, _line, text = _rendered(f"mail/{name}.txt", params).partition("\n")
        rich = _rendered(f"mail/{name}.html", params)
    written = EmailMessage()
    shown, own = parseaddr(here.sender)
    shown = shown or shop.name()
    written["Subject"] = " ".join(subject.split())
    written["From"] = formataddr((shown, own))
    written["To"] = letter.to
    written["Date"] = formatdate(usegmt=True)
    written["Message-ID"] = make_msgid(f"letter-{letter.id}", own.rpartition("@")[2] or "localhost")
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(text.strip() + "\n")
    written.add_alternative(rich, subtype="html")
    return written


def _rendered(name: str, params: dict[str, object]) -> str:
    """A template in the reader's language: nobody is at the door, so there is no page around it."""
    template = current_app.jinja_env.get_template(name)
    return template.render(**params, _=gettext, shop=shop.name())


def _carry(here: Server, to: str, written: EmailMessage) -> None:
    """Until the text goes over the line a failure is a failure; from then on nobody knows."""
    handing_over = False
    try:
        with _line(here) as line:
            _expect(line.mail(parseaddr(here.sender)[1]), WRONG_SENDER)
            _expect(line.rcpt(to), WRONG_RECIPIENT)
            handing_over = True
            _expect(line.data(written.as_bytes(policy=SMTP)), NOT_TAKEN)
    except smtplib.SMTPDataError as error:  # refused before the first word of it
        raise _refusal(error.smtp_code, error.smtp_error, NOT_TAKEN) from error
    except (smtplib.SMTPException, OSError) as error:
        if handing_over:
            raise DeliveryUnknown(CUT_OFF) from error
        raise _trouble(error) from error


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whom we believe. Read once: it took longer than all the rest of a letter."""
    return ssl.create_default_context()


@contextmanager
def _line(here: Server) -> Iterator[smtplib.SMTP]:
    """A line to the server, signed in; cut when all of it takes too long."""
    made = smtplib.SMTP_SSL(timeout=TIMEOUT, context=_trusted()) if here.security == "ssl" else (
        smtplib.SMTP(timeout=TIMEOUT)
    )  # fmt: skip
    made._host = here.host  # type: ignore[attr-defined] # the name that its certificate must bear
    guard = threading.Timer(WHOLE, _cut, [made])
    guard.daemon = True
    guard.start()
    try:
        _expect(made.connect(here.host, here.port), NOT_NOW)
        if here.security == "starttls":
            made.starttls(context=_trusted())
        if here.user:
            if not here.safe_for_password:
                raise DeliveryFailed(NOT_IN_CLEAR, permanent=True)
            made.login(here.user, here.password)
        else:
            made.ehlo_or_helo_if_needed()
        yield made
    finally:
        guard.cancel()
        made.close()


def _cut(line: smtplib.SMTP) -> None:
    """Wake whoever waits on this line: a server that drips one sign a second never times out."""
    if line.sock:
        try:
            line.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _expect(answer: tuple[int, bytes], otherwise: str) -> None:
    code, said = answer
    if not 200 <= code < 300:
        raise _refusal(code, said, otherwise)


def _refusal(code: int, said: bytes | str, reason: str) -> DeliveryFailed:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    short = " ".join(f"{code} {text}".split())[:40]
    if 400 <= code < 500:
        return DeliveryFailed(NOT_NOW, permanent=False, code=short)
    return DeliveryFailed(reason, permanent=True, code=short)


def _trouble(error: Exception) -> DeliveryFailed:
    """What went wrong before the letter was handed over."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _refusal(error.smtp_code, error.smtp_error, WRONG_PASSWORD)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error.smtp_code, error.smtp_error, NOT_TAKEN)
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
        untrusted = isinstance(error, ssl.SSLCertVerificationError)
        return DeliveryFailed(NOT_TRUSTED if untrusted else WRONG_TLS, permanent=True)
    if isinstance(error, socket.gaierror):
        return DeliveryFailed(NO_SUCH_HOST, permanent=False)
    silent = isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected)
    return DeliveryFailed(SILENT if silent else NO_LINE, permanent=False)
