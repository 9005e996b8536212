"""Shapes of what is done on a practice phone; whether it can be done, the verbs say."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField

from app.core.forms import Form, Text, Whole
from app.practice import tencent


class SayForm(Form):
    text = Text(_l("说点什么"), most=1000, area=True)


class FollowingForm(Form):
    on = Text(_l("关注"), most=1)


class PictureForm(Form):
    sample = Text(_l("样图"), most=40)
    picture = FileField(_l("或选一张图片"))


class PlaceForm(Form):
    place = Text(_l("地点"), most=40)


class ScanForm(Form):
    scene = Text(_l("二维码的场景值"), most=64)


class KeyForm(Form):
    key = Text(_l("菜单"), most=40)


class FailureForm(Form):
    code = Whole(_l("平台怎么回答"))

    def validate_code(self, field):  # type: ignore[no-untyped-def]
        if field.data not in tencent.FAILURES:
            field.data = 0
