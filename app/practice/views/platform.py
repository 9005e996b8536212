"""The platform's door of practice: answers this machine alone, and only while practice is on."""

from flask import Blueprint, abort, current_app, jsonify, redirect, request, send_file

from app.config import LOOPBACK
from app.core.clock import now
from app.core.db import db, stop_writing, writing
from app.core.doors import platform
from app.core.web import page
from app.portal import sessions
from app.practice import answering, authorizing, media, tencent
from app.practice.pushing import PICTURES
from app.wechat import accounts, oauth

bp = Blueprint("practice_platform", __name__)

API, OPEN = "api.weixin.qq.com", "open.weixin.qq.com"
LARGEST = 64 * 1024
SENDS = {
    "cgi-bin/message/custom/send": tencent.send,
    "cgi-bin/message/template/send": tencent.notify,
    "cgi-bin/message/subscribe/bizsend": tencent.notify,
}
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@bp.get("/practice/platform/<host>/<path:rest>")
@platform
def ask(host, rest):
    account = _entered(host)
    if host == PICTURES:
        return _file(rest)
    if host == OPEN:
        return _authorize(account, rest)
    if rest.startswith("sns/"):
        return _about_visitor(account, rest)
    told = answering.told(rest)
    if told is None and rest != "cgi-bin/media/get":
        abort(404)
    code = tencent.check(account, request.args.get("access_token", ""))
    if code:
        return jsonify(tencent.said(code))
    if told is not None:
        return jsonify(told)
    name = request.args.get("media_id", "")
    if name == media.FILM:  # a film's address is told, not the film
        stop_writing()
        return jsonify({"video_url": f"http://{PICTURES}/{name}"})
    return _file(name, missing=40007)


@bp.post("/practice/platform/<host>/<path:rest>")
@platform
def tell(host, rest):
    account = _entered(host)
    if host == API and rest == "cgi-bin/media/upload":
        return _upload(account)
    if host != API or (request.content_length or 0) > LARGEST:
        abort(404)
    body = request.get_json(force=True, silent=True)
    if rest == "cgi-bin/stable_token":
        stop_writing()
        return jsonify(tencent.token(account, body if isinstance(body, dict) else {}))
    told = answering.asked(rest, body, account.api_base.removesuffix(accounts.PRACTICE_PATH))
    if told is None and rest not in SENDS:
        abort(404)
    code = tencent.check(account, request.args.get("access_token", ""))
    if told is not None and not code:
        stop_writing()
        return jsonify(told)
    return jsonify(tencent.said(code)) if code else _send(SENDS[rest], body)


def _authorize(account, rest):
    """WeChat's own page: silent for the openid alone; for the nickname it asks the person first.

    Whose telephone this browser is, the practice phone's button has said.
    """
    if rest != "connect/oauth2/authorize":
        abort(404)
    asked = authorizing.read(request.args, account)
    if asked is None:
        abort(400)
    phone = authorizing.phone_of(sessions.practising())
    if phone is None:
        abort(404)
    if asked.scope == oauth.USERINFO and "agreed" not in request.args:
        whole = "practice/authorizing/show.html"
        return page(whole, phone=phone, go=authorizing.agreed(asked), no=asked.back_with())
    stop_writing()
    return redirect(asked.back_with(code=authorizing.code_for(account, phone, asked.scope)))


def _about_visitor(account, rest):
    """sns/oauth2/access_token and sns/userinfo, as the platform answers them."""
    if rest == "sns/oauth2/access_token":
        code = authorizing.opened(account, request.args)
        with writing():
            told = authorizing.token(account, code)
        return jsonify(told)
    if rest == "sns/userinfo":
        return jsonify(authorizing.userinfo(account, request.args))
    return abort(404)


def _upload(account):
    """A file of the shop's, in a form field called media."""
    code = tencent.check(account, request.args.get("access_token", ""))
    if code:
        return jsonify(tencent.said(code))
    stop_writing()
    kind, given = request.args.get("type", ""), request.files.get("media")
    taken = media.take(kind, given.stream.read() if given else b"", _root())
    if isinstance(taken, int):
        return jsonify(tencent.said(taken))
    moment = int(now().timestamp())
    return jsonify({"type": kind, "media_id": taken, "created_at": moment})


def _send(how, body):
    try:
        answer = how(body)
    except tencent.NoAnswer:
        db.session.commit()
        return "", 502
    db.session.commit()
    return jsonify(answer)


def _entered(host):
    """The practice account; strangers, and a shop that does not practise, find nothing here."""
    account = accounts.practice()
    if account is None or host not in (API, PICTURES, OPEN) or not _is_neighbour():
        abort(404)
    return account


def _is_neighbour():
    """The peer is this machine, and speaks for nobody else."""
    before = request.environ.get("werkzeug.proxy_fix.orig", {})
    peers = {request.remote_addr, before.get("REMOTE_ADDR") or request.remote_addr}
    return peers <= set(LOOPBACK) and not any(name in request.headers for name in FORWARDED)


def _file(name, missing=None):
    found = media.find(name, _root())
    if found is None or missing and media.is_over(found[0]):
        return jsonify(tencent.said(missing)) if missing else abort(404)
    return send_file(found[0], mimetype=found[1])


def _root():
    return current_app.config["SHUKE"].media_root
