"""F-05: two workers that come and go, and days that pass: everything is done once."""

import threading
import time
from collections import Counter

from scripts.faults.pushing import Push, send, texts
from scripts.faults.shop import Shop, chance
from scripts.faults.verdicts import Verdict
from scripts.faults.weather import under

DAYS, EACH_DAY = 4, 150  # callbacks
NAMES = ("worker", "worker b")
DAY = 86_400
NIGHT = 240  # seconds: each death begins the backup anew, on a machine that has other work


def workers(shop: Shop) -> Verdict:
    verdict, over, ends = Verdict(), threading.Event(), Counter[str]()
    shop.start("serve", *NAMES)
    turner = threading.Thread(target=_turn, args=(shop, over, ends))
    turner.start()
    wanted = 0
    try:
        for day in range(DAYS):
            shop.clock_is_wrong_by(day * DAY)
            people = [Push(f"o-{day}-{n}", 0, event="subscribe", at=shop.time()) for n in range(20)]
            send(shop, [*people, *texts(EACH_DAY, 30, day * EACH_DAY)], pace=0.05)
            wanted += EACH_DAY
            shop.until(lambda: _backups(shop) > day, NIGHT, "the night's backup")  # noqa: B023
    finally:
        over.set()
        turner.join()
    shop.until(shop.is_idle, 60, "worked off")
    _judge(shop, verdict, wanted)
    verdict.tell("workers killed", ends["killed"])
    verdict.tell("asked to end", ends["asked"])
    _take_over(shop, verdict)
    return verdict


def _turn(shop: Shop, over: threading.Event, ends: Counter[str]) -> None:
    """Now one worker goes, now the other; each is back at once."""
    while not over.wait(chance.uniform(0.5, 1.5)):
        name = chance.choice(NAMES)
        if chance.random() < 0.5:
            shop.running[name].kill()
            ends["killed"] += 1
        else:
            shop.running[name].end(10)
            ends["asked"] += 1
        shop.start(name)


def _backups(shop: Shop) -> int:
    return shop.count("backup WHERE kind = 'nightly' AND state = 'done'")


def _judge(shop: Shop, verdict: Verdict, wanted: int) -> None:
    verdict.tell("days", DAYS)
    nights = shop.rows(
        "SELECT count(*) FROM backup WHERE kind = 'nightly' GROUP BY substr(file, 7, 8)"
    )
    verdict.must("nightly backups of each day", [n for (n,) in nights], [1] * DAYS)
    keys = "(SELECT key FROM job WHERE key LIKE '%@%' GROUP BY key HAVING count(*) > 1) AS twice"
    verdict.must("turns of the timetable made twice", shop.count(keys))
    verdict.tell("turns made", shop.count("job WHERE key LIKE '%@%' AND state = 'done'"))
    verdict.must("messages", shop.count("message WHERE inbound"), wanted)
    greeted = Counter(to for to, _said, _when in shop.wire.heard)
    verdict.tell("followers greeted", len(greeted))
    verdict.must("greeted twice", sum(n > 1 for n in greeted.values()))
    verdict.must("jobs failed", shop.count("job WHERE state = 'failed'"))


def _take_over(shop: Shop, verdict: Verdict) -> None:
    """A worker dies in the middle of its work: how long until the other has taken it up."""
    shop.wire.weather = under("is slow")
    shop.kill(NAMES[1])
    letter = shop.write_letter("o-1", "under way")
    shop.until(lambda: shop.state_of(letter) == "sending", 20, "under way")
    shop.start(NAMES[1])
    time.sleep(2)
    shop.kill(NAMES[0])
    took = shop.until(lambda: shop.state_of(letter) == "unknown", 40, "taken over")
    verdict.at_most("work of a dead worker taken over", took, 30.0, " s")
    shop.wire.weather = None
