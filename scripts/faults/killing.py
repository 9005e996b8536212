"""F-01, F-03, F-14: kill -9 in a burst of callbacks, and at every step of carrying a letter."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable

from scripts.faults.pushing import Push, meet, repeated, send, texts
from scripts.faults.shop import Shop, chance
from scripts.faults.verdicts import Verdict

BURST, FOLLOWERS, DEATHS = 1500, 120, 24
WAYS = ("together.written", "together.committed", "job.claimed", "job.worked", "job.settled")
STEPS = ("job.claimed", "letter.sending", "letter.carried", "job.worked", "job.settled")
EACH_STEP = 8  # deaths
PATIENCE = 240  # seconds: a machine with other work is slow, and that is no fault
LEASE_AND_MORE = 60 + 8  # seconds until nothing may be left in «sending»


def burst(shop: Shop) -> Verdict:
    """F-01. Half of the deaths come at a random moment, half at a named point of the way in."""
    verdict = Verdict()
    shop.start("serve", "worker")
    pushes = texts(BURST, 40)
    pushes += [Push(f"o-new-{n}", 0, event="subscribe", at=time.time()) for n in range(FOLLOWERS)]
    chance.shuffle(pushes)
    over, deaths = threading.Event(), Counter[str]()
    reaper = threading.Thread(target=_reap, args=(shop, over, deaths))
    reaper.start()
    found = send(shop, repeated(pushes, 0.06))
    over.set()
    reaper.join()
    shop.until(shop.is_idle, PATIENCE, "the worker has worked all off")
    _judge_burst(shop, verdict, found.acknowledged, {push.key for push in pushes})
    verdict.tell("deaths of web and worker", sum(deaths.values()))
    verdict.must("named points at which nobody died", [w for w in WAYS if not deaths[w]], [])
    return verdict


def _reap(shop: Shop, over: threading.Event, deaths: Counter[str]) -> None:
    """Now both at once at a random moment, now whoever comes first to a named point."""
    number = 0
    while not over.wait(chance.uniform(0.1, 0.5)) and number < DEATHS:
        number += 1
        if number % 2:
            deaths["anywhere"] += 2
            shop.kill()
            shop.start("serve", "worker")
            continue
        point = WAYS[number // 2 % len(WAYS)]
        deaths[point] += wait_for_death(shop, point)
    for point in WAYS:
        (shop.orders / point).unlink(missing_ok=True)


def wait_for_death(shop: Shop, point: str, patience: float = 12) -> int:
    """Order a death at a point, wait for it, start anew what died; how many died."""
    shop.die_at(point)
    try:
        shop.until(lambda: any(p.is_dead for p in shop.running.values()), patience, point)
    except TimeoutError:
        return 0
    dead = [name for name, program in shop.running.items() if program.is_dead]
    shop.kill(*dead)
    shop.start(*dead)
    return len(dead)


def _judge_burst(shop: Shop, verdict: Verdict, acknowledged: set[str], wanted: set[str]) -> None:
    arrivals = Counter(key for (key,) in shop.rows("SELECT key FROM arrival"))
    messages = Counter(key for (key,) in shop.rows("SELECT key FROM message WHERE inbound"))
    greeted = Counter(to for to, _said, _when in shop.wire.heard)
    verdict.tell("callbacks acknowledged", len(acknowledged))
    verdict.must("never acknowledged", len(wanted - acknowledged))
    verdict.must("acknowledged lost", len(acknowledged - set(arrivals)))
    verdict.must("stored twice", sum(n > 1 for n in arrivals.values()))
    texts = [key for key in acknowledged if key.startswith("msg:")]
    verdict.must("in the inbox", len(messages), len(texts))
    verdict.must("in the inbox twice", sum(n > 1 for n in messages.values()))
    verdict.tell("followers greeted", len(greeted))
    verdict.must("greeted twice", sum(n > 1 for n in greeted.values()))
    unsent = shop.count("letter WHERE state NOT IN ('sent', 'unknown')")
    verdict.must("greetings neither sent nor in doubt", unsent)
    verdict.must("jobs failed", shop.count("job WHERE state = 'failed'"))
    verdict.must("integrity", shop.is_sound(), True)


def carrying(shop: Shop) -> Verdict:
    """F-03. A worker dies at each step between claiming a letter and settling it."""
    verdict, letters = Verdict(), 2 * EACH_STEP
    shop.start("serve", "worker")
    people = [f"o-{n}" for n in range(letters)]
    meet(shop, people, 0)
    written: list[int] = []
    for step in STEPS:
        written += [shop.write_letter(to, f"{step} {to}") for to in people]
        deaths = sum(wait_for_death(shop, step) for _death in range(EACH_STEP))
        (shop.orders / step).unlink(missing_ok=True)
        verdict.at_most(f"{step}: not reached", EACH_STEP - deaths, EACH_STEP // 2)
    settled = "letter WHERE state NOT IN ('queued', 'sending')"
    waited = _wait(shop, lambda: shop.count(settled) == len(written))
    _judge_letters(shop, verdict, len(written))
    verdict.tell("settled after the last death, seconds", waited)
    return verdict


def _wait(shop: Shop, is_so: Callable[[], bool]) -> float:
    """The seconds until it was so; what is not so in time, the judge finds."""
    try:
        return shop.until(is_so, LEASE_AND_MORE, "")
    except TimeoutError:
        return float(LEASE_AND_MORE)


def _judge_letters(shop: Shop, verdict: Verdict, written: int) -> None:
    states, times = shop.letters(), shop.wire.taken
    verdict.tell("letters", written)
    verdict.must("arrived twice", sum(n > 1 for n in times.values()))
    verdict.tell("sent", states.get("sent", 0))
    verdict.tell("in doubt, for a person", states.get("unknown", 0))
    verdict.must("left behind", states.get("queued", 0) + states.get("sending", 0))
    lost = sum(n == 0 for n in _arrived(shop, "sent", times))
    verdict.must("called sent and never arrived", lost)
    verdict.must("refused for no reason", states.get("failed", 0))


def _arrived(shop: Shop, state: str, times: Counter[tuple[str, str]]) -> list[int]:
    """How often each letter of a state reached the platform."""
    rows = shop.rows('SELECT "to", body FROM letter WHERE state = :state', state=state)
    return [times[to, json.loads(body)["text"]] for to, body in rows]
