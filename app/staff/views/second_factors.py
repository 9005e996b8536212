"""My second factor: a key for the phone, the proof that it works, recovery codes."""

from io import BytesIO

import segno
from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import second_factor, signing_in, throttle
from app.staff.forms import CodeForm, ProofForm
from app.staff.signing_in import me

bp = Blueprint("second_factors", __name__)


@bp.get("/settings/me/second-factor")
@door("profile.secure")
def show():
    return _page()


@bp.get("/settings/me/second-factor/picture.svg")
@door("profile.secure")
def picture():
    """The key as a QR picture: from our own address, for the signed-in colleague alone."""
    secret = second_factor.pending(me())
    if not secret:
        return Response(status=204)
    drawn = BytesIO()
    code = segno.make(second_factor.address(me(), secret), error="m", micro=False)
    code.save(drawn, kind="svg", scale=5, border=4, light="#ffffff", svgclass=None, lineclass=None)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@bp.post("/settings/me/second-factor")
@door("profile.secure")
def create():
    """A key to scan. A second press shows the same one."""
    second_factor.begin(me())
    db.session.commit()
    return see(url_for(".show"))


@bp.post("/settings/me/second-factor/confirmation")
@door("profile.secure")
def confirm():
    form = CodeForm()
    if not form.validate():
        return _page(code=form, status=422)
    try:
        where = request.remote_addr or ""
        throttle.count_both(f"code:{me().id}", throttle.PER_CODE, address=where)
        codes = second_factor.confirm(me(), form.code.data)
    except Refused as no:
        refuse(form, no, "code")
        return signing_in.refused(_page(code=form), no)
    db.session.commit()
    return _page(codes=codes)


@bp.post("/settings/me/second-factor/codes")
@door("profile.secure")
def codes():
    """Ten new recovery codes in place of the old ones."""
    no = _unproved()
    if no:
        return no
    fresh = second_factor.new_codes(me())
    db.session.commit()
    return _page(codes=fresh)


@bp.post("/settings/me/second-factor/removal")
@door("profile.secure")
def remove():
    no = _unproved()
    if no:
        return no
    second_factor.switch_off(me(), by=me())
    db.session.commit()
    return see(url_for(".show"), say=_("两步验证关掉了"))


def _unproved():
    """The page again when the password typed once more is wrong; None when it is right."""
    form = ProofForm()
    if not (me().second_factor and form.validate()):
        return _page(proof=form, status=422)
    try:
        signing_in.confirm(me(), form.current.data, address=request.remote_addr or "")
    except Refused as no:
        refuse(form, no)
        return signing_in.refused(_page(proof=form), no)
    return None


def _page(status=200, codes=(), code=None, proof=None):
    """`codes` are shown in this one answer only."""
    secret = second_factor.pending(me())
    return page(
        "staff/second_factors/show.html", status=status,
        secret=secret, groups=[secret[at : at + 4] for at in range(0, len(secret), 4)],
        code_form=code or CodeForm(None), proof_form=proof or ProofForm(None), codes=codes,
        left=second_factor.codes_left(me()), needed=signing_in.lacks_second_factor(me()),
    )  # fmt: skip
