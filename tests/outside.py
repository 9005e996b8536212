"""The world outside a test: a browser, a customer's phone, and the platform's servers."""

import contextlib
import contextvars
import hashlib
import json
import random
import threading
import time
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import xmltodict
from itsdangerous import URLSafeTimedSerializer
from wechatpy.crypto import WeChatCrypto

from app.core.clock import now
from app.core.db import db
from app.portal import sessions as member_sessions
from app.staff import signing_in
from app.wechat.accounts import Account

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def outside_of(app):
    """A caller that runs in a context of its own: a forgotten commit shows."""

    def outside(run, *args, **kwargs):
        db.session.commit()

        def inside():
            with app.app_context():
                return run(*args, **kwargs)

        try:
            return contextvars.Context().run(inside)
        finally:
            db.session.expire_all()
            db.session.commit()

    return outside


class Browser:
    """A colleague's browser. `as_(amy)` is signed in; `htmx` asks for parts."""

    def __init__(self, app, staff=None, htmx=False, client=None):
        self.app = app
        self.client = client or app.test_client()
        self.headers = {"HX-Request": "true"} if htmx else {}
        if staff:
            self._sign_in(staff)

    def as_(self, staff):
        return Browser(self.app, staff)

    def as_member(self, customer):
        """A customer's own browser, as it is after coming in."""
        mine = Browser(self.app)
        with self.app.test_request_context("/m/"):
            token = member_sessions.open_session(customer)
        db.session.commit()
        mine.client.set_cookie(member_sessions.COOKIE, token)
        return mine

    @property
    def htmx(self):
        return Browser(self.app, htmx=True, client=self.client)

    def _sign_in(self, staff):
        token = signing_in.open_session(staff)
        db.session.commit()
        self.client.set_cookie(signing_in.COOKIE, token)

    def token(self):
        """A CSRF token of this browser's own form session."""
        with self.client.session_transaction() as session:
            raw = session.setdefault("csrf_token", hashlib.sha1(b"shuke").hexdigest())  # noqa: S324
        secret = self.app.config["SECRET_KEY"]
        return URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw)

    def get(self, path, **query):
        return self._ask("get", path, query_string=query or None)

    def post(self, path, _csrf=True, _files=None, **fields):
        data = {k: v for k, v in fields.items() if v is not None} | (_files or {})
        if _csrf:
            data["csrf_token"] = self.token()
        return self._ask("post", path, data=data)

    def _ask(self, method, path, **options):
        db.session.commit()
        headers = {**self.headers, **options.pop("headers", {})}
        call = getattr(self.client, method)
        options["buffered"] = True  # read to the end, so that a file handed out is closed
        answer = contextvars.Context().run(call, path, headers=headers, **options)
        db.session.expire_all()
        db.session.commit()
        return answer


class Phone:
    """A follower: what they do goes through the real callback; `screen` is what reached them."""

    def __init__(self, app, platform, openid):
        self.app, self.platform, self.openid = app, platform, openid
        self.client = app.test_client()

    @property
    def screen(self):
        return [_said(m) for m in self.platform.sent if m["touser"] == self.openid]

    def says(self, text, **more):
        return self.sends("text", Content=text, **more)

    def sends(self, kind, **fields):
        fields.setdefault("MsgId", str(random.randrange(10**17, 10**18)))
        return self.push(MsgType=kind, **fields)

    def does(self, event, key="", **fields):
        return self.push(MsgType="event", Event=event, EventKey=key, **fields)

    def push(self, **fields):
        return self.post(message(self.openid, **fields))

    def post(self, xml, account=None, **twist):
        query, body = sealed(account or self.platform.account, xml)
        query.update(twist)
        query = {k: v for k, v in query.items() if v is not None}
        db.session.commit()
        answer = contextvars.Context().run(
            self.client.post, "/wechat/callback", query_string=query, data=body
        )
        db.session.expire_all()
        db.session.commit()
        return answer


def _said(sent):
    content = sent[sent["msgtype"]]
    if sent["msgtype"] == "news":
        return content["articles"][0]["url"]
    return content.get("content") or content["media_id"]


def message(openid, **fields):
    """The XML of one push."""
    fields = {"ToUserName": "gh_shop", "FromUserName": openid, **fields}
    fields.setdefault("CreateTime", str(int(now().timestamp())))
    return xmltodict.unparse({"xml": fields}, full_document=False)


def sealed(account, xml, nonce=None, stamp=None):
    """(query, body) of an authentic request, encrypted when the account has a key."""
    stamp = stamp or str(int(now().timestamp()))
    nonce = nonce or str(random.randrange(10**9, 10**10))
    query = {"timestamp": stamp, "nonce": nonce}
    query["signature"] = sign(account.token, stamp, nonce)
    if not account.aes_keys:
        return query, xml.encode()
    crypto = WeChatCrypto(account.token, account.aes_keys[0], account.app_id)
    body = crypto.encrypt_message(xml, nonce, stamp)
    secret = xmltodict.parse(body)["xml"]["Encrypt"]
    query["encrypt_type"] = "aes"
    query["msg_signature"] = sign(account.token, stamp, nonce, secret)
    return query, body.encode()


def sign(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


class Platform:
    """The platform's API over HTTP: records what is sent, fails on command."""

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        base = f"http://127.0.0.1:{self.server.server_port}"
        self.account = Account("wxshop", "shop-secret", "shop-token", (KEY,), base)
        self.forget()

    def forget(self):
        self.sent, self.tokens, self.paths = [], [], []
        self.codes = []  # the QR codes that were asked for
        self.files = {}  # media id -> what a fetch gets: bytes, an errcode, a dict, "hang up" …
        self.uploads = []  # (type, name, bytes) of what the shop uploaded
        self.upload_answers = []  # what the next uploads get
        self.answers = []  # what the next sends get: an errcode, "hang up", "http 502" or a list

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, body, query):
        self.paths.append(path)
        if path.endswith("/stable_token"):
            self.tokens.append(f"token-{len(self.tokens) + 1}-{time.monotonic_ns()}")
            return {"access_token": self.tokens[-1], "expires_in": 7200}
        trouble = self.answers.pop(0) if self.answers else 0
        if isinstance(trouble, str | list):
            return trouble
        if callable(trouble):
            return trouble()
        if f"access_token={self.tokens[-1] if self.tokens else ''}" not in query and not trouble:
            trouble = 40001
        if trouble:
            return {"errcode": trouble, "errmsg": "no rid: 1"}
        if path.endswith("/qrcode/create"):
            self.codes.append(body)
            return {"ticket": "t", "expire_seconds": 600, "url": "http://weixin.qq.com/q/02abc"}
        self.sent.append(body)
        return {"errcode": 0, "errmsg": "ok"}

    def fetch(self, path, query):
        """media/get, or a film's own address: what lies under the name."""
        self.paths.append(path)
        name = dict(parse_qsl(query)).get("media_id") or path.rsplit("/", 1)[-1]
        lying = self.files.get(name, 40007)
        if isinstance(lying, list):
            lying = lying.pop(0) if len(lying) > 1 else lying[0]
        return {"errcode": lying, "errmsg": "no"} if isinstance(lying, int) else lying

    def upload(self, query, kind, body):
        """media/upload: a form with one file."""
        self.paths.append("/upload")
        trouble = self.upload_answers.pop(0) if self.upload_answers else 0
        if isinstance(trouble, str):
            return trouble
        if trouble:
            return {"errcode": trouble, "errmsg": "no"}
        form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        part = form.get_payload()[0]
        asked = dict(parse_qsl(query))["type"]
        self.uploads.append((asked, part.get_filename(), part.get_payload(decode=True)))
        return {"type": asked, "media_id": f"up-{len(self.uploads)}", "created_at": 1}

    def _handler(platform):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path, _mark, query = self.path.partition("?")
                self.tell(platform.fetch(path, query))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                path, _mark, query = self.path.partition("?")
                if path.endswith("/media/upload"):
                    answer = platform.upload(query, self.headers["Content-Type"], body)
                else:
                    answer = platform.answer(path, json.loads(body), query)
                self.tell(answer)

            def tell(self, answer):
                if answer == "hang up":
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                status, kind, data = _http_of(answer)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # who asked has heard enough
                    self.wfile.write(data)

            def log_message(self, *_args):
                pass

        return Handler


def _http_of(answer):
    """(status, type, body) of what the platform says: bytes, "http 502", or anything as JSON."""
    if isinstance(answer, bytes):
        return 200, "application/octet-stream", answer
    if isinstance(answer, str):
        return int(answer.split()[1]), "text/html", b"<p>sorry"
    return 200, "text/plain", json.dumps(answer).encode()
