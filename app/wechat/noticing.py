"""Notices to colleagues by WeChat: a template message, or a subscription notice.

They need no window: the platform lets a service account send them by a template that it has
approved. Each shop's template has its own fields, so the owner says which field holds what.
"""

import re
from datetime import timedelta
from typing import Any

from app.core.clock import local, now
from app.core.db import let_go
from app.core.errors import N_, DeliveryFailed, Refused
from app.core.notices import Notice, of
from app.core.outbox import Letter, Verdict
from app.core.settings import setting
from app.wechat import accounts, client, followers, pausing
from app.wechat.accounts import Account
from app.wechat.sending import NOT_BOUND, PAUSED

NOTICE = "notice"  # the outbox's channel
PATIENCE = timedelta(minutes=15)  # for which a notice waits for the platform; then another way
TEMPLATE_KIND, SUBSCRIPTION = "template", "subscribe"
SHAPE = re.compile(r"([a-z_]{2,20}[0-9]{0,3})=(标题|内容|时间|数量|称呼)")
LONGEST = {"thing": 20, "phrase": 5, "character_string": 32, "name": 10, "const": 20, "number": 32}
PRACTICE_TEMPLATE = "practice"

NO_TEMPLATE = N_("公众号还没有填提醒用的模板，请店主到“设置 › 规则 › 公众号”里填模板 ID")
GONE = N_("你取消关注了公众号，提醒发不到微信。请重新关注")


def _check_fields() -> None:
    fields_of(FIELDS())


TEMPLATE = setting(
    "wechat.notice_template", "", label=N_("发给同事的提醒：模板 ID"), group="wechat",
    hint=N_("在公众号后台的“模板消息”或“订阅通知”里选一个模板，复制它的 ID；不填就不走微信"),
)  # fmt: skip
KIND = setting(
    "wechat.notice_kind", TEMPLATE_KIND, label=N_("这个模板是哪一种"), group="wechat",
    choices=((TEMPLATE_KIND, N_("模板消息")), (SUBSCRIPTION, N_("订阅通知"))),
    hint=N_("模板是在公众号后台哪一处选的，这里就选哪一种"),
)  # fmt: skip
FIELDS = setting(
    "wechat.notice_fields", "thing1=标题 thing2=内容 time3=时间", group="wechat",
    label=N_("模板里的字段各放什么"), changed=_check_fields,
    hint=N_("照模板详情里的字段名写，像 thing1=标题 thing2=内容 time3=时间；还可以用 数量、称呼"),
)  # fmt: skip


def fields_of(typed: str) -> dict[str, str]:
    """{field of the template: what it holds}."""
    found = [SHAPE.fullmatch(pair) for pair in typed.split()]
    if not found or not all(found):
        raise Refused(N_("字段看不懂，请像 thing1=标题 thing2=内容 time3=时间 这样写"))
    return {match[1]: match[2] for match in found if match}


def closed(app_id: str, openid: str) -> str:
    """Why a notice would not reach this colleague now, as a source sentence; "" when it may."""
    account = accounts.get(app_id)
    if account is None:
        return NOT_BOUND
    if not (account.practice or TEMPLATE()):
        return NO_TEMPLATE
    follower = followers.of(app_id, openid)
    return "" if follower and follower.following else GONE


def guard(letter: Letter) -> Verdict | None:
    """While the platform is away a notice waits, but not for long: there are other ways."""
    if letter.channel != NOTICE:
        return None
    end = pausing.until(letter.account)
    if end is None:
        return None
    waited = now() - letter.created_at > PATIENCE
    return Verdict(pausing.CLOSED) if waited else Verdict(PAUSED, until=end)


def send(letter: Letter) -> str:
    """The outbox's sender; the receipt is the platform's number."""
    account = accounts.get(letter.account)
    if account is None:
        raise DeliveryFailed(NOT_BOUND, permanent=True)
    template = TEMPLATE() or (PRACTICE_TEMPLATE if account.practice else "")
    if not template:
        raise DeliveryFailed(NO_TEMPLATE, permanent=True)
    body = _body(of(letter), letter.to, template)
    kind = KIND()
    let_go()
    with pausing.watched(account.app_id):
        return _carry(account, kind, body)


def _carry(account: Account, kind: str, body: dict[str, Any]) -> str:
    path = "message/template/send" if kind == TEMPLATE_KIND else "message/subscribe/bizsend"
    if kind == SUBSCRIPTION:
        body["page"] = body.pop("url")
    answer = client.call(account, lambda platform: platform.post(path, data=body))
    client.expect_ok(answer)
    return str(answer.get("msgid", ""))


def _body(notice: Notice, to: str, template: str) -> dict[str, Any]:
    at = local(notice.at).strftime("%Y-%m-%d %H:%M")
    values = {"标题": notice.title, "内容": notice.text, "时间": at,
              "数量": str(notice.count), "称呼": notice.name}  # fmt: skip
    data = {field: {"value": _fit(field, values[what])}
            for field, what in fields_of(FIELDS()).items()}  # fmt: skip
    return {"touser": to, "template_id": template, "url": notice.url, "data": data}


def _fit(field: str, value: str) -> str:
    """The platform refuses a value that is too long for its kind of field."""
    most = LONGEST.get(field.rstrip("0123456789"), 64)
    return value if len(value) <= most else value[: most - 1] + "…"
