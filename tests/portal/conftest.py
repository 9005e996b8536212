"""A customer's browser inside WeChat, and the practice phone's."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.wechat import accounts
from tests.outside import Browser
from tests.practice.conftest import live

__all__ = ["live"]

WECHAT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"
CODE = "071aBc"


class Visit(Browser):
    """A browser inside WeChat; the shop's account answers who opens the page."""

    def __init__(self, app, platform):
        super().__init__(app)
        self.platform, self.headers = platform, {"User-Agent": WECHAT}

    def asks(self, path="/m/", **query):
        """Open a page and go as far as WeChat's own: (its address, what it is asked)."""
        answer = self.get(path, **query)
        while answer.status_code in (302, 303) and answer.headers["Location"].startswith("/"):
            answer = self.get(answer.headers["Location"])
        where = answer.headers["Location"]
        return where, {k: v[0] for k, v in parse_qs(urlsplit(where).query).items()}

    def tells(self, **told):
        """What WeChat says of the code that comes back."""
        self.platform.files["access_token"] = told

    def comes_in(self, openid, path="/m/", code=CODE):
        _where, asked = self.asks(path)
        self.tells(openid=openid, access_token="t", scope=asked["scope"])
        return self.get("/m/entered", code=code, state=asked["state"])


@pytest.fixture
def wechat(app, platform, monkeypatch):
    """The shop's own account is bound: the stand-in's."""
    monkeypatch.setattr(accounts, "real", lambda: platform.account)
    return Visit(app, platform)
