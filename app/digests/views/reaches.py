"""My own page of reminders: when, by which way, what became of them, and a test."""

from io import BytesIO

import segno
from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from app.core import mail, pulses
from app.core.clock import now
from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.digests import log, reach, trying
from app.digests.forms import ReachForm
from app.staff.signing_in import me
from app.wechat import accounts, colleagues
from app.wecom import accounts as wecom

bp = Blueprint("reaches", __name__)


@bp.get("/settings/me/reminders")
@door("profile.write")
def show():
    return _page()


@bp.post("/settings/me/reminders")
@door("profile.write")
def update():
    form = ReachForm()
    if not form.validate():
        return _page(form, 422)
    try:
        _keep(form)
    except Refused as no:
        refuse(form, no)
        return _page(form, 422)
    db.session.commit()
    return see(url_for(".show"), say=_("已保存"))


def _keep(form):
    if form.email.data:
        _checked(form.email.data)
    me().email, me().digest_at = form.email.data, form.digest_at.data
    me().remind_due = form.remind_due.data
    me().digest_first = form.digest_first.data or reach.EMAIL
    if "wecom_user" in request.form:
        me().wecom_user = form.wecom_user.data


def _checked(email):
    try:
        mail.address(email)
    except Refused as no:
        raise Refused(no.message, field="email") from no


@bp.post("/settings/me/reminders/wechat")
@door("profile.write")
def bind():
    """A code to send from one's own WeChat, shown in this answer alone; a QR follows."""
    if not accounts.everyone():
        raise Refused(N_("店里还没有接公众号，请店主到“设置 › 公众号”里接好"))
    code = colleagues.make_code(me())
    db.session.commit()
    return _page(code=code)


@bp.get("/settings/me/reminders/wechat")
@door("profile.write")
def scan():
    """The QR alone, asked for again until it is there and somebody has scanned it."""
    if me().wechat_openid:
        return see(url_for(".show") + "#wechat")
    return page("digests/reaches/_scan.html", **_waiting())


@bp.get("/settings/me/reminders/wechat/picture.svg")
@door("profile.write")
def picture():
    """The QR, for this colleague alone."""
    waiting = colleagues.waiting(me())
    if waiting is None or not waiting.scan_url:
        return Response(status=204)
    drawn = BytesIO()
    code = segno.make(waiting.scan_url, error="m", micro=False)
    code.save(drawn, kind="svg", scale=5, border=4, light="#ffffff", svgclass=None, lineclass=None)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@bp.post("/settings/me/reminders/wechat/ending")
@door("profile.write")
def unbind():
    colleagues.forget(me())
    db.session.commit()
    return see(url_for(".show"), say=_("已解绑，提醒不再发到那个微信"))


@bp.post("/settings/me/reminders/tests")
@door("profile.write")
def test():
    trying.send(me())
    db.session.commit()
    return see(url_for(".show") + "#log", say=_("发了，下面看有没有到"))


@bp.get("/settings/me/reminders/log")
@door("profile.write")
def newest():
    """The log alone, asked for again while something is on its way."""
    return page("digests/reaches/_log.html", **_log())


@bp.post("/settings/me/reminders/links/ending")
@door("profile.write")
def end_links():
    me().links_since = now()
    db.session.commit()
    return see(url_for(".show"), say=_("以前发出去的链接都失效了"))


def _page(form=None, status=200, code=""):
    ways = [(way, reach.closed(me(), way)) for way in reach.of(me())]
    at = pulses.last(pulses.REMINDERS)
    return page(
        "digests/reaches/show.html", form=form or ReachForm(None, obj=me()), ways=ways, code=code,
        pulse=at, silent=pulses.is_silent(at), status=status, has_wecom=wecom.app() is not None,
        has_wechat=bool(accounts.everyone()), **_waiting(), **_log(),
    )  # fmt: skip


def _waiting():
    waiting = colleagues.waiting(me())
    held = accounts.practice()
    own = held.api_base.removesuffix(accounts.PRACTICE_PATH) if held else ""
    url = waiting.scan_url if waiting else ""
    here = url.removeprefix(own) if own and url.startswith(f"{own}/") else ""
    return {"waiting": waiting, "practice": here if me().may("practice.use") else ""}


def _log():
    found = log.of(me())
    return {"deliveries": found, "moving": log.is_moving(found), "labels": reach.WAYS,
            "kinds": log.KINDS, "states": log.STATES}  # fmt: skip
