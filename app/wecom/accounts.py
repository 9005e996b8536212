"""The shop's app at WeCom and a group's robot: from the environment, or as the owner typed it."""

import re
from dataclasses import dataclass

from app.config import Settings, WeComSettings
from app.core import vault
from app.core.errors import N_, Refused
from app.core.settings import Setting

SECRET, ROBOT = "wecom.secret", "wecom.robot"
CORP_SHAPE = re.compile(r"w[wx][0-9a-zA-Z]{10,30}")
ROBOT_SHAPE = re.compile(
    r"(?:https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=)?([0-9a-fA-F-]{20,60})"
)

# Not declared for the generated page: they are one thing together, and have a page of their own.
CORP_ID = Setting("wecom.corp_id", "", label="")
AGENT_ID = Setting("wecom.agent_id", "", label="")

# What the environment says; it wins. Told by wiring.py.
_given = {"wecom": WeComSettings()}


@dataclass(frozen=True)
class App:
    """The shop's own app, that speaks to colleagues."""

    corp_id: str
    secret: str
    agent_id: str


def set_up(settings: Settings) -> None:
    _given["wecom"] = settings.wecom


def api_base() -> str:
    """Where the platform answers; "" = the official host."""
    return _given["wecom"].api_base


def locked() -> set[str]:
    """What the environment gives, so that no page can change it."""
    here = _given["wecom"]
    return {n for n in ("corp_id", "secret", "agent_id") if getattr(here, n)}


def values() -> dict[str, str]:
    """What the page shows; the secrets are not among it."""
    here = _given["wecom"]
    return {"corp_id": here.corp_id or CORP_ID(), "agent_id": here.agent_id or AGENT_ID()}


def app() -> App | None:
    """The shop's app, once it is complete."""
    known = values()
    secret = _given["wecom"].secret or vault.read(SECRET)
    if not (known["corp_id"] and known["agent_id"] and secret):
        return None
    return App(known["corp_id"], secret, known["agent_id"])


def robot() -> str:
    """The key of the group's robot; "" when there is none."""
    return vault.read(ROBOT)


def put(*, corp_id: str, agent_id: str, secret: str, robot: str, forget_robot: bool) -> list[str]:
    """Keep what was typed where the environment leaves it open; the names of what changed.

    An empty secret leaves the one that is kept.
    """
    key = _checked(corp_id, agent_id, robot)
    here, changed = locked(), []
    for name, row, value in (("corp_id", CORP_ID, corp_id), ("agent_id", AGENT_ID, agent_id)):
        if name not in here and row.moves_to(value):
            changed.append(row.name)
    if secret and "secret" not in here:
        vault.put(SECRET, secret)
        changed.append(SECRET)
    if key or forget_robot:
        vault.put(ROBOT, key)
        changed.append(ROBOT)
    return changed


def _checked(corp_id: str, agent_id: str, robot: str) -> str:
    if corp_id and not CORP_SHAPE.fullmatch(corp_id):
        raise Refused(N_("企业 ID 不对：它以 ww 开头，在企业微信后台“我的企业”里"), field="corp_id")
    if agent_id and not (agent_id.isascii() and agent_id.isdigit() and len(agent_id) < 12):
        raise Refused(N_("AgentId 不对：它是一串数字，在应用的页面里"), field="agent_id")
    found = ROBOT_SHAPE.fullmatch(robot)
    if robot and found is None:
        raise Refused(
            N_("机器人的地址不对，请把群机器人的 Webhook 地址整个复制过来"), field="robot"
        )
    return found[1] if found else ""
