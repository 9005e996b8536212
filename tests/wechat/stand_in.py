"""A stand-in for the platform that answers the setup doctor's questions as a test tells it to."""

import json
import threading
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = {
    "stable_token": {"access_token": "t0", "expires_in": 7200},
    "quota/get": {"errcode": 0, "quota": {"daily_limit": 500000, "used": 12, "remain": 499988}},
    "user/get": {"total": 1, "count": 1, "data": {"openid": ["o-1"]}, "next_openid": "o-1"},
    "menu/get": {"errcode": 46003, "errmsg": "menu no exist"},
    "tags/get": {"tags": []},
    "get_all_private_template": {"template_list": []},
    "gettemplate": {"errcode": 0, "data": []},
    "callback/check": {
        "dns": [{"ip": "203.0.113.9", "real_operator": "UNICOM"}],
        "ping": [{"ip": "203.0.113.9", "package_loss": "0%", "time": "20ms"}],
    },
}


class StandIn:
    """`.says` maps the end of a path to an answer; `.ahead` is how far its clock is before ours."""

    def __init__(self):
        self.says, self.ahead, self.asked = dict(GOOD), 0, []

    def refuses(self, *ends, code=48001):
        for end in ends:
            self.says[end] = {"errcode": code, "errmsg": "api unauthorized rid: 1"}


@contextmanager
def stand_in(clock):
    """The stand-in and the base of its address."""
    here = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer()

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer()

        def answer(self):
            path = self.path.partition("?")[0]
            here.asked.append(path)
            end = max((e for e in here.says if path.endswith(e)), key=len, default="")
            told = here.says.get(end, {"errcode": 48001})
            body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response_only(200)
            self.send_header("Date", formatdate(clock() + here.ahead, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield here, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(5)
