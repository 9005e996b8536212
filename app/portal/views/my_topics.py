"""我的主题: what a member wants of the shop: raised, followed, answered, rated, opened again."""

import secrets

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.community import groups, memberships, moving, talking, terms, topics, tracing
from app.community.models import Topic
from app.core.db import db, stop_writing
from app.core.doors import member
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, number_arg, page, see
from app.inbox import receiving
from app.portal import sessions
from app.portal.topic_forms import AskForm, RateForm, ReopenForm, SayForm

bp = Blueprint("my_topics", __name__)

BOOKING = "booking"  # asked for by ?kind=: an order with words of its own


@bp.get("/m/topics")
@member
def index():
    customer = sessions.member()
    found = topics.of_customer(customer)
    return page(
        "portal/my_topics/index.html", open_ones=[one for one in found if one.is_open],
        ended=[one for one in found if not one.is_open], groups=_groups(), **_words(),
    )  # fmt: skip


@bp.get("/m/groups/<int:group_id>")
@member
def group(group_id):
    """One of my communities: what it is for, who answers for it, and my topics there."""
    mine = _groups()
    shown = next((one for one in mine if one.id == group_id), None) or abort(404)
    found = [one for one in topics.of_customer(sessions.member()) if one.group_id == group_id]
    return page(
        "portal/my_topics/group.html", group=shown, owner=groups.owner_of(shown), groups=mine,
        found=found, **_words(),
    )  # fmt: skip


def _groups():
    """The communities I am in, and those where a topic of mine is open."""
    customer = sessions.member()
    busy = {one.group_id for one in topics.open_of(customer)}
    return [one.group for one in memberships.of(customer) if one.member or one.group.id in busy]


def _words():
    return {"kinds": terms.KINDS, "says": _says}


def _says(topic):
    """How it stands, in the member's words."""
    if topic.state == "waiting":
        return _("等您回话")
    if topic.state == "solved":
        return _("已结束") if topic.closed_at else _("办好了，等您评价")
    return _("%(name)s 在办", name=topic.owner.display) if topic.state == "doing" else _("等人接")


@bp.get("/m/topics/new")
@member
def new():
    kind = terms.ORDER if arg("kind") == BOOKING else arg("kind", terms.QUESTION)
    form = AskForm(None, kind=kind, once=secrets.token_hex(12))
    chosen = number_arg("group")
    form.group.data = str(chosen) if chosen in {one.id for one in _groups()} else ""
    return _new(form)


@bp.post("/m/topics")
@member
def create():
    form, customer = AskForm(), sessions.member()
    if not form.validate():
        return _new(form, 422)
    where = [one for one in _groups() if str(one.id) == form.group.data]
    try:
        topic = topics.ask(
            customer, kind=form.kind.data, text=form.text.data, once=form.once.data or "",
            group=where[0] if where else None,
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _new(form, 422)
    db.session.commit()
    return see(url_for(".show", topic_id=topic.id), say=_("收到了，我们会尽快回您"))


def _new(form, status=200):
    return page("portal/my_topics/new.html", status=status, form=form,
                books=arg("kind") == BOOKING)  # fmt: skip


@bp.get("/m/topics/<int:topic_id>")
@member
def show(topic_id):
    return _screen(_find(topic_id))


@bp.post("/m/topics/<int:topic_id>/answers")
@member
def answer(topic_id):
    topic, form = _find(topic_id), SayForm()
    if not form.validate():
        return _screen(topic, 422, say_form=form)
    try:
        talking.hear(topic, form.text.data, once=form.once.data or "")
    except Refused as no:
        refuse(form, no)
        return _screen(topic, 422, say_form=form)
    db.session.commit()
    return _done(topic, _("发过去了"))


@bp.post("/m/topics/<int:topic_id>/rating")
@member
def rate(topic_id):
    topic, form = _find(topic_id), RateForm()
    if not form.validate():
        return _screen(topic, 422, rate_form=form)
    try:
        moving.rate(topic, int(form.stars.data), form.text.data)
    except Refused as no:
        refuse(form, no)
        return _screen(topic, 422, rate_form=form)
    db.session.commit()
    return _done(topic, _("谢谢您的评价"))


@bp.post("/m/topics/<int:topic_id>/reopening")
@member
def reopen(topic_id):
    topic, form = _find(topic_id), ReopenForm()
    if not form.validate():
        return _screen(topic, 422, reopen_form=form)
    try:
        moving.reopen(topic, by=None, text=form.text.data)
    except Refused as no:
        refuse(form, no)
        return _screen(topic, 422, reopen_form=form)
    db.session.commit()
    return _done(topic, _("知道了，我们接着办"))


def _find(topic_id):
    """Somebody else's is a page that there is not."""
    mine = db.select(Topic).where(Topic.customer_id == sessions.member().id)
    return db.one_or_404(mine.where(Topic.id == topic_id))


def _done(topic, say):
    return see(url_for(".show", topic_id=topic.id), say=say)


def _screen(topic, status=200, **forms):
    """One topic as its member sees it: without notes, and without what passes among colleagues."""
    stop_writing()
    lines = [one for one in topics.lines(topic) if tracing.is_for_member(one)]
    blank = {
        "say_form": SayForm(None, once=secrets.token_hex(12)), "rate_form": RateForm(None),
        "reopen_form": ReopenForm(None),
    }  # fmt: skip
    return page(
        "portal/my_topics/show.html", status=status, topic=topic, lines=lines,
        events=tracing.FOR_MEMBER, message_kinds=receiving.KINDS,
        **{**_words(), **blank, **forms},
    )  # fmt: skip
