"""F-15, F-16: a clock that jumps under a running shop; 400 days in zones that change their hour."""

import json
import subprocess
import sys
import time
from typing import Any

from scripts.benching.shop import ROOT
from scripts.faults.pushing import send, texts
from scripts.faults.shop import OWNER, Shop
from scripts.faults.verdicts import Verdict
from scripts.faults.visitor import Visitor
from scripts.faults.weather import under

HOUR, DAY = 3600.0, 86_400.0
BACK = 20.0  # seconds until all works again once the clock is right
ZONES = [
    ("Asia/Shanghai", "America/New_York"), ("America/New_York", "America/New_York"),
    ("Europe/London", "UTC"), ("Australia/Lord_Howe", "Asia/Shanghai"),
]  # fmt: skip


def jumps(shop: Shop) -> Verdict:
    """F-15. The platform's clock is always right; what it sends meanwhile it sends again later."""
    verdict = Verdict()
    shop.start("serve", "worker")
    send(shop, texts(10, 5))
    shop.until(shop.is_idle, 20, "heard")
    owner = Visitor(shop).sign_in(OWNER)
    since_1970 = time.time() - DAY
    for number, (name, wrong) in enumerate(
        (("+1 h", HOUR), ("-1 h", -HOUR), ("+1 day", DAY), ("-1 day", -DAY), ("1970", -since_1970))
    ):
        _jump(shop, verdict, owner, number + 1, name, wrong)
    doubled = "(SELECT key FROM job WHERE key LIKE '%@%' GROUP BY key HAVING count(*) > 1) AS twice"
    verdict.must("turns of the timetable made twice", shop.count(doubled))
    today = shop.count("backup WHERE kind = 'nightly' AND file LIKE :day", day=f"%{_today()}%")
    verdict.at_most("nightly backups of today", today, 1)
    verdict.must("jobs failed", shop.count("job WHERE state = 'failed'"))
    verdict.must("messages in the inbox", shop.count("message WHERE inbound"), 60)
    return verdict


def _today() -> str:
    return time.strftime("%Y%m%d", time.gmtime(time.time() + 8 * HOUR))


def _jump(
    shop: Shop, verdict: Verdict, owner: Visitor, number: int, name: str, wrong: float
) -> None:
    shop.clock_is_wrong_by(wrong, for_all=False)
    found = send(shop, texts(10, 5, 10 * number), rounds=1)
    verdict.must(f"{name}: callbacks let in", len(found.acknowledged))
    verdict.must(f"{name}: refused as", found.strange, {403})
    meanwhile = shop.write_letter(f"o-{number % 5}", f"at {name}")
    shop.running["worker"].end(10)
    shop.start("worker")  # which looks at its timetable first
    time.sleep(2)
    left = _left_behind(shop, number, name)
    shop.clock_is_wrong_by(0)
    shop.start("worker")
    began = time.monotonic()
    send(shop, texts(10, 5, 10 * number))
    after = shop.write_letter(f"o-{number % 5}", f"after {name}")
    shop.until(lambda: shop.count("message WHERE inbound") == 10 * (number + 1), 60, "heard again")
    shop.until(lambda: shop.states(left) == ["unknown", "sent"], 60, "left behind")
    shop.until(lambda: {shop.state_of(meanwhile), shop.state_of(after)} == {"sent"}, 60, "sent")
    verdict.at_most(f"{name}: all well after", time.monotonic() - began, BACK, " s")
    if owner.open("/settings/status") != 200:  # a day ahead ends a session, and rightly
        owner.sign_in(OWNER)
    verdict.must(f"{name}: status page", owner.open("/settings/status"), 200)


def _left_behind(shop: Shop, number: int, name: str) -> list[int]:
    """Work of the wrong time that nobody finished: one letter under way when its worker died,
    one that no worker has seen."""
    shop.wire.weather = _slow_for_those_under_way
    first = shop.write_letter(f"o-{number % 5}", f"under way at {name}")
    shop.until(lambda: shop.state_of(first) == "sending", 20, "under way")
    shop.kill("worker")
    shop.wire.weather = None
    return [first, shop.write_letter(f"o-{(number + 1) % 5}", f"unseen at {name}")]


def _slow_for_those_under_way(path: str, body: dict[str, Any]) -> Any:
    """The letter before them may go out late, where the machine has other work: it gets through."""
    said = str(body.get("text", {}).get("content", ""))
    return under("is slow")(path, body) if said.startswith("under way") else None


def zones(_shop: Shop) -> Verdict:
    """F-16. Every daily entry of the timetable comes due once on each local day."""
    verdict = Verdict()
    running = [
        (zone, host, subprocess.Popen(
            [sys.executable, "-m", "scripts.faults.days", zone], cwd=ROOT, text=True,
            env={**_shop.environ, "TZ": host}, stdout=subprocess.PIPE,
        ))
        for zone, host in ZONES
    ]  # fmt: skip
    for zone, host, program in running:
        told, _nothing = program.communicate(timeout=200)
        found = json.loads(told)
        name = f"{zone}, host {host}"
        verdict.tell(name, f"{found['days']} days of {found['tasks']} daily tasks")
        verdict.must("skipped", found["skipped"])
        verdict.must("doubled", found["doubled"])
    return verdict
