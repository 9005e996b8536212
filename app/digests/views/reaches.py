"""My own page of reminders: when, by which way, what became of them, and a test."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core import mail, pulses
from app.core.clock import now
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.digests import log, reach
from app.digests.forms import ReachForm
from app.staff.signing_in import me

bp = Blueprint("reaches", __name__)


@bp.get("/settings/me/reminders")
@door("profile.write")
def show():
    return _page(ReachForm(None, obj=me()))


@bp.post("/settings/me/reminders")
@door("profile.write")
def update():
    form = ReachForm()
    if not form.validate():
        return _page(form, 422)
    try:
        email = mail.address(form.email.data) if form.email.data else ""
    except Refused as no:
        refuse(form, no, "email")
        form.email.errors, form.form_errors = [_(no.message)], []
        return _page(form, 422)
    me().email, me().digest_at = email, form.digest_at.data
    me().remind_due = form.remind_due.data
    me().digest_first = form.digest_first.data or reach.EMAIL
    db.session.commit()
    return see(url_for(".show"), say=_("已保存"))


@bp.post("/settings/me/reminders/links/ending")
@door("profile.write")
def end_links():
    me().links_since = now()
    db.session.commit()
    return see(url_for(".show"), say=_("以前发出去的链接都失效了"))


def _pulse():
    at = pulses.last(pulses.REMINDERS)
    return {"pulse": at, "silent": pulses.is_silent(at)}


def _page(form, status=200):
    ways = [(way, reach.closed(me(), way)) for way in reach.of(me())]
    return page(
        "digests/reaches/show.html", form=form, ways=ways, labels=reach.WAYS,
        deliveries=log.of(me()), kinds=log.KINDS, states=log.STATES, status=status,
        **_pulse(),
    )  # fmt: skip
