"""Shapes of what is typed about topics."""

from flask_babel import lazy_gettext as _l

from app.community import terms
from app.core.forms import Choice, Flag, Form, Hidden, Moment, Picked, Several, Text

KINDS = [(key, _l(word)) for key, word in terms.KINDS.items()]


class TopicForm(Form):
    kind = Choice(_l("什么事"), KINDS, required=True, default=terms.QUESTION)
    title = Text(_l("一句话标题"), most=40, render_kw={"autocomplete": "off"})
    text = Text(_l("要办什么"), most=5000, area=True)
    group = Picked(_l("交到哪个社群"), coerce=int)
    mine = Flag(_l("我来办"))
    messages = Several(_l("选消息"))
    customer = Hidden(most=12)
    once = Hidden(most=40)  # the same form sent twice is one topic


class AnswerForm(Form):
    text = Text(_l("答复"), most=2000, required=True, area=True)
    once = Hidden(most=40)


class NoteForm(Form):
    text = Text(_l("便笺"), most=2000, required=True, area=True)


class StateForm(Form):
    state = Hidden(most=16)
    version = Hidden(most=12)


class MoveForm(Form):
    move = Hidden(most=40)


class GiveForm(Form):
    to = Picked(_l("交给谁"), coerce=int)
    version = Hidden(most=12)


class EditForm(Form):
    title = Text(_l("一句话标题"), most=40, required=True, render_kw={"autocomplete": "off"})
    kind = Choice(_l("什么事"), KINDS, required=True)
    due_at = Moment(_l("最晚办完"), required=True)
    version = Hidden(most=12)


class OfferForm(Form):
    to = Picked(_l("转给哪个社群"), coerce=int)
    reason = Text(_l("原因"), most=300, required=True, area=True)
    version = Hidden(most=12)


class DeclineForm(Form):
    answer = Text(_l("为什么接不了"), most=300, required=True)
