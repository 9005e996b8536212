"""The moments that WeChat brings to the timeline."""

from app.core.errors import N_
from app.customers import timeline

CHANNEL = "wechat"

FOLLOWED = timeline.kind("wechat.followed", N_("关注了公众号"), "scene", group="card")
UNFOLLOWED = timeline.kind("wechat.unfollowed", N_("取消关注"), group="card")
SCANNED = timeline.kind("wechat.scanned", N_("扫码"), "scene", group="talk", effect="in")
CLICKED = timeline.kind("wechat.clicked", N_("点了菜单"), "button", group="talk", effect="in")
VIEWED = timeline.kind("wechat.viewed", N_("打开网页"), "page", group="talk", effect="in")
LOCATED = timeline.kind("wechat.located", N_("上报位置"), "lat", "lng", group="talk")
