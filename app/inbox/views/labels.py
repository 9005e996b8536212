"""Labels: the owner's list of them, and which ones a conversation has."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.inbox import labelling
from app.inbox.forms import LabelForm, LabelsForm
from app.inbox.models import Label
from app.inbox.views.conversations import find

bp = Blueprint("labels", __name__)


@bp.get("/inbox/labels")
@door("settings.write")
def index():
    return _page(LabelForm(None))


@bp.post("/inbox/labels")
@door("settings.write")
def create():
    form = LabelForm()
    if not form.validate():
        return _page(form, 422)
    try:
        labelling.define(form.name.data, form.tone.data)
    except Refused as no:
        refuse(form, no)
        return _page(form, 422)
    db.session.commit()
    return see(url_for(".index"), say=_("标签已添加"))


@bp.get("/inbox/labels/<int:label_id>/edit")
@door("settings.write")
def edit(label_id):
    label = _label(label_id)
    return _edit(label, LabelForm(None, obj=label))


@bp.post("/inbox/labels/<int:label_id>")
@door("settings.write")
def update(label_id):
    label, form = _label(label_id), LabelForm()
    if not form.validate():
        return _edit(label, form, 422)
    try:
        labelling.change(label, form.name.data, form.tone.data)
    except Refused as no:
        refuse(form, no)
        return _edit(label, form, 422)
    db.session.commit()
    return see(url_for(".index"), say=_("标签已改"))


@bp.post("/inbox/labels/<int:label_id>/removal")
@door("settings.write")
def destroy(label_id):
    labelling.drop(_label(label_id))
    db.session.commit()
    return see(url_for(".index"), say=_("标签已删除"))


@bp.get("/inbox/<int:chat_id>/labels")
@door("inbox.write")
def choose(chat_id):
    chat = find(chat_id)
    form = _choice(None, labels=labelling.of_chats([chat.id]).get(chat.id, []))
    return page("inbox/labels/choose.html", chat=chat, form=form)


@bp.post("/inbox/<int:chat_id>/labels")
@door("inbox.write")
def put(chat_id):
    chat, form = find(chat_id), _choice()
    if not form.validate():
        return page("inbox/labels/choose.html", chat=chat, form=form, status=422)
    labelling.put(chat, form.labels.data)
    db.session.commit()
    return see(url_for("conversations.show", chat_id=chat.id), say=_("标签已改"))


def _choice(*formdata, **values):
    form = LabelsForm(*formdata, **values)
    form.labels.choices = [(row.id, row.name) for row in labelling.every()]
    return form


def _label(label_id):
    return db.one_or_404(db.select(Label).where(Label.id == label_id))


def _page(form, status=200):
    return page("inbox/labels/index.html", status=status, labels=labelling.every(), form=form)


def _edit(label, form, status=200):
    return page("inbox/labels/edit.html", status=status, label=label, form=form)
