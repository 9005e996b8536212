"""The owner's lists of tags and sources, and giving them to a customer."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import refuse
from app.core.web import done, page, see
from app.customers import tags
from app.customers.forms import TagForm
from app.customers.models import Tag
from app.customers.views.people import find
from app.customers.views.screens import offered, tagging
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("tags", __name__)

KINDS = {"tags": tags.TAG, "sources": tags.SOURCE}
PLACES = {tags.TAG: "tags", tags.SOURCE: "sources"}
SAID = {"tags": N_("标签"), "sources": N_("来源")}
CARD = "customers/tags/_of_customer.html"


@bp.get("/settings/<any(tags, sources):kind>")
@door("settings.write")
def index(kind):
    return _page(kind, TagForm(None, tone="grey"))


@bp.post("/settings/<any(tags, sources):kind>")
@door("settings.write")
def create(kind):
    form = TagForm()
    if not form.validate():
        return _page(kind, form, 422)
    try:
        tag = tags.add(KINDS[kind], form.name.data, tone=form.tone.data or "grey")
    except Refused as no:
        refuse(form, no)
        return _page(kind, form, 422)
    return _changed(kind, "tags.added", tag)


@bp.post("/settings/<any(tags, sources):kind>/usual")
@door("settings.write")
def create_usual(kind):
    """Begin with words that many shops use."""
    tags.add_usual(KINDS[kind], [_(name) for name in tags.USUAL[KINDS[kind]]])
    audit.log(me(), "tags.added", kind, address=request.remote_addr or "")
    db.session.commit()
    return done("customers/tags/_index.html", url_for(".index", kind=kind), **_shown(kind))


@bp.post("/settings/tags/<int:tag_id>")
@door("settings.write")
def update(tag_id):
    tag, form = _find(tag_id), TagForm()
    kind = PLACES[tag.kind]
    if not form.validate():
        return _page(kind, TagForm(None, tone="grey"), 422, edited=(tag.id, form))
    try:
        tags.change(tag, name=form.name.data, tone=form.tone.data or "grey")
    except Refused as no:
        refuse(form, no)
        db.session.rollback()
        return _page(kind, TagForm(None, tone="grey"), 422, edited=(tag.id, form))
    return _changed(kind, "tags.changed", tag)


@bp.post("/settings/tags/<int:tag_id>/rise")
@door("settings.write")
def rise(tag_id):
    """One place up."""
    tag = _find(tag_id)
    tags.move_up(tag)
    return _changed(PLACES[tag.kind], "tags.moved", tag)


@bp.post("/settings/tags/<int:tag_id>/removal")
@door("settings.write")
def remove(tag_id):
    tag = _find(tag_id)
    tags.remove(tag)
    return _changed(PLACES[tag.kind], "tags.removed", tag)


@bp.get("/customers/<int:customer_id>/tags")
@door("customers.write")
def choose(customer_id):
    """What is unfolded on the customer's page: what they do not bear yet."""
    return page(
        "customers/tags/offer.html", part="customers/tags/_offer.html", **offered(find(customer_id))
    )


@bp.post("/customers/<int:customer_id>/tags/<int:tag_id>")
@door("customers.write")
def put_on(customer_id, tag_id):
    customer, tag = find(customer_id), _find(tag_id)
    tags.put_on(customer, tag, by=me())
    return _tagged(customer)


@bp.post("/customers/<int:customer_id>/tags/<int:tag_id>/removal")
@door("customers.write")
def take_off(customer_id, tag_id):
    customer, tag = find(customer_id), _find(tag_id)
    tags.take_off(customer, tag, by=me())
    return _tagged(customer)


def _tagged(customer):
    db.session.commit()
    return done(CARD, url_for("people.show", customer_id=customer.id), **tagging(customer))


def _find(tag_id):
    return db.one_or_404(db.select(Tag).where(Tag.id == tag_id, Tag.gone_at.is_(None)))


def _changed(kind, did, tag):
    audit.log(me(), did, f"tag:{tag.id}", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".index", kind=kind), say=_("保存好了"))


def _page(kind, form, status=200, edited=(0, None)):
    return page(
        "customers/tags/index.html", part="customers/tags/_index.html", status=status,
        **_shown(kind, form, edited),
    )  # fmt: skip


def _shown(kind, form=None, edited=(0, None)):
    """The list, each word with its form; that of `edited` as it was typed."""
    rows = [
        (one, edited[1] if one.id == edited[0] else TagForm(None, obj=one))
        for one in tags.all_of(KINDS[kind])
    ]
    return {
        "kind": kind,
        "called": SAID[kind],
        "rows": rows,
        "open_id": edited[0],
        "form": form or TagForm(None, tone="grey"),
    }
