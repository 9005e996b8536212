"""A topic passes to another community: offered, accepted, declined, taken back."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.community import groups, handovers
from app.community.models import Group
from app.community.topic_forms import DeclineForm, OfferForm
from app.community.views.topics import find, screen, version_of
from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import refuse
from app.core.web import number_arg, page, see
from app.staff.signing_in import me

bp = Blueprint("passings", __name__)


@bp.get("/topics/<int:topic_id>/handovers/new")
@door("topics.write")
def new(topic_id):
    topic = find(topic_id)
    form = _form(topic, None)
    form.version.data = str(topic.version)
    wanted = number_arg("to")
    form.to.data = wanted if wanted in dict(form.to.choices) else None
    return _page(topic, form)


@bp.post("/topics/<int:topic_id>/handovers")
@door("topics.write")
def create(topic_id):
    topic = find(topic_id)
    form = _form(topic)
    if not form.validate():
        return _page(topic, form, 422)
    to = db.session.scalars(db.select(Group).where(Group.id == form.to.data)).one()
    try:
        offer = handovers.offer(
            topic, to, reason=form.reason.data, by=me(), version=version_of(form)
        )
    except Refused as no:
        refuse(form, no)
        return _page(topic, form, 422)
    db.session.commit()
    if offer.is_pending:
        return _back(
            topic, _("已经问%(name)s的%(who)s了，等他接", name=to.name, who=offer.to.display)
        )
    return _back(topic, _("已转给%(name)s", name=to.name))


@bp.post("/topics/<int:topic_id>/handovers/acceptance")
@door("topics.write")
def accept(topic_id):
    topic = find(topic_id)
    handovers.accept(_pending(topic), by=me())
    db.session.commit()
    return _back(topic, _("归你办了"))


@bp.post("/topics/<int:topic_id>/handovers/refusal")
@door("topics.write")
def decline(topic_id):
    topic, form = find(topic_id), DeclineForm()
    if not form.validate():
        return screen(topic, 422, decline_form=form)
    handovers.decline(_pending(topic), reason=form.answer.data, by=me())
    db.session.commit()
    return see(url_for("topics.index"), say=_("已经告诉对方你接不了"))


@bp.post("/topics/<int:topic_id>/handovers/withdrawal")
@door("topics.write")
def withdraw(topic_id):
    topic = find(topic_id)
    handovers.withdraw(_pending(topic), by=me())
    db.session.commit()
    return _back(topic, _("收回了"))


def _pending(topic):
    found = handovers.pending_of(topic)
    if found is None:
        raise Refused(N_("没有等人接的转交：可能已经有人回答了，请刷新看看"))
    return found


def _form(topic, *blank):
    form = OfferForm(*blank)
    others = [one for one in groups.every() if one.id != topic.group_id]
    form.to.choices = [(one.id, _to(one)) for one in others]
    return form


def _to(group):
    owner = groups.owner_of(group)
    return _("%(name)s（%(who)s）", name=group.name, who=owner.display) if owner else group.name


def _page(topic, form, status=200):
    return page("community/passings/new.html", status=status, topic=topic, form=form)


def _back(topic, say):
    return see(url_for("topics.show", topic_id=topic.id), say=say)
