"""Follow-ups: the list, a new one, one to look at, and what becomes of it."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import formats, paging
from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import refuse
from app.core.web import arg, done, number_arg, own_path, page, see, wants_part
from app.customers.views.people import find as find_customer
from app.customers.views.people import typed_number
from app.customers.views.screens import found_by, looked_at
from app.reminders import escalating, followups, listing, repeating, times, workdays
from app.reminders.forms import ResultForm, SnoozeForm
from app.reminders.models import FollowUp
from app.reminders.views import enclosing
from app.reminders.views.contacts import next_what, when
from app.reminders.views.planning import (
    ask_who,
    chosen,
    for_rows,
    may_be_given,
    offer_repeat,
    offered,
    plan_form,
    rhythm,
    when_and_who,
    who,
)
from app.reminders.views.sentences import about
from app.staff.signing_in import me

bp = Blueprint("followups", __name__)


@bp.get("/followups")
@door("followups.write")
def index():
    whose = arg("whose")
    if whose not in listing.choices_of(me()):
        whose = listing.usual_choice(me())
    group = arg("group")
    groups = _one_group(whose, group) if group in listing.GROUPS else _all_groups(whose)
    return page(
        "reminders/followups/index.html", groups=groups, whose=whose, group=group,
        choices=listing.choices_of(me()), labels=listing.GROUPS, people=may_be_given(),
        **for_rows(),
    )  # fmt: skip


def _all_groups(whose):
    """(group, rows, count, url of the next page) of each group that holds something."""
    counted = {group: listing.count(me(), whose, group) for group in listing.GROUPS}
    return [(g, listing.page(me(), whose, g).rows, n, None) for g, n in counted.items() if n]


def _one_group(whose, group):
    after = paging.read(arg("after", most=60), listing.BY)
    found = listing.page(me(), whose, group, after=after, most=listing.PAGE)
    key = paging.write(found.next)
    url = url_for(".index", whose=whose, group=group, after=key) if key else None
    return [(group, found.rows, listing.count(me(), whose, group), url)]


@bp.get("/followups/new")
@door("followups.write")
def new():
    customer_id = number_arg("customer")
    if customer_id is None:
        typed = arg("q")
        return page("reminders/followups/pick.html", typed=typed, found=found_by(typed))
    customer = find_customer(customer_id)
    form = plan_form(None)
    form.staff.data = me().id
    return _new_page(customer, form)


@bp.post("/followups")
@door("followups.write")
def create():
    form = plan_form()
    customer = find_customer(typed_number(form.customer.data))
    if not form.validate():
        return _new_page(customer, form, 422)
    try:
        one = followups.plan(
            customer, what=form.what.data or "", by=me(), repeat=form.repeat.data,
            **when_and_who(form),
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _new_page(customer, form, 422)
    db.session.commit()
    return _planned(one, url_for("people.show", customer_id=customer.id), _("记下了，到时候会提醒"))


@bp.get("/followups/<int:followup_id>")
@door("followups.write")
def show(followup_id):
    return _show_page(find(followup_id))


@bp.post("/followups/<int:followup_id>")
@door("followups.write")
def update(followup_id):
    one = find(followup_id)
    form = plan_form()
    if not form.validate():
        return _show_page(one, plan=form, status=422)
    try:
        followups.change(
            one, what=form.what.data or "", by=me(), repeat=form.repeat.data,
            **when_and_who(form, one),
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _show_page(one, plan=form, status=422)
    db.session.commit()
    return see(url_for(".show", followup_id=one.id), say=_("改好了"))


def _planned(one, url, say):
    """On to where one came from; to the follow-up itself when its day is off."""
    if workdays.offer(one.due_at):
        url = url_for(".show", followup_id=one.id, back=url)
    return see(url, say=say)


@bp.post("/followups/<int:followup_id>/result")
@door("followups.write")
def finish(followup_id):
    one = find(followup_id)
    form = ask_who(ResultForm())
    if not form.validate():
        return _show_page(one, result=form, status=422)
    try:
        next_at = when(form)
        enclosed = enclosing.take(form)
        followups.finish(
            one, by=me(), text=form.text.data or "", method=form.method.data or "",
            result=form.result.data or "", next_what=next_what(form, one),
            next_at=next_at, next_staff=who(form), enclosed=enclosed,
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _show_page(one, result=form, status=422)
    db.session.commit()
    found = offered(one.customer, next_at)
    return _planned(found[0], _back(), _("完成了")) if found else see(_back(), say=_("完成了"))


@bp.post("/followups/<int:followup_id>/snooze")
@door("followups.write")
def snooze(followup_id):
    one = find(followup_id)
    form = SnoozeForm()
    if not form.validate():
        return _show_page(one, snooze=form, status=422)
    try:
        followups.snooze(one, to=chosen(form, form.to))
    except Refused as no:
        if wants_part():
            raise  # a row of a list has no room for a form
        refuse(form, no)
        return _show_page(one, snooze=form, status=422)
    db.session.commit()
    off = workdays.offer(one.due_at)
    said = (
        _("推迟好了；那天放假（%(why)s），点开可以改期", why=_(off.why)) if off else _("推迟好了")
    )
    return _changed(one, said)


@bp.post("/followups/<int:followup_id>/closure")
@door("followups.write")
def close(followup_id):
    one = find(followup_id)
    followups.close(one, outcome="unwanted", by=me())
    db.session.commit()
    return _changed(one, _("好的，以后不再重复") if one.repeat else _("好的，这次不再提醒"))


@bp.post("/followups/<int:followup_id>/skip")
@door("followups.write")
def skip(followup_id):
    one = find(followup_id)
    following = followups.skip(one, by=me())
    db.session.commit()
    return _changed(one, _("跳过了，下一次：%(when)s", when=formats.when(following.due_at)))


@bp.post("/followups/<int:followup_id>/reassignment")
@door("followups.write")
def reassign(followup_id):
    """A manager gives it to whom they like; a clerk takes what was left lying."""
    one = find(followup_id)
    to = {str(person.id): person for person in may_be_given()}.get(request.form.get("staff", ""))
    if to is None:
        raise Refused(N_("没有这个选项，请从列表里选一个"))
    if me().may("customers.all"):
        followups.reassign(one, to=to, by=me())
    else:
        followups.take(one, by=me())
    db.session.commit()
    return see(_back(), say=_("交给%(name)s了", name=to.display))


@bp.get("/customers/<int:customer_id>/followups")
@door("followups.write")
def of_customer(customer_id):
    customer = find_customer(customer_id)
    looked_at(customer)
    return page(
        "reminders/followups/of_customer.html", part="reminders/followups/_of_customer.html",
        customer=customer, open_ones=followups.of(customer), ended=followups.ended_of(customer),
        **for_rows(),
    )  # fmt: skip


def find(followup_id):
    return db.one_or_404(followups.visible_to(me()).where(FollowUp.id == followup_id))


def _changed(one, say):
    """The row as it now stands for htmx, the page it came from for a browser."""
    rows = [listing.row_of(one.id)]
    return done("reminders/followups/_rows.html", _back(), say=say, rows=rows, **for_rows())


def _back():
    return own_path(request.form.get("back") or url_for(".index"))


def _new_page(customer, form, status=200):
    form.customer.data = str(customer.id)
    return page("reminders/followups/new.html", customer=customer, form=form, status=status)


def _show_page(one, result=None, snooze=None, plan=None, status=200):
    return page(
        "reminders/followups/show.html", one=one, about=about, outcomes=followups.OUTCOMES,
        rhythm=rhythm, offered=_offered(one), others=_others(one), limits=enclosing.LIMITS,
        result=result or ask_who(ResultForm(None), one.staff_id), snooze=snooze or SnoozeForm(None),
        plan=plan or _plan_of(one), back=own_path(arg("back", "/followups", 300)), status=status,
    )  # fmt: skip


def _others(one):
    """Who could do it instead, once it has been left lying or where nobody has it."""
    if not one.is_open or (one.staff_id and not escalating.is_offered(one)):
        return []
    return escalating.suggestions(one, may_be_given())


def _offered(one):
    """(follow-up, offer) of one that waits and falls on a day off."""
    offer = workdays.offer(one.due_at) if one.is_open else None
    return (one, offer) if offer else None


def _plan_of(one):
    form = plan_form(None)
    form.what.data, form.at.data, form.next.data = one.what, one.due_at, times.CUSTOM
    form.staff.data = one.staff_id
    offer_repeat(form, repeating.written(one.repeat))
    return form
