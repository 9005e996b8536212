"""Topics: the list across the communities, a new one, one to look at, those of a customer."""

import secrets

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.community import (
    groups,
    handovers,
    listing,
    moving,
    telling,
    terms,
    topics,
    tracing,
)
from app.community.models import Topic
from app.community.topic_forms import (
    AnswerForm,
    DeclineForm,
    EditForm,
    GiveForm,
    NoteForm,
    TopicForm,
)
from app.community.views.times import KIND_TONES, TONES, standing
from app.core import paging
from app.core.db import db, stop_writing
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, number_arg, page, see
from app.customers import finding
from app.customers import listing as customers
from app.customers.views.people import find as find_customer
from app.customers.views.people import typed_number
from app.customers.views.screens import found_by, looked_at
from app.inbox import receiving, variables
from app.staff import access, accounts
from app.staff.signing_in import me

bp = Blueprint("topics", __name__)

AUTOMATIC = 0  # of the choice of a community: by the kind


@bp.get("/topics")
@door("topics.write")
def index():
    choice = chosen()
    by = listing.order_of(choice)
    found = listing.rows(me(), choice, paging.read(arg("after", most=60), by))
    return page(
        "community/topics/index.html", part="community/topics/_index.html", rows=found.rows,
        choice=choice, groups=groups.every(), asked=handovers.waiting_for(me()),
        next_url=_next(choice, found.next), whose=listing.WHOSE, states=listing.STATES, **words(),
    )  # fmt: skip


def chosen():
    """What the address asks for; without a word, my own where I have some."""
    whose, kind, state = arg("whose"), arg("kind"), arg("state")
    if whose not in listing.WHOSE:
        whose = "all" if me().may("customers.all") else "mine"
    return listing.Choice(
        whose=whose, group_id=number_arg("group"), kind=kind if kind in terms.KINDS else "",
        state=state if state in listing.STATES else listing.OPEN,
    )  # fmt: skip


def _next(choice, key):
    if key is None:
        return None
    return url_for(
        ".index", whose=choice.whose, group=choice.group_id, kind=choice.kind or None,
        state=choice.state, after=paging.write(key),
    )  # fmt: skip


def words(every=None):
    """What every row and card names besides itself; `every` community, where one has them."""
    return {
        "kinds": terms.KINDS, "topic_states": terms.STATES, "tones": TONES,
        "kind_tones": KIND_TONES, "standing": standing, "names": customers.owners(),
        "group_names": {one.id: one.name for one in every or groups.every()},
    }  # fmt: skip


@bp.get("/topics/new")
@door("topics.write")
def new():
    customer_id = number_arg("customer")
    if customer_id is None:
        typed = arg("q")
        return page("community/topics/pick.html", typed=typed, found=found_by(typed))
    customer = find_customer(customer_id)
    form = topic_form(None)
    form.customer.data, form.once.data = str(customer.id), secrets.token_hex(12)
    return _new_page(customer, form)


@bp.post("/topics")
@door("topics.write")
def create():
    form = topic_form()
    customer = find_customer(typed_number(form.customer.data))
    if not form.validate():
        return _new_page(customer, form, 422)
    try:
        topic = topics.raise_topic(customer, by=me(), **typed_of(form))
    except Refused as no:
        refuse(form, no)
        return _new_page(customer, form, 422)
    db.session.commit()
    return see(url_for(".show", topic_id=topic.id), say=_("主题提好了"))


def typed_of(form):
    """What a form says of a new topic, as the verb takes it."""
    chosen_group = [one for one in groups.every() if one.id == form.group.data]
    return {
        "kind": form.kind.data, "text": form.text.data, "title": form.title.data,
        "group": chosen_group[0] if chosen_group else None,
        "owner": me() if form.mine.data else None, "once": form.once.data or "",
    }  # fmt: skip


def topic_form(*blank):
    form = TopicForm(*blank)
    form.group.choices = [(AUTOMATIC, _("按什么事来定"))]
    form.group.choices += [(one.id, one.name) for one in groups.every()]
    form.messages.choices = []
    return form


def _new_page(customer, form, status=200):
    return page("community/topics/new.html", status=status, customer=customer, form=form)


@bp.get("/topics/<int:topic_id>")
@door("topics.write")
def show(topic_id):
    topic = find(topic_id)
    looked_at(topic.customer, access.TALK)
    return screen(topic)


@bp.post("/topics/<int:topic_id>")
@door("topics.write")
def update(topic_id):
    topic, form = find(topic_id), EditForm()
    if not form.validate():
        return screen(topic, 422, edit_form=form)
    try:
        moving.edit(
            topic, title=form.title.data, kind=form.kind.data, due_at=form.due_at.data, by=me(),
            version=version_of(form),
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return screen(topic, 422, edit_form=form)
    db.session.commit()
    return see(url_for(".show", topic_id=topic.id), say=_("改好了"))


@bp.get("/customers/<int:customer_id>/topics")
@door("topics.write")
def of_customer(customer_id):
    """The customer page's tab of topics; the short list beside a conversation, too."""
    customer = find_customer(customer_id)
    looked_at(customer)
    return page(
        "community/topics/of_customer.html", part="community/topics/_brief.html",
        customer=customer, found=topics.of_customer(customer), **words(),
    )  # fmt: skip


def find(topic_id):
    return db.one_or_404(topics.visible_to(me()).where(Topic.id == topic_id))


def version_of(form):
    """The version that the page showed; what is no number is none that ever was."""
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def screen(topic, status=200, **forms):
    """One topic whole; the part of it to htmx. What was refused is not half done."""
    stop_writing()
    return page(
        "community/topics/show.html", part="community/topics/_topic.html", status=status,
        **shown(topic, **forms),
    )  # fmt: skip


def shown(topic, **forms):
    """All that the template of a topic names."""
    pending = handovers.pending_of(topic)
    may_answer = pending is not None and handovers.may_answer(pending, me())
    return {
        "topic": topic, "lines": topics.lines(topic), "events": tracing.EVENTS,
        "pending": pending, "may_answer": may_answer,
        "decides": topics.may_decide(topic, me()), "ways": moving.WAYS[topic.state],
        "goes_out": telling.way_to(topic) is not None, "message_kinds": receiving.KINDS,
        "sees_customer": finding.sees(me(), topic.customer), **_forms(topic), **words(), **forms,
    }  # fmt: skip


def _answer(topic):
    """An empty composer; with ?say=apology the shop's apology stands in it, as with ?quick=."""
    form = AnswerForm(None, once=secrets.token_hex(12))
    if topic.kind == terms.COMPLAINT and arg("say") == "apology":
        called = topic.customer.name
        form.text.data = variables.fill(terms.APOLOGY(), called=called, mine=me().display)
    return form


def _forms(topic):
    give = GiveForm(None, version=str(topic.version))
    give.to.choices = [(p.id, p.display) for p in accounts.active() if p.id != topic.owner_id]
    edit = EditForm(None, title=topic.title, kind=topic.kind, due_at=topic.due_at,
                    version=str(topic.version))  # fmt: skip
    return {
        "answer_form": _answer(topic), "note_form": NoteForm(None),
        "give_form": give, "edit_form": edit, "decline_form": DeclineForm(None),
    }  # fmt: skip
