"""The trace of a topic: what happened to it, as lines of its own thread."""

from app.community.models import Topic, TopicLine
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.staff.models import Staff

SAID, NOTE, EVENT, QUOTE = "said", "note", "event", "quote"

# A line keeps the word and the names; the page makes the sentence.
EVENTS = {
    "raised": N_("%(by)s 提出了这个主题"),
    "claimed": N_("%(by)s 认领了"),
    "put_back": N_("%(by)s 放回待认领，由 %(to)s 照看"),
    "given": N_("%(by)s 交给了 %(to)s"),
    "waiting": N_("%(by)s 在等客户回答"),
    "doing": N_("%(by)s 接着处理"),
    "solved": N_("%(by)s 记为已解决"),
    "silent": N_("客户一直没有回，记为已解决"),
    "closed": N_("没有等到评价，结束了"),
    "rated": N_("客户评了 %(to)s 分"),
    "reopened": N_("%(by)s 重新打开"),
    "returned": N_("客户在微信里又说话了"),
    "edited": N_("%(by)s 改了类型或期限"),
    "offered": N_("%(by)s 想转给 %(to)s"),
    "accepted": N_("%(by)s 接下了，现在归 %(to)s"),
    "declined": N_("%(by)s 接不了"),
    "withdrawn": N_("%(by)s 收回了转交"),
    "overdue": N_("%(to)s 没有按时接，退回来了"),
    "inherited": N_("原来负责的同事离开了，由 %(to)s 接手"),
    "made_good": N_("%(by)s 送了一张券：%(to)s"),
    "calls_back": N_("%(by)s 约好明天回电"),
    "late": N_("超时了，已提醒负责的同事"),
    "late_up": N_("超时很久，已提醒店长"),
}


def write(
    topic: Topic, what: str, *, by: Staff | None = None, to: str = "", text: str = ""
) -> TopicLine:
    """An event, with who did it (nobody: the member, or the house itself)."""
    line = TopicLine(
        topic_id=topic.id, kind=EVENT, inbound=False, text=text,
        details={"what": what, "by": by.display if by else "", "to": to},
        by_id=by.id if by else None,
    )  # fmt: skip
    topic.last_at = now()
    db.session.add(line)
    db.session.flush()
    return line


# The same for the member, who sees what happened to their need and not what passes among us.
FOR_MEMBER = {
    "raised": N_("收到了您的事"),
    "claimed": N_("%(by)s 在办了"),
    "given": N_("换 %(to)s 来办"),
    "waiting": N_("等您回话"),
    "accepted": N_("转到了 %(to)s，由 %(by)s 接着办"),
    "inherited": N_("换 %(to)s 来办"),
    "solved": N_("%(by)s 说办好了"),
    "silent": N_("您一直没有回，先当作办好了"),
    "closed": N_("结束了"),
    "rated": N_("您评了 %(to)s 分"),
    "reopened": N_("重新打开，接着办"),
    "returned": N_("您在微信里说话了"),
}


def is_for_member(line: TopicLine) -> bool:
    if line.kind == EVENT:
        return line.details.get("what") in FOR_MEMBER
    return line.kind != NOTE
