"""The long storm: many encrypted callbacks with repeats, and many deaths of web and worker.

`make faults CALLBACKS=100000 KILLS=100`. It takes its time, so it is not among the drills.
"""

from collections import Counter
from pathlib import Path

from scripts.drill import Drill
from scripts.faults.programs import Program
from scripts.faults.shop import chance
from scripts.faults.verdicts import Verdict

PROGRAMS = ("serve", "worker")


class Storm(Drill):
    """At random moments the web server, the worker, or both at once."""

    def __init__(self, folder: Path, count: int, kills: int) -> None:
        super().__init__(folder, count)
        self.kills, self.log = kills, folder / "programs.log"
        self.deaths = Counter[str]()

    def _start(self, name: str) -> None:
        self.running[name] = Program((name,), self.environ, self.log)  # type: ignore[assignment]

    def kill_now_and_then(self) -> None:
        goals = sorted(chance.uniform(0.005, 0.995) * self.count for _kill in range(self.kills))
        for goal in goals:
            while len(self.result.acknowledged) < goal:
                if self.over.wait(0.005):
                    return
            names = chance.choice((PROGRAMS[:1], PROGRAMS[1:], PROGRAMS))
            for name in names:
                self.running[name].kill()
            for name in names:
                self.deaths[name] += 1
                self._start(name)
            self.result.kills += 1


def run(folder: Path, count: int, kills: int) -> Verdict:
    verdict, storm = Verdict(), Storm(folder, count, kills)
    found = storm.run()
    arrived = [key.removeprefix("msg:") for key in found.arrivals]
    verdict.tell("callbacks acknowledged", len(found.acknowledged))
    verdict.tell("a second", round(found.rate))
    verdict.tell("times that kill -9 struck", found.kills)
    verdict.tell("deaths of the web server", storm.deaths["serve"])
    verdict.tell("of the worker", storm.deaths["worker"])
    if found.kills < kills:
        verdict.wrong.append(f"only {found.kills} of {kills} kills")
    verdict.must("acknowledged lost", len(found.acknowledged - set(arrived)))
    verdict.must("stored twice", len(arrived) - len(set(arrived)))
    verdict.must("in the inbox", len(set(found.messages)), count)
    verdict.must("in the inbox twice", len(found.messages) - len(set(found.messages)))
    verdict.must("jobs left", len(found.left))
    verdict.must("jobs failed", found.failed)
    return verdict
