"""The first page of the day."""

from flask import Blueprint, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from app.community import codes, terms, wanting
from app.community.views.times import standing
from app.core import lunar, pulses
from app.core.clock import today as this_day
from app.core.doors import door
from app.core.web import page
from app.home import today
from app.inbox import lateness, receiving
from app.reminders import escalating
from app.reminders.views.planning import for_rows
from app.reminders.views.sentences import silence
from app.staff.signing_in import me

bp = Blueprint("today", __name__)


@bp.get("/")
@door("home.read")
def show():
    day = this_day()
    late, late_count = lateness.of(me())
    figures = today.figures(me())
    lying, lying_count = escalating.of(me()) if figures.lying else ([], 0)
    ending = codes.ending_for(me()) if figures.codes else []
    wanted, wanted_count = wanting.of(me())
    return page(
        "home/today/show.html",
        hello=_(today.greeting()), date=format_date(day, "full"), lunar=lunar.name_of(day), day=day,
        due=today.to_contact(me()), waiting=today.waiting(me()), cooling=today.cooling(me()),
        figures=figures, most_orders=today.most_orders(me()), import_url=_import_url(),
        silence=silence, message_kinds=receiving.KINDS,
        late=late, late_count=late_count, is_closing=lateness.is_closing,
        reaches_manager=lateness.reaches_manager,
        pulse=figures.pulse, silent=pulses.is_silent(figures.pulse),
        lying=lying, lying_count=lying_count,
        ending=[(one, codes.days_left(one)) for one in ending],
        wanted=wanted, wanted_count=wanted_count, standing=standing, kinds=terms.KINDS,
        **for_rows(),
    )  # fmt: skip


def _import_url():
    return url_for("imports.new") if me().may("import.run") else None
