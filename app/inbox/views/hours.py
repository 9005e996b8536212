"""Business hours, and what the shop says by itself: the owner's page."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.clock import now
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.inbox import greeting, opening
from app.inbox.opening_forms import AnswersForm, HoursForm
from app.inbox.variables import MEANINGS
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("hours", __name__)


@bp.get("/settings/hours")
@door("settings.write")
def show():
    return _page()


@bp.post("/settings/hours")
@door("settings.write")
def put():
    form = HoursForm()
    if not form.validate():
        return _page(hours=form, status=422)
    try:
        opening.put(_week(form), form.off.data)
    except Refused as no:
        refuse(form, no)
        return _page(hours=form, status=422)
    return _kept("hours.changed")


@bp.post("/settings/hours/answers")
@door("settings.write")
def answers():
    form = AnswersForm()
    if not form.validate():
        return _page(answers=form, status=422)
    try:
        greeting.put(form.welcome.data, form.away.data)
    except Refused as no:
        refuse(form, no)
        return _page(answers=form, status=422)
    return _kept("answers.changed")


def _week(form):
    return [field.data for field in form.days]


def _kept(what):
    audit.log(me(), what, "settings:hours", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".show"), say=_("保存好了"))


def _page(status=200, hours=None, answers=None):
    known = opening.hours()
    return page(
        "inbox/hours/show.html",
        status=status,
        hours_form=hours or _hours_form(),
        answers_form=answers or _answers_form(),
        called=MEANINGS["称呼"],
        is_open=known.is_open(now()),
        opens_at=known.opens_at(now()),
    )


def _hours_form():
    days, off = opening.typed()
    return HoursForm(None, data={"off": off} | {f"day{n}": day for n, day in enumerate(days)})


def _answers_form():
    welcome, away = greeting.texts()
    return AnswersForm(None, data={"welcome": welcome, "away": away})
