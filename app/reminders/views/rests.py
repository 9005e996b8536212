"""停一段时间: no reminder of a customer before a day that somebody names."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.formats import short_day
from app.core.forms import refuse
from app.core.web import page, see
from app.reminders import quiet
from app.reminders.forms import RestForm
from app.reminders.views.followups import find
from app.staff.signing_in import me

bp = Blueprint("rests", __name__)


@bp.get("/followups/<int:followup_id>/rest")
@door("followups.write")
def new(followup_id):
    return _ask(find(followup_id), RestForm(None))


@bp.post("/followups/<int:followup_id>/rest")
@door("followups.write")
def create(followup_id):
    one, form = find(followup_id), RestForm()
    if not form.validate():
        return _ask(one, form, 422)
    try:
        quiet.rest(one, until=form.until.data, by=me())
    except Refused as no:
        refuse(form, no)
        return _ask(one, form, 422)
    db.session.commit()
    url = url_for("people.show", customer_id=one.customer_id)
    return see(url, say=_("好的，%(day)s 以前不再提醒", day=short_day(one.rest_until)))


def _ask(one, form, status=200):
    return page(
        "reminders/rests/new.html", part="reminders/rests/_new.html", status=status, one=one,
        form=form,
    )  # fmt: skip
