"""What the setup doctor says: one finding for each check, with 原因 and 怎么办."""

from dataclasses import asdict, dataclass, field
from typing import Any

from app.core.errors import N_

OK, WARN, BAD, UNKNOWN = "ok", "warn", "bad", "unknown"

CHECKS = {
    "values": N_("账号资料"),
    "sealed": N_("保存的密钥"),
    "token": N_("AppID 和 AppSecret"),
    "clock": N_("服务器的时钟"),
    "kind": N_("账号类型"),
    "address": N_("服务器地址"),
    "outside": N_("从外面打开"),
    "reached": N_("微信那边看"),
    "messages": N_("收到的消息"),
    "proof": N_("网页授权域名"),
}


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. Reason and cure are source sentences with their parameters."""

    check: str
    state: str
    reason: str
    cure: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return CHECKS[self.check]

    def as_row(self) -> dict[str, object]:
        return asdict(self)


def ok(check: str, reason: str, **params: object) -> Finding:
    return Finding(check, OK, reason, "", params)


def warn(check: str, reason: str, cure: str, **params: object) -> Finding:
    return Finding(check, WARN, reason, cure, params)


def bad(check: str, reason: str, cure: str, **params: object) -> Finding:
    return Finding(check, BAD, reason, cure, params)


def unknown(check: str, reason: str, cure: str = "", **params: object) -> Finding:
    return Finding(check, UNKNOWN, reason, cure, params)
