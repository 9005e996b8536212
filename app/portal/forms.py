"""The forms of the members' pages: shape only."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Optional

from app.core.forms import Day, Flag, Form, Hidden, Money, Picked, Text, Whole
from app.portal.profile import LONGEST

NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
TEL = {"inputmode": "tel", "autocomplete": "tel"}
CODE = {"inputmode": "numeric", "autocomplete": "one-time-code"}


class EntryForm(Form):
    phone = Text(_l("手机号"), most=20, required=True, render_kw=TEL)
    code = Text(_l("店员给的码"), most=12, required=True, render_kw=CODE)


class JoinForm(Form):
    agree = Flag(_l("我看过告知书，同意成为会员"))
    service = Flag(_l("可以给我发服务通知（售后、欠款、预订）"), default=True)
    marketing = Flag(_l("可以给我发优惠和活动消息"))
    to = Hidden(most=500)


class RuleForm(Form):
    """One rule of points; `per` only for the one that counts money."""

    points = Whole(_l("得多少积分"), validators=[Optional()], render_kw={**NUMBER, "min": 0})
    per = Money(_l("每多少元"))


class LevelForm(Form):
    name = Text(_l("等级名"), most=20, required=True, render_kw={"autocomplete": "off"})
    least = Whole(
        _l("从多少起"), validators=[InputRequired(_l("请填一个整数"))], render_kw=NUMBER
    )  # fmt: skip
    text = Text(_l("会员能得到什么"), most=100, render_kw={"autocomplete": "off"})


class CorrectionForm(Form):
    points = Whole(
        _l("加减多少积分"), validators=[InputRequired(_l("请填一个整数"))],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    reason = Text(_l("为什么调整"), most=200, required=True, render_kw={"autocomplete": "off"})


class ExchangeForm(Form):
    batch = Picked(_l("换哪种券"), coerce=int)
    once = Hidden(most=40)


class PhoneForm(Form):
    phone = Text(_l("手机号"), most=20, required=True, render_kw=TEL)
    code = Text(_l("店员给的码（没有可以不填）"), most=12, render_kw=CODE)
    agree = Flag(_l("同意店里记下这个号码，用来认出我、有事联系我"))


class AnswerForm(Form):
    answer = Text(_l("回答"), most=LONGEST)


class BabyForm(Form):
    on = Day(_l("日期"), required=True)
    agrees = Flag(_l("我是家长，同意店里记下孩子的生日"))


class SwitchForm(Form):
    on = Flag(_l("打开"))


class SureForm(Form):
    sure = Flag(_l("我知道了，确定"))
