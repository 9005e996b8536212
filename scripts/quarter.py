"""Ninety days of a shop by a frozen clock: each day's reminders and digests are checked.

Every task is run as an operator runs it, `flask jobs run NAME --at …`: on some days as a program of
its own, on the others the same command within this one, which starts nothing and so takes minutes
less. The letters go through a mail server on loopback. Customers come, plan, write and stay away by seeded chance; colleagues tap
the links of their mails; topics and refunds: quarter_topics.py. The zone changes its hour on the way, and once the clock is set back a day.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time as stopwatch
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import select

from app import config, create_app
from app.core import clock
from app.core.clock import at_local, day_of, end_of, today
from app.core.db import db
from app.customers import people
from app.customers.models import Customer, Helper
from app.digests.models import Delivery, DeliveryLine
from app.reminders import followups
from app.reminders.models import OPEN, PLANNED, QUIET, FollowUp
from app.reminders.picking import COOL_DOWN, PER_DAY
from app.sales import ordering
from app.staff import accounts
from app.staff.models import Staff
from scripts.drill import free_port
from scripts.quarter_topics import WATCH, Needs

ZONE = "America/New_York"  # changes its hour on 14 March 2027
FIRST = date(2027, 1, 20)
CUSTOMERS = 100
CAPPED = 3  # reminders of silences a day
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/a/[dtn]\.[\w.-]+)")
SET_BACK = 45  # the day on which the clock is set back by a day
HOURS = ("10:00", "15:30")  # of what is planned
BY_PROGRAM = 30  # each such day, and the one on which the clock is set back, runs real programs
ROOT = Path(__file__).parent.parent
chance = random.Random(90)  # noqa: S311 - a repeatable shop


class Post:
    """The mail server: (day, to, subject, words) of each letter."""

    def __init__(self) -> None:
        self.day, self.letters = FIRST, list[tuple[date, str, str, str]]()
        self.office = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        body = letter.get_body(("plain",))
        words = body.get_content() if body else ""
        self.letters.append((self.day, str(letter["To"]), str(letter["Subject"]), words))
        return "250 OK"

    def of(self, day: date, to: str, begins: str) -> list[str]:
        return [words for on, whom, subject, words in self.letters
                if (on, whom) == (day, to) and subject.startswith(begins)]  # fmt: skip


class Quarter:
    """The shop, its days, and what was found wrong."""

    def __init__(self, folder: Path, days: int, by_program: int) -> None:
        self.by_program, self.outside = by_program, False
        self.days, self.post, self.wrong = days, Post(), list[str]()
        self.figures: Counter[str] = Counter()
        self.due: dict[datetime, set[int]] = defaultdict(set)  # what was planned for when
        self.needs = Needs(self.must, self.figures)
        environ = {
            "SHUKE_INSTANCE": str(folder), "SHUKE_ENV": "demo", "SHUKE_TIME_ZONE": ZONE,
            "DATABASE_URL": f"sqlite:///{folder / 'shuke.db'}", "SHUKE_PRACTICE": "0",
            "SMTP_URL": f"smtp://127.0.0.1:{self.post.office.port}", "MAIL_FROM": "a@example.com",
        }  # fmt: skip
        self.environ = {**os.environ, **environ, "FLASK_APP": "wsgi"}
        self.app = create_app(config.read(environ))

    def must(self, day: date, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.wrong.append(f"{day}: {what} is {found}, must be {wanted}")

    def at(self, day: date, hour: str) -> None:
        moment = at_local(day, time.fromisoformat(hour))
        clock.source = lambda: moment

    def flask(self, task: str, day: date, hour: str) -> None:
        """The command of an operator; it must succeed."""
        args = ["jobs", "run", task, "--at", f"{day}T{hour}"]
        said = self._by_program(args) if self.outside else self._within(args)
        self.must(day, f"exit status of {task} at {hour}", said, (0, ""))
        self.at(day, hour)

    def _within(self, args: list[str]) -> tuple[int, str]:
        said = self.app.test_cli_runner().invoke(args=args, catch_exceptions=False)
        return said.exit_code, said.output

    def _by_program(self, args: list[str]) -> tuple[int, str]:
        self.figures["commands as programs"] += 1
        said = subprocess.run(
            [sys.executable, "-m", "flask", *args], cwd=ROOT, env=self.environ, check=False,
            capture_output=True, text=True, timeout=900,  # the first brings two hundred days of jobs along
        )  # fmt: skip
        return said.returncode, said.stdout + said.stderr * (said.returncode != 0)

    # The people -----------------------------------------------------------------------------------

    def open(self) -> None:
        self.app.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
        self.at(FIRST - timedelta(days=200), "09:00")
        with self.app.app_context():
            PER_DAY.put(CAPPED)
            amy = accounts.add("amy", role="agent", password_hash="x", display="小艾")  # noqa: S106 - nobody signs in
            ben = accounts.add("ben", role="agent", password_hash="x", display="小本")  # noqa: S106 - the same
            chief = accounts.add("chief", role="owner", password_hash="x", display="陈老板")  # noqa: S106 - the same
            amy.email, chief.email, chief.digest_at = "amy@example.com", "chief@example.com", 540
            for number in range(CUSTOMERS):
                people.create(
                    f"客户{number:02d}", source="staff", owner=(amy, ben)[number % 4 == 0]
                )
            self.needs.open(chief, [amy, ben])
            db.session.commit()
            self.rhythms = {n: (chance.randint(7, 30), chance.random()) for n in self._ids()}
            for back in range(200, 0, -1):
                self._shop_day(FIRST - timedelta(days=back), plans=False)

    def _ids(self) -> list[int]:
        return list(db.session.scalars(select(Customer.id).order_by(Customer.id)))

    def _shop_day(self, day: date, *, plans: bool = True) -> None:
        """Who comes today buys; some are asked to be called again."""
        self.at(day, "12:00")
        for number, (gap, wandering) in self.rhythms.items():
            if self._is_away(day, wandering) or (day.toordinal() + 7 * number) % gap:
                continue
            if chance.random() < 0.1:
                continue
            customer = db.session.get_one(Customer, number)
            ordering.place(customer, on=day, cents=chance.randint(1000, 30_000), text="", by=None)
            if plans and chance.random() < 0.4:
                self._plan(customer, day)
        db.session.commit()

    def _is_away(self, day: date, wandering: float) -> bool:
        """Half of them stay away from some day on; some of these come again after forty days."""
        since = (day - FIRST).days - int(wandering * 80)
        return wandering < 0.5 and since > 0 and not (wandering < 0.2 and since > 40)

    def _plan(self, customer: Customer, day: date) -> None:
        due = at_local(
            day + timedelta(days=chance.randint(1, 9)), time.fromisoformat(chance.choice(HOURS))
        )
        one = followups.plan(
            customer, what="回访", due_at=due, staff=customer.owner, by=customer.owner
        )
        self.due[due].add(one.id)

    # A day ------------------------------------------------------------------------------------------

    def live(self, day: date) -> None:
        self.post.day = day
        self.flask("silences.mark", day, "00:01")
        self.flask("quiet.detect", day, "06:30")
        self.flask("followups.due", day, "08:00")
        self._check_silences(day)
        self._morning(day)
        for hour in HOURS:
            self._hour(day, hour)
        with self.app.app_context():
            self._shop_day(day)
            self.needs.live(day)
        self._tap(day)
        self._evening(day)

    def _evening(self, day: date) -> None:
        """The clock looks at topics each minute; here once, when the shop has closed."""
        for task in WATCH:
            self.flask(task, day, "21:00")
        with self.app.app_context():
            self.needs.check_evening(day)

    def _check_silences(self, day: date) -> None:
        with self.app.app_context():
            raised = db.session.scalars(select(FollowUp).where(FollowUp.kind == QUIET)).all()
            new = [one for one in raised if day_of(one.created_at) == day]
            self.figures["reminders of silences"] += len(new)
            self.must(day, "more silences than the shop takes", len(new) > CAPPED, False)
            by_lapse = Counter((one.customer_id, one.lapse_on) for one in raised)
            self.must(day, "a silence told of twice", max(by_lapse.values(), default=1), 1)
            for one in new:
                self.needs.check_reminder(day, one)
                before = [o for o in raised if o.customer_id == one.customer_id and o.id < one.id]
                soon = [o for o in before if one.created_at - o.created_at < COOL_DOWN]
                self.must(day, f"customer {one.customer_id} reminded again too soon", len(soon), 0)

    def _morning(self, day: date) -> None:
        wanted = self._listed(day)
        self.flask("digests.send", day, "08:29")
        self.must(
            day, "a list before its hour", self.post.of(day, "amy@example.com", "今日清单"), []
        )
        for hour in ("08:30", "09:00", "09:30"):  # however often it runs
            self.flask("digests.send", day, hour)
            self.flask("briefs.send", day, hour)
        for to, due in wanted.items():
            lists = self.post.of(day, to, "今日清单")
            self.figures["lists"] += len(lists)
            self.must(day, f"lists to {to}", len(lists), 1 if self._said_any(day, to) else 0)
            if lists:
                self.must(day, f"what is due in the list of {to}", self._due_in(day, to), due)
        self._check_nowhere(day)
        self._check_reports(day)

    def _listed(self, day: date) -> dict[str, int]:
        """How many customers have something due by tonight, asked plainly."""
        with self.app.app_context():
            due = (Customer.next_due_at < end_of(day), Customer.archived_at.is_(None))
            mine = select(db.func.count(Customer.id)).where(*due)
            amy = db.session.scalars(select(Staff).where(Staff.name == "amy")).one()
            helped = select(Helper.customer_id).where(Helper.staff_id == amy.id)
            hers = (Customer.owner_id == amy.id) | Customer.id.in_(helped)  # by a topic of theirs
            return {
                "amy@example.com": db.session.scalar(mine.where(hers)) or 0,
                "chief@example.com": db.session.scalar(mine) or 0,
            }

    def _delivery(self, day: date, to: str) -> Delivery:
        name = to.partition("@")[0]
        found = (
            select(Delivery).join(Staff, Staff.id == Delivery.staff_id).where(Staff.name == name)
        )
        return db.session.scalars(found.where(Delivery.kind == "day", Delivery.on == day)).one()

    def _said_any(self, day: date, to: str) -> bool:
        with self.app.app_context():
            return self._delivery(day, to).state == "sent"

    def _due_in(self, day: date, to: str) -> int:
        with self.app.app_context():
            return self._delivery(day, to).facts["due"]

    def _check_nowhere(self, day: date) -> None:
        """Ben has no way: written down, and nothing sent to anybody for it."""
        with self.app.app_context():
            state = self._delivery(day, "ben@example.com").state
            self.must(
                day, "the list of a colleague without a way", state in ("nowhere", "empty"), True
            )

    def _check_reports(self, day: date) -> None:
        reports = self.post.of(day, "chief@example.com", "老板")
        self.figures["owner's reports"] += len(reports)
        wanted = (
            (day.weekday() == 0) + (day.day == 1)
            if day > FIRST + timedelta(days=2)
            else len(reports)
        )
        self.must(day, "owner's reports", len(reports), wanted)
        self.must(day, "reports to others", self.post.of(day, "amy@example.com", "老板"), [])

    def _hour(self, day: date, hour: str) -> None:
        """At the hour each open follow-up of who can be reached is told of, once."""
        moment = at_local(day, time.fromisoformat(hour))
        with self.app.app_context():
            planned = select(FollowUp).where(FollowUp.due_at == moment, FollowUp.state == OPEN)
            told = {one.id for one in db.session.scalars(planned) if one.kind == PLANNED}
        self.flask("dues.remind", day, hour)
        self.flask("dues.remind", day, hour)
        with self.app.app_context():
            lines = select(DeliveryLine).where(
                DeliveryLine.due_at == moment, DeliveryLine.once.is_not(None)
            )
            found = Counter(line.followup_id for line in db.session.scalars(lines))
        self.must(day, f"told of at {hour}", set(found), told)
        self.must(day, f"told of twice at {hour}", [n for n in found.values() if n > 1], [])
        self.figures["reminders at the hour"] += len(found)

    def _tap(self, day: date) -> None:
        """In the evening amy taps some links of today; a preview looked at all of them before."""
        self.at(day, "20:00")
        browser = self.app.test_client()
        for words in self.post.of(day, "amy@example.com", "今日清单"):
            for path in LINK.findall(words):
                self.must(day, "a preview", browser.get(path).status_code, 200)
                if path.startswith(("/a/d", "/a/t")) and chance.random() < 0.4:
                    status = browser.post(path).status_code
                    self.figures["taps"] += 1
                    self.figures["taps on what was done already"] += status == 422
                    self.must(day, "a tap", status in (303, 422), True)

    def set_back(self, day: date) -> None:
        """The clock is a day behind for a while: nothing that went out goes out again."""
        before = len(self.post.letters)
        for task in (
            "digests.send",
            "dues.remind",
            "followups.due",
            "briefs.send",
            "quiet.detect",
            *WATCH,
        ):
            self.flask(task, day - timedelta(days=1), "23:50")
        self.must(day, "letters by a clock that was set back", len(self.post.letters) - before, 0)

    def run(self) -> None:
        self.post.office.start()
        self.open()
        for number in range(self.days):
            day = FIRST + timedelta(days=number)
            self.outside = bool(self.by_program) and (
                number % self.by_program == 0 or number == SET_BACK
            )
            if number == SET_BACK:
                self.set_back(day)
            self.live(day)
            if number % 10 == 9:
                print(f"day {number + 1}: {dict(self.figures)}", flush=True)
        self._check_end()
        self.post.office.stop()

    def _check_end(self) -> None:
        day = today()
        with self.app.app_context():
            counted = select(Delivery.state, db.func.count()).group_by(Delivery.state)
            states = {state: int(n) for state, n in db.session.execute(counted)}
            self.needs.check_end(day)
        self.figures.update({f"messages {state}": n for state, n in states.items()})
        for state in ("waiting", "failed", "unknown"):
            self.must(day, f"messages {state}", states.get(state, 0), 0)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--days", type=int, default=90)
    asked.add_argument(
        "--by-program", type=int, default=BY_PROGRAM, metavar="N",
        help="each such day runs programs of its own: 1 is every day (an hour), 0 is none",
    )  # fmt: skip
    told = asked.parse_args()
    days = told.days
    began, fast = stopwatch.monotonic(), "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - memory is quick
    with tempfile.TemporaryDirectory(prefix="shuke-quarter-", dir=fast) as folder:
        quarter = Quarter(Path(folder), days, told.by_program)
        quarter.run()
    for name, count in quarter.figures.items():
        print(f"{name}: {count}")
    for line in quarter.wrong[:40]:
        print(f"!! {line}")
    said = "good" if not quarter.wrong else f"BAD: {len(quarter.wrong)} wrong"
    print(f"{days} days, {stopwatch.monotonic() - began:.0f} s, {said}")
    sys.exit(1 if quarter.wrong else 0)


if __name__ == "__main__":
    main()
