"""{称呼} and the like in texts that are kept for many customers. Pure."""

import re

from app.core.errors import N_

NAMELESS = "您"  # what an unnamed customer is called; part of the text, so in the shop's language
MEANINGS = {"称呼": N_("客户的称呼；还没有称呼时写「您」"), "我": N_("发消息的同事")}
_VARIABLE = re.compile(r"[{｛]\s*(称呼|我)\s*[}｝]")


def fill(text: str, *, called: str, mine: str = "") -> str:
    """The text for one customer. What is no variable of ours stays as it was typed."""
    values = {"称呼": called or NAMELESS, "我": mine}
    return _VARIABLE.sub(lambda found: values[found[1]], text)
