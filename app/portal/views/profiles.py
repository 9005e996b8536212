"""What a member tells of themselves, one small question a page."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import member
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.portal import profile, sessions
from app.portal.forms import AnswerForm, BabyForm
from app.sales import ages

bp = Blueprint("profiles", __name__)


@bp.get("/m/profile")
@member
def show():
    customer = sessions.member()
    return page(
        "portal/profiles/show.html",
        questions={key: profile.QUESTIONS[key] for key in profile.asked(customer)},
        answers=profile.answers_of(customer),
        standings=ages.standings(customer),
        months_of=ages.months_of,
        called=sessions.called(),
    )


@bp.get("/m/profile/<question>")
@member
def edit(question):
    _known(question)
    return _page(question, _form(question, None))


@bp.post("/m/profile/<question>")
@member
def update(question):
    customer = sessions.member()
    _known(question)
    if "skip" in request.form:
        profile.not_now(customer, question)
        db.session.commit()
        return see(url_for("cards.show"))
    form = _form(question)
    if not form.validate():
        return _page(question, form, 422)
    try:
        _tell(customer, question, form)
    except Refused as no:
        refuse(form, no)
        db.session.rollback()
        return _page(question, form, 422)
    db.session.commit()
    return see(url_for(".show"), say=_("记下了，谢谢"))


def _tell(customer, question, form):
    if question == profile.BABY:
        profile.tell_birthday(customer, form.on.data, agrees=form.agrees.data)
    else:
        profile.tell(customer, question, form.answer.data)


def _known(question):
    if question not in profile.asked(sessions.member()):
        abort(404)


def _form(question, *blank):
    if question == profile.BABY:
        return BabyForm(*blank)
    form = AnswerForm(*blank)
    if blank:
        one = profile.answers_of(sessions.member()).get(question)
        offered = sessions.called() if question == profile.NAME else ""
        form.answer.data = one.answer if one and one.answer else offered
    return form


def _page(question, form, status=200):
    return page(
        "portal/profiles/edit.html",
        status=status,
        form=form,
        key=question,
        question=profile.QUESTIONS[question],
        named=question == profile.NAME,
    )
