"""What becomes of a topic: answered, noted, claimed, given, put into another state, seen."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.community import moving, talking
from app.community.topic_forms import AnswerForm, GiveForm, NoteForm, StateForm
from app.community.views.topics import find, screen, shown, version_of
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, see
from app.staff import accounts
from app.staff.models import Staff
from app.staff.signing_in import me

bp = Blueprint("steps", __name__)


@bp.post("/topics/<int:topic_id>/answers")
@door("topics.write")
def answer(topic_id):
    topic, form = find(topic_id), AnswerForm()
    if not form.validate():
        return screen(topic, 422, answer_form=form)
    try:
        line = talking.answer(topic, form.text.data, by=me(), once=form.once.data or "")
    except Refused as no:
        refuse(form, no)
        return screen(topic, 422, answer_form=form)
    db.session.commit()
    said = _("答复发出去了") if line.message_id else _("答复写在「我的主题」里了，微信里没有发")
    return done_with(topic, said)


@bp.post("/topics/<int:topic_id>/notes")
@door("topics.write")
def note(topic_id):
    topic, form = find(topic_id), NoteForm()
    if not form.validate():
        return screen(topic, 422, note_form=form)
    talking.note(topic, form.text.data, by=me())
    db.session.commit()
    return done_with(topic, _("便笺记下了"))


@bp.post("/topics/<int:topic_id>/claim")
@door("topics.write")
def claim(topic_id):
    topic = find(topic_id)
    moving.claim(topic, by=me())
    db.session.commit()
    return done_with(topic, _("归你办了"))


@bp.post("/topics/<int:topic_id>/assignment")
@door("topics.write")
def give(topic_id):
    topic, form = find(topic_id), GiveForm()
    form.to.choices = [(p.id, p.display) for p in accounts.active()]
    if not form.validate():
        return screen(topic, 422, give_form=form)
    to = db.session.get_one(Staff, form.to.data)
    try:
        moving.give(topic, to, by=me(), version=version_of(form))
    except Refused as no:
        refuse(form, no)
        return screen(topic, 422, give_form=form)
    db.session.commit()
    return see(url_for("topics.index"), say=_("已交给%(name)s", name=to.display))


@bp.post("/topics/<int:topic_id>/state")
@door("topics.write")
def put(topic_id):
    """From the page of the topic. The board has an address of its own, since it is shown anew."""
    topic, form = find(topic_id), StateForm()
    moving.move(topic, form.state.data or "", by=me(), version=version_of(form))
    db.session.commit()
    return done_with(topic, _("改好了"))


@bp.post("/topics/<int:topic_id>/reading")
@door("topics.write")
def read(topic_id):
    """Whoever has it has looked: it wants them no longer."""
    topic = find(topic_id)
    if topic.owner_id == me().id:
        topic.unseen = 0
    db.session.commit()
    return done_with(topic, "")


def done_with(topic, say):
    """The topic as it is now."""
    url = url_for("topics.show", topic_id=topic.id)
    return done("community/topics/_topic.html", url, say=say or None, **shown(topic))
