"""When what runs, in the shop's own time."""

from app.campaigns import expiring
from app.community import codes as qr_pictures
from app.community import community, handovers, overdue
from app.core import abandoned, alarms, jobs, upkeep
from app.core.backup import keeping
from app.core.jobs import Task
from app.customers import note_files, shop_rhythm, silences
from app.digests import briefs, codes, digests, dues, groups
from app.digests import log as deliveries
from app.exchange import importing
from app.inbox import attaching, indexing, lateness, presence
from app.portal import parcels
from app.reminders import backtest, caring, followups, quiet
from app.sales import gathering
from app.staff import proving, pruning
from app.wechat import departing

TIMETABLE: list[tuple[str, Task[...]]] = [
    ("1 * * * *", silences.mark),  # a new day's silences; it asks nothing when they are known
    ("40 2 * * *", community.refresh),
    ("30 6 * * *", quiet.detect),
    ("40 6 * * *", caring.remind),
    ("45 6 * * *", expiring.remind),
    ("0 3 * * 1", shop_rhythm.measure),
    ("30 3 * * 1", gathering.gather),
    ("0 4 * * 1", backtest.judge),
    ("40 3 * * *", importing.tidy),
    ("50 3 * * *", attaching.tidy),
    ("55 3 * * *", note_files.tidy),
    ("57 3 * * *", qr_pictures.tidy),
    ("59 3 * * *", parcels.tidy),
    ("5 4 * * *", departing.clear),
    ("10 4 * * *", upkeep.tend),
    ("15 * * * *", jobs.sweep),
    ("20 4 * * *", presence.sweep),
    ("* * * * *", digests.send),
    ("* * * * *", dues.remind),
    ("7 * * * *", followups.due),
    ("1 * * * *", groups.tell),
    ("0 9 * * *", codes.remind),
    ("*/5 * * * *", briefs.send),
    ("* * * * *", abandoned.settle),
    ("* * * * *", lateness.watch),
    ("* * * * *", overdue.watch),
    ("* * * * *", handovers.send_back),
    ("*/10 * * * *", indexing.close_gaps),
    ("*/5 * * * *", proving.renew_seals),
    ("*/5 * * * *", alarms.look),
    ("20 4 * * *", pruning.prune),
    ("35 4 * * *", deliveries.prune),
    ("50 4 * * *", proving.nightly),
    ("2 * * * *", keeping.nightly),  # at the hour that the shop has set
]
