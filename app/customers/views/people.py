"""The list of customers, a new one, one customer's page, and changing the card."""

from functools import partial

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import paging
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import LARGEST_ID, arg, done, number_arg, page, see
from app.customers import finding, identities, listing, people, tags
from app.customers.forms import EditForm, NewForm, SwitchForm
from app.customers.listing import OWNERS, SORTS, STATES, VIEWS, Choice
from app.customers.models import Customer
from app.customers.views.choosing import chosen_tags, numbers, offer_tags, opened_with
from app.customers.views.screens import card, customer_page, looked_at
from app.staff.signing_in import me

bp = Blueprint("people", __name__)

NARROWED = {"": VIEWS["all"].label, **{k: v.label for k, v in listing.NARROWED.items()}}


@bp.get("/customers")
@door("customers.read")
def index():
    q = arg("q")
    if q:
        found = paging.Page(listing.of(finding.search(me(), q)), None)
        return _list(Choice(), found, q)
    choice = _choice()
    after = paging.read(arg("after", most=200), choice.by)
    return _list(choice, listing.page(me(), choice, after), "")


@bp.get("/customers/new")
@door("customers.write")
def new():
    form = NewForm(None, name=arg("name"), phone=arg("phone", most=40), mine=True)
    return _new(offer_tags(form))


@bp.post("/customers")
@door("customers.write")
def create():
    form = offer_tags(NewForm())
    if request.form.get("move"):  # the number is a relative's: it reaches, and identifies nobody
        form.contact_phone.data, form.phone.data = form.phone.data, ""
    if not form.validate():
        return _new(form, 422)
    values, borne = form.values, chosen_tags(form)
    for name in ("tags", "origin", "was_tags"):
        values.pop(name)
    owner = me() if values.pop("mine") or not me().may("customers.all") else None
    try:
        customer = people.create(values.pop("name"), source="staff", by=me(), owner=owner, **values)
        tags.put_all(customer, borne, by=me())
    except identities.TakenBy as no:
        refuse(form, no)
        return _new(form, 422, **taken_by(no.other))
    except Refused as no:
        refuse(form, no)
        return _new(form, 422)
    db.session.commit()
    return see(url_for(".show", customer_id=customer.id), say=_("已建档"))


@bp.get("/customers/<int:customer_id>")
@door("customers.read")
def show(customer_id):
    customer = find(customer_id)
    looked_at(customer)
    return customer_page(customer)


@bp.get("/customers/<int:customer_id>/edit")
@door("customers.write")
def edit(customer_id):
    customer = find(customer_id)
    looked_at(customer)
    return _edit(customer, _edit_form(customer))


@bp.post("/customers/<int:customer_id>")
@door("customers.write")
def update(customer_id):
    customer, form = find(customer_id), offer_tags(EditForm())
    if not form.validate():
        return _edit(customer, form, 422)
    mine = {field: form[field].data for field in ("name", "remark")}
    version = form.version.data or 0
    try:
        people.edit(customer, version=max(0, min(version, LARGEST_ID)), by=me(), **mine)
        if form.was_tags.data:  # a form without the field changes none
            before, after = numbers(form.was_tags.data), chosen_tags(form)
            tags.change_all(customer, before=before, after=after, by=me())
    except people.ChangedMeanwhile as no:
        return _conflict(customer, form, no)
    except Refused as no:
        refuse(form, no)
        db.session.rollback()
        return _edit(customer, form, 422)
    db.session.commit()
    return see(url_for(".show", customer_id=customer.id), say=_("已保存"))


@bp.post("/customers/<int:customer_id>/disturbance")
@door("customers.write")
def disturb(customer_id):
    """勿扰 on or off."""
    customer, form = find(customer_id), SwitchForm()
    people.edit(customer, version=customer.version, by=me(), do_not_disturb=form.on.data)
    db.session.commit()
    url = url_for(".show", customer_id=customer.id)
    say = _("已设为勿扰，不会再提醒联系") if form.on.data else _("已取消勿扰")
    return done("customers/people/_card.html", url, say=say, **card(customer))


def find(customer_id):
    return db.one_or_404(finding.visible_to(me()).where(Customer.id == customer_id))


def typed_number(text):
    """The number of a customer that came in a form; 0, which is nobody, for what is none."""
    number = text or ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def taken_by(other, can_share=True):
    """The card that already has the number: who it is, whose it is, a link when I may look; and
    whether a second card may have it as a number that only reaches."""
    seen = finding.visible_to(me()).where(Customer.id == other.id)
    return {
        "other": {
            "can_share": can_share,
            "name": other.name,
            "owner": other.owner.display if other.owner else "",
            "url": url_for("people.show", customer_id=other.id) if db.session.scalar(seen) else "",
        }
    }


def _choice():
    view, sort, owner, state = arg("view"), arg("sort"), arg("owner"), arg("state")
    return Choice(
        view=view if view in VIEWS else "all",
        sort=sort if sort in SORTS else "activity",
        owner=owner if owner in OWNERS else "",
        state=state if state in listing.NARROWED else "",
        **{one: (number_arg(one) or 0) if view in ("", "all") else 0 for one in ("tag", "source")},
    )


def _list(choice, found, q):
    rows, address = found.rows, partial(_address, choice)
    return page(
        "customers/people/index.html",
        part="customers/people/_list.html",
        **table(rows),
        choice=choice,
        q=q,
        views=VIEWS,
        sorts={key: label for key, (label, _by) in SORTS.items()},
        owner_chips=OWNERS,
        narrowed=NARROWED,
        tag_names=_names(choice, tags.TAG),
        source_names=_names(choice, tags.SOURCE),
        borne=_borne(q) if q else [],
        address=address,
        next_url=address(after=paging.write(found.next)) if found.next else None,
    )


def _names(choice, kind):
    """What the list can be narrowed to. Only «全部» has the choice."""
    found = tags.all_of(kind) if choice.view == "all" else []
    return {"": _("全部"), **{str(one.id): one.name for one in found}} if found else {}


def _borne(q):
    """(name, address) of the tag and the source that are called as what is looked for."""
    found = [(kind, tags.named(kind, q)) for kind in (tags.TAG, tags.SOURCE)]
    return [(one.name, f"{url_for('.index')}?{kind}={one.id}") for kind, one in found if one]


def table(rows):
    """What the rows of a list of customers show."""
    return {
        "rows": rows,
        "tails": listing.tails(rows),
        "row_tags": tags.for_rows([row.id for row in rows]),
        "owners": listing.owners(),
        "states": STATES,
        "state_of": listing.state_of,
        "is_late": listing.is_late,
    }


def _address(choice, **changes):
    """The address of a list: the choice with `changes`, without what is usual anyway."""
    asked = {**vars(choice), **changes}
    usual = vars(Choice())
    return url_for("people.index", **{k: v for k, v in asked.items() if v and v != usual.get(k)})


def _new(form, status=200, other=None):
    name = "customers/people/new.html"
    return page(name, part="customers/people/_new.html", status=status, form=form, other=other)


def _edit_form(customer):
    borne = tags.of(customer)
    ids = {kind: [one.id for one in borne if one.kind == kind] for kind in (tags.TAG, tags.SOURCE)}
    form = EditForm(
        None,
        obj=customer,
        was_name=customer.name,
        was_remark=customer.remark,
        tags=ids[tags.TAG],
        origin=(ids[tags.SOURCE] or [0])[0],
        was_tags=opened_with(one.id for one in borne),
    )
    return offer_tags(form)


def _edit(customer, form, status=200):
    name = "customers/people/edit.html"
    return page(
        name, part="customers/people/_edit.html", status=status, customer=customer, form=form
    )


def _conflict(customer, form, no):
    """Field by field: mine, theirs, and which of us changed it."""
    editor = people.last_editor(customer)
    differences = [
        {
            "field": field,
            "label": form[field].label.text,
            "mine": form[field].data,
            "theirs": getattr(customer, field),
            "keep": form[field].data != form["was_" + field].data,
        }
        for field in ("name", "remark")
    ]
    return page(
        "customers/people/conflict.html",
        part="customers/people/_conflict.html",
        status=409,
        customer=customer,
        version=customer.version,
        reason=_(no.message),
        editor=editor.display if editor else "",
        borne=form.tags.data or [],
        origin=form.origin.data or 0,
        was_tags=form.was_tags.data,
        differences=differences,
    )
