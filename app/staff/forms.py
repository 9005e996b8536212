"""Shapes of what colleagues type about themselves."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from app.core.forms import Choice, Form, Text

LANGUAGES = [("zh", "中文"), ("en", "English")]


class SignInForm(Form):
    name = Text(_l("登录名"), most=60, required=True, render_kw={"autocomplete": "username"})
    password = PasswordField(
        _l("密码"),
        [InputRequired(_l("这里要填写")), Length(max=128, message=_l("密码太长了"))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class PasswordForm(Form):
    current = PasswordField(
        _l("现在的密码"),
        [InputRequired(_l("这里要填写"))],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("新密码"),
        [InputRequired(_l("这里要填写"))],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("再输一次新密码"),
        [EqualTo("password", message=_l("两次输入的不一样，请再输一次"))],
        render_kw={"autocomplete": "new-password"},
    )


class LanguageForm(Form):
    language = Choice(_l("语言"), LANGUAGES, required=True)
