"""Shapes of what is typed about contacts and follow-ups."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FileField
from wtforms.widgets import HiddenInput

from app.core.forms import Choice, Day, Flag, Form, Hidden, Moment, Picked, Several, Text, Whole
from app.customers.notes import METHODS, RESULTS
from app.reminders import repeating
from app.reminders.times import CUSTOM, NEXTS, SNOOZES


def _said(labels: dict[str, str]) -> list[tuple[str, Any]]:
    return [(name, _l(label)) for name, label in labels.items()]


def _phrase() -> Any:
    return Text(
        _l("或者写一句"), most=60,
        render_kw={"autocomplete": "off", "placeholder": _l("明天下午3点、下周三、农历八月十五")},
    )  # fmt: skip


class ResultForm(Form):
    """What happened, and when next: one box."""

    text = Text(_l("刚才发生了什么"), most=2000, area=True)
    method = Choice(_l("方式"), _said(METHODS))
    result = Choice(_l("结果"), _said(RESULTS))
    next = Choice(_l("下次什么时候"), [("", _l("先不约")), *_said(NEXTS)], default="")
    at = Moment(_l("自定义时间"))
    said = _phrase()
    what = Text(_l("下次做什么"), most=200)
    staff = Picked(_l("下次谁来做"), coerce=int, validate_choice=False)  # else oneself
    photo = FileField(_l("照片"))
    voice = FileField(_l("录音"))
    kept_photo = (
        Hidden()
    )  # uploaded by an earlier try: a browser cannot pick a file again by itself
    kept_voice = Hidden()


class ContactForm(ResultForm):
    """The composer of a customer; `finishes` is the open follow-up that this was."""

    finishes = Choice(_l("这次完成了哪条跟进"), [])


class PlanForm(Form):
    what = Text(_l("做什么"), most=200)
    next = Choice(_l("什么时候"), _said(NEXTS))
    at = Moment(_l("自定义时间"))
    said = _phrase()
    staff = Picked(_l("谁来做"), coerce=int)
    repeat = Picked(_l("重复"), _said(repeating.CHOICES), default="")
    customer = Hidden()
    moved = Flag(_l("改到下一个上班日"))


class SnoozeForm(Form):
    to = Choice(_l("推迟到"), _said(SNOOZES))
    at = Moment(_l("自定义时间"))
    said = _phrase()


class RestForm(Form):
    until = Day(_l("到哪天"), required=True)


class BatchForm(Form):
    """What is to be done with the follow-ups that were picked in a list."""

    do = Choice(
        _l("怎么处理"), [("done", _l("完成")), ("snooze", _l("推迟")), ("give", _l("交给"))]
    )
    to = Picked(_l("推迟到"), _said({k: v for k, v in SNOOZES.items() if k != CUSTOM}))
    staff = Picked(_l("交给"), coerce=int)
    picked = Several(_l("选中的跟进"))
    back = Hidden(most=300)


class HolidaysForm(Form):
    """A year's table, typed or pasted."""

    year = Whole(_l("年份"), widget=HiddenInput())
    days = Text(_l("放假和补班的日子"), most=4000, area=True)
