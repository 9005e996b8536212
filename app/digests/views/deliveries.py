"""What became of the reminders about one follow-up: due, sent, by which way, opened, acted."""

from flask import Blueprint

from app.core.db import db
from app.core.doors import door
from app.core.web import page
from app.digests import log, reach
from app.reminders import followups
from app.reminders.models import FollowUp
from app.staff.signing_in import me

bp = Blueprint("deliveries", __name__)


@bp.get("/followups/<int:followup_id>/deliveries")
@door("followups.write")
def of_followup(followup_id):
    one = db.one_or_404(followups.visible_to(me()).where(FollowUp.id == followup_id))
    return page(
        "digests/deliveries/of_followup.html", part="digests/deliveries/_of_followup.html",
        one=one, lines=log.about(one), kinds=log.KINDS, states=log.STATES, labels=reach.WAYS,
    )  # fmt: skip
