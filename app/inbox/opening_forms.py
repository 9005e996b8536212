"""Shapes of what an owner sets for the inbox."""

from flask_babel import lazy_gettext as _l

from app.core.forms import Form, Text
from app.core.hours import MOST_DAYS_OFF
from app.inbox.opening import DAYS

LINE = 60


class HoursForm(Form):
    day0 = Text(_l(DAYS[0]), most=LINE)
    day1 = Text(_l(DAYS[1]), most=LINE)
    day2 = Text(_l(DAYS[2]), most=LINE)
    day3 = Text(_l(DAYS[3]), most=LINE)
    day4 = Text(_l(DAYS[4]), most=LINE)
    day5 = Text(_l(DAYS[5]), most=LINE)
    day6 = Text(_l(DAYS[6]), most=LINE)
    off = Text(_l("不营业的日子"), most=MOST_DAYS_OFF * LINE, area=True)

    @property
    def days(self) -> list[object]:
        return [self[f"day{number}"] for number in range(7)]


class AnswersForm(Form):
    welcome = Text(_l("有人关注时说"), most=600, area=True)
    away = Text(_l("不营业时收到消息，自动答"), most=600, area=True)
