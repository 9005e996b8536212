"""The shop's mail: which server carries it, and a test letter whose fate is shown."""

from datetime import timedelta

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import mail, mail_server, vault
from app.core.clock import now
from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import refuse
from app.core.outbox import MAIL, Letter
from app.core.web import done, page
from app.staff import audit
from app.staff.mail_forms import ServerForm, TestForm
from app.staff.signing_in import me

bp = Blueprint("mail", __name__)

TEST = mail.letter("test")
ACCOUNT = "test"  # test letters stand apart in the book of letters
PAUSE = timedelta(seconds=20)


@bp.get("/settings/mail")
@door("settings.write")
def show():
    return _page(_server_form(), TestForm(None))


@bp.post("/settings/mail")
@door("settings.write")
def update():
    form = ServerForm()
    if not form.validate():
        return _page(form, TestForm(None), 422)
    values = form.values
    values["security"] = values["security"] or ""
    try:
        changed = mail_server.put(forget_password=values.pop("forget"), **values)
    except Refused as no:
        refuse(form, no)
        return _page(form, TestForm(None), 422)
    if changed:
        audit.log(me(), "mail.changed", "mail", address=request.remote_addr or "", names=changed)
    db.session.commit()
    return done(
        "staff/mail/_show.html", url_for(".show"), say=_("保存好了，发一封测试信看看"),
        **_shown(_server_form(), TestForm(None)),
    )  # fmt: skip


@bp.post("/settings/mail/tests")
@door("settings.write")
def test():
    form = TestForm()
    if not form.validate():
        return _page(_server_form(), form, 422)
    try:
        _write(form.to.data)
    except Refused as no:
        refuse(form, no)
        return _page(_server_form(), form, 422)
    audit.log(me(), "mail.tested", "mail", address=request.remote_addr or "")
    db.session.commit()
    return done("staff/mail/_show.html", url_for(".show"), **_shown(_server_form(), TestForm(None)))


@bp.get("/settings/mail/tests")
@door("settings.write")
def result():
    """The fate of the last test letter; asked again while it is on its way."""
    return page("staff/mail/_result.html", letter=_last())


def _write(to):
    if mail_server.server() is None:
        raise Refused(N_("还没有填发信服务器，请先填好并保存"))
    last = _last()
    if last and now() - last.created_at < PAUSE:
        raise Refused(N_("刚刚发过一封，请等它有了结果再发"), field="to")
    mail.write(to, TEST, {"by": me().display}, language=me().language, account=ACCOUNT)


def _last():
    """The last test letter of anybody."""
    return db.session.scalar(
        db.select(Letter)
        .where(Letter.channel == MAIL, Letter.account == ACCOUNT)
        .order_by(Letter.id.desc())
        .limit(1)
    )


def _server_form():
    return ServerForm(
        None,
        data={
            "host": mail_server.HOST(),
            "port": mail_server.PORT(),
            "security": mail_server.SECURITY(),
            "user": mail_server.USER(),
            "sender": mail_server.SENDER(),
        },
    )


def _page(form, test_form, status=200):
    return page(
        "staff/mail/show.html", part="staff/mail/_show.html", status=status,
        **_shown(form, test_form),
    )  # fmt: skip


def _shown(form, test_form):
    password = vault.kept("mail").get("password")
    return {
        "form": form,
        "test_form": test_form,
        "locked": mail_server.locked(),
        "server": mail_server.server(),
        "has_password": password is not None,
        "password_lost": password is not None and password.text is None,
        "letter": _last(),
    }
