"""How the time of a topic reads: always words, and a colour beside them."""

from datetime import timedelta

from app.community import terms
from app.community.models import SOLVED, WAITING
from app.core.clock import FAR_OFF, now
from app.core.formats import remaining, waited
from app.core.words import say as _

SOON = timedelta(hours=2)


def standing(row):
    """(words, tone) for a topic or a row of one."""
    if row.state == SOLVED:
        return _solved(row)
    if row.state == WAITING:
        return _("等客户回，还有 %(left)s", left=remaining(row.ends_at)), "slate"
    if row.answer_due_at <= now():
        return _("超时没答：晚了 %(time)s", time=waited(row.answer_due_at)), "red"
    if row.due_at <= now():
        return _("超时没办完：晚了 %(time)s", time=waited(row.due_at)), "red"
    if row.answer_due_at < FAR_OFF:
        return _("还有 %(left)s要答", left=remaining(row.answer_due_at)), _tone(row.answer_due_at)
    return _("还有 %(left)s要办完", left=remaining(row.due_at)), _tone(row.due_at)


def _tone(at):
    return "amber" if at - now() <= SOON else "jade"


def _solved(row):
    if row.rating:
        return _("客户评了 %(stars)s 分", stars=row.rating), "jade" if row.rating > 2 else "red"
    if row.closed_at:
        return _("结束了，没有评价"), "grey"
    return _("等评价"), "blue"


TONES = {"unclaimed": "violet", "reopened": "red", "doing": "blue", "waiting": "slate",
         "solved": "jade"}  # fmt: skip
KIND_TONES = {terms.QUESTION: "blue", terms.ORDER: "jade", terms.SERVICE: "amber",
              terms.COMPLAINT: "red", terms.IDEA: "violet"}  # fmt: skip
