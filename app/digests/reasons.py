"""Why a line stands in a list, without what the customer said, and where the whole is seen."""

from app.community import terms
from app.community.models import Topic
from app.community.views.times import standing
from app.core.clock import FAR_OFF
from app.core.formats import waited, when
from app.core.words import say as _
from app.digests import links
from app.digests.models import DeliveryLine
from app.reminders import escalating
from app.reminders.models import PLANNED, FollowUp
from app.reminders.views.sentences import about, silence
from app.staff.models import Staff


def why(reader: Staff, line: DeliveryLine) -> str:
    """The reason that Today gives."""
    if line.followup:
        return _planned(reader, line.followup)
    if line.topic:
        return _late(reader, line.topic)
    if line.part == "waiting":
        since = line.customer.waiting_since
        return _("等了 %(time)s", time=waited(since)) if since < FAR_OFF else _("在等回复")
    return str(silence(line.customer))  # type: ignore[no-untyped-call]


def _planned(reader: Staff, one: FollowUp) -> str:
    said = str(about(one))  # type: ignore[no-untyped-call]
    if one.kind == PLANNED:
        said = f"{when(one.due_at)} · {said}"
    if not _went_up(reader, one):
        return said
    name = one.staff.display if one.staff else _("没人负责")
    return f"{said} · {_('%(name)s，拖太久了', name=name)}"


def _went_up(reader: Staff, one: FollowUp) -> bool:
    """Whether it is another's, and lay so long that the manager is told."""
    return one.raised >= escalating.TO_MANAGER and one.staff_id != reader.id


def _late(reader: Staff, topic: Topic) -> str:
    """«投诉 · 超时没答：晚了 3 小时»; its title is the customer's own words."""
    said = [_(terms.KINDS[topic.kind]), str(standing(topic)[0])]  # type: ignore[no-untyped-call]
    return " · ".join(said if topic.owner_id == reader.id else [*said, topic.owner.display])


def whole(reader: Staff, line: DeliveryLine) -> dict[str, str] | None:
    """The page in the house, for who is signed in: of a topic, and of what another left lying."""
    if line.topic:
        return {"label": _("打开主题"), "url": f"{links.base()}/topics/{line.topic_id}"}
    if line.followup and _went_up(reader, line.followup):
        word = _("换人") if escalating.is_offered(line.followup) else _("看看")
        return {"label": word, "url": f"{links.base()}/followups/{line.followup_id}"}
    return None
