"""The practice phone: its screen, what a customer can do with it, and the wire beside it."""

import hashlib

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import Form, refuse
from app.core.web import arg, done, page, see
from app.portal import sessions
from app.practice import forms, media, phone, removing, tencent, wires
from app.practice.models import Phone
from app.wechat import accounts

bp = Blueprint("phones", __name__)


@bp.app_context_processor
def _nav():
    person = g.get("me")
    return {"practice_on": bool(person and person.may("practice.use") and accounts.practice())}


@bp.get("/practice")
@door("practice.use")
def show():
    _practising()
    newest = phone.everyone(1)
    return _page(newest[0] if newest else None)


@bp.get("/practice/<int:phone_id>")
@door("practice.use")
def one(phone_id):
    return _page(_find(phone_id))


@bp.get("/practice/<int:phone_id>/now")
@door("practice.use")
def now(phone_id):
    """What the open phone asks every second: 204 while nothing is new."""
    held = _find(phone_id)
    if request.args.get("seen") == _stamp(held):
        return Response(status=204)
    name = "practice/phones/_now.html"
    return page(name, part=name, **_screen(held))


@bp.post("/practice")
@door("practice.use")
def create():
    _practising()
    held = phone.new()
    db.session.commit()
    return see(url_for(".one", phone_id=held.id))


@bp.post("/practice/<int:phone_id>/following")
@door("practice.use")
def following(phone_id):
    form = forms.FollowingForm()
    wish = phone.unfollow if form.on.data == "0" else phone.follow
    return _act(_find(phone_id), form, wish)


@bp.post("/practice/<int:phone_id>/messages")
@door("practice.use")
def messages(phone_id):
    form = forms.SayForm()
    return _act(_find(phone_id), form, phone.says, form.text)


@bp.post("/practice/<int:phone_id>/pictures")
@door("practice.use")
def pictures(phone_id):
    form = forms.PictureForm()
    return _act(_find(phone_id), form, lambda held: phone.shows(held, _picked(form)))


@bp.post("/practice/<int:phone_id>/voices")
@door("practice.use")
def voices(phone_id):
    return _act(_find(phone_id), Form(), phone.speaks)


@bp.post("/practice/<int:phone_id>/films")
@door("practice.use")
def films(phone_id):
    return _act(_find(phone_id), Form(), phone.films)


@bp.post("/practice/<int:phone_id>/locations")
@door("practice.use")
def locations(phone_id):
    form = forms.PlaceForm()
    return _act(_find(phone_id), form, phone.locate, form.place)


@bp.post("/practice/<int:phone_id>/scan")
@door("practice.use")
def scan(phone_id):
    form = forms.ScanForm()
    return _act(_find(phone_id), form, phone.scan, form.scene)


@bp.post("/practice/<int:phone_id>/clicks")
@door("practice.use")
def clicks(phone_id):
    form = forms.KeyForm()
    return _act(_find(phone_id), form, phone.click, form.key)


@bp.get("/practice/<int:phone_id>/member")
@door("practice.use")
def member(phone_id):
    """会员中心 on this telephone: the browser plays it from now on, and comes in by OAuth."""
    held = _find(phone_id)
    sessions.practise(held.openid)
    return sessions.take_cookie(redirect(url_for("entry.show")))


@bp.post("/practice/<int:phone_id>/failure")
@door("practice.use")
def failure(phone_id):
    form = forms.FailureForm()
    return _act(_find(phone_id), form, phone.set_failure, form.code)


@bp.get("/practice/media/<name>")
@door("practice.use")
def picture(name):
    _practising()
    found = media.find(name, _media_root())
    if found is None:
        abort(404)
    return send_file(found[0], mimetype=found[1])


@bp.post("/practice/removal")
@door("settings.write")
def remove():
    """The owner clears the practice table: phones, their customers and all that hangs on them."""
    _practising()
    removing.practice()
    db.session.commit()
    media.clear(_media_root())
    return see(url_for(".show"), say=_("练习数据已经清除"))


def _practising():
    if accounts.practice() is None:
        abort(404)


def _find(phone_id):
    _practising()
    return db.one_or_404(db.select(Phone).where(Phone.id == phone_id))


def _act(held, form, wish, field=None):
    """Five beats of every button: what the world refuses stands above the phone's keys."""
    if not form.validate():
        return _again(held, form)
    try:
        wish(held, field.data) if field is not None else wish(held)
    except Refused as no:
        refuse(form, no)
        return _again(held, form)
    db.session.commit()
    url = url_for(".one", phone_id=held.id)
    return done("practice/phones/_table.html", url, **_screen(held))


def _again(held, form):
    db.session.rollback()
    whole = "practice/phones/show.html"
    return page(whole, part="practice/phones/_table.html", status=422, **_screen(held, form))


def _picked(form):
    upload = request.files.get("picture")
    if upload and upload.filename:
        return media.keep(upload.stream.read(media.LARGEST + 1), _media_root())
    if form.sample.data not in media.SAMPLES:
        raise Refused(N_("先选一张图片"))
    return form.sample.data


def _media_root():
    return current_app.config["SHUKE"].media_root


def _page(held):
    return page("practice/phones/show.html", **_screen(held))


def _screen(held, tried=None):
    """All that the phone's templates name."""
    return {
        "phone": held,
        "phones": phone.everyone(),
        "bubbles": phone.screen(held) if held else [],
        "wires": wires.newest(held) if held else [],
        "seen": _stamp(held) if held else "",
        "form": tried if isinstance(tried, forms.SayForm) else forms.SayForm(None),
        "tried": tried,
        "samples": media.SAMPLES,
        "places": phone.PLACES,
        "keys": phone.KEYS,
        "failures": tencent.FAILURES,
        "scene": arg("scene", most=phone.LONGEST_SCENE),
    }


def _stamp(held):
    """Changes whenever this phone's screen or wire would."""
    lines = [(b.id, b.answer) for b in phone.screen(held)[-6:]]
    seen = f"{held.following}{held.failure}{lines}{wires.last_id(held)}"
    return hashlib.blake2s(seen.encode(), digest_size=8).hexdigest()
