"""F-11 to F-14: the platform is away, slow, wrong, out of tokens, or its answer gets lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scripts.faults.pushing import Push, meet, send
from scripts.faults.shop import Shop
from scripts.faults.verdicts import Verdict
from scripts.faults.wire import Weather

PEOPLE = [f"o-{n}" for n in range(24)]
HANGING = 13.0  # seconds: longer than the worker waits for an answer
HOURS = 7200.0
PAGE_LIMIT = 2.0  # seconds that a page may take at most, whatever the platform does


def _slow() -> None:
    time.sleep(HANGING)


SKIES: dict[str, Callable[[], Any]] = {
    "answers 502": lambda: "http 502",
    "answers nothing": lambda: b"",
    "answers no JSON": lambda: b"<html>",
    "hangs up": lambda: "hang up",
    "is slow": _slow,
}


def under(sky: str) -> Weather:
    """This weather for messages; tokens are still given."""
    return lambda path, _body: None if path.endswith("/stable_token") else SKIES[sky]()


def outage(shop: Shop) -> Verdict:
    """F-11. Refused connections for two hours of the shop's clock, then every other weather."""
    verdict = Verdict()
    shop.start("serve", "worker")
    meet(shop, PEOPLE, 0)
    with _visitor(shop) as calm:
        time.sleep(3)
    wanted: list[tuple[str, str]] = []
    with _visitor(shop) as busy:
        _away(shop, verdict, wanted)
        for number, sky in enumerate(SKIES):
            _under(shop, number, sky, wanted)
        _many(shop, verdict, wanted)
    _judge(shop, verdict, wanted)
    verdict.must("pages that failed", sum(status != 200 for status, _took in calm + busy))
    verdict.tell("p95 of a page before, ms", _p95(calm))
    verdict.tell("meanwhile, ms", _p95(busy))
    verdict.at_most("slowest page", max(took for _s, took in busy), PAGE_LIMIT, " s")
    return verdict


def _away(shop: Shop, verdict: Verdict, wanted: list[tuple[str, str]]) -> None:
    shop.wire.close()
    for turn in range(3):
        wanted += [(to, f"{turn} away") for to in PEOPLE[:6]]
        for to in PEOPLE[:6]:
            shop.write_letter(to, f"{turn} away")
    time.sleep(2)
    for step in range(1, 9):  # the shop's clock runs through two hours
        shop.clock_is_wrong_by(HOURS * step / 8)
        time.sleep(1.2)
    lost = shop.count("letter WHERE state NOT IN ('queued', 'sending')")
    verdict.must("given up in two hours without the platform", lost)
    shop.wire.open()
    shop.clock_is_wrong_by(HOURS + 90)
    took = shop.until(lambda: not shop.count("letter WHERE state = 'queued'"), 30, "drained")
    verdict.at_most("queue empty after its return", took + 90, 900, " s of the shop's clock")
    shop.clock_is_wrong_by(0)


def _under(shop: Shop, number: int, sky: str, wanted: list[tuple[str, str]]) -> None:
    """Two letters under this weather; then it clears up."""
    shop.wire.weather = under(sky)
    pair, third = PEOPLE[6 + 2 * number :][:2], PEOPLE[16 + number]
    wanted += [(to, sky) for to in pair]
    say(shop, pair, sky, HANGING + 10)
    shop.wire.weather = None
    wanted.append((third, "fair"))
    say(shop, [third], "fair")  # the count of broken calls begins anew


def _many(shop: Shop, verdict: Verdict, wanted: list[tuple[str, str]]) -> None:
    """A queue of letters at a broken platform: most of them are never risked."""
    before = shop.letters().get("unknown", 0)
    shop.wire.weather = under("answers 502")
    wanted += [(to, "many") for to in PEOPLE[12:]]
    for to in PEOPLE[12:]:
        shop.write_letter(to, "many")
    time.sleep(3)
    risked = shop.letters().get("unknown", 0) - before
    verdict.at_most("of 12 letters at a broken platform in doubt", risked, 6)
    shop.wire.weather = None


def _judge(shop: Shop, verdict: Verdict, wanted: list[tuple[str, str]]) -> None:
    shop.clock_is_wrong_by(HOURS)
    shop.until(lambda: not shop.count("letter WHERE state IN ('queued', 'sending')"), 60, "settled")
    states, times = shop.letters(), shop.wire.taken
    verdict.tell("letters", len(wanted))
    verdict.must("arrived twice", sum(n > 1 for n in times.values()))
    verdict.tell("sent", states.get("sent", 0))
    verdict.tell("in doubt", states.get("unknown", 0))
    verdict.must("failed", states.get("failed", 0))
    wrong = 0
    for to in PEOPLE[:6]:
        said = [text for openid, text, _when in shop.wire.heard if openid == to and "away" in text]
        wrong += said != sorted(said)
    verdict.must("people who got them out of order", wrong)


@contextmanager
def _visitor(shop: Shop) -> Iterator[list[tuple[int, float]]]:
    """Somebody who opens a page again and again."""
    seen: list[tuple[int, float]] = []
    over = threading.Event()

    def visit() -> None:
        while not over.wait(0.1):
            seen.append(shop.page("/login"))

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _p95(seen: list[tuple[int, float]]) -> float:
    ordered = sorted(took for _status, took in seen)
    return round(1000 * ordered[int(len(ordered) * 0.95)], 1) if ordered else 0.0


def tokens(shop: Shop) -> Verdict:
    """F-12. Two workers; a token that somebody else has replaced; then none that is ever good."""
    verdict = Verdict()
    shop.start("serve", "worker", "worker b")
    meet(shop, PEOPLE, 0)
    say(shop, PEOPLE[:4], "fair")
    verdict.must("tokens fetched at first", len(shop.wire.fetched), 1)
    shop.wire.tokens.append("fetched by another program")
    say(shop, PEOPLE, "replaced")
    verdict.must("fetched after another program's", len(shop.wire.fetched) - 1, 1)
    shop.wire.weather = lambda path, _body: None if "stable_token" in path else 40001
    before, began = len(shop.wire.fetched), time.monotonic()
    for to in PEOPLE:
        shop.write_letter(to, "never good")
    time.sleep(15)
    fetched = len(shop.wire.fetched) - before
    verdict.at_most("fetched in a quarter of a minute of bad tokens", fetched, 2)
    verdict.tell("letters refused meanwhile", _heard(shop, "never good"))
    states = shop.letters()
    verdict.must("letters given up", states.get("failed", 0) + states.get("unknown", 0))
    told = shop.rows("SELECT fault FROM access_token")
    verdict.must("the owner is told", [bool(fault) for (fault,) in told], [True])
    shop.wire.weather = None
    shop.clock_is_wrong_by(65)
    shop.until(lambda: not shop.count("letter WHERE state != 'sent'"), 30, "all sent")
    verdict.tell("seconds until all were sent with a good one", time.monotonic() - began - 15)
    verdict.must("sent twice", sum(n > 1 for n in shop.wire.taken.values()))
    return verdict


def _heard(shop: Shop, said: str) -> int:
    return sum(text == said for _to, text, _when in shop.wire.heard)


def say(shop: Shop, people: list[str], said: str, patience: float = 30) -> None:
    for to in people:
        shop.write_letter(to, said)
    shop.until(shop.is_idle, patience, said)


EVERYBODY, ONE, NEVER = "all wait", "this person", "never again"
CODES = {
    45047: ONE, 45015: ONE, 43004: ONE, 40003: NEVER, 48001: NEVER, 48002: NEVER,
    45011: EVERYBODY, 45009: EVERYBODY,  # the last: it moves the clock by a day
}  # fmt: skip


def refusals(shop: Shop) -> Verdict:
    """F-13. Each code once: who waits, who is tried again, and what the letter says."""
    verdict = Verdict()
    shop.start("serve", "worker")
    for number, (code, meaning) in enumerate(CODES.items()):
        _refuse(shop, verdict, number, code, meaning)
    return verdict


def _refuse(shop: Shop, verdict: Verdict, number: int, code: int, meaning: str) -> None:
    people = [f"o-{code}-{n}" for n in range(3)]
    meet(shop, people, 100 * number)
    shop.wire.weather = lambda path, body: code if body.get("touser") == people[0] else None
    ids = [shop.write_letter(people[0], f"{code}")]
    shop.until(lambda: _heard(shop, f"{code}") > 0, 20, f"{code} arrived")
    time.sleep(0.5)
    ids += [shop.write_letter(to, f"{code} other") for to in people[1:]]
    time.sleep(2)
    states = [shop.state_of(one) for one in ids]
    wanted = {EVERYBODY: ["queued"] * 3}.get(meaning, ["failed", "sent", "sent"])
    verdict.must(f"{code} ({meaning})", states, wanted)
    verdict.must(f"{code} asked", _heard(shop, f"{code}"), 1)
    shop.wire.weather = None
    if meaning == EVERYBODY:
        shop.clock_is_wrong_by(86_400 if code == 45009 else 70)
        shop.until(lambda: {shop.state_of(one) for one in ids} == {"sent"}, 20, f"{code} over")
        verdict.tell(f"{code} afterwards", "sent")
    if meaning == ONE and code != 43004:
        send(shop, [Push(people[0], 100 * number + 50, said="还在吗")])
        shop.until(shop.is_idle, 20, "heard again")
        again = shop.write_letter(people[0], f"{code} again")
        shop.until(lambda: shop.state_of(again) == "sent", 20, f"{code} again")


def lost_answers(shop: Shop) -> Verdict:
    """F-14. The platform takes the letter and its answer never comes."""
    verdict = Verdict()
    shop.start("serve", "worker")
    meet(shop, PEOPLE, 0)
    ways = ("hangs up", "answers 502", "is slow")
    for way in ways:
        shop.wire.weather = under(way)
        say(shop, PEOPLE[:2], way, HANGING + 10)
        shop.wire.weather = None
        say(shop, PEOPLE[2:3], f"after it {way}")  # the count of broken calls begins anew
    shop.clock_is_wrong_by(3 * 86_400)
    time.sleep(6)
    states, times = shop.letters(), shop.wire.taken
    verdict.tell("letters whose answer was lost", len(ways) * 2)
    verdict.must("in doubt", states.get("unknown", 0), len(ways) * 2)
    verdict.must("sent again by themselves within three days", sum(n > 1 for n in times.values()))
    return verdict
