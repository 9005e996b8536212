"""Group notices: what was sent, and a new one to members who are chosen by name."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.community import memberships, notices
from app.community.forms import NoticeForm
from app.community.views.groups import about, led
from app.core import paging
from app.core.db import db, stop_writing
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import LARGEST_ID, arg, page, see
from app.customers import finding
from app.customers.models import Customer
from app.staff.signing_in import me

bp = Blueprint("notices", __name__)


@bp.get("/groups/<int:group_id>/notices")
@door("topics.write")
def index(group_id):
    group = led(group_id)
    found = notices.of(group)
    return page(
        "community/notices/index.html", found=found, lines=notices.lines_of(found), sees=_sees,
        **about(group),
    )  # fmt: skip


@bp.get("/groups/<int:group_id>/notices/new")
@door("topics.write")
def new(group_id):
    return _new(led(group_id), NoticeForm(None))


@bp.post("/groups/<int:group_id>/notices")
@door("topics.write")
def create(group_id):
    """First it is shown whom it would reach; only then it is sent."""
    group, form, chosen = led(group_id), NoticeForm(), _chosen()
    if not form.validate():
        return _new(group, form, 422, chosen=chosen)
    try:
        if request.form.get("sure"):
            notices.send(group, chosen, form.text.data, by=me())
        else:
            notices.check(chosen, form.text.data)
            stop_writing()
            return _sure(group, form, chosen)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _new(group, form, 422, chosen=chosen)
    db.session.commit()
    return see(url_for(".index", group_id=group.id), say=_("交给微信发了，结果看下面"))


def _chosen():
    """The members whose boxes were ticked, as far as this colleague sees them."""
    typed = [one for one in request.form.getlist("members") if one.isascii() and one.isdigit()]
    ids = [min(int(one), LARGEST_ID) for one in typed[: notices.MOST + 1] if len(one) < 11]
    seen = finding.visible_to(me()).where(Customer.id.in_(ids)).order_by(Customer.id)
    return list(db.session.scalars(seen))


def _sure(group, form, chosen):
    found = notices.reach(group, chosen)
    return page(
        "community/notices/sure.html", part="community/notices/_sure.html", group=group, form=form,
        found=found, count=len([one for one in found if one.chat]),
    )  # fmt: skip


def _new(group, form, status=200, chosen=()):
    after = paging.read(arg("after", most=60), memberships.NEWEST)
    found = memberships.page(group, me(), after)
    ids = [row.customer_id for row in found.rows]
    here = list(db.session.scalars(db.select(Customer).where(Customer.id.in_(ids))))
    known = {one.id: one for one in here}
    shown = [known[one] for one in ids]
    shown += [one for one in chosen if one.id not in known]
    key = paging.write(found.next)
    return page(
        "community/notices/new.html", part="community/notices/_new.html", status=status,
        group=group, form=form, found=notices.reach(group, shown), most=notices.MOST,
        ticked={one.id for one in chosen},
        next_url=url_for(".new", group_id=group.id, after=key) if key else None,
    )  # fmt: skip


def _sees(customer):
    return finding.sees(me(), customer)
