"""What is done with several follow-ups of a list at once."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.web import LARGEST_ID, LONGEST_ID, own_path, see
from app.reminders import followups, times, together, workdays
from app.reminders.forms import BatchForm
from app.reminders.models import FollowUp
from app.reminders.views.planning import may_be_given
from app.staff.signing_in import me

bp = Blueprint("batches", __name__)


@bp.post("/followups/batch")
@door("followups.write")
def create():
    ones = _picked()
    form = BatchForm()
    form.staff.choices = [(one.id, one.display) for one in may_be_given()]
    form.picked.choices = [(one.id, "") for one in ones]
    count = _done(form, ones)
    db.session.commit()
    said = ngettext("处理好 %(num)d 条", "处理好 %(num)d 条", count)
    left = len(ones) - count
    if left:
        said += _("；另有 %(left)s 条没动：已经结束，或者本来就是这样", left=left)
    return see(own_path(form.back.data or url_for("followups.index")), say=said)


def _done(form, ones):
    """How many were changed, in the way that the form asks for."""
    if form.do.data == "done":
        return together.finish(ones, by=me())
    if form.do.data == "snooze":
        return together.snooze(ones, to=workdays.shifted(times.chosen(form.to.data or "")))
    if form.do.data == "give" and form.staff.data in dict(form.staff.choices):
        to = next(one for one in may_be_given() if one.id == form.staff.data)
        return together.reassign(ones, to=to, by=me())
    raise Refused(N_("没有这个选项，请从列表里选一个"))


def _picked():
    """Those of the ticked ones that a colleague may see."""
    typed = [one for one in request.form.getlist("picked") if _is_number(one)]
    ids = [min(int(one), LARGEST_ID) for one in typed[: together.MOST + 1]]
    seen = followups.visible_to(me()).where(FollowUp.id.in_(ids)).order_by(FollowUp.id)
    return db.session.scalars(seen).all()


def _is_number(text):
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
