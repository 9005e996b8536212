"""Follow-ups on the calendar: a month, a week, a day."""

from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core import holidays, lunar, paging
from app.core.clock import day_of, end_of, start_of
from app.core.clock import today as this_day
from app.core.doors import door
from app.core.formats import short_day
from app.core.web import arg, page
from app.reminders import listing, workdays
from app.reminders.daywords import later_by
from app.reminders.views.planning import for_rows, may_be_given
from app.staff.signing_in import me

bp = Blueprint("calendar", __name__)

MOST = 400  # follow-ups on one sheet
IN_A_CELL = 4
FIRST, LAST = date(2000, 1, 1), date(2150, 1, 1)


@bp.get("/followups/calendar")
@door("followups.write")
def month():
    on, whose = _asked()
    first = on.replace(day=1)
    start = first - timedelta(days=first.weekday())
    end = later_by(first, 1) + timedelta(days=(-later_by(first, 1).weekday()) % 7)
    title = _("%(year)s年%(month)s月", year=on.year, month=on.month)
    sheet = _sheet(start, end, on, whose)
    sheet |= {"before": later_by(first, -1), "after": later_by(first, 1)}
    return page("reminders/calendar/month.html", title=title, view="month", **sheet)


@bp.get("/followups/calendar/week")
@door("followups.write")
def week():
    on, whose = _asked()
    start = on - timedelta(days=on.weekday())
    title = f"{short_day(start)} – {short_day(start + timedelta(days=6))}"
    sheet = _sheet(start, start + timedelta(days=7), on, whose)
    sheet |= {"before": start - timedelta(days=7), "after": start + timedelta(days=7)}
    return page("reminders/calendar/week.html", title=title, view="week", **sheet)


@bp.get("/followups/calendar/day")
@door("followups.write")
def day():
    on, whose = _asked()
    found = listing.day_page(me(), whose, on, paging.read(arg("after", most=60), listing.BY))
    key = paging.write(found.next)
    next_url = url_for(".day", on=on, whose=whose, after=key) if key else None
    return page(
        "reminders/calendar/day.html", rows=found.rows, next_url=next_url, whose=whose, on=on,
        off=workdays.days_off(on, on).get(on, ""), lunar=lunar.name_of(on), people=may_be_given(),
        **for_rows(),
    )  # fmt: skip


def _asked():
    """The day and the choice that the address names, or today and one's own."""
    try:
        on = date.fromisoformat(arg("on"))
    except ValueError:
        on = this_day()
    whose = arg("whose")
    if whose not in listing.choices_of(me()):
        whose = listing.usual_choice(me())
    return min(max(on, FIRST), LAST), whose


def _sheet(start, end, on, whose):
    """What a sheet of days shows: each with its follow-ups, and what kind of day it is."""
    rows = listing.between(me(), whose, start_of(start), end_of(end - timedelta(days=1)), MOST)
    held = {key: list(some) for key, some in groupby(rows, lambda row: day_of(row.due_at))}
    span = [start + timedelta(days=n) for n in range((end - start).days)]
    return {
        "days": [(one, held.get(one, ())) for one in span], "on": on, "whose": whose,
        "choices": listing.choices_of(me()), "today": this_day(), "full": len(rows) == MOST,
        "known": holidays.between(start, end), "off": workdays.days_off(start, end),
        "lunar": _lunar, "in_a_cell": IN_A_CELL if len(span) > 7 else MOST, **for_rows(),
    }  # fmt: skip


def _lunar(one):
    """What stands small beside a day: 十四, or the month's name on its first."""
    name = lunar.name_of(one)
    return name.partition("月")[0] + "月" if name.endswith("初一") else name.partition("月")[2]
