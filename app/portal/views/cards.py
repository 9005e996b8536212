"""A member's first page: their card, and ways to their things."""

import io

import segno
from flask import Blueprint, Response, abort, current_app, url_for

from app.core.doors import member
from app.core.web import page
from app.portal import benefits, cards, profile, sessions
from app.portal.forms import AnswerForm, BabyForm

bp = Blueprint("cards", __name__)


@bp.get("/m/")
@member
def show():
    customer = sessions.member()
    card = cards.of(customer)
    joined = card if card and card.left_at is None else None
    answers = profile.answers_of(customer)
    question = profile.next_of(customer, answers) if joined else ""
    said = answers.get(profile.NAME)
    return page(
        "portal/cards/show.html",
        customer=customer,
        called=(said.answer if said else "") or customer.name,
        card=joined,
        number=cards.grouped(joined.number) if joined else "",
        benefits=benefits.of(customer),
        key=question,
        question=profile.QUESTIONS.get(question),
        form=_question(question),
    )


def _question(key):
    return BabyForm(None) if key == profile.BABY else AnswerForm(None)


@bp.get("/m/card.svg")
@member
def picture():
    """The number as a QR picture, for this member alone; it leads colleagues to their card."""
    card = cards.of(sessions.member())
    if card is None or card.left_at:
        abort(404)
    return drawn(url_for("members.find", number=card.number))


def drawn(path):
    """An address of ours as a QR picture."""
    picture = io.BytesIO()
    code = segno.make(current_app.config["SHUKE"].address + path, error="m", micro=False)
    look = {"scale": 5, "border": 4, "light": "#ffffff", "svgclass": None, "lineclass": None}
    code.save(picture, kind="svg", **look)
    return Response(picture.getvalue(), mimetype="image/svg+xml")
