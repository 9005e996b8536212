"""The playbook of a complaint: its steps on the topic's page, each one tap."""

from flask import Blueprint, abort
from flask_babel import gettext as _

from app.campaigns import coupons, offers, playbook, worth
from app.campaigns.forms import GrantForm
from app.campaigns.views.coupons import log
from app.community import terms, topics
from app.community.views.steps import done_with
from app.community.views.topics import find as find_topic
from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.web import page
from app.customers import finding
from app.customers.views.screens import looked_at_alone
from app.staff.signing_in import me

bp = Blueprint("playbooks", __name__)

SHOWN = 3  # batches that stand there as buttons; the others are on the customer's page


@bp.get("/topics/<int:topic_id>/playbook")
@door("topics.write")
def show(topic_id):
    topic = _find(topic_id)
    looked_at_alone(topic.customer)
    return page(
        "campaigns/playbooks/show.html", part="campaigns/playbooks/_steps.html", topic=topic,
        played=playbook.of(topic), batches=offers.by_hand()[:SHOWN], fold=worth.fold,
        state_of=coupons.state_of, states=coupons.STATES,
        acts=topic.is_open and topics.may_decide(topic, me()),
    )  # fmt: skip


@bp.post("/topics/<int:topic_id>/coupon")
@door("coupons.use")
def make_good(topic_id):
    topic, form = _find(topic_id), GrantForm()
    offered = {one.id: one for one in offers.by_hand()}
    form.batch.choices = [(one.id, one.name) for one in offered.values()]
    if not form.validate():
        raise Refused(N_("这批券现在发不了，请刷新页面看还能发哪些"))
    coupon = playbook.make_good(topic, offered[form.batch.data], by=me())
    log("coupon.granted", coupon)
    db.session.commit()
    return done_with(topic, _("发好了：%(name)s", name=coupon.batch.name))


@bp.post("/topics/<int:topic_id>/callback")
@door("followups.write")
def call_back(topic_id):
    topic = _find(topic_id)
    what = _("投诉后打电话：%(title)s", title=topic.title or _(terms.KINDS[topic.kind]))
    playbook.call_back(topic, what=what, by=me())
    db.session.commit()
    return done_with(topic, _("记下了，到时候会提醒"))


def _find(topic_id):
    """A complaint of a customer whose card one may see."""
    topic = find_topic(topic_id)
    if topic.kind != terms.COMPLAINT or not finding.sees(me(), topic.customer):
        abort(404)
    return topic
