"""Shapes of what is typed in the inbox."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField

from app.core.forms import Choice, Flag, Form, Hidden, Moment, Picked, Several, Text
from app.inbox.labelling import TONES
from app.inbox.snoozing import CHOICES


class ReplyForm(Form):
    text = Text(_l("回复"), most=4000, required=True, area=True)
    once = Hidden(most=40)  # the same form sent twice is one answer
    quick = Hidden(most=12)  # the quick reply that stands in the box: it may be several messages
    brings_picture = False  # that one has a picture, which follows the words


class QuickReplyForm(Form):
    title = Text(_l("标题"), most=60, required=True)
    text = Text(_l("内容"), most=3000, area=True)
    link = Text(_l("链接"), most=500, render_kw={"inputmode": "url", "placeholder": "https://"})
    link_title = Text(_l("卡片的标题"), most=60)
    section = Text(_l("分组"), most=30)
    code = Text(_l("缩写"), most=40, render_kw={"autocomplete": "off", "autocapitalize": "off"})
    picture = FileField(_l("图片"))
    without = Flag(_l("不要这张图片了"))
    shared = Flag(_l("全店共用"))


class NoteForm(Form):
    text = Text(_l("便笺"), most=2000, required=True, area=True)
    told = Several(_l("告诉谁"))


class SearchForm(Form):
    q = Text(_l("搜聊天内容"), render_kw={"autocomplete": "off"})


class SnoozeForm(Form):
    to = Choice(_l("推迟到"), [(key, _l(word)) for key, word in CHOICES.items()], required=True)
    at = Moment(_l("自定义时间"))


class LabelsForm(Form):
    labels = Several(_l("标签"))


class LabelForm(Form):
    name = Text(_l("标签"), most=20, required=True, render_kw={"autocomplete": "off"})
    tone = Choice(
        _l("颜色"), [(key, _l(word)) for key, word in TONES.items()], required=True, default="jade"
    )


class HandForm(Form):
    to = Picked(_l("交给谁"), coerce=int)
    reason = Text(_l("原因"), most=300, required=True, area=True)
    how = Choice(
        _l("怎么交"), [("give", _l("直接交给他")), ("ask", _l("先问他接不接"))], required=True
    )


class FileForm(Form):
    """A picture, a voice, a film or a document: what it is, its content says."""

    file = FileField(_l("文件"))
    once = Hidden(most=40)


class GistForm(Form):
    gist = Text(_l("大意"), most=1000, area=True)
