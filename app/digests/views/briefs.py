"""The owner's reports, as they were sent: the newest of each kind, and the ones before."""

from flask import Blueprint
from sqlalchemy import select

from app.core.db import db
from app.core.doors import door
from app.core.web import number_arg, page
from app.digests import log, reports
from app.digests.models import EMPTY, MONTH, WEEK, Delivery
from app.staff.signing_in import me

bp = Blueprint("briefs", __name__)

SHOWN = 24


@bp.get("/reports")
@door(reports.SEEN)
def index():
    mine = (Delivery.staff_id == me().id, Delivery.kind.in_((WEEK, MONTH)), Delivery.state != EMPTY)
    newest = select(Delivery).where(*mine).order_by(Delivery.id.desc()).limit(SHOWN)
    found = db.session.scalars(newest).all()
    wanted = number_arg("report")
    one = next((r for r in found if r.id == wanted), found[0] if found else None)
    return page(
        "digests/briefs/index.html", one=one, found=found, kinds=log.KINDS, span=reports.span,
        rows=reports.rows(one.facts) if one else [],
    )  # fmt: skip
