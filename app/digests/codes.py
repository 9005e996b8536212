"""A WeChat group's QR is about to end: whoever answers for the community is told, once for each."""

from app.community import codes, groups
from app.core.clock import now
from app.core.db import db
from app.core.jobs import job
from app.digests import delivering
from app.digests.models import CODE


@job()
def remind() -> None:
    """Each hour: tell of what ends within two days."""
    for picture in codes.ending():
        owner = groups.owner_of(picture.group)
        if picture.told_at is None and owner is not None:
            facts = {"picture": picture.id, "group": picture.group_id}
            key = f"{CODE}:{picture.id}"
            delivering.start(owner, CODE, key, due_at=now(), facts=facts)
            picture.told_at = now()
    db.session.commit()
