"""Shapes of what a colleague types about their reminders, and on the page of a link."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.forms import Choice, Flag, Form, Picked, Text
from app.digests.reach import WAYS

HOURS = [-1, *range(5 * 60, 24 * 60, 30)]


def _hours() -> list[tuple[int, Any]]:
    return [(at, f"{at // 60:02d}:{at % 60:02d}" if at >= 0 else _l("不发")) for at in HOURS]


class ReachForm(Form):
    digest_at = Picked(_l("今日清单，每天几点发给我"), _hours(), coerce=int)
    remind_due = Flag(_l("约好的时间到了，再提醒我一次"))
    email = Text(_l("邮箱"), most=128, render_kw={"type": "email", "autocomplete": "email"})
    wecom_user = Text(
        _l("企业微信账号"), most=64, render_kw={"autocomplete": "off", "autocapitalize": "none"}
    )
    digest_first = Choice(_l("先用哪一种"), [(way, _l(label)) for way, label in WAYS.items()])


class NoteForm(Form):
    """The page of a link: its signature is the secret, so it carries no token."""

    class Meta:
        csrf = False

    text = Text(_l("刚才发生了什么"), most=2000, area=True)
