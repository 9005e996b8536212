"""Shapes of what is typed about communities, their rules and their pictures."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms.validators import InputRequired, Optional

from app.community import groups, rules, terms
from app.core.forms import Choice, Day, Flag, Form, Picked, Several, Text, Whole

KINDS = [(key, _l(said)) for key, said in groups.KINDS.items()]
DAYS = {"inputmode": "numeric", "min": 0, "max": rules.MOST_DAYS}


class GroupForm(Form):
    """The choices of people are the shop's colleagues."""

    name = Text(_l("名字"), most=30, required=True, render_kw={"autocomplete": "off"})
    purpose = Text(_l("这个群是做什么的"), most=200, area=True, render_kw={"rows": 3})
    owner = Picked(_l("负责人"), coerce=int, default=0)
    deputies = Several(_l("副手"))


class NewGroupForm(GroupForm):
    kind = Choice(_l("哪一种"), KINDS, required=True)


class RuleForm(Form):
    """A condition of one kind: the page shows the fields that this kind takes."""

    words = Text(_l("提到哪些词"), most=200, render_kw={"autocomplete": "off"})
    tag = Picked(_l("标签"))
    thing = Text(
        _l("商品或分类"), most=60, render_kw={"autocomplete": "off", "list": "things"}
    )  # fmt: skip
    topic = Picked(
        _l("哪一种主题"),
        [("", _l("在这个群里办的，不管哪一种"))]
        + [(k, _l(said)) for k, said in terms.KINDS.items()],
    )
    days = Whole(_l("多少天以内"), validators=[Optional()], render_kw=DAYS)
    fresh = Flag(_l("买了就算完成：只看上次消费以后的"))


class PictureForm(Form):
    """The QR of a WeChat group."""

    file = FileField(
        _l("群二维码的截屏"), [FileRequired(_l("请选一张图片"))],
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )  # fmt: skip
    ends_on = Day(_l("哪天到期"))
    sure = Flag(_l("就是这张，里面有二维码"))


class PeopleForm(Form):
    """How many are in the WeChat group now."""

    people = Whole(
        _l("群里现在多少人"), validators=[InputRequired(_l("请填一个整数"))],
        render_kw={"inputmode": "numeric", "min": 0},
    )  # fmt: skip


class NoticeForm(Form):
    """To whom stands beside it, as the members' own boxes."""

    text = Text(_l("通知内容"), most=700, area=True, render_kw={"rows": 4})
