"""Letters by WeCom: a card to a colleague, or a few lines to a group."""

from typing import Any

from app.core.db import let_go
from app.core.errors import N_, DeliveryFailed
from app.core.notices import Notice, of
from app.core.outbox import Letter
from app.core.words import say as _
from app.core.words import speaking
from app.wecom import accounts, client

CHANNEL = "wecom"
ROBOT = "robot"  # the address of the group
MOST_BYTES = 500  # of a card's words

NOT_SET_UP = N_("企业微信还没有接好，请店主到“设置 › 企业微信”里填写")
NO_ROBOT = N_("还没有填群机器人，请店主到“设置 › 企业微信”里填写")


def closed(_user: str) -> str:
    """Why nobody is reached this way now, as a source sentence; "" when they are."""
    return "" if accounts.app() else NOT_SET_UP


def send(letter: Letter) -> str:
    """The outbox's sender; the receipt is the platform's number."""
    if letter.to == ROBOT:
        return _to_group(letter)
    app = accounts.app()
    if app is None:
        raise DeliveryFailed(NOT_SET_UP, permanent=True)
    language = str(letter.body.get("language", "zh"))
    with speaking(language):
        body = _card(of(letter), letter.to, app.agent_id)
    let_go()
    return str(client.message(app, body).get("msgid", ""))


def _card(notice: Notice, to: str, agent_id: str) -> dict[str, Any]:
    return {
        "touser": to, "msgtype": "textcard", "agentid": int(agent_id),
        "textcard": {"title": notice.title[:40], "description": _cut(notice.text),
                     "url": notice.url, "btntxt": _("打开")},
    }  # fmt: skip


def _to_group(letter: Letter) -> str:
    key = accounts.robot()
    if not key:
        raise DeliveryFailed(NO_ROBOT, permanent=True)
    notice = of(letter)
    words = f"**{notice.title}**\n{notice.text}\n[{_('打开熟客')}]({notice.url})"
    let_go()
    client.group(key, {"msgtype": "markdown", "markdown": {"content": words}})
    return ""


def _cut(text: str) -> str:
    """No more bytes than the platform takes."""
    return text.encode()[:MOST_BYTES].decode("utf-8", "ignore")
