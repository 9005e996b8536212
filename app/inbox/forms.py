"""Shapes of what is typed in the inbox."""

from flask_babel import lazy_gettext as _l

from app.core.forms import Form, Hidden, Text


class ReplyForm(Form):
    text = Text(_l("回复"), most=2000, required=True, area=True)
    once = Hidden(most=40)  # the same form sent twice is one answer
