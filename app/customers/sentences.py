"""Why a customer counts as quiet, in one sentence that a shop owner reads."""

from collections.abc import Callable
from datetime import date
from functools import cache

from app.core import words
from app.core.errors import N_
from app.core.formats import short_day
from app.customers.rhythm import BELOW_TEN, Sentence

NEVER = N_("还没有消费记录")
TODAY = N_("今天来过，一共来过 %(visits)s")
ONCE = N_("%(first)s 第一次来，已 %(gap)s没来第二次；本店老客一般 %(shop)s左右再来")
TWICE = N_("来过 2 次，相隔 %(between)s，已 %(gap)s没来")
OFTEN = N_("通常每 %(usual)s来一次，已 %(gap)s没来；接下来 %(ahead)s会来的可能约 %(chance)s%%")
RARELY = N_("通常每 %(usual)s来一次，已 %(gap)s没来；接下来 %(ahead)s会来的可能性不到 10%%")
LESS = N_("通常每 %(usual)s联系一次，已 %(gap)s没有消息，来往变少")
TALKED_TODAY = N_("今天还联系过，还有来往")
TALKED = N_("%(gap)s前还联系过，还有来往")
# What the customer did last, by the kind of the event; other kinds are «联系过».
DID = {
    "message": N_("%(gap)s前还发过消息，还有来往"),
    "menu": N_("%(gap)s前还点过菜单，还有来往"),
    "scan": N_("%(gap)s前还扫过码，还有来往"),
    "view": N_("%(gap)s前还看过页面，还有来往"),
    "event": N_("%(gap)s前还报过名，还有来往"),
    "refund": N_("%(gap)s前还问过退款，还有来往"),
}


class Teller:
    """Says sentences in one language; one is made for a page or for a whole file."""

    def __init__(self, day: Callable[[date], str] = short_day) -> None:
        self.text = cache(words.say)
        self.days = cache(words.days)
        self.day = cache(lambda iso: day(date.fromisoformat(iso)))

    def why(self, sentence: Sentence | None, *, visits: int = 0, ahead: int = 28) -> str:
        """The sentence for what `rhythm.sentence` found."""
        if sentence is None:
            return self.text(NEVER)
        kind, told = sentence
        gap = int(told["gap"])
        if not gap:
            return self.text(TODAY) % {"visits": self.days(visits)}
        said: dict[str, str] = {"gap": self.days(gap)}
        if kind == "once":
            said |= {"first": self.day(told["first"]), "shop": self.days(told["shop"])}
            return self.text(ONCE) % said
        if kind == "twice":
            return self.text(TWICE) % (said | {"between": self.days(told["between"])})
        said |= {"usual": self.days(told["usual"]), "ahead": self.days(ahead)}
        if told["chance"] == BELOW_TEN:
            return self.text(RARELY) % said
        return self.text(OFTEN) % {**said, "chance": told["chance"]}

    def less(self, usual: int, gap: int) -> str:
        """The sentence of a shop without purchases, which listens to contacts."""
        return self.text(LESS) % {"usual": self.days(usual), "gap": self.days(gap)}

    def touch(self, gap: int, kind: str = "") -> str:
        """What tells that a quiet customer is warm."""
        if not gap:
            return self.text(TALKED_TODAY)
        did = next((said for name, said in DID.items() if name in kind), TALKED)
        return self.text(did) % {"gap": self.days(gap)}
