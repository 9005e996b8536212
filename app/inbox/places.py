"""Where a customer says that they are: a link to a map."""

import math
from urllib.parse import urlencode

from app.inbox.models import Message

# The platform's own maps: coordinates of its messages need no conversion there.
MAP = "https://apis.map.qq.com/uri/v1/marker"


def link(message: Message) -> str:
    """The address of a map with a pin, or "" when the coordinates are none."""
    lat, lng = (_degrees(message.details.get(name), most) for name, most in LIMITS)
    if lat is None or lng is None:
        return ""
    title = message.text[:60].translate(SEPARATORS) or f"{lat},{lng}"
    marker = f"coord:{lat},{lng};title:{title};addr:{title}"
    return f"{MAP}?{urlencode({'marker': marker, 'referer': 'shuke'})}"


LIMITS = (("lat", 90), ("lng", 180))
SEPARATORS = str.maketrans(";:,", "   ")


def _degrees(value: object, most: int) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= most else None
