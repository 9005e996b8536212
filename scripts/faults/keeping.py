"""F-18, F-19: backups under a load of callbacks, of an old version, cut and altered; and a shop that
goes on from a backup without doing again what it had done since."""

import time
from pathlib import Path

from scripts import backup_drill
from scripts.faults.pushing import meet
from scripts.faults.shop import OWNER, Shop, chance
from scripts.faults.verdicts import Verdict
from scripts.faults.visitor import Visitor

ROUNDS, DAMAGED = 1, 40
OLD = "0016"  # a version of the tables that shops have had
PEOPLE = [f"o-{n}" for n in range(6)]


def backups(shop: Shop) -> Verdict:
    """F-18."""
    verdict = Verdict()
    found = backup_drill.Drill(shop.folder / "load", ROUNDS).run()
    verdict.tell("callbacks meanwhile", found.sent)
    verdict.tell("a second", round(found.rate))
    verdict.tell("backups restored into an empty place", len(found.rounds))
    verdict.must("acknowledged before and missing in it", sum(one.missing for one in found.rounds))
    verdict.must("in it and never acknowledged", sum(one.strange for one in found.rounds))
    verdict.tell("slowest restore, seconds", max(one.restored_in for one in found.rounds))
    verdict.tell("p99 of a callback during a backup, ms", backup_drill.p99(found.busy))
    file = shop.folder / "good.backup"
    shop.flask("backup", "create", str(file))
    _damage(shop, verdict, file)
    _old(shop, verdict)
    return verdict


def _damage(shop: Shop, verdict: Verdict, file: Path) -> None:
    """One byte changed, or the end cut off; each must be refused with its reason."""
    good, refused = file.read_bytes(), 0
    for number in range(DAMAGED):
        damaged = bytearray(good)
        place = chance.randrange(len(good))
        if number % 4:
            damaged[place] ^= 1 + chance.randrange(255)
        else:
            del damaged[place:]
        refused += shop.refuses_backup(bytes(damaged))
    verdict.tell("damaged backups", DAMAGED)
    verdict.must("refused with the reason", refused, DAMAGED)
    verdict.must("the good one refused", shop.refuses_backup(good), False)


def _old(shop: Shop, verdict: Verdict) -> None:
    """A backup that was made at an older version of the tables."""
    there = {"SHUKE_INSTANCE": str(shop.folder / "old"), "MEDIA_ROOT": str(shop.folder / "old/m")}
    old = {**there, "DATABASE_URL": f"sqlite:///{shop.folder}/old.db"}
    shop.flask("db", "upgrade", OLD, **old)
    shop.flask("backup", "create", str(shop.folder / "old.backup"), **old)
    new = {**there, "DATABASE_URL": f"sqlite:///{shop.folder}/new.db"}
    done = shop.try_flask("backup", "restore", str(shop.folder / "old.backup"), **new)
    verdict.must(f"backup of {OLD} restored", done.returncode)
    verdict.must("and brought up to date", shop.try_flask("db", "check", **new).returncode)


def restored(shop: Shop) -> Verdict:
    """F-19."""
    verdict = Verdict()
    shop.start("serve", "worker")
    meet(shop, PEOPLE, 0)
    owner = Visitor(shop).sign_in(OWNER)
    sent = [shop.write_letter(to, "sent before") for to in PEOPLE[:3]]
    shop.until(lambda: shop.states(sent) == ["sent"] * 3, 20, "sent before")
    shop.wire.close()
    waiting = [shop.write_letter(to, "waits") for to in PEOPLE]
    shop.flask("backup", "create", str(shop.folder / "shop.backup"))
    shop.wire.open()
    shop.clock_is_wrong_by(120)
    shop.until(lambda: shop.states(waiting) == ["sent"] * 6, 30, "sent after the backup")
    shop.kill()
    _elsewhere(shop, verdict, owner)
    return verdict


def _elsewhere(shop: Shop, verdict: Verdict, owner: Visitor) -> None:
    """The shop goes on in an empty place."""
    new = shop.folder / "new"
    shop.environ |= {"SHUKE_INSTANCE": str(new), "MEDIA_ROOT": str(new / "media")}
    shop.move_to(new / "shuke.db")
    began = time.monotonic()
    shop.flask("backup", "restore", str(shop.folder / "shop.backup"))
    shop.start("serve", "worker")
    verdict.tell("seconds until the restored shop answers", time.monotonic() - began)
    verdict.must("an old session opens nothing", owner.open("/settings/status"), 302)
    time.sleep(4)
    taken = shop.wire.taken
    verdict.tell("letters that the customers had got", sum(taken.values()))
    verdict.must("got twice", sum(n > 1 for n in taken.values()))
    states = shop.letters()
    verdict.must("held for the owner", states.get("held", 0), len(PEOPLE))
    verdict.must("tokens of the past", shop.count("access_token WHERE token != ''"))
    meet(shop, PEOPLE[:2], 50)
    again = shop.write_letter(PEOPLE[0], "after the restore")
    shop.until(lambda: shop.state_of(again) == "sent", 20, "sent after the restore")
    verdict.tell("and it goes on", "yes")
