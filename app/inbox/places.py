"""Where somebody is: a customer who says so, or the shop itself; and a link to a map."""

import math
from urllib.parse import urlencode

from app.core import shop
from app.core.errors import N_, Refused
from app.core.settings import setting
from app.inbox.cards import Card
from app.inbox.models import Message

# The platform's own maps: coordinates of its messages need no conversion there.
MAP = "https://apis.map.qq.com/uri/v1/"
LIMITS = (("lat", 90), ("lng", 180))
SEPARATORS = str.maketrans(";:,", "   ")
NO_ADDRESS = N_("还没有填店铺地址：请店主到「设置 › 本店资料」填上，再发位置")
TITLE = "店铺位置"  # of the card while the shop has no name: in the shop's own language


def _check_spot() -> None:
    if SPOT() and not _spot():
        raise Refused(N_("要写成「纬度,经度」，例如 31.2304,121.4737；不知道就留空"))


ADDRESS = setting(
    "shop.address",
    "",
    label=N_("店铺地址"),
    hint=N_("在对话里点「位置」就发给客户，带地图链接"),
    group="shop",
)
SPOT = setting(
    "shop.spot",
    "",
    label=N_("店铺坐标"),
    hint=N_("地图按地址找不准时才填：纬度,经度，例如 31.2304,121.4737"),
    changed=_check_spot,
    group="shop",
)


def ours() -> Card:
    """Where the shop is, as it goes to a customer."""
    address = ADDRESS()
    if not address:
        raise Refused(NO_ADDRESS, field="file")
    spot = _spot()
    url = _marker(*spot, address) if spot else _search(address)
    return Card(shop.name() or TITLE, address, url)


def link(message: Message) -> str:
    """The address of a map with a pin, or "" when the coordinates are none."""
    if not message.inbound:
        return str(message.details.get("url") or "")
    lat, lng = (_degrees(message.details.get(name), most) for name, most in LIMITS)
    return "" if lat is None or lng is None else _marker(lat, lng, message.text)


def _marker(lat: float, lng: float, text: str) -> str:
    title = text[:60].translate(SEPARATORS) or f"{lat},{lng}"
    marker = f"coord:{lat},{lng};title:{title};addr:{title}"
    return f"{MAP}marker?{urlencode({'marker': marker, 'referer': 'shuke'})}"


def _search(address: str) -> str:
    return f"{MAP}search?{urlencode({'keyword': address, 'referer': 'shuke'})}"


def _spot() -> tuple[float, float] | None:
    lat, _comma, lng = SPOT().replace("，", ",").partition(",")
    found = _degrees(lat.strip(), 90), _degrees(lng.strip(), 180)
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _degrees(value: object, most: int) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= most else None
