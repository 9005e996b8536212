"""节假日与调休 under 设置: what a year's table says, and changing it."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import holidays
from app.core.clock import today
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import number_arg, page, see
from app.reminders.forms import HolidaysForm
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("holidays", __name__)


@bp.get("/settings/holidays")
@door("settings.write")
def show():
    year = number_arg("year") or today().year
    return _page(year if year in holidays.YEARS else today().year)


@bp.post("/settings/holidays")
@door("settings.write")
def put():
    form = HolidaysForm()
    year = form.year.data if form.year.data in holidays.YEARS else today().year
    if not form.validate():
        return _page(year, form, 422)
    try:
        holidays.put(year, form.days.data or "")
    except Refused as no:
        refuse(form, no)
        return _page(year, form, 422)
    address = request.remote_addr or ""
    audit.log(me(), "settings.changed", f"setting:holidays.{year}", address=address)
    db.session.commit()
    return see(url_for(".show", year=year), say=_("保存好了"))


def _page(year, form=None, status=200):
    form = form or HolidaysForm(None, data={"days": holidays.lines_of(year), "year": year})
    years = range(today().year - 1, today().year + 3)
    return page(
        "reminders/holidays/show.html", form=form, year=year, status=status,
        years=[one for one in years if one in holidays.YEARS], own=holidays.is_own(year),
        unknown=year not in holidays.STANDARD, provisional=year in holidays.PROVISIONAL,
    )  # fmt: skip
