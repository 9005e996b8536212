"""Shapes of what a member types about their topics."""

from flask_babel import lazy_gettext as _l

from app.community import terms
from app.core.forms import Choice, Form, Hidden, Text

KINDS = [(key, _l(word)) for key, word in terms.KINDS.items()]
STARS = [
    ("5", _l("5 很满意")), ("4", _l("4 满意")), ("3", _l("3 一般")), ("2", _l("2 不满意")),
    ("1", _l("1 很不满意")),
]  # fmt: skip


class AskForm(Form):
    kind = Choice(_l("什么事"), KINDS, required=True)
    text = Text(_l("说说看"), most=5000, required=True, area=True, render_kw={"rows": 5})
    group = Hidden(most=12)
    once = Hidden(most=40)  # the same form sent twice is one topic


class SayForm(Form):
    text = Text(_l("回话"), most=5000, required=True, area=True, render_kw={"rows": 3})
    once = Hidden(most=40)


class RateForm(Form):
    stars = Choice(_l("办得怎么样"), STARS, required=True)
    text = Text(_l("想说的话（可以不写）"), most=500, area=True, render_kw={"rows": 2})


class ReopenForm(Form):
    text = Text(_l("哪里还没解决"), most=500, area=True, render_kw={"rows": 2})
