"""What the customer's page and its parts show, for every view that answers with one of them."""

from functools import cache

from flask import current_app, request, url_for
from flask_babel import gettext as _

from app.core import paging
from app.core.clock import day_of, today
from app.core.db import db
from app.core.paging import By
from app.core.web import arg, page, wants_part
from app.customers import (
    finding,
    identities,
    listing,
    note_files,
    notes,
    rhythm,
    shop_rhythm,
    summary,
    tags,
    timeline,
)
from app.customers.forms import OwnerForm
from app.customers.models import PHONE, Customer, Moment
from app.customers.sentences import Teller
from app.staff import access, accounts
from app.staff.signing_in import me

STORY = By(Moment.id, Moment.at)
SHOWN = 20


def looked_at(customer, what=access.CARD):
    """The access record: who is being shown whom. Views of every room write it with this."""
    access.seen(me(), what, f"customer:{customer.id}", address=request.remote_addr or "")


def looked_at_alone(customer):
    """The same, of what else is a part of the card: that has been looked at already."""
    if not wants_part():
        looked_at(customer)


def customer_page(customer, status=200, **more):
    """The whole page; the story alone when htmx asks for it."""
    return page(
        "customers/people/show.html",
        part="customers/moments/_story.html",
        status=status,
        **{
            **card(customer),
            **handles(customer),
            **tagging(customer),
            **story(customer),
            **more,
        },
    )


def card(customer):
    """The top card: who it is, how they are, and what may be done with them."""
    days = summary.visits_by(customer).days
    why = _why(customer, days)
    return {
        "customer": customer,
        "state": listing.STATES[listing.state_of(customer)],
        "why": why,
        "flags": listing.flags_of(customer, days),
    }


def _why(customer, days):
    """How long it is that they have been here, what is likely, and whether they keep in touch."""
    warm = bool(customer.visits) and customer.warm_until >= today()
    found = rhythm.sentence(days, today(), shop_rhythm.current().unit, warm=warm)
    teller = Teller()
    said = teller.why(found, visits=customer.visits)
    touch = teller.touch((today() - customer.last_inbound_on).days) if warm else ""
    return _("%(why)s；%(touch)s", why=said, touch=touch) if touch else said


def tagging(customer):
    """What the customer bears."""
    return {"customer": customer, "borne": tags.of(customer)}


def offered(customer):
    """What they could be given."""
    has = {one.id for one in tags.of(customer)}
    return {
        "customer": customer,
        "open_tags": [one for one in tags.all_of(tags.TAG) if one.id not in has],
        "sources": [one for one in tags.all_of(tags.SOURCE) if one.id not in has],
    }


def handles(customer, form=None, *, revealed=False, other=None):
    """The ways to reach the customer; numbers are whole only in the answer to a reveal."""
    known = identities.of(customer)
    return {
        "customer": customer,
        "phones": [one for one in known if one.kind == PHONE],
        "accounts": [one for one in known if one.kind in identities.WRITTEN and one.kind != PHONE],
        "linked": [one for one in known if one.kind not in identities.WRITTEN],
        "identity_kinds": identities.KINDS,
        "revealed": revealed,
        "handle_form": form,
        "other": other,
    }


def owner_form(customer, formdata=None):
    form = OwnerForm(formdata, owner=str(customer.owner_id or 0))
    form.owner.choices = [("0", _("公海"))] + [(str(p.id), p.display) for p in accounts.active()]
    return form


def story(customer):
    """One page of the timeline, as the address asks for it."""
    group = arg("group")
    group = group if group in timeline.GROUPS else ""
    before = paging.read(arg("before"), STORY)
    moments = timeline.story(
        customer, groups=[group] if group else [], before=before, most=SHOWN + 1
    )
    more = len(moments) > SHOWN
    moments = moments[:SHOWN]
    last = paging.write((moments[-1].at, moments[-1].id)) if more else None
    return {
        "customer": customer,
        "moments": moments,
        "note_files": note_files.of_moments(moments),
        "moment_kinds": timeline.kinds,
        "looks": looks(),
        "identity_kinds": identities.KINDS,
        "methods": notes.METHODS,
        "results": notes.RESULTS,
        "groups": timeline.GROUPS,
        "group": group,
        "day_before": day_of(before[0]).isoformat() if before else "",
        "more_url": _more(customer, group, last) if last else None,
    }


@cache
def looks():
    """{kind of moment: its own template}: asking for one that is not there looks everywhere."""
    names = current_app.jinja_env.list_templates(["html"])
    own = [name for name in names if name.startswith("timeline/")]
    return {name.removeprefix("timeline/").removesuffix(".html"): name for name in own}


def _more(customer, group, last):
    return url_for("moments.index", customer_id=customer.id, group=group or None, before=last)


def found_by(typed):
    """The customers that fit what was typed, to pick one."""
    if not typed:
        return []
    ids = finding.search(me(), typed, most=20)
    return db.session.scalars(finding.visible_to(me()).where(Customer.id.in_(ids))).all()
