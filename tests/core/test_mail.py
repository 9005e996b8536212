"""Letters by e-mail: through a real server on this machine, and through servers that misbehave."""

import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from app import config
from app.config import MailSettings, Unsafe
from app.core import jobs, mail, mail_server, outbox, vault
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter

LOOPBACK = "127.0.0.1"


class Box:
    """What arrived, and what the server says to whom."""

    def __init__(self):
        self.letters, self.recipient_says, self.data_says = [], "250 OK", "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.recipient_says.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_says

    async def handle_DATA(self, _server, _session, envelope):
        if self.data_says.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.data_says


def check(_server, _session, _envelope, _mechanism, given):
    right = given.login == b"shop@example.com" and given.password == b"right"
    return AuthResult(success=right, handled=False)


def free_port():
    with closing(socket.socket()) as free:
        free.bind((LOOPBACK, 0))
        return free.getsockname()[1]


@pytest.fixture
def post_office():
    """A mail server on loopback; `.letters` are what it took."""
    box = Box()
    office = Controller(
        box, hostname=LOOPBACK, port=free_port(), authenticator=check, auth_require_tls=False,
        auth_required=False,
    )  # fmt: skip
    office.start()
    box.port = office.port
    yield box
    office.stop()


@pytest.fixture(autouse=True)
def _quick(app, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT", 1.0)
    monkeypatch.setattr(mail, "WHOLE", 2.0)
    monkeypatch.setitem(mail_server._given, "mail", MailSettings())


def use(port, *, host=LOOPBACK, security="", user="", password="", sender="shop@example.com"):
    mail_server.put(
        host=host, port=port, security=security, user=user, password=password, sender=sender
    )
    db.session.commit()


def write(to="chief@example.com", by="陈老板", language="zh"):
    letter = mail.write(to, "test", {"by": by}, language=language)
    db.session.commit()
    return letter


def again(letter):
    db.session.expire_all()
    return db.session.get_one(Letter, letter.id)


def test_a_letter_arrives_in_words_and_in_rich_text(post_office, work):
    use(post_office.port, sender="小禾母婴 <shop@example.com>")
    letter = write()
    work()
    assert again(letter).state == "sent"
    (got,) = post_office.letters
    assert got["Subject"] == "熟客的测试信"
    assert got["From"] == "小禾母婴 <shop@example.com>"
    assert got["To"] == "chief@example.com"
    assert again(letter).receipt == got["Message-ID"]
    plain = got.get_body(("plain",)).get_content()
    rich = got.get_body(("html",)).get_content()
    assert "陈老板" in plain
    assert "<p>" not in plain
    assert "陈老板" in rich


def test_a_letter_speaks_its_readers_language(post_office, work):
    use(post_office.port)
    write(language="en")
    work()
    assert "熟客的测试信" not in post_office.letters[0]["Subject"]


def test_what_somebody_is_called_makes_no_markup_and_no_heading(post_office, work):
    use(post_office.port)
    write(by="<b>x</b>\r\nBcc: all@example.com")
    work()
    (got,) = post_office.letters
    assert got["Bcc"] is None
    assert "<b>x</b>" not in got.get_body(("html",)).get_content()
    assert "<b>x</b>" in got.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "shop",
        "a@b\nBcc: c@d",
        "a b@c.de",
        "a@b>",
        "名@example.com",
        "a@",
        "@b",
        "x" * 200 + "@b.c",
    ],
)
def test_what_is_no_address_is_refused(app, address):
    with pytest.raises(Refused, match="name@example.com"):
        mail.write(address, "test", {"by": "x"})


def test_a_password_opens_the_server(post_office, work):
    use(post_office.port, user="shop@example.com", password="right")
    letter = write()
    work()
    assert again(letter).state == "sent"


def test_a_wrong_password_is_said_and_not_tried_again(post_office, work):
    use(post_office.port, user="shop@example.com", password="wrong")
    letter = write()
    work()
    assert again(letter).state == "failed"
    assert "授权码" in again(letter).reason
    assert again(letter).code.startswith("535")


def test_a_password_never_leaves_the_machine_in_clear(app, work, monkeypatch):
    spoken = []
    monkeypatch.setattr(mail.smtplib.SMTP, "connect", lambda *_a: (220, b"hi"))
    monkeypatch.setattr(mail.smtplib.SMTP, "login", lambda *a: spoken.append(a))
    use(25, host="mail.example.com", user="shop", password="right")
    letter = write()
    work()
    assert again(letter).state == "failed"
    assert "没有加密" in again(letter).reason
    assert spoken == []


@pytest.mark.parametrize(
    ("recipient", "data", "state", "word"),
    [
        ("550 no such user", "250 OK", "failed", "收件地址"),
        ("450 grey", "250 OK", "queued", "暂时不收"),
        ("250 OK", "554 spam", "failed", "拒收"),
        ("250 OK", "451 later", "queued", "暂时不收"),
    ],
)
def test_what_the_server_says_is_told(post_office, work, recipient, data, state, word):
    post_office.recipient_says, post_office.data_says = recipient, data
    use(post_office.port)
    letter = write()
    work()
    assert again(letter).state == state
    assert word in again(letter).reason
    assert post_office.letters == []


def test_without_a_server_nothing_is_sent_and_it_says_so(app, work):
    letter = write()
    work()
    assert again(letter).state == "failed"
    assert "设置" in again(letter).reason


def test_a_closed_port_and_an_unknown_host_are_tried_again(app, work, monkeypatch):
    use(free_port())
    closed = write()
    work()
    assert (again(closed).state, again(closed).reason) == ("queued", mail.NO_LINE)

    def nowhere(*_a, **_k):
        raise socket.gaierror

    monkeypatch.setattr(mail.socket, "getaddrinfo", nowhere)
    unknown = write(to="b@example.com")
    work()
    assert (again(unknown).state, again(unknown).reason) == ("queued", mail.NO_SUCH_HOST)


@contextmanager
def strange_server(behave):
    """A server that does as it likes with each line."""
    listening = socket.create_server((LOOPBACK, 0))
    lines = []

    def serve():
        while True:
            try:
                line, _address = listening.accept()
            except OSError:
                return
            lines.append(line)
            threading.Thread(target=guarded, args=(line,), daemon=True).start()

    def guarded(line):
        try:
            behave(line)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        for line in lines:
            line.close()


def hangs(_line):
    time.sleep(30)


def drips(line):
    while True:
        line.sendall(b"2")
        time.sleep(0.2)


def dies_in_the_middle(line):
    line.sendall(b"220 hi\r\n")
    told = line.makefile("rb")
    for said in told:
        if said.upper().startswith(b"DATA"):
            line.sendall(b"354 go on\r\n")
            told.readline()
            line.shutdown(2)
            return
        line.sendall(b"250 OK\r\n")


@pytest.mark.parametrize("behave", [hangs, drips])
def test_a_server_that_hangs_is_left_in_time_and_tried_again(app, work, behave):
    with strange_server(behave) as port:
        use(port)
        letter = write()
        began = time.monotonic()
        work()
    assert time.monotonic() - began < 5
    assert (again(letter).state, again(letter).reason) == ("queued", mail.SILENT)


def test_cut_off_in_the_middle_nobody_knows_and_nothing_goes_twice(app, work):
    with strange_server(dies_in_the_middle) as port:
        use(port)
        letter = write()
        work()
        work()
    assert (again(letter).state, again(letter).attempts) == ("unknown", 1)
    assert again(letter).reason == mail.CUT_OFF


def test_a_server_without_encryption_is_said(post_office, work):
    use(post_office.port, security="starttls")
    letter = write()
    work()
    assert again(letter).reason == mail.WRONG_TLS
    use(post_office.port, security="ssl")
    letter = write()
    work()
    assert again(letter).reason == mail.WRONG_TLS


def test_a_certificate_that_nobody_vouches_for_is_refused(app):
    problem = mail._trouble(ssl.SSLCertVerificationError(1, "self-signed"))
    assert (problem.reason, problem.permanent) == (mail.NOT_TRUSTED, True)


def test_a_mail_server_that_hangs_holds_up_no_other_lane(app, outside):
    """The only worker thread of the mail lane is at the server; a letter to WeChat goes out."""
    sent = []
    outbox.senders["pigeon"] = lambda letter: sent.append(letter.to) or ""
    with strange_server(hangs) as port:
        use(port)
        write()
        outbox.post("pigeon", "lin", {}, account="us")
        db.session.commit()
        stuck = threading.Thread(target=run_lane, args=(app, "mail"))
        stuck.start()
        time.sleep(0.2)
        outside(lambda: jobs.run_one("network", "w"))
        assert sent == ["lin"]
        assert stuck.is_alive()
        stuck.join(10)


def run_lane(app, lane):
    with app.app_context():
        jobs.run_one(lane, "w2")
        db.session.remove()


# Which server -------------------------------------------------------------------------------------


def test_the_environment_wins_and_is_locked(app, monkeypatch):
    use(465, host="smtp.typed.example", security="ssl", user="u", password="p")
    given = MailSettings("smtp://a%40b.cn:s%3Acret@smtp.given.example:2525?starttls=1", "x@y.cn")
    monkeypatch.setitem(mail_server._given, "mail", given)
    here = mail_server.server()
    assert (here.host, here.port, here.security) == ("smtp.given.example", 2525, "starttls")
    assert (here.user, here.password, here.sender) == ("a@b.cn", "s:cret", "x@y.cn")
    assert mail_server.locked() == {"server", "sender"}
    assert mail_server.put(host="h", port=1, security="", user="", password="q", sender="") == []
    assert mail_server.HOST() == "smtp.typed.example"


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [("smtp://h", 25, ""), ("smtps://h", 465, "ssl"), ("smtp://h?starttls=1", 587, "starttls")],
)
def test_an_address_says_how_it_is_spoken_to(app, monkeypatch, url, port, security):
    monkeypatch.setitem(mail_server._given, "mail", MailSettings(url))
    here = mail_server.server()
    assert (here.port, here.security) == (port, security)


@pytest.mark.parametrize("url", ["smtp.example.com", "http://h", "smtp://", "smtp://h:port"])
def test_an_address_that_makes_no_sense_stops_the_start(house, tmp_path, url):
    values = {"SHUKE_INSTANCE": str(tmp_path), "SHUKE_ENV": "testing", "SMTP_URL": url}
    with pytest.raises(Unsafe, match="SMTP_URL"):
        mail_server.set_up(config.read(values))


def test_an_empty_password_leaves_the_one_that_is_kept(app):
    use(465, user="u", password="first")
    use(465, user="u2")
    assert mail_server.server().password == "first"
    assert "first" not in str(vault.kept("mail")["password"].until)


def test_a_sender_or_a_host_that_is_none_is_refused(app):
    with pytest.raises(Refused, match="发件人"):
        use(465, sender="小禾母婴")
    with pytest.raises(Refused, match="smtp.example.com"):
        use(465, host="not a host")
