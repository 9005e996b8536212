"""F-25: many reminders come due, two workers carry them through a mail server, and both are killed.

Each must reach the server exactly once, or end in doubt for a person to decide; none may be lost.
"""

import re
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from aiosmtpd.controller import Controller

from app.core.clock import now
from app.core.db import db
from app.core.many import insert_all
from app.customers import people
from app.digests import dues
from app.reminders.models import FollowUp
from app.staff import accounts
from scripts.drill import free_port
from scripts.faults.shop import Shop, chance
from scripts.faults.verdicts import Verdict

SOME = 200  # reminders, when all drills are run
EACH = 100  # reminders of one colleague, each at a minute of its own
NAMES = ("worker", "worker b")
POINTS = ("job.claimed", "letter.sending", "letter.carried", "job.worked", "job.settled")
CALM = 0.15  # the share of the reminders before which nobody dies, and after which nobody does
NUMBER = re.compile(rb"^message-id: <.*?\.letter-([0-9]+)@", re.IGNORECASE | re.MULTILINE)
DEATHS = 100  # at most, spread over all of it
PATIENCE = 3600


class PostOffice:
    """A mail server on loopback that counts each letter by its own number."""

    def __init__(self) -> None:
        self.taken: Counter[int] = Counter()
        self.lock = threading.Lock()
        self.office = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        found = NUMBER.search(envelope.content)
        with self.lock:
            self.taken[int(found[1]) if found else 0] += 1
        return "250 OK"


def some(shop: Shop) -> Verdict:
    return run(shop, SOME)


def run(shop: Shop, count: int) -> Verdict:
    verdict, post = Verdict(), PostOffice()
    post.office.start()
    try:
        shop.environ |= {
            "SMTP_URL": f"smtp://127.0.0.1:{post.office.port}", "MAIL_FROM": "shop@example.com",
        }  # fmt: skip
        _write(shop, count)
        shop.start(*NAMES)
        began = time.monotonic()
        deaths = _reap(shop, post, count)
        shop.until(lambda: not _open(shop), PATIENCE, "every reminder has come to an end")
        verdict.tell("reminders", count)
        verdict.tell("deaths of workers", sum(deaths.values()))
        verdict.tell("of them at a named point", sum(n for at, n in deaths.items() if at))
        verdict.tell("carried in seconds", round(time.monotonic() - began))
        _judge(shop, post, verdict, count)
    finally:
        post.office.stop()
    return verdict


def _write(shop: Shop, count: int) -> None:
    """So many follow-ups whose hour has passed, each of a colleague and at a minute of its own."""
    with shop.inside():
        first = now().replace(second=0, microsecond=0) - timedelta(hours=20)
        rows: list[dict[str, Any]] = []
        for number in range((count + EACH - 1) // EACH):
            person = accounts.add(f"clerk{number}", role="agent", password_hash="x")  # noqa: S106 - nobody signs in
            person.email, person.digest_at = f"clerk{number}@example.com", -1
            customer = people.create(f"客户{number}", source="staff", owner=person)
            left = min(EACH, count - number * EACH)
            rows += [
                _row(customer.id, person.id, first + timedelta(minutes=n)) for n in range(left)
            ]
        insert_all(FollowUp, rows)
        dues.remind.later()
        db.session.commit()


def _row(customer_id: int, staff_id: int, due_at: datetime) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "staff_id": staff_id, "what": "回访", "due_at": due_at,
        "kind": "plan", "state": "open", "why": {}, "repeat": {}, "result": "", "outcome": "",
    }  # fmt: skip


def _reap(shop: Shop, post: PostOffice, count: int) -> Counter[str]:
    """Kill now one worker at random, now whoever comes first to a named point; "" is at random.

    Between two deaths some letters get through: a job that stood in the way of five deaths in a row
    would rightly be suspected.
    """
    deaths: Counter[str] = Counter()
    step, next_at = max(2, count // DEATHS), count * CALM
    while len(post.taken) < count * (1 - CALM) and _open(shop):
        time.sleep(chance.uniform(0.05, 0.2))
        if len(post.taken) >= next_at:
            next_at = len(post.taken) + step
            deaths[_kill(shop)] += 1
        _start_again(shop)
    for point in POINTS:
        (shop.orders / point).unlink(missing_ok=True)
    _start_again(shop)
    return deaths


def _kill(shop: Shop) -> str:
    at = chance.choice((*POINTS, *[""] * len(POINTS)))
    if at:
        shop.die_at(at)
    else:
        shop.running[chance.choice(NAMES)].kill()
    return at


def _start_again(shop: Shop) -> None:
    for name in [n for n in NAMES if shop.running[n].is_dead]:
        shop.kill(name)
        shop.start(name)


def _open(shop: Shop) -> int:
    """What is not at its end: follow-ups of which nobody was told, and messages on their way."""
    told = "(SELECT 1 FROM delivery_line WHERE followup_id = follow_up.id)"
    return shop.count(f"follow_up WHERE NOT EXISTS {told}") + shop.count(
        "delivery WHERE state = 'waiting'"
    )


def _judge(shop: Shop, post: PostOffice, verdict: Verdict, count: int) -> None:
    lines = Counter(one for (one,) in shop.rows("SELECT followup_id FROM delivery_line"))
    states = dict(  # the owner's own digest and Monday's report may come due meanwhile
        shop.rows("SELECT state, count(*) FROM delivery WHERE kind = 'due' GROUP BY state")
    )
    letters = dict(shop.rows("SELECT id, state FROM letter WHERE channel = 'email'"))
    verdict.must("follow-ups told of", len(lines), count)
    verdict.must("told of twice", sum(n > 1 for n in lines.values()))
    verdict.must("arrived twice", sum(n > 1 for n in post.taken.values()))
    verdict.must("letters beside the reminders", len(letters) - count)
    verdict.must("of no letter of ours", len(set(post.taken) - set(letters)))
    lost = sum(state == "sent" and not post.taken[one] for one, state in letters.items())
    verdict.must("called sent and never arrived", lost)
    verdict.tell("sent", states.get("sent", 0))
    verdict.tell("in doubt, for a person", states.get("unknown", 0))
    doubtful = [post.taken[one] for one, state in letters.items() if state == "unknown"]
    verdict.tell("of these arrived", sum(doubtful))
    ended = states.get("sent", 0) + states.get("unknown", 0)
    verdict.must("neither sent nor in doubt", sum(states.values()) - ended)
    verdict.must("jobs failed", shop.count("job WHERE state = 'failed'"))
    verdict.must("integrity", shop.is_sound(), True)
