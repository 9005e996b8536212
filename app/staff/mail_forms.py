"""Shapes of what the owner types about the shop's mail."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, NumberRange

from app.core.forms import Choice, Flag, Form, Text, Whole, Written
from app.core.mail_server import SECURITIES


class ServerForm(Form):
    host = Text(_l("发信服务器"), most=200, render_kw={"placeholder": "smtp.example.com"})
    security = Choice(_l("加密"), [(key, _l(label)) for key, label in SECURITIES.items()])
    port = Whole(
        _l("端口"),
        validators=[
            InputRequired(_l("请填一个整数")),
            NumberRange(1, 65535, _l("端口是 1 到 65535 之间的数")),
        ],
    )
    user = Text(_l("邮箱账号"), most=200, render_kw={"autocomplete": "off"})
    password = Written(_l("密码或授权码"))
    forget = Flag(_l("去掉保存的密码"))
    sender = Text(
        _l("发件人"), most=200, render_kw={"placeholder": "shop@example.com", "autocomplete": "off"}
    )


class TestForm(Form):
    to = Text(
        _l("寄到哪个邮箱"),
        most=128,
        required=True,
        render_kw={"inputmode": "email", "autocomplete": "email"},
    )
