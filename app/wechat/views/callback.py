"""The platform's door: verify, store, commit, answer. Nothing else happens here."""

import logging

from flask import Blueprint, Response, abort, request
from prometheus_client import Counter
from sqlalchemy.exc import OperationalError

from app.core import together
from app.core.db import reading
from app.core.doors import platform
from app.wechat import arriving, tally
from app.wechat.envelopes import Rejected, open_envelope, verify

bp = Blueprint("callback", __name__)
log = logging.getLogger(__name__)

LARGEST = 64 * 1024
REJECTED = Counter("shuke_callback_rejected", "Callbacks that were refused", ["why"])
BUSY = Counter("shuke_callback_busy", "Callbacks answered 503: the platform asks again")
STORED = Counter("shuke_callback_stored", "Callbacks that were stored or known", ["new"])
NEW, KNOWN = STORED.labels("true"), STORED.labels("false")


@bp.get("/wechat/callback")
@platform
def greet():
    try:
        account = verify(_query())
    except Rejected as no:
        return _rejected(no)
    tally.note(account.app_id, tally.GREETED)
    return _plain(request.args.get("echostr", "")[:200])


@bp.post("/wechat/callback")
@platform
def receive():
    if (request.content_length or 0) > LARGEST:
        abort(413)
    request.max_content_length = LARGEST
    try:
        envelope = open_envelope(_query(), request.get_data(cache=False))
        new = together.commit(arriving.store, envelope)
        if not new:
            with reading():
                arriving.refuse_replay(envelope)
    except Rejected as no:
        return _rejected(no)
    except (TimeoutError, OperationalError) as fault:  # the platform asks again
        BUSY.inc()
        log.error("callback not stored: %s", type(fault).__name__)
        return _plain("busy", 503)
    (NEW if new else KNOWN).inc()
    return _plain("success")


def _query():
    return request.args.to_dict()


def _rejected(no):
    REJECTED.labels(no.why).inc()
    tally.note(no.account, no.why)
    log.warning("callback rejected: %s", no.why)
    return _plain(no.why, no.status)


def _plain(text, status=200):
    return Response(text, status, content_type="text/plain; charset=utf-8")
