"""A topic out of messages, raised beside the conversation: the thread stays where it is."""

import secrets

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.community import topics
from app.community.views.topics import topic_form, typed_of
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, number_arg, page
from app.customers.views.screens import looked_at
from app.inbox import assigning, receiving, thread
from app.inbox.models import EVENT, NOTE, Conversation
from app.staff import access
from app.staff.signing_in import me

bp = Blueprint("picks", __name__)


@bp.get("/inbox/<int:chat_id>/topics/new")
@door("topics.write")
def new(chat_id):
    chat = _find(chat_id)
    looked_at(chat.customer, access.TALK)
    form, offered = _form(chat, None)
    form.once.data = secrets.token_hex(12)
    form.messages.data = _usual(offered)
    return _page(chat, form, offered)


@bp.post("/inbox/<int:chat_id>/topics")
@door("topics.write")
def create(chat_id):
    chat = _find(chat_id)
    form, offered = _form(chat)
    if not form.validate():
        return _page(chat, form, offered, 422)
    picked = [one for one in offered if one.id in form.messages.data]
    try:
        topic = topics.raise_topic(
            chat.customer, by=me(), chat=chat, messages=picked, **typed_of(form)
        )
    except Refused as no:
        refuse(form, no)
        return _page(chat, form, offered, 422)
    db.session.commit()
    url = url_for("conversations.show", chat_id=chat.id)
    return done("community/picks/_raised.html", url, say=_("主题提好了"), chat=chat, topic=topic)


def _find(chat_id):
    return db.one_or_404(assigning.visible_to(me()).where(Conversation.id == chat_id))


def _form(chat, *blank):
    """The form, and the messages that may be picked: the newest, or those before one."""
    form = topic_form(*blank)
    said = thread.messages(chat, before=number_arg("before"))
    offered = [one for one in said if one.kind not in (NOTE, EVENT)]
    form.messages.choices = [(one.id, one.text) for one in offered]
    return form, offered


def _usual(offered):
    """The one that was asked for, else what the customer has said since we last spoke."""
    asked = number_arg("message")
    if asked in {one.id for one in offered}:
        return [asked]
    ours = [at for at, one in enumerate(offered) if not one.inbound]
    return [one.id for one in offered[ours[-1] + 1 if ours else 0 :]]


def _page(chat, form, offered, status=200):
    return page(
        "community/picks/new.html", part="community/picks/_new.html", status=status, chat=chat,
        form=form, offered=offered, message_kinds=receiving.KINDS, page_size=thread.PAGE,
    )  # fmt: skip
