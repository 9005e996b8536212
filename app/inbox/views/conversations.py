"""The list, one thread, and the live look at both."""

import secrets

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from app.core import paging, uploads
from app.core.db import db, writing
from app.core.doors import door
from app.core.web import arg, number_arg, page, see, wants_part
from app.customers import finding
from app.customers.models import Customer
from app.customers.views.screens import looked_at
from app.inbox import (
    assigning,
    attaching,
    cards,
    labelling,
    lateness,
    listing,
    meter,
    noting,
    nudging,
    places,
    presence,
    quick_replies,
    receiving,
    thread,
)
from app.inbox.forms import ReplyForm
from app.inbox.listing import STATES, TABS, Choice
from app.inbox.models import OPEN, Conversation
from app.staff import access, accounts
from app.staff.signing_in import me

bp = Blueprint("conversations", __name__)


@bp.get("/inbox")
@door("inbox.read")
def index():
    shown = _list()
    if wants_part() and arg("seen") == shown["list_seen"]:
        return Response(status=204)
    return page("inbox/conversations/index.html", part="inbox/conversations/_list.html", **shown)


@bp.get("/inbox/<int:chat_id>")
@door("inbox.read")
def show(chat_id):
    chat = find(chat_id)
    looked_at(chat.customer, access.TALK)
    return page(
        "inbox/conversations/show.html", part="inbox/conversations/_opened.html",
        list_url=_beside(), **screen(chat, before=number_arg("before"), at=number_arg("at")),
    )  # fmt: skip


@bp.get("/inbox/<int:chat_id>/now")
@door("inbox.read")
def now(chat_id):
    """What the open thread asks every second: 204 while nothing is new."""
    chat = db.session.scalar(_visible(chat_id)) if wants_part() else find(chat_id)
    if chat is None:  # a colleague has taken the customer meanwhile: do not ask every second
        return see(url_for(".index"), say=_("这个对话现在不归你看了：可能有同事接手了"))
    here = presence.rows_at(chat)
    if wants_part() and presence.is_stale(here, me()):
        with writing():  # a named exception: who looks, at most every twenty seconds
            presence.look(chat, by=me())
    if request.args.get("seen") == thread.stamp(chat, presence.others(here, me())):
        return Response(status=204)
    return page(
        "inbox/conversations/_now.html", part="inbox/conversations/_news.html", **screen(chat)
    )


@bp.get("/customers/<int:customer_id>/conversations")
@door("inbox.read")
def of_customer(customer_id):
    """The customer page's tab of conversations; a plain page of its own, too."""
    customer = db.one_or_404(finding.visible_to(me()).where(Customer.id == customer_id))
    looked_at(customer)
    return page(
        "inbox/conversations/of_customer.html",
        part="inbox/conversations/_of_customer.html",
        customer=customer,
        rows=listing.of_customer(customer),
        states=STATES,
        message_kinds=receiving.KINDS,
        names={one.id: one.display for one in accounts.everybody()},
    )


def _beside():
    """The list that this conversation was chosen from."""
    tab, state = arg("tab") or None, arg("state") or None
    return url_for(".index", tab=tab, state=state, label=number_arg("label"))


def find(chat_id):
    return db.one_or_404(_visible(chat_id))


def _visible(chat_id):
    return assigning.visible_to(me()).where(Conversation.id == chat_id)


def screen(chat, form=None, before=None, at=None):
    """All that the thread's template names."""
    wanted = nudging.open_at(chat)
    messages = thread.around(chat, at) if at else thread.messages(chat, before=before)
    others = presence.others(presence.rows_at(chat), me())
    return {
        "chat": chat,
        "wanted": nudging.unheard(wanted, me()),
        "offered": [one for one in wanted if one.kind == nudging.OFFERED],
        "events": noting.EVENTS,
        "others": others,
        "is_live": not (before or at),
        "messages_": messages,
        "media_of": attaching.among(messages),
        "map_of": places.link,
        "link_of": cards.address_of,
        "gauge": thread.gauge(chat, messages),
        "obstacle": meter.obstacle(chat),
        "form": form or _blank(chat),
        "upload_limits": uploads.LIMITS,
        "file_once": secrets.token_hex(12),
        "refused": None,
        "seen": thread.stamp(chat, others, None if before or at else messages),
        "page_size": thread.PAGE,
        "message_kinds": receiving.KINDS,
    }


def _blank(chat):
    """An empty composer; with ?quick= the words of a quick reply stand in it."""
    form = ReplyForm(None, once=secrets.token_hex(12))
    if request.method == "GET":
        found = quick_replies.find(me(), number_arg("quick"))
        if found:
            form.quick.data, form.brings_picture = found.id, bool(found.picture)
            form.text.data = quick_replies.filled(found, chat, by=me())
    return form


def _list():
    counts = listing.counts(me())
    choice = _choice(counts)
    found, late = listing.rows(me(), choice), lateness.count(me())
    labels = {row.id: row for row in labelling.every()}
    labelled = labelling.of_chats([row.id for row in found.rows]) if labels else {}
    shown = [counts, late, labels, labelled, [tuple(row) for row in found.rows]]
    return {
        "labels": labels,
        "labelled": labelled,
        "rows": found.rows,
        "choice": choice,
        "tabs": TABS,
        "states": STATES,
        "counts": counts,
        "late": late,
        "is_closing": lateness.is_closing,
        "list_seen": thread.digest([meter.tick(), shown]),
        "meter_of": meter.of,
        "message_kinds": receiving.KINDS,
        "next_url": _next(choice, found.next),
    }


def _choice(counts):
    """What is asked for; without a word, the first tab that has something."""
    tab, state = arg("tab"), arg("state", OPEN)
    state = state if state in STATES else OPEN
    return Choice(
        tab=tab if tab in TABS else next((t for t in TABS if counts[t]), "mine"),
        state=state,
        before=paging.read(arg("before", most=60), listing.order_of(state)),
        label=number_arg("label"),
    )


def _next(choice, key):
    if key is None:
        return None
    return url_for(
        ".index", tab=choice.tab, state=choice.state, label=choice.label, before=paging.write(key)
    )
