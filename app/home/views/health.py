"""What operators' tools ask: alive, ready, how much."""

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request

from app.config import LOOPBACK
from app.core.doors import public
from app.home import health

bp = Blueprint("health", __name__)

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


@bp.get("/healthz")
@public
def alive():
    return _plain("ok")


@bp.get("/readyz")
@public
def ready():
    faults = health.faults()
    return _plain("\n".join(faults), 503) if faults else _plain("ready")


@bp.get("/metrics")
@public
def metrics():
    if not (_from_here() or _has_token()):
        return _plain("loopback or bearer token only", 403)
    return Response(health.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _from_here():
    """The peer itself is this machine, and passes on nobody else's request.

    What a proxy claims about the peer is not asked: it would open the door to anyone. A proxy on
    this machine may name nobody at all, yet it passes on the name that its visitor asked for; so
    only our local names count, and none where a public installation has set a token.
    """
    settings = current_app.config["SHUKE"]
    if settings.public_url and settings.metrics_token:
        return False
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        return False
    kept = request.environ.get("werkzeug.proxy_fix.orig", {})
    peer = kept.get("REMOTE_ADDR") or request.environ.get("REMOTE_ADDR") or ""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def _has_token():
    expected = current_app.config["SHUKE"].metrics_token
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), expected.encode())
    return bool(expected) and kind.lower() == "bearer" and same


def _plain(text, status=200):
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")
