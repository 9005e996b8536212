"""Batches of coupons: the list, a new one, one to look at and change, and giving it to a few."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.campaigns import coupons, offers, worth
from app.campaigns.forms import BatchForm, GiveForm
from app.campaigns.models import CouponBatch
from app.campaigns.views.coupons import log as log_grant
from app.core.clock import FAR_OFF_DAY, LONG_AGO_DAY
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, page, see
from app.customers import finding, listing
from app.customers.models import Customer
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("offers", __name__)

FEW = 20  # customers at once: this is no mass mailing


@bp.get("/coupons")
@door("coupons.use")
def index():
    gone = arg("gone") == "1"
    return page(
        "campaigns/offers/index.html", rows=offers.every(gone=gone), gone=gone,
        kinds=offers.KINDS, events=offers.EVENTS, fold=worth.fold, is_out=offers.is_out,
    )  # fmt: skip


@bp.get("/coupons/batches/new")
@door("coupons.write")
def new():
    return _show(None, BatchForm(None))


@bp.post("/coupons/batches")
@door("coupons.write")
def create():
    form = BatchForm()
    if not form.validate():
        return _show(None, form, 422)
    try:
        batch = offers.draw_up(form.name.data, form.gives, form.rules(_event(form, "")))
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _show(None, form, 422)
    return _kept("coupons.drawn_up", batch, _("好了，可以发了"))


@bp.get("/coupons/batches/<int:batch_id>")
@door("coupons.use")
def show(batch_id):
    batch = _find(batch_id)
    return _show(batch, _filled(batch))


@bp.post("/coupons/batches/<int:batch_id>")
@door("coupons.write")
def update(batch_id):
    batch, form = _find(batch_id), BatchForm()
    if not form.validate():
        return _show(batch, form, 422)
    gives = form.gives if "kind" in request.form else gives_of(batch)
    try:
        rules = form.rules(_event(form, batch.event))
        offers.change(batch, name=form.name.data, gives=gives, rules=rules)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _show(batch, form, 422)
    return _kept("coupons.changed", batch, _("保存好了"))


@bp.post("/coupons/batches/<int:batch_id>/stop")
@door("coupons.write")
def stop(batch_id):
    batch = _find(batch_id)
    offers.stop(batch)
    return _kept("coupons.stopped", batch, _("停发了；已经发出去的还能用"))


@bp.post("/coupons/batches/<int:batch_id>/restoration")
@door("coupons.write")
def resume(batch_id):
    batch = _find(batch_id)
    offers.resume(batch)
    return _kept("coupons.resumed", batch, _("又可以发了"))


@bp.get("/coupons/batches/<int:batch_id>/grants")
@door("coupons.use")
def choose(batch_id):
    """A short list to tick: who was found, else who was here lately."""
    batch, q = _find(batch_id), arg("q")
    return page("campaigns/offers/give.html", **_few(batch, q), told=[])


@bp.post("/coupons/batches/<int:batch_id>/grants")
@door("coupons.use")
def give(batch_id):
    batch, form = _find(batch_id), GiveForm()
    ids = list(dict.fromkeys(form.customers.data or ()))[:FEW]
    told = []
    for customer in db.session.scalars(finding.visible_to(me()).where(Customer.id.in_(ids))):
        told.append((customer.name, _one(batch, customer)))
    db.session.commit()
    return page("campaigns/offers/give.html", **_few(batch, ""), told=told)


def _one(batch, customer):
    """Why this one got none; "" when they did. A refusal has written nothing."""
    try:
        log_grant("coupon.granted", coupons.grant(batch, customer, by=me()))
    except Refused as no:
        return _(no.message, **no.params)
    return ""


def _few(batch, q):
    if q:
        rows = listing.of(finding.search(me(), q, most=FEW))
    else:
        rows = listing.page(me(), listing.Choice()).rows[:FEW]
    return {"batch": batch, "q": q, "rows": rows, "tails": listing.tails(rows), "fold": worth.fold}


def _find(batch_id):
    return db.one_or_404(db.select(CouponBatch).where(CouponBatch.id == batch_id))


def _event(form, was):
    """What gives coupons by itself is the owner's to decide."""
    return form.event.data or "" if me().may("settings.write") else was


def gives_of(batch):
    """What a batch gives, as it would be typed."""
    return offers.Gives(
        batch.kind, batch.cents, batch.percent, batch.gift, batch.least_cents, batch.days,
        None if batch.starts_on == LONG_AGO_DAY else batch.starts_on,
        None if batch.ends_on == FAR_OFF_DAY else batch.ends_on,
    )  # fmt: skip


def _filled(batch):
    gives = gives_of(batch)
    shown = {
        "name": batch.name, "kind": gives.kind, "gift": gives.gift, "text": batch.text,
        "amount": gives.cents or None, "percent": gives.percent or None, "days": gives.days or None,
        "least": gives.least_cents or None, "period": "days" if gives.days else "fixed",
        "starts_on": gives.starts_on, "ends_on": gives.ends_on, "event": batch.event,
        "stock": batch.stock or None, "per_person": batch.per_person or None,
        "price": batch.price or None, "members_only": batch.members_only,
    }  # fmt: skip
    return BatchForm(None, data=shown)


def _kept(did, batch, said):
    audit.log(me(), did, f"coupons:{batch.id}", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".show", batch_id=batch.id), say=said)


def _show(batch, form, status=200):
    return page(
        "campaigns/offers/show.html", part="campaigns/offers/_show.html", status=status,
        batch=batch, form=form, figures=offers.figures(batch) if batch else None,
        kinds=offers.KINDS, events=offers.EVENTS, fold=worth.fold,
    )  # fmt: skip
